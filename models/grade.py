"""One letter that says whether the model is worth having beside the best simple rule.

Two things are compared on the same held-out rows, each with the simple rule that does it best:
ranking (AUROC) and closeness of the probabilities (log loss). The advantage of the model is counted
so that above 0 is better, with a paired bootstrap interval over customers.

===== ==========================================================================================
A     Both advantages lie above 0 with their whole 95 % interval, and the probabilities are
      calibrated: calibration error at most 0.05 and at most a fifth of the share of events (3 %
      right to 5 points say nothing), or no larger than 95 % of those that exactly right
      probabilities would show by chance on as many rows.
B     One advantage or both lie above 0 with the whole interval, none below 0 with the whole
      interval, but something is missing for A.
C     Otherwise. The verdict then says which simple rule serves for ranking and which for
      probabilities; one is named only if it does no worse there than the model, and for ranking
      only if its AUROC lies above 0.5 with its interval.
===== ==========================================================================================
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from babel.numbers import format_decimal
from numpy.typing import ArrayLike

from treue.models.errors import ModelError
from treue.models.grade_words import RULE_NAMES, WORDS
from treue.models.intervals import LOWER_IS_BETTER, Interval, interval, paired_difference
from treue.models.metrics import expected_calibration_error, weighted_calibration_error
from treue.models.ranked import rank

Letter: TypeAlias = Literal["A", "B", "C"]

CALIBRATED = 0.05
"""Calibration error up to which probabilities count as calibrated."""
CALIBRATED_PART = 0.2
"""The same as a part of the share of events, so that it means something of rare ones."""
CHANCE_DRAWS = 500


@dataclass(frozen=True)
class Comparison:
    """The model beside the simple rule that is best at one metric.

    `advantage` is above 0 where the model is better, whichever way the metric runs.
    """

    model: float
    rule: float
    rule_name: str
    advantage: Interval

    @property
    def outcome(self) -> Literal["better", "worse", "open"]:
        """Better or worse beyond noise, or not told apart."""
        if self.advantage.low > 0:
            return "better"
        return "worse" if self.advantage.high < 0 else "open"

    def as_dict(self) -> dict[str, object]:
        """Return the figures for JSON, NaN as None."""
        return {
            "model": _or_none(self.model),
            "rule": _or_none(self.rule),
            "rule_name": self.rule_name,
            "advantage": self.advantage.as_dict(),
            "outcome": self.outcome,
        }


@dataclass(frozen=True)
class Grade:
    """Letter, the figures behind it, and what they mean in words.

    Attributes
    ----------
    letter : {"A", "B", "C"}
    auroc, log_loss : Comparison
        Ranking and closeness of the probabilities, each beside the rule that is best at it.
    ece, ece_by_chance, ece_limit : float
        Calibration error of the model; the one that exactly right probabilities would stay under
        in 95 % of cases on as many rows; and `calibrated_to` of the share of events.
    ranker : str
        The best of the rules whose AUROC lies above 0.5 with its whole interval; "" if none does.
    reasons : mapping
        Language ("en", "de") to four sentences: verdict, ranking, probabilities, calibration.
    """

    letter: Letter
    auroc: Comparison
    log_loss: Comparison
    ece: float
    ece_by_chance: float
    ece_limit: float
    ranker: str
    reasons: Mapping[str, tuple[str, ...]]

    @property
    def calibrated(self) -> bool:
        """Whether the probabilities can be taken at their word."""
        return self.ece <= max(self.ece_limit, self.ece_by_chance)

    @property
    def figures(self) -> dict[str, object]:
        """The figures for JSON."""
        return {
            "auroc": self.auroc.as_dict(),
            "log_loss": self.log_loss.as_dict(),
            "ece": self.ece,
            "ece_by_chance": self.ece_by_chance,
            "ece_limit": self.ece_limit,
            "ranker": self.ranker or None,
        }

    def as_dict(self) -> dict[str, object]:
        """Return letter, figures and reasons for JSON."""
        reasons = {language: list(sentences) for language, sentences in self.reasons.items()}
        return {"letter": self.letter, "figures": self.figures, "reasons": reasons}


def grade(
    y: ArrayLike,
    p: ArrayLike,
    baselines: Mapping[str, ArrayLike],
    *,
    groups: ArrayLike | None = None,
    n_bootstrap: int = 500,
    seed: int = 0,
) -> Grade:
    """Grade probabilities against simple rules on held-out rows.

    Parameters
    ----------
    y : array-like of 0 and 1
        Outcomes.
    p : array-like
        Probabilities of the model.
    baselines : mapping
        Name of each simple rule, as it is to be read in the reasons, to its probabilities.
    groups : array-like, optional
        Customer ids, drawn as a whole in the bootstrap.

    Raises
    ------
    ModelError
        No simple rule; else as `treue.models.intervals.summary`.
    """
    if not baselines:
        raise ModelError("baselines: no simple rule to compare with; give at least the base rate")
    auroc, log_loss = (
        _compare(metric, y, p, baselines, groups=groups, n_bootstrap=n_bootstrap, seed=seed)
        for metric in ("auroc", "log_loss")
    )
    ece = expected_calibration_error(y, p)
    by_chance = calibration_error_by_chance(p, seed=seed)
    limit = calibrated_to(float(np.mean(np.asarray(y, dtype=float))))
    letter = _letter(auroc, log_loss, calibrated=ece <= max(limit, by_chance))
    ranker = _ranker(y, baselines, groups=groups, n_bootstrap=n_bootstrap, seed=seed)
    reasons = {
        language: _sentences(language, letter, ranker, auroc, log_loss, ece, limit, by_chance)
        for language in WORDS
    }
    return Grade(letter, auroc, log_loss, ece, by_chance, limit, ranker, reasons)


def calibrated_to(share: float) -> float:
    """Return the calibration error up to which probabilities count as calibrated.

    Parameters
    ----------
    share : float
        Share of events.

    Examples
    --------
    >>> calibrated_to(0.5), calibrated_to(0.03)
    (0.05, 0.006)
    """
    return min(CALIBRATED, round(CALIBRATED_PART * share, 12))


def calibration_error_by_chance(p: ArrayLike, *, seed: int = 0) -> float:
    """Return the calibration error that exactly right `p` stay under in 95 % of cases.

    Outcomes are drawn from `p` itself, each row on its own.
    """
    ranked = rank(np.zeros(np.shape(p)), p)
    weights = np.ones_like(ranked.p)
    rng = np.random.default_rng(seed)
    outcomes = (rng.random(len(weights)) < ranked.p for _ in range(CHANCE_DRAWS))
    errors = [
        weighted_calibration_error(replace(ranked, y=outcome.astype(np.float64)), weights)
        for outcome in outcomes
    ]
    return float(np.quantile(errors, 0.95))


def _compare(
    metric: str,
    y: ArrayLike,
    p: ArrayLike,
    baselines: Mapping[str, ArrayLike],
    *,
    groups: ArrayLike | None,
    n_bootstrap: int,
    seed: int,
) -> Comparison:
    sign = -1 if metric in LOWER_IS_BETTER else 1
    rules = {name: interval(metric, y, q, n_bootstrap=0).value for name, q in baselines.items()}
    best = max(rules, key=lambda name: sign * rules[name])
    first, second = (p, baselines[best])[::sign]
    advantage = paired_difference(
        metric, y, first, second, groups=groups, n_bootstrap=n_bootstrap, seed=seed
    )
    model = interval(metric, y, p, n_bootstrap=0).value
    return Comparison(model=model, rule=rules[best], rule_name=best, advantage=advantage)


def _ranker(
    y: ArrayLike,
    baselines: Mapping[str, ArrayLike],
    *,
    groups: ArrayLike | None,
    n_bootstrap: int,
    seed: int,
) -> str:
    found = {
        name: interval("auroc", y, q, groups=groups, n_bootstrap=n_bootstrap, seed=seed)
        for name, q in baselines.items()
    }
    ranking = [name for name, auroc in found.items() if auroc.low > 0.5]
    return max(ranking, key=lambda name: found[name].value, default="")


def _letter(auroc: Comparison, log_loss: Comparison, *, calibrated: bool) -> Letter:
    outcomes = {auroc.outcome, log_loss.outcome}
    if outcomes == {"better"} and calibrated:
        return "A"
    return "B" if "better" in outcomes and "worse" not in outcomes else "C"


def _verdict(letter: Letter, ranker: str, auroc: Comparison, log_loss: Comparison) -> str:
    """Which of the words for a letter say what was found."""
    if letter != "C":
        return letter
    if auroc.outcome == "better":
        return "C ranks better"
    if log_loss.outcome == "better":
        return "C states better" if ranker else "C states better, no ranker"
    if not ranker:
        return "C no ranker"
    ranks, states = auroc.rule >= auroc.model, log_loss.rule <= log_loss.model
    if ranks and states:
        return "C one rule" if ranker == log_loss.rule_name else "C two rules"
    if ranks:
        return "C rule ranks"
    return "C rule states" if states else "C no better rule"


def _sentences(
    language: str,
    letter: Letter,
    ranker: str,
    auroc: Comparison,
    log_loss: Comparison,
    ece: float,
    limit: float,
    by_chance: float,
) -> tuple[str, ...]:
    words, names = WORDS[language], RULE_NAMES[language]

    def number(value: float, pattern: str = "0.000") -> str:
        if math.isnan(value):
            return "–"
        return format_decimal(value, pattern, locale=language).replace("-", "−")

    def named(rule: str) -> str:
        return names.get(rule, rule)

    def told(metric: str, compared: Comparison) -> str:
        return words[metric].format(
            model=number(compared.model),
            rule=named(compared.rule_name),
            other=number(compared.rule),
            value=number(compared.advantage.value),
            low=number(compared.advantage.low),
            high=number(compared.advantage.high),
            outcome=words[compared.outcome],
        )

    return (
        words[_verdict(letter, ranker, auroc, log_loss)].format(
            rule=named(log_loss.rule_name), ranker=named(ranker)
        ),
        told("auroc", auroc),
        told("log_loss", log_loss),
        words["calibration"].format(
            ece=number(100 * ece, "0.0"),
            limit=number(100 * limit, "0.0"),
            chance=number(100 * by_chance, "0.0"),
        ),
    )


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value

"""Three sentences in plain words on whether to trust the model, each following from the figures.

The first says whether a call list may be made from the model, the second at how many cutoffs it
beat the best simple rule, the third whether its percentages can be taken at their word.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isnan
from typing import Literal

import numpy as np

from treue.models.grade import CALIBRATED, Letter
from treue.models.grade_words import RULE_NAMES
from treue.numbers import Numbers
from treue.training.backtest_report_findings import Cutoff, Findings
from treue.training.backtest_report_verdict_words import DID, WORDS
from treue.training.beside_logistic import beside_logistic
from treue.training.rules import RULES
from treue.training.segments import MODEL

Language = Literal["de", "en"]
Ranking = Literal["better", "open", "worse", "chance", "unknown"]
_MOST_DATES = 3
_RARE = 0.1  # beside so few events, a few points off are many
_OFF = 0.1  # of what came, by which the mean stated may be off


@dataclass(frozen=True)
class Verdict:
    """What the sentences say, before it is worded.

    Attributes
    ----------
    ranking
        The call list: ``better`` than that of the best simple rule, beyond noise; ``worse`` than
        it, beyond noise; not told apart (``open``); ``chance``: its share of events is not above
        that of all, or AUROC not above 0.5, with the whole interval; or ``unknown``, where these
        do not exist.
    ranked, unranked
        Cutoffs at which AUROC exists, and those at which all outcomes are the same.
    best, surely_best, surely_worse
        Cutoffs at which the model's AUROC was above that of the rule best there; those at which the
        interval of the difference lies above 0; those at which it lies below.
    letter
        Grade in the middle of the models whose ranking could be judged, of two the worse.
    holding
        Cutoffs at which the calibration error was at most `treue.models.grade.calibrated_to` of
        the share of events, or explained by chance.
    roughly
        Whether it was at most `treue.models.grade.CALIBRATED` or explained by chance at all of
        them, but not all are `holding`, or the level was `off` at the last one.
    unproven
        Whether that holds at all of them, but by chance only: the error is above
        `treue.models.grade.CALIBRATED` on average, and so few rows cannot tell.
    off
        The last cutoff, where the mean stated lies outside the interval of what came, by more than
        a tenth of it; else None.
    error
        Calibration error, mean over the cutoffs.
    worst
        The cutoff with the largest calibration error; of those that do not hold, if there are any.
    """

    ranking: Ranking
    ranked: tuple[Cutoff, ...]
    unranked: tuple[Cutoff, ...]
    best: tuple[Cutoff, ...]
    surely_best: tuple[Cutoff, ...]
    surely_worse: tuple[Cutoff, ...]
    letter: Letter
    holding: tuple[Cutoff, ...]
    roughly: bool
    unproven: bool
    off: Cutoff | None
    error: float
    worst: Cutoff


def verdict(found: Findings) -> Verdict:
    """Weigh the figures."""
    cutoffs = found.cutoffs
    holding = tuple(one for one in cutoffs if one.grade.calibrated)
    near = all(one.grade.ece <= max(CALIBRATED, one.grade.ece_by_chance) for one in cutoffs)
    off = cutoffs[-1] if _level_off(cutoffs[-1]) else None
    error = float(np.mean([one.grade.ece for one in cutoffs]))
    return Verdict(
        ranking=_ranking(found),
        ranked=tuple(one for one in cutoffs if one.ranked),
        unranked=tuple(one for one in cutoffs if not one.ranked),
        best=tuple(one for one in cutoffs if one.grade.auroc.model > one.grade.auroc.rule),
        surely_best=tuple(one for one in cutoffs if one.grade.auroc.outcome == "better"),
        surely_worse=tuple(one for one in cutoffs if one.grade.auroc.outcome == "worse"),
        letter=_letter(found),
        holding=holding,
        roughly=near and (len(holding) < len(cutoffs) or off is not None),
        unproven=near and error > CALIBRATED,
        off=off,
        error=error,
        worst=max(
            (one for one in cutoffs if one not in holding or len(holding) == len(cutoffs)),
            key=lambda one: one.grade.ece,
        ),
    )


def doubtful(judged: Verdict) -> bool:
    """Whether the first sentence says anything but yes."""
    return judged.letter == "C" or judged.ranking in ("chance", "worse", "unknown")


def sentences(found: Findings, *, language: Language, churn: str = "inactivity") -> list[str]:
    """The three sentences.

    Parameters
    ----------
    churn
        What leaving means, as ``label.churn``: it chooses the verb.
    """
    judged = verdict(found)
    words, numbers = WORDS[language], Numbers(language)
    did = DID[language]["decline" if churn == "decline" else found.result.target]
    alone = judged.ranking == "better" and found.list_rule == "base_rate"
    doubted = judged.letter == "C" and judged.ranking in ("better", "open")
    key = "list C" if doubted else "list alone" if alone else f"list {judged.ranking}"
    ranks = words[key].format(
        share=numbers.fine_share(found.list_share),
        listed=numbers.fine_share(found.listed.value),
        rule_listed=numbers.fine_share(found.rule_listed[found.list_rule]),
        base=numbers.fine_share(found.base),
        rule=rule_name(found.list_rule, language),
        did=did,
    )
    return [
        ranks,
        _beats(found, judged, language, numbers),
        _percentages(found, judged, language, numbers, did),
    ]


def rule_name(name: str, language: Language) -> str:
    """What readers call a rule."""
    return RULE_NAMES[language].get(RULES[name], RULES[name])


def _letter(found: Findings) -> Letter:
    grades = [one.overall.grade for one in found.result.evaluations]
    ranked = [one for one in grades if not isnan(one.auroc.model)]
    letters = sorted(one.letter for one in ranked or grades)
    return letters[len(letters) // 2]


def _level_off(cutoff: Cutoff) -> bool:
    came = cutoff.came
    if came.low <= cutoff.stated <= came.high or isnan(came.low + came.high):
        return False
    return abs(cutoff.stated - came.value) > _OFF * came.value


def _ranking(found: Findings) -> Ranking:
    model = found.means[MODEL]["auroc"]
    if isnan(model.low) or isnan(found.lift.low):
        return "unknown"
    if not (model.low > 0.5 and found.lift.low > 1):
        return "chance"
    advantage = found.list_advantage
    if advantage.low > 0:
        return "better"
    return "worse" if advantage.high < 0 else "open"


def _beats(found: Findings, judged: Verdict, language: Language, numbers: Numbers) -> str:
    words, cutoffs = WORDS[language], judged.ranked
    if not cutoffs:
        text = words["beats unknown"]
    elif len(cutoffs) == 1:
        (one,) = cutoffs
        if judged.surely_best:
            how = "one surely"
        elif judged.best:
            how = "one not surely"
        else:
            how = "one worse" if judged.surely_worse else "one not"
        frame = words["one cutoff"] if one.when else words["customers"]
        date = numbers.date(one.when) if one.when else ""
        text = frame.format(date=date, how=words[how])
    else:
        not_best = [one for one in cutoffs if one not in judged.best]
        key = "all" if not not_best else "some" if judged.best else "none"
        text = words[f"beats {key}"].format(
            n=len(cutoffs),
            k=len(judged.best),
            sure=_sure(len(judged.surely_best), len(judged.best), words),
            dates=_listed(not_best, words, numbers),
        )
        if judged.surely_worse:
            text += words["worse"].format(dates=_listed(judged.surely_worse, words, numbers))
    if cutoffs and judged.unranked:
        text += words["unranked"].format(dates=_listed(judged.unranked, words, numbers))
    skipped = len(found.result.skipped)
    if skipped:
        text += words["skipped one" if skipped == 1 else "skipped"].format(n=skipped)
    logistic = found.advantages.get("logistic", {}).get("log_loss")
    return f"{text}. {beside_logistic(logistic, language)}".rstrip()


def _percentages(
    found: Findings, judged: Verdict, language: Language, numbers: Numbers, did: str
) -> str:
    words, n, k = WORDS[language], len(found.cutoffs), len(judged.holding)
    worst = judged.worst
    if judged.unproven:
        chance = max(one.grade.ece_by_chance for one in found.cutoffs)
        return words["unproven"].format(
            error=numbers.exact(100 * judged.error, 1), chance=numbers.exact(100 * chance, 1)
        )
    if judged.roughly:
        return _roughly(found, judged, language, numbers, did)
    held = "hold" if k == n else "hold at some" if k else "fail"
    text = words[f"{held}, one" if n == 1 else held].format(
        n=n,
        k=k,
        error=numbers.exact(100 * judged.error, 1),
        worst=numbers.exact(100 * worst.grade.ece, 1),
        date=numbers.date(worst.when) if worst.when else "",
    )
    off = abs(worst.stated - worst.came.value) > CALIBRATED
    if n == 1 or off:
        text += words["stated, one" if n == 1 else "stated"].format(
            stated=numbers.fine_share(worst.stated),
            came=numbers.fine_share(worst.came.value),
            did=did,
        )
    elif found.base < _RARE:
        text += words["rare"].format(base=numbers.fine_share(found.base), did=did)
    return text + "."


def _roughly(
    found: Findings, judged: Verdict, language: Language, numbers: Numbers, did: str
) -> str:
    words, off = WORDS[language], judged.off
    text = words["roughly"].format(error=numbers.exact(100 * judged.error, 1))
    if off is None:
        share = numbers.fine_share(found.base)
        return text + words["beside base"].format(base=share, did=did) + "."
    side = "too low" if off.stated < off.came.value else "too high"
    return (
        text
        + words[side].format(
            stated=numbers.fine_share(off.stated), came=numbers.fine_share(off.came.value)
        )
        + "."
    )


def _sure(surely: int, best: int, words: dict[str, str]) -> str:
    if surely == 0:
        return words["sure none"]
    if surely == best:
        return words["sure one" if best == 1 else "sure all"]
    return words["sure some, once" if surely == 1 else "sure some"].format(k=surely)


def _listed(cutoffs: Sequence[Cutoff], words: dict[str, str], numbers: Numbers) -> str:
    """Dates, the first of them where there are many."""
    dates = [words["at"].format(date=_date(one.when, numbers)) for one in cutoffs]
    if len(dates) > _MOST_DATES:
        more = len(dates) - _MOST_DATES + 1
        dates = [*dates[: _MOST_DATES - 1], words["more"].format(n=more)]
    return words["and"].join(filter(None, [", ".join(dates[:-1]), dates[-1]])) if dates else ""


def _date(when: datetime | None, numbers: Numbers) -> str:
    assert when is not None
    return numbers.date(when)

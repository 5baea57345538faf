"""What the report of a backtest shows: figures over all held-out cutoffs together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import compress
from math import isnan
from typing import Any

import numpy as np
import pandas as pd

from treue.models.curves import calibration_curve
from treue.models.grade import Grade
from treue.models.intervals import LOWER_IS_BETTER, METRICS, Interval, resampled
from treue.models.metrics import BINS, gains
from treue.models.ranked import Floats, Ranked, rank
from treue.training.backtest import BacktestResult
from treue.training.config import Config
from treue.training.drift import moved
from treue.training.evaluate import Evaluation, Judgement
from treue.training.fairness import LIST_SHARE
from treue.training.rules import RULES
from treue.training.segments import MODEL

MEAN_METRICS = ("auroc", "average_precision", "log_loss", "brier", "ece", "lift_10")
ADVANTAGES = ("auroc", "log_loss")
SHARES = np.arange(1, 51) / 50


@dataclass(frozen=True, eq=False)
class Cutoff:
    """One held-out cutoff.

    Attributes
    ----------
    judged
        Its figures; ``judged.cutoff`` is None where customers were held out instead.
    stated
        Mean probability.
    came
        Share of events, with its interval.
    training_share
        Share of events among the rows that the model was trained on.
    drift
        How far each feature has moved; see `treue.training.drift.feature_drift`.
    """

    judged: Judgement
    stated: float
    came: Interval
    training_share: float
    drift: pd.DataFrame

    @property
    def when(self) -> datetime | None:
        """The cutoff itself."""
        return self.judged.cutoff

    @property
    def grade(self) -> Grade:
        """Against the simple rules that are best there."""
        return self.judged.grade

    @property
    def drifted(self) -> int:
        """How many features have moved noticeably."""
        return len(moved(self.drift))

    @property
    def ranked(self) -> bool:
        """Whether a ranking can be judged there; not where all outcomes are the same."""
        return not isnan(self.grade.auroc.model)


@dataclass(frozen=True)
class Findings:
    """Figures over all held-out cutoffs together.

    Attributes
    ----------
    result
        What they are computed from.
    cutoffs
        Each held-out cutoff, oldest first.
    names
        ``model`` and the rules that could be fitted at every cutoff.
    means
        Name -> metric -> mean over the cutoffs where the metric exists: AUROC does not where all
        outcomes are the same. Customers are drawn, with their rows at all cutoffs.
    advantages
        Rule -> ``auroc`` or ``log_loss`` -> mean advantage of the model, above 0 where it is
        better.
    best_rule, list_rule
        The simple rule (logistic regression is none) with the highest mean AUROC, and the one whose
        call lists hold the largest share of events.
    list_advantage
        `listed` minus that share on the lists of `list_rule`, paired.
    base, listed
        Share of events among all held-out rows, and on the model's call lists of `list_share` of
        the customers of each cutoff.
    lift
        `listed` over `base`.
    rule_listed
        As `listed`, for each name.
    calibration
        ``rows``, ``predicted``, ``observed``, ``low``, ``high`` of bins of equal mass.
    gain
        Name -> share of all events found in the highest `SHARES` of each cutoff.
    """

    result: BacktestResult
    cutoffs: tuple[Cutoff, ...]
    names: tuple[str, ...]
    means: Mapping[str, Mapping[str, Interval]]
    advantages: Mapping[str, Mapping[str, Interval]]
    best_rule: str
    list_rule: str
    list_advantage: Interval
    base: float
    listed: Interval
    lift: Interval
    rule_listed: Mapping[str, float]
    calibration: pd.DataFrame
    gain: Mapping[str, Floats]
    list_share: float = LIST_SHARE


def findings(result: BacktestResult, *, config: Config, list_share: float = LIST_SHARE) -> Findings:
    """Compute what the report shows; intervals by drawing customers anew."""
    predictions = result.predictions
    names = tuple(name for name in (MODEL, *RULES) if name in predictions)
    lists = _Lists(predictions, names, list_share)
    bins = _bins(predictions[MODEL].to_numpy(dtype=float))
    outcome = predictions["outcome"].to_numpy(dtype=float)
    everybody = np.ones(len(predictions))
    rule_listed = {name: lists.listed(i, everybody) for i, name in enumerate(names)}
    simple = [name for name in names[1:] if name != "logistic"]
    list_rule = max(simple, key=lambda name: rule_listed[name])
    n_bins = int(bins.max()) + 1

    def figures(weights: Floats) -> list[float]:
        means = lists.means(weights)
        signs = [-1 if metric in LOWER_IS_BETTER else 1 for metric in ADVANTAGES]
        at = [MEAN_METRICS.index(metric) for metric in ADVANTAGES]
        advantages = (means[0, at] - means[1:, at]) * signs
        listed, base = lists.listed(0, weights), weights @ outcome / weights.sum()
        mass = np.bincount(bins, weights, n_bins)
        observed = np.divide(
            *(np.bincount(bins, weights * outcome, n_bins), mass),
            out=np.full(n_bins, np.nan),
            where=mass > 0,
        )
        lift = listed / base if base > 0 else np.nan
        ahead = listed - lists.listed(names.index(list_rule), weights)
        return [*means.ravel(), *advantages.ravel(), listed, lift, ahead, *observed]

    found = resampled(
        figures,
        predictions["customer_id"].to_numpy(),
        n_bootstrap=config.evaluation.bootstrap,
    )
    means = _split(found, names, MEAN_METRICS)
    advantages = _split(found[len(names) * len(MEAN_METRICS) :], names[1:], ADVANTAGES)
    listed, lift, ahead = found[-n_bins - 3 : -n_bins]
    return Findings(
        result=result,
        cutoffs=tuple(_cutoffs(result.evaluations)),
        names=names,
        means=means,
        advantages=advantages,
        best_rule=max(simple, key=lambda name: means[name]["auroc"].value),
        list_rule=list_rule,
        list_advantage=ahead,
        base=float(outcome.mean()),
        listed=listed,
        lift=lift,
        rule_listed=rule_listed,
        calibration=_calibration(predictions, bins, found[-n_bins:]),
        gain={name: lists.gain(i) for i, name in enumerate(names)},
        list_share=list_share,
    )


class _Lists:
    """Rows ranked by each name within each cutoff."""

    def __init__(self, predictions: pd.DataFrame, names: Sequence[str], share: float) -> None:
        outcome = predictions["outcome"].to_numpy()
        when = (
            predictions["cutoff"].to_numpy()
            if "cutoff" in predictions
            else np.zeros(len(predictions))
        )
        self._rows = [np.flatnonzero(when == one) for one in np.unique(when)]
        self._ranked = [
            [rank(outcome[rows], predictions[name].to_numpy()[rows]) for rows in self._rows]
            for name in names
        ]
        self._share = share

    def means(self, weights: Floats) -> Floats:
        """Names x metrics, each the mean over the cutoffs where the metric exists."""
        parts = [weights[rows] for rows in self._rows]
        drawn = [part.sum() > 0 for part in parts]
        return np.array(
            [
                [
                    _mean_of_known([METRICS[metric](one, part[one.order]) for one, part in pairs])
                    for metric in MEAN_METRICS
                ]
                for pairs in (
                    list(compress(zip(ranked, parts, strict=True), drawn))
                    for ranked in self._ranked
                )
            ]
        )

    def listed(self, name: int, weights: Floats) -> float:
        """Share of events on the lists of all cutoffs together."""
        hits = places = 0.0
        for ranked, rows in zip(self._ranked[name], self._rows, strict=True):
            part = weights[rows][ranked.order]
            hits += _hits(ranked, part, np.array([self._share]))[0]
            places += self._share * part.sum()
        return float(hits / places) if places else float("nan")

    def gain(self, name: int) -> Floats:
        """Share of all events in the highest `SHARES` of each cutoff."""
        hits = [_hits(ranked, np.ones_like(ranked.y), SHARES) for ranked in self._ranked[name]]
        events = sum(ranked.y.sum() for ranked in self._ranked[name])
        return np.sum(hits, axis=0) / events if events else np.full(len(SHARES), np.nan)


def _mean_of_known(values: Sequence[float]) -> float:
    known = [value for value in values if not isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def _hits(ranked: Ranked, weights: Floats, shares: Floats) -> Floats:
    events = ranked.tie_sums(weights * ranked.y)
    if events.sum() == 0:
        return np.zeros(len(shares))
    return gains(events, ranked.tie_sums(weights) - events, shares) * events.sum()


def _bins(p: Floats) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Bins of equal mass, from low to high; equal probabilities stay together."""
    edges = np.unique(np.quantile(p, np.arange(1, BINS) / BINS))
    return np.unique(np.searchsorted(edges, p, side="right"), return_inverse=True)[1]


def _calibration(
    predictions: pd.DataFrame, bins: np.ndarray[Any, Any], observed: Sequence[Interval]
) -> pd.DataFrame:
    grouped = predictions[MODEL].groupby(bins)
    return pd.DataFrame(
        {
            "rows": grouped.size().to_numpy(),
            "predicted": grouped.mean().to_numpy(),
            "observed": [one.value for one in observed],
            "low": [one.low for one in observed],
            "high": [one.high for one in observed],
        }
    )


def _cutoffs(evaluations: Sequence[Evaluation]) -> list[Cutoff]:
    found = []
    for evaluation in evaluations:
        table = evaluation.predictions
        for judged in evaluation.judgements:
            rows = table if judged.cutoff is None else table[table["cutoff"] == judged.cutoff]
            bin_ = calibration_curve(rows["outcome"], rows[MODEL], bins=1).iloc[0]
            found.append(
                Cutoff(
                    judged=judged,
                    stated=float(bin_["predicted"]),
                    came=Interval(float(bin_["observed"]), float(bin_["low"]), float(bin_["high"])),
                    training_share=evaluation.training_share,
                    drift=evaluation.drift,
                )
            )
    return found


def _split(
    found: Sequence[Interval], names: Sequence[str], metrics: Sequence[str]
) -> dict[str, dict[str, Interval]]:
    each = iter(found)
    return {name: {metric: next(each) for metric in metrics} for name in names}

"""Bootstrap intervals for every metric, and for the difference of two models on the same rows.

Customers are drawn, not rows: a customer who appears at several cutoffs comes with all rows or
with none. A replicate is a vector of counts, so that 500 replicates of all metrics over 20,000
rows take seconds (`treue.models.metrics`). Percentile intervals: Efron and Tibshirani (1993), "An
introduction to the bootstrap", chapter 13.
"""

import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from treue.models import metrics, profit
from treue.models.errors import ModelError
from treue.models.ranked import Floats, Ranked, rank, refuse_rows

log = logging.getLogger(__name__)

Metric: TypeAlias = Callable[[Ranked, Floats], float]

METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        "auroc": metrics.weighted_auroc,
        "average_precision": metrics.weighted_average_precision,
        "log_loss": metrics.weighted_log_loss,
        "brier": metrics.weighted_brier,
        "ece": metrics.weighted_calibration_error,
        "lift_1": partial(metrics.weighted_lift, share=0.01),
        "lift_5": partial(metrics.weighted_lift, share=0.05),
        "lift_10": partial(metrics.weighted_lift, share=0.10),
        "empc": profit.weighted_profit,
    }
)
LOWER_IS_BETTER = frozenset({"log_loss", "brier", "ece"})


@dataclass(frozen=True)
class Interval:
    """A figure and the percentile interval of its bootstrap replicates.

    Attributes
    ----------
    value : float
        The figure over all rows; NaN where it cannot be said, with the reason in `reason`.
    low, high : float
        Ends of the interval; NaN where there are no replicates.
    level : float
        Part of the replicates that lies between them.
    replicates, skipped : int
        Replicates used, and those left out because the metric does not exist for them (all outcomes
        the same).
    reason : str
        Why a number is NaN, else empty.
    """

    value: float
    low: float
    high: float
    level: float = 0.95
    replicates: int = 0
    skipped: int = 0
    reason: str = ""

    def as_dict(self) -> dict[str, float | int | str | None]:
        """Return the fields for JSON, NaN as None."""
        return {
            name: None if isinstance(field, float) and math.isnan(field) else field
            for name, field in vars(self).items()
        }


def summary(
    y: ArrayLike,
    p: ArrayLike,
    *,
    margin: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    incentive: float = profit.INCENTIVE,
    contact_cost: float = profit.CONTACT_COST,
    effect: float = profit.EFFECT,
    n_bootstrap: int = 300,
    level: float = 0.95,
    seed: int = 0,
) -> dict[str, Interval]:
    """Return every metric of `METRICS` with its interval, all from the same resamples.

    Parameters
    ----------
    y : array-like of 0 and 1
    p : array-like
        Probabilities.
    margin : float or array-like, optional
        Value of each customer if kept, for EMPC; the published 200 for all where not given.
    groups : array-like, optional
        Customer ids. Without them each row is drawn for itself.
    incentive, contact_cost : float
        Costs of a campaign, for EMPC, in the money of `margin`.
    effect : float
        Share of contacted churners that can be kept, for EMPC, as `treue.models.profit.belief`.
    n_bootstrap : int
        Replicates; 0 gives figures without intervals.

    Notes
    -----
    Calibration error grows under resampling (bins become noisier), so that the interval of `ece`
    lies too high in small samples and may miss the value.

    Raises
    ------
    ModelError
        As `treue.models.ranked.rank`; groups missing or of another length; costs that
        `treue.models.profit.check_costs` refuses.
    """
    profit.check_costs(incentive, contact_cost)
    campaign = partial(
        profit.weighted_profit, incentive=incentive, contact_cost=contact_cost, effect=effect
    )
    chosen: dict[str, Metric] = {**METRICS, "empc": campaign}
    started = time.perf_counter()
    ranked = rank(y, p, margin=margin)

    def figures(counts: Floats) -> list[float]:
        weights = counts[ranked.order]
        return [metric(ranked, weights) for metric in chosen.values()]

    intervals = _bootstrap(figures, [ranked], groups, n_bootstrap, level, seed)
    log.info(
        "%d metrics over %d rows with %d replicates in %.1f s",
        *(len(chosen), len(ranked.y), n_bootstrap, time.perf_counter() - started),
    )
    return dict(zip(chosen, intervals, strict=True))


def interval(
    metric: str,
    y: ArrayLike,
    p: ArrayLike,
    *,
    margin: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    n_bootstrap: int = 500,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Return one metric of `METRICS`, by its name, with its interval; the rest as `summary`."""
    chosen, ranked = _named(metric), rank(y, p, margin=margin)

    def figure(counts: Floats) -> list[float]:
        return [chosen(ranked, counts[ranked.order])]

    return _bootstrap(figure, [ranked], groups, n_bootstrap, level, seed)[0]


def paired_difference(
    metric: str,
    y: ArrayLike,
    p_a: ArrayLike,
    p_b: ArrayLike,
    *,
    margin: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    n_bootstrap: int = 500,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Return the metric of `p_a` minus that of `p_b`, both on the same resamples.

    What makes a resample easy or hard for both falls out of the difference, which is why its
    interval is much narrower than the two models' own. For the metrics in `LOWER_IS_BETTER` a
    negative difference speaks for `p_a`. Parameters and errors as `summary`; `metric` is a name of
    `METRICS`.
    """
    chosen = _named(metric)
    a, b = rank(y, p_a, margin=margin), rank(y, p_b, margin=margin)

    def difference(counts: Floats) -> list[float]:
        return [chosen(a, counts[a.order]) - chosen(b, counts[b.order])]

    return _bootstrap(difference, [a, b], groups, n_bootstrap, level, seed)[0]


def _named(metric: str) -> Metric:
    if metric not in METRICS:
        raise ModelError(f"metric: there is no {metric!r}; known are {', '.join(METRICS)}")
    return METRICS[metric]


def resampled(
    figures: Callable[[Floats], Sequence[float]],
    groups: ArrayLike,
    *,
    n_bootstrap: int = 500,
    level: float = 0.95,
    seed: int = 0,
) -> list[Interval]:
    """Return each of several figures with its interval, all from the same resamples.

    Parameters
    ----------
    figures : callable
        How often each row was drawn -> the figures; NaN where one does not exist.
    groups : array-like
        Customer ids, one a row; customers are drawn, not rows.

    Raises
    ------
    ModelError
        Groups missing; a level outside 0..1; a negative number of replicates.
    """
    return _drawn(figures, _customers(groups), n_bootstrap, level, seed)


def _bootstrap(
    figures: Callable[[Floats], Sequence[float]],
    ranked: list[Ranked],
    groups: ArrayLike | None,
    n_bootstrap: int,
    level: float,
    seed: int,
) -> list[Interval]:
    return _drawn(figures, _units(ranked, groups), n_bootstrap, level, seed)


def _drawn(
    figures: Callable[[Floats], Sequence[float]],
    unit: NDArray[np.intp],
    n_bootstrap: int,
    level: float,
    seed: int,
) -> list[Interval]:
    """Return `figures(ones)`, each with the interval of `figures(times each row was drawn)`."""
    if not 0 < level < 1:
        raise ModelError(f"level: {level} is outside 0..1; ask for 0.95")
    if n_bootstrap < 0:
        raise ModelError(f"n_bootstrap: {n_bootstrap} is negative; ask for 0 to have no intervals")
    n_units = int(unit.max()) + 1
    values = figures(np.ones(len(unit)))
    rng = np.random.default_rng(seed)
    draws = np.full((n_bootstrap if n_units > 1 else 0, len(values)), np.nan)
    for replicate in draws:
        counts = np.bincount(rng.integers(n_units, size=n_units), minlength=n_units)
        replicate[:] = figures(counts[unit].astype(np.float64))
    why = (
        "no interval: one customer cannot be resampled" if n_units == 1 else "no interval asked for"
    )
    return [_interval(*figure, level, why) for figure in zip(values, draws.T, strict=True)]


def _interval(value: float, draws: Floats, level: float, why: str) -> Interval:
    usable = draws[~np.isnan(draws)]
    low = high = math.nan
    if len(usable):
        low, high = np.quantile(usable, [(1 - level) / 2, (1 + level) / 2]).tolist()
        why = ""
    return Interval(
        value=value,
        low=low,
        high=high,
        level=level,
        replicates=len(usable),
        skipped=len(draws) - len(usable),
        reason="all outcomes are the same" if math.isnan(value) else why,
    )


def _units(ranked: list[Ranked], groups: ArrayLike | None) -> NDArray[np.intp]:
    """Return for each row, as given, the number of the unit it is drawn with.

    Rows that stand for themselves are numbered by their values, not as they came, so that the
    intervals too are the same for any row order.
    """
    n_rows = len(ranked[0].y)
    if groups is None:
        order = np.lexsort([column for one in ranked for column in one.as_given()])
        unit = np.empty_like(order)
        unit[order] = np.arange(n_rows)
        return unit
    if len(pd.Series(groups)) != n_rows:
        n_ids = len(pd.Series(groups))
        raise ModelError(f"groups: {n_ids} ids beside {n_rows} rows; hand in one for each row")
    return _customers(groups)


def _customers(groups: ArrayLike) -> NDArray[np.intp]:
    ids = pd.Series(groups)
    refuse_rows(ids.isna().to_numpy(), "groups", "missing", "leave out rows without a customer")
    return pd.factorize(ids, sort=True)[0]

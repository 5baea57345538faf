"""Groups of customers like each other, and how far their shares were missed.

Customers of one cutoff stand in the order of their probability and are cut into groups of about
the same size.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy

from treue.models.level import level_observed

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class Missed(NamedTuple):
    """How far predictions were missed, in log-odds.

    Attributes
    ----------
    shifts, shift_variances : array (cutoffs,)
        What each cutoff's log-odds lacked to fit its mean, and how uncertain that is.
    spread : float
        Variance of groups around their cutoff's shift, beyond chance.
    all_misses, thin_misses : float
        Variance of groups around their predictions, beyond chance: all rows, and thin ones.
    """

    shifts: Floats
    shift_variances: Floats
    spread: float
    all_misses: float
    thin_misses: float


def like_groups(log_odds: Floats, when: Floats, *, size: int) -> npt.NDArray[np.int_]:
    """Return the group (n,) of each row, numbered from 0: neighbours in score at one cutoff.

    A cutoff with fewer than one and a half times `size` rows is one group.

    >>> like_groups(np.array([3.0, 1.0, 2.0, 4.0]), np.zeros(4), size=2).tolist()
    [1, 0, 0, 1]
    """
    group = np.zeros(len(log_odds), dtype=np.int_)
    first = 0
    for moment in np.unique(when):
        rows = np.flatnonzero(when == moment)
        rows = rows[np.argsort(log_odds[rows], kind="stable")]
        many = max(1, round(len(rows) / size))
        group[rows] = first + np.arange(len(rows)) * many // len(rows)
        first += many
    return group


def missed(outcome: Floats, log_odds: Floats, when: Floats, *, thin: Flags, size: int) -> Missed:
    """Return how far the predictions of groups were missed.

    Parameters
    ----------
    outcome : array (n,)
        0 or 1.
    log_odds : array (n,)
        Predicted by a model that did not know the outcome.
    when : array (n,)
        Day of each row's cutoff.
    thin : array (n,)
        Rows of which little is known.
    size : int
        Customers a group.
    """
    shifted = log_odds.copy()
    shifts, variances = [], []
    for moment in np.unique(when):
        rows = when == moment
        shift = level_observed(log_odds[rows], outcome[rows])
        shifted[rows] += shift
        fitted = scipy.special.expit(shifted[rows])
        shifts.append(shift)
        variances.append(1 / max(float((fitted * (1 - fitted)).sum()), 1e-12))
    return Missed(
        np.array(shifts),
        np.array(variances),
        max(0.0, _beyond_chance(outcome, shifted, when, size=size, spent=1)),
        _beyond_chance(outcome, log_odds, when, size=size),
        _beyond_chance(outcome[thin], log_odds[thin], when[thin], size=size),
    )


def coverage(
    outcome: npt.ArrayLike,
    low: npt.ArrayLike,
    high: npt.ArrayLike,
    probability: npt.ArrayLike,
    when: npt.ArrayLike,
    *,
    size: int,
) -> pd.DataFrame:
    """Which groups of like customers the intervals held, one row a group.

    A group is held if the number of its customers with the outcome lies between both ends, in whole
    customers; half if it is just one of them, as counts are few and an end is neither in nor out
    (mid-p, Lancaster 1961). No more than nobody and everybody can be undershot or exceeded: there
    the end is in.

    Returns
    -------
    DataFrame
        ``when``, ``rows``, ``probability``, ``low``, ``high`` (means), ``observed`` (share),
        ``held`` (0, 0.5 or 1). Groups smaller than half of `size` are left out: they are too few to
        judge by.
    """
    frame = pd.DataFrame(
        {
            "when": np.asarray(when, dtype=float),
            "probability": np.asarray(probability, dtype=float),
            "low": np.asarray(low, dtype=float),
            "high": np.asarray(high, dtype=float),
            "observed": np.asarray(outcome, dtype=float),
        }
    )
    score = scipy.special.logit(np.clip(frame["probability"].to_numpy(), 1e-12, 1 - 1e-12))
    group = like_groups(score, frame["when"].to_numpy(), size=size)
    found = frame.groupby(group).mean()
    found.insert(1, "rows", np.bincount(group))
    rows = found["rows"].to_numpy(dtype=float)
    count, least, most = (
        np.round(rows * found[name].to_numpy()) for name in ("observed", "low", "high")
    )
    above = np.where((count > least) | (least == 0), 1.0, 0.5) * (count >= least)
    below = np.where((count < most) | (most == rows), 1.0, 0.5) * (count <= most)
    found["held"] = np.maximum(above + below - 1, 0.0)
    return found[found["rows"] >= size / 2].reset_index(drop=True)


def _beyond_chance(
    outcome: Floats, log_odds: Floats, when: Floats, *, size: int, spent: int = 0
) -> float:
    """Variance of groups in log-odds that chance does not explain, by moments; may be negative.

    `spent` is the number of degrees of freedom that fitting took from every cutoff.
    """
    if len(outcome) == 0:
        return 0.0
    group = like_groups(log_odds, when, size=size)
    p = scipy.special.expit(log_odds)
    off = np.bincount(group, outcome - p)
    chance = np.bincount(group, p * (1 - p))
    groups, cutoffs = len(off), len(np.unique(when))
    if groups <= spent * cutoffs:
        return 0.0
    share = groups / (groups - spent * cutoffs)
    return float((off**2 * share - chance).sum() / max(float((chance**2).sum()), 1e-12))

"""What contacting customers did, measured against those held out at random.

Each draw (one plan of whom to call) puts so many customers at random among the called and so many
among the held out. Compared are all who were to be called with all who were not, whoever was
reached, so that nothing but chance tells the two apart. Draws of different shares are put together
by weights, and the likelihoods stated before take out the part of chance that was foreseeable::

    share who leave if called   = mean(p) + mean over the called of (left - p), weighed 1 / share
    share who leave if held out = the same over the held out
    kept of those drawn         = difference of the two
    effect                      = kept / share who leave if held out

The first is the augmented estimator of a randomised trial (Tsiatis, Davidian, Zhang and Lu 2008,
Statistics in Medicine 27): whatever p is, it only makes the interval narrower, never the figure
wrong. `effect` is what `treue.models.value.Assumptions` calls effect: the share of the leaving
customers whom a contact keeps.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from treue.models.errors import ModelError
from treue.models.intervals import Interval, resampled
from treue.models.ranked import Floats, column, refuse_rows, same_length

ENOUGH = 10
"""Customers who left, and who stayed, on either side; with fewer no effect is told."""
_STEPS = np.linspace(5, 95, 19)
_POWER = 1.96 + 0.84  # an effect is found in 8 of 10 trials at a level of 5 %


@dataclass(frozen=True)
class Trial:
    """Customers who were drawn, what became of them, and what was known before.

    Attributes
    ----------
    customers
        Ids; a customer drawn at several cutoffs is resampled as one.
    left, called
        1.0 or 0.0 each; who is not called is held out.
    share
        Share of the draw that was to be called.
    likelihood
        Of leaving, as stated before the draw.
    """

    customers: NDArray[Any]
    left: Floats
    called: Floats
    share: Floats
    likelihood: Floats

    @classmethod
    def of(
        cls,
        *,
        customers: ArrayLike,
        left: ArrayLike,
        called: ArrayLike,
        draw: ArrayLike,
        likelihood: ArrayLike,
    ) -> tuple[Trial, NDArray[np.bool_]]:
        """Return the trial of all draws that held somebody out, and which rows are in it.

        Raises
        ------
        ModelError
            Columns of different lengths, outcomes or roles other than 0 and 1, missing values.
        """
        y, t, p = column(left, "left"), column(called, "called"), column(likelihood, "likelihood")
        same_length(y, called=t, likelihood=p)
        for name, values in (("left", y), ("called", t)):
            refuse_rows(~np.isin(values, (0.0, 1.0)), name, "neither 0 nor 1", "code yes as 1")
        share = pd.Series(t).groupby(np.asarray(draw)).transform("mean").to_numpy()
        kept = (share > 0) & (share < 1)
        return cls(np.asarray(customers)[kept], y[kept], t[kept], share[kept], p[kept]), kept

    def part(self, rows: NDArray[np.bool_]) -> Trial:
        """Return some of the rows, each with the share of its whole draw."""
        return Trial(
            self.customers[rows],
            self.left[rows],
            self.called[rows],
            self.share[rows],
            self.likelihood[rows],
        )

    @property
    def gains(self) -> Floats:
        """Each row's unbiased, very noisy estimate of what calling keeps (1 for a customer)."""
        rest = self.left - self.likelihood
        found: Floats = rest * ((1 - self.called) / (1 - self.share) - self.called / self.share)
        return found


@dataclass(frozen=True)
class Effect:
    """What contacting did; the intervals are of 95 %, customers drawn anew.

    Attributes
    ----------
    called, held_out
        Customers drawn for either.
    left_called, left_held_out
        How many of them left.
    kept
        Share of customers that a contact kept; NaN where there are too few to say.
    effect
        The same as a share of those who would have left.
    """

    called: int
    held_out: int
    left_called: int
    left_held_out: int
    kept: Interval
    effect: Interval

    @property
    def enough(self) -> bool:
        """Whether there are enough on all four sides to tell an effect."""
        return enough(self.left_called, self.called) and enough(self.left_held_out, self.held_out)


def enough(left: int, customers: int) -> bool:
    """Whether `ENOUGH` of these customers left and as many stayed."""
    return min(left, customers - left) >= ENOUGH


def measure(trial: Trial, *, n_bootstrap: int = 1000, seed: int = 0) -> Effect:
    """Return what contacting did, with intervals.

    Examples
    --------
    Of 100 called 20 left, of 100 held out 40:

    >>> trial, _ = Trial.of(
    ...     customers=range(200),
    ...     left=[1] * 20 + [0] * 80 + [1] * 40 + [0] * 60,
    ...     called=[1] * 100 + [0] * 100,
    ...     draw=[1] * 200,
    ...     likelihood=[0.4] * 200,
    ... )
    >>> found = measure(trial)
    >>> round(found.kept.value, 3), round(found.effect.value, 3)
    (0.2, 0.5)
    """
    called, held = trial.called == 1, trial.called == 0
    counts = {
        "called": int(called.sum()),
        "held_out": int(held.sum()),
        "left_called": int(trial.left[called].sum()),
        "left_held_out": int(trial.left[held].sum()),
    }
    nothing = Interval(np.nan, np.nan, np.nan, reason="too few customers")
    found = Effect(**counts, kept=nothing, effect=nothing)
    if not found.enough:
        return found
    rest = trial.left - trial.likelihood
    of_called, of_held = trial.called / trial.share, (1 - trial.called) / (1 - trial.share)

    def figures(drawn: Floats) -> list[float]:
        expected = float(drawn @ trial.likelihood / drawn.sum())
        one = expected + _mean(rest, drawn * of_called)
        other = expected + _mean(rest, drawn * of_held)
        return [other - one, 1 - one / other if other > 0 else np.nan]

    kept, effect = resampled(figures, trial.customers, n_bootstrap=n_bootstrap, seed=seed)
    return Effect(**counts, kept=kept, effect=effect)


def by_band(
    trial: Trial, *, bands: int = 3, n_bootstrap: int = 1000, seed: int = 0
) -> list[tuple[tuple[float, float], Effect]]:
    """Return the effect among the least likely to leave, ..., and the most likely.

    Returns
    -------
    list of ((lowest, highest likelihood), Effect)
        Bands of equal size; equal likelihoods stay together, so there may be fewer.
    """
    cuts = np.quantile(trial.likelihood, np.linspace(0, 1, bands + 1)[1:-1])
    band = np.searchsorted(cuts, trial.likelihood, side="left")
    found = []
    for number in np.unique(band):
        part = trial.part(band == number)
        ends = float(part.likelihood.min()), float(part.likelihood.max())
        found.append((ends, measure(part, n_bootstrap=n_bootstrap, seed=seed)))
    return found


def held_out_needed(effect: float, *, left: float, called_each: float) -> int | None:
    """How many have to be held out until an effect can be told from none, in 8 of 10 cases.

    Parameters
    ----------
    effect
        Share of the leaving customers that a contact is assumed to keep.
    left
        Share who leave without one.
    called_each
        Customers called for each one held out.

    Returns
    -------
    int or None
        By the large-sample variance of the log of the risk ratio (Katz and others 1978, Biometrics
        34), and at least as many as make `ENOUGH` likely; None where there is no effect to find.

    Examples
    --------
    >>> held_out_needed(0.3, left=0.4, called_each=10.0)
    109
    """
    if not (0 < effect < 1 and 0 < left < 1 and called_each > 0):
        return None
    if_called = left * (1 - effect)
    variance = (1 - left) / left + (1 - if_called) / if_called / called_each
    found = _POWER**2 * variance / log(1 - effect) ** 2
    return ceil(max(found, ENOUGH / min(left, 1 - left)))


def qini(trial: Trial, rank: ArrayLike) -> Interval:
    """Return the Qini coefficient of calling customers from the highest `rank` down.

    The area between what calling the first customers of the ranking keeps and what calling as many
    at random would keep, in customers kept for each one drawn; 0 for a ranking that knows nothing
    of whom a contact keeps (Radcliffe 2007, "Using control groups to target on predicted lift").
    Reckoned by EconML from each customer's `Trial.gains`, with an interval of 1.96 standard errors.

    Raises
    ------
    ModelError
        If EconML is not there, or `rank` has missing values or another length.
    """
    try:
        from econml.validate.utils import calc_uplift
    except ModuleNotFoundError as error:
        raise ModelError(
            f"a Qini coefficient needs the package {error.name}; install it with "
            'pip install "treue[uplift]"'
        ) from None
    ranks = column(rank, "rank")
    same_length(trial.left, rank=ranks)
    if np.ptp(ranks) == 0:
        return Interval(0.0, np.nan, np.nan, reason="all ranks are the same")
    by_rank, gains = ranks[:, None], trial.gains[:, None]
    found, deviation, _ = calc_uplift(by_rank, by_rank, gains, _STEPS, "qini", n_bootstrap=1)
    reach = 1.96 * float(deviation)
    return Interval(float(found), float(found) - reach, float(found) + reach)


def _mean(values: Floats, weights: Floats) -> float:
    total = weights.sum()
    return float(values @ weights / total) if total > 0 else np.nan

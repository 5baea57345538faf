r"""How sure: an interval for every probability, and a flag for rows unlike anyone seen.

**What an interval says.** *Of 20 customers like this one, at a coming cutoff, between low and high
leave: in nine of ten such groups.* Like means: about the same probability. A single customer's
probability cannot be seen, a group's share can; so this statement can be checked, and is, on
cutoffs that no model had seen (`treue.models.like_groups.coverage`). In simulated companies, where
it is known, nine of ten single customers' true probabilities lie in such an interval as well: what
sets customers of a group apart happens to be about as much as chance does to twenty.

What keeps a group's share away from the probability, from what time-forward predictions missed
(log-odds, except the last):

- *drift*: the level of a whole cutoff lies elsewhere than forecast. Few cutoffs tell of it, and
  cutoffs whose windows overlap tell the same; so its scale is drawn towards a prior and the tails
  are Student's.
- *spread*: groups of one cutoff deviate from each other more than chance would have it.
- *sparsity*: m training customers had about such a score, fewer than 20:
  :math:`(1 / (m + 1) - 1 / 21) / (p (1 - p))`.
- *chance*: 20 customers are few. On the scale :math:`\arcsin\sqrt{p}`, whose standard deviation is
  :math:`1 / (2 \sqrt{20})` for every p.

Where more is missing of a customer than of four in five, drift and spread are as many times wider
as those predictions showed, never narrower; for a row unlike anyone seen they count twice,
and 0.75 at least.

References
----------
Gelman et al. (2013), Bayesian Data Analysis, 3rd edition, chapter 5 (scaled inverse chi-squared
prior); Williams (1982), Extra-binomial variation in logistic linear models (moments of the spread).
"""

from typing import Annotated, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy
from pydantic import Field, FiniteFloat

from treue.models.bundle_files import Part
from treue.models.columns import Columns
from treue.models.errors import ModelError
from treue.models.familiar import Familiar, Oddity
from treue.models.like_groups import Missed, missed

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

LEVEL = 0.9
GROUP_SIZE = 20
PRIOR_DRIFT = 0.15
"""Drift expected before any cutoff is seen, in log-odds."""
PRIOR_CUTOFFS = 2.0
"""How many cutoffs that expectation weighs."""
THIN_SHARE = 0.8
"""A row is thin if more is missing of it than of this share of the training rows."""
PRIOR_THIN = 3.0
"""How many cutoffs the expectation weighs that thin rows are predicted as well as others."""
MOST_THIN = 3.0
UNLIKE_FACTOR = 2.0
UNLIKE_LEAST = 0.75
"""Standard deviation, in log-odds, that a row unlike anyone seen has at least."""
MOST_SPARSITY = 1.0
NEAR = 0.5  # log-odds within which a score is alike
_KNOTS = 41


class Assessed(NamedTuple):
    """Interval and flag of each row (n,)."""

    low: Floats
    high: Floats
    unlike: Flags


class Certainty(Part):
    """How sure a model's probabilities are.

    Attributes
    ----------
    level, group_size
        Coverage that is stated, and of how many customers.
    cutoffs
        How many time-forward cutoffs it was learnt from; 0: held-out customers, or none in time.
    drift, degrees
        Scale of the cutoffs' shifts, and degrees of freedom; drift 0 for rows without cutoffs.
    spread
        Standard deviation of groups within a cutoff.
    thin_missing, thin_factor
        Share of missing values above which a row is thin, and how many times wider it is then.
    customers, scores
        Training customers, and knots of the distribution of their scores.
    familiar : Familiar
        What training rows look like.
    """

    level: Annotated[FiniteFloat, Field(gt=0, lt=1)]
    group_size: Annotated[int, Field(ge=1)]
    cutoffs: Annotated[int, Field(ge=0)]
    drift: Annotated[FiniteFloat, Field(ge=0)]
    degrees: Annotated[FiniteFloat, Field(gt=0)]
    spread: Annotated[FiniteFloat, Field(ge=0)]
    thin_missing: FiniteFloat
    thin_factor: Annotated[FiniteFloat, Field(ge=1)]
    customers: Annotated[int, Field(ge=1)]
    scores: Annotated[list[FiniteFloat], Field(min_length=2)]
    familiar: Familiar

    @classmethod
    def fit(
        cls,
        X: pd.DataFrame,
        columns: Columns,
        forward: pd.DataFrame,
        *,
        customers: npt.NDArray[np.int_] | pd.Series,
        cutoff: pd.Series | None = None,
        horizon_days: int = 0,
        encoded: Floats | None = None,
        level: float = LEVEL,
        group_size: int = GROUP_SIZE,
    ) -> Self:
        """Learn how far predictions go wrong.

        Parameters
        ----------
        X : DataFrame (n, columns)
            Training rows.
        forward : DataFrame
            Predictions for some of these rows by models that did not know their outcomes:
            ``outcome`` (0 or 1), ``log_odds`` and, where models were older than the rows,
            ``cutoff``; the index is that of `X`.
        customers, cutoff : (n,)
            Of the training rows; no cutoffs for a ready panel.
        horizon_days : int
            Length of the label window; cutoffs nearer than that count as part of one.
        encoded : array (n, columns), optional
            The rows as `columns` encodes them, where that was done already.

        Raises
        ------
        ModelError
            If `forward` is empty or has other rows than `X`.
        """
        if forward.empty or not forward.index.isin(X.index).all():
            raise ModelError("certainty: predictions are missing, or not of the training rows")
        days = None if cutoff is None else _days(cutoff)
        missing = pd.Series(X.isna().mean(axis=1).to_numpy(), X.index)
        edge = float(np.quantile(missing, THIN_SHARE))
        when = _days(forward["cutoff"]) if "cutoff" in forward else np.zeros(len(forward))
        found = missed(
            forward["outcome"].to_numpy(dtype=float),
            forward["log_odds"].to_numpy(dtype=float),
            when,
            thin=missing.loc[forward.index].to_numpy() > edge,
            size=group_size,
        )
        in_time = cutoff is not None
        seen = _independent(when, horizon_days) if "cutoff" in forward else 0.0
        drift = _drift(found, seen) if in_time else 0.0
        return cls(
            level=level,
            group_size=group_size,
            cutoffs=len(np.unique(when)) if "cutoff" in forward else 0,
            drift=drift,
            degrees=PRIOR_CUTOFFS + seen,
            spread=float(np.sqrt(found.spread)),
            thin_missing=edge,
            thin_factor=_thin_factor(found, max(seen, 1.0), told=drift**2 + found.spread),
            customers=len(np.unique(np.asarray(customers))),
            scores=np.quantile(forward["log_odds"], np.linspace(0, 1, _KNOTS)).tolist(),
            familiar=Familiar.fit(X, columns, days, encoded=encoded),
        )

    def assess(
        self,
        X: pd.DataFrame,
        columns: Columns,
        log_odds: Floats,
        *,
        encoded: Floats | None = None,
    ) -> Assessed:
        """Return intervals and flags of rows with these calibrated log-odds.

        ``low <= probability <= high`` holds for every row.

        Parameters
        ----------
        X : DataFrame (n, at least the columns)
        columns : Columns
            The model's.
        log_odds : array (n,)
        encoded : array (n, columns), optional
            The rows as `columns` encodes them, where that was done already.
        """
        unlike = self.familiar.unlike(X, columns, encoded)
        missing = X[list(columns.names)].isna().to_numpy().mean(axis=1)
        low, high = self.interval(log_odds, thin=missing > self.thin_missing, unlike=unlike)
        return Assessed(low, high, unlike)

    def interval(self, log_odds: Floats, *, thin: Flags, unlike: Flags) -> tuple[Floats, Floats]:
        """Return the ends (n,), (n,) of the intervals."""
        tail = (1 + self.level) / 2
        expit, ndtri, stdtrit = scipy.special.expit, scipy.special.ndtri, scipy.special.stdtrit
        normal, student = float(ndtri(tail)), float(stdtrit(self.degrees, tail))
        p = expit(log_odds)
        lacking = 1 / (self._near(log_odds) + 1) - 1 / (self.group_size + 1)
        sparsity = np.maximum(lacking, 0.0) / np.maximum(p * (1 - p), 1e-12)
        factor = np.where(thin, self.thin_factor, 1.0) * np.where(unlike, UNLIKE_FACTOR, 1.0)
        moved = factor**2 * ((student * self.drift) ** 2 + (normal * self.spread) ** 2)
        moved = np.maximum(moved, np.where(unlike, (normal * UNLIKE_LEAST) ** 2, 0.0))
        reach = np.sqrt(moved + normal**2 * np.minimum(sparsity, MOST_SPARSITY))
        chance = normal / (2 * np.sqrt(self.group_size))
        middle = _angle(p)
        below = np.hypot(middle - _angle(expit(log_odds - reach)), chance)
        above = np.hypot(_angle(expit(log_odds + reach)) - middle, chance)
        low = np.sin(np.maximum(middle - below, 0.0)) ** 2
        high = np.sin(np.minimum(middle + above, np.pi / 2)) ** 2
        return np.minimum(low, p), np.maximum(high, p)

    def oddities(
        self, X: pd.DataFrame, columns: Columns, encoded: Floats | None = None
    ) -> list[Oddity]:
        """Return what makes the single row of `X` unlike; empty if it is not."""
        return self.familiar.oddities(X, columns, encoded)

    def _near(self, log_odds: Floats) -> Floats:
        """How many training customers had about such a score."""
        knots = np.maximum.accumulate(np.array(self.scores) + 1e-9 * np.arange(len(self.scores)))
        share = np.linspace(0, 1, len(knots))
        upto, below = (
            np.interp(log_odds + step, knots, share, left=0.0, right=1.0) for step in (NEAR, -NEAR)
        )
        near: Floats = self.customers * (upto - below)
        return near


def _angle(p: Floats) -> Floats:
    angle: Floats = np.arcsin(np.sqrt(p))
    return angle


def _days(cutoff: pd.Series) -> Floats:
    since = pd.to_datetime(cutoff) - pd.Timestamp(0)
    return np.array(since / pd.Timedelta(days=1), dtype=np.float64)


def _independent(when: Floats, horizon_days: int) -> float:
    """How many cutoffs there would be without overlap of their label windows."""
    span = float(when.max() - when.min()) / max(horizon_days, 1)
    return min(float(len(np.unique(when))), span + 1)


def _drift(found: Missed, seen: float) -> float:
    """Scale of the shifts, drawn towards the prior."""
    own = max(0.0, float(np.mean(found.shifts**2 - found.shift_variances))) if seen else 0.0
    drawn = (PRIOR_CUTOFFS * PRIOR_DRIFT**2 + seen * own) / (PRIOR_CUTOFFS + seen)
    return float(np.sqrt(drawn))


def _thin_factor(found: Missed, seen: float, *, told: float) -> float:
    """How many times further thin rows are missed, drawn towards once.

    `told` is the variance that their intervals have without it.
    """
    ratio = max(found.thin_misses, 0.0) / max(found.all_misses, told, 1e-9)
    drawn = (PRIOR_THIN + seen * ratio) / (PRIOR_THIN + seen)
    return float(np.clip(np.sqrt(drawn), 1.0, MOST_THIN))

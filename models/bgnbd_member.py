"""BG/NBD as a member of a blend: three columns in, log-odds and exact Shapley values out."""

from functools import cached_property
from itertools import combinations
from typing import Annotated, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy
from pydantic import Field, FiniteFloat

from treue.models.bgnbd import BetaGeoNBD
from treue.models.bundle_files import Part
from treue.models.calibration import Calibration, platt
from treue.models.columns import Columns
from treue.models.errors import ModelError

Floats = npt.NDArray[np.float64]
Positive = Annotated[FiniteFloat, Field(gt=0)]
Position = Annotated[int, Field(ge=0)]

COLUMNS = ("purchase_days", "tenure_days", "recency_days")
MOST_PURCHASES, MOST_DAYS = 1e5, 1e6  # of a customer; more count as so many
LEAST_PROBABILITY = 1e-9
_SUBSETS = [frozenset(taken) for size in range(4) for taken in combinations(range(3), size)]
_TAKEN = np.array([[i in taken for i in range(3)] for taken in _SUBSETS])
# subsets without each of the three columns, as (4, 3), those with it, and the share of orders in
# which just these come before it
_WITHOUT = np.array([[k for k, s in enumerate(_SUBSETS) if i not in s] for i in range(3)]).T
_WITH = np.array(
    [[_SUBSETS.index(_SUBSETS[k] | {i}) for i, k in enumerate(row)] for row in _WITHOUT]
)
_ORDERS = np.array([1 / 3, 1 / 6, 1 / 3])[_TAKEN[_WITHOUT].sum(axis=-1)]


class BetaGeoMember(Part):
    """A fitted BG/NBD that reads the matrix of a model's columns.

    ``log-odds = slope * logit(P(no purchase in the horizon)) + intercept``

    What is unknown counts as in `reference`. Whatever the values, the answer is finite: recency is
    cut to the tenure, and who bought on several days did so over at least one day.

    Attributes
    ----------
    positions
        Of `COLUMNS` in the encoded matrix.
    reference
        Values of the customer against whom contributions are counted: the medians of training.
    r, alpha, a, b
        As `treue.models.bgnbd.BetaGeoNBD`, in days.
    """

    positions: Annotated[list[Position], Field(min_length=3, max_length=3)]
    reference: Annotated[list[FiniteFloat], Field(min_length=3, max_length=3)]
    r: Positive
    alpha: Positive
    a: Positive
    b: Positive
    horizon_days: Annotated[int, Field(ge=1)]
    slope: FiniteFloat
    intercept: FiniteFloat

    @classmethod
    def fit(
        cls,
        panel: pd.DataFrame,
        y: npt.ArrayLike,
        *,
        columns: Columns,
        horizon_days: int,
    ) -> Self:
        """Fit the four parameters on one cutoff, then calibrate on all rows.

        Parameters
        ----------
        panel : DataFrame (n rows)
            Training rows; if it has a column ``cutoff``, the parameters are those of the latest.
        y : array (n,)
            1 for no purchase in the horizon.
        columns : Columns
            The model's.

        Raises
        ------
        ModelError
            If a column is missing, no customer has all three, or nobody bought again.
        """
        if missing := [name for name in COLUMNS if name not in columns.names]:
            raise ModelError(f"{', '.join(missing)}: not in the panel; BG/NBD needs it")
        positions = [columns.names.index(name) for name in COLUMNS]
        values = panel[list(COLUMNS)].to_numpy(dtype=float, na_value=np.nan)
        known = np.isfinite(values).all(axis=1)
        if not known.any():
            raise ModelError(f"none of {len(panel)} rows knows all of {', '.join(COLUMNS)}")
        x, tenure, t_x = _consistent_history(values[known])
        possible = panel.loc[known, ["cutoff"] if "cutoff" in panel else []].assign(
            purchase_days=x + 1, tenure_days=tenure, recency_days=tenure - t_x
        )
        from treue.models.baselines import BetaGeoNBDRule

        model = BetaGeoNBDRule(horizon_days=horizon_days).fit(possible).model_
        new = cls(
            positions=positions,
            reference=np.median(values[known], axis=0).tolist(),
            r=float(model.r_),
            alpha=float(model.alpha_),
            a=float(model.a_),
            b=float(model.b_),
            horizon_days=horizon_days,
            slope=1.0,
            intercept=0.0,
        )
        line = platt(new._log_odds(new._known(values)), np.asarray(y).astype(np.int_))
        return new.model_copy(update={"slope": line.slope, "intercept": line.intercept})

    def log_odds(self, encoded: Floats) -> Floats:
        """Return log-odds (n,)."""
        return self._log_odds(self._known(encoded[:, self.positions]))

    def contributions(self, encoded: Floats) -> tuple[float, Floats]:
        """Return the reference's log-odds, and each column's share (n, columns).

        Shapley values of three players: what a column adds to those already taken over from the
        customer, the others being the reference's, averaged over all orders. Their sum is
        `log_odds`, as far as floating point goes.

        References
        ----------
        Sundararajan and Najmi (2020), The many Shapley values for model explanation (baseline
        Shapley); Štrumbelj and Kononenko (2014), Explaining prediction models and individual
        predictions with feature contributions.
        """
        values = np.zeros(encoded.shape)
        values[:, self.positions] = np.column_stack(self.shares(encoded))
        return self.base, values

    @cached_property
    def base(self) -> float:
        """Log-odds of the reference."""
        return float(self._log_odds(np.array([self.reference]))[0])

    def shares(self, encoded: Floats) -> list[Floats]:
        """Return the shares (n,) of the three columns, in the order of `positions`."""
        customer = self._known(encoded[:, self.positions])
        mixed = np.where(_TAKEN[:, np.newaxis], customer, np.array(self.reference))
        worth = self._log_odds(mixed.reshape(-1, 3)).reshape(len(_TAKEN), -1)
        gains = _ORDERS[..., np.newaxis] * (worth[_WITH] - worth[_WITHOUT])
        shares = np.zeros(gains.shape[1:])
        for of_each in gains:
            shares += of_each
        return list(shares)

    def _known(self, values: Floats) -> Floats:
        return np.where(np.isnan(values), np.array(self.reference), values)

    def _log_odds(self, values: Floats) -> Floats:
        model = BetaGeoNBD()
        model.r_, model.alpha_, model.a_, model.b_ = self.r, self.alpha, self.a, self.b
        x, tenure, t_x = _consistent_history(values)
        p = model.probability_no_purchase(self.horizon_days, x, t_x, tenure)
        raw = scipy.special.logit(np.clip(p, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY))
        return Calibration(self.slope, self.intercept).log_odds(raw)


def _consistent_history(values: Floats) -> tuple[Floats, Floats, Floats]:
    """Return x, T and t_x of purchase days, tenure and recency, made to agree with each other."""
    x = np.clip(values[:, 0] - 1, 0.0, MOST_PURCHASES)
    again = x > 0
    tenure = np.clip(values[:, 1], again.astype(float), MOST_DAYS)
    t_x = np.clip(tenure - np.clip(values[:, 2], 0.0, tenure), 1.0, MOST_DAYS)
    return x, tenure, np.where(again, np.minimum(t_x, tenure), 0.0)

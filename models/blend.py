"""A blend: trees, a regression on normal scores and BG/NBD, added up in log-odds."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self

import numpy as np
import numpy.typing as npt
import scipy
from pydantic import Field, FiniteFloat, model_validator

from treue.models.bgnbd_member import COLUMNS, BetaGeoMember
from treue.models.bundle_files import Part
from treue.models.errors import ModelError
from treue.models.level import level_to
from treue.models.linear import QuantileLogistic
from treue.models.linear_terms import Linear

Floats = npt.NDArray[np.float64]
Weight = Annotated[FiniteFloat, Field(ge=0)]

RIDGE = 20.0
"""Rows' (or customers') worth of doubt that weights other than those expected are deserved."""
HARDLY = 0.1  # the same for the level of a cutoff; keeps it finite where all outcomes are alike


class Blend(Part):
    """What is added to a model's trees, or stands in their place.

    ``log-odds = intercept + tree * trees' log-odds + linear_weight * linear's
    + bgnbd_weight * bgnbd's``

    Attributes
    ----------
    intercept
        Holds the level, with its drift where one is foretold.
    tree, linear_weight, bgnbd_weight
        Weights; a member that has none is not there.
    """

    intercept: FiniteFloat
    tree: Weight
    linear_weight: Weight = 0.0
    linear: Linear | None = None
    bgnbd_weight: Weight = 0.0
    bgnbd: BetaGeoMember | None = None

    @model_validator(mode="after")
    def _a_weight_a_member(self) -> Self:
        for name in ("linear", "bgnbd"):
            if (getattr(self, f"{name}_weight") > 0) != (getattr(self, name) is not None):
                raise ValueError(f"{name} and its weight belong together")
        return self

    @classmethod
    def of(
        cls,
        weights: Mapping[str, float],
        members: Mapping[str, QuantileLogistic | BetaGeoMember],
        *,
        intercept: float,
    ) -> Self:
        """Return the blend of fitted members.

        Parameters
        ----------
        weights
            Of ``tree``, ``linear`` and ``bgnbd``; one that is not named has weight 0.
        members
            ``linear`` and ``bgnbd``, fitted on the columns of the trees; those without a weight
            are left out.

        Raises
        ------
        ModelError
            If a weight has no member.
        """
        if unknown := sorted(set(weights) - {"tree", "linear", "bgnbd"}):
            raise ModelError(f"{unknown[0]}: no member of a blend")
        found: dict[str, Any] = {"intercept": intercept, "tree": weights.get("tree", 0.0)}
        for name in ("linear", "bgnbd"):
            if (weight := weights.get(name, 0.0)) > 0:
                if name not in members:
                    raise ModelError(f"{name} has weight {weight:g}, but was not fitted")
                member = members[name]
                found[f"{name}_weight"] = weight
                found[name] = member.as_part() if isinstance(member, QuantileLogistic) else member
        return cls(**found)

    def log_odds(self, tree_log_odds: Floats, encoded: Floats) -> Floats:
        """Return log-odds (n,) from those of the trees and the encoded matrix."""
        log_odds = self.intercept + self.tree * tree_log_odds
        if self.linear is not None:
            log_odds += self.linear_weight * self.linear.log_odds(encoded)
        if self.bgnbd is not None:
            log_odds += self.bgnbd_weight * self.bgnbd.log_odds(encoded)
        return log_odds

    def level(self, tree_log_odds: Floats, encoded: Floats) -> float:
        """Return what must be added for the mean probability to be that of the trees."""
        mean = float(scipy.special.expit(tree_log_odds).mean())
        return level_to(self.log_odds(tree_log_odds, encoded), mean)

    def base(self, tree_base: float) -> float:
        """Return the log-odds before anything is known of the customer."""
        base: float = self.intercept + self.tree * tree_base
        if self.linear is not None:
            base += self.linear_weight * self.linear.base
        if self.bgnbd is not None:
            base += self.bgnbd_weight * self.bgnbd.base
        return base

    def contributions(
        self, tree_base: float, tree_values: Floats, encoded: Floats
    ) -> tuple[float, Floats]:
        """Return base and each column's share (n, columns), from those of the trees.

        Shapley values are linear in the model: the weighted sum of the members' is the blend's,
        and adds up to `log_odds`, as far as floating point goes.
        """
        return self.base(tree_base), self.tree * tree_values + self.other_shares(encoded)

    def other_shares(self, encoded: Floats) -> Floats:
        """Return the weighted shares (n, columns) of all members but the trees."""
        values = np.zeros(encoded.shape)
        if self.linear is not None:
            for columns, shares in self.linear.shares(encoded):
                values[:, columns] += self.linear_weight * shares
        if self.bgnbd is not None:
            of_three = self.bgnbd.shares(encoded)
            for position, share in zip(self.bgnbd.positions, of_three, strict=True):
                values[:, position] += self.bgnbd_weight * share
        return values

    def misfit(self, names: Sequence[str]) -> str:
        """Return why the members do not fit a model's columns; "" where they do."""
        if self.linear is not None and self.linear.width != len(names):
            return f"linear reads {self.linear.width} columns, the model has {len(names)}"
        if self.bgnbd is not None:
            found = tuple(names[p] if p < len(names) else "nothing" for p in self.bgnbd.positions)
            if found != COLUMNS:
                return f"bgnbd reads {', '.join(found)} instead of {', '.join(COLUMNS)}"
        return ""


def fit_weights(
    members: Floats,
    y: npt.ArrayLike,
    cutoffs: npt.NDArray[Any] | None = None,
    *,
    customers: npt.NDArray[Any] | None = None,
    expected: npt.ArrayLike | None = None,
) -> Floats:
    """Return non-negative weights (k,) of members' log-odds.

    Logistic stacking. Every cutoff weighs the same, and has an intercept of its own while the
    weights are sought, so that a base rate which moves does not pass for a weight. A ridge draws
    the weights towards those expected.

    Parameters
    ----------
    members : array (n, k)
        Log-odds of predictions of rows that the member had not seen.
    y : array (n,)
        0 or 1.
    cutoffs : array (n,), optional
        Cutoff of each row; without it all are of one.
    customers : array (n,), optional
        Customer of each row: the ridge then weighs against customers, whose rows resemble each
        other, and no longer against rows.
    expected : array (k,), optional
        Weights to stay with where data are few; by default those of the first member alone.

    Raises
    ------
    ModelError
        If y holds one class only, or a member's log-odds are not finite.

    References
    ----------
    Breiman (1996), Stacked regressions (non-negative weights); Wolpert (1992), Stacked
    generalization.
    """
    members, labels = np.asarray(members, dtype=float), np.asarray(y, dtype=float)
    if not np.isfinite(members).all():
        raise ModelError("a member's log-odds are not finite")
    if len(labels) == 0 or labels.min() == labels.max():
        raise ModelError("y holds one class only; weights need both")
    n, k = members.shape
    codes = np.zeros(n) if cutoffs is None else cutoffs
    _, cutoff, rows = np.unique(codes, return_inverse=True, return_counts=True)
    row_weight = 1.0 / rows[cutoff] / len(rows)
    start = np.eye(k)[0] if expected is None else np.asarray(expected, dtype=float)
    ridge, hardly = (
        size / (n if customers is None else len(np.unique(customers))) for size in (RIDGE, HARDLY)
    )

    def loss(found: Floats) -> tuple[float, Floats]:
        weights, levels = found[:k], found[k:]
        z = members @ weights + levels[cutoff]
        off = row_weight * (scipy.special.expit(z) - labels)
        away = weights - start
        value = row_weight @ (np.logaddexp(0.0, z) - labels * z)
        value += (ridge * away @ away + hardly * levels @ levels) / 2
        slope = members.T @ off + ridge * away
        slope_levels = np.bincount(cutoff, weights=off, minlength=len(rows)) + hardly * levels
        return float(value), np.concatenate([slope, slope_levels])

    weights: Floats = scipy.optimize.minimize(
        loss,
        np.concatenate([start, np.zeros(len(rows))]),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, None)] * k + [(None, None)] * len(rows),
        options={"ftol": 1e-12, "gtol": 1e-8, "maxiter": 1000},
    ).x[:k]
    return weights

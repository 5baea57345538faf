"""A fitted model: scores and their exact contributions, without what fitting needs."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy

from treue.models.blend import Blend
from treue.models.booster_shares import BoosterShares, Keeper
from treue.models.calibration import Calibration
from treue.models.columns import Columns
from treue.models.errors import ModelError

if TYPE_CHECKING:
    import lightgbm as lgb

Floats = npt.NDArray[np.float64]

FEW_ROWS = 1_000  # below, waking LightGBM's threads costs more than they save
PARAMETERS = (
    "n_folds",
    "num_leaves",
    "min_child_samples",
    "feature_fraction",
    "lambda_l2",
    "learning_rate",
    "n_estimators",
    "early_stopping_rounds",
    "num_threads",
    "random_state",
)
"""Of `treue.models.classifier.LoyaltyClassifier`, which is what fits a model."""


class Scorer:
    """What a fitted `LoyaltyClassifier` does with new rows; a loaded bundle's model is one.

    It is no scikit-learn estimator: it cannot be cloned or fitted. One with the same parameters
    is ``LoyaltyClassifier(**bundle.model.get_params())``. It stands alone so that a process that
    only scores needs neither scikit-learn nor our own modules that fit; LightGBM itself still
    loads scikit-learn where it is installed.

    Attributes
    ----------
    boosters_, columns_, calibration_, blend_, classes_, n_features_in_, feature_names_in_
        As in `LoyaltyClassifier`; the last only where the columns had names.
    """

    boosters_: list[lgb.Booster]
    columns_: Columns
    calibration_: Calibration
    blend_: Blend | None
    classes_: npt.NDArray[Any]
    n_features_in_: int
    feature_names_in_: npt.NDArray[np.object_]
    num_threads: int
    _parameters: dict[str, Any]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return what the model was fitted with."""
        return dict(self._parameters)

    def blended(self, blend: Blend | None) -> Self:
        """Return this model with other members beside its boosters, or without any.

        Scores and contributions are the blend's from then on; boosters and calibration are shared
        with this model, and the out-of-fold scores stay those of the boosters alone.

        Raises
        ------
        ModelError
            If a member was fitted on other columns.
        """
        self._check_fitted()
        if blend is not None and (misfit := blend.misfit(self.columns_.names)):
            raise ModelError(f"the blend does not fit the model: {misfit}")
        other = copy.copy(self)
        other.blend_ = blend
        return other

    def decision_function(self, X: Any) -> Floats:
        """Return calibrated log-odds (n,)."""
        return self.log_odds(self.encode(X))

    def log_odds(self, encoded: Floats) -> Floats:
        """Return `decision_function` of rows that are encoded already by `columns_`."""
        self._check_fitted()
        if self.blend_ is None:
            return self._tree_log_odds(encoded)
        trees = self._tree_log_odds(encoded) if self.blend_.tree else np.zeros(len(encoded))
        return self.blend_.log_odds(trees, encoded)

    def _tree_log_odds(self, encoded: Floats) -> Floats:
        raw = np.zeros(len(encoded))
        for booster in self.boosters_:
            raw += self._raw(booster, encoded)
        return self.calibration_.log_odds(raw / len(self.boosters_))

    def predict_proba(self, X: Any) -> Floats:
        """Return probabilities (n, 2), columns as in `classes_`."""
        log_odds = self.decision_function(X)
        return np.column_stack([scipy.special.expit(-log_odds), scipy.special.expit(log_odds)])

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Return the likelier class of each row."""
        second = self.decision_function(X) > 0
        return self.classes_[second.astype(int)]

    def contributions(self, X: Any) -> tuple[float, Floats]:
        """Return each column's share in the calibrated log-odds: exact SHAP values.

        Returns
        -------
        base : float
            Log-odds before anything is known of the customer.
        values : array (n, columns)
            ``base + values.sum(axis=1)`` is `decision_function(X)`, as far as floating point
            goes.

        References
        ----------
        Lundberg et al. (2020), From local explanations to global understanding with
        explainable AI for trees (path-dependent Tree SHAP; averaging members, scaling by the slope
        and blending keep it exact, as Shapley values are linear in the model).
        """
        return self.base(), self.shares(self.encode(X))

    def shares(self, encoded: Floats) -> Floats:
        """Return the values of `contributions` for rows that are encoded already by `columns_`."""
        if self.blend_ is not None and not self.blend_.tree:
            return self.blend_.other_shares(encoded)
        values = self._boosters().mean(encoded)
        values *= self.calibration_.slope
        if self.blend_ is not None:
            values *= self.blend_.tree
            values += self.blend_.other_shares(encoded)
        return values

    def prepare_explaining(self) -> Self:
        """Make or load the tables now: from then on a single row is explained in a millisecond.

        For a process that stays, such as a server. Else they are made with the first thousand rows.
        """
        self._check_fitted()
        self._boosters().prepare()
        return self

    def keep_plans(self, keeper: Keeper) -> None:
        """Keep what explains many rows in the first of a keeper's files that can be written."""
        self._explained = BoosterShares(self.boosters_, num_threads=self.num_threads, keeper=keeper)

    def base(self) -> float:
        """Return the calibrated log-odds before anything is known of the customer."""
        self._check_fitted()
        base: float = self.calibration_.intercept
        for expected in self._boosters().expected.tolist():
            base += self._scale() * expected
        return base if self.blend_ is None else self.blend_.base(base)

    def member_contributions(self, X: Any) -> Iterator[Floats]:
        """Yield each member's part (n, columns) of `contributions`; their sum is `contributions`.

        Members that disagree on a sign were fitted on other customers: the sign is then a matter
        of whom one asks, not a finding. What a blend adds, each of them has an equal part of.
        """
        return self._member_contributions(self.encode(X))

    def grouped_shares(
        self, encoded: Floats, group_of: npt.NDArray[np.int_]
    ) -> tuple[Floats, Floats]:
        """Return the values of `contributions`, and of each member's part the sums by group.

        Parameters
        ----------
        encoded : array (n, columns)
            As `encode` gives it.
        group_of : array (columns,)
            Group of each column, numbered from 0.

        Returns
        -------
        values : array (n, columns)
        sums : array (members, groups, n)
            Of `member_contributions`; rows stand last.
        """
        inside = np.eye(int(group_of.max()) + 1)[group_of]
        members = len(self.boosters_)
        if self.blend_ is not None and not self.blend_.tree:
            values = self.blend_.other_shares(encoded)
            return values, np.repeat([(values @ inside).T / members], members, axis=0)
        values, sums = self._boosters().grouped(encoded, group_of)
        values *= self.calibration_.slope
        sums *= self._scale()
        if self.blend_ is not None:
            others = self.blend_.other_shares(encoded)
            values *= self.blend_.tree
            values += others
            sums *= self.blend_.tree
            sums += (others @ inside).T / members
        return values, sums

    def _member_contributions(self, encoded: Floats) -> Iterator[Floats]:
        if self.blend_ is None:
            yield from self._tree_contributions(encoded)
            return
        others = self.blend_.other_shares(encoded) / len(self.boosters_)
        if not self.blend_.tree:
            yield from (others.copy() for _ in self.boosters_)
            return
        for values in self._tree_contributions(encoded):
            values *= self.blend_.tree
            values += others
            yield values

    def _tree_contributions(self, encoded: Floats) -> Iterator[Floats]:
        for values in self._boosters().each(encoded):
            yield values * self._scale()

    def _boosters(self) -> BoosterShares:
        """Return what explains the boosters, made once for them."""
        known: BoosterShares | None = getattr(self, "_explained", None)
        if known is None or known.boosters is not self.boosters_:
            known = BoosterShares(self.boosters_, num_threads=self.num_threads)
            self._explained = known
        return known

    def _scale(self) -> float:
        return self.calibration_.slope / len(self.boosters_)

    def _check_fitted(self) -> None:
        """Refuse a model that has learned nothing yet."""

    def encode(self, X: Any) -> Floats:
        """Return rows as the (n, columns) matrix that the trees read."""
        if isinstance(X, pd.DataFrame) and hasattr(self, "feature_names_in_"):
            return self.columns_.encode(X)
        self._check_plain()
        matrix = np.asarray(X, dtype=np.float64)
        if matrix.ndim != 2 or matrix.shape[1] != self.n_features_in_:
            raise ModelError(
                f"rows of {self.n_features_in_} columns are wanted, not {matrix.shape}"
            )
        if np.isinf(matrix).any():
            raise ModelError("infinite values; replace them by null")
        return matrix

    def _check_plain(self) -> None:
        if self.columns_.categorical_positions:
            raise ModelError("the model has categorical columns; give a DataFrame, not an array")

    def _raw(self, booster: lgb.Booster, encoded: Floats) -> Floats:
        if len(encoded) == 0:
            return np.zeros(0)
        return booster.predict(encoded, raw_score=True, num_threads=self._threads(len(encoded)))

    def _threads(self, rows: int) -> int:
        return 1 if rows < FEW_ROWS else self.num_threads


def fitted_with(parameters: Mapping[str, Any]) -> Scorer:
    """Return a scorer that remembers what it was fitted with; what is learned is still open.

    Raises
    ------
    ModelError
        If a parameter is none of `PARAMETERS`, or `num_threads` is no whole number.
    """
    if unknown := sorted(set(parameters) - set(PARAMETERS)):
        raise ModelError(f"Invalid parameter {unknown[0]!r}; known are {', '.join(PARAMETERS)}")
    threads = parameters.get("num_threads")
    if not isinstance(threads, int | None):
        raise ModelError(f"num_threads: {threads!r} is no whole number")
    scorer = Scorer()
    scorer.num_threads = threads or 0
    scorer._parameters = dict(parameters)
    return scorer

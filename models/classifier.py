"""The model: a regularised LightGBM, fitted out of fold by customer and calibrated."""

import copy
import logging
from collections.abc import Collection, Iterator
from typing import Any, Self

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from treue.models.blend import Blend
from treue.models.booster_shares import BoosterShares, Places
from treue.models.boosting import Binned, fit_members
from treue.models.calibration import Calibration, platt
from treue.models.columns import Columns
from treue.models.errors import ModelError
from treue.models.folds import customer_folds
from treue.models.threads import at_most

Floats = npt.NDArray[np.float64]

FEW_ROWS = 1_000  # below, waking LightGBM's threads costs more than they save

logger = logging.getLogger(__name__)


class LoyaltyClassifier(ClassifierMixin, BaseEstimator):
    """Probability of leaving, or of recommending, with contributions that add up.

    One LightGBM a customer-grouped fold, stopped early on the customers left out. The members'
    raw scores are averaged, and one Platt calibration, fitted on all out-of-fold rows, turns
    them into probabilities:

    ``probability = 1 / (1 + exp(-(slope * mean raw score + intercept)))``

    Where the data are too few for any split that `min_child_samples` allows, the model is the
    base rate.

    Parameters
    ----------
    n_folds : int
        Number of folds and members; never more than there are customers.
    num_leaves, min_child_samples, feature_fraction, lambda_l2, learning_rate : int or float
        LightGBM's own; the defaults are the regularised ones that held on public data.
        `min_child_samples` is also the fewest rows a category needs to be told apart.
    n_estimators, early_stopping_rounds : int
        Most trees a member may have, and after how many without improvement it stops.
    num_threads : int
        0 takes all cores; members are fitted side by side. The fitted model does not depend on it.
    random_state : int
        Seed of folds and feature sampling.

    Attributes
    ----------
    boosters_ : list of lightgbm.Booster
        The members, cut to their best iteration.
    columns_ : Columns
    calibration_ : Calibration
    blend_ : Blend or None
        Members beside the boosters; None after `fit`, set by `blended`.
    oof_raw_, oof_probability_ : array (n,)
        Of each training row, from the member whose trees never saw its customer. Only the
        number of trees was chosen by looking at it, which flatters them a little on a few
        hundred customers: judge a model on a later cutoff, not by these.
    classes_ : array (2,)
        The second is the one whose probability is modelled.
    """

    def __init__(
        self,
        *,
        n_folds: int = 5,
        num_leaves: int = 12,
        min_child_samples: int = 100,
        feature_fraction: float = 0.2,
        lambda_l2: float = 15.0,
        learning_rate: float = 0.05,
        n_estimators: int = 1500,
        early_stopping_rounds: int = 50,
        num_threads: int = 0,
        random_state: Any = 0,
    ) -> None:
        self.n_folds = n_folds
        self.num_leaves = num_leaves
        self.min_child_samples = min_child_samples
        self.feature_fraction = feature_fraction
        self.lambda_l2 = lambda_l2
        self.learning_rate = learning_rate
        self.n_estimators = n_estimators
        self.early_stopping_rounds = early_stopping_rounds
        self.num_threads = num_threads
        self.random_state = random_state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.classifier_tags.multi_class = False
        return tags

    def fit(self, X: Any, y: Any, groups: Any = None, *, damped: Collection[str] = ()) -> Self:
        """Fit members and calibration.

        Parameters
        ----------
        X : DataFrame or array (n, columns)
            Numbers, flags and (in a DataFrame) categories; NaN where nothing is known.
        y : array (n,)
            Two classes.
        groups : array (n,), optional
            Customer of each row; without it every row is taken as a customer of its own.
        damped : collection of str
            Columns that only every other member may use, so that what they tell counts by halves:
            those of which the training rows cannot show whether they will hold.

        Raises
        ------
        ModelError
            If a class is missing or known of a single customer, or a column is unusable.
        """
        encoded = self._encode_for_fit(X)
        target, customers = self._checked(y, groups, len(encoded))
        seed = self._seed()
        with at_most(self.num_threads):
            binned = Binned.of(self.columns_, encoded, self.lightgbm_parameters(seed))
            rows = np.arange(len(target))
            return self._learn(binned, rows, target, customers, damped, seed)

    def fit_binned(
        self,
        binned: Binned,
        y: Any,
        groups: Any = None,
        *,
        rows: npt.NDArray[np.int_] | None = None,
        damped: Collection[str] = (),
    ) -> Self:
        """Fit as `fit` does, on rows that are binned already: fits on parts of them share that.

        Parameters
        ----------
        binned : Binned
            Of named columns.
        y, groups : array (n,)
            Of the rows, as in `fit`.
        rows : array (n,), optional
            Positions in `binned`, ascending; without it all of them.
        """
        self.columns_ = binned.columns
        self.feature_names_in_ = np.array(binned.columns.names, dtype=object)
        self.n_features_in_ = len(binned.columns.names)
        chosen = np.arange(len(binned.encoded)) if rows is None else rows
        target, customers = self._checked(y, groups, len(chosen))
        with at_most(self.num_threads):
            return self._learn(binned, chosen, target, customers, damped, self._seed())

    def _learn(
        self,
        binned: Binned,
        rows: npt.NDArray[np.int_],
        target: npt.NDArray[np.int_],
        customers: npt.NDArray[np.int_],
        damped: Collection[str],
        seed: int,
    ) -> Self:
        n_folds = min(self.n_folds, len(np.unique(customers)))
        fold = customer_folds(target, customers, n_folds=n_folds, seed=seed)
        # A gain times 0 wins no split; the shared bins stay as they are.
        weights = [float(name not in damped) for name in self.columns_.names]
        without = {"feature_contri": weights} if damped else {}
        members = fit_members(
            binned,
            rows,
            target,
            fold,
            parameters=[
                self.lightgbm_parameters(seed + number + 1) | (without if number % 2 else {})
                for number in range(n_folds)
            ],
            n_estimators=self.n_estimators,
            early_stopping_rounds=self.early_stopping_rounds,
        )
        self.boosters_: list[lgb.Booster] = [member.booster for member in members]
        self.oof_raw_ = np.empty(len(target))
        for member in members:
            self.oof_raw_[member.outside] = member.raw
        self.calibration_: Calibration = platt(self.oof_raw_, target)
        self.blend_: Blend | None = None
        self.oof_probability_ = expit(self.calibration_.log_odds(self.oof_raw_))
        logger.info(
            "fitted %d members of %s trees on %d rows, %d customers, %d columns",
            n_folds,
            ", ".join(str(booster.num_trees()) for booster in self.boosters_),
            *(len(target), len(np.unique(customers)), len(self.columns_.names)),
        )
        return self

    def blended(self, blend: Blend | None) -> Self:
        """Return this model with other members beside its boosters, or without any.

        Scores and contributions are the blend's from then on; boosters and calibration are shared
        with this model, and the out-of-fold scores stay those of the boosters alone.

        Raises
        ------
        ModelError
            If a member was fitted on other columns.
        """
        check_is_fitted(self, "calibration_")
        if blend is not None and (misfit := blend.misfit(self.columns_.names)):
            raise ModelError(f"the blend does not fit the model: {misfit}")
        other = copy.copy(self)
        other.blend_ = blend
        return other

    def decision_function(self, X: Any) -> Floats:
        """Return calibrated log-odds (n,)."""
        return self.log_odds(self._encode(X))

    def log_odds(self, encoded: Floats) -> Floats:
        """Return `decision_function` of rows that are encoded already by `columns_`."""
        check_is_fitted(self, "calibration_")
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
        return np.column_stack([expit(-log_odds), expit(log_odds)])

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
        encoded = self._encode(X)
        if self.blend_ is not None and not self.blend_.tree:
            return self.base(), self.blend_.other_shares(encoded)
        values = self._shares().mean(encoded)
        values *= self.calibration_.slope
        if self.blend_ is not None:
            values *= self.blend_.tree
            values += self.blend_.other_shares(encoded)
        return self.base(), values

    def prepare_explaining(self) -> Self:
        """Make or load the tables now: from then on a single row is explained in a millisecond.

        For a process that stays, such as a server. Else they are made with the first thousand rows.
        """
        check_is_fitted(self, "calibration_")
        self._shares().prepare()
        return self

    def keep_plans(self, places: Places) -> None:
        """Keep what explains many rows in the first of these files that can be written."""
        self._explained = BoosterShares(self.boosters_, num_threads=self.num_threads, places=places)

    def base(self) -> float:
        """Return the calibrated log-odds before anything is known of the customer."""
        check_is_fitted(self, "calibration_")
        base: float = self.calibration_.intercept
        for expected in self._shares().expected.tolist():
            base += self._scale() * expected
        return base if self.blend_ is None else self.blend_.base(base)

    def member_contributions(self, X: Any) -> Iterator[Floats]:
        """Yield each member's part (n, columns) of `contributions`; their sum is `contributions`.

        Members that disagree on a sign were fitted on other customers: the sign is then a matter
        of whom one asks, not a finding. What a blend adds, each of them has an equal part of.
        """
        return self._member_contributions(self._encode(X))

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
        for values in self._shares().each(encoded):
            yield values * self._scale()

    def _shares(self) -> BoosterShares:
        """Return what explains the boosters, made once for them."""
        known: BoosterShares | None = getattr(self, "_explained", None)
        if known is None or known.boosters is not self.boosters_:
            known = BoosterShares(self.boosters_, num_threads=self.num_threads)
            self._explained = known
        return known

    def _scale(self) -> float:
        return self.calibration_.slope / len(self.boosters_)

    def _encode_for_fit(self, X: Any) -> Floats:
        if isinstance(X, pd.DataFrame):
            if X.empty:
                raise ModelError(f"the panel has {len(X)} rows and {X.shape[1]} columns to fit on")
            self.columns_ = Columns.of(X)
            validate_data(self, X=X, skip_check_array=True)
            return self.columns_.encode(X)
        matrix = validate_data(self, X=X, dtype=np.float64, ensure_all_finite="allow-nan")
        self.columns_ = Columns.numbered(matrix.shape[1])
        return matrix

    def _encode(self, X: Any) -> Floats:
        check_is_fitted(self, "calibration_")
        if isinstance(X, pd.DataFrame) and hasattr(self, "feature_names_in_"):
            return self.columns_.encode(X)
        if self.columns_.categorical_positions:
            raise ModelError("the model has categorical columns; give a DataFrame, not an array")
        return validate_data(
            self, X=X, reset=False, dtype=np.float64, ensure_all_finite="allow-nan"
        )

    def _target(self, y: Any, rows: int) -> npt.NDArray[np.int_]:
        """Return y as 0 and 1, and learn the classes."""
        if y is None:
            raise ModelError("requires y to be passed, but the target y is None")
        values = column_or_1d(y, warn=True)
        if len(values) != rows:
            raise ModelError(f"y has {len(values)} rows, the panel {rows}")
        if pd.isna(values).any():
            raise ModelError(f"y: {int(pd.isna(values).sum())} labels are NaN; drop these rows")
        check_classification_targets(values)
        self.classes_, target = np.unique(values, return_inverse=True)
        if len(self.classes_) > 2:
            raise ModelError(
                "Only binary classification is supported. "
                f"The type of the target is {type_of_target(values)}."
            )
        return target

    def _checked(
        self, y: Any, groups: Any, rows: int
    ) -> tuple[npt.NDArray[np.int_], npt.NDArray[np.int_]]:
        """Return labels as 0 and 1, and customers as numbers, if they are enough."""
        target = self._target(y, rows)
        customers = np.arange(rows) if groups is None else _numbered(groups)
        self._check_enough(target, customers)
        return target, customers

    def _check_enough(self, target: npt.NDArray[np.int_], customers: npt.NDArray[Any]) -> None:
        if len(customers) != len(target):
            raise ModelError(f"groups has {len(customers)} rows, y has {len(target)}")
        if self.n_folds < 2:
            raise ModelError(f"n_folds is {self.n_folds}; at least 2 are needed")
        if len(self.classes_) < 2:
            raise ModelError(
                f"y holds one class only ({self.classes_[0]!r}, n_samples = {len(target)}); "
                "a model needs customers of both"
            )
        for code, name in enumerate(self.classes_):
            if len(np.unique(customers[target == code])) < 2:
                raise ModelError(
                    f"y: a single customer has class {name!r} (n_samples = {len(target)}); "
                    "folds by customer need at least two of each class, 50 to be of use"
                )

    def lightgbm_parameters(self, seed: int) -> dict[str, Any]:
        """Return what LightGBM is told for one member."""
        return {
            "objective": "binary",
            "num_leaves": self.num_leaves,
            "min_data_in_leaf": self.min_child_samples,
            "min_data_per_group": self.min_child_samples,
            "feature_fraction": self.feature_fraction,
            "lambda_l2": self.lambda_l2,
            "learning_rate": self.learning_rate,
            "num_threads": self.num_threads,
            "seed": seed,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        }

    def _seed(self) -> int:
        return int(check_random_state(self.random_state).randint(2**31 - 1))

    def _raw(self, booster: lgb.Booster, encoded: Floats) -> Floats:
        if len(encoded) == 0:
            return np.zeros(0)
        return booster.predict(encoded, raw_score=True, num_threads=self._threads(len(encoded)))

    def _threads(self, rows: int) -> int:
        return 1 if rows < FEW_ROWS else self.num_threads


def _numbered(groups: Any) -> npt.NDArray[np.int_]:
    """Return customers as numbers in the order of their ids."""
    codes, _ = pd.factorize(column_or_1d(groups), sort=True)
    if (codes < 0).any():
        raise ModelError(f"groups: {(codes < 0).sum()} rows without a customer; drop these rows")
    return codes

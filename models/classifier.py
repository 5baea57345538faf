"""The model: a regularised LightGBM, fitted out of fold by customer and calibrated."""

import logging
from collections.abc import Collection
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from treue.models.boosting import Binned, fit_members
from treue.models.calibration import platt
from treue.models.columns import Columns
from treue.models.errors import ModelError
from treue.models.folds import customer_folds
from treue.models.scorer import Scorer
from treue.models.threads import at_most

Floats = npt.NDArray[np.float64]

logger = logging.getLogger(__name__)


class LoyaltyClassifier(ClassifierMixin, BaseEstimator, Scorer):
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
        self.boosters_ = [member.booster for member in members]
        self.oof_raw_ = np.empty(len(target))
        for member in members:
            self.oof_raw_[member.outside] = member.raw
        self.calibration_ = platt(self.oof_raw_, target)
        self.blend_ = None
        self.oof_probability_ = expit(self.calibration_.log_odds(self.oof_raw_))
        logger.info(
            "fitted %d members of %s trees on %d rows, %d customers, %d columns",
            n_folds,
            ", ".join(str(booster.num_trees()) for booster in self.boosters_),
            *(len(target), len(np.unique(customers)), len(self.columns_.names)),
        )
        return self

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

    def _check_fitted(self) -> None:
        check_is_fitted(self, "calibration_")

    def encode(self, X: Any) -> Floats:
        """Return rows as the (n, columns) matrix that the trees read."""
        self._check_fitted()
        if isinstance(X, pd.DataFrame) and hasattr(self, "feature_names_in_"):
            return self.columns_.encode(X)
        self._check_plain()
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


def _numbered(groups: Any) -> npt.NDArray[np.int_]:
    """Return customers as numbers in the order of their ids."""
    codes, _ = pd.factorize(column_or_1d(groups), sort=True)
    if (codes < 0).any():
        raise ModelError(f"groups: {(codes < 0).sum()} rows without a customer; drop these rows")
    return codes

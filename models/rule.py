"""What the simple rules share: classes, outcomes and columns of a panel."""

from abc import ABC, abstractmethod

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin

from treue.models.errors import ModelError

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int_]


class Rule(ClassifierMixin, BaseEstimator, ABC):
    """A rule: 0 and 1 as classes, the second one's probability as two columns."""

    classes_ = np.array([0, 1])

    def predict_proba(self, X: pd.DataFrame) -> Floats:
        """Return probabilities (n, 2) of the classes 0 and 1."""
        p = self._probability(X)
        return np.column_stack([1 - p, p])

    def predict(self, X: pd.DataFrame) -> Labels:
        """Return the likelier class of each row."""
        return (self._probability(X) > 0.5).astype(np.int_)

    @abstractmethod
    def _probability(self, X: pd.DataFrame) -> Floats:
        """The probability (n,) of class 1."""


def labels_of(y: npt.ArrayLike, rows: int) -> Labels:
    """Return outcomes (rows,) as integers.

    Raises
    ------
    ModelError
        If there are none, another number of them, or others than 0 and 1.
    """
    labels = np.asarray(y)
    if len(labels) != rows or rows == 0:
        raise ModelError(f"y has {len(labels)} rows, the panel {rows}")
    if not np.isin(labels, (0, 1)).all():
        raise ModelError("y holds other values than 0 and 1")
    return labels.astype(np.int_)


def needed(X: pd.DataFrame, columns: list[str], rule: str) -> list[Floats]:
    """Return columns of a panel as numbers, each (n,) with NaN where nothing is known.

    Raises
    ------
    ModelError
        If one is not in the panel; `rule` is named as what needs it.
    """
    if missing := [column for column in columns if column not in X]:
        raise ModelError(f"{', '.join(missing)}: not in the panel; {rule} needs it")
    return [X[column].to_numpy(dtype=float, na_value=np.nan) for column in columns]

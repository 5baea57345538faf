"""The boosters of a model: one a fold of customers, fitted on data that are binned once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd

from treue.models.columns import Columns
from treue.models.threads import side_by_side

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int_]
Positions = npt.NDArray[np.int_]

MANY_CELLS = 100_000_000
"""Of a panel, above which fits take turns: each holds a copy of its rows, a byte or two a cell."""


@dataclass(frozen=True)
class Binned:
    """Rows as trees read them, encoded and binned once for every fit on a part of them.

    Labels play no part in the bins, hence neither do folds, targets or what was known when. The
    edges are quantiles of a column over all rows, later cutoffs among them.

    Attributes
    ----------
    columns : Columns
    encoded : array (n, columns)
        As `Columns.encode` gives it.
    data : lightgbm.Dataset
        Its bins.
    """

    columns: Columns
    encoded: Floats
    data: lgb.Dataset

    @classmethod
    def of(cls, columns: Columns, encoded: Floats, parameters: Mapping[str, Any]) -> Self:
        """Bin an encoded matrix, as LightGBM's parameters have it."""
        data = lgb.Dataset(
            encoded,
            np.zeros(len(encoded)),
            categorical_feature=columns.categorical_positions,
            params={**parameters, "num_threads": 0},
        )
        return cls(columns, encoded, data.construct())

    @property
    def is_large(self) -> bool:
        """Whether fits on it should take turns."""
        return self.encoded.size > MANY_CELLS

    def part(self, rows: Positions, labels: Labels) -> lgb.Dataset:
        """Return some rows, ascending, with their labels."""
        part = self.data.subset(rows.tolist()).construct()
        part.set_label(labels)
        return part


class Bins:
    """The bins of the rows last asked for: two targets of one panel are binned once."""

    def __init__(self) -> None:
        self._asked: tuple[Any, ...] = ()
        self._kept: Binned | None = None

    def of(self, rows: pd.DataFrame, names: Sequence[str], parameters: Mapping[str, Any]) -> Binned:
        """Encode and bin columns of a frame; the very same frame's are kept until others are asked.

        Parameters
        ----------
        rows : DataFrame (n, at least the columns)
            Not changed in place between calls.
        names
            Columns to bin.
        parameters
            LightGBM's.
        """
        asked = (tuple(names), dict(parameters))
        if self._kept is None or self._asked[0] is not rows or self._asked[1:] != asked:
            self._kept = None  # before the next is made: each is as large as the rows
            columns = Columns.of(rows[list(names)])
            self._kept = Binned.of(columns, columns.encode(rows[list(names)]), parameters)
            self._asked = (rows, *asked)
        return self._kept


@dataclass(frozen=True)
class Member:
    """A booster, and the raw scores of the rows that it was stopped by."""

    booster: lgb.Booster
    outside: npt.NDArray[np.bool_]
    raw: Floats


def fit_members(
    binned: Binned,
    rows: Positions,
    labels: Labels,
    fold: npt.NDArray[np.int_],
    *,
    parameters: Sequence[Mapping[str, Any]],
    n_estimators: int,
    early_stopping_rounds: int,
) -> list[Member]:
    """Fit one booster a fold on the rows outside of it, stopped early on those inside.

    Parameters
    ----------
    binned : Binned
    rows, labels, fold : array (n,)
        Positions in `binned`, ascending; their labels, 0 or 1, and folds.
    parameters
        LightGBM's, one mapping a fold.
    """

    def fitted(number: int) -> Member:
        outside = fold == number
        trained = lgb.train(
            {**parameters[number], "metric": "binary_logloss", "num_threads": 0},
            binned.part(rows[~outside], labels[~outside]),
            num_boost_round=n_estimators,
            valid_sets=[binned.part(rows[outside], labels[outside])],
            callbacks=[lgb.early_stopping(early_stopping_rounds, verbose=False)],
            keep_training_booster=True,
        )
        # Through text, so that a fitted and a loaded model are the same to the bit.
        text = trained.model_to_string(num_iteration=trained.best_iteration)
        booster = lgb.Booster(model_str=text)
        encoded = binned.encoded[rows[outside]]
        return Member(booster, outside, booster.predict(encoded, raw_score=True, num_threads=0))

    jobs = [partial(fitted, number) for number in range(len(parameters))]
    return side_by_side(jobs, in_turn=binned.is_large)

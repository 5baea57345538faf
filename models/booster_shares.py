"""What each column adds to the raw scores of some boosters: a few rows by LightGBM, many by tables.

Tables explain a row in a fraction of LightGBM's time, but must be made first, or loaded, as must
what is compiled: some two seconds, which only many rows or a process that stays are worth.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from treue.models.treeshap import Explainer, Grouped

if TYPE_CHECKING:
    import lightgbm as lgb

Floats = npt.NDArray[np.float64]

MANY_ROWS = 1_000  # from here on tables pay: a job explains more than once, and they are made once


class Keeper(Protocol):
    """Knows, when asked, where tables may be kept (`treue.models.kept_plans`)."""

    def places(self) -> Sequence[Path]:
        """Return the files, the best first."""

    def before_writing(self, place: Path) -> None:
        """Prepare one of them for being written."""


class BoosterShares:
    """Exact contributions to the raw scores of boosters of the same columns.

    Which way is taken follows from the number of rows alone, or is always that of tables once they
    were prepared, so that the same call gives the same bits.

    Parameters
    ----------
    boosters : list of lightgbm.Booster
    num_threads : int
        0 takes all cores. Contributions do not depend on it.
    keeper : Keeper, optional
        Where tables may be kept between processes.
    """

    def __init__(
        self, boosters: list[lgb.Booster], *, num_threads: int = 0, keeper: Keeper | None = None
    ) -> None:
        self.boosters = boosters
        self._num_threads = num_threads
        self._keeper = keeper
        self._prepared = False

    def prepare(self) -> None:
        """Make or load the tables now, so that single rows are explained by them, too."""
        self._explainer.prepare()
        self._prepared = True

    @cached_property
    def expected(self) -> Floats:
        """Return each booster's raw score (boosters,) before anything is known of a row."""
        return np.array([self._by_lightgbm(b, _nothing_known(b))[0, -1] for b in self.boosters])

    def mean(self, encoded: Floats) -> Floats:
        """Return contributions (n, columns) to the mean of the boosters' raw scores."""
        if self._by_tables(len(encoded)):
            return self._explainer.shap_values(encoded)
        total = np.zeros(encoded.shape)
        for values in self.each(encoded):
            total += values
        return total / len(self.boosters)

    def each(self, encoded: Floats) -> Iterator[Floats]:
        """Yield contributions (n, columns) to each booster's raw scores, in turn."""
        if self._by_tables(len(encoded)):
            yield from self._explainer.member_values(encoded)
            return
        for booster in self.boosters:
            yield self._by_lightgbm(booster, encoded)[:, :-1]

    def grouped(self, encoded: Floats, group_of: npt.NDArray[np.int_]) -> Grouped:
        """Return `mean`, and of each booster's contributions the sums by group of columns."""
        if self._by_tables(len(encoded)):
            return self._explainer.grouped(encoded, group_of)
        inside = np.eye(int(group_of.max(initial=-1)) + 1)[group_of]
        members = list(self.each(encoded))
        mean = np.sum(members, axis=0) / len(members)
        return Grouped(mean, np.array([(values @ inside).T for values in members]))

    @cached_property
    def _explainer(self) -> Explainer:
        keeper = self._keeper
        return Explainer(
            self.boosters,
            num_threads=self._num_threads,
            method="tables",
            cache=None if keeper is None else keeper.places(),
            before_writing=None if keeper is None else keeper.before_writing,
        )

    def _by_tables(self, rows: int) -> bool:
        return self._prepared or rows >= MANY_ROWS

    def _by_lightgbm(self, booster: lgb.Booster, encoded: Floats) -> Floats:
        if len(encoded) == 0:
            return np.zeros((0, encoded.shape[1] + 1))
        return booster.predict(encoded, pred_contrib=True, num_threads=1)


def _nothing_known(booster: lgb.Booster) -> Floats:
    return np.full((1, booster.num_feature()), np.nan)

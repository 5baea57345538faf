"""Unlike anyone seen in training: which rows a model should not be trusted on, and why.

A row is unlike when a single value is (beyond the training's range, a category never seen, missing
where it never was), or when its values do not go together: their ranks lie far from the few
directions in which the training rows differ.
"""

from functools import cached_property
from typing import Annotated, Literal, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import Field, FiniteFloat, model_validator

from treue.models.bundle_files import Part
from treue.models.columns import Columns
from treue.models.known_columns import Known, beyond, known, lasting, slack_of, stretched, varied

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Oddness = Literal["above", "below", "unseen", "missing", "together"]

FALSE_ALARMS = 0.01
"""Share of rows like those of training that may be flagged; half for either test."""
NEVER_MISSING = 0.001  # a column missing in fewer training rows always has a value
SAMPLE_ROWS = 4_000  # enough for ranks and directions; bounds the time of fitting
EXPLAINED = 0.95  # variance of the ranks that the directions hold
FEWEST_ROWS = 200  # below, directions would be noise
IN_USE_DAYS = 365.0  # so long a model may be in use while its customers grow older
MOST_STRETCH = 4.0  # times the growth that training saw
BLOCK_ROWS = 512  # ranks of a block stay in a cache


class Oddity(NamedTuple):
    """What is unlike about one value; `together`: it does not go with the others."""

    name: str
    oddness: Oddness


class Familiar(Part):
    """What the training rows looked like, in plain numbers.

    Attributes
    ----------
    columns
        In the model's order.
    center, directions
        Mean of the scaled ranks, and the orthonormal rows in which they vary.
    most_excess, most_distance
        Thresholds: what half a percent of later rows exceeds each, judged by earlier ones.
    """

    columns: Annotated[list[Known], Field(min_length=1)]
    center: list[FiniteFloat]
    directions: list[list[FiniteFloat]]
    most_excess: Annotated[FiniteFloat, Field(ge=0)]
    most_distance: Annotated[FiniteFloat, Field(gt=0)]

    @model_validator(mode="after")
    def _as_wide_as_the_columns(self) -> Self:
        widths = {len(one) for one in (*self.directions, *([self.center] if self.center else []))}
        if widths - {2 * len(self.columns)}:
            raise ValueError("center and directions must have two numbers a column")
        if bool(self.center) != bool(self.directions):
            raise ValueError("center and directions belong together")
        return self

    @classmethod
    def fit(
        cls,
        X: pd.DataFrame,
        columns: Columns,
        days: Floats | None = None,
        *,
        encoded: Floats | None = None,
    ) -> Self:
        """Learn what training rows look like.

        Parameters
        ----------
        X : DataFrame (n, columns)
        columns : Columns
            The model's.
        days : array (n,), optional
            Day of each row's cutoff, from any origin. Later rows, judged by the earlier half of the
            cutoffs, set the thresholds; without days one half of the rows judges the other.
        encoded : array (n, columns), optional
            The rows as `columns` encodes them, where that was done already.
        """
        encoded = columns.encode(X) if encoded is None else encoded
        earlier, later, stretch = _halves(len(encoded), days)
        seen = [known(*each) for each in zip(columns.names, encoded[earlier].T, strict=True)]
        trial = varied(seen, encoded[later])
        slack, lasts = slack_of(trial, encoded[later]), lasting(trial, encoded[later])
        judge = cls._of(trial, encoded[earlier], slack, lasts)
        final = [known(*each) for each in zip(columns.names, encoded.T, strict=True)]
        return cls._of(final, encoded, slack * stretch, lasts).model_copy(
            update={
                "most_excess": _threshold(judge._excess(encoded[later]).max(axis=1)),
                "most_distance": max(_threshold(judge._distance(encoded[later])), 1e-9),
            }
        )

    @classmethod
    def _of(cls, found: list[Known], encoded: Floats, slack: Floats, lasts: Flags) -> Self:
        """Put ranges, slack and directions together; the thresholds are still open."""
        columns = [stretched(*each) for each in zip(found, slack, lasts, strict=True)]
        new = cls(columns=columns, center=[], directions=[], most_excess=0.0, most_distance=1.0)
        if len(encoded) < FEWEST_ROWS:
            return new
        rows = np.random.default_rng(0).permutation(len(encoded))[:SAMPLE_ROWS]
        ranks = new._ranks(encoded[rows])
        center = ranks.mean(axis=0)
        _, sizes, directions = np.linalg.svd(ranks - center, full_matrices=False)
        held = np.cumsum(sizes**2) / max(np.sum(sizes**2), 1e-12)
        kept = directions[: int(np.searchsorted(held, EXPLAINED)) + 1]
        return new.model_copy(
            update={
                "center": np.round(center, 5).tolist(),
                "directions": np.round(kept, 5).tolist(),
            }
        )

    def unlike(self, X: pd.DataFrame, columns: Columns, encoded: Floats | None = None) -> Flags:
        """Return which rows (n,) are unlike anyone seen in training; `encoded` if they are."""
        encoded = columns.encode(X) if encoded is None else encoded
        return (
            (self._excess(encoded).max(axis=1) > self.most_excess)
            | (self._distance(encoded) > self.most_distance)
            | self._unseen(X, columns, encoded).any(axis=1)
            | self._never(encoded).any(axis=1)
        )

    def oddities(
        self,
        X: pd.DataFrame,
        columns: Columns,
        encoded: Floats | None = None,
        *,
        most: int = 3,
    ) -> list[Oddity]:
        """Return what makes the single row of `X` unlike, most telling first; empty if nothing."""
        encoded = columns.encode(X) if encoded is None else encoded
        excess = self._excess(encoded)[0]
        found = [
            Oddity(columns.names[i], "unseen")
            for i in np.flatnonzero(self._unseen(X, columns, encoded)[0])
        ]
        for i in np.argsort(-excess, kind="stable"):
            if excess[i] > self.most_excess:
                above = encoded[0, i] > self.columns[i].high
                found.append(Oddity(columns.names[i], "above" if above else "below"))
        found += [
            Oddity(columns.names[i], "missing") for i in np.flatnonzero(self._never(encoded)[0])
        ]
        if not found and self._distance(encoded)[0] > self.most_distance:
            share = self._left_over(encoded)[0] ** 2
            width = len(self.columns)
            by_column = share[:width] + share[width:]
            order = np.argsort(-by_column, kind="stable")
            found = [Oddity(columns.names[i], "together") for i in order]
        return found[:most]

    def _excess(self, encoded: Floats) -> Floats:
        return beyond(self.columns, encoded)

    def _never(self, encoded: Floats) -> Flags:
        always = np.array([one.missing < NEVER_MISSING for one in self.columns])
        return np.isnan(encoded) & always

    def _unseen(self, X: pd.DataFrame, columns: Columns, encoded: Floats) -> Flags:
        unseen = np.zeros(encoded.shape, dtype=bool)
        for i in columns.categorical_positions:
            there = X[columns.names[i]].notna().to_numpy()
            unseen[:, i] = there & np.isnan(encoded[:, i])
        return unseen

    def _ranks(self, encoded: Floats) -> Floats:
        """Scaled ranks and, beside them, what is missing."""
        return _ranked(encoded, self._knots)

    @cached_property
    def _knots(self) -> list[tuple[Floats, Floats]]:
        return [(np.array(one.values), np.array(one.ranks)) for one in self.columns]

    def _left_over(self, encoded: Floats) -> Floats:
        """What the directions do not explain of a row's ranks."""
        center, directions, _ = self._plane
        apart = self._ranks(encoded) - center
        left: Floats = apart - (apart @ directions.T) @ directions
        return left

    @cached_property
    def _plane(self) -> tuple[Floats, Floats, Floats]:
        """Center and directions, and what takes a row's place along them to what they explain."""
        center, directions = np.array(self.center), np.array(self.directions)
        return center, directions, 2 * np.eye(len(directions)) - directions @ directions.T

    def _distance(self, encoded: Floats) -> Floats:
        """Squared length (n,) of `_left_over`, which itself is not made.

        With the ranks' distance d from their center, directions D and ``p = D d`` it is
        ``d'd - (2 p - D D' p)'p``.
        """
        distance = np.zeros(len(encoded))
        if not self.directions:
            return distance
        center, directions, together = self._plane
        for start in range(0, len(encoded), BLOCK_ROWS):
            rows = slice(start, start + BLOCK_ROWS)
            apart = _ranked(encoded[rows], self._knots) - center
            along = apart @ directions.T
            explained = np.einsum("ij,ij->i", along @ together, along)
            distance[rows] = np.einsum("ij,ij->i", apart, apart) - explained
        return distance


def _ranked(encoded: Floats, knots: list[tuple[Floats, Floats]]) -> Floats:
    width = len(knots)
    ranks = np.zeros((len(encoded), 2 * width))
    for i, (values, scaled) in enumerate(knots):
        gone = np.isnan(encoded[:, i])
        if len(values):
            ranks[:, i] = np.where(gone, 0.0, np.interp(encoded[:, i], values, scaled))
        ranks[:, width + i] = gone
    return ranks


def _halves(rows: int, days: Floats | None) -> tuple[Flags, Flags, float]:
    """Which rows judge which, and how many times longer than between them a model is in use."""
    if days is None or len(np.unique(days)) < 2:
        earlier = np.random.default_rng(0).permutation(rows) % 2 == 0
        return earlier, ~earlier, 1.0
    cutoffs = np.unique(days)
    middle = float(cutoffs[(len(cutoffs) - 1) // 2])
    stretch = IN_USE_DAYS / float(cutoffs[-1] - middle)
    return days <= middle, days == cutoffs[-1], min(max(1.0, stretch), MOST_STRETCH)


def _threshold(values: Floats) -> float:
    """What half of the false alarms may exceed."""
    return float(np.quantile(values, 1 - FALSE_ALARMS / 2, method="higher")) if len(values) else 0.0

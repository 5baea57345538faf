"""What a fitted logistic regression on normal scores is: plain numbers, one term a column."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, FiniteFloat, model_validator

from treue.models.bundle_files import Part
from treue.models.few_rows import FEW, Lines

Floats = npt.NDArray[np.float64]

FURTHEST = 1e300  # numbers beyond count as this one, so that no difference overflows


class NumberTerm(Part):
    """A numeric column: its normal score and, where that tells something, whether it is unknown.

    Attributes
    ----------
    position
        Of the column in the encoded matrix.
    knots, scores
        A value between two knots has the score on the straight line between theirs; one beyond
        the first or last has that one's.
    center, weight
        Mean score of the training rows, and log-odds a unit of score.
    unknown_share, unknown_weight
        Share of training rows without a value, and the log-odds of having none. Its score is 0,
        the median's.
    """

    position: Annotated[int, Field(ge=0)]
    knots: Annotated[list[FiniteFloat], Field(min_length=1)]
    scores: list[FiniteFloat]
    center: FiniteFloat = 0.0
    weight: FiniteFloat = 0.0
    unknown_share: FiniteFloat = 0.0
    unknown_weight: FiniteFloat = 0.0

    @model_validator(mode="after")
    def _a_rising_line(self) -> Self:
        if len(self.knots) != len(self.scores):
            raise ValueError(f"{len(self.knots)} knots, but {len(self.scores)} scores")
        if not (np.diff(self.knots) > 0).all():
            raise ValueError("the knots do not increase")
        if not (np.diff(self.scores) >= 0).all():
            raise ValueError("the scores turn back")
        return self

    def score(self, values: Floats) -> Floats:
        """Return normal scores (n,) of a column's values; 0 where one is unknown."""
        knots, scores = self._line
        inside = np.minimum(np.maximum(values, -FURTHEST), FURTHEST)
        score = np.interp(inside, knots, scores)
        # Between knots that nearly touch, the line's slope may be infinite.
        score = np.minimum(np.maximum(score, self.scores[0]), self.scores[-1])
        return np.where(np.isnan(values), 0.0, score)

    @cached_property
    def _line(self) -> tuple[Floats, Floats]:
        return np.array(self.knots), np.array(self.scores)

    def share(self, values: Floats) -> Floats:
        """Return the column's share (n,) in the log-odds; its mean over the training rows is 0."""
        share = self.weight * (self.score(values) - self.center)
        if self.unknown_weight:
            share += self.unknown_weight * (np.isnan(values) - self.unknown_share)
        return share


class CategoryTerm(Part):
    """A categorical column: log-odds of the categories that enough training rows have.

    Attributes
    ----------
    position
        Of the column in the encoded matrix.
    levels
        Codes, ascending. Every other value, known or not, is none of them.
    shares, weights
        Share of the training rows that has each level, and its log-odds beside none of them.
    """

    position: Annotated[int, Field(ge=0)]
    levels: Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)]
    shares: list[FiniteFloat]
    weights: list[FiniteFloat]

    @model_validator(mode="after")
    def _a_weight_a_level(self) -> Self:
        if not len(self.levels) == len(self.shares) == len(self.weights):
            raise ValueError("levels, shares and weights differ in length")
        if self.levels != sorted(set(self.levels)):
            raise ValueError("the levels do not ascend")
        return self

    def place(self, values: Floats) -> npt.NDArray[np.int_]:
        """Return each value's place (n,) in `levels`, and their number where it is none of them."""
        levels = self._codes
        place = np.minimum(np.searchsorted(levels, values), len(levels) - 1)
        return np.where(levels[place] == values, place, len(levels))

    def share(self, values: Floats) -> Floats:
        """Return the column's share (n,) in the log-odds; its mean over the training rows is 0."""
        return self._shares[self.place(values)]

    @cached_property
    def _codes(self) -> Floats:
        return np.array(self.levels, dtype=float)

    @cached_property
    def _shares(self) -> Floats:
        """The share of each level, and of none of them."""
        usual = float(np.dot(self.weights, self.shares))
        return np.array([*self.weights, 0.0]) - usual


class Linear(Part):
    """A fitted `treue.models.linear.QuantileLogistic`.

    ``log-odds = base + sum over columns of the column's share``

    Attributes
    ----------
    width
        Columns of the encoded matrix.
    base
        Log-odds of a row that is average in everything.
    numbers, categories
        Columns that are not among them have no share.
    """

    width: Annotated[int, Field(ge=1)]
    base: FiniteFloat
    numbers: list[NumberTerm]
    categories: list[CategoryTerm]

    @model_validator(mode="after")
    def _each_column_once(self) -> Self:
        positions = [term.position for term in self.numbers]
        positions += [term.position for term in self.categories]
        if len(set(positions)) < len(positions):
            raise ValueError("a column has two terms")
        if positions and max(positions) >= self.width:
            raise ValueError(f"position {max(positions)} is none of {self.width} columns")
        return self

    def shares(self, encoded: Floats) -> Iterator[tuple[Any, Floats]]:
        """Yield columns of the matrix and their shares (n, columns), always in the same order.

        One column after another; of few rows all numeric ones at once.
        """
        one_by_one: list[NumberTerm | CategoryTerm] = [*self.numbers, *self.categories]
        if self.numbers and len(encoded) <= FEW:
            yield self._numeric.positions, self._numeric.shares(encoded)
            one_by_one = [*self.categories]
        for term in one_by_one:
            at = term.position
            yield slice(at, at + 1), term.share(encoded[:, at])[:, np.newaxis]

    @cached_property
    def _numeric(self) -> "_Numeric":
        return _Numeric.of(self.numbers)

    def log_odds(self, encoded: Floats) -> Floats:
        """Return log-odds (n,)."""
        log_odds = np.full(len(encoded), self.base)
        for _, shares in self.shares(encoded):
            for share in shares.T:
                log_odds += share
        return log_odds

    def contributions(self, encoded: Floats) -> tuple[float, Floats]:
        """Return `base` and each column's share (n, columns).

        These are the exact Shapley values of a linear model whose columns are independent; the
        sum of both is `log_odds`, as far as floating point goes.

        References
        ----------
        Štrumbelj and Kononenko (2014), Explaining prediction models and individual predictions
        with feature contributions.
        """
        values = np.zeros(encoded.shape)
        for columns, shares in self.shares(encoded):
            values[:, columns] = shares
        return self.base, values


@dataclass(frozen=True)
class _Numeric:
    """All numeric terms side by side; each array (terms,)."""

    positions: npt.NDArray[np.int_]
    lines: Lines
    least: Floats
    most: Floats
    centers: Floats
    weights: Floats
    unknown_shares: Floats
    unknown_weights: Floats

    @classmethod
    def of(cls, terms: Sequence[NumberTerm]) -> Self:
        def each(value: Callable[[NumberTerm], float]) -> Floats:
            return np.array([value(term) for term in terms])

        return cls(
            positions=np.array([term.position for term in terms]),
            lines=Lines.of([term.knots for term in terms], [term.scores for term in terms]),
            least=each(lambda term: term.scores[0]),
            most=each(lambda term: term.scores[-1]),
            centers=each(lambda term: term.center),
            weights=each(lambda term: term.weight),
            unknown_shares=each(lambda term: term.unknown_share),
            unknown_weights=each(lambda term: term.unknown_weight),
        )

    def shares(self, encoded: Floats) -> Floats:
        """Return `NumberTerm.share` of every term (n, terms)."""
        values = encoded[:, self.positions]
        unknown = np.isnan(values)
        inside = np.minimum(np.maximum(np.where(unknown, 0.0, values), -FURTHEST), FURTHEST)
        score = np.minimum(np.maximum(self.lines.at(inside), self.least), self.most)
        share = self.weights * (np.where(unknown, 0.0, score) - self.centers)
        missing: Floats = self.unknown_weights * (unknown - self.unknown_shares)
        return share + missing

"""Logistic regression on normal scores: what ranks alone can tell, guarded beyond what was seen."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from itertools import compress
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
import scipy

from treue.models.errors import ModelError
from treue.models.folds import customer_folds
from treue.models.linear_terms import FURTHEST, CategoryTerm, Linear, NumberTerm

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int_]

KNOTS = 200
TAIL = 0.005  # ranks beyond count as this one: extremes say no more than that they are extreme
FEWEST_ROWS = 20  # that know a number, do not know it, or have a category, for it to count
SMALLEST_SIZE = 0.25  # of a standardised term: what is rarer gets no more leverage
MOST_LEVELS = 50  # of a category, the most frequent ones
KNOT_ROWS = 20_000
FIT_ROWS = 50_000
CHOICE_ROWS = 10_000
PENALTIES = (0.001, 0.01, 0.1)
USUAL_C = 0.01
MANY_COLUMNS = 400  # of the design; from here on a Newton step costs more than many small ones

logger = logging.getLogger(__name__)


class QuantileLogistic:
    """Logistic regression on the normal scores of an encoded matrix.

    A number's mid-rank among the training rows, cut at 0.5 % and 99.5 %, goes through the normal
    quantile function: linear between at most 200 knots, constant beyond them, so that no value,
    however far out, counts for more than the extremes seen. An unknown number has the median's
    score and an indicator. Categories are one-hot; rare and unseen ones are none of them.
    Everything is standardised and shrunk by an L2 penalty.

    Parameters
    ----------
    C : float, optional
        Inverse strength of the penalty. By default 0.001, 0.01 or 0.1, whichever has the lowest
        log loss on customers left out.
    seed : int
        Of the rows drawn where there are many: 20,000 for ranks, 50,000 for the regression,
        10,000 for choosing C.

    Attributes
    ----------
    linear_ : Linear
        What was learned, in plain numbers.
    C_ : float

    References
    ----------
    Hastie, Tibshirani and Friedman (2009), The Elements of Statistical Learning, 4.4 and 18.3.
    """

    def __init__(self, *, C: float | None = None, seed: int = 0) -> None:
        self.C = C
        self.seed = seed

    def fit(
        self,
        encoded: Floats,
        y: npt.ArrayLike,
        categorical_positions: Iterable[int] = (),
        *,
        groups: npt.NDArray[Any] | None = None,
    ) -> Self:
        """Learn scores and weights.

        Parameters
        ----------
        encoded : array (n, columns)
            As `treue.models.columns.Columns.encode` gives it; NaN where nothing is known.
        y : array (n,)
            0 or 1.
        categorical_positions
            Columns that hold codes.
        groups : array (n,), optional
            Customer of each row, for choosing C; without it every row is a customer.

        Raises
        ------
        ModelError
            If y holds one class only, or nothing varies.
        """
        labels = np.asarray(y).astype(np.int_)
        if labels.min() == labels.max():
            raise ModelError(f"y holds one class only ({labels[0]}); a regression needs both")
        rng = np.random.default_rng(self.seed)
        categorical = set(categorical_positions)
        known = _drawn(len(encoded), KNOT_ROWS, rng)
        numeric = (i for i in range(encoded.shape[1]) if i not in categorical)
        numbers = [term for i in numeric for term in _number(i, encoded[known, i])]
        categories = [term for i in sorted(categorical) for term in _category(i, encoded[:, i])]
        rows = _drawn(len(encoded), FIT_ROWS, rng)
        design = _Design(encoded[rows], numbers, categories)
        if not design.kept.any():
            raise ModelError(f"none of {encoded.shape[1]} columns varies; nothing to regress on")
        customers = rows if groups is None else np.asarray(groups)[rows]
        self.C_ = self.C or _chosen(design.scaled, labels[rows], customers, rng)
        fitted = _regression(self.C_, design.scaled, labels[rows])
        self.linear_ = design.linear(encoded.shape[1], fitted)
        logger.info(
            "logistic regression on %d rows, %d terms of %d columns, C %g",
            *(len(rows), int(design.kept.sum()), encoded.shape[1], self.C_),
        )
        return self

    def log_odds(self, encoded: Floats) -> Floats:
        """Return log-odds (n,)."""
        return self.linear_.log_odds(encoded)

    def contributions(self, encoded: Floats) -> tuple[float, Floats]:
        """Return the log-odds of an average row and each column's share (n, columns)."""
        return self.linear_.contributions(encoded)

    def as_part(self) -> Linear:
        """Return what was learned, for a file."""
        return self.linear_


class _Design:
    """The terms of the training rows, standardised, and the way back from their weights."""

    def __init__(
        self, encoded: Floats, numbers: list[NumberTerm], categories: list[CategoryTerm]
    ) -> None:
        self.numbers, self.categories = numbers, categories
        columns: list[Floats] = []
        by_column = np.asfortranarray(encoded)
        for number in numbers:
            values = by_column[:, number.position]
            columns += [number.score(values), np.isnan(values).astype(float)]
        for category in categories:
            place = category.place(by_column[:, category.position])
            columns += [(place == k).astype(float) for k in range(len(category.levels))]
        self.centers = np.array([column.mean() for column in columns])
        spread = np.array([column.std() for column in columns])
        flag = np.ones(len(columns), dtype=bool)
        flag[: 2 * len(numbers) : 2] = False
        often = np.minimum(self.centers, 1 - self.centers) * len(encoded) > FEWEST_ROWS - 0.5
        self.kept = (spread > 1e-9) & (often | ~flag)
        self.sizes = np.maximum(spread[self.kept], SMALLEST_SIZE)
        self.scaled = np.empty((len(encoded), len(self.sizes)))
        centers = self.centers[self.kept]
        for i, column in enumerate(compress(columns, self.kept)):
            self.scaled[:, i] = (column - centers[i]) / self.sizes[i]

    def linear(self, width: int, fitted: LogisticRegression) -> Linear:
        """Return the regression in the terms' own units."""
        all_weights = np.zeros(len(self.kept))
        all_weights[self.kept] = fitted.coef_[0] / self.sizes
        centers, weights = iter(self.centers.tolist()), iter(all_weights.tolist())
        numbers = [
            term.model_copy(
                update={
                    "center": next(centers),
                    "weight": next(weights),
                    "unknown_share": next(centers),
                    "unknown_weight": next(weights),
                }
            )
            for term in self.numbers
        ]
        categories = [
            term.model_copy(
                update={
                    "shares": [next(centers) for _ in term.levels],
                    "weights": [next(weights) for _ in term.levels],
                }
            )
            for term in self.categories
        ]
        return Linear(
            width=width,
            base=float(fitted.intercept_[0]),
            numbers=[term for term in numbers if term.weight or term.unknown_weight],
            categories=categories,
        )


def _drawn(rows: int, most: int, rng: np.random.Generator) -> npt.NDArray[np.int_]:
    """Return the positions of at most so many rows, ascending."""
    if rows <= most:
        return np.arange(rows)
    return np.sort(rng.choice(rows, most, replace=False))


def _number(position: int, values: Floats) -> list[NumberTerm]:
    """Return a column's knots and their scores, or nothing where hardly anything is known."""
    known = np.sort(np.clip(values[~np.isnan(values)], -FURTHEST, FURTHEST))
    if len(known) < FEWEST_ROWS:
        return []
    knots = np.unique(known)
    if len(knots) > KNOTS:
        places = np.linspace(0, len(known) - 1, KNOTS).round().astype(int)
        knots = np.unique(known[places])
    twice = np.searchsorted(known, knots, "left") + np.searchsorted(known, knots, "right")
    scores = scipy.special.ndtri(np.clip(twice / (2 * len(known)), TAIL, 1 - TAIL))
    return [NumberTerm(position=position, knots=knots.tolist(), scores=scores.tolist())]


def _category(position: int, values: Floats) -> list[CategoryTerm]:
    """Return a column's levels, or nothing where no category has enough rows."""
    codes, rows = np.unique(values[~np.isnan(values)].astype(np.int_), return_counts=True)
    kept = np.argsort(-rows, kind="stable")[:MOST_LEVELS]
    levels = sorted(codes[kept][rows[kept] >= FEWEST_ROWS].tolist())
    nothing = [0.0] * len(levels)
    if not levels:
        return []
    return [CategoryTerm(position=position, levels=levels, shares=nothing, weights=nothing)]


def _regression(C: float, scaled: Floats, labels: Labels) -> LogisticRegression:
    from sklearn.linear_model import LogisticRegression

    solver = "newton-cholesky" if scaled.shape[1] <= MANY_COLUMNS else "lbfgs"
    return LogisticRegression(C=C, solver=solver, max_iter=1000).fit(scaled, labels)


def _chosen(
    scaled: Floats, labels: Labels, customers: npt.NDArray[Any], rng: np.random.Generator
) -> float:
    """Return the C with the lowest log loss on customers left out."""
    _, customer, rows = np.unique(customers, return_inverse=True, return_counts=True)
    order = rng.permutation(len(rows))
    drawn = order[: max(2, int(np.searchsorted(np.cumsum(rows[order]), CHOICE_ROWS, "right")))]
    inside = np.flatnonzero(np.isin(customer, drawn))
    scaled, labels, customer = scaled[inside], labels[inside], customer[inside]
    if min(len(np.unique(customer[labels == k])) for k in (0, 1)) < 3:
        return USUAL_C
    fold = customer_folds(labels, customer, n_folds=3, seed=0)
    losses = dict.fromkeys(PENALTIES, 0.0)
    for k in range(3):
        train, test = fold != k, fold == k
        for C in PENALTIES:
            z = _regression(C, scaled[train], labels[train]).decision_function(scaled[test])
            losses[C] += float(np.sum(np.logaddexp(0.0, z) - labels[test] * z))
    return min(losses, key=lambda C: losses[C])

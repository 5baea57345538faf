"""Outcomes beside scores, checked once and sorted once: what every metric is computed from."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from treue.models.errors import ModelError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ranked:
    """Rows from the highest score to the lowest.

    Rows of the same score stand together and are only ever summed, never told apart, so that no
    metric depends on the order in which rows came.

    Attributes
    ----------
    y : array of 0.0 and 1.0
        1 where the event (leaving, recommending) happened.
    p : array
        Score or probability, descending.
    margin : array or None
        What the customer would be worth if kept, in money.
    order : array of int
        ``y_given[order] == y``: where each row stood when it came in.
    starts : array of int
        Where each run of equal scores begins.
    """

    y: Floats
    p: Floats
    margin: Floats | None
    order: NDArray[np.intp]
    starts: NDArray[np.intp]

    def tie_sums(self, values: Floats) -> Floats:
        """Sum `values` over each run of equal scores, from the highest score down."""
        return np.add.reduceat(values, self.starts)

    def as_given(self) -> list[Floats]:
        """Return scores, outcomes and margins in the order in which the rows came in."""
        back = np.argsort(self.order)
        columns = [self.p, self.y] if self.margin is None else [self.p, self.y, self.margin]
        return [column[back] for column in columns]

    @cached_property
    def surprise(self) -> Floats:
        """Minus the log of the probability given to what happened, clipped as scikit-learn does."""
        eps = np.finfo(np.float64).eps
        given = np.where(self.y == 1, self.p, 1 - self.p)
        return -np.log(np.clip(given, eps, 1 - eps))


def rank(
    y: ArrayLike, p: ArrayLike, *, margin: ArrayLike | None = None, probability: bool = True
) -> Ranked:
    """Check outcomes and scores and sort them from the highest score down.

    Parameters
    ----------
    y : array-like of 0 and 1
        Outcomes, one a row.
    p : array-like
        Scores, one a row.
    margin : float or array-like, optional
        Money, one a row or the same for all.
    probability : bool
        Whether `p` must lie in 0..1.

    Raises
    ------
    ModelError
        No rows, different lengths, outcomes other than 0 and 1, missing or infinite scores or
        margins, probabilities outside 0..1. The message names the rows.
    """
    outcomes, scores = column(y, "y"), column(p, "p")
    if len(outcomes) == 0:
        raise ModelError("y: no rows, so there is nothing to measure")
    same_length(outcomes, p=scores)
    refuse_rows(~np.isin(outcomes, (0.0, 1.0)), "y", "neither 0 nor 1", "code the event as 1")
    if probability:
        outside = (scores < 0) | (scores > 1)
        refuse_rows(outside, "p", "outside 0..1", "hand in probabilities, not scores or per cent")
    margins = None
    if margin is not None:
        alike = np.ndim(margin) == 0
        margins = column(np.full(len(outcomes), margin) if alike else margin, "margin")
        same_length(outcomes, margin=margins)
    # Equal scores are sorted further so that sums come out the same to the bit for any row order.
    keys = [outcomes, -scores] if margins is None else [margins, outcomes, -scores]
    order = np.lexsort(keys)
    scores = scores[order]
    starts = np.concatenate(([0], np.flatnonzero(np.diff(scores)) + 1))
    margins = None if margins is None else margins[order]
    return Ranked(y=outcomes[order], p=scores, margin=margins, order=order, starts=starts)


def column(values: ArrayLike, name: str) -> Floats:
    """Return `values` as one column of finite floats, or say what is wrong with it."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as problem:
        raise ModelError(f"{name}: not numbers ({problem})") from problem
    if array.ndim != 1:
        raise ModelError(f"{name}: one column is needed, not an array of shape {array.shape}")
    refuse_rows(~np.isfinite(array), name, "missing or infinite", "fill or leave out these rows")
    return array


def same_length(y: Floats, **others: Floats) -> None:
    """Refuse columns that are not as long as `y`."""
    for name, other in others.items():
        if len(other) != len(y):
            raise ModelError(
                f"{name}: {len(other)} values beside {len(y)} outcomes; "
                "hand in one value for each row"
            )


def refuse_rows(wrong: NDArray[np.bool_], name: str, what: str, remedy: str) -> None:
    """Raise when any row is `wrong`, naming how many and the first five."""
    rows = np.flatnonzero(wrong)
    if len(rows):
        listed = ", ".join(str(row) for row in rows[:5]) + (", ..." if len(rows) > 5 else "")
        raise ModelError(
            f"{name}: {len(rows)} of {len(wrong)} values {what} (rows {listed}); {remedy}"
        )

"""Columns of a small table in memory, and what DuckDB means by an operation on them.

A column is a pair: values, and which of them are known (None: all). What stands under an unknown
value is arbitrary. Texts are numbers that sort as the texts do (`treue.features.small_load`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Column = tuple[Any, Any]
"""Values and whether each is known: arrays, or one number that stands for every row."""
Truth = Any
"""An array of booleans: where a condition is known to hold."""


class UnsureError(Exception):
    """What is asked for, or its result, is not certain to be what DuckDB gives."""


def both(a: Any, b: Any) -> Any:
    """Where two columns are known."""
    if a is None:
        return b
    return a if b is None else a & b


def elementwise(operation: Callable[[Any, Any], Any]) -> Callable[[Column, Column], Column]:
    """An operation of two values as one of two columns: unknown where either is."""

    def of_columns(a: Column, b: Column) -> Column:
        return operation(a[0], b[0]), both(a[1], b[1])

    return of_columns


def certain(operation: Callable[[Any, Any], Any]) -> Callable[[Column, Column], Column]:
    """The same for integers so large that the result might not fit into 64 bits."""

    def of_columns(a: Column, b: Column) -> Column:
        known = both(a[1], b[1])
        rough = operation(np.asarray(a[0], float), np.asarray(b[0], float))
        _fits(rough if known is None else rough[known])
        return operation(a[0], b[0]), known

    return of_columns


def _fits(rough: Any) -> None:
    """Refuse what does not fit into 64 bits, or is no number at all."""
    if rough.size and not np.abs(rough).max() < 2.0**62:
        raise UnsureError("a number that may not fit into 64 bits")


def floor_divide(a: Column, b: Column) -> Column:
    """Whole quotients rounded down; unknown where the divisor is zero."""
    known = both(a[1], b[1])
    possible = np.not_equal(b[0], 0)
    if not possible.all():
        known = both(known, possible)
    return a[0] // b[0], known


def modulo(a: Column, b: Column) -> Column:
    """What a floored division leaves, of the sign of the divisor."""
    if not np.not_equal(b[0], 0).all():
        raise UnsureError("modulo zero")
    return a[0] % b[0], both(a[1], b[1])


def solid(a: Column) -> Column:
    """The same column, whose known values are no NaN: DuckDB sorts that above all numbers."""
    wrong = np.isnan(a[0]) if a[1] is None else np.isnan(a[0]) & a[1]
    if wrong.any():
        raise UnsureError("NaN")
    return a


def is_null(a: Column) -> Truth:
    """Where a column is unknown."""
    return np.zeros(len(a[0]), bool) if a[1] is None else ~a[1]


def is_known(a: Column) -> Truth:
    """Where a column is known."""
    return np.ones(len(a[0]), bool) if a[1] is None else a[1]


def holds(a: Column) -> Truth:
    """Where a condition is known to hold."""
    return a[0] if a[1] is None else a[0] & a[1]


def fails(a: Column) -> Truth:
    """Where a condition is known not to hold."""
    return ~a[0] if a[1] is None else ~a[0] & a[1]


def as_column(truth: Truth) -> Column:
    """A condition that is known everywhere as a column."""
    return truth, None


def conjunction(a: Column, b: Column) -> Column:
    """Three-valued and: known to fail where either fails."""
    known = None
    if a[1] is not None or b[1] is not None:
        known = (is_known(a) & is_known(b)) | fails(a) | fails(b)
    return a[0] & b[0], known


def disjunction(a: Column, b: Column) -> Column:
    """Three-valued or: known to hold where either holds."""
    known = None
    if a[1] is not None or b[1] is not None:
        known = (is_known(a) & is_known(b)) | holds(a) | holds(b)
    return holds(a) | holds(b), known


def negation(a: Column) -> Column:
    """Three-valued not."""
    return ~a[0], a[1]


def where(truth: Truth, then: Column) -> Column:
    """The values where a condition holds, unknown elsewhere."""
    values = then[0]
    if not isinstance(values, np.ndarray):
        values = np.full(len(truth), values)
    elif np.count_nonzero(truth) == len(truth):
        return then
    return values, truth if then[1] is None else truth & then[1]


def choose(truth: Truth, then: Column, otherwise: Column) -> Column:
    """One value where a condition holds, the other elsewhere."""
    known = None
    if then[1] is not None or otherwise[1] is not None:
        of_then = True if then[1] is None else then[1]
        of_otherwise = True if otherwise[1] is None else otherwise[1]
        known = np.where(truth, of_then, of_otherwise)
    return np.where(truth, then[0], otherwise[0]), known


def filled(a: Column, b: Column) -> Column:
    """The first value, or the second where that is unknown."""
    if a[1] is None:
        return a
    return np.where(a[1], a[0], b[0]), None if b[1] is None else a[1] | b[1]


def least(a: Column, b: Column) -> Column:
    """The smaller value; where one is unknown, the other."""
    return filled(elementwise(np.minimum)(a, b), filled(a, b))


def greatest(a: Column, b: Column) -> Column:
    """The larger value; where one is unknown, the other."""
    return filled(elementwise(np.maximum)(a, b), filled(a, b))


def clipped(a: Column, low: Any, high: Any) -> Column:
    """Values below `low` raised to it, those above `high` lowered; None is no bound."""
    values = a[0] if high is None else np.minimum(a[0], high)
    return values if low is None else np.maximum(values, low), a[1]


def to_float(a: Column) -> Column:
    """Numbers or conditions as float64."""
    values = a[0]
    return (values.astype(np.float64) if isinstance(values, np.ndarray) else float(values)), a[1]


def to_int(a: Column) -> Column:
    """Floats rounded half to even, or conditions as 0 and 1."""
    values = np.asarray(a[0])
    return (np.rint(values) if values.dtype.kind == "f" else values).astype(np.int64), a[1]


def to_int_if_it_fits(a: Column) -> Column:
    """The same for floats of any size."""
    _fits(a[0] if a[1] is None else a[0][a[1]])
    return to_int(a if a[1] is None else (np.where(a[1], a[0], 0.0), a[1]))


def rounded(a: Column) -> Column:
    """Floats rounded half away from zero."""
    size = np.abs(a[0])
    whole = np.floor(size)
    return np.copysign(whole + (size - whole >= 0.5), a[0]), a[1]


def exponential(a: Column) -> Column:
    """Powers of e, by the function that DuckDB calls: numpy's differs in the last bit."""
    try:
        return np.array([math.exp(value) for value in np.asarray(a[0]).tolist()], float), a[1]
    except OverflowError:
        raise UnsureError("a power beyond all numbers") from None


def square_root(a: Column) -> Column:
    """Square roots; NaN below zero."""
    return np.sqrt(a[0]), a[1]


def absolute(a: Column) -> Column:
    """Sizes without sign."""
    return np.abs(a[0]), a[1]


def negative(a: Column) -> Column:
    """The sign turned."""
    return -a[0], a[1]


def taken(a: Column, rows: Any) -> Column:
    """The values of some rows, in their order; `rows` None takes all as they stand."""
    if rows is None:
        return a
    return a[0][rows], None if a[1] is None else a[1][rows]


def looked_up(a: Column, found: Column) -> Column:
    """The values of the rows found, unknown where none was."""
    rows, known = found
    if not len(a[0]):
        return np.zeros(len(rows), a[0].dtype), np.zeros(len(rows), bool)
    return a[0][rows], known if a[1] is None else both(known, a[1][rows])


def composed(first: Any, second: Any) -> Any:
    """Rows of rows."""
    if first is None:
        return second
    return first if second is None else first[second]


def chosen(truth: Truth) -> Any:
    """The rows where a condition holds; None for all."""
    (rows,) = truth.nonzero()
    return None if len(rows) == len(truth) else rows


def counted(before: int, rows: Any) -> int:
    """How many rows are left."""
    return before if rows is None else len(rows)


def spread(a: Column, rows: int) -> Column:
    """One value for every row."""
    return np.full(rows, a[0]), None


def stacked(a: Column, b: Column) -> Column:
    """One column below the other."""
    known = None
    if a[1] is not None or b[1] is not None:
        known = np.concatenate([is_known(a), is_known(b)])
    return np.concatenate([a[0], b[0]]), known

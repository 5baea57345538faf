"""Groups of rows, and what is computed within each.

Groups never span two cutoffs: where rows are looked at from several, `slot` (which cutoff) is part
of every key; None stands for a single one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from treue.features.small_columns import Column, UnsureError

LOWEST, HIGHEST = -(2**62), 2**62
"""Below and above every integer there is (`small_load` refuses larger ones)."""


class Groups(NamedTuple):
    """Rows sorted by group.

    Attributes
    ----------
    order
        The rows, group by group; None if they stand so already.
    starts
        Where in that order each group begins.
    rows
        How many rows there are in all.
    places
        Which group of an outside list each is (the customers of a panel), where there is one.
    """

    order: Any
    starts: Any
    rows: int
    places: Any = None


def grouped(rows: int, *keys: Column | None, within: int = 0) -> Groups:
    """Rows with equal keys, unknown being equal to unknown.

    The last `within` of the keys are none: by them the rows of each group are sorted.
    """
    outer = len(keys) - within
    columns = [part for key in keys[:outer] if key is not None for part in _parts(key)]
    inner = [part for key in keys[outer:] if key is not None for part in _parts(key)]
    if not rows or not (columns or inner):
        return Groups(None, np.zeros(min(rows, 1), np.int64), rows)
    order = np.lexsort([*columns, *inner][::-1])
    new = np.zeros(rows, bool)
    new[0] = True
    for column in columns:
        ordered = column[order]
        new[1:] |= ordered[1:] != ordered[:-1]
    return Groups(order, new.nonzero()[0], rows)


def _parts(key: Column) -> list[Any]:
    """What a key is compared by; unknown sorts first."""
    if key[1] is None:
        return [key[0]]
    return [key[1], np.where(key[1], key[0], 0)]


def order_of(groups: Groups) -> Any:
    """The rows, group by group."""
    return groups.order


def first_of(groups: Groups) -> Any:
    """One row of each group."""
    return groups.starts if groups.order is None else groups.order[groups.starts]


def number_of(groups: Groups) -> int:
    """How many groups there are."""
    return len(groups.starts)


def sizes(groups: Groups) -> Column:
    """Rows of each group."""
    found = np.empty_like(groups.starts)
    np.subtract(groups.starts[1:], groups.starts[:-1], out=found[:-1])
    found[-1:] = groups.rows - groups.starts[-1:]
    return found, None


def total(a: Column, groups: Groups, bound: float) -> Column:
    """Sum of the known integers; 0 without any."""
    values = a[0] if a[1] is None else np.where(a[1], a[0], 0)
    if groups.rows * bound >= HIGHEST and np.abs(values.astype(float)).sum() >= HIGHEST:
        raise UnsureError("a sum that may not fit into 64 bits")
    return np.add.reduceat(values, groups.starts), None


def count(a: Column, groups: Groups) -> Column:
    """Number of known values."""
    if a[1] is None:
        return sizes(groups)
    return np.add.reduceat(a[1], groups.starts, dtype=np.int64), None


def smallest(a: Column, groups: Groups) -> Column:
    """Least of the known values; unknown without any."""
    return _extreme(np.minimum, HIGHEST if a[0].dtype.kind == "i" else np.inf, a, groups)


def largest(a: Column, groups: Groups) -> Column:
    """Greatest of the known values; unknown without any."""
    return _extreme(np.maximum, LOWEST if a[0].dtype.kind == "i" else -np.inf, a, groups)


def _extreme(function: Any, neutral: float, a: Column, groups: Groups) -> Column:
    values, known = a
    if known is None:
        return function.reduceat(values, groups.starts), None
    found = np.logical_or.reduceat(known, groups.starts)
    return function.reduceat(np.where(known, values, neutral), groups.starts), found


def mean(a: Column, groups: Groups, bound: float) -> Column:
    """Mean of the known integers; unknown without any."""
    above, below = total(a, groups, bound)[0], count(a, groups)[0]
    known = below > 0
    return above / np.where(known, below, 1), None if known.all() else known


def distinct(a: Column, groups: Groups) -> Column:
    """Number of different values, unknown being one."""
    of_row = np.repeat(np.arange(len(groups.starts)), sizes(groups)[0])
    again = grouped(groups.rows, (of_row, None), a)
    of_value = of_row[first_of(again)]
    return np.bincount(of_value, minlength=len(groups.starts)), None


def any_holds(truth: Any, groups: Groups) -> Any:
    """Whether a condition holds for any row of the group."""
    return np.logical_or.reduceat(truth, groups.starts)


def all_hold(failing: Any, groups: Groups) -> Any:
    """Whether a condition fails for no row of the group."""
    return ~np.logical_or.reduceat(failing, groups.starts)


def group_of_rows(groups: Groups) -> Any:
    """The group of each row, rows as they stood before sorting."""
    of_sorted = np.repeat(np.arange(len(groups.starts)), sizes(groups)[0])
    if groups.order is None:
        return of_sorted
    found = np.empty(groups.rows, np.int64)
    found[groups.order] = of_sorted
    return found


def neighbour(groups: Groups, by: int) -> Column:
    """The row that stands `by` places before each in its group; unknown where there is none."""
    of_sorted = np.repeat(np.arange(len(groups.starts)), sizes(groups)[0])
    places = np.arange(groups.rows) - by
    inside = (places >= 0) & (places < groups.rows)
    places = np.where(inside, places, 0)
    same = inside & (of_sorted[places] == of_sorted) if groups.rows else inside
    order = np.arange(groups.rows) if groups.order is None else groups.order
    found, known = np.empty_like(order), np.empty(groups.rows, bool)
    found[order], known[order] = order[places], same
    return found, known

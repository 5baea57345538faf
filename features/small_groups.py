"""Groups of rows, what is computed within each, and rows that belong together.

Groups never span two cutoffs: where rows are looked at from several, `slot` (which cutoff) is part
of every key; None stands for a single one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from treue.features.small_columns import Column, UnsureError, is_known

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


NOBODY = Groups(None, np.zeros(0, np.int64), 0, np.zeros(0, np.int64))
"""The rows of the customers of a panel where none has any."""


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
    return Groups(order, np.flatnonzero(new), rows)


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
    return np.diff(groups.starts, append=groups.rows), None


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


class Matches(NamedTuple):
    """Rows of a second table for each row of a first: where they begin and how many they are."""

    order: Any
    first: Any
    number: Any


def matched(left: int, right: int, *keys: Column | None) -> Matches:
    """Rows of two tables with equal keys; an unknown key matches nothing.

    First all keys of the first table (of `left` rows), then those of the second.
    """
    nothing = np.zeros(left, np.int64)
    if not left or not right:
        return Matches(nothing[:0], nothing, nothing)
    half = len(keys) // 2
    pairs = [(a, b) for a, b in zip(keys[:half], keys[half:], strict=True) if a and b]
    together = [(np.concatenate([a[0], b[0]]), None) for a, b in pairs]
    codes = group_of_rows(grouped(left + right, *together))
    known_left, known_right = np.ones(left, bool), np.ones(right, bool)
    for a, b in pairs:
        known_left, known_right = known_left & is_known(a), known_right & is_known(b)
    of_left = np.where(known_left, codes[:left], -1)
    of_right = np.where(known_right, codes[left:], -2)
    order = np.argsort(of_right, kind="stable")
    sorted_right = of_right[order]
    first = np.searchsorted(sorted_right, of_left, side="left")
    return Matches(order, first, np.searchsorted(sorted_right, of_left, side="right") - first)


def is_matched(matches: Matches) -> Any:
    """Which rows of the first table have a match."""
    return matches.number > 0


def left_rows(matches: Matches, keep: bool) -> Any:
    """Rows of the first table, once for each match; with `keep`, once where there is none."""
    number = np.maximum(matches.number, 1) if keep else matches.number
    return np.repeat(np.arange(len(number)), number)


def right_rows(matches: Matches, keep: bool) -> Column:
    """The rows of the second table that stand beside `left_rows`."""
    number = np.maximum(matches.number, 1) if keep else matches.number
    start = np.cumsum(number) - number
    place = np.arange(int(number.sum())) - np.repeat(start - matches.first, number)
    if not keep:
        return matches.order[place], None
    known = np.repeat(matches.number > 0, number)
    if not len(matches.order):
        return np.zeros(len(known), np.int64), known
    return matches.order[np.where(known, place, 0)], known


def crossed(rows: int, cutoffs: int) -> Any:
    """The rows once for each cutoff."""
    return None if cutoffs == 1 else np.tile(np.arange(rows), cutoffs)


def slots(rows: int, cutoffs: int) -> Column | None:
    """Which cutoff each of the crossed rows is looked at from; None where there is one."""
    return None if cutoffs == 1 else (np.repeat(np.arange(cutoffs), rows), None)


def slot_taken(slot: Column | None, rows: Any) -> Column | None:
    """The cutoff of some of the rows."""
    return slot if slot is None or rows is None else (slot[0][rows], None)


def slot_stacked(a: Column | None, b: Column | None) -> Column | None:
    """The cutoffs of rows below each other."""
    return None if a is None or b is None else (np.concatenate([a[0], b[0]]), None)


def cutoff_of(cutoffs: Any, slot: Column | None) -> Column:
    """The cutoff that each row is looked at from; one number where there is one."""
    return (int(cutoffs[0]) if slot is None else cutoffs[slot[0]]), None


def placed(customer: Column, slot: Column | None, customers: int) -> Any:
    """One number for a customer at a cutoff; unknown customers are below all."""
    codes = customer[0] if customer[1] is None else np.where(customer[1], customer[0], LOWEST)
    return codes if slot is None else codes + slot[0] * customers


def gathered(keys: Any, spine: Any) -> Groups:
    """The rows of the customers of a panel, by customer.

    `keys` and `spine` are numbers as `placed` gives them; `spine` is sorted.
    """
    if not len(spine) or not len(keys):
        return NOBODY
    at = np.minimum(np.searchsorted(spine, keys), len(spine) - 1)
    inside = spine[at] == keys
    order = None
    if not inside.all():
        order = np.flatnonzero(inside)
        at = at[order]
        if not len(at):
            return NOBODY
    if len(at) > 1 and (at[1:] < at[:-1]).any():
        again = np.argsort(at, kind="stable")
        order, at = again if order is None else order[again], at[again]
    starts = np.flatnonzero(np.append(True, at[1:] != at[:-1]))
    return Groups(order, starts, len(at), at[starts])


def scattered(a: Column, groups: Groups, spine: Any, *, fill: Any) -> Column:
    """A column of the customers who have rows as one of all customers of the panel."""
    values, known = a
    if len(groups.places) < len(spine):
        found, there = np.zeros(len(spine), values.dtype), np.zeros(len(spine), bool)
        found[groups.places] = values
        there[groups.places] = True if known is None else known
        values, known = found, there
    if fill is None or known is None:
        return values, known
    return np.where(known, values, fill), None


def nothing(spine: Any, *, fill: Any, like: Any) -> Column:
    """The same where no customer has any row; of the type of `like`."""
    if fill is None:
        return np.full(len(spine), like), np.zeros(len(spine), bool)
    return np.full(len(spine), fill), None

"""Rows of two tables that belong together."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from treue.features.small_columns import Column, UnsureError, is_known
from treue.features.small_groups import group_of_rows, grouped

MATCHES = 1_000_000
"""Rows that a join may have."""


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
    if number.sum() > MATCHES:
        raise UnsureError("more rows side by side than memory should hold")
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

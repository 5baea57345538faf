"""Which topics are told of customers, and in which order, all customers at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from treue.serving.formats import LEAST_SHOWN

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int_]


AT_LEAST, AT_MOST = 3, 5
TELLING_POINTS = 1.0
"""Beyond the first three, a reason is told only from this weight on, or to leave less untold."""
BESIDE_BACKGROUND = 1 / 3
"""What happened is the main reason from this share on of the weight of what a customer is."""


class Rules(NamedTuple):
    """What the choice depends on, beside a customer's points.

    Attributes
    ----------
    tellable, background
        Of each topic (topics,), whether it is told at all, and whether it says what a customer is.
    """

    tellable: Flags
    background: Flags


def choose(sums: Floats, left_out: Flags, rules: Rules) -> Places:
    """Return the topics to tell of each row (n, 5), the main one first; -1 where no more.

    The main one goes the way of the difference from the typical likelihood. The first three
    count however small they are, as long as a weight can be shown; two more are told if
    they bring what is left untold closer to nothing, or weigh a point. What a customer is
    beside the main one is told once, after the others, where it brings that closer.

    Parameters
    ----------
    sums
        Points by topic (n, topics).
    left_out
        Topics that are not told to this row (n, topics).
    """
    size = np.abs(sums)
    may = rules.tellable & (size >= LEAST_SHOWN) & ~left_out
    order = np.argsort(np.where(may, -size, np.inf), axis=1, kind="stable")
    chosen = _in_order(
        np.take_along_axis(sums, order, axis=1),
        np.take_along_axis(may, order, axis=1),
        rules.background[order],
        _added(sums),
    )
    topics = np.take_along_axis(order, np.maximum(chosen, 0), axis=1)
    return _what_a_customer_is_last(np.where(chosen < 0, -1, topics), size, rules.background)


def _added(sums: Floats) -> Floats:
    """Add topics in their order, so that a row's last bits do not depend on the others."""
    whole = np.zeros(len(sums))
    for column in sums.T:
        whole += column
    return whole


def _in_order(points: Floats, may: Flags, background: Flags, left: Floats) -> Places:
    """Choose among topics in order of weight; places (n, 5) in that order, -1: no more."""
    rows = np.arange(len(points))
    chosen = np.full((len(points), AT_MOST), -1)
    described = np.zeros(len(points), dtype=bool)
    for turn in range(AT_MOST):
        same_way = points * left[:, None] > 0
        if turn == 0:
            place = _main(points, may, background, same_way)
        else:
            beside = may & (~background | (same_way & ~described[:, None]))
            place = _first(beside)
            if turn >= AT_LEAST:
                nearer = _first(beside & same_way)
                nearer = np.where(np.abs(left) >= TELLING_POINTS, nearer, -1)
                heavy = np.abs(points[rows, place]) >= TELLING_POINTS
                place = np.where(nearer >= 0, nearer, np.where(heavy, place, -1))
            place = np.where(chosen[:, turn - 1] < 0, -1, place)
        there = place >= 0
        chosen[:, turn] = place
        described |= there & background[rows, place]
        left = left - np.where(there, points[rows, place], 0.0)
        may[rows[there], place[there]] = False
    return chosen


def _main(points: Floats, may: Flags, background: Flags, same_way: Flags) -> Places:
    """Return the heaviest of the way the likelihood differs: what happened, if it can.

    What a customer is comes first only where nothing else of that way weighs a point, or
    `BESIDE_BACKGROUND` of it.
    """
    its_way = may & same_way
    its_way |= may & ~its_way.any(axis=1, keepdims=True)
    rows = np.arange(len(points))
    heaviest = _first(its_way)
    happened = _first(its_way & ~background)
    happened = np.where(happened < 0, heaviest, happened)
    weight = np.abs(points[rows, heaviest])
    least = np.minimum(TELLING_POINTS, BESIDE_BACKGROUND * weight)
    return np.where(np.abs(points[rows, happened]) >= least, happened, heaviest)


def _first(flags: Flags) -> Places:
    """Return the first true place of each row, -1 where there is none."""
    first: Places = np.where(flags.any(axis=1), flags.argmax(axis=1), -1)
    return first


def _what_a_customer_is_last(topics: Places, size: Floats, background: Flags) -> Places:
    """Order those beside the main one: what happened before what a customer is, by weight."""
    others = topics[:, 1:]
    there = others >= 0
    weight = np.take_along_axis(size, np.maximum(others, 0), axis=1)
    by_weight = np.argsort(np.where(there, -weight, np.inf), axis=1, kind="stable")
    others = np.take_along_axis(others, by_weight, axis=1)
    group = np.where(others < 0, 2, background[np.maximum(others, 0)])
    last = np.argsort(group, axis=1, kind="stable")
    return np.column_stack([topics[:, 0], np.take_along_axis(others, last, axis=1)])

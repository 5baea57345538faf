"""Is a plan from a file sound? Compiled functions trust every position in it."""

from typing import Any

import numpy as np
import numpy.typing as npt

from treue.models.treeshap.arrays import (
    F64,
    Leaves,
    Nests,
    Patterns,
    Pieces,
    Quadrature,
    Steps,
    quadrature,
)
from treue.models.treeshap.codes import Encoding
from treue.models.treeshap.cut import MOST_CELLS
from treue.models.treeshap.errors import TreeShapError
from treue.models.treeshap.plan import Plan

_KINDS = {
    Steps: "uint16 int64 int32 uint16 uint16 int64 int32 int64 uint16",
    Pieces: "int64 int32 int32 int64 int64 int64",
    Leaves: "float64 int64 float64 int32 int64 uint8",
    Nests: "int64 int64 int64 int64 float64 int64 int64 int32 float64",
    Patterns: "int64 int64 float64",
    Quadrature: "int64 float64 float64",
    Encoding: "int64 int64 bool float64 uint16 int32 int32 int64",
}


def check_plan(plan: Plan, tables: F64 | None) -> None:
    """Check that no compiled function can leave the plan's arrays.

    Raises
    ------
    TreeShapError
        If one could.
    """
    groups: list[Any] = [
        *(plan.encoding, plan.cells, plan.pieces, plan.leaves),
        *(plan.conditions, plan.nests, plan.patterns, plan.rule),
    ]
    for group in groups:
        for array, kind in zip(group, _KINDS[type(group)].split(), strict=True):
            _hold(array.dtype == kind and array.ndim == 1, "an array's type")
    asked = len(plan.encoding.column)
    _check_encoding(plan.encoding, plan.n_columns)
    codes = plan.encoding.n_codes
    pieces, leaves, nests = plan.pieces, plan.leaves, plan.nests
    parts = plan.n_members * plan.n_outputs
    _hold(len(plan.base) == parts and plan.base.dtype == np.float64, "base")
    _starts(plan.piece_bounds, parts, len(pieces.cells), "piece_bounds")
    _starts(plan.nest_bounds, parts, len(nests.nodes), "nest_bounds")
    _starts(pieces.pair_start, len(pieces.cells), len(pieces.column), "pair_start")
    _starts(pieces.leaf_start, len(pieces.cells), len(leaves.value), "leaf_start")
    _starts(leaves.path_start, len(leaves.value), len(leaves.pair), "path_start")
    _starts(nests.leaf_start, len(nests.nodes), len(nests.value), "leaf_start of nests")
    _within(pieces.column, asked, "pieces.column")
    _within(nests.column, asked, "nests.column")
    _hold(len(nests.ratio) == len(nests.column), "nests.ratio")
    _hold(len(pieces.states) == len(pieces.column), "pieces.states")
    _within(pieces.states - 1, MOST_CELLS, "pieces.states")
    _hold(len(leaves.ratio) == len(leaves.pair) == len(leaves.inside_at), "leaves.ratio")
    _check_cells(plan)
    _steps(plan.cells, len(pieces.cells), pieces.cells, codes, "cells")
    _steps(plan.conditions, len(nests.column), np.full(len(nests.column), 2), codes, "conditions")
    rule = quadrature(len(plan.rule.start) - 2)
    _hold(all(np.array_equal(a, b) for a, b in zip(plan.rule, rule, strict=True)), "rule")
    longest = int(np.diff(leaves.path_start).max(initial=1))
    _hold(longest <= 12, "a path of a piece")
    _within(np.r_[nests.nodes, (longest + 1) // 2] - 1, len(rule.start) - 2, "nests.nodes")
    for start, end, count in (
        (nests.common_start, nests.common_end, len(nests.nodes)),
        (nests.own_start, nests.own_end, len(nests.value)),
    ):
        _hold(len(start) == len(end) == count and bool((start <= end).all()), "entries of nests")
        _within(np.r_[start, end], len(nests.column) + 1, "entries of nests")
    patterns, background = plan.patterns, plan.background
    _starts(patterns.start, len(nests.nodes), len(patterns.met), "patterns")
    _hold(len(patterns.share) == len(patterns.met), "patterns")
    _hold(background.dtype == np.uint16 and background.shape[:1] == (asked,), "background")
    _hold(bool((background < codes[:, None]).all()), "background")
    if tables is not None:
        _hold(tables.dtype == np.float64 and len(tables) == pieces.table_start[-1], "tables")


def _check_encoding(encoding: Encoding, n_columns: int) -> None:
    asked = len(encoding.column)
    _within(encoding.column, n_columns, "encoding.column")
    _starts(encoding.start, asked, len(encoding.threshold), "encoding.start")
    for array in (encoding.categorical, encoding.code_nan, encoding.code_zero, encoding.n_codes):
        _hold(len(array) == asked, "encoding")
    _within(encoding.n_codes - 1, 65_535, "n_codes")
    sizes = np.diff(encoding.start)
    numeric = ~encoding.categorical
    _hold(bool((sizes[numeric] > 0).all()), "thresholds")
    _hold(bool((sizes[numeric] < encoding.n_codes[numeric]).all()), "n_codes")
    _hold(bool((encoding.code_nan < encoding.n_codes).all()), "code_nan")
    _hold(bool((encoding.code_zero < encoding.n_codes).all()), "code_zero")
    _hold(bool((encoding.code_nan[~numeric] >= 0).all()), "code_nan")
    _hold(len(encoding.kind) == len(encoding.threshold), "kind")
    of_column = np.repeat(np.where(numeric, 65_536, encoding.n_codes), sizes)
    _hold(bool((encoding.kind < of_column).all()), "kind")


def _check_cells(plan: Plan) -> None:
    pieces, leaves = plan.pieces, plan.leaves
    pairs = np.diff(pieces.pair_start)
    _hold(bool((pairs > 0).all()), "pair_start")
    cells = (
        np.multiply.reduceat(pieces.states.astype(np.float64), pieces.pair_start[:-1])
        if len(pairs)
        else np.zeros(0)
    )
    _hold(bool((cells == pieces.cells).all() and (cells <= MOST_CELLS).all()), "cells")
    starts = np.concatenate([[0], np.cumsum(pieces.cells * pairs)])
    _hold(np.array_equal(starts, pieces.table_start), "table_start")
    piece_of_leaf = np.repeat(np.arange(len(pairs)), np.diff(pieces.leaf_start))
    piece_of_entry = np.repeat(piece_of_leaf, np.diff(leaves.path_start))
    _hold(bool(((leaves.pair >= 0) & (leaves.pair < pairs[piece_of_entry])).all()), "pair")
    states = pieces.states[pieces.pair_start[piece_of_entry] + leaves.pair]
    last = len(leaves.inside) - states
    _hold(bool(((leaves.inside_at >= 0) & (leaves.inside_at <= last)).all()), "inside_at")


def _steps(
    steps: Steps,
    count: int,
    size: npt.NDArray[np.int64],
    n_codes: npt.NDArray[np.int64],
    what: str,
) -> None:
    """Check that number n lies in 0 … size[n] - 1 whatever the codes."""
    _hold(len(steps.first) == count, what)
    _starts(steps.start, count, len(steps.column), what)
    _starts(steps.look_start, count, len(steps.look_column), what)
    _hold(len(steps.cut) == len(steps.weight) == len(steps.column), what)
    _hold(len(steps.look_at) == len(steps.look_column), what)
    _within(steps.column, len(n_codes), what)
    _within(steps.look_column, len(n_codes), what)
    last = len(steps.value) - n_codes[steps.look_column]
    _hold(bool(((steps.look_at >= 0) & (steps.look_at <= last)).all()), what)
    low = steps.first.astype(np.int64)
    high = low.copy()
    # the steps of a column stand in the order of their cuts: its lowest and highest partial sums
    number = np.repeat(np.arange(count), np.diff(steps.start))
    weight = steps.weight.view(np.int16).astype(np.int64)
    new = np.ones(len(number), dtype=bool)
    new[1:] = (number[1:] != number[:-1]) | (steps.column[1:] != steps.column[:-1])
    _hold(bool((np.diff(steps.cut.astype(np.int64))[~new[1:]] > 0).all()), what)
    if len(number):
        starts = np.flatnonzero(new)
        total = np.cumsum(weight)
        sums = total - np.repeat((total - weight)[starts], np.diff(np.r_[starts, len(number)]))
        np.add.at(low, number[starts], np.minimum(0, np.minimum.reduceat(sums, starts)))
        np.add.at(high, number[starts], np.maximum(0, np.maximum.reduceat(sums, starts)))
    look_number = np.repeat(np.arange(count), np.diff(steps.look_start))
    values = steps.value.view(np.int16).astype(np.int64)
    for n, at, column in zip(look_number, steps.look_at, steps.look_column, strict=True):
        part = values[at : at + n_codes[column]]
        low[n] += part.min()
        high[n] += part.max()
    _hold(bool(((low >= 0) & (high < size)).all()), what)


def _starts(array: npt.NDArray[np.int64], count: int, end: int, what: str) -> None:
    _hold(array.dtype == np.int64 and array.shape == (count + 1,), what)
    _hold(array[0] == 0 and array[-1] == end and bool((np.diff(array) >= 0).all()), what)


def _within(numbers: npt.NDArray[np.integer], end: int, what: str) -> None:
    _hold(bool(((numbers >= 0) & (numbers < end)).all()), what)


def _hold(sound: bool | np.bool_, what: str) -> None:
    if not sound:
        raise TreeShapError(f"{what} of the plan points outside it; delete the cache")

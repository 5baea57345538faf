"""Contributions of many rows by a plan, block by block, in threads."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from treue.models.treeshap.arrays import F64, U16
from treue.models.treeshap.plan import Plan

BLOCK_ROWS = 8192  # tables are read once a block; contributions of a block stay in a cache
WORKING_BYTES = 64_000_000  # contributions kept open while tables are made in turn

Share = tuple[slice, float]
"""Parts of a plan, and what their sum is multiplied by."""


@dataclass(frozen=True)
class Evaluator:
    """A plan ready to explain.

    Attributes
    ----------
    plan : Plan
    tables : array, optional
        All tables; without it they are made in turn for every `WORKING_BYTES` of contributions.
    batch_bytes : int
        What tables made in turn may take.
    threads : int
    """

    plan: Plan
    tables: F64 | None
    batch_bytes: int
    threads: int

    def contributions(self, X: F64, shares: Sequence[Share]) -> F64:
        """Return contributions (shares, rows, columns) of values (rows, columns)."""
        out = np.empty((len(shares), len(X), self.plan.n_columns))
        with _mapping(self.threads) as run:
            if self.tables is None:
                self._in_turn(X, shares, out, run)
            else:
                size = _block_rows(len(X), self.threads)
                run(lambda rows: self._block(X[rows], shares, out[:, rows]), _blocks(len(X), size))
        return out

    def grouped(
        self, X: F64, members: Sequence[slice], group_of: npt.NDArray[np.int_], groups: int
    ) -> tuple[F64, F64]:
        """Return the mean of members' contributions (rows, columns), and their sums by group.

        The tables must be kept.

        Parameters
        ----------
        members
            Parts of each.
        group_of
            Group of each column (columns,).

        Returns
        -------
        mean : array (rows, columns)
        sums : array (members, groups, rows)
        """
        out = np.empty((len(X), self.plan.n_columns))
        sums = np.zeros((len(members), groups, len(X)))
        of_asked = group_of[self.plan.encoding.column]

        def block(rows: slice) -> None:
            self._grouped_block(X[rows], members, of_asked, out[rows], sums[:, :, rows])

        with _mapping(self.threads) as run:
            run(block, _blocks(len(X), _block_rows(len(X), self.threads)))
        return out, sums

    def _grouped_block(
        self,
        X: F64,
        members: Sequence[slice],
        of_asked: npt.NDArray[np.int_],
        out: F64,
        sums: F64,
    ) -> None:
        from treue.models.treeshap.kernels_codes import write

        codes = self._codes(X)
        total = np.zeros((self.plan.n_asked, len(X)))
        phi = np.empty_like(total)
        for parts, into in zip(members, sums, strict=True):
            self._add_up(codes, phi, parts)
            for group, column in zip(of_asked.tolist(), phi, strict=True):
                into[group] += column
            total += phi
        write(total, self.plan.encoding.column, 1.0 / len(members), out)

    def _block(self, X: F64, shares: Sequence[Share], out: F64) -> None:
        from treue.models.treeshap.kernels_codes import write

        codes = self._codes(X)
        phi = np.empty((self.plan.n_asked, len(X)))
        for (parts, scale), into in zip(shares, out, strict=True):
            self._add_up(codes, phi, parts)
            write(phi, self.plan.encoding.column, scale, into)

    def _add_up(self, codes: U16, phi: F64, parts: slice) -> None:
        """Put the contributions of parts into phi (asked, rows), by tables that are kept."""
        assert self.tables is not None
        phi[:] = 0.0
        first, last = _range(self.plan.piece_bounds, parts)
        if first < last:
            self._look_up(codes, phi, first, last, self.tables)
        self._reckon(codes, phi, parts)

    def _in_turn(self, X: F64, shares: Sequence[Share], out: F64, run: "_Map") -> None:
        from treue.models.treeshap.kernels_codes import write

        plan = self.plan
        size = _block_rows(len(X), self.threads)
        at_once = max(1, WORKING_BYTES // (10 * max(1, plan.n_asked) * size))
        blocks = _blocks(len(X), size)
        for start in range(0, len(blocks), at_once):
            chunk = blocks[start : start + at_once]
            codes = run(lambda rows: self._codes(X[rows]), chunk)
            for (parts, scale), into in zip(shares, out, strict=True):
                phis = [np.zeros(c.shape) for c in codes]
                for first, last in self._batches(parts):
                    tables = fill_tables(plan, first, last, self.threads)
                    add = partial(self._look_up_pair, first=first, last=last, tables=tables)
                    run(add, list(zip(codes, phis, strict=True)))
                run(partial(self._reckon_pair, parts=parts), list(zip(codes, phis, strict=True)))
                for rows, phi in zip(chunk, phis, strict=True):
                    write(phi, plan.encoding.column, scale, into[rows])

    def _codes(self, X: F64) -> U16:
        from treue.models.treeshap.kernels_codes import encode

        codes = np.empty((self.plan.n_asked, len(X)), np.uint16)
        encode(X, self.plan.encoding, codes)
        return codes

    def _look_up(
        self, codes: U16, phi: F64, first: int, last: int, tables: F64, offset: int = 0
    ) -> None:
        from treue.models.treeshap.kernels_tables import look_up

        plan = self.plan
        here = tables[plan.pieces.table_start[first] - offset :]
        look_up(codes, phi, plan.cells, plan.pieces, here, first, last)

    def _look_up_pair(self, pair: tuple[U16, F64], *, first: int, last: int, tables: F64) -> None:
        self._look_up(*pair, first, last, tables, int(self.plan.pieces.table_start[first]))

    def _reckon_pair(self, pair: tuple[U16, F64], *, parts: slice) -> None:
        self._reckon(*pair, parts)

    def _reckon(self, codes: U16, phi: F64, parts: slice) -> None:
        from treue.models.treeshap.kernels_nests import reckon
        from treue.models.treeshap.kernels_relative import relate

        plan = self.plan
        first, last = _range(plan.nest_bounds, parts)
        if first == last:
            return
        if plan.background.shape[1]:
            relate(codes, phi, plan.conditions, plan.nests, plan.patterns, first, last)
        else:
            reckon(codes, phi, plan.conditions, plan.nests, plan.rule, first, last)

    def _batches(self, parts: slice) -> Iterator[tuple[int, int]]:
        """Yield ranges of pieces whose tables fit into `batch_bytes`, or single pieces."""
        first, end = _range(self.plan.piece_bounds, parts)
        starts = self.plan.pieces.table_start
        while first < end:
            room = starts[first] + self.batch_bytes // 8
            last = int(np.searchsorted(starts, room, side="right")) - 1
            last = min(max(last, first + 1), end)
            yield first, last
            first = last


def fill_tables(plan: Plan, first: int, last: int, threads: int) -> F64:
    """Return the tables of pieces `first` to `last`, made in parallel."""
    from treue.models.treeshap.kernels_relative import fill_relative
    from treue.models.treeshap.kernels_tables import fill

    starts = plan.pieces.table_start
    tables = np.empty(int(starts[last] - starts[first]))

    def make(begin: int, end: int) -> None:
        here = tables[starts[begin] - starts[first] :]
        if plan.background.shape[1]:
            fill_relative(plan.pieces, plan.leaves, plan.cells, plan.background, here, begin, end)
        else:
            fill(plan.pieces, plan.leaves, plan.rule, here, begin, end)

    jobs = 1 if threads == 1 else 4 * threads
    bounds = np.linspace(first, last, min(jobs, max(1, last - first)) + 1).astype(int)
    with _mapping(threads) as run:
        run(
            lambda bound: make(*bound),
            [(int(a), int(b)) for a, b in pairwise(bounds) if a < b],
        )
    return tables


_Map = Callable[[Callable[[Any], Any], Sequence[Any]], list[Any]]


@contextmanager
def _mapping(threads: int) -> Iterator[_Map]:
    """Yield a function that applies another to each item, in threads."""
    if threads == 1:
        yield lambda apply, items: [apply(item) for item in items]
        return
    with ThreadPoolExecutor(threads) as pool:
        yield (
            lambda apply, items: (
                list(pool.map(apply, items)) if len(items) > 1 else [apply(item) for item in items]
            )
        )


def _blocks(rows: int, size: int) -> list[slice]:
    return [slice(start, min(start + size, rows)) for start in range(0, rows, size)]


def _block_rows(rows: int, threads: int) -> int:
    return min(BLOCK_ROWS, max(256, -(-rows // threads)))


def _range(bounds: npt.NDArray[np.int64], parts: slice) -> tuple[int, int]:
    return int(bounds[parts.start]), int(bounds[parts.stop])

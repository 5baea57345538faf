"""A table whose rows come later: the frame that streams are built from, as steps of a graph.

It stands behind narwhals' `LazyFrame`, so that a family's streams run on it unchanged. A frame is
either without time (all rows there are) or looked at from each cutoff; then `slot` says from
which, and is part of every key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import narwhals.stable.v2 as nw

from treue.features import small_columns as columns
from treue.features import small_customers as customers
from treue.features import small_groups as groups
from treue.features import small_joins as joins
from treue.features.small_columns import UnsureError
from treue.features.small_expressions import TIMES, Expressions, Moment
from treue.features.small_graph import Graph, Node
from treue.features.small_record import Namespace, Record


class Untold(nw.Unknown):
    """The type of a column: whoever asks for it, in whatever way, gets another engine."""

    def __getattribute__(self, name: str) -> Any:
        raise UnsureError("the type of a column is asked for")

    def __eq__(self, other: object) -> bool:
        raise UnsureError("the type of a column is asked for")

    __hash__ = nw.Unknown.__hash__


@dataclass(frozen=True)
class SmallFrame:
    """Columns by name; narwhals calls it as it calls any lazy frame.

    Attributes
    ----------
    rows
        How many there are.
    slot
        Which cutoff each row is looked at from; None: without time.
    sources
        Numbers of rows: if one of them is zero, there is no row here either.
    """

    graph: Graph
    cells: Mapping[str, Node]
    rows: Node
    slot: Node | None = None
    sources: frozenset[Node] = frozenset()
    _version: Any = None

    # what narwhals asks of a frame

    def __narwhals_lazyframe__(self) -> SmallFrame:
        return self

    def __narwhals_namespace__(self) -> Namespace:
        return Namespace()

    def _with_version(self, version: Any) -> SmallFrame:
        return replace(self, _version=version)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise UnsureError(f"the operation {name} of a frame")

    @property
    def _native_frame(self) -> SmallFrame:
        return self

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return list(self.cells)

    def collect_schema(self) -> dict[str, Any]:
        """Names, with types that cannot be asked for."""
        return {name: Untold() for name in self.cells}

    schema = property(collect_schema)

    def simple_select(self, *names: str) -> SmallFrame:
        """Some columns."""
        return replace(self, cells={name: self.named(name) for name in names})

    def select(self, *records: Record) -> SmallFrame:
        """Other columns of the same rows."""
        frame = self.timed(records)
        return replace(frame, cells=frame.evaluated(records))

    def with_columns(self, *records: Record) -> SmallFrame:
        """More columns."""
        frame = self.timed(records)
        return replace(frame, cells={**frame.cells, **frame.evaluated(records)})

    def filter(self, condition: Record) -> SmallFrame:
        """The rows where a condition is known to hold."""
        frame = self.timed([condition])
        of = Expressions(frame)
        truth = of.rules.truth(of.node(condition))
        return frame.at(self.graph.add(columns.chosen, truth))

    def drop_nulls(self, subset: Sequence[str] | None) -> SmallFrame:
        """The rows in which columns are known."""
        found = self
        for name in subset or self.columns:
            truth = self.graph.add(columns.is_known, found.full(name))
            found = found.at(self.graph.add(columns.chosen, truth))
        return found

    def drop(self, names: Sequence[str], *, strict: bool) -> SmallFrame:
        """All but some columns."""
        if strict and not set(names) <= set(self.cells):
            raise UnsureError("a column that is not there is dropped")
        return replace(self, cells={n: c for n, c in self.cells.items() if n not in names})

    def rename(self, mapping: Mapping[str, str]) -> SmallFrame:
        """Other names."""
        return replace(self, cells={mapping.get(n, n): cell for n, cell in self.cells.items()})

    def unique(self, subset: Any, *, keep: str, order_by: Any) -> SmallFrame:
        """Each row once."""
        if order_by or keep != "any" or set(subset or self.cells) != set(self.cells):
            raise UnsureError("one of several rows that differ")
        return self.first_of(self.grouped(list(self.cells)))

    def group_by(self, keys: Sequence[Any], *, drop_null_keys: bool) -> SmallGroupBy:
        """Groups of rows with equal keys."""
        if drop_null_keys or not all(isinstance(key, str) for key in keys):
            raise UnsureError("keys that are computed, or dropped where unknown")
        return SmallGroupBy(self, list(keys))

    def join(
        self,
        other: SmallFrame,
        *,
        how: str,
        left_on: Sequence[str] | None,
        right_on: Sequence[str] | None,
        suffix: str,
    ) -> SmallFrame:
        """Rows beside those of another frame that have the same keys."""
        if how not in ("inner", "left", "semi", "anti") or not left_on or not right_on:
            raise UnsureError(f"a join: {how}")
        keys = [*self.keys(left_on), *other.keys(right_on)]
        if any(a.kind != b.kind for a, b in zip(keys, keys[len(keys) // 2 :], strict=False)):
            raise UnsureError("keys of different kinds")
        if (self.slot is None) != (other.slot is None):
            raise UnsureError("rows with and without a cutoff side by side")
        add = self.graph.add
        matches = add(joins.matched, self.rows, other.rows, *keys)
        if how in ("semi", "anti"):
            truth = add(joins.is_matched, matches)
            return self.at(add(columns.chosen, truth if how == "semi" else add(_not, truth)))
        keep = how == "left"
        sources = self.sources if keep else self.sources | other.sources
        left = add(partial(joins.left_rows, keep=keep), matches, name="left_rows", key=keep)
        right = add(partial(joins.right_rows, keep=keep), matches, name="right_rows", key=keep)
        found = self.at(left)
        cells = dict(found.cells)
        for name in other.cells:
            if name not in right_on:
                cell = other.full(name)
                row = add(columns.looked_up, cell, right, kind=cell.kind, bound=cell.bound)
                cells[name + suffix if name in self.cells else name] = row
        return replace(found, cells=cells, sources=sources)

    def stack(self, others: Sequence[SmallFrame], how: str) -> SmallFrame:
        """The rows of others below these."""
        found = self
        for other in others:
            if how != "vertical" or found.columns != other.columns:
                raise UnsureError("frames of different columns below each other")
            cells = {}
            for name in found.cells:
                a, b = found.full(name), other.full(name)
                if a.kind != b.kind:
                    raise UnsureError("columns of different kinds below each other")
                bound = max(a.bound, b.bound)
                cells[name] = self.graph.add(columns.stacked, a, b, kind=a.kind, bound=bound)
            rows = self.graph.add(_sum, found.rows, other.rows)
            slot = None
            if found.slot is not None and other.slot is not None:
                slot = self.graph.add(customers.slot_stacked, found.slot, other.slot)
            elif found.slot is not None or other.slot is not None:
                raise UnsureError("rows with and without a cutoff below each other")
            sources = found.sources & other.sources
            found = replace(found, cells=cells, rows=rows, slot=slot, sources=sources)
        return found

    # what these are made of

    def named(self, name: str) -> Node:
        """The column of a name."""
        if name not in self.cells:
            raise UnsureError(f"no column {name}")
        return self.cells[name]

    def full(self, name: str) -> Node:
        """The same with one value for each row, even where all are equal."""
        cell = self.named(name)
        if not cell.is_literal:
            return cell
        if cell.kind == "null":
            raise UnsureError("a column of nothing")
        return self.graph.add(columns.spread, cell, self.rows, kind=cell.kind, bound=cell.bound)

    def evaluated(self, records: Iterable[Record]) -> dict[str, Node]:
        """Columns by the names that their records give them."""
        return {record.output: Expressions(self).node(record) for record in records}

    def timed(self, records: Iterable[Record]) -> SmallFrame:
        """The frame, looked at from each cutoff if a record speaks of it."""
        if self.slot is not None or not any(record.asks_for(Moment.CUTOFF) for record in records):
            return self
        cutoffs = self.graph.given("number of cutoffs")
        found = self.at(self.graph.add(customers.crossed, self.rows, cutoffs))
        return replace(found, slot=self.graph.add(customers.slots, self.rows, cutoffs))

    def cutoff(self) -> Node:
        """The cutoff of each row."""
        assert self.slot is not None
        times = self.graph.given("cutoffs")
        return self.graph.add(customers.cutoff_of, times, self.slot, kind="int", bound=TIMES)

    def at(self, index: Node) -> SmallFrame:
        """Some of the rows."""
        cells = {name: self.taken(cell, index) for name, cell in self.cells.items()}
        rows = self.graph.add(columns.counted, self.rows, index)
        slot = None if self.slot is None else self.graph.add(customers.slot_taken, self.slot, index)
        return replace(self, cells=cells, rows=rows, slot=slot)

    def taken(self, cell: Node, index: Node) -> Node:
        """Some rows of a column; of a column so taken, those rows of the first."""
        if cell.is_literal:
            return cell
        if cell.name == "taken":
            cell, before = cell.args
            index = self.graph.add(columns.composed, before, index)
        return self.graph.add(columns.taken, cell, index, kind=cell.kind, bound=cell.bound)

    def keys(self, names: Sequence[Any]) -> list[Node]:
        """Columns to compare by, and the cutoff."""
        if not all(isinstance(name, str) for name in names):
            raise UnsureError("keys that are computed")
        found = [Expressions(self).rules.solid(self.full(name)) for name in names]
        return found if self.slot is None else [*found, self.slot]

    def grouped(self, names: Sequence[Any], within: Sequence[Any] = ()) -> Node:
        """The groups of equal keys, rows sorted by others in each."""
        inner = [Expressions(self).rules.solid(self.full(name)) for name in within]
        kernel = partial(groups.grouped, within=len(inner))
        args = (self.rows, *self.keys(names), *inner)
        return self.graph.add(kernel, *args, name="grouped", key=len(inner))

    def sorted_by(self, found: Node) -> SmallFrame:
        """The rows, group by group."""
        return replace(self.at(self.graph.add(groups.order_of, found)), rows=self.rows)

    def first_of(self, found: Node) -> SmallFrame:
        """One row of each group."""
        index = self.graph.add(groups.first_of, found)
        return replace(self.at(index), rows=self.graph.add(groups.number_of, found))


@dataclass(frozen=True)
class SmallGroupBy:
    """The groups of a frame."""

    frame: SmallFrame
    names: list[str]

    def groups(self) -> Node:
        """Rows with equal keys."""
        return self.frame.grouped(self.names)

    def agg(self, *records: Record) -> SmallFrame:
        """One row a group: its keys and aggregates."""
        found = self.groups()
        first = self.frame.first_of(found)
        of = Expressions(self.frame.sorted_by(found), found)
        cells = {name: first.full(name) for name in self.names}
        return replace(first, cells=cells | {record.output: of.node(record) for record in records})


def _not(truth: Any) -> Any:
    return ~truth


def _sum(a: int, b: int) -> int:
    return a + b

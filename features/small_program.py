"""A panel's program: what its families ask for, written down once for tables of certain columns."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pyarrow as pa

from treue.features import small_customers as customers
from treue.features import small_groups as groups
from treue.features.engine import Lazy, Loaded, Query, Source
from treue.features.family import Family, Feature
from treue.features.labels import Definition, eligible
from treue.features.panel_queries import PanelQueries
from treue.features.schema import TABLES
from treue.features.small_columns import UnsureError
from treue.features.small_expressions import Expressions, Moment
from treue.features.small_frame import SmallFrame, SmallGroupBy
from treue.features.small_graph import Graph, Node, Program
from treue.features.small_groups import Groups
from treue.features.small_load import Reader, kinds
from treue.features.small_record import Record
from treue.features.small_rules import Rules
from treue.features.tables import Tables


@dataclass
class Recorder:
    """An engine that computes nothing: it notes what is asked of each table."""

    graph: Graph
    tables: Tables

    def load(self, table: pa.Table, name: str = "") -> Lazy:
        """The columns of a source, to be read when the program runs."""
        name = name.removeprefix("source_")
        cells = {
            column: self.graph.given(name, column, kind=kind, bound=bound)
            for column, (kind, bound) in kinds(name, self.tables.frames[name].schema).items()
            if column in table.column_names
        }
        rows = self.graph.given("rows", name)
        frame = SmallFrame(self.graph, cells, rows, sources=frozenset([rows]))
        return nw.from_native(frame)

    def materialise(self, frame: Lazy) -> Lazy:
        """The frame: each of its steps is computed once anyway."""
        return frame

    def query(self, make: Callable[[nw.Expr], Lazy]) -> Query:
        """Nothing: the frames are asked for one by one."""

        def run(_: int) -> pa.Table:
            raise NotImplementedError

        return run

    def close(self) -> None:
        """Nothing to let go of."""


@dataclass(frozen=True)
class GatheredFrame(SmallFrame):
    """The rows of the customers of the panel, by customer."""

    gate: Node | None = None

    def group_by(self, keys: Sequence[Any], *, drop_null_keys: bool) -> Customers:
        """The customers."""
        return Customers(self, list(keys))


class Customers(SmallGroupBy):
    """The groups of such a frame: they are there already."""

    def agg(self, *records: Record) -> SmallFrame:
        """One row a customer: aggregates alone."""
        assert isinstance(self.frame, GatheredFrame)
        assert self.frame.gate is not None
        of = Expressions(self.frame, self.frame.gate)
        rows = self.frame.graph.add(groups.number_of, self.frame.gate)
        cells = {record.output: of.node(record) for record in records}
        return SmallFrame(self.frame.graph, cells, rows, _version=self.frame._version)


@dataclass(frozen=True)
class PanelProgram:
    """The steps from tables to the columns of a panel.

    Attributes
    ----------
    shown
        Features of the panel, in its order.
    wanted
        Columns to be read, by table.
    """

    program: Program
    shown: tuple[Feature, ...]
    wanted: Mapping[str, tuple[str, ...]]

    def run(self, tables: Tables, cutoffs: Sequence[int]) -> tuple[Reader, Any, list[Any]]:
        """The tables as read, customer and cutoff of each row as one number, and the features."""
        reader = Reader(tables)
        values: dict[Hashable, Any] = reader.read(self.wanted, self.program.texts.values())
        values["cutoffs",] = np.array(cutoffs, np.int64)
        values["number of cutoffs",] = len(cutoffs)
        values["customers",] = max(len(reader.customers), 1)
        with np.errstate(all="ignore"):
            spine, *columns = self.program.run(values, reader.texts)
        return reader, spine, columns


def compile_panel(
    tables: Tables, families: Sequence[Family], definition: Definition, *, late: bool
) -> PanelProgram:
    """The program of a panel without labels.

    Parameters
    ----------
    late
        Some row was recorded after it happened. Then all streams are built anew at each cutoff.

    Raises
    ------
    UnsureError
        If something is asked for that this engine does not know; other errors may come from
        narwhals, or be those that any engine would raise.
    """
    if any(need.endswith(".recorded_at") for need in _needs(families)):
        raise UnsureError("a family needs to know whether a table says when rows were recorded")
    graph = Graph()
    loaded = _recorded(graph, tables, late)
    queries = PanelQueries(loaded, tuple(families), definition, None)
    at = nw.lit(Moment.CUTOFF)  # type: ignore[arg-type]
    asked: SmallFrame = eligible(loaded, at, definition).to_native()
    spine = graph.add(np.sort, _placed(asked))
    cells: dict[str, Node] = {}
    gates: dict[Node, frozenset[Node]] = {}
    for name, features in queries.aggregates.items():
        events: SmallFrame = queries.streams.at(name, at).to_native()
        gate = graph.add(customers.gathered, _placed(events), spine)
        gates[gate] = events.sources
        cells |= _aggregates(events, gate, spine, features)
    frame = SmallFrame(graph, cells, graph.add(len, spine), asked.slot)
    for turn in queries.combined:
        lazy: Lazy = nw.from_native(frame)
        frame = lazy.with_columns(*(f.expr.alias(f.name) for f in turn)).to_native()
    outputs = [_output(frame, feature) for feature in queries.shown]
    program = Program(graph, [spine, *outputs], gates)
    wanted: dict[str, tuple[str, ...]] = {}
    for value in program.given:
        name, *column = value if value[0] != "rows" else value[1:]
        if name in tables.frames:
            wanted[name] = (*wanted.get(name, ()), *column)
    return PanelProgram(program, tuple(queries.shown), wanted)


def _needs(families: Sequence[Family]) -> Iterator[str]:
    """The columns that streams and features cannot do without."""
    for family in families:
        for stream in family.streams.values():
            yield from stream.needs
        for feature in family.features:
            yield from feature.needs


def _recorded(graph: Graph, tables: Tables, late: bool) -> Loaded:
    """The tables as frames whose rows come later."""
    recorder = Recorder(graph, tables)
    sources = {}
    for name, table in tables.frames.items():
        empty = pa.table({column: pa.nulls(0) for column in kinds(name, table.schema)})
        events = recorder.load(empty, f"source_{name}")
        brought = frozenset(table.column_names) - {"recorded_at"}  # may differ by customer
        sources[name] = Source(events, brought, not late, TABLES[name], empty)
    return Loaded(recorder, sources, np.empty(0, object), tables)


def _placed(frame: SmallFrame) -> Node:
    """One number for the customer and the cutoff of each row."""
    if frame.slot is None:
        raise UnsureError("rows that do not depend on the cutoff")
    if frame.full("customer_id").kind != "code":
        raise UnsureError("customers that are computed")
    number = frame.graph.given("customers")
    return frame.graph.add(customers.placed, frame.full("customer_id"), frame.slot, number)


def _aggregates(
    events: SmallFrame, gate: Node, spine: Node, features: Sequence[Feature]
) -> dict[str, Node]:
    """The features of a stream, for every customer of the panel."""
    graph, rows = events.graph, events.sorted_by(gate)
    theirs = GatheredFrame(graph, rows.cells, graph.add(_rows, gate), rows.slot, gate=gate)
    lazy: Lazy = nw.from_native(theirs)
    made: SmallFrame = (
        lazy.group_by("customer_id").agg(*(f.expr.alias(f.name) for f in features)).to_native()
    )
    return {f.name: _scattered(graph, made.full(f.name), gate, spine, f.fill) for f in features}


def _rows(found: Groups) -> int:
    return found.rows


def _scattered(graph: Graph, cell: Node, gate: Node, spine: Node, fill: Any) -> Node:
    """The same for those without rows, who get the filling or nothing."""
    if fill is not None:
        if cell.kind not in ("int", "float") or (cell.kind == "int" and fill != int(fill)):
            raise UnsureError("a filling of another kind")
        fill = int(fill) if cell.kind == "int" else float(fill)
    return graph.add(
        partial(customers.scattered, fill=fill),
        *(cell, gate, spine),
        kind=cell.kind,
        bound=max(cell.bound, abs(fill or 0)),
        name="scattered",
        value=partial(customers.nothing, fill=fill, like=0.0 if cell.kind == "float" else 0),
        key=(fill, cell.kind),
    )


def _output(frame: SmallFrame, feature: Feature) -> Node:
    """A column of the panel: numbers, or names."""
    cell = frame.full(feature.name)
    if feature.categorical:
        if cell.kind != "text":
            raise UnsureError("names that are no texts")
        return cell
    return Rules(frame.graph).cast(cell, nw.Float64)

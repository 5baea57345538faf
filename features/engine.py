"""Where the point-in-time expressions run: DuckDB by default, Polars on request.

Everything is an integer once it is loaded: times are microseconds since 1970 (whole seconds, a
fraction counts as the second after it), money is cents, quantities are hundredths, customers,
orders and products are codes. Integer sums do not depend on the order of rows, so a feature is the
same to the last bit in every run, and on another engine to the last division (Polars multiplies by
a reciprocal).

A query is written over an unknown cutoff. DuckDB keeps its text, so that a query is translated once
and run for as many cutoffs as there are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, Protocol

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from treue.features import sql
from treue.features.schema import TABLES, TableSchema

if TYPE_CHECKING:
    import duckdb

    from treue.features.tables import Tables

EngineName = Literal["duckdb", "polars"]
Lazy = nw.LazyFrame[Any]
Codes = npt.NDArray[np.integer[Any]]
"""Customers as whole numbers."""
Query = Callable[[int], pa.Table]
"""Rows at a cutoff (microseconds)."""
CUSTOMER_COLUMNS = ("customer_id", "referrer_id", "referred_id")
SECOND = 1_000_000
MEMORY = "1500MB"
"""What prepared streams and queries may take; tables and panel are held beside them."""
SOME_CUTOFF = 7_777_777_777_777_777
"""Stands for the cutoff in the text of a query: a moment in the year 2216, so no other number."""


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970 of the last whole second; without a zone it is taken as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    delta = aware - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * SECOND


class Backend(Protocol):
    """What an engine must be able to do: take Arrow in, compute a frame, once or at cutoffs."""

    def load(self, table: pa.Table, name: str = "") -> Lazy:
        """A lazy view of an Arrow table; queries over a `name` see what was last loaded so."""
        ...

    def materialise(self, frame: Lazy) -> Lazy:
        """The frame, computed once."""
        ...

    def query(self, make: Callable[[nw.Expr], Lazy]) -> Query:
        """What `make` says of a cutoff, ready to be run at any; rows come in any order."""
        ...

    def close(self) -> None:
        """Let go of what was loaded and computed."""
        ...


@dataclass
class DuckDB:
    """The embedded default; what does not fit into its memory lies on disk meanwhile."""

    connection: duckdb.DuckDBPyConnection = field(default_factory=lambda: sql.connection(MEMORY))
    _count: int = 0

    def __post_init__(self) -> None:
        self.connection.execute("ATTACH ':memory:' AS kept (COMPRESS); USE kept")

    def _name(self) -> str:
        self._count += 1
        return f"frame_{self._count}"

    def load(self, table: pa.Table, name: str = "") -> Lazy:
        """A lazy view of an Arrow table; nothing is copied."""
        name = name or self._name()
        self.connection.register(name, table)
        return nw.from_native(self.connection.table(name))

    def materialise(self, frame: Lazy) -> Lazy:
        """The frame, computed once and kept as a table of the connection, compressed."""
        name = self._name()
        frame.to_native().create(name)
        self.connection.execute("CHECKPOINT kept")
        return nw.from_native(self.connection.table(name))

    def query(self, make: Callable[[nw.Expr], Lazy]) -> Query:
        """What `make` says of a cutoff, translated to SQL when it is first asked for."""

        @cache
        def text() -> str:
            written: str = make(nw.lit(SOME_CUTOFF)).to_native().sql_query()
            return written

        def run(cutoff: int) -> pa.Table:
            asked = text().replace(str(SOME_CUTOFF), str(cutoff))
            return self.connection.sql(asked).to_arrow_table()

        return run

    def close(self) -> None:
        """Let go of what was loaded and computed."""
        self.connection.close()


@dataclass
class Polars:
    """The same expressions on Polars; guards that no engine's dialect creeps in."""

    def load(self, table: pa.Table, name: str = "") -> Lazy:
        """A lazy Polars frame over an Arrow table."""
        import polars as pl

        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)
        return nw.from_native(frame.lazy())

    def materialise(self, frame: Lazy) -> Lazy:
        """The frame, computed once."""
        return nw.from_native(frame.collect("polars").to_native().lazy())

    def query(self, make: Callable[[nw.Expr], Lazy]) -> Query:
        """What `make` says of a cutoff, written anew for each."""

        def run(cutoff: int) -> pa.Table:
            table: pa.Table = make(nw.lit(cutoff)).collect("pyarrow").to_native()
            return table

        return run

    def close(self) -> None:
        """Nothing to do: frames go with their last user."""


@dataclass(frozen=True)
class Source:
    """One loaded table.

    Attributes
    ----------
    events
        Lazy rows: ``customer_id`` (code), ``at`` (event time), ``known_at``, further columns.
    columns
        The columns that the company brought, by their canonical names.
    on_time
        No row was recorded after it happened, so rows known at a cutoff are simply its past.
    schema
        Column kinds and when each value becomes known.
    arrow
        What `events` is a view of.
    """

    events: Lazy
    columns: frozenset[str]
    on_time: bool
    schema: TableSchema
    arrow: pa.Table


@dataclass(frozen=True)
class Loaded:
    """All tables of a company on one engine.

    Attributes
    ----------
    customer_ids
        Sorted; the code of a customer is the position in this array.
    """

    backend: Backend
    sources: dict[str, Source]
    customer_ids: np.ndarray
    tables: Tables

    def keep(self, name: str, columns: Collection[str], *, after: int | None = None) -> None:
        """Let go of a table's other columns, and of rows up to a moment: nothing reads them."""
        source = self.sources[name]
        arrow = source.arrow.select([c for c in source.arrow.column_names if c in columns])
        if after is not None:
            arrow = arrow.filter(pc.greater(arrow["at"], after))
        events = self.backend.load(arrow, f"source_{name}")
        self.sources[name] = replace(source, events=events, arrow=arrow)


def load(tables: Tables, *, engine: EngineName = "duckdb") -> Loaded:
    """All tables as integers on one engine.

    Parameters
    ----------
    tables
        Checked tables, as read or from frames.
    engine
        ``"duckdb"`` or ``"polars"``.
    """
    backend: Backend = DuckDB() if engine == "duckdb" else Polars()
    found = [
        table.column(name).combine_chunks()
        for table in tables.frames.values()
        for name in CUSTOMER_COLUMNS
        if name in table.column_names
    ]
    ids = pc.drop_null(pc.unique(pa.chunked_array(found, type=pa.string())))
    ids = ids.take(pc.sort_indices(ids))
    sources = {}
    for name, table in tables.frames.items():
        schema = TABLES[name]
        coded, on_time = _as_integers(table, schema, ids)
        events = backend.load(coded, f"source_{name}")
        sources[name] = Source(events, frozenset(table.column_names), on_time, schema, coded)
    return Loaded(backend, sources, ids.to_numpy(zero_copy_only=False), tables)


def _as_integers(table: pa.Table, schema: TableSchema, ids: pa.Array) -> tuple[pa.Table, bool]:
    kinds = {name: column.kind for name, column in schema.columns.items()}
    columns: dict[str, Any] = {}
    for name in table.column_names:
        values, kind = table.column(name), kinds.get(name)
        if name in CUSTOMER_COLUMNS:
            values = pc.index_in(values, value_set=ids, skip_nulls=True)
        elif kind == "id":
            values = pa.chunked_array(
                [chunk.indices for chunk in values.dictionary_encode().unify_dictionaries().chunks]
                or [pa.array([], pa.int32())]
            )
        elif kind == "time":
            values = _whole_seconds(values.cast(pa.timestamp("us")))
        elif kind in ("money", "number"):
            values = pc.round(pc.multiply(values, 100.0)).cast(pa.int64())
        columns[schema.inside(name)] = values
    event_time, on_time = schema.event_time, True
    at = columns.pop(event_time) if event_time in columns else None
    if at is None:
        at = pa.chunked_array([pa.nulls(table.num_rows, pa.int64())])
    known_at = at
    recorded = columns.pop("recorded_at", None)
    if recorded is not None:
        known_at = pc.max_element_wise(at, recorded)
        on_time = known_at.equals(at)
    return pa.table({**columns, "at": at, "known_at": known_at}), on_time


def _whole_seconds(times: pa.ChunkedArray) -> pa.ChunkedArray:
    """Microseconds since 1970; a fraction of a second counts as the second after it."""
    exact = times.cast(pa.int64())
    coarse = pc.multiply(pc.divide(exact, SECOND), SECOND)
    if coarse.equals(exact):
        return exact
    return pc.ceil_temporal(times, unit="second").cast(pa.int64())

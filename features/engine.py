"""Where the point-in-time expressions run: DuckDB by default, Polars on request.

Everything is an integer once it is loaded: times are microseconds since 1970, money is cents,
quantities are hundredths, customers, orders and products are codes. Integer sums do not depend on
the order of rows, so a feature is the same to the last bit in every run, and on another engine to
the last division (Polars multiplies by a reciprocal).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

import duckdb
import narwhals.stable.v2 as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from treue.features.schema import TABLES, TableSchema
from treue.features.tables import Tables

EngineName = Literal["duckdb", "polars"]
Lazy = nw.LazyFrame[Any]
CUSTOMER_COLUMNS = ("customer_id", "referrer_id", "referred_id")


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970 of a moment; without a zone it is taken as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    delta = aware - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


class Backend(Protocol):
    """What an engine must be able to do: take Arrow in, and compute a frame once."""

    def load(self, table: pa.Table) -> Lazy:
        """A lazy view of an Arrow table."""
        ...

    def materialise(self, frame: Lazy) -> Lazy:
        """The frame, computed once."""
        ...


@dataclass
class DuckDB:
    """The embedded default; spills to disk where memory ends."""

    connection: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)
    _count: int = 0

    def _name(self) -> str:
        self._count += 1
        return f"frame_{self._count}"

    def load(self, table: pa.Table) -> Lazy:
        """A lazy view of an Arrow table; nothing is copied."""
        name = self._name()
        self.connection.register(name, table)
        return nw.from_native(self.connection.table(name))

    def materialise(self, frame: Lazy) -> Lazy:
        """The frame, computed once and kept as a table of the connection."""
        name = self._name()
        frame.to_native().create(name)
        return nw.from_native(self.connection.table(name))


@dataclass
class Polars:
    """The same expressions on Polars; guards that no engine's dialect creeps in."""

    def load(self, table: pa.Table) -> Lazy:
        """A lazy Polars frame over an Arrow table."""
        import polars as pl

        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)
        return nw.from_native(frame.lazy())

    def materialise(self, frame: Lazy) -> Lazy:
        """The frame, computed once."""
        return nw.from_native(frame.collect("polars").to_native().lazy())


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
    """

    events: Lazy
    columns: frozenset[str]
    on_time: bool
    schema: TableSchema


@dataclass(frozen=True)
class Loaded:
    """All tables of a company on one engine.

    Attributes
    ----------
    customer_ids
        Sorted; the code of a customer is the position in this array.
    """

    backend: Backend
    sources: Mapping[str, Source]
    customer_ids: np.ndarray
    tables: Tables


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
        sources[name] = Source(backend.load(coded), frozenset(table.column_names), on_time, schema)
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
            values = values.cast(pa.timestamp("us")).cast(pa.int64())
        elif kind in ("money", "number"):
            values = pc.round(pc.multiply(values, 100.0)).cast(pa.int64())
        columns[name] = values
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

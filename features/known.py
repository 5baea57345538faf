"""The one place that decides what was known at a cutoff.

A row counts from the moment it was recorded; a value that came later is null until then. Times
leave this module as ages (seconds before the cutoff), so whatever is built on them cannot look
past the cutoff.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import narwhals.stable.v2 as nw
import numpy as np
import pyarrow as pa

from treue.features.engine import SECOND, Codes, Lazy, Loaded, Source, microseconds
from treue.features.family import Stream
from treue.features.own_rows import check_stream
from treue.features.schema import TableSchema


def known_rows(source: Source, cutoff: nw.Expr) -> Lazy:
    """Rows recorded by the cutoff; a row without any time is always known."""
    known_at = nw.col("known_at")
    return source.events.filter(known_at.is_null() | (known_at <= cutoff))


def hide(frame: Lazy, cutoff: nw.Expr, schema: TableSchema, brought: frozenset[str]) -> Lazy:
    """The rows with every value nulled that became known after the cutoff.

    A value whose time of becoming known was never brought counts as known with its row.
    """
    present = frame.collect_schema().names()
    hidden = []
    for name in present:
        column = schema.columns.get(name)
        if column is not None and column.known_with in brought and column.known_with in present:
            revealed = nw.col(column.known_with) <= cutoff
            hidden.append(nw.when(revealed).then(nw.col(name)).alias(name))
    return frame.with_columns(*hidden) if hidden else frame


def as_ages(frame: Lazy, cutoff: nw.Expr, schema: TableSchema) -> Lazy:
    """Every time column ``x_at`` turned into ``x_age`` in seconds, null where it lies ahead.

    Only a time that was agreed beforehand (such as the end of a contract) may lie ahead; its age
    is then negative.
    """
    ages, times = [], []
    for name in frame.collect_schema().names():
        if name != "at" and not name.endswith("_at"):
            continue
        times.append(name)
        if name == "known_at":
            continue
        age = cutoff - nw.col(name)
        column = schema.columns.get(name)
        if column is not None and column.known_with is None:
            seconds = age.cast(nw.Float64) / SECOND
        else:
            # both are whole seconds, so the division is exact
            seconds = nw.when(age >= 0).then((age / SECOND).cast(nw.Int64))
        ages.append(seconds.alias(name.removesuffix("at") + "age"))
    return frame.with_columns(*ages).drop(times)


def happened(events: Lazy, cutoff: nw.Expr) -> Lazy:
    """Events of a stream up to the cutoff; one without a time is always there."""
    return events.filter(nw.col("at").is_null() | (nw.col("at") <= cutoff))


class Streams:
    """The streams of a company's families, prepared once where that is safe.

    Looking back at earlier rows once for all cutoffs is only right where no row was recorded late:
    else a row could look back at one that was not there yet. Then the stream is built anew from
    the rows known at each cutoff.

    Where `customers` are named by cutoff, only their events up to the last cutoff are prepared:
    nothing else is ever asked for. Later rows are cut off after the stream is built, so that a
    stream that looks ahead is still found out by cutting the tables.
    """

    def __init__(
        self,
        loaded: Loaded,
        streams: Mapping[str, Stream],
        *,
        customers: Mapping[datetime, Codes],
    ) -> None:
        self.loaded = loaded
        self.streams = streams
        self._prepared: dict[str, Lazy] = {}
        asked = _asked(loaded, customers)
        for name, stream in streams.items():
            sources = {table: loaded.sources[table] for table in stream.tables}
            if not stream.per_cutoff:
                schemas = {t: source.events.collect_schema() for t, source in sources.items()}
                check_stream(name, stream, schemas)
            if not stream.per_cutoff and all(source.on_time for source in sources.values()):
                raw = {table: _of(asked, source.events) for table, source in sources.items()}
                events = stream.build(raw)
                if customers:
                    events = happened(events, nw.lit(microseconds(max(customers))))
                self._prepared[name] = loaded.backend.materialise(events)

    @property
    def read_anew(self) -> set[str]:
        """Tables that streams are built from at each cutoff."""
        anew = self.streams.keys() - self._prepared.keys()
        return {table for name in anew for table in self.streams[name].tables}

    def at(self, name: str, cutoff: nw.Expr) -> Lazy:
        """Events of a stream as known at the cutoff, with ages instead of times."""
        stream = self.streams[name]
        source = self.loaded.sources[stream.tables[0]]
        if stream.per_cutoff:
            return stream.build({table: self.table_at(table, cutoff) for table in stream.tables})
        if name in self._prepared:
            events = happened(self._prepared[name], cutoff)
        else:
            events = stream.build(
                {table: known_rows(self.loaded.sources[table], cutoff) for table in stream.tables}
            )
        return as_ages(hide(events, cutoff, source.schema, source.columns), cutoff, source.schema)

    def table_at(self, table: str, cutoff: nw.Expr) -> Lazy:
        """Rows of a table as known at the cutoff, with ages instead of times."""
        source = self.loaded.sources[table]
        rows = hide(known_rows(source, cutoff), cutoff, source.schema, source.columns)
        return as_ages(rows, cutoff, source.schema)


def _asked(loaded: Loaded, customers: Mapping[datetime, Codes]) -> Lazy | None:
    if not customers:
        return None
    codes = pa.array(np.unique(np.concatenate([*customers.values()])))
    return loaded.backend.load(pa.table({"customer_id": codes}), "asked")


def _of(asked: Lazy | None, events: Lazy) -> Lazy:
    """The rows of the customers asked about; all rows of a table of pairs (referrals)."""
    if asked is None or "customer_id" not in events.collect_schema().names():
        return events
    return events.join(asked, on="customer_id", how="semi")

"""``Tables``: everything a company brings, cast, checked and cut to what was known at a moment."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from treue.features.builder import TablesBuilder
from treue.features.casting import ARROW_TYPES
from treue.features.dates import to_utc
from treue.features.frames import frame_to_arrow
from treue.features.report import Report
from treue.features.schema import TABLES, TableSchema
from treue.features.sources import Source, open_source
from treue.features.sql import connection


@dataclass(frozen=True)
class Tables:
    """The tables a company brought, in Treue's names and types, and what was found in them.

    Attributes
    ----------
    frames
        Table name -> Arrow table. Only columns that were brought are there. Ids, texts and
        categories are strings, times ``timestamp[us]`` in UTC without zone, money and numbers
        float64, integers int64, flags boolean. Returns have amounts of at most zero.
    observed_until
        Up to this moment events were recorded (UTC, without zone).
    attributes
        Columns of ``customers`` that are features: string (categorical) or float64.
    sensitive
        Columns of ``customers`` that only the fairness report uses.
    report
        Findings and rows set aside.
    """

    frames: Mapping[str, pa.Table]
    observed_until: datetime
    attributes: tuple[str, ...]
    sensitive: tuple[str, ...]
    report: Report

    @classmethod
    def from_frames(
        cls,
        frames: Mapping[str, Any],
        *,
        observed_until: datetime | date | str | None = None,
        attributes: Sequence[str] = (),
        sensitive: Sequence[str] = (),
        time_zone: str | None = None,
    ) -> "Tables":
        """Return checked tables out of data frames whose columns have Treue's names.

        Parameters
        ----------
        frames
            Table name -> pandas, Polars (eager or lazy) or Arrow table, DuckDB relation, or
            anything with the Arrow PyCapsule interface. They are not changed.
        observed_until
            Up to here events were recorded; None: the latest purchase, with a note.
        attributes, sensitive
            Columns of ``customers`` that are features; that only the fairness report may use.
        time_zone
            Zone of times that carry none, as ``"Europe/Berlin"``; None: UTC.

        Raises
        ------
        TreueError
            With every finding at once, when at least one is an error.

        Examples
        --------
        >>> from datetime import datetime
        >>> purchases = pa.table(
        ...     {
        ...         "customer_id": [13085.0, 13085.0],
        ...         "purchased_at": [datetime(2024, 1, 5), datetime(2024, 3, 1)],
        ...         "amount": [120.0, -20.0],
        ...     }
        ... )
        >>> tables = Tables.from_frames({"purchases": purchases})
        >>> tables.frames["purchases"]["customer_id"].to_pylist()
        ['13085', '13085']
        >>> tables.frames["purchases"]["is_return"].to_pylist()
        [False, True]
        """
        report = Report()
        builder = TablesBuilder(report, attributes, sensitive, time_zone)
        for name, frame in frames.items():
            schema = builder.schema(name)
            arrow = frame_to_arrow(frame, name, report) if schema else None
            if schema and arrow is not None:
                builder.add_frame(arrow, schema)
        checked, until = builder.finish(observed_until)
        return cls(checked, until, tuple(attributes), tuple(sensitive), report)

    def has(self, table: str, *columns: str) -> bool:
        """Return whether the table, and each of the columns, was brought."""
        return table in self.frames and set(columns) <= set(self.frames[table].column_names)

    def with_empty(self, names: Iterable[str]) -> "Tables":
        """Return these tables and others without a row: nothing of that kind ever happened.

        Of each name that is no table here yet all columns are there. A table that was not brought
        at all says nothing; one without rows makes zeros.
        """
        empty = {name: TABLES[name] for name in names if name not in self.frames}
        made = {
            name: pa.schema(
                [(column.name, ARROW_TYPES[column.kind]) for column in schema.columns.values()]
            ).empty_table()
            for name, schema in empty.items()
        }
        frames = {**self.frames, **made}
        return replace(self, frames={name: frames[name] for name in TABLES if name in frames})

    def known_at(self, cutoff: datetime) -> "Tables":
        """Return what was known at ``cutoff``, as if the tables had been read at that moment.

        Rows whose event (or recording) lies after it are gone. A value that becomes known at a
        time of its own (``resolved_at``, ``paid_at`` ...) is null where that time is null or later;
        if that time was not brought at all, the value is known with its row.
        """
        cutoff = to_utc(cutoff)
        frames = {
            name: _known_rows(rows, TABLES[name], cutoff) for name, rows in self.frames.items()
        }
        return replace(self, frames=frames, observed_until=min(cutoff, self.observed_until))


def _known_rows(rows: pa.Table, schema: TableSchema, cutoff: datetime) -> pa.Table:
    moment = pa.scalar(cutoff, pa.timestamp("us"))
    for clock in (schema.event_time, "recorded_at"):
        if clock in rows.column_names:
            seen = pc.less_equal(rows[clock], moment)
            rows = rows.filter(pc.fill_null(seen, True))  # no time: always known
    clocks = {
        column.known_with: pc.fill_null(pc.less_equal(rows[column.known_with], moment), False)
        for column in schema.columns.values()
        if column.known_with in rows.column_names
    }
    for position, name in enumerate(rows.column_names):
        column = schema.columns.get(name)
        if column and column.known_with in clocks:
            none = pa.scalar(None, rows[name].type)
            known = pc.if_else(clocks[column.known_with], rows[name], none)
            rows = rows.set_column(position, name, known)
    return rows


def read_tables(
    sources: Mapping[str, Source | Sequence[Source]],
    *,
    base_dir: Path,
    observed_until: datetime | date | str | None = None,
    attributes: Sequence[str] = (),
    sensitive: Sequence[str] = (),
    time_zone: str | None = None,
) -> Tables:
    """Return checked tables out of files and databases.

    Parameters
    ----------
    sources
        Table name -> where its rows come from; several sources are stacked.
    base_dir
        What relative paths start from: the folder of treue.toml.
    observed_until, attributes, sensitive, time_zone
        As in :meth:`Tables.from_frames`.

    Raises
    ------
    TreueError
        With every finding at once, when at least one is an error.
    """
    report = Report()
    builder = TablesBuilder(report, attributes, sensitive, time_zone)
    for name, given in sources.items():
        schema = builder.schema(name)
        for source in [given] if isinstance(given, Source) else given:
            with connection() as con:
                if schema and open_source(con, source, schema, base_dir=base_dir, report=report):
                    builder.add(
                        con,
                        schema,
                        mapping=source.mapping(),
                        where=source.where,
                        returns=source.returns if name == "purchases" else None,
                        options=source.cast_options(builder.time_zone),
                    )
    checked, until = builder.finish(observed_until)
    return Tables(checked, until, tuple(attributes), tuple(sensitive), report)

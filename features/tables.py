"""``Tables``: everything a company brings, cast, checked and cut to what was known at a moment."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import available_timezones

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from treue.features.casting import CastOptions, cast_columns
from treue.features.checks import check_rows
from treue.features.cross_checks import (
    check_customers,
    drop_empty,
    drop_future,
    drop_self_referrals,
    latest_event,
)
from treue.features.errors import TreueError
from treue.features.frames import frame_to_arrow
from treue.features.mapping import map_columns, suggestion
from treue.features.report import RefusedTables, Report
from treue.features.schema import TABLES, Kind, TableSchema
from treue.features.sql import column_types, connection

log = logging.getLogger(__name__)


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
                with connection() as con:
                    con.register("source", arrow)
                    builder.add(con, schema)
        return builder.finish(observed_until)

    def has(self, table: str, *columns: str) -> bool:
        """Return whether the table, and each of the columns, was brought."""
        return table in self.frames and set(columns) <= set(self.frames[table].column_names)

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


def to_utc(moment: datetime | date | str) -> datetime:
    """Return a moment as UTC without zone; a date is the start of that day."""
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            raise TreueError(
                f"'{moment}' is not a date; write it as 2024-12-31 or 2024-12-31 18:00"
            ) from None
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


class TablesBuilder:
    """Collects mapped sources into tables; everything found on the way goes to one report."""

    def __init__(
        self,
        report: Report,
        attributes: Sequence[str],
        sensitive: Sequence[str],
        time_zone: str | None,
    ) -> None:
        self.report = report
        self.attributes = tuple(attributes)
        self.sensitive = tuple(sensitive)
        self.time_zone = time_zone
        self.parts: dict[str, list[pa.Table]] = {}
        self.zones: dict[str, bool] = {}
        self._check_settings()

    def _check_settings(self) -> None:
        if self.time_zone and self.time_zone not in available_timezones():
            hint = suggestion(self.time_zone, sorted(available_timezones()))
            self.report.add(
                "error",
                "data",
                "time_zone",
                f"'{self.time_zone}' is not a time zone{hint}",
                'write it as "Europe/Berlin"',
            )
            self.time_zone = None
        own = set(TABLES["customers"].columns)
        for name in (*self.attributes, *self.sensitive):
            if name in own:
                self.report.add(
                    "error", "customers", name, "cannot be an attribute: it has a meaning of its own",
                    "bring it a second time under another name",
                )  # fmt: skip
        for name in sorted(set(self.attributes) & set(self.sensitive)):
            self.report.add(
                "error",
                "customers",
                name,
                "is named in attributes and in sensitive",
                "keep it in sensitive if the model must not see it",
            )

    def schema(self, name: str) -> TableSchema | None:
        """Return the table's schema; None, with an error finding, if there is no such table."""
        if name not in TABLES:
            self.report.add(
                "error",
                name,
                None,
                f"is not a table of Treue{suggestion(name, list(TABLES))}",
                f"the tables are {', '.join(TABLES)}",
            )
        return TABLES.get(name)

    def add(
        self,
        con: duckdb.DuckDBPyConnection,
        schema: TableSchema,
        *,
        mapping: Mapping[str, str | Mapping[str, str]] | None = None,
        where: str | None = None,
        returns: str | None = None,
        options: CastOptions | None = None,
    ) -> None:
        """Map and cast the view ``source`` of ``con`` and stack it under its table."""
        extras = () if schema.name != "customers" else (*self.attributes, *self.sensitive)
        extras = tuple(name for name in dict.fromkeys(extras) if name not in schema.columns)
        columns = map_columns(
            con,
            schema,
            mapping or {},
            extras=extras,
            where=where,
            returns=returns,
            report=self.report,
        )
        types = column_types(con, "mapped")
        kinds: dict[str, Kind] = {
            name: schema.columns[name].kind if name in schema.columns else _kind(types[name])
            for name in columns
        }
        cast, zoned = cast_columns(
            con,
            "mapped",
            schema.name,
            kinds,
            id_column=schema.customer,
            options=options or CastOptions(time_zone=self.time_zone),
            report=self.report,
        )
        self.parts.setdefault(schema.name, []).append(cast)
        self.zones |= {f"{schema.name}.{column}": zone for column, zone in zoned.items()}

    def finish(self, observed_until: datetime | date | str | None) -> Tables:
        """Check all tables and return them; raise with the whole report if there is an error."""
        report = self.report
        frames = {name: _stack(parts, TABLES[name]) for name, parts in self.parts.items()}
        if "purchases" not in frames and not any(f.table == "purchases" for f in report.errors):
            report.add(
                "error", "purchases", None, "the table is missing", "bring at least this one"
            )
        self._check_extras(frames)
        self._check_zones()
        frames = {
            name: check_rows(rows, TABLES[name], time_zone=self.time_zone, report=report)
            for name, rows in frames.items()
        }
        frames = drop_self_referrals(frames, report)
        until = to_utc(observed_until) if observed_until else latest_event(frames, report)
        if until:
            frames = drop_future(frames, until, report)
        frames = drop_empty(frames, report)
        check_customers(frames, report)
        if report.errors or until is None:
            raise RefusedTables(report)
        ordered = {name: frames[name] for name in TABLES if name in frames}
        for name, rows in ordered.items():
            log.info("%s: %d rows, %d columns", name, rows.num_rows, rows.num_columns)
        return Tables(ordered, until, self.attributes, self.sensitive, report)

    def _check_extras(self, frames: Mapping[str, pa.Table]) -> None:
        """Every attribute and sensitive column must be there; each should describe a customer."""
        brought = frames["customers"].column_names if "customers" in frames else []
        for name in dict.fromkeys((*self.attributes, *self.sensitive)):
            if name not in brought and not any(f.column == name for f in self.report.errors):
                self.report.add(
                    "error",
                    "customers",
                    name,
                    "is named in attributes or sensitive, but is not there"
                    f"{suggestion(name, brought)}",
                    "map it or take it off the list",
                )

    def _check_zones(self) -> None:
        with_zone = [column for column, zone in self.zones.items() if zone]
        without = [column for column, zone in self.zones.items() if not zone]
        if with_zone and without and self.time_zone is None:
            table, column = without[0].split(".")
            self.report.add(
                "warning",
                table,
                column,
                f"has no time zone and is read as UTC, while {with_zone[0]} has one",
                'set time_zone = "Europe/Berlin" or the zone that these times are in',
            )


def _kind(sql_type: str) -> Kind:
    """Return how an attribute of this SQL type is held: number or category."""
    numeric = ("INT", "DOUBLE", "FLOAT", "DECIMAL")
    return "number" if any(word in sql_type for word in numeric) else "category"


def _stack(parts: Sequence[pa.Table], schema: TableSchema) -> pa.Table:
    """Return all sources of a table as one, columns in the schema's order."""
    stacked = pa.concat_tables(parts, promote_options="permissive")
    order = [name for name in schema.columns if name in stacked.column_names]
    extras = [name for name in stacked.column_names if name not in schema.columns]
    return stacked.select([*order, *extras]).combine_chunks()

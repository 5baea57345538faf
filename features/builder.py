"""From mapped sources to checked tables: stacking, casting, and every check in its turn."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

import duckdb
import pyarrow as pa

from treue.features.casting import CastOptions, cast_columns
from treue.features.checks import check_rows
from treue.features.cross_checks import (
    check_attributes,
    check_customers,
    check_since,
    drop_empty,
    drop_future,
    drop_self_referrals,
    latest_purchase,
)
from treue.features.dates import time_zones, to_utc
from treue.features.errors import TreueError
from treue.features.mapping import map_columns, note_unused, suggestion
from treue.features.plain import NotPlainError, kind_of, plain_rows
from treue.features.report import Report, TablesError
from treue.features.schema import TABLES, Kind, TableSchema
from treue.features.sql import column_types, connection, quoted

log = logging.getLogger(__name__)

FEW_ROWS = 10_000
"""Up to so many rows a frame is cast at once where it can be; DuckDB is for many."""


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
        self.customer_columns: list[str] = []
        self._check_settings()

    def _check_settings(self) -> None:
        if self.time_zone and self.time_zone not in time_zones():
            hint = suggestion(self.time_zone, time_zones())
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
                    "error",
                    "customers",
                    name,
                    "cannot be an attribute, it has a meaning of its own",
                    "bring it a second time under another name",
                )
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

    def add_frame(self, frame: pa.Table, schema: TableSchema) -> None:
        """Cast a frame whose columns have Treue's names and stack it under its table."""
        if frame.num_rows <= FEW_ROWS and self._add_plain(frame, schema):
            return
        with connection() as con:
            con.register("source", frame)
            self.add(con, schema)

    def _add_plain(self, frame: pa.Table, schema: TableSchema) -> bool:
        """Stack a frame that needs no reading; return whether it was one."""
        brought, extras = frame.column_names, self._extras(schema)
        told_apart = len({name.lower() for name in brought if name.strip()}) == len(brought)
        required = {name for name, column in schema.columns.items() if column.required}
        if not told_apart or not required <= set(brought):
            return False
        kinds: dict[str, Kind] = {
            name: column.kind for name, column in schema.columns.items() if name in brought
        }
        kinds |= {
            name: kind_of(frame.schema.field(name).type) for name in extras if name in brought
        }
        try:
            cast, zoned = plain_rows(frame, kinds, time_zone=self.time_zone)
        except NotPlainError:
            return False
        chosen = {name: quoted(name) for name in kinds}
        note_unused(schema, {}, chosen, brought, extras, self.report)
        self._keep(schema, cast, zoned, brought)
        return True

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
        columns = map_columns(
            con,
            schema,
            mapping or {},
            extras=self._extras(schema),
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
        self._keep(schema, cast, zoned, column_types(con, "source"))

    def _extras(self, schema: TableSchema) -> tuple[str, ...]:
        """Return the columns that a table may have beside the schema's."""
        extras = () if schema.name != "customers" else (*self.attributes, *self.sensitive)
        return tuple(name for name in dict.fromkeys(extras) if name not in schema.columns)

    def _keep(
        self, schema: TableSchema, cast: pa.Table, zoned: Mapping[str, bool], brought: Iterable[str]
    ) -> None:
        if schema.name == "customers":
            self.customer_columns += brought
        self.parts.setdefault(schema.name, []).append(cast)
        self.zones |= {f"{schema.name}.{column}": zone for column, zone in zoned.items()}

    def finish(
        self, observed_until: datetime | date | str | None
    ) -> tuple[dict[str, pa.Table], datetime]:
        """Check all tables; return them and the end of observation.

        Raises
        ------
        TablesError
            With the whole report, if it holds an error.
        """
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
        until = self._end(observed_until) or latest_purchase(frames, report)
        if until:
            frames = drop_future(frames, until, report)
        frames = drop_empty(frames, report)
        check_customers(frames, report)
        check_since(frames, report)
        check_attributes(frames.get("customers"), self.attributes, report)
        if report.errors or until is None:
            raise TablesError(report)
        ordered = {name: frames[name] for name in TABLES if name in frames}
        for name, rows in ordered.items():
            log.info("%s: %d rows, %d columns", name, rows.num_rows, rows.num_columns)
        return ordered, until

    def _end(self, observed_until: datetime | date | str | None) -> datetime | None:
        if observed_until is None:
            return None
        try:
            return to_utc(observed_until)
        except TreueError as error:
            self.report.add("error", "data", "observed_until", str(error))
            return None

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
                    f"{suggestion(name, self.customer_columns)}",
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
    stacked = parts[0]
    if len(parts) > 1:
        stacked = pa.concat_tables(parts, promote_options="permissive")
    brought = stacked.column_names
    order = [name for name in schema.columns if name in brought]
    order += [name for name in brought if name not in schema.columns]
    if order != brought:
        stacked = stacked.select(order)
    whole = all(column.num_chunks == 1 for column in stacked.itercolumns())
    return stacked if whole else stacked.combine_chunks()

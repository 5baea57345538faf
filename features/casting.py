"""Casting a user's columns to Treue's types, in DuckDB, with every refusal explained."""

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from treue.features.dates import fitting_formats, text_to_time
from treue.features.equal_rows import EQUAL
from treue.features.report import Report
from treue.features.schema import Kind
from treue.features.sql import column_types, first_row, quoted

ARROW_TYPES: dict[Kind, pa.DataType] = {
    "id": pa.string(),
    "text": pa.string(),
    "category": pa.string(),
    "time": pa.timestamp("us"),
    "money": pa.float64(),
    "number": pa.float64(),
    "integer": pa.int64(),
    "flag": pa.bool_(),
}

MISSING = ("", "nan", "none", "null", "<na>", "nat", "n/a")
"""Texts, in small letters, that stand for nothing."""
TEXTS = ("id", "text", "category")
"""Kinds that are held as texts."""
_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"}
_INTEGERS |= {f"U{name}" for name in _INTEGERS}


PLACE = "place of row:"
"""Column of where a row stands; in a table that has a column called rowid it must be there."""


@dataclass(frozen=True)
class CastOptions:
    """How the texts of one source are written.

    Attributes
    ----------
    date_format
        strptime format of text dates; None: ISO 8601, or another one if it is beyond doubt.
    time_zone
        Zone of times that carry none, as ``"Europe/Berlin"``; None: UTC.
    decimal
        Decimal sign in texts that hold numbers.
    """

    date_format: str | None = None
    time_zone: str | None = None
    decimal: str = "."


def filled(column: str, sql_type: str) -> str:
    """Return SQL for the column's text with the usual spellings of nothing as null."""
    text = f"trim(CAST({quoted(column)} AS VARCHAR))"
    if sql_type == "VARCHAR" or sql_type.startswith("ENUM") or sql_type in {"DOUBLE", "FLOAT"}:
        return f"CASE WHEN lower({text}) NOT IN {MISSING} THEN {text} END"
    return text


def _given(column: str, sql_type: str) -> str:
    """Return SQL that is null where the column is empty; cheap for columns that are no texts."""
    if sql_type in {"DOUBLE", "FLOAT"}:
        return f"CASE WHEN NOT isnan({quoted(column)}) THEN 1 END"
    if sql_type == "VARCHAR" or sql_type.startswith("ENUM"):
        return filled(column, sql_type)
    return quoted(column)


def cast_columns(
    con: duckdb.DuckDBPyConnection,
    view: str,
    table: str,
    kinds: dict[str, Kind],
    *,
    id_column: str,
    options: CastOptions,
    report: Report,
) -> tuple[pa.Table, dict[str, bool]]:
    """Return ``view`` with the columns of ``kinds`` cast, and which time columns had a zone.

    A value that cannot be cast makes an error finding with up to three examples; it is null in the
    result, so that the other checks can go on. The column `EQUAL` passes as it is.
    """
    types = column_types(con, view)
    zoned: dict[str, bool] = {}
    expressions: dict[str, str] = {}
    for column, kind in kinds.items():
        sql, zone = _expression(con, view, table, column, kind, types[column], options, report)
        expressions[column] = sql
        if kind == "time":
            zoned[column] = zone
    select = "".join(f"{sql} AS {quoted(name)}, " for name, sql in expressions.items())
    place = quoted(PLACE) if PLACE in types else "rowid"
    query = f"SELECT {select}{quoted(EQUAL)}, {place} AS {quoted(PLACE)} FROM {view}"
    cast = _in_order(con.sql(query).to_arrow_table())
    checked = {name: kind for name, kind in kinds.items() if kind not in TEXTS}
    counts = ["count(*)", *(f"count({_given(name, types[name])})" for name in checked)]
    _, *present = first_row(con, f"SELECT {', '.join(counts)} FROM {view}")
    for (column, kind), n_present in zip(checked.items(), present, strict=True):
        n_bad = n_present - (cast.num_rows - cast[column].null_count)
        if n_bad > 0 and column not in report.refused(table):
            _report_bad(
                con,
                view,
                table,
                column,
                kind,
                types,
                expressions,
                n_bad,
                id_column,
                options,
                report,
            )
    target = pa.schema([(name, ARROW_TYPES[kind]) for name, kind in kinds.items()])
    target = target.append(pa.field(EQUAL, pa.uint64()))
    return cast.cast(target), zoned


def _in_order(rows: pa.Table) -> pa.Table:
    """Return rows in the order of `PLACE`: DuckDB's parallel export does not keep it.

    It exports long stretches of rows in turn; putting these in order copies nothing.
    """
    at = rows[PLACE].to_numpy()
    rows = rows.drop_columns([PLACE])
    starts = np.flatnonzero(np.diff(at, prepend=-2) != 1)
    ends = np.append(starts[1:], len(at))
    stretches = [
        rows.slice(starts[each], ends[each] - starts[each]) for each in np.argsort(at[starts])
    ]
    return pa.concat_tables([rows.slice(0, 0), *stretches])


def _expression(
    con: duckdb.DuckDBPyConnection,
    view: str,
    table: str,
    column: str,
    kind: Kind,
    sql_type: str,
    options: CastOptions,
    report: Report,
) -> tuple[str, bool]:
    """Return the SQL that casts a column, null where it cannot, and whether it had a time zone."""
    name = quoted(column)
    text = filled(column, sql_type)
    nothing = f"CAST(NULL AS {_SQL_TYPES[kind]})"
    if sql_type.strip('"') == "NULL":
        return nothing, False
    if "[" in sql_type or sql_type.startswith(("STRUCT", "MAP", "UNION", "BLOB")):
        report.add(
            "error",
            table,
            column,
            f"holds {sql_type.lower()} values, not one value a row",
            f"bring a column of {_NOUNS[kind]}",
        )
        return nothing, False
    if kind == "time":
        return _time(con, view, table, column, sql_type, text, options, report)
    if kind == "id":
        return _identifier(con, view, name, sql_type, text), False
    if kind in {"text", "category"}:
        plain = f"nullif(trim(CAST({name} AS VARCHAR)), '')"
        if kind == "category":  # a data frame makes booleans of True and TRUE
            lower = f"lower({plain})"
            plain = f"CASE WHEN {lower} IN ('true', 'false') THEN {lower} ELSE {plain} END"
        return plain, False
    if kind == "flag":
        number = f"TRY_CAST({text} AS DOUBLE)"  # a gap makes floats of a column of zeros and ones
        words = f"TRY_CAST({text} AS BOOLEAN)"
        return f"CASE {number} WHEN 1 THEN true WHEN 0 THEN false ELSE {words} END", False
    if sql_type == "BOOLEAN" or sql_type.startswith(("DATE", "TIME")):
        return nothing, False
    if options.decimal == "," and sql_type == "VARCHAR":
        text = f"replace(replace({text}, '.', ''), ',', '.')"
    number = f"TRY_CAST({text if sql_type == 'VARCHAR' else name} AS DOUBLE)"
    number = f"CASE WHEN isfinite({number}) THEN {number} END"
    if kind == "integer":
        return f"CASE WHEN {number} = floor({number}) THEN TRY_CAST({number} AS BIGINT) END", False
    return number, False


_SQL_TYPES: dict[Kind, str] = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "category": "VARCHAR",
    "time": "TIMESTAMP",
    "money": "DOUBLE",
    "number": "DOUBLE",
    "integer": "BIGINT",
    "flag": "BOOLEAN",
}

_NOUNS: dict[Kind, str] = {
    "id": "identifiers",
    "text": "texts",
    "category": "texts",
    "time": "dates or times",
    "money": "amounts of money",
    "number": "numbers",
    "integer": "whole numbers",
    "flag": "yes/no values",
}


def _identifier(
    con: duckdb.DuckDBPyConnection, view: str, name: str, sql_type: str, text: str
) -> str:
    """Return SQL for an id as text; 13085.0, which a gap in a whole column makes, is 13085."""
    if sql_type in {"DOUBLE", "FLOAT"} or sql_type.startswith("DECIMAL"):
        whole = f"CAST(TRY_CAST({name} AS HUGEINT) AS VARCHAR)"
        return f"CASE WHEN {text} IS NOT NULL THEN " + (
            f"CASE WHEN {name} = floor({name}) THEN {whole} ELSE {text} END END"
        )
    if sql_type == "VARCHAR":
        whole = f"bool_and(regexp_matches({text}, '^[0-9]+(\\.0+)?$'))"
        if (
            first_row(con, f"SELECT bool_or(ends_with({name}, '.0')) FROM {view}")[0]
            and (first_row(con, f"SELECT {whole} FROM {view}")[0])
        ):
            return f"regexp_replace({text}, '\\.0+$', '')"
    return text


def _time(
    con: duckdb.DuckDBPyConnection,
    view: str,
    table: str,
    column: str,
    sql_type: str,
    text: str,
    options: CastOptions,
    report: Report,
) -> tuple[str, bool]:
    name = quoted(column)
    if sql_type in {"TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS"}:
        return f"timezone('UTC', CAST({name} AS TIMESTAMP WITH TIME ZONE))", True
    if sql_type == "DATE" or sql_type.startswith("TIMESTAMP"):
        return naive_to_utc(f"CAST({name} AS TIMESTAMP)", options.time_zone), False
    if sql_type == "VARCHAR" or (sql_type in _INTEGERS and options.date_format):
        sql, zone = text_to_time(con, view, table, column, text, options.date_format, report)
        return (sql if zone else naive_to_utc(sql, options.time_zone)), zone
    return "CAST(NULL AS TIMESTAMP)", False


def naive_to_utc(sql: str, time_zone: str | None) -> str:
    """Return SQL for a time without zone, read in ``time_zone``, as UTC without zone."""
    return f"timezone('UTC', timezone('{time_zone}', {sql}))" if time_zone else sql


def _report_bad(
    con: duckdb.DuckDBPyConnection,
    view: str,
    table: str,
    column: str,
    kind: Kind,
    types: dict[str, str],
    expressions: dict[str, str],
    n_bad: int,
    id_column: str,
    options: CastOptions,
    report: Report,
) -> None:
    """Add the error for a column of which ``n_bad`` values are not of its kind."""
    text = filled(column, types[column])
    who = filled(id_column, types[id_column]) if id_column in types else "NULL"
    found = con.sql(
        f"SELECT {text}, {who} FROM {view} "
        f"WHERE {text} IS NOT NULL AND {expressions[column]} IS NULL LIMIT 100"
    ).fetchall()
    examples = ", ".join(f"'{value}'" for value in list(dict.fromkeys(v for v, _ in found))[:3])
    verb = "is not" if n_bad == 1 else "are not"
    noun = "value" if n_bad == 1 else "values"
    one = {"integer": "a whole number", "flag": "yes or no", "time": "a date or time"}
    what = (one.get(kind, "a number")) if n_bad == 1 else _NOUNS[kind]
    message = f"{n_bad} {noun} {verb} {what}: {examples}"
    remedy = _REMEDIES.get(kind, _CORRECT)
    if kind in ("money", "number") and options.decimal == ",":
        remedy = _CORRECT
    if kind == "time" and options.date_format:
        verb = "does not fit" if n_bad == 1 else "do not fit"
        message = f'date_format = "{options.date_format}" is set, {n_bad} {noun} {verb}: {examples}'
        remedy = _other_format(fitting_formats(con, view, text))
    report.add(
        "error",
        table,
        column,
        message,
        remedy,
        rows=n_bad,
        ids=[None if customer is None else str(customer) for _, customer in found],
    )


def _other_format(formats: list[str]) -> str:
    """Return how to mend a date_format, given those that fit every value of the column."""
    if not formats:
        return "correct them, or write another date_format"
    if formats == ["ISO 8601"]:
        return "all values are ISO 8601: take date_format out"
    return "all values fit " + " or ".join(f'date_format = "{fits}"' for fits in formats)


_CORRECT = "correct them or map another column"
_REMEDIES: dict[Kind, str] = {
    "money": 'correct them, map another column, or give decimal = "," where the comma is decimal',
    "number": 'correct them, map another column, or give decimal = "," where the comma is decimal',
    "flag": "write true or false (yes/no and 1/0 are understood as well)",
    "time": 'correct them, or give date_format = "..." as for strptime (for example "%d.%m.%Y")',
}

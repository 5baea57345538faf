"""From a user's columns to Treue's names: which column is which, and what is missing."""

import difflib
import re
from collections.abc import Mapping, Sequence

import duckdb

from treue.features.casting import PLACE
from treue.features.equal_rows import EQUAL
from treue.features.report import Report
from treue.features.schema import Column, TableSchema
from treue.features.sql import column_types, first_line, quoted

_ID_LIKE = re.compile(r"(?i:(^|[_ ])id)$|[a-z]I[dD]$")  # PurchaseId, order_id; not paid
_DATE_LIKE = r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}"


def nearest(name: str, candidates: Sequence[str], *, cutoff: float = 0.8) -> str | None:
    """Return the candidate that is spelt most like ``name``, or None if none is like it."""

    def plain(text: str) -> str:
        return "".join(letter for letter in text.casefold() if letter.isalnum())

    by_plain = {plain(candidate): candidate for candidate in reversed(candidates)}
    close = difflib.get_close_matches(plain(name), by_plain, n=1, cutoff=cutoff)
    return by_plain[close[0]] if close else None


def suggestion(name: str, candidates: Sequence[str]) -> str:
    """Return `` (did you mean 'x'?)`` or an empty text."""
    close = nearest(name, candidates)
    return f" (did you mean '{close}'?)" if close else ""


def map_columns(
    con: duckdb.DuckDBPyConnection,
    schema: TableSchema,
    mapping: Mapping[str, str | Mapping[str, str]],
    *,
    extras: Sequence[str],
    where: str | None,
    returns: str | None,
    report: Report,
) -> list[str]:
    """Make the temporary table ``mapped`` out of the view ``source``; return its columns.

    ``mapped`` has the columns of the schema (and ``extras``) that the source brings, still of the
    source's types, and `EQUAL`, a hash of the whole source row and what was made of it: two rows
    with the same hash are the same row twice.

    Parameters
    ----------
    mapping
        Treue's name -> the source's name, or ``{"sql": expression}``. Columns of the same name
        need no entry.
    extras
        Attributes and sensitive columns (customers only).
    where, returns
        SQL conditions: which rows to keep; which rows are returns.
    """
    table = schema.name
    brought = list(column_types(con, "source"))
    known = [*schema.columns, *extras]
    expressions: dict[str, str] = {}
    for name in known:
        if name in brought and name not in mapping:
            expressions[name] = quoted(name)
    for name, origin in mapping.items():
        if name not in known:
            remedy = "name it in data.attributes or data.sensitive" if table == "customers" else ""
            hint = suggestion(name, known)
            report.add(
                "error", table, name, f"is not a column of {table}{hint}",
                remedy or f"{table} has {', '.join(schema.columns)}",
            )  # fmt: skip
        elif isinstance(origin, str):
            if origin in brought:
                expressions[name] = quoted(origin)
            else:
                _missing(con, report, schema, name, f"no column '{origin}'", origin, brought)
        elif _binds(con, origin["sql"], table, name, "the expression", report):
            expressions[name] = f"({origin['sql']})"
    if returns and _binds(con, returns, table, "is_return", "the condition returns", report):
        expressions["is_return"] = f"coalesce({returns}, false)"
    _check_required(con, schema, mapping, expressions, brought, report)
    note_unused(schema, mapping, expressions, brought, extras, report)
    condition = ""
    if where and _binds(con, where, table, None, "the condition where", report):
        condition = f"WHERE {where}"
    select = "".join(f"{sql} AS {quoted(name)}, " for name, sql in expressions.items())
    values = "".join(f", {sql}" for sql in expressions.values())
    if "rowid" in map(str.lower, expressions):  # hides DuckDB's own
        select += f"row_number() OVER () AS {quoted(PLACE)}, "
    every = quoted("every column")
    equal = f"hash({every}{values}) AS {quoted(EQUAL)}"
    rows = f"SELECT {select}{equal} FROM source AS {every} {condition}"
    try:
        con.execute(f"CREATE OR REPLACE TEMP TABLE mapped AS {rows}")
    except duckdb.Error as error:  # what binds may still fail on a row
        message = f"the rows cannot be read: {first_line(error)}"
        remedy = "check the file, and the SQL of columns, where and returns"
        report.add("error", table, None, message, remedy)
        nothing = f"SELECT 0::UBIGINT AS {quoted(EQUAL)} LIMIT 0"
        con.execute(f"CREATE OR REPLACE TEMP TABLE mapped AS {nothing}")
        return []
    return list(expressions)


def _binds(
    con: duckdb.DuckDBPyConnection,
    sql: str,
    table: str,
    column: str | None,
    what: str,
    report: Report,
) -> bool:
    """Return whether ``sql`` can be computed from the source; add an error if not."""
    try:
        con.sql(f"SELECT {sql} FROM source LIMIT 0")
    except duckdb.Error as error:
        message = f"{what} '{sql}' fails: {first_line(error)}"
        report.add("error", table, column, message, "correct the SQL")
        return False
    return True


def _check_required(
    con: duckdb.DuckDBPyConnection,
    schema: TableSchema,
    mapping: Mapping[str, object],
    expressions: Mapping[str, str],
    brought: Sequence[str],
    report: Report,
) -> None:
    for name, column in schema.columns.items():
        if column.required and name not in expressions and name not in mapping:
            _missing(con, report, schema, name, "this column is missing", name, brought)


_HINTS = {
    "id": ("customer", "client", "account", "user", "kund"),
    "time": ("date", "time", "datum", "zeit"),
    "money": ("amount", "total", "sales", "value", "betrag", "umsatz", "price", "preis"),
}


def _by_meaning(kind: str, brought: Sequence[str]) -> str | None:
    """Return the first column whose name speaks of such a thing, in English or German."""
    words = _HINTS.get(kind, ())
    return next((n for word in words for n in brought if word in n.casefold()), None)


def _meant(
    con: duckdb.DuckDBPyConnection, column: Column, wanted: str, brought: Sequence[str]
) -> str | None:
    """Return the column of the source that is probably meant: a time holds dates, never ids."""
    if wanted != column.name and (typed := nearest(wanted, brought)):
        return typed
    if column.kind == "id":
        return nearest(column.name, brought) or _by_meaning("id", brought)
    able = [name for name in brought if not _ID_LIKE.search(name)]
    if column.kind != "time":
        return nearest(column.name, able) or _by_meaning(column.kind, able)
    dates = [name for name in able if _holds_dates(con, name)]
    if len(dates) == 1:
        return dates[0]
    return nearest(column.name, dates or able, cutoff=0.7) or _by_meaning("time", dates or able)


def _holds_dates(con: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Return whether a column of the source has dates, or texts of which the first looks so."""
    sql_type = column_types(con, "source")[name]
    if sql_type != "VARCHAR":
        return sql_type == "DATE" or sql_type.startswith("TIMESTAMP")
    looks = f"regexp_matches(trim({quoted(name)}), '{_DATE_LIKE}')"
    first = f"SELECT {looks} FROM source WHERE {quoted(name)} <> '' LIMIT 1"
    return con.sql(first).fetchall() == [(True,)]


def _missing(
    con: duckdb.DuckDBPyConnection,
    report: Report,
    schema: TableSchema,
    name: str,
    message: str,
    wanted: str,
    brought: Sequence[str],
) -> None:
    listed = ", ".join(f"'{column}'" for column in brought[:12])
    more = f" and {len(brought) - 12} more" if len(brought) > 12 else ""
    column = schema.columns.get(name)
    close = _meant(con, column, wanted, brought) if column else nearest(wanted, brought)
    example = close or "your column"
    hint = f" (did you mean '{close}'?)" if close else ""
    report.add(
        "error",
        schema.name,
        name,
        f"{message} among {listed}{more}{hint}",
        f'map it with columns = {{{name} = "{example}"}} in treue.toml, or rename it in the frame',
    )


def note_unused(
    schema: TableSchema,
    mapping: Mapping[str, object],
    expressions: Mapping[str, str],
    brought: Sequence[str],
    extras: Sequence[str],
    report: Report,
) -> None:
    """Note columns that are not read, where the user probably meant them to be."""
    used = " ".join([*map(str, mapping.values()), *expressions.values()])
    unused = [name for name in brought if name not in used]
    if schema.name == "customers" and unused:
        report.add(
            "note",
            "customers",
            None,
            f"not used: {', '.join(unused)}",
            "name columns that describe a customer in data.attributes, personal ones in "
            "data.sensitive",
        )
    optional = [name for name, column in schema.columns.items() if not column.required]
    optional = [name for name in optional if name not in expressions]
    for name in unused:
        hint = suggestion(name, optional)
        if hint and name not in (*extras, *schema.columns):
            report.add("note", schema.name, name, f"not used{hint}", "rename or map it")

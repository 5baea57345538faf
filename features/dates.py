"""Dates and times: moments as UTC, and texts in ISO 8601, a stated format or one beyond doubt."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from treue.features.errors import TreueError
from treue.features.sql import first_row, literal

if TYPE_CHECKING:
    import duckdb

    from treue.features.report import Report

_ISO = (
    r"^\d{4}[-/]\d{1,2}[-/]\d{1,2}"
    r"([ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?(Z|UTC|[+-]\d{2}(:?\d{2})?))?)?$"
)
_ZONE = r":\d{2}(\.\d+)? ?(Z|UTC|[+-]\d{2}(:?\d{2})?)$"
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_GUESSES = ("%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%m-%d-%Y", "%d-%m-%Y")


def to_utc(moment: datetime | date | str) -> datetime:
    """Return a moment as UTC without zone; a date is the start of that day, no zone means UTC.

    Parameters
    ----------
    moment
        Texts in ISO 8601.

    Examples
    --------
    >>> to_utc("2024-07-01T00:00+02:00")
    datetime.datetime(2024, 6, 30, 22, 0)
    """
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


def time_zones() -> list[str]:
    """Return the names of all time zones."""
    return sorted(available_timezones())


def text_to_time(
    con: duckdb.DuckDBPyConnection,
    view: str,
    table: str,
    column: str,
    text: str,
    date_format: str | None,
    report: Report,
) -> tuple[str, bool]:
    """Return SQL that reads ``text`` as a TIMESTAMP, null where it cannot, and if it had a zone.

    Texts that it cannot read are for the caller to report.

    Without ``date_format`` a column is read as ISO 8601; a column without any ISO date is read in
    another usual format (``31.12.2024``, ``12/31/2024``) if exactly one reads all of it, and a
    warning says which. Where two orders of day and month are possible, the column is refused.
    """
    if date_format:
        return _stated(con, table, column, text, date_format, report)
    iso = _iso(text)
    n, n_iso, n_zoned = _counts(
        con, view, [f"count({text})", f"count({iso})", f"count(*) FILTER ({_matches(text, _ZONE)})"]
    )
    if 0 < n_zoned < n and n_iso == n:
        report.add(
            "error",
            table,
            column,
            f"mixes {n_zoned} times with a time zone and {n - n_zoned} without",
            "write all of them with a zone, or all without",
            rows=n,
        )
    if n_iso > 0 or n == 0:
        return iso, n_zoned > 0
    readings = {guess: _strptime(text, guess) for guess in _GUESSES}
    counts = _counts(con, view, [f"count({sql})" for sql in readings.values()])
    complete = [guess for guess, count in zip(readings, counts, strict=True) if count == n]
    if len(complete) == 1:
        (guess,) = complete
        report.add(
            "warning",
            table,
            column,
            f"{n} texts read as dates of the form {guess}, the only one that fits them all",
            f'say so with date_format = "{guess}"',
            rows=n,
        )
        return readings[guess], False
    if complete:
        (example,) = first_row(con, f"SELECT min({text}) FROM {view}")
        report.add(
            "error",
            table,
            column,
            f"dates such as '{example}' can be read day first or month first",
            "say which with " + " or ".join(f'date_format = "{guess}"' for guess in complete),
            rows=n,
        )
        return "CAST(NULL AS TIMESTAMP)", False
    best = max(zip(counts, readings, strict=True))[1]
    return (readings[best] if max(counts) else iso), False


def fitting_formats(con: duckdb.DuckDBPyConnection, view: str, text: str) -> list[str]:
    """Return the usual formats of which each reads every value of ``text``.

    ``["ISO 8601"]`` where all are written so; empty where no usual format fits.
    """
    formats = [f"{date}{time}" for date in _GUESSES for time in _TIMES]
    readings = [f"try_strptime({text}, {literal(one)})" for one in formats]
    read = [f"count(*) FILTER (year({sql}) >= 1000)" for sql in readings]
    n, n_iso, *counts = _counts(con, view, [f"count({text})", f"count({_iso(text)})", *read])
    if n_iso == n:
        return ["ISO 8601"]
    return [one for one, count in zip(formats, counts, strict=True) if count == n]


def _stated(
    con: duckdb.DuckDBPyConnection,
    table: str,
    column: str,
    text: str,
    date_format: str,
    report: Report,
) -> tuple[str, bool]:
    import duckdb

    try:
        first_row(con, f"SELECT try_strptime('x', {literal(date_format)})")
    except duckdb.Error as error:
        report.add(
            "error",
            table,
            column,
            f"date_format '{date_format}' is not understood ({str(error).splitlines()[0]})",
            "write it as for strptime, for example %d.%m.%Y %H:%M",
        )
        return "CAST(NULL AS TIMESTAMP)", False
    parsed = f"try_strptime({text}, {literal(date_format)})"
    if "%z" in date_format:
        return f"timezone('UTC', {parsed})", True
    return f"CAST({parsed} AS TIMESTAMP)", False


def _iso(text: str) -> str:
    # DuckDB before 2.0 wants seconds, and a colon in the zone
    full = rf"regexp_replace({text}, '([ T]\d+:\d+)( ?[ZU+-])', '\1:00\2')"
    full = rf"regexp_replace({full}, '([+-]\d\d)(\d\d)$', '\1:\2')"
    zoned = f"timezone('UTC', TRY_CAST({full} AS TIMESTAMPTZ))"
    plain = f"TRY_CAST({text} AS TIMESTAMP)"
    zone = _matches(text, _ZONE)
    return f"CASE WHEN {zone} THEN {zoned} WHEN {_matches(text, _ISO)} THEN {plain} END"


def _matches(text: str, pattern: str) -> str:
    return f"regexp_matches({text}, '{pattern}')"


def _strptime(text: str, date: str) -> str:
    formats = ", ".join(f"'{date}{time}'" for time in _TIMES)
    parsed = f"try_strptime({text}, [{formats}])"
    return f"CASE WHEN year({parsed}) >= 1000 THEN {parsed} END"  # '20' is not the year 20


def _counts(con: duckdb.DuckDBPyConnection, view: str, aggregates: list[str]) -> list[int]:
    return list(first_row(con, f"SELECT {', '.join(aggregates)} FROM {view}"))

"""Checks on times: absurd years, times that run backwards, values without the time they need."""

from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from treue.features.judge import Judge, missing, values_of

_FIRST_YEAR, _LAST_YEAR = 1970, 2100
_FIRST_YEAR_OF_SINCE = 1900  # a firm may have been a customer for long
_FEW = 5

Moments = npt.NDArray[np.datetime64]


def check_years(rows: pa.Table, column: str, judge: Judge) -> None:
    """Refuse years that no company has on record: they stand for something else."""
    first = _FIRST_YEAR_OF_SINCE if column == "since" else _FIRST_YEAR
    moments = values_of(rows, column)
    outside = moments < np.datetime64(datetime(first, 1, 1))
    outside |= moments >= np.datetime64(datetime(_LAST_YEAR + 1, 1, 1))
    expression = f"nullif({column}, TIMESTAMP '9999-12-31')"
    remedy = (
        "correct them; a date that stands for 'never' or 'unknown' can be emptied: "
        f'{{sql = "{expression}"}}'
    )
    judge.refuse(rows, outside, column, f"before {first} or after {_LAST_YEAR}", remedy)


def check_order(
    rows: pa.Table, earlier: str, later: str, *, time_zone: str | None, judge: Judge
) -> pa.Table:
    """Return the rows in which ``later`` does not lie before ``earlier``.

    A bare day in ``later``, on the day of ``earlier``, is the same moment: it is moved there. Where
    most rows run backwards the columns are swapped, and the table is refused.
    """
    start, end = values_of(rows, earlier), values_of(rows, later)
    backwards = end < start
    if not backwards.any():
        return rows
    same_day = backwards & (_days(rows[earlier], time_zone) == _local(rows[later], time_zone))
    moved = pa.array(np.where(same_day, start, end), rows[later].type)
    rows = rows.set_column(rows.column_names.index(later), later, moved)
    backwards &= ~same_day
    count = int(np.count_nonzero(backwards))
    both = int(np.count_nonzero(~np.isnat(start) & ~np.isnat(end)))
    if count > _FEW and count > both / 2:
        judge.report.add(
            "error",
            judge.schema.name,
            later,
            f"{count:,} of {both:,} rows before {earlier}",
            "the two columns are probably swapped, or one of them is another date",
            rows=count,
            ids=judge.customers(rows.filter(pa.array(backwards))),
        )
        return rows
    remedy = "correct them or map another column in treue.toml"
    return judge.set_aside(rows, backwards, later, f"before {earlier}", remedy)


def check_known_with(rows: pa.Table, judge: Judge) -> None:
    """Say where the time at which a value becomes known is missing: in a row, or altogether."""
    schema, brought = judge.schema, set(rows.column_names)
    for column in schema.columns.values():
        clock = column.known_with
        if clock is None or clock == column.name or column.name not in brought:
            continue
        if clock not in brought:
            message = f"without {clock}, taken as known from {schema.event_time}"
            remedy = f"bring {clock}: a value known too early makes a model look too good"
            judge.warn(rows, ~missing(rows, column.name), column.name, message, remedy)
            continue
        never = missing(rows, clock) & ~missing(rows, column.name)
        if column.name == "outcome" and never.any():  # an open negotiation has no decision
            never &= np.asarray(pc.not_equal(rows["outcome"], "open").fill_null(True).to_numpy())
        message = f"with a value but no {clock}, never taken as known"
        judge.warn(rows, never, column.name, message, f"fill in {clock}")


def check_recorded(rows: pa.Table, *, time_zone: str | None, judge: Judge) -> None:
    """Warn of rows recorded before their event, except where events are planned."""
    schema = judge.schema
    if schema.planned or not {"recorded_at", schema.event_time} <= set(rows.column_names):
        return
    early = values_of(rows, "recorded_at") < values_of(rows, schema.event_time)
    if early.any():  # on the same day the hours may be those of data entry
        day = _days(rows[schema.event_time], time_zone)
        early &= _local(rows["recorded_at"], time_zone) < day
    message = f"before {schema.event_time}, counted from {schema.event_time}"
    remedy = "correct them or map another column in treue.toml"
    judge.warn(rows, early, "recorded_at", message, remedy)


def _days(times: pa.ChunkedArray, time_zone: str | None) -> Moments:
    """Return the beginnings of days (n,) by the wall clock."""
    return _local(times, time_zone).astype("datetime64[D]").astype("datetime64[us]")


def _local(times: pa.ChunkedArray, time_zone: str | None) -> Moments:
    """Return UTC times (n,) as wall clock times of the zone."""
    if time_zone is None:
        return np.asarray(times.to_numpy())
    aware = times.cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us", time_zone))
    return np.asarray(pc.local_timestamp(aware).to_numpy())

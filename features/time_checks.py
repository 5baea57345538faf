"""Checks on times: absurd years, times that run backwards, values without the time they need."""

from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from treue.features.judge import Judge

_FIRST_YEAR, _LAST_YEAR = 1970, 2100
_FIRST_YEAR_OF_SINCE = 1900  # a firm may have been a customer for long
_FEW = 5


def check_years(rows: pa.Table, column: str, judge: Judge) -> None:
    """Refuse years that no company has on record: they stand for something else."""
    first = _FIRST_YEAR_OF_SINCE if column == "since" else _FIRST_YEAR
    early = pc.less(rows[column], pa.scalar(datetime(first, 1, 1)))
    late = pc.greater_equal(rows[column], pa.scalar(datetime(_LAST_YEAR + 1, 1, 1)))
    expression = f"nullif({column}, TIMESTAMP '9999-12-31')"
    remedy = (
        "correct them; a date that stands for 'never' or 'unknown' can be emptied: "
        f'{{sql = "{expression}"}}'
    )
    message = f"before {first} or after {_LAST_YEAR}"
    judge.refuse(rows, pc.or_(early, late), column, message, remedy)


def check_order(
    rows: pa.Table, earlier: str, later: str, *, time_zone: str | None, judge: Judge
) -> pa.Table:
    """Return the rows in which ``later`` does not lie before ``earlier``.

    A bare day in ``later``, on the day of ``earlier``, is the same moment: it is moved there. Where
    most rows run backwards the columns are swapped, and the table is refused.
    """
    if not {earlier, later} <= set(rows.column_names):
        return rows
    start, end = rows[earlier], rows[later]
    backwards = pc.fill_null(pc.less(end, start), False)
    day_of_start = pc.floor_temporal(_local(start, time_zone), unit="day")
    same_day = pc.and_(backwards, pc.equal(day_of_start, _local(end, time_zone)))
    same_day = pc.fill_null(same_day, False)
    moved = pc.if_else(same_day, start, end)
    rows = rows.set_column(rows.column_names.index(later), later, moved)
    backwards = pc.and_(backwards, pc.invert(same_day))
    count = pc.sum(backwards).as_py() or 0
    both = pc.sum(pc.and_(pc.is_valid(start), pc.is_valid(end))).as_py() or 0
    if count > _FEW and count > both / 2:
        judge.report.add(
            "error",
            judge.schema.name,
            later,
            f"{count:,} of {both:,} rows before {earlier}",
            "the two columns are probably swapped, or one of them is another date",
            rows=count,
            ids=judge.customers(rows.filter(backwards)),
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
        value = pc.is_valid(rows[column.name])
        if clock not in brought:
            message = f"without {clock}, taken as known from {schema.event_time}"
            remedy = f"bring {clock}: a value known too early makes a model look too good"
            judge.warn(rows, value, column.name, message, remedy)
            continue
        if column.name == "outcome":  # an open negotiation has no decision
            value = pc.and_(value, pc.not_equal(rows["outcome"], "open"))
        never = pc.and_(value, pc.is_null(rows[clock]))
        message = f"with a value but no {clock}, never taken as known"
        judge.warn(rows, never, column.name, message, f"fill in {clock}")


def check_recorded(rows: pa.Table, *, time_zone: str | None, judge: Judge) -> None:
    """Warn of rows recorded before their event, except where events are planned."""
    schema = judge.schema
    if schema.planned or not {"recorded_at", schema.event_time} <= set(rows.column_names):
        return
    day = pc.floor_temporal(_local(rows[schema.event_time], time_zone), unit="day")
    early = pc.less(_local(rows["recorded_at"], time_zone), day)
    message = f"before {schema.event_time}, counted from {schema.event_time}"
    remedy = "correct them or map another column in treue.toml"
    judge.warn(rows, early, "recorded_at", message, remedy)


def _local(times: pa.ChunkedArray, time_zone: str | None) -> pa.ChunkedArray:
    """Return UTC times as wall clock times of the zone."""
    if time_zone is None:
        return times
    aware = times.cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us", time_zone))
    return pc.local_timestamp(aware)

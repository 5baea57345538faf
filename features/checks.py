"""Checks on the rows of one table: what is refused, what is set aside, what is only said.

A column that is broken as a whole is refused; a few bad rows are set aside with the reason.
"""

from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from treue.features.report import Report
from treue.features.schema import Column, TableSchema

_FIRST_YEAR, _FIRST_SINCE, _LAST_YEAR = 1970, 1900, 2100


def check_rows(
    rows: pa.Table, schema: TableSchema, *, time_zone: str | None, report: Report
) -> pa.Table:
    """Return the rows of one table that can be used, with returns marked and turned negative.

    Parameters
    ----------
    rows
        Cast rows, with ``__row`` (equal for equal source rows); the result has no ``__row``.
    time_zone
        Where the company's days begin; None: UTC.
    """
    rows = drop_repeated(rows, schema, report)
    for name in schema.keys:
        if name in rows.column_names:
            rows = _set_aside(
                rows,
                pc.is_null(rows[name]),
                schema,
                name,
                "without a value",
                "fill it in at the source if these rows matter",
                report,
            )
    for column in schema.columns.values():
        if column.name in rows.column_names:
            _check_values(rows, schema, column, report)
    if schema.name == "purchases":
        rows = _mark_returns(rows, schema, report)
    for earlier, later in schema.orders:
        rows = _check_order(rows, schema, earlier, later, time_zone, report)
    _check_known_with(rows, schema, report)
    _check_recorded(rows, schema, time_zone, report)
    return _check_natural_key(rows, schema, report)


def drop_repeated(rows: pa.Table, schema: TableSchema, report: Report) -> pa.Table:
    """Return the rows without exact repetitions of the same source row (the first one stays)."""
    numbered = pa.table({"row": rows["__row"], "at": pa.array(range(rows.num_rows), pa.int64())})
    first = numbered.group_by("row").aggregate([("at", "min")])["at_min"]
    bare = rows.drop_columns(["__row"])
    n_repeated = rows.num_rows - len(first)
    if n_repeated == 0:
        return bare
    stays = pc.is_in(numbered["at"], value_set=first.combine_chunks())
    return _set_aside(
        bare,
        pc.invert(stays),
        schema,
        None,
        "equal to another row in every column, counted once",
        "if they are meant, bring the column that tells them apart (a line number)",
        report,
    )


def customers_of(rows: pa.Table, schema: TableSchema) -> list[str | None]:
    """Return the customers of the first rows, for a message."""
    if schema.customer not in rows.column_names:
        return []
    return rows[schema.customer].slice(0, 1000).to_pylist()


def n_rows(count: int) -> str:
    """Return ``1 row`` or ``1,234 rows``."""
    return "1 row" if count == 1 else f"{count:,} rows"


def _set_aside(
    rows: pa.Table,
    mask: pa.ChunkedArray,
    schema: TableSchema,
    column: str | None,
    message: str,
    remedy: str,
    report: Report,
) -> pa.Table:
    """Return the rows outside ``mask``; those inside are reported and kept in the report."""
    mask = pc.fill_null(mask, False)
    bad = rows.filter(mask)
    if bad.num_rows == 0:
        return rows
    report.add(
        "warning",
        schema.name,
        column,
        f"{n_rows(bad.num_rows)} {message}, set aside",
        remedy,
        rows=bad.num_rows,
        ids=customers_of(bad, schema),
    )
    report.put_aside(schema.name, bad, f"{column}: {message}" if column else message)
    return rows.filter(pc.invert(mask))


def _say(
    rows: pa.Table,
    mask: pa.ChunkedArray,
    schema: TableSchema,
    column: str | None,
    message: str,
    remedy: str,
    report: Report,
) -> int:
    """Warn of the rows in ``mask``, which are kept; return how many there are."""
    bad = rows.filter(pc.fill_null(mask, False))
    if bad.num_rows:
        report.add(
            "warning",
            schema.name,
            column,
            f"{n_rows(bad.num_rows)} {message}",
            remedy,
            rows=bad.num_rows,
            ids=customers_of(bad, schema),
        )
    return bad.num_rows


def _check_values(rows: pa.Table, schema: TableSchema, column: Column, report: Report) -> None:
    values = rows[column.name]
    if column.kind == "time":
        _check_years(rows, schema, column.name, report)
    if column.allowed:
        wrong = pc.and_(pc.is_valid(values), pc.invert(pc.is_in(values, pa.array(column.allowed))))
        _refuse(
            rows,
            wrong,
            schema,
            column.name,
            f"other than {', '.join(column.allowed)}",
            "translate them, for example with {sql = "
            f"\"CASE {column.name} WHEN '...' THEN '{column.allowed[0]}' END\"}}",
            report,
        )
    outside = _outside(values, column)
    if outside is None:
        return
    if column.kind == "money":
        _say(
            rows,
            outside,
            schema,
            column.name,
            "below zero, kept as they are",
            "correct them if they are no credit notes",
            report,
        )
        return
    limits = f"{column.low:g} to {column.high:g}" if column.high is not None else "0 or more"
    _refuse(
        rows,
        outside,
        schema,
        column.name,
        f"outside {limits}",
        "bring it on that scale with {sql = ...}",
        report,
    )


def _outside(values: pa.ChunkedArray, column: Column) -> pa.ChunkedArray | None:
    if column.low is None:
        return None
    outside = pc.less(values, column.low)
    if column.high is not None:
        outside = pc.or_(outside, pc.greater(values, column.high))
    return outside


def _refuse(
    rows: pa.Table,
    mask: pa.ChunkedArray,
    schema: TableSchema,
    column: str,
    message: str,
    remedy: str,
    report: Report,
) -> None:
    bad = rows.filter(pc.fill_null(mask, False))
    if bad.num_rows == 0:
        return
    examples = bad[column].unique().slice(0, 3).to_pylist()
    shown = ", ".join(f"'{value}'" if isinstance(value, str) else str(value) for value in examples)
    report.add(
        "error",
        schema.name,
        column,
        f"{n_rows(bad.num_rows)} {message}: {shown}",
        remedy,
        rows=bad.num_rows,
        ids=customers_of(bad, schema),
    )


def _check_years(rows: pa.Table, schema: TableSchema, column: str, report: Report) -> None:
    first = _FIRST_SINCE if column == "since" else _FIRST_YEAR
    low, high = pa.scalar(datetime(first, 1, 1)), pa.scalar(datetime(_LAST_YEAR + 1, 1, 1))
    values = rows[column]
    absurd = pc.or_(pc.less(values, low), pc.greater_equal(values, high))
    _refuse(
        rows,
        absurd,
        schema,
        column,
        f"before {first} or after {_LAST_YEAR}",
        "where such a date stands for 'unknown' or 'never', make it empty: "
        f"{{sql = \"nullif({column}, TIMESTAMP '9999-12-31')\"}}",
        report,
    )


def _mark_returns(rows: pa.Table, schema: TableSchema, report: Report) -> pa.Table:
    """Return purchases with ``is_return`` filled, and the amounts of returns below zero."""
    if "amount" not in rows.column_names:
        return rows
    amount = rows["amount"]
    given = "is_return" in rows.column_names
    empty = pa.chunked_array([pa.nulls(rows.num_rows, pa.bool_())])
    is_return = rows["is_return"] if given else empty
    taken = pc.fill_null(pc.and_(pc.is_null(is_return), pc.less(amount, 0)), False)
    _say(
        rows,
        taken,
        schema,
        "amount",
        "below zero, taken as returns",
        "say which rows are returns with returns = \"...\" or a column is_return",
        report,
    )  # fmt: skip
    is_return = pc.fill_null(pc.or_(taken, pc.fill_null(is_return, False)), False)
    turned = pc.fill_null(pc.and_(is_return, pc.greater(amount, 0)), False)
    if _say(
        rows,
        turned,
        schema,
        "amount",
        "above zero although returns, sign turned",
        "write the amounts of returns below zero",
        report,
    ):
        for name in ("amount", "margin", "list_amount", "quantity"):
            if name in rows.column_names:
                value = rows[name]
                below = pc.negate(pc.abs(value)) if name != "margin" else pc.negate(value)
                rows = rows.set_column(
                    rows.column_names.index(name), name, pc.if_else(turned, below, value)
                )
    negative = pc.and_(pc.invert(is_return), pc.less(amount, 0))
    _say(
        rows, negative, schema, "amount", "below zero although not returns, kept",
        "check the sign or the condition for returns", report,
    )  # fmt: skip
    _say(
        rows,
        pc.equal(amount, 0),
        schema,
        "amount",
        "of zero, kept as purchases",
        'leave them out with where = "..." if nothing was bought',
        report,
    )
    _say(rows, pc.is_null(amount), schema, "amount", "without a value, kept", "fill it in", report)
    if given:
        return rows.set_column(rows.column_names.index("is_return"), "is_return", is_return)
    return rows.append_column("is_return", is_return)


def _check_order(
    rows: pa.Table,
    schema: TableSchema,
    earlier: str,
    later: str,
    time_zone: str | None,
    report: Report,
) -> pa.Table:
    """Return the rows in which ``later`` does not lie before ``earlier``.

    A ``later`` that is a bare day, on the day of ``earlier``, is the same moment: it is moved.
    """
    if not {earlier, later} <= set(rows.column_names):
        return rows
    start, end = rows[earlier], rows[later]
    backwards = pc.fill_null(pc.less(end, start), False)
    n_backwards = pc.sum(backwards).as_py() or 0
    if n_backwards == 0:
        return rows
    local_start, local_end = _local(start, time_zone), _local(end, time_zone)
    same_day = pc.and_(backwards, pc.equal(pc.floor_temporal(local_start, unit="day"), local_end))
    rows = rows.set_column(rows.column_names.index(later), later, pc.if_else(same_day, start, end))
    backwards = pc.and_(backwards, pc.invert(same_day))
    n_both = pc.sum(pc.and_(pc.is_valid(start), pc.is_valid(end))).as_py()
    n_backwards = pc.sum(backwards).as_py()
    if n_backwards > 5 and n_backwards > n_both / 2:
        bad = rows.filter(backwards)
        report.add(
            "error",
            schema.name,
            later,
            f"{n_backwards:,} of {n_both:,} rows before {earlier}",
            "the two columns are probably swapped, or one of them is another date",
            rows=n_backwards,
            ids=customers_of(bad, schema),
        )
        return rows
    return _set_aside(
        rows,
        backwards,
        schema,
        later,
        f"before {earlier}",
        "correct them or map another column in treue.toml",
        report,
    )


def _local(times: pa.ChunkedArray, time_zone: str | None) -> pa.ChunkedArray:
    """Return UTC times as wall clock times of the zone."""
    if time_zone is None:
        return times
    return pc.local_timestamp(times.cast(pa.timestamp("us", "UTC")).cast(
        pa.timestamp("us", time_zone)))  # fmt: skip


def _check_known_with(rows: pa.Table, schema: TableSchema, report: Report) -> None:
    """Say where the time at which a value becomes known is missing: in a row, or altogether."""
    for column in schema.columns.values():
        clock = column.known_with
        if clock is None or clock == column.name or column.name not in rows.column_names:
            continue
        value = rows[column.name]
        if clock not in rows.column_names:
            _say(
                rows,
                pc.is_valid(value),
                schema,
                column.name,
                f"without {clock}, taken as known from {schema.event_time}",
                f"bring {clock}: a value known later than it seems makes a model look too good",
                report,
            )
            continue
        undecided = value if column.name != "outcome" else pc.if_else(
            pc.equal(value, "open"), None, value
        )  # fmt: skip
        _say(
            rows,
            pc.and_(pc.is_valid(undecided), pc.is_null(rows[clock])),
            schema,
            column.name,
            f"with a value but no {clock}, never taken as known",
            f"fill in {clock}",
            report,
        )


def _check_recorded(
    rows: pa.Table, schema: TableSchema, time_zone: str | None, report: Report
) -> None:
    if schema.planned or not {"recorded_at", schema.event_time} <= set(rows.column_names):
        return
    event = pc.floor_temporal(_local(rows[schema.event_time], time_zone), unit="day")
    _say(
        rows,
        pc.less(_local(rows["recorded_at"], time_zone), event),
        schema,
        "recorded_at",
        f"before {schema.event_time}, counted from {schema.event_time}",
        "correct them or map another column in treue.toml",
        report,
    )


def _check_natural_key(rows: pa.Table, schema: TableSchema, report: Report) -> pa.Table:
    """Return the rows; refuse customers and contracts that stand twice with different values."""
    key = list(schema.natural_key)
    if not key or not set(key) <= set(rows.column_names):
        return rows
    named = rows
    for name in key:
        named = named.filter(pc.is_valid(named[name]))
    counts = named.group_by(key).aggregate([([], "count_all")])
    twice = counts.filter(pc.greater(counts["count_all"], 1))
    if twice.num_rows == 0:
        return rows
    n_twice = pc.sum(twice["count_all"]).as_py()
    repeated = named.join(twice.select(key), keys=key, join_type="left semi")
    level, done, remedy = {
        "customers": ("error", "", "keep one row a customer, for example with where = ..."),
        "contracts": ("error", "", "keep one row a contract, for example with where = ..."),
        "payments": ("warning", ", each counted as a payment", "check that they are part payments"),
        "referrals": ("warning", ", each counted", "keep the first referral of each pair"),
    }[schema.name]
    report.add(
        level,  # type: ignore[arg-type]
        schema.name,
        " + ".join(key),
        f"{n_rows(n_twice)} with a key that is there more than once, with different values{done}",
        remedy,
        rows=n_twice,
        ids=customers_of(repeated, schema),
    )
    return rows

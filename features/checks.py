"""Checks on the rows of one table: what is refused, what is set aside, what is only said.

A column that is broken as a whole is refused; a few bad rows are set aside with the reason.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from treue.features.equal_rows import EQUAL, all_different
from treue.features.judge import Judge, missing, n_rows, values_of
from treue.features.report import Level, Report
from treue.features.returns import mark_returns
from treue.features.schema import Column, TableSchema
from treue.features.time_checks import check_known_with, check_order, check_recorded, check_years

_FEW_ROWS = 10_000  # above, keys are counted by Arrow's threads at once


def check_rows(
    rows: pa.Table, schema: TableSchema, *, time_zone: str | None, report: Report
) -> pa.Table:
    """Return the rows of one table that can be used, with returns marked and turned negative.

    Parameters
    ----------
    rows
        Cast rows, with `EQUAL` (equal for equal source rows); the result has no `EQUAL`, and
        no column that is refused already, so that nothing is said twice.
    time_zone
        Where the company's days begin; None: UTC.
    """
    judge = Judge(schema, report)
    rows = _drop_repeated(rows, judge)
    if refused := report.refused(schema.name):
        rows = rows.drop_columns([name for name in rows.column_names if name in refused])
    brought = set(rows.column_names)
    for name in schema.keys:
        if name in brought:
            remedy = "fill it in at the source if these rows matter"
            rows = judge.set_aside(rows, missing(rows, name), name, "without a value", remedy)
    for column in schema.columns.values():
        if column.name in brought:
            _check_values(rows, column, judge)
    if schema.name == "purchases":
        rows = mark_returns(rows, judge)
    for earlier, later in schema.orders:
        if {earlier, later} <= brought:
            rows = check_order(rows, earlier, later, time_zone=time_zone, judge=judge)
    check_known_with(rows, judge)
    check_recorded(rows, time_zone=time_zone, judge=judge)
    _check_natural_key(rows, judge)
    return rows


def _drop_repeated(rows: pa.Table, judge: Judge) -> pa.Table:
    """Return the rows without exact repetitions of the same source row (the first one stays)."""
    hashes = rows[EQUAL]
    rows = rows.drop_columns([EQUAL])
    in_order = np.sort(hashes.to_numpy())
    if not (in_order[1:] == in_order[:-1]).any():
        return rows
    _, first = np.unique(hashes.to_numpy(), return_index=True)
    repeated = np.ones(rows.num_rows, dtype=bool)
    repeated[first] = False
    return judge.set_aside(
        rows,
        repeated,
        None,
        "equal to another row in every column, counted once",
        "if they are meant, bring the column that tells them apart (a line number)",
    )


def _check_values(rows: pa.Table, column: Column, judge: Judge) -> None:
    name = column.name
    if column.kind == "time":
        check_years(rows, name, judge)
    if column.allowed and not set(rows[name].unique().to_pylist()) <= {None, *column.allowed}:
        listed = pc.is_in(rows[name], value_set=pa.array(column.allowed))
        other = ~missing(rows, name) & ~np.asarray(listed.to_numpy())
        case = f"CASE {name} WHEN '...' THEN '{column.allowed[0]}' END"
        remedy = f'translate them, for example with {{sql = "{case}"}}'
        judge.refuse(rows, other, name, f"other than {', '.join(column.allowed)}", remedy)
    if column.low is None:
        return
    values = values_of(rows, name)
    outside = values < column.low
    if column.high is not None:
        outside |= values > column.high
    if column.kind == "money":
        remedy = "correct them if that is not meant"
        judge.warn(rows, outside, name, "below zero, kept as they are", remedy)
    else:
        limits = f"{column.low:g} to {column.high:g}" if column.high is not None else "0 or more"
        remedy = "bring it on that scale with {sql = ...}"
        judge.refuse(rows, outside, name, f"outside {limits}", remedy)


_ON_REPEATED_KEY: dict[str, tuple[Level, str, str]] = {
    "customers": ("error", "", "keep one row a customer, for example with where = ..."),
    "contracts": ("error", "", "keep one row a contract, for example with where = ..."),
    "payments": ("warning", ", each counted", "check that they are part payments"),
    "referrals": ("warning", ", each counted", "keep the first referral of each pair"),
}


def _check_natural_key(rows: pa.Table, judge: Judge) -> None:
    """Refuse customers and contracts that are there twice with different values."""
    key = list(judge.schema.natural_key)
    if not key or not set(key) <= set(rows.column_names):
        return
    if rows.num_rows <= _FEW_ROWS and all_different(rows.select(key)):
        return
    named = rows.filter(pc.and_(pc.is_valid(rows[key[0]]), pc.is_valid(rows[key[-1]])))
    counts = named.group_by(key).aggregate([([], "count_all")])
    twice = counts.filter(pc.greater(counts["count_all"], 1))
    if twice.num_rows == 0:
        return
    count = pc.sum(twice["count_all"]).as_py()
    repeated = named.select(list(dict.fromkeys([judge.schema.customer, *key])))
    repeated = repeated.join(twice.select(key), keys=key, join_type="left semi")
    repeated = repeated.sort_by(judge.schema.customer)
    level, done, remedy = _ON_REPEATED_KEY[judge.schema.name]
    judge.report.add(
        level,
        judge.schema.name,
        " + ".join(key),
        f"{n_rows(count)} share this key with another row of different values{done}",
        remedy,
        rows=count,
        ids=judge.customers(repeated),
    )

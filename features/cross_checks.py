"""Checks that need more than one table, or the end of observation."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from treue.features.judge import Judge, n_rows, values_of
from treue.features.report import Report
from treue.features.schema import TABLES

_ENOUGH_TO_JUDGE = 10
_YEAR = timedelta(days=366)
_MONTH = timedelta(days=30)
_MANY_A_MONTH = 30  # below it, a month of one purchase may be chance


def latest_purchase(frames: Mapping[str, pa.Table], report: Report) -> datetime | None:
    """Return the latest purchase as the end of observation, and note that it was taken."""
    purchases = frames.get("purchases")
    if purchases is None or "purchased_at" not in purchases.column_names:
        return None
    times = purchases["purchased_at"]
    latest = pc.max(times).as_py()
    if latest is None:
        return None
    place = "purchases", "purchased_at"
    message = f"the latest purchase, {latest:%Y-%m-%d %H:%M}, is taken as the end of observation"
    remedy = "set observed_until to the moment up to which everything was recorded"
    report.add("note", *place, message, remedy)
    before = times.filter(pc.less(times, pa.scalar(latest - _YEAR)))
    alone = len(times) - len(before)
    if len(before) and alone <= max(1, len(times) // 1000):
        usual = pc.max(before).as_py()
        message = (
            f"{n_rows(alone)} up to {latest:%Y-%m-%d}, all others end more than a year earlier, "
            f"by {usual:%Y-%m-%d}"
        )
        remedy = "correct the date, or set observed_until to the last day that was recorded"
        report.add("warning", *place, message, remedy, rows=alone)
    else:
        _check_end(times, latest, report)
    return latest


def _check_end(times: pa.ChunkedArray, latest: datetime, report: Report) -> None:
    """Warn where hardly any purchase of the last month follows a year of many a month.

    An end too late makes churners of all customers: nobody buys where nothing is recorded.
    """
    before = times.filter(pc.less_equal(times, pa.scalar(latest - _MONTH)))
    year = before.filter(pc.greater(before, pa.scalar(latest - _MONTH - _YEAR)))
    if len(year) == 0:
        return
    n_months = max(1.0, (latest - _MONTH - pc.min(year).as_py()) / _MONTH)
    usual, last = len(year) / n_months, len(times) - len(before)
    few = max(1.0, usual / 100)
    if usual < _MANY_A_MONTH or last > few:
        return
    moments = np.sort(times.to_numpy())
    following = np.searchsorted(moments, moments + np.timedelta64(_MONTH)) - np.arange(len(moments))
    stop = moments[following > few][-1].astype("datetime64[D]")
    message = (
        f"purchases practically stop around {stop}: {n_rows(last)} in the 30 days up to "
        f"{latest:%Y-%m-%d}, against {usual:,.0f} in an average month"
    )
    remedy = (
        "set data.observed_until to the moment up to which everything was recorded, such as "
        f'"{stop + np.timedelta64(1, "D")}" (the start of that day)'
    )
    report.add("warning", "purchases", "purchased_at", message, remedy, rows=last)


def drop_future(
    frames: Mapping[str, pa.Table], observed_until: datetime, report: Report
) -> dict[str, pa.Table]:
    """Return the frames without events after the end of observation (planned ones stay).

    Rows of which only a later step lies after it (a resolution, a payment) stay with a warning:
    the step is not yet known. A cancellation may be planned.
    """
    end = np.datetime64(observed_until)
    message = f"after the end of observation, {observed_until:%Y-%m-%d %H:%M}"
    remedy = "correct them or set observed_until later (a date means the start of that day)"
    kept = dict(frames)
    for name, rows in frames.items():
        schema, judge = TABLES[name], Judge(TABLES[name], report)
        at, brought = schema.event_time, set(rows.column_names)
        if name != "customers" and not schema.planned and at in brought:
            rows = judge.set_aside(rows, values_of(rows, at) > end, at, message, remedy)
        for column in schema.columns.values():
            later = column.known_with
            if later == column.name in brought and later != "cancelled_at":
                future = values_of(rows, later) > end
                judge.warn(rows, future, later, f"{message}, not yet known", remedy)
        kept[name] = rows
    return kept


def drop_empty(frames: Mapping[str, pa.Table], report: Report) -> dict[str, pa.Table]:
    """Return the frames that have rows; empty purchases are refused."""
    for name, rows in frames.items():
        if rows.num_rows == 0 and not report.refused(name):
            message = "no rows are left" if name in report.set_aside else "the table is empty"
            if name == "purchases":
                report.add("error", name, None, message, "check path and where")
            else:
                report.add("warning", name, None, f"{message}, left out", "check path and where")
    return {name: rows for name, rows in frames.items() if rows.num_rows}


def check_customers(frames: Mapping[str, pa.Table], report: Report) -> None:
    """Compare the customers of all tables with the customers table, or else with purchases."""
    base = "customers" if "customers" in frames else "purchases"
    if base not in frames or "customer_id" not in frames[base].column_names:
        return
    known = frames[base]["customer_id"].unique()
    for name, rows in frames.items():
        schema = TABLES[name]
        if name == base or schema.customer not in rows.column_names:
            continue
        ids = rows[schema.customer]
        own = ids.unique()
        strangers = own.filter(pc.invert(pc.is_in(own, value_set=known)))
        if len(strangers) == len(own) >= _ENOUGH_TO_JUDGE <= len(known):
            message = (
                f"none of its {len(own):,} customers is in {base}: "
                f"'{own[0].as_py()}' here, '{known[0].as_py()}' there"
            )
            remedy = "write the ids the same way in both"
            report.add("error", name, schema.customer, message, remedy, rows=len(rows))
        elif len(strangers):
            why = "without attributes" if base == "customers" else "they never bought"
            message = f"of {len(strangers):,} customers not in {base}, kept, {why}"
            strange = np.asarray(pc.is_in(ids, value_set=strangers).to_numpy())
            count = int(np.count_nonzero(strange))
            if base == "customers" and count > len(rows) / 2 and len(own) >= _ENOUGH_TO_JUDGE:
                message = f"{count / len(rows):.0%} of its rows are {message}"
                remedy = f"a join may be missing: see that the ids are those of {base}"
                who = Judge(schema, report).customers(rows.filter(pa.array(strange)))
                place = name, schema.customer
                report.add("warning", *place, message, remedy, rows=count, ids=who, first=True)
                continue
            remedy = f"add them to {base} or correct the ids"
            Judge(schema, report).warn(rows, strange, schema.customer, message, remedy)


def check_attributes(customers: pa.Table | None, attributes: Sequence[str], report: Report) -> None:
    """Warn of attributes that name customers instead of describing them; say what they are."""
    brought = [] if customers is None else customers.column_names
    attributes = [name for name in attributes if name in brought]
    if customers is None or not attributes:
        return
    message = f"attributes as they stand now serve every cutoff: {', '.join(attributes)}"
    remedy = "leave out what changes when a customer leaves: it would look too good"
    report.add("note", "customers", None, message, remedy)
    for name in attributes:
        values = customers[name]
        n_different = pc.count_distinct(values).as_py()
        if pa.types.is_string(values.type) and n_different > max(50, customers.num_rows / 2):
            message = f"{n_different:,} different texts among {n_rows(customers.num_rows)}"
            remedy = "an attribute groups customers; take it off data.attributes"
            report.add("warning", "customers", name, message, remedy)


def check_since(frames: Mapping[str, pa.Table], report: Report) -> None:
    """Warn of events before the day since which their customer is one."""
    customers = frames.get("customers")
    if customers is None or not {"customer_id", "since"} <= set(customers.column_names):
        return
    customers = customers.filter(pc.is_valid(customers["since"]))
    ids = customers["customer_id"].combine_chunks()
    day = pc.floor_temporal(customers["since"].combine_chunks(), unit="day")
    for name, rows in frames.items():
        schema = TABLES[name]
        if name == "customers" or not set(schema.keys) <= set(rows.column_names):
            continue
        since = day.take(pc.index_in(rows[schema.customer].combine_chunks(), value_set=ids))
        early = values_of(rows, schema.event_time) < since.to_numpy(zero_copy_only=False)
        message = "before the customer's since, kept"
        remedy = "correct customers.since or these dates"
        if np.count_nonzero(early) > max(_ENOUGH_TO_JUDGE, rows.num_rows / 2):
            remedy = "since is probably when a record was made: leave it unmapped"
        Judge(schema, report).warn(rows, early, schema.event_time, message, remedy)


def drop_self_referrals(frames: Mapping[str, pa.Table], report: Report) -> dict[str, pa.Table]:
    """Return the frames without referrals of oneself; note pairs that refer each other."""
    rows = frames.get("referrals")
    pair = ["referrer_id", "referred_id"]
    if rows is None or not set(pair) <= set(rows.column_names):
        return dict(frames)
    own = np.asarray(pc.equal(rows["referrer_id"], rows["referred_id"]).fill_null(False).to_numpy())
    message = "in which customers refer themselves"
    judge = Judge(TABLES["referrals"], report)
    rows = judge.set_aside(rows, own, "referred_id", message, "correct the ids")
    mutual = _mutual(rows, pair)
    if mutual.num_rows:
        message = f"{n_rows(mutual.num_rows)} between customers who refer each other, kept"
        remedy = "nothing to do: margins are counted once"
        ids = mutual["referrer_id"].to_pylist()
        report.add(
            "note", "referrals", "referred_id", message, remedy, rows=mutual.num_rows, ids=ids
        )
    return {**frames, "referrals": rows}


def _mutual(rows: pa.Table, pair: list[str]) -> pa.Table:
    """Return the pairs whose turned pair is there as well, by referrer."""
    named = rows.select(pair).filter(pc.is_valid(rows["referred_id"]))
    referred_refer = pc.is_in(named["referred_id"], value_set=named["referrer_id"])
    turned = named.filter(referred_refer).select(pair[::-1]).rename_columns(pair)
    if turned.num_rows == 0:
        return turned
    return named.join(turned, keys=pair, join_type="left semi").sort_by("referrer_id")

"""Checks that need more than one table, or the end of observation."""

from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from treue.features.checks import _say, _set_aside, n_rows
from treue.features.report import Report
from treue.features.schema import TABLES

_ENOUGH_TO_JUDGE = 10
_LONG_GAP = timedelta(days=366)


def latest_event(frames: dict[str, pa.Table], report: Report) -> datetime | None:
    """Return the latest purchase (without purchases: None), and note that it was taken."""
    purchases = frames.get("purchases")
    if purchases is None or "purchased_at" not in purchases.column_names:
        return None
    times = purchases["purchased_at"]
    latest = pc.max(times).as_py()
    if latest is None:
        return None
    report.add(
        "note",
        "purchases",
        "purchased_at",
        f"the latest purchase, {latest:%Y-%m-%d %H:%M}, is taken as the end of observation",
        f'if nothing happened after it, set observed_until = "{latest:%Y-%m-%d}" or the true day',
    )
    usual = pc.max(times.filter(pc.less(times, latest - _LONG_GAP))).as_py()
    near = pc.sum(pc.greater_equal(times, latest - _LONG_GAP)).as_py()
    if usual is not None and near <= max(1, len(times) // 1000):
        report.add(
            "warning",
            "purchases",
            "purchased_at",
            f"the latest purchase is {latest:%Y-%m-%d}, but nearly all lie before "
            f"{usual + timedelta(days=1):%Y-%m-%d}",
            "set observed_until to the last day on which purchases were recorded",
            rows=near,
        )
    return latest


def drop_future(
    frames: dict[str, pa.Table], observed_until: datetime, report: Report
) -> dict[str, pa.Table]:
    """Return the frames without events after the end of observation (planned ones stay)."""
    kept = {}
    for name, rows in frames.items():
        schema = TABLES[name]
        if name != "customers" and not schema.planned and schema.event_time in rows.column_names:
            rows = _set_aside(
                rows,
                pc.greater(rows[schema.event_time], pa.scalar(observed_until)),
                schema,
                schema.event_time,
                f"after the end of observation, {observed_until:%Y-%m-%d %H:%M}",
                "correct them or set observed_until later",
                report,
            )
        kept[name] = rows
    return kept


def drop_empty(frames: dict[str, pa.Table], report: Report) -> dict[str, pa.Table]:
    """Return the frames that have rows; empty purchases are refused."""
    for name, rows in frames.items():
        if rows.num_rows == 0:
            refused = name == "purchases"
            report.add(
                "error" if refused else "warning",
                name,
                None,
                "no rows are left" if name in report.set_aside else "the table is empty",
                "check path and where" if refused else "its features are left out",
            )
    return {name: rows for name, rows in frames.items() if rows.num_rows or name == "purchases"}


def check_customers(frames: dict[str, pa.Table], report: Report) -> None:
    """Compare the customers of all tables with the customers table, or else with purchases."""
    base = "customers" if "customers" in frames else "purchases"
    if base not in frames or TABLES[base].customer not in frames[base].column_names:
        return
    known = frames[base]["customer_id"].unique()
    for name, rows in frames.items():
        schema = TABLES[name]
        if name == base or schema.customer not in rows.column_names:
            continue
        ids = rows[schema.customer]
        own = ids.unique()
        unknown = pc.invert(pc.is_in(own, value_set=known))
        n_unknown = pc.sum(unknown).as_py() or 0
        if n_unknown == len(own) >= _ENOUGH_TO_JUDGE and len(known) >= _ENOUGH_TO_JUDGE:
            report.add(
                "error",
                name,
                schema.customer,
                f"none of its {len(own):,} customers is in {base}: "
                f"'{own[0].as_py()}' here, '{known[0].as_py()}' there",
                "write the ids the same way in both",
                rows=rows.num_rows,
            )
        elif n_unknown:
            why = "their attributes are unknown" if base == "customers" else "they never bought"
            _say(
                rows,
                pc.is_in(ids, value_set=own.filter(unknown)),
                schema,
                schema.customer,
                f"of {n_unknown:,} customers who are not in {base}, kept ({why})",
                f"add them to {base} or correct the ids",
                report,
            )
    _check_since(frames, report)


def _check_since(frames: dict[str, pa.Table], report: Report) -> None:
    customers = frames.get("customers")
    if customers is None or not {"customer_id", "since"} <= set(customers.column_names):
        return
    since = customers.select(["customer_id", "since"]).filter(pc.is_valid(customers["since"]))
    positions = since["customer_id"].combine_chunks()
    for name, rows in frames.items():
        schema = TABLES[name]
        if name == "customers" or not set(schema.keys) <= set(rows.column_names):
            continue
        at = pc.index_in(rows[schema.customer], value_set=positions)
        starts = since["since"].take(at)
        early = pc.less(rows[schema.event_time], pc.floor_temporal(starts, unit="day"))
        _say(
            rows,
            early,
            schema,
            schema.event_time,
            "before the customer's since, kept",
            "correct customers.since or these dates",
            report,
        )


def drop_self_referrals(frames: dict[str, pa.Table], report: Report) -> dict[str, pa.Table]:
    """Return the frames without referrals of oneself; note pairs that refer each other."""
    rows = frames.get("referrals")
    pair = ["referrer_id", "referred_id"]
    if rows is None or not set(pair) <= set(rows.column_names):
        return frames
    schema = TABLES["referrals"]
    rows = _set_aside(
        rows,
        pc.equal(rows["referrer_id"], rows["referred_id"]),
        schema,
        "referred_id",
        "in which a customer refers themself",
        "correct the ids",
        report,
    )
    named = rows.select(pair).filter(pc.is_valid(rows["referred_id"]))
    turned = named.select(pair[::-1]).rename_columns(pair)
    mutual = named.join(turned, keys=pair, join_type="left semi")
    if mutual.num_rows:
        report.add(
            "note",
            "referrals",
            "referred_id",
            f"{n_rows(mutual.num_rows)} between customers who refer each other, kept",
            "nothing to do: margins are counted once",
            rows=mutual.num_rows,
            ids=mutual["referrer_id"].to_pylist(),
        )
    return frames | {"referrals": rows}

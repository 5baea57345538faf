"""The same features in pandas: one cutoff at a time, a groupby a window.

It holds the features of purchases, negotiations and complaints that a groupby gives (counts, sums,
means, extremes, decays, gaps, breadth) and leaves out the ratios made of them, so it does less than
the others. It is there in two ways. *Straightforward* is what an analyst writes first: the rows of
the window, named aggregations of a groupby, and a function of one customer's rows where pandas has
no aggregation of that name (gaps, decayed sums). *Vectorised* replaces those functions by
arithmetic on whole columns, which is what the same analyst finds after profiling.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import numpy as np
import pandas as pd

DAY = 86_400
WINDOWS = (30, 90, 180, 365, None)
Decay = Callable[..., None]


def panel_by_pandas(
    purchases: pd.DataFrame,
    negotiations: pd.DataFrame,
    complaints: pd.DataFrame,
    cutoff: datetime,
    *,
    lookback: int,
    vectorised: bool,
) -> pd.DataFrame:
    """Features of the customers who bought in the `lookback` days before the cutoff."""
    decay = _decay_of_columns if vectorised else _decay_of_each
    past = _past(purchases, "purchased_at", cutoff)
    bought, returned = past[~past["is_return"]], past[past["is_return"]]
    found: dict[str, pd.Series] = {}
    orders = bought.groupby(["customer_id", "order_id"], as_index=False)["age"].max()
    _count(found, "orders", orders, WINDOWS)
    decay(found, "orders", orders, (30, 90, 365))
    for days in (365, None):
        recent = _within(orders, days)
        months = recent["age"] // (30 * DAY)
        found[f"active_months_{_name(days)}"] = months.groupby(recent["customer_id"]).nunique()
    by_customer = orders.groupby("customer_id")
    found["recency_days"] = by_customer["age"].min() / DAY
    found["tenure_days"] = by_customer["age"].max() / DAY
    gaps = _gaps_of_columns(orders) if vectorised else _gaps_of_each(orders)
    found |= {name: gaps[name] for name in gaps}
    for days in WINDOWS:
        sums = _within(bought, days).groupby("customer_id")[["amount", "margin", "quantity"]].sum()
        for name in sums:
            found[f"{name}_{_name(days)}"] = sums[name]
    decay(found, "amount", bought, (90, 365), "amount")
    for kind in ("service", "contract"):
        of_kind = _within(bought, 365).loc[lambda rows, kind=kind: rows["kind"] == kind]
        found[f"{kind}_amount_365"] = of_kind.groupby("customer_id")["amount"].sum()
    for column, stream in (("product_id", "products"), ("category", "categories")):
        for days in (90, 365, None):
            recent = _within(bought, days).groupby("customer_id")[column]
            found[f"{stream}_{_name(days)}"] = recent.nunique()
        first = bought.groupby(["customer_id", column], as_index=False)["age"].max()
        _count(found, f"{stream}_new", first, (90, 365))
    last = bought.sort_values(["age", "channel"], ascending=[False, True]).groupby("customer_id")
    found["last_channel"] = last["channel"].last()
    _count(found, "returns", returned, (90, 365, None))
    found["days_since_return"] = returned.groupby("customer_id")["age"].min() / DAY
    _negotiations(found, _past(negotiations, "negotiated_at", cutoff), cutoff, decay)
    _complaints(found, _past(complaints, "opened_at", cutoff), cutoff, decay)
    eligible = _within(bought, lookback)["customer_id"].unique()
    return pd.DataFrame({name: column.reindex(eligible) for name, column in found.items()})


def _gaps_of_each(orders: pd.DataFrame) -> pd.DataFrame:
    """Minutes between orders, customer by customer."""

    def of(rows: pd.DataFrame) -> pd.Series:
        ages = rows["age"].sort_values(ascending=False)
        gaps = -ages.diff().dropna() // 60
        return pd.Series(
            {
                "gap_last_days": gaps.iloc[-1] if len(gaps) else np.nan,
                "gap_longest_days": gaps.max(),
                "gap_mean_days": gaps.mean(),
                "gap_std_days": gaps.std(),
                "gap_mean_365_days": gaps[ages < 365 * DAY].mean(),
            }
        )

    return orders.groupby("customer_id")[["age"]].apply(of) / 1440


def _gaps_of_columns(orders: pd.DataFrame) -> pd.DataFrame:
    """The same from differences of one long sorted column."""
    orders = orders.sort_values(["customer_id", "age"], ascending=[True, False])
    orders["gap"] = -orders.groupby("customer_id")["age"].diff() // 60
    gaps = orders.groupby("customer_id")["gap"]
    found = pd.DataFrame(
        {
            "gap_last_days": gaps.last(),
            "gap_longest_days": gaps.max(),
            "gap_mean_days": gaps.mean(),
            "gap_std_days": gaps.std(),
        }
    )
    recent = _within(orders, 365).groupby("customer_id")["gap"]
    return found.assign(gap_mean_365_days=recent.mean()) / 1440


def _negotiations(
    found: dict[str, pd.Series], rows: pd.DataFrame, cutoff: datetime, decay: Decay
) -> None:
    undecided = ~(rows["decided_at"] <= cutoff)
    rows["outcome"] = rows["outcome"].mask(undecided)
    rows["asked"] = 1 - rows["asked_price"] / rows["list_price"]
    rows["granted"] = 1 - rows["agreed_price"].mask(undecided) / rows["list_price"]
    _count(found, "negotiations", rows, WINDOWS)
    decay(found, "negotiations", rows, (90,))
    found["days_since_negotiation"] = rows.groupby("customer_id")["age"].min() / DAY
    for verb in ("asked", "granted"):
        for days in (90, 365, None):
            recent = _within(rows, days).groupby("customer_id")[verb]
            found[f"discount_{verb}_mean_{_name(days)}"] = recent.mean()
        recent = _within(rows, 365).groupby("customer_id")[verb]
        found[f"discount_{verb}_max_365"] = recent.max()
    for days in (365, None):
        recent = _within(rows, days).groupby("customer_id")["rounds"]
        found[f"rounds_mean_{_name(days)}"] = recent.mean()
    found["rounds_max_365"] = _within(rows, 365).groupby("customer_id")["rounds"].max()
    _count(found, "quotes_lost", rows[rows["outcome"] == "lost"], (90, 365, None))
    _count(found, "competitor_named", rows[rows["competitor_named"]], (90, 365, None))
    open_ones = rows[rows["outcome"].isna() | (rows["outcome"] == "open")]
    found["negotiations_open"] = open_ones.groupby("customer_id").size()
    won = rows[rows["outcome"] == "won"].groupby("customer_id")["decided_at"].max()
    found["days_since_quote_won"] = (cutoff - won).dt.total_seconds() / DAY


def _complaints(
    found: dict[str, pd.Series], rows: pd.DataFrame, cutoff: datetime, decay: Decay
) -> None:
    unresolved = ~(rows["resolved_at"] <= cutoff)
    for name in ("resolved_at", "goodwill_amount", "satisfaction"):
        rows[name] = rows[name].mask(unresolved)
    rows["days"] = (rows["resolved_at"] - rows["opened_at"]).dt.total_seconds() / DAY
    _count(found, "complaints", rows, WINDOWS)
    decay(found, "complaints", rows, (30, 90))
    found["days_since_complaint"] = rows.groupby("customer_id")["age"].min() / DAY
    for days in (90, 365, None):
        recent = _within(rows, days).groupby("customer_id")["severity"]
        found[f"complaint_severity_mean_{_name(days)}"] = recent.mean()
    recent = _within(rows, 365).groupby("customer_id")
    found["complaint_severity_max_365"] = recent["severity"].max()
    found["complaint_days_to_resolve_max_365"] = recent["days"].max()
    decay(found, "complaint_severity", rows, (90,), "severity")
    found["complaints_open"] = rows[unresolved].groupby("customer_id").size()
    found["complaint_open_days"] = rows[unresolved].groupby("customer_id")["age"].max() / DAY
    for days in (365, None):
        recent = _within(rows, days).groupby("customer_id")
        found[f"complaint_days_to_resolve_{_name(days)}"] = recent["days"].mean()
        found[f"goodwill_{_name(days)}"] = recent["goodwill_amount"].sum()
    for who in ("us", "customer"):
        _count(found, f"complaints_by_{who}", rows[rows["caused_by"] == who], (365, None))
    reopened = rows[rows["reopened_at"] <= cutoff]
    found["complaints_reopened"] = reopened.groupby("customer_id").size()
    found["complaint_satisfaction_mean"] = rows.groupby("customer_id")["satisfaction"].mean()
    for name, chosen in (
        ("resolution", rows),
        ("good_resolution", rows[rows["satisfaction"] >= 4]),
        ("goodwill", rows[rows["goodwill_amount"] > 0]),
    ):
        last = chosen.groupby("customer_id")["resolved_at"].max()
        found[f"days_since_{name}"] = (cutoff - last).dt.total_seconds() / DAY


def _past(rows: pd.DataFrame, time: str, cutoff: datetime) -> pd.DataFrame:
    known = rows[rows[time] <= cutoff].copy()
    known["age"] = (cutoff - known[time]) // pd.Timedelta(seconds=1)
    return known


def _within(rows: pd.DataFrame, days: int | None) -> pd.DataFrame:
    return rows if days is None else rows[rows["age"] < days * DAY]


def _name(days: int | None) -> str:
    return "all" if days is None else str(days)


def _count(
    found: dict[str, pd.Series],
    name: str,
    rows: pd.DataFrame,
    windows: tuple[int | None, ...],
) -> None:
    for days in windows:
        found[f"{name}_{_name(days)}"] = _within(rows, days).groupby("customer_id").size()


def _decay_of_each(
    found: dict[str, pd.Series],
    name: str,
    rows: pd.DataFrame,
    half_lives: tuple[int, ...],
    column: str | None = None,
) -> None:
    """Sums weighted by age, customer by customer."""
    for half_life in half_lives:

        def of(rows: pd.DataFrame, half_life: int = half_life) -> float:
            weight = np.exp2(-rows["age"] / (half_life * DAY))
            return float((weight if column is None else weight * rows[column]).sum())

        by_customer = rows.groupby("customer_id")[["age"] if column is None else ["age", column]]
        found[f"{name}_decayed_{half_life}"] = by_customer.apply(of)


def _decay_of_columns(
    found: dict[str, pd.Series],
    name: str,
    rows: pd.DataFrame,
    half_lives: tuple[int, ...],
    column: str | None = None,
) -> None:
    """The same from one long column of weights."""
    for half_life in half_lives:
        weight = np.exp2(-rows["age"] / (half_life * DAY))
        weighted = weight if column is None else weight * rows[column]
        found[f"{name}_decayed_{half_life}"] = weighted.groupby(rows["customer_id"]).sum()

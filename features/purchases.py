"""What a customer bought: how often, how much, how regularly, how widely, what came back.

An order is one ``order_id`` of a customer, counted at its first line; without order ids it is one
moment of buying. Amounts count line by line, so a line that is added to an order later counts
from the moment it was added.
"""

from __future__ import annotations

import narwhals.stable.v2 as nw

from treue.features.family import Family, Lazy, Rows, Stream, without_returns
from treue.features.purchases_breadth import BREADTH, RETURNS
from treue.features.purchases_rhythm import COUNTS, RHYTHM
from treue.features.purchases_volume import MIX, VOLUME
from treue.features.windows import DAY

MINUTE = 60_000_000
SUMMED = ("amount", "margin", "quantity", "list_amount")


def orders(rows: Rows) -> Lazy:
    """One row an order, with the one before, the gap to it (minutes) and the time of the next."""
    bought = without_returns(rows["purchases"])
    named = "order_id" in bought.collect_schema().names()
    if named:
        # a line without an order id is an order of its own moment
        order = nw.coalesce(nw.col("order_id").cast(nw.Int64), -1 - nw.col("at"))
        bought = bought.with_columns(order=order)
    keys = ["customer_id", "order"] if named else ["customer_id", "at"]
    events = (
        bought.group_by(keys).agg(nw.col("at").min()) if named else bought.select(keys).unique()
    )
    in_order = ["at", "order"] if named else ["at"]
    previous = nw.col("at").shift(1).over("customer_id", order_by=in_order)
    following = nw.col("at").shift(-1).over("customer_id", order_by=in_order)
    events = events.with_columns(previous_at=previous, next_at=following)
    return events.select(
        *("customer_id", "at", "previous_at", "next_at"),
        gap=(nw.col("at") - nw.col("previous_at")) // MINUTE,
        first_of_day=nw.col("previous_at").is_null()
        | (nw.col("at") // (DAY * 1_000_000) != nw.col("previous_at") // (DAY * 1_000_000)),
    )


def moments(rows: Rows) -> Lazy:
    """One row a customer and moment: sums of everything bought at that moment."""
    bought = without_returns(rows["purchases"])
    brought = bought.collect_schema().names()
    sums = [nw.col(name).sum().cast(nw.Int64) for name in SUMMED if name in brought]
    listed = [
        # amounts of the lines that have a list amount, for an honest discount
        nw.when(~nw.col("list_amount").is_null())
        .then(nw.col("amount"))
        .sum()
        .cast(nw.Int64)
        .alias("listed_amount")
        for _ in range("list_amount" in brought)
    ]
    by_kind = [
        nw.when(nw.col("kind") == kind).then(nw.col("amount")).sum().cast(nw.Int64).alias(kind)
        for kind in ("service", "contract")
        if "kind" in brought
    ]
    channel = [nw.col("channel").max()] if "channel" in brought else []
    return (
        bought.group_by("customer_id", "at")
        .agg(nw.len().alias("lines"), *sums, *listed, *by_kind, *channel)
        .with_columns(next_at=nw.col("at").shift(-1).over("customer_id", order_by="at"))
    )


def _novelty(column: str) -> Stream:
    def build(rows: Rows) -> Lazy:
        """One row a customer, moment and thing, with whether it is the first and when it recurs."""
        things = (
            without_returns(rows["purchases"])
            .filter(~nw.col(column).is_null())
            .select("customer_id", "at", column)
            .unique()
        )
        following = nw.col("at").shift(-1).over("customer_id", column, order_by="at")
        first = nw.col("at").min().over("customer_id", column)
        things = things.with_columns(next_at=following, is_first=nw.col("at") == first)
        return things.select("customer_id", "at", "next_at", "is_first")

    return Stream(build, ("purchases",), needs=(f"purchases.{column}",))


def returns(rows: Rows) -> Lazy:
    """One row a returned or cancelled line."""
    return rows["purchases"].filter(nw.col("is_return").fill_null(False))


STREAMS = {
    "orders": Stream(orders, ("purchases",)),
    "moments": Stream(moments, ("purchases",)),
    "products": _novelty("product_id"),
    "categories": _novelty("category"),
    "returns": Stream(returns, ("purchases",), needs=("purchases.is_return",)),
}

PURCHASES = Family(
    "purchases",
    "Einkäufe",
    "purchases",
    STREAMS,
    (*COUNTS, *RHYTHM, *VOLUME, *MIX, *BREADTH, *RETURNS),
)

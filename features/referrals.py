"""Who recommends us, who was recommended, and what a customer's recommendations are worth.

The referral graph is taken as known at the cutoff: a recommendation counts once it was made, and
leads to a customer once it converted. Reference values follow it to a depth of three and count
every customer reached once, whatever the number of paths or cycles.
"""

from __future__ import annotations

import narwhals.stable.v2 as nw

from treue.features.family import (
    Family,
    Feature,
    Lazy,
    Rows,
    Stream,
    over,
    windows,
    without_returns,
)
from treue.features.windows import EVER, age_days, count, decayed, money, ratio, smallest, within

DEPTH = 3


def made(tables: Rows) -> Lazy:
    """One row a recommendation, by the one who made it."""
    return tables["referrals"].with_columns(customer_id=nw.col("referrer_id"))


def received(tables: Rows) -> Lazy:
    """One row a recommendation, by the one who was recommended to us."""
    referrals = tables["referrals"].filter(~nw.col("referred_id").is_null())
    return referrals.select("at", "known_at", customer_id=nw.col("referred_id"))


def reached(tables: Rows) -> Lazy:
    """One row a (referrer, customer reached within three steps): what that customer bought.

    ``customer_id`` is the referrer; ``amount`` and, where brought, ``margin`` (cents) are the
    reached customer's of the last 365 days.
    """
    referrals = tables["referrals"].filter(~nw.col("referred_id").is_null())
    if "converted_age" in referrals.collect_schema().names():
        referrals = referrals.filter(~nw.col("converted_age").is_null())
    edges = (
        referrals.select(root=nw.col("referrer_id"), node=nw.col("referred_id"))
        .filter(nw.col("root") != nw.col("node"))
        .unique()
    )
    onward = edges.select(via=nw.col("root"), next=nw.col("node"))
    found, frontier = edges, edges
    for _ in range(DEPTH - 1):
        frontier = (
            frontier.join(onward, left_on="node", right_on="via", how="inner")
            .select("root", node=nw.col("next"))
            .filter(nw.col("root") != nw.col("node"))
            .unique()
        )
        found = nw.concat([found, frontier]).unique()
    purchases = without_returns(tables["purchases"]).filter(within(365))
    brought = purchases.collect_schema().names()
    sums = [nw.col(name).sum().cast(nw.Int64) for name in ("amount", "margin") if name in brought]
    bought = purchases.group_by("customer_id").agg(*sums)
    return found.join(bought, left_on="node", right_on="customer_id", how="left").with_columns(
        customer_id=nw.col("root")
    )


STREAMS = {
    "referrals": Stream(made, ("referrals",)),
    "received": Stream(received, ("referrals",), needs=("referrals.referred_id",)),
    "reached": Stream(
        reached, ("referrals", "purchases"), per_cutoff=True, needs=("referrals.referred_id",)
    ),
}
ALL_ROWS = ~nw.col("customer_id").is_null()

REFERRALS = Family(
    "referrals",
    "Empfehlungen",
    "recommendations",
    STREAMS,
    (
        *over(
            windows(90, 180, 365, None),
            lambda w: Feature(
                "referrals_made",
                count(within(w.days)),
                "recommendations",
                "Recommendations made",
                "ausgesprochene Empfehlungen",
                "recommendations made",
                stream="referrals",
                fill=0,
            ),
        ),
        Feature(
            "referrals_decayed_90",
            decayed(90),
            "recommendations",
            "Recommendations, each weighted by 2**(-age / 90 days)",
            "Empfehlungen, neuere stärker gewichtet (Halbwertszeit 90 Tage)",
            "recommendations, recent ones weighted more (half-life 90 days)",
            stream="referrals",
            fill=0,
        ),
        Feature(
            "days_since_referral",
            smallest(age_days(), EVER),
            "days",
            "Days from the last recommendation to the cutoff",
            "Tage seit der letzten Empfehlung",
            "days since the last recommendation",
            stream="referrals",
        ),
        *over(
            windows(365, None),
            lambda w: Feature(
                "referrals_converted",
                count(within(w.days, "converted_age")),
                "recommendations",
                "Recommendations that led to a customer",
                "erfolgreiche Empfehlungen",
                "successful recommendations",
                stream="referrals",
                needs=("referrals.converted_at",),
                fill=0,
            ),
        ),
        Feature(
            "referrals_converted_share",
            ratio(nw.col("referrals_converted_all"), nw.col("referrals_made_all")),
            "share",
            "Recommendations that led to a customer among all made",
            "Anteil erfolgreicher Empfehlungen",
            "share of successful recommendations",
            of=("referrals_converted_all", "referrals_made_all"),
        ),
        Feature(
            "referrals_received",
            count(EVER),
            "recommendations",
            "Times the customer was recommended to us",
            "Empfehlungen, die zu diesem Kunden führten",
            "recommendations that led to this customer",
            stream="received",
            fill=0,
        ),
        Feature(
            "reference_customers",
            count(ALL_ROWS),
            "customers",
            "Customers reached by recommendations within three steps, each once",
            "durch Empfehlungen gewonnene Kunden",
            "customers won through recommendations",
            stream="reached",
            fill=0,
        ),
        Feature(
            "reference_amount",
            money("amount", ALL_ROWS),
            "money",
            "Revenue of the last 365 days of the customers reached within three steps, each once",
            "Umsatz der durch Empfehlungen gewonnenen Kunden in den letzten 365 Tagen",
            "revenue in the last 365 days from customers won through recommendations",
            stream="reached",
            window_days=365,
            fill=0,
        ),
        Feature(
            "reference_margin",
            money("margin", ALL_ROWS),
            "money",
            "Margin of the last 365 days of the customers reached within three steps, each once",
            "Deckungsbeitrag der durch Empfehlungen gewonnenen Kunden in den letzten 365 Tagen",
            "contribution margin in the last 365 days from customers won through recommendations",
            stream="reached",
            needs=("purchases.margin",),
            window_days=365,
            fill=0,
        ),
    ),
)

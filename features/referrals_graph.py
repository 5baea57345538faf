"""The graph of recommendations as known at the cutoff: whom a customer won, and who won him.

A step leads from the one who recommended to the customer won by it, once that one has bought
(``converted_at``, where brought). Everybody is reached once, by the shortest way, at most three
steps away, whatever the number of paths or cycles.
"""

from __future__ import annotations

import narwhals.stable.v2 as nw

from treue.features.family import Feature, Lazy, Rows, Stream, without_returns
from treue.features.windows import (
    DAY,
    count,
    largest,
    money,
    number,
    ratio,
    smallest,
    total,
    within,
)

DEPTH = 3
ACTIVE_DAYS = 180
NEEDS = ("referrals.referred_id",)
DIRECT = nw.col("steps") == 1
RECOMMENDS = nw.col("made") > 0


def pairs(referrals: Lazy) -> Lazy:
    """Who won whom: distinct ``root`` and ``node``, never the same."""
    referrals = referrals.filter(~nw.col("referred_id").is_null())
    if "converted_age" in referrals.collect_schema().names():
        referrals = referrals.filter(~nw.col("converted_age").is_null())
    return (
        referrals.select(root=nw.col("referrer_id"), node=nw.col("referred_id"))
        .filter(nw.col("root") != nw.col("node"))
        .unique()
    )


def ways(referrals: Lazy) -> Lazy:
    """One row a pair within three steps: ``root``, ``node``, ``steps`` of the shortest way."""
    edges = pairs(referrals)
    onward = edges.select(via=nw.col("root"), next=nw.col("node"))
    found = frontier = edges.with_columns(steps=nw.lit(1))
    for steps in range(2, DEPTH + 1):
        frontier = (
            frontier.join(onward, left_on="node", right_on="via", how="inner")
            .select("root", node=nw.col("next"))
            .filter(nw.col("root") != nw.col("node"))
            .unique()
            .join(found, on=["root", "node"], how="anti")
            .with_columns(steps=nw.lit(steps))
        )
        found = nw.concat([found, frontier])
    return found


def bought(purchases: Lazy) -> Lazy:
    """By ``neighbour``: money of the last 365 days (cents), seconds since the last purchase."""
    purchases = without_returns(purchases)
    brought = purchases.collect_schema().names()
    sums = [
        nw.when(within(365))
        .then(nw.col(name))
        .otherwise(nw.lit(0))
        .sum()
        .cast(nw.Int64)
        .alias(name)
        for name in ("amount", "margin")
        if name in brought
    ]
    aggregates = [nw.col("age").min().alias("bought_age"), *sums]
    return purchases.rename({"customer_id": "neighbour"}).group_by("neighbour").agg(*aggregates)


def made(referrals: Lazy) -> Lazy:
    """By ``neighbour``: recommendations made, ever and in the last 365 days."""
    return (
        referrals.rename({"referrer_id": "neighbour"})
        .group_by("neighbour")
        .agg(
            nw.len().cast(nw.Int64).alias("made"),
            count(within(365)).cast(nw.Int64).alias("made_365"),
        )
    )


def reached(tables: Rows) -> Lazy:
    """One row a (referrer, customer reached): what that customer bought and recommended.

    ``customer_id`` is the referrer.
    """
    return (
        ways(tables["referrals"])
        .join(bought(tables["purchases"]), left_on="node", right_on="neighbour", how="left")
        .join(made(tables["referrals"]), left_on="node", right_on="neighbour", how="left")
        .with_columns(customer_id=nw.col("root"))
    )


def above(tables: Rows) -> Lazy:
    """One row a (customer won, referrer above): what that referrer does.

    ``customer_id`` is the customer won. For the direct referrer: ``others_365`` recommendations in
    the last 365 days that were not of this customer, ``siblings`` and ``siblings_recommending``
    (the other customers won by him, and those of them who have recommended).
    """
    referrals = tables["referrals"]
    recommended = made(referrals)
    own = (
        referrals.select("age", root=nw.col("referrer_id"), node=nw.col("referred_id"))
        .group_by("root", "node")
        .agg(count(within(365)).cast(nw.Int64).alias("own_365"))
    )
    won = pairs(referrals).join(recommended, left_on="node", right_on="neighbour", how="left")
    brood = won.group_by("root").agg(
        nw.len().cast(nw.Int64).alias("won"),
        count(RECOMMENDS).cast(nw.Int64).alias("won_recommending"),
    )
    self_recommends = nw.when(RECOMMENDS).then(nw.lit(1)).otherwise(nw.lit(0))
    return (
        ways(referrals)
        .join(
            recommended.select("neighbour", "made"),
            left_on="node",
            right_on="neighbour",
            how="left",
        )
        .with_columns(self_recommends=self_recommends)
        .drop("made")
        .join(recommended, left_on="root", right_on="neighbour", how="left")
        .join(own, on=["root", "node"], how="left")
        .join(brood, on="root", how="left")
        .join(
            bought(tables["purchases"]).select("neighbour", "bought_age"),
            left_on="root",
            right_on="neighbour",
            how="left",
        )
        .with_columns(
            customer_id=nw.col("node"),
            others_365=nw.col("made_365") - nw.col("own_365").fill_null(0),
            siblings=nw.col("won") - 1,
            siblings_recommending=nw.col("won_recommending") - nw.col("self_recommends"),
        )
    )


_BOTH = ("referrals", "purchases")
GRAPH_STREAMS = {
    "reached": Stream(reached, _BOTH, per_cutoff=True, needs=NEEDS),
    "above": Stream(above, _BOTH, per_cutoff=True, needs=NEEDS),
}
ALL_ROWS = ~nw.col("customer_id").is_null()

GRAPH = (
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
    Feature(
        "reference_margin_direct",
        money("margin", DIRECT),
        "money",
        "Margin of the last 365 days of the customers that the customer won himself",
        "Deckungsbeitrag der selbst gewonnenen Kunden in den letzten 365 Tagen",
        "contribution margin in the last 365 days from customers won directly",
        stream="reached",
        needs=("purchases.margin",),
        window_days=365,
        fill=0,
    ),
    Feature(
        "reference_customers_direct",
        count(DIRECT),
        "customers",
        "Customers won by the customer's own recommendations, each once",
        "selbst gewonnene Kunden",
        "customers won directly",
        stream="reached",
        fill=0,
    ),
    Feature(
        "reference_customers_second",
        count(nw.col("steps") == 2),
        "customers",
        "Customers won by those whom the customer won, each once",
        "von selbst gewonnenen Kunden gewonnene Kunden",
        "customers won by those won directly",
        stream="reached",
        fill=0,
    ),
    Feature(
        "reference_customers_active",
        count(DIRECT & within(ACTIVE_DAYS, "bought_age")),
        "customers",
        f"Customers won directly who bought in the last {ACTIVE_DAYS} days",
        f"selbst gewonnene Kunden mit einem Auftrag in den letzten {ACTIVE_DAYS} Tagen",
        f"customers won directly with an order in the last {ACTIVE_DAYS} days",
        stream="reached",
        window_days=ACTIVE_DAYS,
        fill=0,
    ),
    Feature(
        "reference_customers_active_share",
        ratio(nw.col("reference_customers_active"), nw.col("reference_customers_direct")),
        "share",
        f"Of the customers won directly, those who bought in the last {ACTIVE_DAYS} days",
        f"Anteil selbst gewonnener Kunden mit einem Auftrag in den letzten {ACTIVE_DAYS} Tagen",
        f"share of customers won directly with an order in the last {ACTIVE_DAYS} days",
        of=("reference_customers_active", "reference_customers_direct"),
        window_days=ACTIVE_DAYS,
    ),
    Feature(
        "reference_customers_recommending",
        count(DIRECT & RECOMMENDS),
        "customers",
        "Customers won directly who have recommended us themselves",
        "selbst gewonnene Kunden, die selbst empfehlen",
        "customers won directly who recommend us themselves",
        stream="reached",
        fill=0,
    ),
    Feature(
        "circle_depth",
        largest(nw.col("steps"), ALL_ROWS),
        "steps",
        "Steps of recommendation that led to the customer, at most three; 0 without any",
        "Schritte in der Kette der Empfehlungen, die zu diesem Kunden führte",
        "steps in the chain of recommendations that led to this customer",
        stream="above",
        fill=0,
    ),
    Feature(
        "circle_referrer_recency_days",
        smallest(number("bought_age") / DAY, DIRECT),
        "days",
        "Days since the last purchase of the one who recommended us to the customer",
        "Tage seit dem letzten Auftrag des Empfehlenden",
        "days since the last order of the one who recommended us to this customer",
        stream="above",
    ),
    Feature(
        "circle_referrer_referrals_365",
        largest(nw.col("others_365"), DIRECT),
        "recommendations",
        "Recommendations of others, in the last 365 days, by the one who recommended us",
        "Empfehlungen des Empfehlenden an andere in den letzten 365 Tagen",
        "recommendations to others in the last 365 days by the one who recommended us",
        stream="above",
        window_days=365,
    ),
    Feature(
        "circle_siblings",
        total(nw.col("siblings"), DIRECT),
        "customers",
        "Other customers won by the one who recommended us to the customer",
        "andere Kunden, die derselbe Empfehlende gewonnen hat",
        "other customers won by the same referrer",
        stream="above",
    ),
    Feature(
        "circle_siblings_recommending",
        total(nw.col("siblings_recommending"), DIRECT),
        "customers",
        "Of the other customers won by the same referrer, those who have recommended us",
        "andere Kunden desselben Empfehlenden, die selbst empfehlen",
        "other customers won by the same referrer who recommend us themselves",
        stream="above",
    ),
)

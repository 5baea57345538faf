"""Who recommends us: how often, in which bursts, with what result; who was recommended.

The referral graph is taken as known at the cutoff: a recommendation counts once it was made, and
leads to a customer once it converted. What it looks like further out stands in
`treue.features.referrals_graph`.
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
    step,
    windows,
)
from treue.features.referrals_graph import GRAPH, GRAPH_STREAMS
from treue.features.windows import (
    DAY,
    EVER,
    age_days,
    count,
    decayed,
    largest,
    ratio,
    smallest,
    within,
)

BURST_PAUSE_DAYS = 30
"""Without a recommendation for so long, the next one begins a new burst."""

SUPPOSED_LED, SUPPOSED_MADE = 1, 5
"""Beside the own recommendations count five of which one led to a customer.

A constant, not the company's own share: a feature depends on its customer alone, whoever else is
in the tables.
"""


def made(tables: Rows) -> Lazy:
    """One row a recommendation, by the one who made it; whether it begins a burst."""
    rows = tables["referrals"].with_columns(customer_id=nw.col("referrer_id"))
    pause = nw.col("at") - nw.col("at").shift(1).over("customer_id", order_by="at")
    begins = pause.is_null() | (pause >= BURST_PAUSE_DAYS * DAY * 1_000_000)
    return rows.with_columns(begins=begins)


def received(tables: Rows) -> Lazy:
    """One row a recommendation, by the one who was recommended to us."""
    referrals = tables["referrals"].filter(~nw.col("referred_id").is_null())
    return referrals.select("at", "known_at", customer_id=nw.col("referred_id"))


def success(tables: Rows) -> Lazy:
    """One row a recommendation, with whether it led to a customer."""
    return tables["referrals"].select(
        customer_id=nw.col("referrer_id"),
        led=nw.when(~nw.col("converted_age").is_null()).then(nw.lit(1)).otherwise(nw.lit(0)),
    )


STREAMS = {
    "referrals": Stream(made, ("referrals",)),
    "received": Stream(received, ("referrals",), needs=("referrals.referred_id",)),
    "success": Stream(success, ("referrals",), per_cutoff=True, needs=("referrals.converted_at",)),
    **GRAPH_STREAMS,
}

REFERRALS = Family(
    "referrals",
    "Empfehlungen",
    "recommendations",
    STREAMS,
    (
        *over(
            windows(30, 90, 180, 365, None),
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
        *(
            Feature(
                f"referrals_decayed_{half_life}",
                decayed(half_life),
                "recommendations",
                f"Recommendations, each weighted by 2**(-age / {half_life} days)",
                f"Empfehlungen, neuere stärker gewichtet (Halbwertszeit {half_life} Tage)",
                f"recommendations, recent ones weighted more (half-life {half_life} days)",
                stream="referrals",
                fill=0,
            )
            for half_life in (30, 90)
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
        step("first_referral_days", largest(age_days(), EVER), stream="referrals"),
        Feature(
            "referral_bursts",
            count(nw.col("begins")),
            "bursts",
            "Times that recommending began anew, after a pause of at least "
            f"{BURST_PAUSE_DAYS} days",
            f"Phasen, in denen empfohlen wurde (nach einer Pause von {BURST_PAUSE_DAYS} Tagen)",
            f"spells of recommending (after a pause of {BURST_PAUSE_DAYS} days)",
            stream="referrals",
            fill=0,
        ),
        Feature(
            "referral_per_burst",
            ratio(nw.col("referrals_made_all"), nw.col("referral_bursts")),
            "ratio",
            "Recommendations per burst",
            "Empfehlungen je Phase",
            "recommendations per spell",
            of=("referrals_made_all", "referral_bursts"),
        ),
        Feature(
            "referral_gap_mean_days",
            ratio(
                nw.col("first_referral_days") - nw.col("days_since_referral"),
                nw.col("referrals_made_all") - 1,
            ),
            "days",
            "Mean days between two recommendations; missing with fewer than two",
            "Tage zwischen zwei Empfehlungen im Mittel",
            "average days between two recommendations",
            of=("first_referral_days", "days_since_referral", "referrals_made_all"),
        ),
        Feature(
            "referral_overdue_ratio",
            ratio(nw.col("days_since_referral"), nw.col("referral_gap_mean_days")),
            "ratio",
            "Days since the last recommendation over the mean gap between two",
            "Zeit seit der letzten Empfehlung im Verhältnis zum üblichen Abstand",
            "time since the last recommendation relative to the usual gap",
            of=("days_since_referral", "referral_gap_mean_days"),
        ),
        Feature(
            "referral_per_year",
            ratio(nw.col("referrals_made_all") * 365, nw.col("tenure_days")),
            "ratio",
            "Recommendations per year since the first purchase",
            "Empfehlungen je Jahr seit dem ersten Auftrag",
            "recommendations per year since the first order",
            of=("referrals_made_all", "tenure_days"),
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
            "referrals_converted_shrunk",
            (nw.col("led").sum().cast(nw.Float64) + SUPPOSED_LED)
            / (nw.len().cast(nw.Float64) + SUPPOSED_MADE),
            "share",
            f"Share of recommendations that led to a customer, as if {SUPPOSED_MADE} more had been "
            f"made and {SUPPOSED_LED} of them had led to one",
            "Anteil erfolgreicher Empfehlungen, bei wenigen vorsichtig angesetzt",
            "share of successful recommendations, put cautiously where there are few",
            stream="success",
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
        *GRAPH,
    ),
)

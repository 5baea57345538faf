"""How a customer haggles: how often, how hard, with what result."""

from __future__ import annotations

import narwhals.stable.v2 as nw

from treue.features.family import WINDOWS, Family, Feature, Lazy, Rows, Stream, over, step, windows
from treue.features.windows import (
    EVER,
    age_days,
    before,
    change,
    count,
    decayed,
    largest,
    mean,
    mean_share,
    number,
    ratio,
    smallest,
    within,
)

LOST = nw.col("outcome") == "lost"


def _discount(price: str) -> nw.Expr:
    return ratio(number("list_price") - number(price), number("list_price"))


def rows(tables: Rows) -> Lazy:
    """One row a negotiation."""
    return tables["negotiations"]


def haggled_orders(tables: Rows) -> Lazy:
    """One row an order that was haggled over, at the first negotiation about it."""
    return (
        tables["negotiations"]
        .filter(~nw.col("order_id").is_null())
        .group_by("customer_id", "order_id")
        .agg(nw.col("at").min())
    )


STREAMS = {
    "negotiations": Stream(rows, ("negotiations",)),
    "haggled_orders": Stream(
        haggled_orders, ("negotiations",), needs=("negotiations.order_id", "purchases.order_id")
    ),
}


def _discounts(
    column: str, verb: str, meaning: str, de: str, en: str, needs: tuple[str, ...]
) -> tuple[Feature, ...]:
    return (
        *over(
            windows(90, 365, None),
            lambda w: Feature(
                f"discount_{verb}_mean",
                mean_share(_discount(column), within(w.days)),
                "share",
                f"Mean discount off the list price that was {meaning} {{window}}",
                f"{de} auf den Listenpreis im Mittel {{of}}",
                f"average discount {en}",
                stream="negotiations",
                needs=needs,
                actionable=verb == "granted",
            ),
        ),
        Feature(
            f"discount_{verb}_max_365",
            largest(_discount(column), within(365)),
            "share",
            f"Highest discount off the list price that was {meaning} in the last 365 days",
            f"höchster {de} auf den Listenpreis in den letzten 365 Tagen",
            f"highest discount {en} in the last 365 days",
            stream="negotiations",
            needs=needs,
            window_days=365,
        ),
    )


NEGOTIATIONS = Family(
    "negotiations",
    "Preisverhandlungen",
    "price negotiations",
    STREAMS,
    (
        *over(
            WINDOWS,
            lambda w: Feature(
                "negotiations",
                count(within(w.days)),
                "negotiations",
                "Price negotiations",
                "Preisverhandlungen",
                "price negotiations",
                stream="negotiations",
                fill=0,
            ),
        ),
        *over(
            windows(90, 180),
            lambda w: step(
                "negotiations_before",
                count(before(w.days or 0)),
                stream="negotiations",
                fill=0,
            ),
        ),
        Feature(
            "negotiations_decayed_90",
            decayed(90),
            "negotiations",
            "Negotiations, each weighted by 2**(-age / 90 days)",
            "Preisverhandlungen, neuere stärker gewichtet (Halbwertszeit 90 Tage)",
            "price negotiations, recent ones weighted more (half-life 90 days)",
            stream="negotiations",
            fill=0,
        ),
        Feature(
            "days_since_negotiation",
            smallest(age_days(), EVER),
            "days",
            "Days from the last negotiation to the cutoff",
            "Tage seit der letzten Preisverhandlung",
            "days since the last price negotiation",
            stream="negotiations",
        ),
        *(
            Feature(
                f"negotiations_trend_{days}",
                change(f"negotiations_{days}", f"negotiations_before_{days}"),
                "change",
                f"Negotiations of the last {days} days against the {days} days before: "
                "(now - before) / (now + before)",
                f"Preisverhandlungen der letzten {days} Tage verglichen mit den {days} Tagen davor",
                f"price negotiations of the last {days} days compared with the {days} days before",
                of=(f"negotiations_{days}", f"negotiations_before_{days}"),
                window_days=days,
            )
            for days in (90, 180)
        ),
        *over(
            windows(90, 365, None),
            lambda w: Feature(
                "negotiations_per_order",
                ratio(nw.col(f"negotiations_{w.suffix}"), nw.col(f"orders_{w.suffix}")),
                "ratio",
                "Negotiations per order",
                "Preisverhandlungen je Auftrag",
                "price negotiations per order",
                of=(f"negotiations_{w.suffix}", f"orders_{w.suffix}"),
            ),
        ),
        Feature(
            "negotiations_per_month",
            ratio(
                nw.col("negotiations_365") * 30.0,
                nw.when(nw.col("tenure_days") < 365).then(nw.col("tenure_days")).otherwise(365.0)
                + 1.0,
            ),
            "per month",
            "Negotiations per 30 days over the last 365 days, or over the tenure if shorter",
            "Preisverhandlungen pro Monat in den letzten 365 Tagen",
            "price negotiations per month in the last 365 days",
            of=("negotiations_365", "tenure_days"),
            window_days=365,
        ),
        *over(
            windows(365, None),
            lambda w: step(
                "haggled_orders", count(within(w.days)), stream="haggled_orders", fill=0
            ),
        ),
        *over(
            windows(365, None),
            lambda w: Feature(
                "haggled_share",
                ratio(nw.col(f"haggled_orders_{w.suffix}"), nw.col(f"orders_{w.suffix}")).clip(
                    0.0, 1.0
                ),
                "share",
                "Share of the orders {window} that were haggled over, at most 1",
                "Anteil verhandelter Aufträge",
                "share of orders haggled over",
                of=(f"haggled_orders_{w.suffix}", f"orders_{w.suffix}"),
            ),
        ),
        *_discounts(
            "asked_price",
            "asked",
            "asked for",
            "verlangter Nachlass",
            "asked for",
            ("negotiations.list_price", "negotiations.asked_price"),
        ),
        *_discounts(
            "agreed_price",
            "granted",
            "granted",
            "gewährter Nachlass",
            "granted",
            ("negotiations.list_price", "negotiations.agreed_price"),
        ),
        *over(
            windows(365, None),
            lambda w: Feature(
                "rounds_mean",
                mean(nw.col("rounds"), within(w.days)),
                "rounds",
                "Mean number of rounds of a negotiation",
                "Runden je Preisverhandlung",
                "rounds per price negotiation",
                stream="negotiations",
                needs=("negotiations.rounds",),
            ),
        ),
        Feature(
            "rounds_max_365",
            largest(nw.col("rounds"), within(365)),
            "rounds",
            "Most rounds of a negotiation in the last 365 days",
            "Runden in der längsten Preisverhandlung der letzten 365 Tage",
            "rounds in the longest price negotiation of the last 365 days",
            stream="negotiations",
            needs=("negotiations.rounds",),
            window_days=365,
        ),
        *over(
            windows(90, 365, None),
            lambda w: Feature(
                "quotes_lost",
                count(LOST & within(w.days)),
                "negotiations",
                "Negotiations known to be lost",
                "verlorene Angebote",
                "lost quotes",
                stream="negotiations",
                needs=("negotiations.outcome",),
                fill=0,
            ),
        ),
        Feature(
            "days_since_quote_won",
            smallest(age_days("decided_age"), nw.col("outcome") == "won"),
            "days",
            "Days from the last negotiation won to the cutoff, counted from the decision",
            "Tage seit der letzten gewonnenen Preisverhandlung",
            "days since the last price negotiation was won",
            stream="negotiations",
            needs=("negotiations.outcome", "negotiations.decided_at"),
        ),
        Feature(
            "quotes_lost_share_365",
            ratio(nw.col("quotes_lost_365"), nw.col("negotiations_365")),
            "share",
            "Negotiations lost among those of the last 365 days",
            "Anteil verlorener Angebote in den letzten 365 Tagen",
            "share of lost quotes in the last 365 days",
            of=("quotes_lost_365", "negotiations_365"),
            window_days=365,
        ),
        Feature(
            "negotiations_open",
            count(nw.col("outcome").is_null() | (nw.col("outcome") == "open")),
            "negotiations",
            "Negotiations not yet decided at the cutoff",
            "offene Preisverhandlungen",
            "open price negotiations",
            stream="negotiations",
            needs=("negotiations.outcome",),
            fill=0,
            actionable=True,
        ),
        *over(
            windows(90, 365, None),
            lambda w: Feature(
                "competitor_named",
                count(nw.col("competitor_named") & within(w.days)),
                "negotiations",
                "Negotiations {window} in which a competitor was named",
                "Preisverhandlungen mit Hinweis auf einen Wettbewerber",
                "price negotiations in which a competitor was named",
                stream="negotiations",
                needs=("negotiations.competitor_named",),
                fill=0,
            ),
        ),
    ),
)

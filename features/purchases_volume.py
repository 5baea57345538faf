"""What a customer's purchases amount to: revenue, margin, quantity, discounts, mix."""

from __future__ import annotations

import narwhals.stable.v2 as nw

from treue.features.family import WINDOWS, Feature, over, step, windows
from treue.features.windows import (
    LAST,
    before,
    change,
    decayed,
    largest,
    money,
    ratio,
    total,
    within,
)


def _sum_of(column: str, unit: str, meaning: str, de: str, en: str) -> tuple[Feature, ...]:
    return tuple(
        over(
            WINDOWS,
            lambda w: Feature(
                column,
                money(column, within(w.days)),
                unit,
                meaning,
                de,
                en,
                stream="moments",
                needs=(f"purchases.{column}",),
                fill=0,
            ),
        )
    )


VOLUME = (
    *_sum_of("amount", "money", "Revenue of purchases", "Umsatz", "revenue"),
    *_sum_of("margin", "money", "Contribution margin", "Deckungsbeitrag", "contribution margin"),
    *_sum_of("quantity", "pieces", "Quantity bought", "gekaufte Menge", "quantity bought"),
    *over(
        windows(90, 180, 365),
        lambda w: step(
            "amount_before", money("amount", before(w.days or 0)), stream="moments", fill=0
        ),
    ),
    Feature(
        "amount_decayed_90",
        decayed(90, nw.col("amount")) / 100,
        "money",
        "Revenue, each purchase weighted by 2**(-age / 90 days)",
        "Umsatz, neuerer stärker gewichtet (Halbwertszeit 90 Tage)",
        "revenue, recent purchases weighted more (half-life 90 days)",
        stream="moments",
        fill=0,
    ),
    Feature(
        "amount_decayed_365",
        decayed(365, nw.col("amount")) / 100,
        "money",
        "Revenue, each purchase weighted by 2**(-age / 365 days)",
        "Umsatz, neuerer stärker gewichtet (Halbwertszeit 365 Tage)",
        "revenue, recent purchases weighted more (half-life 365 days)",
        stream="moments",
        fill=0,
    ),
    Feature(
        "amount_last",
        largest(nw.col("amount"), LAST) / 100,
        "money",
        "Revenue at the last moment of buying",
        "Umsatz beim letzten Kauf",
        "revenue of the last purchase",
        stream="moments",
    ),
    *over(
        windows(365, None),
        lambda w: Feature(
            "amount_per_order",
            ratio(nw.col(f"amount_{w.suffix}"), nw.col(f"orders_{w.suffix}")),
            "money",
            "Revenue per order",
            "Umsatz je Auftrag",
            "revenue per order",
            of=(f"amount_{w.suffix}", f"orders_{w.suffix}"),
        ),
    ),
    Feature(
        "margin_share_365",
        ratio(nw.col("margin_365"), nw.col("amount_365")),
        "share",
        "Contribution margin over revenue in the last 365 days",
        "Anteil des Deckungsbeitrags am Umsatz der letzten 365 Tage",
        "contribution margin as a share of revenue in the last 365 days",
        of=("margin_365", "amount_365"),
        window_days=365,
        actionable=True,
    ),
    *(
        Feature(
            f"{what}_trend_{days}",
            change(f"{what}_{days}", f"{what}_before_{days}"),
            "change",
            f"{meaning} of the last {days} days against the {days} days before: "
            "(now - before) / (now + before)",
            f"{de} der letzten {days} Tage verglichen mit den {days} Tagen davor",
            f"{en} of the last {days} days compared with the {days} days before",
            of=(f"{what}_{days}", f"{what}_before_{days}"),
            window_days=days,
        )
        for what, meaning, de, en in (
            ("orders", "Orders", "Aufträge", "orders"),
            ("amount", "Revenue", "Umsatz", "revenue"),
        )
        for days in (90, 180, 365)
    ),
    step("lines_365", total(nw.col("lines"), within(365)), stream="moments", fill=0),
    Feature(
        "lines_per_order_365",
        ratio(nw.col("lines_365"), nw.col("orders_365")),
        "lines",
        "Lines per order in the last 365 days",
        "Positionen je Auftrag in den letzten 365 Tagen",
        "lines per order in the last 365 days",
        of=("lines_365", "orders_365"),
        window_days=365,
    ),
    step(
        "list_amount_365",
        money("list_amount", within(365)),
        stream="moments",
        needs=("purchases.list_amount",),
    ),
    step(
        "listed_amount_365",
        money("listed_amount", within(365)),
        stream="moments",
        needs=("purchases.list_amount",),
    ),
    Feature(
        "discount_share_365",
        ratio(nw.col("list_amount_365") - nw.col("listed_amount_365"), nw.col("list_amount_365")),
        "share",
        "Discount on list prices over list prices in the last 365 days",
        "Rabatt auf Listenpreise in den letzten 365 Tagen",
        "discount off list prices in the last 365 days",
        of=("list_amount_365", "listed_amount_365"),
        window_days=365,
        actionable=True,
    ),
)

MIX = (
    *(
        feature
        for kind, de, en in (
            ("service", "Dienstleistungen", "services"),
            ("contract", "Verträgen", "contracts"),
        )
        for feature in (
            step(
                f"{kind}_amount_365",
                money(kind, within(365)),
                stream="moments",
                needs=("purchases.kind",),
                fill=0,
            ),
            Feature(
                f"{kind}_share_365",
                ratio(nw.col(f"{kind}_amount_365"), nw.col("amount_365")),
                "share",
                f"Share of {en} in the revenue of the last 365 days",
                f"Anteil von {de} am Umsatz der letzten 365 Tage",
                f"share of {en} in the revenue of the last 365 days",
                of=(f"{kind}_amount_365", "amount_365"),
                window_days=365,
            ),
        )
    ),
    Feature(
        "last_channel",
        nw.when(LAST).then(nw.col("channel")).max(),
        "name",
        "Channel of the last purchase",
        "Vertriebsweg des letzten Kaufs",
        "channel of the last purchase",
        stream="moments",
        needs=("purchases.channel",),
        categorical=True,
    ),
)

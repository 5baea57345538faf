"""What a customer bought: how often, how much, how regularly, how widely, what came back.

An order is one ``order_id`` of a customer, counted at its first line; without order ids it is one
moment of buying. Amounts count line by line, so a line that is added to an order later counts
from the moment it was added.
"""

from __future__ import annotations

import narwhals.stable.v2 as nw

from treue.features.family import WINDOWS, Family, Feature, Lazy, Rows, Stream, over, step, windows
from treue.features.windows import (
    DAY,
    age_days,
    before,
    change,
    count,
    decayed,
    largest,
    mean,
    money,
    ratio,
    smallest,
    total,
    within,
)

MINUTE = 60_000_000
EVER = within(None)
LAST = nw.col("next_age").is_null()
SUMMED = ("amount", "margin", "quantity", "list_amount")


def _bought(rows: Rows) -> Lazy:
    purchases = rows["purchases"]
    if "is_return" not in purchases.collect_schema().names():
        return purchases
    return purchases.filter(~nw.col("is_return").fill_null(False))


def orders(rows: Rows) -> Lazy:
    """One row an order, with the gap to the order before (minutes) and the time of the next."""
    bought = _bought(rows)
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
    return events.with_columns(previous_at=previous, next_at=following).with_columns(
        gap=(nw.col("at") - nw.col("previous_at")) // MINUTE,
        first_of_day=nw.col("previous_at").is_null()
        | (nw.col("at") // (DAY * 1_000_000) != nw.col("previous_at") // (DAY * 1_000_000)),
    )


def moments(rows: Rows) -> Lazy:
    """One row a customer and moment: sums of everything bought at that moment."""
    bought = _bought(rows)
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
            _bought(rows)
            .filter(~nw.col(column).is_null())
            .select("customer_id", "at", column)
            .unique()
        )
        following = nw.col("at").shift(-1).over("customer_id", column, order_by="at")
        first = nw.col("at").min().over("customer_id", column)
        return things.with_columns(next_at=following, is_first=nw.col("at") == first)

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

COUNTS = (
    *over(
        WINDOWS,
        lambda w: Feature(
            "orders",
            count(within(w.days)),
            "orders",
            "Orders",
            "Aufträge",
            "orders",
            stream="orders",
            fill=0,
            actionable=True,
        ),
    ),
    *(
        Feature(
            f"orders_before_{days}",
            count(before(days)),
            "orders",
            f"Orders in the {days} days before the last {days} days",
            f"Aufträge im Zeitraum vor {days} bis {2 * days} Tagen",
            f"orders {days} to {2 * days} days ago",
            stream="orders",
            window_days=2 * days,
            fill=0,
        )
        for days in (90, 180, 365)
    ),
    *(
        Feature(
            f"orders_decayed_{half_life}",
            decayed(half_life),
            "orders",
            f"Orders, each weighted by 2**(-age / {half_life} days)",
            f"Aufträge, neuere stärker gewichtet (Halbwertszeit {half_life} Tage)",
            f"orders, recent ones weighted more (half-life {half_life} days)",
            stream="orders",
            fill=0,
        )
        for half_life in (30, 90, 365)
    ),
    *over(
        windows(365, None),
        lambda w: Feature(
            "active_months",
            nw.when(within(w.days)).then(nw.col("age") // (30 * DAY)).n_unique().cast(nw.Float64)
            # n_unique counts null as a value; it stands for rows outside the window
            - nw.when(within(w.days)).then(0).otherwise(1).max().cast(nw.Float64),
            "months",
            "Months of 30 days, counted back from the cutoff, with at least one order",
            "Monate mit mindestens einem Auftrag",
            "months with at least one order",
            stream="orders",
            fill=0,
        ),
    ),
)

RHYTHM = (
    Feature(
        "recency_days",
        smallest(nw.col("age"), EVER) / DAY,
        "days",
        "Days from the last order to the cutoff",
        "Tage seit dem letzten Auftrag",
        "days since the last order",
        stream="orders",
        actionable=True,
    ),
    Feature(
        "tenure_days",
        largest(nw.col("age"), EVER) / DAY,
        "days",
        "Days from the first order to the cutoff",
        "Tage seit dem ersten Auftrag",
        "days since the first order",
        stream="orders",
    ),
    Feature(
        "purchase_days",
        count(nw.col("first_of_day")),
        "days",
        "Distinct days (UTC) with an order",
        "Tage mit mindestens einem Auftrag",
        "days with at least one order",
        stream="orders",
        fill=0,
    ),
    step("gaps", nw.col("gap").count().cast(nw.Float64), stream="orders", fill=0),
    step("gap_sum", nw.col("gap").sum().cast(nw.Float64), stream="orders", fill=0),
    step("gap_squares", (nw.col("gap") * nw.col("gap")).sum().cast(nw.Float64), stream="orders"),
    Feature(
        "gap_last_days",
        largest(nw.col("gap"), LAST) / 1440,
        "days",
        "Days between the last two orders",
        "Tage zwischen den letzten beiden Aufträgen",
        "days between the last two orders",
        stream="orders",
    ),
    Feature(
        "gap_longest_days",
        largest(nw.col("gap"), EVER) / 1440,
        "days",
        "Longest gap between two orders in days",
        "längste Pause zwischen zwei Aufträgen in Tagen",
        "longest gap between two orders in days",
        stream="orders",
    ),
    Feature(
        "gap_mean_365_days",
        mean(nw.col("gap"), within(365)) / 1440,
        "days",
        "Mean gap in days before the orders of the last 365 days",
        "Tage zwischen zwei Aufträgen im Mittel der letzten 365 Tage",
        "days between two orders on average in the last 365 days",
        stream="orders",
        window_days=365,
    ),
    Feature(
        "gap_mean_days",
        ratio(nw.col("gap_sum"), nw.col("gaps")) / 1440,
        "days",
        "Mean gap between two orders in days",
        "Tage zwischen zwei Aufträgen im Mittel",
        "days between two orders on average",
        of=("gap_sum", "gaps"),
    ),
    Feature(
        "gap_std_days",
        nw.when(nw.col("gaps") > 1).then(
            ratio(
                nw.col("gaps") * nw.col("gap_squares") - nw.col("gap_sum") * nw.col("gap_sum"),
                nw.col("gaps") * (nw.col("gaps") - 1),
            )
            .clip(0.0, None)
            .sqrt()
            / 1440
        ),
        "days",
        "Standard deviation of the gaps between orders in days; missing below two gaps",
        "Schwankung des Abstands zwischen zwei Aufträgen in Tagen",
        "variation of the gap between two orders in days",
        of=("gaps", "gap_sum", "gap_squares"),
    ),
    Feature(
        "gap_variation",
        ratio(nw.col("gap_std_days"), nw.col("gap_mean_days")),
        "ratio",
        "Coefficient of variation of the gaps: standard deviation over mean",
        "Schwankung des Bestellabstands im Verhältnis zu seinem Mittel",
        "variation of the gap between orders relative to its mean",
        of=("gap_std_days", "gap_mean_days"),
    ),
    Feature(
        "overdue_ratio",
        ratio(nw.col("recency_days"), nw.col("gap_mean_days")),
        "ratio",
        "Days since the last order over the customer's own mean gap; above 1 an order is overdue",
        "Zeit seit dem letzten Auftrag im Verhältnis zum üblichen Bestellabstand",
        "time since the last order relative to the customer's usual gap between orders",
        of=("recency_days", "gap_mean_days"),
        actionable=True,
    ),
    Feature(
        "overdue_deviations",
        ratio(nw.col("recency_days") - nw.col("gap_mean_days"), nw.col("gap_std_days")),
        "ratio",
        "Days beyond the mean gap since the last order, in standard deviations of the gaps",
        "Verspätung des nächsten Auftrags im Verhältnis zur üblichen Schwankung",
        "delay of the next order relative to the customer's usual variation",
        of=("recency_days", "gap_mean_days", "gap_std_days"),
    ),
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


def _breadth(stream: str, de: str, de_new: str, en: str) -> tuple[Feature, ...]:
    # a thing counts once: at its last purchase before the cutoff
    return (
        *over(
            windows(90, 365, None),
            lambda w: Feature(
                f"{stream}",
                count(LAST & within(w.days)),
                stream,
                f"Distinct {en} bought",
                f"verschiedene gekaufte {de}",
                f"different {en} bought",
                stream=stream,
                fill=0,
                actionable=True,
            ),
        ),
        *over(
            windows(90, 365),
            lambda w: Feature(
                f"{stream}_new",
                count(nw.col("is_first") & within(w.days)),
                stream,
                f"{en.capitalize()} bought for the first time",
                f"erstmals gekaufte {de_new}",
                f"{en} bought for the first time",
                stream=stream,
                fill=0,
            ),
        ),
        Feature(
            f"{stream}_new_share_365",
            ratio(nw.col(f"{stream}_new_365"), nw.col(f"{stream}_365")),
            "share",
            f"First-time {en} among the different {en} of the last 365 days",
            f"Anteil erstmals gekaufter {de_new} in den letzten 365 Tagen",
            f"share of first-time {en} in the last 365 days",
            of=(f"{stream}_new_365", f"{stream}_365"),
            window_days=365,
        ),
    )


RETURNS = (
    *over(
        windows(90, 365, None),
        lambda w: Feature(
            "returns",
            count(within(w.days)),
            "lines",
            "Returned or cancelled lines",
            "zurückgegebene Positionen",
            "returned order lines",
            stream="returns",
            fill=0,
            actionable=True,
        ),
    ),
    step(
        "returned_365",
        total(nw.col("amount").abs(), within(365)) / 100,
        stream="returns",
        fill=0,
    ),
    Feature(
        "return_share_365",
        ratio(nw.col("returned_365"), nw.col("amount_365")),
        "share",
        "Value of returns over revenue in the last 365 days",
        "Wert der Rückgaben im Verhältnis zum Umsatz der letzten 365 Tage",
        "value of returns relative to revenue in the last 365 days",
        of=("returned_365", "amount_365"),
        window_days=365,
        actionable=True,
    ),
    Feature(
        "days_since_return",
        smallest(age_days(), EVER),
        "days",
        "Days from the last return to the cutoff",
        "Tage seit der letzten Rückgabe",
        "days since the last return",
        stream="returns",
    ),
)

PURCHASES = Family(
    "purchases",
    "Einkäufe",
    "purchases",
    STREAMS,
    (
        *COUNTS,
        *RHYTHM,
        *VOLUME,
        *MIX,
        *_breadth("products", "Artikel", "Artikel", "products"),
        *_breadth("categories", "Warengruppen", "Warengruppen", "product groups"),
        *RETURNS,
    ),
)

"""How often and how regularly a customer orders, and whether an order is overdue."""

from __future__ import annotations

import narwhals.stable.v2 as nw

from treue.features.family import WINDOWS, Feature, over, step, windows
from treue.features.windows import (
    DAY,
    EVER,
    LAST,
    before,
    count,
    decayed,
    largest,
    mean,
    ratio,
    smallest,
    within,
)

MONTH = 30 * DAY


def _first_of_month(days: int | None) -> nw.Expr:
    """Whether no earlier order lies both in the window and in the same month before the cutoff."""
    previous = nw.col("previous_age")
    first = previous.is_null() | (previous // MONTH != nw.col("age") // MONTH)
    return first if days is None else first | (previous >= days * DAY)


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
            count(within(w.days) & _first_of_month(w.days)),
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

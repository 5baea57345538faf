"""How a customer pays: on time, late, not yet.

An invoice counts from the day it is due, which is its last day: late are those paid a whole day
or more after that. One that is paid after the cutoff was overdue at the cutoff.
"""

from __future__ import annotations

import narwhals.stable.v2 as nw

from treue.features.family import Family, Feature, Lazy, Rows, Stream, over, step, windows
from treue.features.windows import DAY, age_days, count, largest, mean, money, ratio, within

# whole days, as due dates are days: an invoice due today and paid this evening is not late
DAYS_LATE = (nw.col("age") - nw.col("paid_age")).clip(0, None) // DAY
OVERDUE = nw.col("paid_age").is_null() & (nw.col("age") >= DAY)
LATE = (DAYS_LATE > 0) | OVERDUE
NEEDS = ("payments.paid_at",)


def rows(tables: Rows) -> Lazy:
    """One row an invoice."""
    return tables["payments"]


PAYMENTS = Family(
    "payments",
    "Zahlungen",
    "payments",
    {"payments": Stream(rows, ("payments",))},
    (
        *over(
            windows(365, None),
            lambda w: Feature(
                "days_late_mean",
                mean(DAYS_LATE, within(w.days)),
                "days",
                "Mean whole days late of the paid invoices that fell due {window}, early ones as 0",
                "Zahlungsverzug in Tagen im Mittel {of}",
                "average days of late payment",
                stream="payments",
                needs=NEEDS,
            ),
        ),
        Feature(
            "days_late_max_365",
            largest(DAYS_LATE, within(365)),
            "days",
            "Most whole days late among the paid invoices that fell due in the last 365 days",
            "Zahlungsverzug in Tagen im schlechtesten Fall der letzten 365 Tage",
            "most days of late payment in the last 365 days",
            stream="payments",
            needs=NEEDS,
            window_days=365,
        ),
        *over(
            windows(365, None),
            lambda w: step("payments", count(within(w.days)), stream="payments", fill=0),
        ),
        *over(
            windows(365, None),
            lambda w: step(
                "payments_late",
                count(LATE & within(w.days)),
                stream="payments",
                needs=NEEDS,
                fill=0,
            ),
        ),
        *over(
            windows(365, None),
            lambda w: Feature(
                "payments_late_share",
                ratio(nw.col(f"payments_late_{w.suffix}"), nw.col(f"payments_{w.suffix}")),
                "share",
                "Invoices paid late or overdue among all that fell due {window}",
                "Anteil verspätet oder noch nicht bezahlter Rechnungen",
                "share of invoices paid late or still unpaid",
                of=(f"payments_late_{w.suffix}", f"payments_{w.suffix}"),
            ),
        ),
        Feature(
            "payments_overdue",
            count(OVERDUE),
            "invoices",
            "Invoices due for a day or more and not paid at the cutoff",
            "überfällige Rechnungen",
            "overdue invoices",
            stream="payments",
            needs=NEEDS,
            fill=0,
            actionable=True,
        ),
        Feature(
            "payments_overdue_amount",
            money("amount", OVERDUE),
            "money",
            "Amount due for a day or more and not paid at the cutoff",
            "überfälliger Betrag",
            "overdue amount",
            stream="payments",
            needs=(*NEEDS, "payments.amount"),
            fill=0,
            actionable=True,
        ),
        Feature(
            "payments_overdue_days",
            largest(age_days(), OVERDUE),
            "days",
            "Days since the oldest overdue invoice fell due",
            "Verzug der ältesten überfälligen Rechnung in Tagen",
            "days that the oldest overdue invoice is late",
            stream="payments",
            needs=NEEDS,
            actionable=True,
        ),
    ),
)

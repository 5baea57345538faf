"""How a customer pays: on time, late, not yet.

An invoice counts from the day it is due. One that is paid after the cutoff was overdue at the
cutoff.
"""

from __future__ import annotations

import narwhals.stable.v2 as nw

from treue.features.family import Family, Feature, Lazy, Rows, Stream, over, step, windows
from treue.features.windows import DAY, age_days, count, largest, mean, money, ratio, within

UNPAID = nw.col("paid_age").is_null()
LATE_BY = (nw.col("age") - nw.col("paid_age")).clip(0, None)
LATE = (nw.col("paid_age") < nw.col("age")) | UNPAID
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
                mean(LATE_BY, within(w.days)) / DAY,
                "days",
                "Mean days from due to paid of the invoices paid, early ones as 0",
                "Tage Zahlungsverzug im Mittel",
                "days of late payment on average",
                stream="payments",
                needs=NEEDS,
            ),
        ),
        Feature(
            "days_late_max_365",
            largest(LATE_BY, within(365)) / DAY,
            "days",
            "Most days from due to paid among the invoices of the last 365 days",
            "Tage Zahlungsverzug im schlimmsten Fall der letzten 365 Tage",
            "days of late payment in the worst case of the last 365 days",
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
                "Invoices paid late or not yet among all that were due",
                "Anteil verspätet bezahlter Rechnungen",
                "share of invoices paid late",
                of=(f"payments_late_{w.suffix}", f"payments_{w.suffix}"),
            ),
        ),
        Feature(
            "payments_overdue",
            count(UNPAID),
            "invoices",
            "Invoices due and not paid at the cutoff",
            "überfällige Rechnungen",
            "overdue invoices",
            stream="payments",
            needs=NEEDS,
            fill=0,
            actionable=True,
        ),
        Feature(
            "payments_overdue_amount",
            money("amount", UNPAID),
            "money",
            "Amount due and not paid at the cutoff",
            "überfälliger Betrag",
            "overdue amount",
            stream="payments",
            needs=(*NEEDS, "payments.amount"),
            fill=0,
            actionable=True,
        ),
        Feature(
            "payments_overdue_days",
            largest(age_days(), UNPAID),
            "days",
            "Days since the oldest unpaid invoice fell due",
            "Tage, die die älteste offene Rechnung überfällig ist",
            "days that the oldest unpaid invoice is overdue",
            stream="payments",
            needs=NEEDS,
            actionable=True,
        ),
    ),
)

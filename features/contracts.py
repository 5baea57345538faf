"""Contracts: running, ending, renewed, cancelled.

The end of a contract is agreed at its start and so known before it comes; a cancellation is known
when it is given, even if the contract still runs.
"""

from __future__ import annotations

import narwhals.stable.v2 as nw

from treue.features.family import Family, Feature, Lazy, Rows, Stream
from treue.features.windows import DAY, EVER, count, largest, money, number, smallest

RENEWAL_DAYS = 45
"""A contract that starts within so many days of the end of an earlier one renews it."""


def rows(tables: Rows) -> Lazy:
    """One row a contract."""
    return tables["contracts"]


def renewals(tables: Rows) -> Lazy:
    """One row a customer and moment at which a contract took up where an earlier one ended."""
    contracts = tables["contracts"]
    earlier = contracts.select("customer_id", began=nw.col("at"), ended=nw.col("ends_at"))
    return (
        contracts.join(earlier, on="customer_id", how="inner")
        .filter(nw.col("began") < nw.col("at"))
        .filter((nw.col("at") - nw.col("ended")).abs() <= RENEWAL_DAYS * DAY * 1_000_000)
        .select("customer_id", "at")
        .unique()
    )


ENDS = ("contracts.ends_at",)
CANCELLED = ("contracts.cancelled_at",)
RUNNING = nw.col("ends_age").is_null() | (nw.col("ends_age") < 0)
NOTICE_GIVEN = ~nw.col("cancelled_age").is_null()

CONTRACTS = Family(
    "contracts",
    "Verträge",
    "contracts",
    {
        "contracts": Stream(rows, ("contracts",)),
        "renewals": Stream(renewals, ("contracts",), needs=ENDS),
    },
    (
        Feature(
            "contracts_started",
            count(EVER),
            "contracts",
            "Contracts started by the cutoff",
            "bisher geschlossene Verträge",
            "contracts concluded to date",
            stream="contracts",
            fill=0,
        ),
        Feature(
            "contracts_running",
            count(RUNNING),
            "contracts",
            "Contracts whose end lies after the cutoff, or without an end",
            "laufende Verträge",
            "running contracts",
            stream="contracts",
            needs=ENDS,
            fill=0,
            actionable=True,
        ),
        Feature(
            "contract_days_to_end",
            smallest(number("ends_age") / -DAY, RUNNING),
            "days",
            "Days from the cutoff to the nearest end of a running contract",
            "Tage bis zum nächsten Vertragsende",
            "days until the next contract ends",
            stream="contracts",
            needs=ENDS,
            actionable=True,
        ),
        Feature(
            "contract_age_days",
            largest(number("age") / DAY, EVER),
            "days",
            "Days since the first contract started",
            "Tage seit dem ersten Vertragsbeginn",
            "days since the first contract started",
            stream="contracts",
        ),
        Feature(
            "contract_renewals",
            count(EVER),
            "contracts",
            f"Times a contract started within {RENEWAL_DAYS} days of the end of an earlier one",
            "Vertragsverlängerungen",
            "contract renewals",
            stream="renewals",
            fill=0,
        ),
        Feature(
            "contract_value_year",
            money("value_year", RUNNING),
            "money",
            "Yearly value of the running contracts",
            "Jahreswert der laufenden Verträge",
            "yearly value of the running contracts",
            stream="contracts",
            needs=(*ENDS, "contracts.value_year"),
            fill=0,
        ),
        Feature(
            "contracts_cancelled",
            count(NOTICE_GIVEN),
            "contracts",
            "Contracts cancelled by the cutoff",
            "gekündigte Verträge",
            "cancelled contracts",
            stream="contracts",
            needs=CANCELLED,
            fill=0,
        ),
        Feature(
            "days_since_cancellation",
            smallest(number("cancelled_age") / DAY, NOTICE_GIVEN),
            "days",
            "Days from the last cancellation to the cutoff",
            "Tage seit der letzten Kündigung",
            "days since the last cancellation",
            stream="contracts",
            needs=CANCELLED,
        ),
    ),
)

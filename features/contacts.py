"""How often we talk to each other, and who begins."""

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
from treue.features.windows import DAY, age_days, count, decayed, smallest, within

NEEDS = ("contacts.direction",)


def rows(tables: Rows) -> Lazy:
    """One row a contact."""
    return tables["contacts"]


def around_orders(tables: Rows) -> Lazy:
    """One row a contact begun by the customer within the same 24 hours as an order."""
    bought = without_returns(tables["purchases"]).select("customer_id", day=nw.col("age") // DAY)
    begun = tables["contacts"].filter(nw.col("direction") == "in")
    return begun.with_columns(day=nw.col("age") // DAY).join(
        bought.unique(), on=["customer_id", "day"], how="semi"
    )


def _of_direction(direction: str, meaning: str, de: str, en: str) -> tuple[Feature, ...]:
    chosen = nw.col("direction") == direction
    return (
        *over(
            windows(30, 90, 365, None),
            lambda w: Feature(
                f"contacts_{direction}",
                count(chosen & within(w.days)),
                "contacts",
                f"Contacts {meaning}",
                f"Kontakte {de}",
                f"contacts {en}",
                stream="contacts",
                needs=NEEDS,
                fill=0,
                actionable=direction == "out",
            ),
        ),
        Feature(
            f"days_since_contact_{direction}",
            smallest(age_days(), chosen),
            "days",
            f"Days from the last contact {meaning} to the cutoff",
            f"Tage seit dem letzten Kontakt {de}",
            f"days since the last contact {en}",
            stream="contacts",
            needs=NEEDS,
            actionable=direction == "out",
        ),
    )


CONTACTS = Family(
    "contacts",
    "Kontakte",
    "contacts",
    {
        "contacts": Stream(rows, ("contacts",)),
        "around_orders": Stream(
            around_orders, ("contacts", "purchases"), per_cutoff=True, needs=NEEDS
        ),
    },
    (
        *over(
            windows(90, 365, None),
            lambda w: Feature(
                "contacts",
                count(within(w.days)),
                "contacts",
                "Contacts in either direction",
                "Kontakte",
                "contacts",
                stream="contacts",
                fill=0,
                actionable=True,
            ),
        ),
        Feature(
            "contacts_decayed_90",
            decayed(90),
            "contacts",
            "Contacts, each weighted by 2**(-age / 90 days)",
            "Kontakte, neuere stärker gewichtet (Halbwertszeit 90 Tage)",
            "contacts, recent ones weighted more (half-life 90 days)",
            stream="contacts",
            fill=0,
        ),
        Feature(
            "days_since_contact",
            smallest(age_days(), within(None)),
            "days",
            "Days from the last contact to the cutoff",
            "Tage seit dem letzten Kontakt",
            "days since the last contact",
            stream="contacts",
            actionable=True,
        ),
        *_of_direction(
            "in",
            "begun by the customer",
            "auf Initiative des Kunden",
            "initiated by the customer",
        ),
        *over(
            windows(30, 90),
            lambda w: Feature(
                "contacts_in_with_order",
                count(within(w.days)),
                "contacts",
                "Contacts begun by the customer within the same 24 hours as an order",
                "Kontakte auf Initiative des Kunden rund um einen Auftrag",
                "contacts initiated by the customer around an order",
                stream="around_orders",
                fill=0,
            ),
        ),
        Feature(
            "days_since_contact_in_with_order",
            smallest(age_days(), within(None)),
            "days",
            "Days from the last contact begun by the customer within the same 24 hours as an order",
            "Tage seit dem letzten Kontakt auf Initiative des Kunden rund um einen Auftrag",
            "days since the last contact initiated by the customer around an order",
            stream="around_orders",
        ),
        *_of_direction("out", "begun by us", "auf unsere Initiative", "initiated by us"),
    ),
)

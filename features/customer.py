"""What the customers table says: how long known, what was expected, and attributes.

Attributes are those the company names; a sensitive one can never be named. Each is known from
``since`` on and taken as it stands: an attribute that the company overwrites over time belongs
in an event table instead.
"""

from __future__ import annotations

from collections.abc import Sequence

import narwhals.stable.v2 as nw
import pyarrow as pa

from treue.features.family import Family, Feature, Lazy, Rows, Stream
from treue.features.schema import CUSTOMERS
from treue.features.windows import DAY, largest, ratio


def rows(tables: Rows) -> Lazy:
    """One row a customer."""
    return tables["customers"]


STREAMS = {"customers": Stream(rows, ("customers",))}


def _yearly(column: str, meaning: str, de: str, en: str) -> Feature:
    return Feature(
        column,
        nw.col(column).max().cast(nw.Float64) / 100.0,
        "money",
        meaning,
        de,
        en,
        stream="customers",
        needs=(f"customers.{column}",),
    )


CUSTOMER = Family(
    "customer",
    "Stammdaten",
    "master data",
    STREAMS,
    (
        Feature(
            "known_days",
            largest(nw.col("age"), ~nw.col("age").is_null()) / DAY,
            "days",
            "Days from the customer's `since` to the cutoff",
            "Tage seit Beginn der Kundenbeziehung",
            "days since the customer relationship began",
            stream="customers",
            needs=("customers.since",),
        ),
        _yearly(
            "acquisition_cost",
            "What it cost to win the customer",
            "Kosten der Kundengewinnung",
            "cost of winning the customer",
        ),
        _yearly(
            "expected_margin_year",
            "Yearly margin expected when the customer was won",
            "bei der Kundengewinnung erwarteter Deckungsbeitrag pro Jahr",
            "yearly contribution margin expected when the customer was won",
        ),
        Feature(
            "margin_against_expected",
            ratio(nw.col("margin_365"), nw.col("expected_margin_year")),
            "ratio",
            "Margin of the last 365 days over the yearly margin expected at acquisition",
            "Deckungsbeitrag der letzten 365 Tage im Verhältnis zum ursprünglich erwarteten",
            "contribution margin of the last 365 days relative to what was first expected",
            of=("margin_365", "expected_margin_year"),
            window_days=365,
        ),
    ),
)


def attribute(name: str, *, categorical: bool) -> Feature:
    """The feature made of an attribute of the customers table, called as the company calls it."""
    label = name.replace("_", " ")
    # largest and max: a customer has one row, so this only picks it
    expr = nw.col(CUSTOMERS.inside(name)).max()
    return Feature(
        f"attribute_{name}",
        expr if categorical else expr.cast(nw.Float64),
        "name" if categorical else "number",
        f"Attribute `{name}` of the customers table",
        label,
        label,
        stream="customers",
        categorical=categorical,
        family="customer",
    )


def attributes(names: Sequence[str], customers: pa.Table | None) -> tuple[Feature, ...]:
    """Features for all attributes that the customers table has; texts are categorical."""
    if customers is None:
        return ()
    return tuple(
        attribute(name, categorical=not _is_number(customers.schema.field(name).type))
        for name in names
        if name in customers.column_names
    )


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_floating(kind) or pa.types.is_integer(kind)

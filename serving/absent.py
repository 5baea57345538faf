"""Why a customer is not among the scored, and whom the asker may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from datetime import datetime

import pyarrow.compute as pc

from treue.features.tables import Tables
from treue.serving.definition import PanelDefinition

_MOST_COMPARED = 20_000


def why_not_scored(
    customer_id: str, tables: Tables, cutoff: datetime, definition: PanelDefinition
) -> str:
    """Say whether the customer never bought, or is not eligible any more, as known at `cutoff`."""
    purchases = tables.known_at(cutoff).frames["purchases"]
    if "is_return" in purchases.column_names:
        purchases = purchases.filter(pc.invert(pc.fill_null(purchases["is_return"], False)))
    own = purchases.filter(pc.equal(purchases["customer_id"], customer_id))
    day = f"{cutoff:%Y-%m-%d}"
    if own.num_rows == 0:
        known = pc.unique(purchases["customer_id"]).to_pylist()
        return f"customer {customer_id!r} never bought until {day}; {nearest(customer_id, known)}"
    last: datetime = pc.max(own["purchased_at"]).as_py()
    ago = (cutoff - last).days
    if definition.churn == "contract":
        why = "no contract was running"
    elif ago >= definition.lookback:
        why = (
            f"the last purchase was {ago} days before ({last:%Y-%m-%d}), the lookback is "
            f"{definition.lookback} days"
        )
    else:
        why = f"nothing was spent in the lookback of {definition.lookback} days"
    return (
        f"customer {customer_id!r} is not scored at {day}: {why}, so there is nobody to lose; "
        "choose an earlier cutoff"
    )


def nearest(customer_id: str, known: Iterable[str]) -> str:
    """Name up to five similar ids among those of about the same length."""
    similar = [other for other in known if abs(len(other) - len(customer_id)) <= 1]
    close = difflib.get_close_matches(customer_id, similar[:_MOST_COMPARED], n=5)
    return f"nearest are {', '.join(close)}" if close else "check the id"

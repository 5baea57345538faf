"""Why a customer is not among the scored, and whom the asker may have meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from datetime import datetime

import pyarrow.compute as pc

from treue.features.schema import TABLES
from treue.features.tables import Tables
from treue.serving.definition import PanelDefinition

_MOST_COMPARED = 20_000
_MOST_NAMED = 5


def why_not_scored(
    customer_id: str, tables: Tables, cutoff: datetime, definition: PanelDefinition
) -> str:
    """Say whether the id is unknown, never bought, or is not eligible any more at `cutoff`."""
    purchases = tables.known_at(cutoff).frames["purchases"]
    if "is_return" in purchases.column_names:
        purchases = purchases.filter(pc.invert(pc.fill_null(purchases["is_return"], False)))
    own = purchases.filter(pc.equal(purchases["customer_id"], customer_id))
    day = f"{cutoff:%Y-%m-%d}"
    if own.num_rows == 0:
        known = _known(tables)
        if customer_id not in known:
            return f"customer {customer_id!r} is not in the data; {nearest(customer_id, known)}"
        return (
            f"customer {customer_id!r} never bought until {day}, so there is nobody to lose; "
            f"only buyers are scored"
        )
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
    """Name up to five similar ids, first those that differ by case or leading zeros only."""
    asked = _plain(customer_id)
    others = [(other, _plain(other)) for other in known]
    same = sorted(other for other, plain in others if plain == asked)[:_MOST_NAMED]
    if same:
        return f"did you mean {' or '.join(same)}?"
    similar = {plain: other for other, plain in others if abs(len(plain) - len(asked)) <= 1}
    compared = list(similar)[:_MOST_COMPARED]
    close = difflib.get_close_matches(asked, compared, n=_MOST_NAMED)
    return f"nearest are {', '.join(similar[one] for one in close)}" if close else "check the id"


def _plain(customer_id: str) -> str:
    """Leave out what people leave out when they type an id: case and leading zeros."""
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", customer_id.strip().casefold())


def _known(tables: Tables) -> dict[str, None]:
    """Every customer that any table names, in order of first appearance."""
    known: dict[str, None] = {}
    for name, frame in sorted(tables.frames.items(), key=lambda item: item[0] != "purchases"):
        known |= dict.fromkeys(pc.unique(frame[TABLES[name].customer]).to_pylist())
    known.pop(None, None)  # type: ignore[call-overload]
    return known

"""Why a customer is not among the scored, and whom the asker may have meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import pyarrow.compute as pc

from treue.features.errors import TreueError
from treue.features.schema import TABLES

if TYPE_CHECKING:
    from treue.features.tables import Tables
    from treue.serving.definition import PanelDefinition

_MOST_COMPARED = 20_000
_MOST_NAMED = 5


@dataclass(frozen=True)
class Absence:
    """Why no estimate is made of a customer whom the data know.

    Attributes
    ----------
    reason
        Never bought, no contract running, the last purchase too long ago, or nothing spent.
    last
        The last purchase, if there is one.
    lookback
        Days in which a customer must have bought.
    """

    customer_id: str
    cutoff: datetime
    reason: Literal["never", "contract", "ago", "nothing"]
    lookback: int
    last: datetime | None = None


class NotScoredError(TreueError):
    """A customer whom the data know, and of whom no estimate is made."""

    def __init__(self, absence: Absence) -> None:
        self.absence = absence
        super().__init__(_told(absence))


def why_not_scored(
    customer_id: str, tables: Tables, cutoff: datetime, definition: PanelDefinition
) -> TreueError:
    """Return the error for an id that is unknown, never bought, or is not eligible at `cutoff`."""
    purchases = tables.known_at(cutoff).frames["purchases"]
    if "is_return" in purchases.column_names:
        purchases = purchases.filter(pc.invert(pc.fill_null(purchases["is_return"], False)))
    own = purchases.filter(pc.equal(purchases["customer_id"], customer_id))
    lookback = definition.lookback
    if own.num_rows == 0:
        known = _known(tables)
        if customer_id not in known:
            return TreueError(
                f"customer {customer_id!r} is not in the data; {nearest(customer_id, known)}"
            )
        return NotScoredError(Absence(customer_id, cutoff, "never", lookback))
    last: datetime = pc.max(own["purchased_at"]).as_py()
    if definition.churn == "contract":
        return NotScoredError(Absence(customer_id, cutoff, "contract", lookback, last))
    reason: Literal["ago", "nothing"] = "ago" if (cutoff - last).days >= lookback else "nothing"
    return NotScoredError(Absence(customer_id, cutoff, reason, lookback, last))


def _told(absence: Absence) -> str:
    day = f"{absence.cutoff:%Y-%m-%d}"
    if absence.last is None:
        return (
            f"customer {absence.customer_id!r} never bought until {day}, so there is nobody to "
            "lose; only buyers are scored"
        )
    why = {
        "contract": "no contract was running",
        "ago": (
            f"the last purchase was {(absence.cutoff - absence.last).days} days before "
            f"({absence.last:%Y-%m-%d}), the lookback is {absence.lookback} days"
        ),
        "nothing": f"nothing was spent in the lookback of {absence.lookback} days",
    }[absence.reason]
    return (
        f"customer {absence.customer_id!r} is not scored at {day}: {why}, so there is nobody to "
        "lose; choose an earlier cutoff"
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

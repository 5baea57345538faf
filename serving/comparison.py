"""What a customer's values are compared with: their own earlier ones, and all eligible customers.

A count of the last 90 days is compared with the same count 90 days ago, as it was known then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from treue.features.catalogue import CATALOGUE, FAMILIES, describe
from treue.features.family import Family, Feature
from treue.features.panel import build_panel, feature_columns
from treue.features.schema import TABLES
from treue.features.topics import TELLINGS

if TYPE_CHECKING:
    from treue.features.tables import Tables

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int_]

WINDOWS = (90, 365)
"""Lengths of window, in days, for which earlier values are computed."""
PEERLESS = frozenset({"calendar_sin", "calendar_cos"})
_WITH_REFERRED = frozenset({"reference_customers", "reference_amount", "reference_margin"})
"""They need the purchases of other customers, which are left out for speed."""


class Compared(NamedTuple):
    """What one value of a customer is compared with.

    Attributes
    ----------
    earlier
        The same feature one window earlier; None where the customer or the data are too young.
    below, above
        Shares of the eligible customers who have a value, with a lower and with a higher one. For
        a name, `below` and `above` are each half of those with another.
    without
        Share of the eligible customers who have no value.
    """

    earlier: float | None = None
    below: float | None = None
    above: float | None = None
    without: float = 0.0

    @property
    def same(self) -> float | None:
        """Share of eligible customers with the same value, the customer among them."""
        return None if self.below is None or self.above is None else 1 - self.below - self.above


@dataclass(frozen=True)
class Comparison:
    """Earlier values and peers of all customers of a panel.

    Attributes
    ----------
    customers
        Position of each customer.
    earlier, below, above
        By feature, one number a customer; NaN where there is none.
    without
        Share of customers without a value, by feature.
    """

    customers: Mapping[str, int]
    earlier: Mapping[str, Floats]
    below: Mapping[str, Floats]
    above: Mapping[str, Floats]
    without: Mapping[str, float]

    def of(self, customer_id: str) -> Mapping[str, Compared]:
        """Return what one customer's values are compared with, by feature."""
        return self.at(self.customers[customer_id])

    def at(self, row: int) -> Mapping[str, Compared]:
        """Return the same for the customer in one row of the panel."""
        return _OfOne(self, row)

    def many(self, start: int) -> ManyCompared:
        """Return the same in columns for the customers from one row of the panel on."""
        return ManyCompared(self, start)


@dataclass(frozen=True)
class _OfOne(Mapping[str, Compared]):
    """What one customer's values are compared with; only what is asked for is made."""

    comparison: Comparison
    row: int

    def __getitem__(self, name: str) -> Compared:
        below = self.comparison.below[name][self.row]
        earlier = self.comparison.earlier.get(name)
        return Compared(
            None if earlier is None else _known(earlier[self.row]),
            _known(below),
            _known(self.comparison.above[name][self.row]),
            self.comparison.without[name],
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self.comparison.below)

    def __len__(self) -> int:
        return len(self.comparison.below)


@dataclass(frozen=True)
class ManyCompared:
    """What the rows of a panel from `start` on are compared with; rows are counted from there."""

    comparison: Comparison
    start: int

    def earlier(self, name: str, rows: Places) -> Floats:
        """Return values one window earlier; NaN where there is none."""
        return self._of(self.comparison.earlier, name, rows)

    def peers(self, name: str, rows: Places) -> tuple[Floats, Floats]:
        """Return the shares of customers with a lower and with a higher value, NaN as above."""
        comparison = self.comparison
        return self._of(comparison.below, name, rows), self._of(comparison.above, name, rows)

    def without(self, name: str) -> float:
        """Return the share of customers without a value."""
        return self.comparison.without.get(name, 0.0)

    def of_row(self, row: int) -> Mapping[str, Compared]:
        """Return what one customer's values are compared with."""
        return self.comparison.at(self.start + row)

    def _of(self, columns: Mapping[str, Floats], name: str, rows: Places) -> Floats:
        column = columns.get(name)
        return np.full(len(rows), np.nan) if column is None else column[self.start + rows]


def compare(
    tables: Tables | None,
    cutoff: datetime | None,
    panel: pd.DataFrame,
    *,
    own_families: Sequence[Family] = (),
    customers: Iterable[str] | None = None,
) -> Comparison:
    """Return what the values of a panel at one cutoff are compared with.

    Parameters
    ----------
    tables, cutoff
        What the panel was made from; without them (a ready panel) there are no earlier values.
    panel
        One row a customer: all who are eligible.
    own_families
        Families that are not in the catalogue, if the panel has any.
    customers
        Those to look up earlier values of, which is quicker for a few; None: all.
    """
    ids = panel["customer_id"].astype(str)
    earlier: dict[str, Floats] = {}
    if tables is not None and cutoff is not None:
        wanted = set(ids if customers is None else customers)
        earlier = _earlier(tables, cutoff, panel.assign(customer_id=ids), wanted, own_families)
    below, above = {}, {}
    for name in feature_columns(panel):
        if name not in PEERLESS:
            below[name], above[name] = _shares(panel[name])
    positions = {customer: at for at, customer in enumerate(ids)}
    without = {name: float(panel[name].isna().mean()) for name in below}
    return Comparison(positions, earlier, below, above, without)


def _shares(column: pd.Series[Any]) -> tuple[Floats, Floats]:
    """Shares of customers with a lower and with a higher value, NaN where there is none."""
    n = max(int(column.notna().sum()), 1)
    if not pd.api.types.is_numeric_dtype(column):
        names = column.astype(object)
        counts = names.map(names.value_counts()).to_numpy(dtype=float)
        other = (n - counts) / (2 * n)
        return other, other
    values = column.to_numpy(dtype=float)
    ordered = np.sort(values[~np.isnan(values)])
    below = np.searchsorted(ordered, values, side="left") / n
    above = (len(ordered) - np.searchsorted(ordered, values, side="right")) / n
    nothing = np.isnan(values)
    return np.where(nothing, np.nan, below), np.where(nothing, np.nan, above)


def _earlier(
    tables: Tables,
    cutoff: datetime,
    panel: pd.DataFrame,
    wanted: set[str],
    own_families: Sequence[Family],
) -> dict[str, Floats]:
    """Values one window earlier, in the order of the panel."""
    features = [describe(name, own_families) for name in feature_columns(panel)]
    features = [f for f in features if not f.categorical and _may_be_told(f)]
    small = _only(tables, wanted)
    families = (*FAMILIES, *own_families)
    found: dict[str, Floats] = {}
    for days in WINDOWS:
        then = cutoff - timedelta(days=days)
        known_since = _known_since(tables, families)
        enough = [
            feature
            for feature in features
            if feature.window_days == days
            and known_since.get(feature.family, cutoff) <= then - timedelta(days=days)
        ]
        if not enough or _first(small, "purchases") > then:
            continue
        before = build_panel(
            small, [then], lookback=_ALL_DAYS, families=_of_these(families, enough)
        )
        before = before.set_index("customer_id").reindex(panel["customer_id"])
        old_enough = (before["tenure_days"] >= days).to_numpy()
        for feature in enough:
            if feature.name in before:
                values = before[feature.name].to_numpy(dtype=float)
                found[feature.name] = np.where(old_enough, values, np.nan)
    return found


_ALL_DAYS = 36_500
"""A lookback that leaves nobody out: a customer who paused was a customer too."""


def _may_be_told(feature: Feature) -> bool:
    told = feature.name in TELLINGS or feature.name not in CATALOGUE
    return told and feature.name not in _WITH_REFERRED


def _of_these(families: Sequence[Family], features: Sequence[Feature]) -> tuple[Family, ...]:
    """Keep purchases, which tell the tenure, and the families that are asked for."""
    asked = {"purchases", *(feature.family for feature in features)}
    needed = {
        part.partition(".")[0]
        for family in families
        if family.name in asked
        for feature in family.features
        for part in feature.of
    }
    asked |= {f.family for family in families for f in family.features if f.name in needed}
    return tuple(family for family in families if family.name in asked)


def _only(tables: Tables, customers: set[str]) -> Tables:
    """Return the rows of these customers."""
    wanted = pa.array(sorted(customers), pa.string())
    frames = {
        name: frame.filter(pc.is_in(frame[TABLES[name].customer], value_set=wanted))
        for name, frame in tables.frames.items()
    }
    return replace(tables, frames=frames)


def _known_since(tables: Tables, families: Sequence[Family]) -> dict[str, datetime]:
    """Time of the first event of each family's tables."""
    found = {}
    for family in families:
        read = {table for stream in family.streams.values() for table in stream.tables}
        there = [_first(tables, table) for table in read if _is_dated(tables, table)]
        if there:
            found[family.name] = max(there)
    return found


def _is_dated(tables: Tables, table: str) -> bool:
    """Whether a table was brought with its moments: customers need not say since when."""
    frame = tables.frames.get(table)
    return frame is not None and TABLES[table].event_time in frame.column_names


def _first(tables: Tables, table: str) -> datetime:
    first = pc.min(tables.frames[table][TABLES[table].event_time]).as_py()
    return first if first is not None else datetime.max


def _known(number: float) -> float | None:
    return None if np.isnan(number) else float(number)

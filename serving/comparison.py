"""What a customer's values are compared with: their own earlier ones, and all eligible customers.

A count of the last 90 days is compared with the same count 90 days ago, as it was known then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from treue.features.panel import feature_columns

if TYPE_CHECKING:
    from treue.features.family import Family
    from treue.features.tables import Tables

_FEW = 1_000
"""Customers up to whom a panel's numbers are taken out of it at once."""

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int_]

PEERLESS = frozenset({"calendar_sin", "calendar_cos"})


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
    earlier
        By feature, one number a customer; NaN where there is none.
    peers
        How all customers of the panel stand to each other.
    """

    customers: Mapping[str, int]
    earlier: Mapping[str, Floats]
    peers: Peers

    def of(self, customer_id: str) -> Mapping[str, Compared]:
        """Return what one customer's values are compared with, by feature."""
        return self.at(self.customers[customer_id])

    def at(self, row: int) -> Mapping[str, Compared]:
        """Return the same for the customer in one row of the panel."""
        return _OfOne(self, row)

    def alone(self, row: int) -> Mapping[str, Compared]:
        """Return the same, of which the others in the panel are no part: they are no peers."""
        return _OfOne(self, row, with_peers=False)

    def many(self, start: int) -> ManyCompared:
        """Return the same in columns for the customers from one row of the panel on."""
        return ManyCompared(self, start)


class Peers:
    """How the customers of a panel stand to each other; by feature, when it is first asked for."""

    def __init__(self, panel: pd.DataFrame) -> None:
        self._panel = panel
        self.names = [name for name in feature_columns(panel) if name not in PEERLESS]
        self._named = frozenset(self.names)
        self._standings: dict[str, _Numbers | _Names] = {}
        self._without: dict[str, float] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._named

    def shares(self, name: str, rows: Places) -> tuple[Floats, Floats]:
        """Return the shares of customers with a lower and with a higher value than these rows'.

        NaN where a row has no value, or nobody else is in the panel.
        """
        if len(self._panel) < 2:
            nobody = np.full(len(rows), np.nan)
            return nobody, nobody
        if name not in self._standings:
            numbers = self._numbers(name)
            self._standings[name] = (
                _Names.of(self._panel[name]) if numbers is None else _Numbers.of(numbers)
            )
        return self._standings[name].shares(rows)

    def without(self, name: str) -> float:
        """Return the share of customers without a value; 0 where nobody else is in the panel."""
        if len(self._panel) < 2:
            return 0.0
        if name not in self._without:
            numbers = self._numbers(name)
            nothing = self._panel[name].isna() if numbers is None else np.isnan(numbers)
            self._without[name] = float(nothing.mean())
        return self._without[name]

    def _numbers(self, name: str) -> Floats | None:
        """Return a column of numbers; None for one of names."""
        if name in self._at_once:
            return self._at_once[name]
        column = self._panel[name]
        if not pd.api.types.is_numeric_dtype(column):
            return None
        if column.dtype == np.float64:
            return column.to_numpy()  # of a million customers no copy
        return column.to_numpy(dtype=float, na_value=np.nan)

    @cached_property
    def _at_once(self) -> dict[str, Floats]:
        """Numbers of few customers: taking columns out one by one would be most of the work."""
        if len(self._panel) > _FEW:
            return {}
        kinds = zip(self._panel.columns.tolist(), self._panel.dtypes.tolist(), strict=True)
        names = [name for name, kind in kinds if kind == np.float64]
        return dict(zip(names, self._panel[names].to_numpy().T, strict=True))


class _Numbers(NamedTuple):
    """A feature of all customers, of whom only those are looked up who are told of it.

    Attributes
    ----------
    values
        Of each customer.
    known
        Values that occur, ascending.
    upto
        How many customers have no more than each of them, from 0 on: one number more.
    """

    values: Floats
    known: Floats
    upto: npt.NDArray[np.int32]

    @classmethod
    def of(cls, values: Floats) -> _Numbers:
        known, counts = np.unique(values[~np.isnan(values)], return_counts=True)
        return cls(values, known, np.concatenate([[0], np.cumsum(counts)]).astype(np.int32))

    def shares(self, rows: Places) -> tuple[Floats, Floats]:
        values = self.values[rows]
        nothing = np.isnan(values)
        if not len(self.known):
            return values, values
        n = int(self.upto[-1])
        places = np.minimum(np.searchsorted(self.known, values), len(self.known) - 1)
        below, above = self.upto[places] / n, (n - self.upto[places + 1]) / n
        return np.where(nothing, np.nan, below), np.where(nothing, np.nan, above)


class _Names(NamedTuple):
    """A feature that is a name: half of the customers with another are below, half above."""

    other: Floats

    @classmethod
    def of(cls, column: pd.Series[Any]) -> _Names:
        return cls(_shares_of_names(column)[0])

    def shares(self, rows: Places) -> tuple[Floats, Floats]:
        other = self.other[rows]
        return other, other


@dataclass(frozen=True)
class _OfOne(Mapping[str, Compared]):
    """What one customer's values are compared with; only what is asked for is made."""

    comparison: Comparison
    row: int
    with_peers: bool = True

    def __getitem__(self, name: str) -> Compared:
        peers = self.comparison.peers
        if name not in peers:
            raise KeyError(name)
        earlier = self.comparison.earlier.get(name)
        before = None if earlier is None else _known(earlier[self.row])
        if not self.with_peers:
            return Compared(before)
        below, above = peers.shares(name, np.array([self.row]))
        return Compared(before, _known(below[0]), _known(above[0]), peers.without(name))

    def __iter__(self) -> Iterator[str]:
        return iter(self.comparison.peers.names)

    def __len__(self) -> int:
        return len(self.comparison.peers.names)


@dataclass(frozen=True)
class ManyCompared:
    """What the rows of a panel from `start` on are compared with; rows are counted from there."""

    comparison: Comparison
    start: int

    def earlier(self, name: str, rows: Places) -> Floats:
        """Return values one window earlier; NaN where there is none."""
        column = self.comparison.earlier.get(name)
        return np.full(len(rows), np.nan) if column is None else column[self.start + rows]

    def peers(self, name: str, rows: Places) -> tuple[Floats, Floats]:
        """Return the shares of customers with a lower and with a higher value, NaN as above."""
        if name not in self.comparison.peers:
            nothing = np.full(len(rows), np.nan)
            return nothing, nothing
        return self.comparison.peers.shares(name, self.start + rows)

    def without(self, name: str) -> float:
        """Return the share of customers without a value."""
        peers = self.comparison.peers
        return peers.without(name) if name in peers else 0.0

    def of_row(self, row: int) -> Mapping[str, Compared]:
        """Return what one customer's values are compared with."""
        return self.comparison.at(self.start + row)


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
    ids = panel["customer_id"].astype(str).tolist()
    earlier: dict[str, Floats] = {}
    if tables is not None and cutoff is not None:
        from treue.serving.earlier import earlier_values

        wanted = set(ids if customers is None else customers)
        names = feature_columns(panel)
        earlier = earlier_values(tables, cutoff, ids, names, wanted, own_families)
    return Comparison({customer: at for at, customer in enumerate(ids)}, earlier, Peers(panel))


def _shares_of_names(column: pd.Series[Any]) -> tuple[Floats, Floats]:
    """Half of those with another name, below and above; NaN where there is none."""
    n = max(int(column.notna().sum()), 1)
    names = column.astype(object)
    counts = names.map(names.value_counts()).to_numpy(dtype=float)
    other = (n - counts) / (2 * n)
    return other, other


def _known(number: float) -> float | None:
    return None if np.isnan(number) else float(number)

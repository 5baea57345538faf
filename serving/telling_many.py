"""One feature of many customers in sentences: what is read the same is written once.

What `Teller.weigh` decides for one customer is decided here for whole columns. Fronts and tails
are still written by the teller's `Wording`, each once for all rows that share what it shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from treue.serving.as_shown import as_shown
from treue.serving.comparison import Compared, ManyCompared
from treue.serving.formats import LANGUAGES
from treue.serving.telling import MANY_ALIKE, MOST, STRIKING, Teller
from treue.serving.weighed import Basis, Kind, Weighed

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int_]
KINDS: tuple[Kind, ...] = ("none", "pair", "earlier", "alike", "middle", "peers")
_NONE, _PAIR, _EARLIER, _ALIKE, _MIDDLE, _PEERS = range(len(KINDS))
_MISSING = -1e308

Sentence = tuple[str, ...]
"""In each language."""
Sort = Literal["number", "flag", "name", "mixed"]


class Values:
    """The columns of some rows as numbers, each read once."""

    def __init__(self, rows: pd.DataFrame) -> None:
        self.rows = rows
        self._numbers: dict[str, Floats] = {}
        self._sorts: dict[str, Sort] = {}
        self._columns: dict[str, Any] = {}

    def numbers(self, name: str, rows: Places) -> Floats:
        """Return values of a column, NaN where missing; each name has a number of its own."""
        if name not in self._numbers:
            self._numbers[name] = self._read(name)
        return self._numbers[name][rows]

    def sort(self, name: str) -> Sort:
        """Return what a column holds; one that is not there holds nothing that differs."""
        if name not in self._sorts:
            self._sorts[name] = self._sorted(name)
        return self._sorts[name]

    def at(self, row: int, names: Iterable[str]) -> dict[str, Any]:
        """Return some values of one row as Python has them."""
        found = {}
        for name in names:
            if name not in self._columns:
                there = name in self.rows
                self._columns[name] = self.rows[name].array if there else None
            column = self._columns[name]
            if column is not None:
                value = column[row]
                found[name] = value.item() if isinstance(value, np.generic) else value
        return found

    def _read(self, name: str) -> Floats:
        if name not in self.rows:
            return np.full(len(self.rows), np.nan)
        column = self.rows[name]
        if self.sort(name) in ("number", "flag"):
            return column.to_numpy(dtype=float, na_value=np.nan)
        codes = pd.factorize(column)[0].astype(float)
        return np.where(codes < 0, np.nan, codes)

    def _sorted(self, name: str) -> Sort:
        if name not in self.rows:
            return "number"
        column = self.rows[name]
        if pd.api.types.is_bool_dtype(column):
            return "flag"
        if pd.api.types.is_numeric_dtype(column):
            return "number"
        categories = isinstance(column.dtype, pd.CategoricalDtype)
        names = column.cat.categories if categories else column
        inferred = pd.api.types.infer_dtype(names, skipna=True)
        return "name" if inferred in ("string", "empty") else "mixed"


@dataclass
class WeighedMany:
    """What `Teller.weigh` returns, of many rows (n,)."""

    value: Floats
    known: Flags
    kind: Places
    side: Places
    striking: Flags
    fits: Flags
    earlier: Floats
    below: Floats
    above: Floats

    def of(self, mask: Flags) -> WeighedMany:
        """Return some of the rows."""
        return WeighedMany(*(getattr(self, part.name)[mask] for part in fields(self)))


class Written(NamedTuple):
    """Sentences, each written once, and which of them each row is told (n,)."""

    places: Places
    sentences: Sequence[Sentence]


class _Peers(NamedTuple):
    kind: Places
    side: Places
    striking: Flags
    below: Floats
    above: Floats


class ManyTeller:
    """Tells one feature of many customers, as a `Teller` tells it of one."""

    def __init__(self, teller: Teller) -> None:
        self.teller = teller
        telling = teller.telling
        self._needs = tuple(
            dict.fromkeys(name for name in (teller.shows, telling.pair, telling.detail) if name)
        )

    def can_tell(self, values: Values) -> bool:
        """Whether all that it needs are columns of one sort."""
        return all(values.sort(name) != "mixed" for name in self._needs)

    def weigh(
        self, values: Values, rows: Places, against: ManyCompared, sides: Places
    ) -> WeighedMany:
        """Return what the values of some rows are best compared with, as `Teller.weigh` does.

        Parameters
        ----------
        sides
            Of each of the rows, where the contribution comes from: 1, -1, 0 or, for none, 2.
        """
        shows, pair = self.teller.shows, self.teller.telling.pair
        value = values.numbers(shows, rows)
        known = ~np.isnan(value)
        earlier = against.earlier(shows, rows)
        first_side = np.zeros(len(rows), dtype=int)
        if values.sort(shows) == "number":
            other = values.numbers(pair, rows) if pair else earlier
            there = np.flatnonzero(known & ~np.isnan(other))
            unit = self.teller.unit
            differ = there[as_shown(value[there], unit) != as_shown(other[there], unit)]
            first_side[differ] = np.where(value[differ] > other[differ], 1, -1)
        peers = self._peers(values, rows, against)
        first = first_side != 0
        second = ~first | (peers.kind != _NONE)
        by_first = first & ((sides == 0) | (sides == first_side))
        by_second = ~by_first & second & ((sides == 0) | (sides == peers.side))
        told_first = first & ~by_second
        return WeighedMany(
            value=value,
            known=known,
            kind=np.where(told_first, _PAIR if pair else _EARLIER, peers.kind),
            side=np.where(told_first, first_side, peers.side),
            striking=~told_first & peers.striking,
            fits=known & (by_first | (by_second & (peers.kind != _NONE))),
            earlier=earlier,
            below=peers.below,
            above=peers.above,
        )

    def _peers(self, values: Values, rows: Places, against: ManyCompared) -> _Peers:
        shows = self.teller.shows
        below, above = against.peers(shows, rows)
        there = ~(np.isnan(below) | np.isnan(above))
        side = (below > above).astype(int) - (below < above)
        most = np.maximum(below, above)
        kind = np.where(most < MOST, _MIDDLE, _PEERS)
        kind[1 - below - above >= MANY_ALIKE] = _ALIKE
        if values.sort(shows) == "name" or not self.teller.telling.de.than[0]:
            kind[:] = _ALIKE
        kind[~there] = _NONE
        return _Peers(kind, side, (kind == _PEERS) & (most >= STRIKING), below, above)

    def write(
        self, weighed: WeighedMany, values: Values, rows: Places, against: ManyCompared
    ) -> Written:
        """Return the sentence of each row, as `Teller.write` writes it."""
        detail, detailed = self._detail(weighed, values, rows)
        front_of, first = distinct(*self._in_front(weighed, detailed, values, rows))
        fronts = [self._one(weighed, place, values, rows, against) for place in first.tolist()]
        tail_of, first = distinct(*self._behind(weighed, detail, detailed, values, rows))
        tails = [self._one(weighed, place, values, rows, against) for place in first.tolist()]
        places, pairs = distinct(front_of, tail_of)
        wording = self.teller.wording
        texts = []
        for language in LANGUAGES:
            front = [
                wording.front(language, one, detailed=detail is not None)
                for one, _, detail in fronts
            ]
            tail = [wording.tail(language, *one) for one in tails]
            texts.append(
                [
                    front[one].with_tail(tail[other])
                    for one, other in zip(
                        front_of[pairs].tolist(), tail_of[pairs].tolist(), strict=True
                    )
                ]
            )
        return Written(places, list(zip(*texts, strict=True)))

    def _detail(self, weighed: WeighedMany, values: Values, rows: Places) -> tuple[Floats, Flags]:
        """Return the detail of each row, and whether it is told."""
        name = self.teller.telling.detail
        if not name:
            return np.full(len(rows), np.nan), np.zeros(len(rows), dtype=bool)
        detail = values.numbers(name, rows)
        return detail, ~np.isnan(detail) & weighed.known & (weighed.value >= 1)

    def _in_front(
        self, weighed: WeighedMany, detailed: Flags, values: Values, rows: Places
    ) -> Iterable[npt.NDArray[Any]]:
        """Return all that the front of a sentence shows of each row."""
        named = values.sort(self.teller.shows) == "name"
        yield weighed.value if named else as_shown(weighed.value, self.teller.unit)
        yield (
            (4 * weighed.kind + weighed.side + 1) * 8
            + 4 * weighed.striking
            + 2 * weighed.fits
            + detailed
        )

    def _behind(
        self,
        weighed: WeighedMany,
        detail: Floats,
        detailed: Flags,
        values: Values,
        rows: Places,
    ) -> Iterable[npt.NDArray[Any]]:
        """Return all that the tail of a sentence shows of each row."""
        telling, unit, kind = self.teller.telling, self.teller.unit, weighed.kind
        other = np.full(len(rows), np.nan)
        compared = kind == _EARLIER
        other[compared] = as_shown(weighed.earlier[compared], unit)
        if telling.pair:
            compared = kind == _PAIR
            paired = values.numbers(telling.pair, rows[compared])
            other[compared] = as_shown(paired, "money" if unit == "money" else "whole")
        yield other
        share = np.where(weighed.side > 0, weighed.below, weighed.above)
        share = np.where(kind == _ALIKE, 1 - weighed.below - weighed.above, share)
        share = np.where((kind == _ALIKE) | (kind == _PEERS), np.floor(100 * share + 1e-9), -1)
        yield (4 * kind + weighed.side + 1) * 2 + weighed.known + 64 * share
        if detailed.any():
            one = as_shown(weighed.value, unit) == 1
            yield np.where(detailed, as_shown(detail, "span"), np.nan)
            yield 2 * detailed + one

    def _one(
        self, weighed: WeighedMany, place: int, values: Values, rows: Places, against: ManyCompared
    ) -> tuple[Weighed, Any, Any]:
        """Return one of the rows as `Teller.weigh` weighs it, and what is told beside its value."""
        shows = self.teller.shows
        own = values.at(int(rows[place]), self._needs)
        compared = Compared(
            _plain(weighed.earlier[place]),
            _plain(weighed.below[place]),
            _plain(weighed.above[place]),
            against.without(shows),
        )
        kind = KINDS[weighed.kind[place]]
        basis = Basis(kind, int(weighed.side[place]), bool(weighed.striking[place]))
        value = own.get(shows) if weighed.known[place] else None
        one = Weighed(value, compared, basis, fits=bool(weighed.fits[place]))
        return one, *self.teller.beside(one, own)


def distinct(*parts: npt.NDArray[Any]) -> tuple[Places, Places]:
    """Number rows by what they hold: each row's number (n,), and each number's first row.

    >>> distinct(np.array([2.0, np.nan, 2.0, np.nan]), np.array([7, 7, 7, 8]))
    (array([2, 0, 2, 1]), array([1, 3, 0]))
    """
    numbers = np.zeros(len(parts[0]), dtype=int)
    first: Places = np.zeros(0, dtype=int)
    for part in parts:
        plain = np.nan_to_num(part, nan=_MISSING)
        found, inverse = np.unique(plain, return_inverse=True)
        _, first, numbers = np.unique(
            numbers * len(found) + inverse, return_index=True, return_inverse=True
        )
    return numbers, first


def _plain(number: float) -> float | None:
    return None if np.isnan(number) else float(number)

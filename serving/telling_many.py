"""One feature of many customers in sentences: those who would read the same are written once.

What `Teller.weigh` decides for one customer is decided here for whole columns; the sentences are
still written by `Teller.write`, each once for all who share what it shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from treue.serving.as_shown import as_shown
from treue.serving.comparison import Compared, ManyCompared
from treue.serving.kept_sentences import KeptSentences, Sentence
from treue.serving.telling import MANY_ALIKE, MOST, STRIKING, Basis, Kind, Teller, Weighed

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int_]
KINDS: tuple[Kind, ...] = ("none", "pair", "earlier", "alike", "middle", "peers")
_NONE, _PAIR, _EARLIER, _ALIKE, _MIDDLE, _PEERS = range(len(KINDS))
_MISSING = -1e308

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


class _Peers(NamedTuple):
    kind: Places
    side: Places
    striking: Flags
    below: Floats
    above: Floats


class ManyTeller:
    """Tells one feature of many customers, as a `Teller` tells it of one."""

    def __init__(self, teller: Teller, kept: KeptSentences) -> None:
        self.teller = teller
        telling = teller.telling
        self._needs = tuple(
            dict.fromkeys(name for name in (teller.shows, telling.pair, telling.detail) if name)
        )
        self._kept = kept

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
    ) -> list[Sentence]:
        """Return the sentence of each row, as `Teller.write` writes it."""
        found = []
        for place, key in enumerate(self._keys(weighed, values, rows)):
            sentence = self._kept.get(key)
            if sentence is None:
                sentence = self._write(weighed, place, values, rows, against)
                self._kept.put(key, sentence)
            found.append(sentence)
        return found

    def _keys(self, weighed: WeighedMany, values: Values, rows: Places) -> Iterable[Any]:
        """Return the feature and all that a sentence shows of each row."""
        telling, unit = self.teller.telling, self.teller.unit
        shows = self.teller.shows
        kind, value = weighed.kind, weighed.value
        if values.sort(shows) == "name":
            names = values.rows[shows].astype(object).iloc[rows].tolist()
            known = weighed.known.tolist()
            value_shown: Iterable[Any] = [
                name if there else None for name, there in zip(names, known, strict=True)
            ]
        else:
            value_shown = _hashable(as_shown(value, unit))
        other = np.full(len(rows), np.nan)
        compared = kind == _EARLIER
        other[compared] = as_shown(weighed.earlier[compared], unit)
        if telling.pair:
            compared = kind == _PAIR
            paired = values.numbers(telling.pair, rows[compared])
            other[compared] = as_shown(paired, "money" if unit == "money" else "whole")
        share = np.where(weighed.side > 0, weighed.below, weighed.above)
        share = np.where(kind == _ALIKE, 1 - weighed.below - weighed.above, share)
        share = np.where((kind == _ALIKE) | (kind == _PEERS), np.floor(100 * share + 1e-9), -1)
        parts = [_hashable(other), share.tolist(), kind.tolist(), weighed.side.tolist()]
        parts += [weighed.striking.tolist(), weighed.fits.tolist()]
        if telling.detail:
            detail = values.numbers(telling.detail, rows)
            parts += [_hashable(as_shown(detail, "span")), (value >= 1).tolist()]
        name = [self.teller.feature.name] * len(rows)
        return zip(name, value_shown, *parts, strict=True)

    def _write(
        self, weighed: WeighedMany, place: int, values: Values, rows: Places, against: ManyCompared
    ) -> Sentence:
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
        text = self.teller.write(one, own).sentence
        return text.de, text.en


def _hashable(numbers: Floats) -> list[float]:
    """Return numbers, and one for NaN, which is not the same as itself."""
    found: list[float] = np.nan_to_num(numbers, nan=_MISSING).tolist()
    return found


def _plain(number: float) -> float | None:
    return None if np.isnan(number) else float(number)

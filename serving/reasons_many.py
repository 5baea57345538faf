"""The reasons of many customers in sentences, as `Storyteller.reasons` and `sentences` write them.

A million customers are told in columns: topics are chosen at once, and of each topic the feature
that tells it; what several would read the same is written once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from treue.models.explain import Explanation
from treue.serving.comparison import ManyCompared
from treue.serving.formats import LANGUAGES, shown_points
from treue.serving.reasons import AGREEING, BEST, MATERIAL, NEITHER, Storyteller, weight_in_words
from treue.serving.telling_many import ManyTeller, Sentence, Values, WeighedMany, Written, distinct

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int_]


class ManyStories:
    """Tells the reasons of many customers of one model."""

    def __init__(self, storyteller: Storyteller) -> None:
        self._storyteller = storyteller
        self._topics = list(storyteller.topics)
        self._place = {name: place for place, name in enumerate(storyteller.names)}
        self._tellers = {
            key: [ManyTeller(teller) for teller in storyteller.tellers(key)] for key in self._topics
        }

    def sentences(
        self, explanation: Explanation, rows: pd.DataFrame, against: ManyCompared
    ) -> dict[str, pa.Array]:
        """Return the reasons of each row with their points, a list of sentences, by language."""
        values = Values(rows[self._storyteller.names])
        sums = self._storyteller.sums(explanation.points)
        chosen = self._storyteller.choose(sums, self._waiting(values, len(sums)))
        ends = np.concatenate([[0], np.cumsum((chosen >= 0).sum(axis=1))])
        told = np.empty(ends[-1], dtype=int)
        sentences: list[Sentence] = []
        for topic in np.unique(chosen[chosen >= 0]).tolist():
            where, slot = np.nonzero(chosen == topic)
            key, whole = self._topics[topic], sums[where, topic]
            written = self._tell(key, whole, explanation.points, where, values, against)
            told[ends[where] + slot] = written.places + len(sentences)
            sentences += written.sentences
        weighed, weights = self._weights(explanation, sums, chosen)
        return {
            language: pa.ListArray.from_arrays(
                pa.array(ends, pa.int32()),
                pc.binary_join_element_wise(
                    _taken([sentence[at] for sentence in sentences], told),
                    _taken([weight[at] for weight in weights], weighed),
                    " ",
                ),
            )
            for at, language in enumerate(LANGUAGES)
        }

    def _weights(
        self, explanation: Explanation, sums: Floats, chosen: Places
    ) -> tuple[Places, list[Sentence]]:
        """Return which words each reason's weight is told in, and these words."""
        rows, slots = np.nonzero(chosen >= 0)
        topics = chosen[rows, slots]
        groups = np.array([explanation.groups.index(key) for key in self._topics])
        uncertain = explanation.agreement[rows, groups[topics]] < AGREEING
        points = sums[rows, topics]
        places, first = distinct(shown_many(points), uncertain)
        found = zip(points[first].tolist(), uncertain[first].tolist(), strict=True)
        return places, [weight_in_words(*each) for each in found]

    def _waiting(self, values: Values, rows: int) -> Flags:
        """Return who waits for an answer to a complaint."""
        if "complaints_open" not in self._place:
            return np.zeros(rows, dtype=bool)
        return values.numbers("complaints_open", np.arange(rows)) >= 1

    def _tell(
        self,
        key: str,
        whole: Floats,
        points: Floats,
        rows: Places,
        values: Values,
        against: ManyCompared,
    ) -> Written:
        """Tell a topic to some rows, by the feature that `Storyteller.tell` would choose."""
        tellers = self._tellers[key]
        if not tellers or not all(teller.can_tell(values) for teller in tellers):
            alone = zip(whole.tolist(), rows.tolist(), strict=True)
            told = [self._one(key, *each, points, values, against) for each in alone]
            return Written(np.arange(len(rows)), told)
        best = np.full(len(rows), -1)
        teller_of = np.zeros(len(rows), dtype=int)
        found: list[tuple[Places, WeighedMany]] = []
        for number, teller in enumerate(tellers):
            open_ = np.flatnonzero(best < BEST)
            if not len(open_):
                break
            name = teller.teller.feature.name
            own = points[rows[open_], self._place[name]]
            agrees = own * whole[open_] > 0
            sides = np.where(agrees, self._storyteller.direction(name) * np.sign(own), NEITHER)
            weighed = teller.weigh(values, rows[open_], against, sides.astype(int))
            material = agrees & (np.abs(own) >= MATERIAL * np.abs(whole[open_]))
            known, fits = weighed.known, weighed.fits
            rank = 8 * agrees + 4 * (known & material) + 2 * known + fits
            better = rank > best[open_]
            best[open_[better]], teller_of[open_[better]] = rank[better], number
            found.append((open_[better], weighed.of(better)))
        return self._written(tellers, teller_of, found, rows, values, against)

    def _written(
        self,
        tellers: list[ManyTeller],
        teller_of: Places,
        found: list[tuple[Places, WeighedMany]],
        rows: Places,
        values: Values,
        against: ManyCompared,
    ) -> Written:
        told = np.empty(len(rows), dtype=int)
        sentences: list[Sentence] = []
        for number, (places, weighed) in enumerate(found):
            kept = teller_of[places] == number
            where = places[kept]
            if len(where):
                written = tellers[number].write(weighed.of(kept), values, rows[where], against)
                told[where] = written.places + len(sentences)
                sentences += written.sentences
        return Written(told, sentences)

    def _one(
        self,
        key: str,
        whole: float,
        row: int,
        points: Floats,
        values: Values,
        against: ManyCompared,
    ) -> Sentence:
        names = self._storyteller.names
        own: Mapping[str, Any] = values.at(row, names)
        compared = against.of_row(row)
        text = self._storyteller.tell(key, whole, points[row], own, compared).sentence
        return text.de, text.en


def shown_many(points: Floats) -> Floats:
    """Return points (n,) as `shown_points` rounds each of them.

    >>> shown_many(np.array([9.5, -0.44, 0.25, 0.96, -0.04])).tolist()
    [10.0, -0.4, 0.2, 1.0, 0.0]
    """
    tenths = 10 * np.abs(points)
    near_tie = (np.abs(tenths - np.floor(tenths) - 0.5) < 1e-9) & (tenths < 10)
    found = np.where(np.abs(points) >= 1, np.rint(points), np.rint(10 * points) / 10) + 0.0
    found[near_tie] = [shown_points(number) for number in points[near_tie].tolist()]
    return found


def _taken(texts: list[str], places: Places) -> pa.Array:
    return pa.array(texts, pa.string()).take(pa.array(places))

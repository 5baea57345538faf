"""The reasons of many customers in sentences, as `Storyteller.reasons` and `sentences` write them.

A million customers are told in columns: topics are chosen at once, and of each topic the feature
that tells it; only sentences that nobody before would have read the same are written anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from treue.models.explain import Explanation
from treue.serving.chosen import Rules, choose_many
from treue.serving.comparison import ManyCompared
from treue.serving.formats import LANGUAGES
from treue.serving.kept_sentences import KeptSentences, Sentence
from treue.serving.reasons import (
    AGREEING,
    AT_LEAST,
    AT_MOST,
    BESIDE_BACKGROUND,
    BEST,
    HANDLING,
    MATERIAL,
    NEITHER,
    TELLING_POINTS,
    Storyteller,
    weight_in_words,
)
from treue.serving.telling_many import ManyTeller, Values, WeighedMany

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int_]


class ManyStories:
    """Tells the reasons of many customers of one model.

    Parameters
    ----------
    storyteller
        Of the model.
    kept
        Where its sentences are kept for the next customers; of this model alone.
    """

    def __init__(self, storyteller: Storyteller, kept: KeptSentences | None = None) -> None:
        kept = KeptSentences() if kept is None else kept
        self._storyteller = storyteller
        self._topics = list(storyteller.topics)
        self._place = {name: place for place, name in enumerate(storyteller.names)}
        self._tellers = {
            key: [ManyTeller(teller, kept) for teller in storyteller.tellers(key)]
            for key in self._topics
        }
        topics = storyteller.topics.values()
        self._rules = Rules(
            tellable=np.array([topic.tellable for topic in topics]),
            background=np.array([topic.background for topic in topics]),
            at_least=AT_LEAST,
            at_most=AT_MOST,
            least_points=TELLING_POINTS,
            beside_background=BESIDE_BACKGROUND,
        )

    def sentences(
        self, explanation: Explanation, rows: pd.DataFrame, against: ManyCompared
    ) -> dict[str, pa.Array]:
        """Return the reasons of each row with their points, a list of sentences, by language."""
        values = Values(rows[self._storyteller.names])
        sums = self._sums(explanation.points)
        chosen = choose_many(sums, self._left_out(sums, values), self._rules)
        groups = [explanation.groups.index(key) for key in self._topics]
        uncertain = explanation.agreement[:, groups] < AGREEING
        told: list[list[Sentence | None]] = [[None] * AT_MOST for _ in range(len(rows))]
        for topic in np.unique(chosen[chosen >= 0]):
            where, slot = np.nonzero(chosen == topic)
            key, whole = self._topics[topic], sums[where, topic]
            written = self._tell(key, whole, explanation.points, where, values, against)
            weights = zip(whole.tolist(), uncertain[where, topic].tolist(), strict=True)
            places = zip(where.tolist(), slot.tolist(), written, weights, strict=True)
            for row, at, (de, en), (points, unsure) in places:
                de_weight, en_weight = weight_in_words(points, unsure)
                told[row][at] = f"{de} {de_weight}", f"{en} {en_weight}"
        ends = np.concatenate([[0], np.cumsum((chosen >= 0).sum(axis=1))])
        flat = [sentence for reasons in told for sentence in reasons if sentence is not None]
        return {
            language: pa.ListArray.from_arrays(
                pa.array(ends, pa.int32()),
                pa.array([sentence[at] for sentence in flat], pa.string()),
            )
            for at, language in enumerate(LANGUAGES)
        }

    def _sums(self, points: Floats) -> Floats:
        """Sum points by topic, in the order of the features."""
        sums = np.zeros((len(points), len(self._topics)))
        of = {key: place for place, key in enumerate(self._topics)}
        for place, name in enumerate(self._storyteller.names):
            sums[:, of[self._storyteller.topic_of[name]]] += points[:, place]
        return sums

    def _left_out(self, sums: Floats, values: Values) -> Flags:
        """Leave out what is no comfort to who waits for an answer to a complaint."""
        left_out = np.zeros(sums.shape, dtype=bool)
        if HANDLING in self._topics and "complaints_open" in self._place:
            everybody = np.arange(len(sums))
            waiting = values.numbers("complaints_open", everybody) >= 1
            at = self._topics.index(HANDLING)
            left_out[:, at] = waiting & (sums[:, at] * self._storyteller.good > 0)
        return left_out

    def _tell(
        self,
        key: str,
        whole: Floats,
        points: Floats,
        rows: Places,
        values: Values,
        against: ManyCompared,
    ) -> list[Sentence]:
        """Tell a topic to some rows, by the feature that `Storyteller.tell` would choose."""
        tellers = self._tellers[key]
        if not tellers or not all(teller.can_tell(values) for teller in tellers):
            return [
                self._one(key, weight, points, row, values, against)
                for weight, row in zip(whole.tolist(), rows.tolist(), strict=True)
            ]
        best = np.full(len(rows), -1)
        teller_of = np.zeros(len(rows), dtype=int)
        found: list[tuple[Places, WeighedMany]] = []
        for number, teller in enumerate(tellers):
            open_ = np.flatnonzero(best < BEST)
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
    ) -> list[Sentence]:
        told: list[Sentence] = [("", "")] * len(rows)
        for number, (places, weighed) in enumerate(found):
            kept = teller_of[places] == number
            where = places[kept]
            written = tellers[number].write(weighed.of(kept), values, rows[where], against)
            for place, sentence in zip(where.tolist(), written, strict=True):
                told[place] = sentence
        return told

    def _one(
        self,
        key: str,
        whole: float,
        points: Floats,
        row: int,
        values: Values,
        against: ManyCompared,
    ) -> Sentence:
        names = self._storyteller.names
        own: Mapping[str, Any] = values.at(row, names)
        compared = against.of_row(row)
        text = self._storyteller.tell(key, whole, points[row], own, compared).sentence
        return text.de, text.en

"""What a likelihood goes together with: three to five topics, told in German and English.

The first is the main one: it goes the way in which the likelihood differs from the typical one.

A topic is told once, by one of its features, with the points of all of them: "Bestellt seltener:
2 Aufträge in den letzten 90 Tagen, in den 90 Tagen davor 6 (+9 Punkte)". A sentence tells of
association, never of cause.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from treue.features.catalogue import CATALOGUE, describe
from treue.features.errors import TreueError
from treue.features.family import Family
from treue.features.topics import TELLINGS, Topic, topic_of
from treue.models.explain import Explanation, explain
from treue.models.scorer import Scorer
from treue.serving.chosen import Flags, Places, Rules, choose
from treue.serving.comparison import Compared
from treue.serving.dossier import Reason, Text
from treue.serving.formats import LANGUAGES, format_points, shown_percent, shown_points
from treue.serving.missing import is_missing, values_of
from treue.serving.telling import Teller, Told, Weighed
from treue.serving.wording import upper

Floats = npt.NDArray[np.float64]

AGREEING = 0.8
"""Share of a model's members that must agree on a topic's sign, or it is uncertain."""
MATERIAL = 0.1
"""A feature tells its topic only if it holds this share of the topic's weight, where one does."""
HANDLING = "complaint_handling"
"""Topic that is no comfort while a complaint is open."""
SAMPLE_ROWS = 2_000
"""Rows from which it is learned whether high or low values raise a likelihood."""

BEST = 15
"""Rank of a feature that tells its topic as well as one can."""
NEITHER = 2
"""A side on which no comparison lies."""
_UNCERTAIN = {"de": "Richtung unsicher", "en": "direction uncertain"}


class Storyteller:
    """The topics and phrases of one model, looked up once for many customers.

    Attributes
    ----------
    names
        Features in the model's order.
    topics
        Topics of the model by key, in order of appearance.
    told_first
        Of each topic, the feature that is preferred to tell it.
    good
        The sign of points that are good news: -1 for leaving, 1 for recommending.
    """

    def __init__(
        self,
        model: Scorer,
        *,
        families: Mapping[str, str],
        currency: str = "EUR",
        own_families: Sequence[Family] = (),
        target: str = "churn",
    ) -> None:
        self.names = list(model.columns_.names)
        self.families = dict(families)
        self.currency = currency
        self._model = model
        self.good = -1 if target == "churn" else 1
        features = [describe(name, own_families) for name in self.names]
        self._features = dict(zip(self.names, features, strict=True))
        self.topics: dict[str, Topic] = {}
        self.topic_of: dict[str, str] = {}
        for feature in features:
            topic = topic_of(feature)
            self.topics.setdefault(topic.key, topic)
            self.topic_of[feature.name] = topic.key
        self._position = {name: i for i, name in enumerate(self.names)}
        self._tellers = {key: self._tellers_of(key) for key in self.topics}
        self.told_first = {tellers[0].shows for tellers in self._tellers.values() if tellers}
        self._rules = Rules(
            tellable=np.array([topic.tellable for topic in self.topics.values()], dtype=bool),
            background=np.array([topic.background for topic in self.topics.values()], dtype=bool),
        )
        of = {key: place for place, key in enumerate(self.topics)}
        self._topic_places = np.array([of[self.topic_of[name]] for name in self.names], dtype=int)
        self._sides: dict[str, int] = {}
        self._actionable = {self.topic_of[f.name] for f in features if f.actionable}

    def learn(self, panel: pd.DataFrame) -> None:
        """Learn from a panel whether high or low values of a feature raise the likelihood.

        It decides which of several true comparisons is told beside a contribution: "fewer than
        before", or "more than most"; it never decides a word.
        """
        step = max(1, -(-len(panel) // SAMPLE_ROWS))
        sample = panel.iloc[::step]
        if sample.empty:
            return
        contributions = self._model.contributions(sample[self.names])[1]
        self._sides = {
            name: _side(sample[name], contributions[:, i]) for i, name in enumerate(self.names)
        }

    def explain(self, rows: pd.DataFrame) -> Explanation:
        """Explain rows of a panel, with the members' agreement on each topic."""
        return explain(self._model, rows, families=self.families, groups=self.topic_of)

    def values(self, rows: pd.DataFrame) -> list[tuple[Any, ...]]:
        """Return the values of each row in the order of `names`, missing ones None or NaN."""
        return values_of(rows, self.names)

    def sums(self, points: Floats) -> Floats:
        """Sum points (n, features) by topic (n, topics), adding in the order of the features."""
        width = len(self.topics)
        cells = self._topic_places + width * np.arange(len(points))[:, None]
        found = np.bincount(cells.ravel(), points.ravel(), width * len(points))
        return found.astype(float).reshape(len(points), width)

    def choose(self, sums: Floats, waiting: Flags) -> Places:
        """Return the topics to tell of each row, as `treue.serving.chosen` has them.

        To who waits for an answer to a complaint, the good handling of earlier ones is no comfort:
        it is left untold.
        """
        left_out = np.zeros(sums.shape, dtype=bool)
        if HANDLING in self.topics:
            at = list(self.topics).index(HANDLING)
            left_out[:, at] = waiting & (sums[:, at] * self.good > 0)
        return choose(sums, left_out, self._rules)

    def reasons(
        self,
        points: Floats,
        values: Sequence[Any],
        compared: Mapping[str, Compared] | None = None,
        agreement: Mapping[str, float] | None = None,
    ) -> list[Reason]:
        """Return three to five reasons of one customer; fewer where fewer topics carry weight.

        Parameters
        ----------
        points, values
            In the order of `names`.
        compared
            Of `Comparison.of`.
        agreement
            Share of the members that agree, by topic.
        """
        by_name = dict(zip(self.names, values, strict=True))
        waiting = (_plain(by_name.get("complaints_open")) or 0) >= 1
        sums = self.sums(points[None, :])
        keys, agreed = list(self.topics), agreement or {}
        found = []
        for place in self.choose(sums, np.array([waiting]))[0].tolist():
            if place < 0:
                break
            key, whole = keys[place], float(sums[0, place])
            told = self.tell(key, whole, points, by_name, compared or {})
            found.append(
                Reason(
                    topic=key,
                    sentence=told.sentence,
                    points=shown_points(whole),
                    feature=told.feature,
                    value=_plain(told.value),
                    earlier=_plain(told.earlier),
                    percentile=told.percentile,
                    uncertain=agreed.get(key, 1.0) < AGREEING,
                    actionable=self.actionable(key),
                )
            )
        return found

    def tell(
        self,
        key: str,
        whole: float,
        points: Floats,
        values: Mapping[str, Any],
        compared: Mapping[str, Compared],
    ) -> Told:
        """Tell a topic by the first of its features that goes together with its points.

        The feature's own points have the topic's sign and a share in its weight, its value is
        known, and the comparison lies on the side that such points come from. What cannot be had
        is given up in that order from the end; the head then tells no direction.
        """
        best: tuple[int, Teller, Weighed] | None = None
        for teller in self._tellers[key]:
            own = float(points[self._position[teller.feature.name]])
            agrees = own * whole > 0
            side = self.side(teller.feature.name, own) if agrees else NEITHER
            weighed = teller.weigh(values, compared, side=side)
            known = weighed.value is not None
            material = agrees and abs(own) >= MATERIAL * abs(whole)
            rank = 8 * agrees + 4 * (known and material) + 2 * known + (known and weighed.fits)
            if best is None or rank > best[0]:
                best = (rank, teller, weighed)
            if rank == BEST:
                break
        if best is not None:
            return best[1].write(best[2], values)
        topic = self.topics[key]
        name = next(name for name in self.names if self.topic_of[name] == key)
        text = Text(de=upper(topic.de), en=upper(topic.en))
        return Told(text, name, values.get(name))

    def side(self, name: str, points: float) -> int:
        """1 where such points come from a high value of the feature, -1 a low one, 0 unknown."""
        return self.direction(name) * ((points > 0) - (points < 0))

    def direction(self, name: str) -> int:
        """1 where high values of the feature raise the likelihood, -1 low ones, 0 unknown."""
        return self._sides.get(name, 0)

    def tellers(self, key: str) -> list[Teller]:
        """Return those of a topic's features that can be told, in order of preference."""
        return self._tellers[key]

    def actionable(self, key: str) -> bool:
        """Whether an account manager can do something about a topic."""
        return key in self._actionable

    def _tellers_of(self, key: str) -> list[Teller]:
        own = [name for name in self.names if self.topic_of[name] == key]
        listed = [name for name in TELLINGS if name in own]
        if not listed and not any(name in CATALOGUE for name in own):
            listed = own
        return [Teller(self._features[name], currency=self.currency) for name in listed]


def other_points(probability: float, base_probability: float, reasons: Sequence[Reason]) -> float:
    """Points of all that reasons leave out, as a reader must add them.

    The shown whole percentages and points add up with it: base + reasons + others is the
    probability.
    """
    shown = shown_percent(probability) - shown_percent(base_probability)
    return round(shown - sum(reason.points for reason in reasons), 1) + 0.0


def sentences(reasons: Sequence[Reason], language: str) -> list[str]:
    """Write reasons with their points, each in one line.

    Raises
    ------
    TreueError
        For a language that is not there.
    """
    if language not in LANGUAGES:
        raise TreueError(f"language {language!r}: reasons are written in {' or '.join(LANGUAGES)}")
    at = LANGUAGES.index(language)
    return [
        f"{reason.sentence.in_(language)} "  # type: ignore[arg-type]
        f"{weight_in_words(reason.points, reason.uncertain)[at]}"
        for reason in reasons
    ]


def weight_in_words(points: float, uncertain: bool) -> tuple[str, ...]:
    """Write what follows a sentence, in each language.

    >>> weight_in_words(3.2, True)[1]
    '(+3 points, direction uncertain)'
    """
    return _weight(shown_points(points), uncertain)


@lru_cache(maxsize=10_000)
def _weight(points: float, uncertain: bool) -> tuple[str, ...]:
    return tuple(
        f"({format_points(points, language)}{', ' + _UNCERTAIN[language] if uncertain else ''})"
        for language in LANGUAGES
    )


def _side(values: pd.Series[Any], contributions: Floats) -> int:
    """1 if high values come with high contributions, -1 if low ones do, 0 if neither shows."""
    if not pd.api.types.is_numeric_dtype(values):
        return 0
    ranks = values.rank(method="average").to_numpy(dtype=float)
    known = ~np.isnan(ranks)
    if known.sum() < 2:
        return 0
    together = float(
        np.dot(
            ranks[known] - ranks[known].mean(), contributions[known] - contributions[known].mean()
        )
    )
    return (together > 0) - (together < 0)


def _plain(value: Any) -> Any:
    return None if is_missing(value) else value

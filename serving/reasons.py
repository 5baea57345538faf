"""What a likelihood goes together with: three to five topics, told in German and English.

The first is the main one: it goes the way in which the likelihood differs from the typical one.

A topic is told once, by one of its features, with the points of all of them: "Bestellt seltener:
2 Aufträge in den letzten 90 Tagen, in den 90 Tagen davor 6 (+9 Punkte)". A sentence tells of
association, never of cause.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from treue.features.catalogue import CATALOGUE, describe
from treue.features.errors import TreueError
from treue.features.family import Family
from treue.features.topics import TELLINGS, Topic, topic_of
from treue.models.explain import Explanation, explain
from treue.models.scorer import Scorer
from treue.serving.comparison import Compared
from treue.serving.dossier import Reason, Text
from treue.serving.formats import LANGUAGES, format_points, shown_percent, shown_points
from treue.serving.missing import is_missing, values_of
from treue.serving.telling import Teller, Told, Weighed

Floats = npt.NDArray[np.float64]

AT_LEAST, AT_MOST = 3, 5
TELLING_POINTS = 1.0
"""Beyond the first three, a reason is told only from this weight on, or to leave less untold."""
BESIDE_BACKGROUND = 1 / 3
"""What happened is the main reason from this share on of the weight of what a customer is."""
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


class Choice(NamedTuple):
    """A topic that is told, with its points, and whether the model's members disagree."""

    topic: str
    points: float
    uncertain: bool


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
        self._background = {key for key, topic in self.topics.items() if topic.background}
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

    def topic_points(self, points: Floats) -> dict[str, float]:
        """Sum one customer's points (k,) by topic."""
        sums = dict.fromkeys(self.topics, 0.0)
        for name, number in zip(self.names, points.tolist(), strict=True):
            sums[self.topic_of[name]] += number
        return sums

    def choose(
        self, points: Floats, agreement: Mapping[str, float], *, waiting: bool = False
    ) -> list[Choice]:
        """Topics to tell: the main one, then the others by weight, what a customer is last.

        The main one goes the way of the difference from the typical likelihood. The first three
        count however small they are, as long as a weight can be shown; two more are told if
        they bring what is left untold closer to nothing, or weigh a point. What a customer is
        beside the main one is told once, where it brings that closer. To who waits for an answer
        to a complaint, the good handling of earlier ones is no comfort: it is left untold.
        """
        sums = self.topic_points(points)
        left = 0.0
        for number in sums.values():  # plainly, as `choose_many` adds them: sum() may be exacter
            left += number
        shown = [key for key in sums if self.topics[key].tellable and shown_points(sums[key])]
        if waiting and sums.get(HANDLING, 0.0) * self.good > 0:
            shown = [key for key in shown if key != HANDLING]
        shown.sort(key=lambda key: -abs(sums[key]))
        found: list[str] = []
        while shown and len(found) < AT_MOST:
            beside = (key for key in shown if self._beside(key, sums[key] * left, found))
            if not found:
                key: str | None = self._main(shown, sums, left)
            else:
                key = next(beside, None) if len(found) < AT_LEAST else _also(beside, sums, left)
            if key is None:
                break
            found.append(key)
            shown.remove(key)
            left -= sums[key]
        others = sorted(found[1:], key=lambda key: (key in self._background, -abs(sums[key])))
        return [
            Choice(key, sums[key], agreement.get(key, 1.0) < AGREEING)
            for key in (*found[:1], *others)
        ]

    def _beside(self, key: str, way: float, found: Sequence[str]) -> bool:
        """Whether a topic may be told beside others; `way` is above 0 if it points as the rest."""
        if key not in self._background:
            return True
        return way > 0 and self._background.isdisjoint(found)

    def _main(self, keys: Sequence[str], sums: Mapping[str, float], whole: float) -> str:
        """Return the heaviest topic of the way the likelihood differs: what happened, if it can.

        What a customer is comes first only where nothing else of that way weighs a point, or
        `BESIDE_BACKGROUND` of it.
        """
        its_way = [key for key in keys if sums[key] * whole > 0] or list(keys)
        heaviest = its_way[0]
        least = min(TELLING_POINTS, BESIDE_BACKGROUND * abs(sums[heaviest]))
        happened = (key for key in its_way if key not in self._background)
        first = next(happened, heaviest)
        return first if abs(sums[first]) >= least else heaviest

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
        found = []
        for key, whole, uncertain in self.choose(points, agreement or {}, waiting=waiting):
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
                    uncertain=uncertain,
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
        text = Text(de=_upper(topic.de), en=_upper(topic.en))
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


def _also(keys: Iterator[str], sums: Mapping[str, float], left: float) -> str | None:
    """Return the heaviest topic that points as what is left does, else one that weighs a point."""
    heaviest = next(keys, None)
    if heaviest is None:
        return None
    if abs(left) >= TELLING_POINTS:
        for key in (heaviest, *keys):
            if sums[key] * left > 0:
                return key
    return heaviest if abs(sums[heaviest]) >= TELLING_POINTS else None


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


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _plain(value: Any) -> Any:
    return None if is_missing(value) else value

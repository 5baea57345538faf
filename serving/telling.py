"""One feature of one customer in a sentence: ``<head>: <value>, <comparison>``.

The head's direction follows the numbers that the sentence shows, never a guess: "Bestellt
seltener" stands only before a count that is below the earlier one beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from treue.features.family import Feature
from treue.features.topic_phrases import DE_MORE, EN_MORE, Telling, Words
from treue.features.topics import TELLINGS
from treue.serving.comparison import Compared
from treue.serving.dossier import Text
from treue.serving.formats import LANGUAGES, format_day, missing
from treue.serving.missing import is_missing
from treue.serving.weighed import Basis, Kind, Weighed
from treue.serving.wording import Wording, is_number, upper

MANY_ALIKE = 0.5
"""From this share of customers with the same value on, that is what is said."""
MOST = 0.5
"""From this share on it is told that a value is above, or below, that of other customers."""
STRIKING = 2 / 3
"""From this share on the head says so, too."""


@dataclass(frozen=True)
class Told:
    """A sentence, and what it was made from."""

    sentence: Text
    feature: str
    value: Any
    earlier: Any = None
    percentile: float | None = None


def telling_of(feature: Feature) -> Telling:
    """Return how a feature is told: as the catalogue says, or by its own noun phrase."""
    if feature.name in TELLINGS:
        return TELLINGS[feature.name]
    de, en = (
        Words(getattr(feature, language), "{n}", than=than, missing=missing(feature, language))
        for language, than in (("de", DE_MORE), ("en", EN_MORE))
    )
    return Telling(feature.name, de, en, window_days=feature.window_days)


class Teller:
    """Tells one feature, in both languages."""

    def __init__(self, feature: Feature, *, currency: str) -> None:
        self.telling = telling_of(feature)
        self.feature = feature
        self.wording = Wording(feature, self.telling, currency=currency)
        self.unit = self.wording.unit
        self.shows = self.telling.shows or feature.name

    def weigh(
        self, values: Mapping[str, Any], compared: Mapping[str, Compared], *, side: int
    ) -> Weighed:
        """Return what the value is best compared with.

        Parameters
        ----------
        values
            The customer's value by feature.
        compared
            What they are compared with, by feature.
        side
            1 where the contribution is that of a high value, -1 of a low one, 0 unknown. Among
            the comparisons that can be made, the first on this side is taken; if there is none,
            the head will tell no direction.
        """
        value = values.get(self.shows)
        against = compared.get(self.shows, Compared())
        if is_missing(value):
            return Weighed(None, against, Basis("none", 0), fits=False)
        bases = self.bases(value, values, against)
        for basis in bases:
            if side in (0, basis.side):
                return Weighed(value, against, basis, fits=basis.kind != "none")
        return Weighed(value, against, bases[0], fits=False)

    def write(self, weighed: Weighed, values: Mapping[str, Any]) -> Told:
        """Return the sentence."""
        value, against, basis = weighed.value, weighed.against, weighed.basis
        other, detail = self.beside(weighed, values)
        de, en = (
            self.wording.front(language, weighed, detailed=detail is not None).with_tail(
                self.wording.tail(language, weighed, other, detail)
            )
            for language in LANGUAGES
        )
        text = Text(de=de, en=en)
        if value is None:
            return Told(text, self.shows, None)
        earlier = against.earlier if basis.kind == "earlier" else None
        return Told(text, self.shows, value, earlier, against.below)

    def beside(self, weighed: Weighed, values: Mapping[str, Any]) -> tuple[Any, Any]:
        """Return the number that the value is compared with, and the detail of 1 or more."""
        value, pair, detail = weighed.value, self.telling.pair, self.telling.detail
        other = values.get(pair) if weighed.basis.kind == "pair" else weighed.against.earlier
        if not detail or value is None or is_missing(values.get(detail)) or not value >= 1:
            return other, None
        return other, values[detail]

    def bases(self, value: Any, values: Mapping[str, Any], against: Compared) -> list[Basis]:
        """Return what the value can be compared with, the most telling first."""
        found = []
        if is_number(value):
            paired = bool(self.telling.pair)  # then the heads speak of the pair
            other: Any = values.get(self.telling.pair) if paired else against.earlier
            if not is_missing(other) and self.wording.differ(value, other):
                kind: Kind = "pair" if paired else "earlier"
                found.append(Basis(kind, 1 if value > other else -1))
        peers = self._peers(value, against)
        return [*found, peers] if peers.kind != "none" or not found else found

    def _peers(self, value: Any, against: Compared) -> Basis:
        if against.below is None or against.above is None or against.same is None:
            return Basis("none", 0)
        side = (against.below > against.above) - (against.below < against.above)
        if isinstance(value, str) or not self.telling.de.than[0]:
            return Basis("alike", side)
        if against.same >= MANY_ALIKE:
            return Basis("alike", side)
        share = max(against.below, against.above)
        if share < MOST:
            return Basis("middle", side)
        return Basis("peers", side, striking=share >= STRIKING)

    @property
    def can_change(self) -> bool:
        """Whether a change of the value can be told."""
        return self.unit != "yes or no"

    def went(self, now: Any, then: Any) -> int | None:
        """Return where the value went, as shown: 1 up, -1 down, 0 elsewhere; None if it stayed."""
        if not (is_number(now) and is_number(then)):
            if is_missing(now) or is_missing(then):
                return None if is_missing(now) and is_missing(then) else 0
            return None if now == then else 0
        if not self.wording.differ(now, then):
            return None
        return 1 if now > then else -1

    def tell_change(self, now: Any, then: Any, day: date) -> Text:
        """Return what it is now and what it was on the day of the previous score.

        The head tells no direction: beside a reason that compares with an earlier window, "fewer"
        than on that day would read as a contradiction.
        """
        texts = []
        for language in LANGUAGES:
            head = upper(self.wording.of(language).neutral)
            past, on = self.wording.then(language, then), format_day(day, language)
            present = self.wording.now(language, now)
            if language == "de":
                texts.append(f"{head}: jetzt {present}, am {on} {past}")
            else:
                texts.append(f"{head}: now {present}, {past} on {on}")
        return Text(de=texts[0], en=texts[1])

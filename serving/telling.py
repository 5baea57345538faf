"""One feature of one customer in a sentence: ``<head>: <value>, <comparison>``.

The head's direction follows the numbers that the sentence shows, never a guess: "Bestellt
seltener" stands only before a count that is below the earlier one beside it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from treue.features.family import Feature
from treue.features.topic_phrases import DE_MORE, EN_MORE, Telling, Words, before
from treue.features.topics import TELLINGS
from treue.serving.comparison import Compared
from treue.serving.dossier import Text
from treue.serving.formats import LANGUAGES, format_day, format_value, missing
from treue.serving.missing import is_missing

MANY_ALIKE = 0.5
"""From this share of customers with the same value on, that is what is said."""
MOST = 0.5
"""From this share on it is told that a value is above, or below, that of other customers."""
STRIKING = 2 / 3
"""From this share on the head says so, too."""

_SPANS = ("span", "until")
"""Units of lengths of time, which follow a preposition."""

Kind = Literal["pair", "earlier", "peers", "alike", "middle", "none"]


class Basis(NamedTuple):
    """What a value is compared with, and on which side of it the value lies (-1, 0 or 1)."""

    kind: Kind
    side: int
    striking: bool = False


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


class Weighed(NamedTuple):
    """A value, what it could be compared with, and the comparison that is told.

    `fits` says that it lies on the side that the contribution comes from.
    """

    value: Any
    against: Compared
    basis: Basis
    fits: bool


class Teller:
    """Tells one feature, in both languages."""

    def __init__(self, feature: Feature, *, currency: str) -> None:
        self.telling = telling_of(feature)
        self.feature = feature
        self.unit = self.telling.unit or feature.unit
        self._currency = currency
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
        if value is None:
            return Told(self._missing(against), self.shows, None)
        other = values.get(self.telling.pair) if basis.kind == "pair" else against.earlier
        detail = values.get(self.telling.detail) if self.telling.detail else None
        de, en = (
            self._sentence(language, weighed, other, None if is_missing(detail) else detail)
            for language in LANGUAGES
        )
        earlier = against.earlier if basis.kind == "earlier" else None
        return Told(Text(de=de, en=en), self.shows, value, earlier, against.below)

    def bases(self, value: Any, values: Mapping[str, Any], against: Compared) -> list[Basis]:
        """Return what the value can be compared with, the most telling first."""
        found = []
        if _numbers(value):
            paired = bool(self.telling.pair)  # then the heads speak of the pair
            other: Any = values.get(self.telling.pair) if paired else against.earlier
            if not is_missing(other) and self._differ(value, other):
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
        if not _numbers(now, then):
            if is_missing(now) or is_missing(then):
                return None if is_missing(now) and is_missing(then) else 0
            return None if now == then else 0
        if not self._differ(now, then):
            return None
        return 1 if now > then else -1

    def tell_change(self, now: Any, then: Any, day: date) -> Text:
        """Return what it is now and what it was on the day of the previous score.

        The head tells no direction: beside a reason that compares with an earlier window, "fewer"
        than on that day would read as a contradiction.
        """
        texts = []
        for language in LANGUAGES:
            words = self._words(language)
            past, on = self._past(words, language, then), format_day(day, language)
            if language == "de":
                text = f"jetzt {self._present(words, language, now)}, am {on} {past}"
            else:
                text = f"now {self._present(words, language, now)}, {past} on {on}"
            texts.append(f"{_upper(words.neutral)}: {text}")
        return Text(de=texts[0], en=texts[1])

    def _present(self, words: Words, language: str, now: Any) -> str:
        if is_missing(now):
            return self._missing_words(words, language)
        return self._value(words, language, now, bare=True, changed=True)

    def _past(self, words: Words, language: str, then: Any) -> str:
        if is_missing(then):
            return words.missing_then or self._missing_words(words, language)
        shown = self._shown(then, language)
        german = language == "de"
        if words.no and self._is_nothing(then):
            return words.no
        if isinstance(then, str):
            return f"noch {shown}" if german else f"still {shown}"
        if self.unit in _SPANS:
            return self._value(words, language, then, changed=True)
        if german:
            return f"war es {shown}" if shown == "1" else f"waren es {shown}"
        return shown

    def _differ(self, one: float, other: float) -> bool:
        """Whether two numbers differ as they are shown."""
        return self._shown(one, "en") != self._shown(other, "en")

    def _is_nothing(self, value: Any) -> bool:
        """Whether a number is shown as 0."""
        return _numbers(value) and not any(x in "123456789" for x in self._shown(value, "en"))

    def _shown(self, value: Any, language: str, unit: str | None = None) -> str:
        return format_value(value, unit or self.unit, language, self._currency)

    def _words(self, language: str) -> Words:
        return self.telling.de if language == "de" else self.telling.en

    def _sentence(self, language: str, weighed: Weighed, other: Any, detail: Any) -> str:
        words = self._words(language)
        value, basis = weighed.value, weighed.basis
        head = self._head(words, value, basis) if weighed.fits else words.neutral
        detailed = detail is not None and value >= 1
        single = detailed and self._shown(value, "en") == "1"
        parts = []
        if single:  # one open complaint: its age says it all
            head = words.single
        elif not words.zero or head != words.zero:
            parts.append(self._value(words, language, value, bare=head == words.neutral))
        if detailed:
            text = words.detail if single else words.details
            parts.append(text.format(d=format_value(detail, "span", language)))
        else:
            parts.append(self._compared(words, language, other, basis, weighed.against))
        rest = ", ".join(part for part in parts if part)
        return f"{_upper(head)}: {rest}" if rest else _upper(head)

    def _head(self, words: Words, value: Any, basis: Basis) -> str:
        head = ""
        if basis.kind in ("pair", "earlier"):
            head = words.more if basis.side > 0 else words.less
        elif isinstance(value, str):
            return words.neutral
        else:
            head = self._of_count(words, value)
            if not head and basis.striking and not self._few(words, value, basis):
                head = words.high if basis.side > 0 else words.low
        return head or words.neutral

    def _of_count(self, words: Words, value: float) -> str:
        """Head that the number alone chooses."""
        if self._is_nothing(value):
            return words.zero
        return words.single if self._shown(value, "en") == "1" else ""

    def _few(self, words: Words, value: float, basis: Basis) -> bool:
        """A single one is not many, and none is not few."""
        if self._is_nothing(value):
            return bool(words.no)
        counted = bool(words.no) and self.unit not in ("money", "share", *_SPANS)
        return counted and basis.side > 0 and self._shown(value, "en") == "1"

    def _value(
        self,
        words: Words,
        language: str,
        value: Any,
        *,
        bare: bool = False,
        changed: bool = False,
    ) -> str:
        shown = self._shown(value, language)
        if changed and words.changed:
            return words.changed.format(n=shown)
        if words.none and self._is_nothing(value):
            return words.none
        if bare and words.bare:
            return words.bare.format(n=shown)
        if words.one and shown == "1":
            return words.one
        return words.many.format(n=shown)

    def _compared(
        self, words: Words, language: str, other: Any, basis: Basis, against: Compared
    ) -> str:
        if basis.kind == "none":
            return ""
        if basis.kind == "pair":
            unit = "money" if self.unit == "money" else "whole"
            shown = self._shown(other, language, unit)
            return (words.pair_one if shown in ("0", "1") else "") or words.pair.format(m=shown)
        if basis.kind == "earlier":
            when = before(self.telling.window_days or 0, language)
            shown = self._shown(other, language)
            number = words.no if words.no and self._is_nothing(other) else shown
            return f"{when} {number}" if language == "de" else f"{number} {when}"
        german = language == "de"
        peers = words.peers or ("der Kunden" if german else "of customers")
        if basis.kind == "middle":
            others = peers.removeprefix("der " if german else "of ")
            return (
                f"etwa wie bei anderen {others}" if german else f"about the same as other {others}"
            )
        if basis.kind == "alike":
            return _alike(against.same or 0.0, language, words.peers)
        above, below = words.than
        share = _percent((against.below if basis.side > 0 else against.above) or 0.0, language)
        return (above if basis.side > 0 else below).format(p=f"{share} {peers}")

    def _missing(self, against: Compared) -> Text:
        texts = []
        for language in LANGUAGES:
            words = self._words(language)
            text = f"{_upper(words.neutral)}: {self._missing_words(words, language)}"
            if against.without:
                text += f", {_alike(against.without, language, '')}"
            texts.append(text)
        return Text(de=texts[0], en=texts[1])

    def _missing_words(self, words: Words, language: str) -> str:
        return words.missing or missing(self.feature, language)


def _alike(share: float, language: str, peers: str) -> str:
    """Say how many have the same."""
    german = language == "de"
    whom = peers or ("der Kunden" if german else "of customers")
    return f"{'wie bei' if german else 'like'} {_percent(share, language)} {whom}"


@lru_cache(maxsize=1_000)
def _percent(share: float, language: str) -> str:
    """Write a share of customers, rounded down so that it is never overstated."""
    whole = math.floor(100 * share + 1e-9)
    return format_value(max(whole, 1) / 100, "share", language)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _numbers(*values: Any) -> bool:
    return all(
        isinstance(value, (int, float)) and not isinstance(value, bool) and not is_missing(value)
        for value in values
    )

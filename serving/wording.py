"""The words of one feature: ``<head>: <value>`` in front, the comparison or a detail behind it.

Front and tail are written apart, since many customers share one of them and few share both.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

from treue.features.family import Feature
from treue.features.topic_phrases import Telling, Words, before
from treue.serving.comparison import Compared
from treue.serving.formats import format_value, missing
from treue.serving.missing import is_missing
from treue.serving.weighed import Basis, Weighed

SPANS = ("span", "until")
"""Units of lengths of time, which follow a preposition."""
_NOT_NOTHING = frozenset("123456789")


class Front(NamedTuple):
    """Head and value, and what joins them to a tail."""

    text: str
    joint: str

    def with_tail(self, tail: str) -> str:
        """Return the whole sentence.

        >>> Front("Orders: 2", ", ").with_tail("6 before")
        'Orders: 2, 6 before'
        """
        return f"{self.text}{self.joint}{tail}" if tail else self.text


class Wording:
    """Writes one feature, in either language."""

    def __init__(self, feature: Feature, telling: Telling, *, currency: str) -> None:
        self._feature = feature
        self._telling = telling
        self._currency = currency
        self.unit = telling.unit or feature.unit

    def of(self, language: str) -> Words:
        """Return the words of a language."""
        return self._telling.de if language == "de" else self._telling.en

    def shown(self, value: Any, language: str, unit: str | None = None) -> str:
        """Write a value as a reader of the language does."""
        return format_value(value, unit or self.unit, language, self._currency)

    def differ(self, one: float, other: float) -> bool:
        """Whether two numbers differ as they are shown."""
        return self.shown(one, "en") != self.shown(other, "en")

    def is_nothing(self, value: Any) -> bool:
        """Whether a number is shown as 0."""
        return is_number(value) and _NOT_NOTHING.isdisjoint(self.shown(value, "en"))

    def front(self, language: str, weighed: Weighed, *, detailed: bool) -> Front:
        """Return the head and, unless the head says it, the value.

        Parameters
        ----------
        detailed
            A detail follows (see `tail`), not a comparison.
        """
        words, value = self.of(language), weighed.value
        if value is None:
            return Front(f"{upper(words.neutral)}: {self.missing(language)}", ", ")
        if detailed and self._is_single(value):  # one open complaint: its age says it all
            return Front(upper(words.single), ": ")
        head = self._head(words, value, weighed.basis) if weighed.fits else words.neutral
        told = not words.zero or head != words.zero
        text = self.value(language, value, bare=head == words.neutral) if told else ""
        return Front(f"{upper(head)}: {text}", ", ") if text else Front(upper(head), ": ")

    def tail(self, language: str, weighed: Weighed, other: Any, detail: Any) -> str:
        """Return what follows the front; empty where there is nothing.

        Parameters
        ----------
        other
            The number that the value is compared with, of a pair or of one window earlier.
        detail
            What is said instead of a comparison; None: nothing.
        """
        words, value = self.of(language), weighed.value
        if value is None:
            without = weighed.against.without
            return _alike(without, language, "") if without else ""
        if detail is not None:
            text = words.detail if self._is_single(value) else words.details
            return text.format(d=format_value(detail, "span", language))
        return self._compared(language, other, weighed.basis, weighed.against)

    def value(self, language: str, value: Any, *, bare: bool = False, changed: bool = False) -> str:
        """Return the value in words: bare after the neutral head, or within a change."""
        words, shown = self.of(language), self.shown(value, language)
        if changed and words.changed:
            return words.changed.format(n=shown)
        if words.none and self.is_nothing(value):
            return words.none
        if bare and words.bare:
            return words.bare.format(n=shown)
        if words.one and shown == "1":
            return words.one
        return words.many.format(n=shown)

    def now(self, language: str, value: Any) -> str:
        """Return what a value is now, where it changed."""
        if is_missing(value):
            return self.missing(language)
        return self.value(language, value, bare=True, changed=True)

    def then(self, language: str, value: Any) -> str:
        """Return what a value was then, where it changed."""
        words, german = self.of(language), language == "de"
        if is_missing(value):
            return words.missing_then or self.missing(language)
        shown = self.shown(value, language)
        if words.no and self.is_nothing(value):
            return words.no
        if isinstance(value, str):
            return f"noch {shown}" if german else f"still {shown}"
        if self.unit in SPANS:
            return self.value(language, value, changed=True)
        if german:
            return f"war es {shown}" if shown == "1" else f"waren es {shown}"
        return shown

    def missing(self, language: str) -> str:
        """Return what is said where there is no value."""
        return self.of(language).missing or missing(self._feature, language)

    def _is_single(self, value: Any) -> bool:
        return self.shown(value, "en") == "1"

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
        if self.is_nothing(value):
            return words.zero
        return words.single if self._is_single(value) else ""

    def _few(self, words: Words, value: float, basis: Basis) -> bool:
        """A single one is not many, and none is not few."""
        if self.is_nothing(value):
            return bool(words.no)
        counted = bool(words.no) and self.unit not in ("money", "share", *SPANS)
        return counted and basis.side > 0 and self._is_single(value)

    def _compared(self, language: str, other: Any, basis: Basis, against: Compared) -> str:
        words, german = self.of(language), language == "de"
        if basis.kind == "none":
            return ""
        if basis.kind == "pair":
            unit = "money" if self.unit == "money" else "whole"
            shown = self.shown(other, language, unit)
            return (words.pair_one if shown in ("0", "1") else "") or words.pair.format(m=shown)
        if basis.kind == "earlier":
            when = before(self._telling.window_days or 0, language)
            shown = self.shown(other, language)
            number = words.no if words.no and self.is_nothing(other) else shown
            return f"{when} {number}" if german else f"{number} {when}"
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


def is_number(value: Any) -> bool:
    """Whether a value is a known number; a flag is none."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and not is_missing(value)


def upper(text: str) -> str:
    """Return a text as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


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

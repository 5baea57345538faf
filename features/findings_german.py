"""Findings in German, by a catalogue of their sentences, as gettext has them.

The English sentence is the key; what is in braces stands for a part that differs. What such a part
may be, and how German writes it, says its name: numbers, shares and days are written as Germans do,
everything else is carried over. A sentence that the catalogue lacks stays English; no test of a
finding lets one be lacking.
"""

import re
from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

from treue.features.findings_german_words import SENTENCES, TERMS
from treue.numbers import Numbers

_BRACE = re.compile(r"\{(\w+)\}")
_MEANT = re.compile(r"(.*) \(did you mean '(.*)'\?\)", re.DOTALL)
_MOMENT = re.compile(r"(\d{4,})-(\d\d)-(\d\d)(?: (\d\d:\d\d))?(?::\d\d)?")
_VALUE = re.compile(rf"(?<![^ ])'(?P<text>.*?)'(?=, |$)|{_MOMENT.pattern}", re.DOTALL)


def in_german(sentence: str) -> str | None:
    """Return what a finding says, or how to mend it, in German; None if the catalogue lacks it.

    >>> in_german("1,200 rows without a value, set aside")
    '1.200 Zeilen ohne Wert, aussortiert'
    """
    if not sentence:
        return ""
    if meant := _MEANT.fullmatch(sentence):
        told = in_german(meant[1])
        return told and f"{told} (meinten Sie „{meant[2]}“?)"
    for pattern, german in _patterns():
        if found := pattern.fullmatch(sentence):
            return _BRACE.sub(partial(_told, found), german)
    return None


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Return the sentences, first those that say most in words of their own."""
    most_said = sorted(SENTENCES, key=lambda english: len(_BRACE.sub("", english)), reverse=True)
    return [(_pattern(english), SENTENCES[english]) for english in most_said]


def _pattern(english: str) -> re.Pattern[str]:
    between, names = _BRACE.split(english)[::2], _BRACE.findall(english)
    parts = [f"(?P<{name}>{_part(name).english})" for name in names]
    written = "".join(
        re.escape(text) + part for text, part in zip(between, [*parts, ""], strict=True)
    )
    return re.compile(written, re.DOTALL)


def _told(found: re.Match[str], brace: re.Match[str]) -> str:
    return _part(brace[1]).in_german(found[brace[1]])


class _Part(NamedTuple):
    """What may stand in a brace: its pattern in English, and how German writes it."""

    english: str
    in_german: Callable[[str], str]


def _part(name: str) -> _Part:
    return _PARTS.get(name, _Part(".+?", str))


def _count(text: str) -> str:
    return Numbers("de").number(int(text.replace(",", "")), 0)


def _rows(text: str) -> str:
    return "1 Zeile" if text == "1 row" else f"{_count(text.partition(' ')[0])} Zeilen"


def _customers(text: str) -> str:
    """Return customers in the dative."""
    count = text.partition(" ")[0]
    return "einem Kunden" if count == "1" else f"{_count(count)} Kunden"


def _share(text: str) -> str:
    return Numbers("de").share(int(text.removesuffix("%")) / 100)


def _moment(found: re.Match[str]) -> str:
    year, month, day, time = found.groups()[-4:]
    return f"{day}.{month}.{year}" + (f" um {time} Uhr" if time else "")


def _day(text: str) -> str:
    return _MOMENT.sub(_moment, text)


def _values(text: str) -> str:
    """Return a list of values: those in quotes as they are, the others may be days."""
    return _VALUE.sub(lambda v: _moment(v) if v["text"] is None else f"„{v['text']}“", text)


def _choices(text: str) -> str:
    return text.replace(" or ", " oder ")


_COUNT = _Part(r"[\d,]+", _count)
_DAY = _Part(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d)?", _day)
_PARTS = {
    "n": _Part(r"1 row|[\d,]+ rows", _rows),
    "customers": _Part(r"[\d,]+ customers?", _customers),
    "count": _COUNT,
    "others": _COUNT,
    "share": _Part(r"\d+%", _share),
    "day": _DAY,
    "earlier_day": _DAY,
    "values": _Part(".+?", _values),
    "what": _Part("|".join(map(re.escape, TERMS)), TERMS.__getitem__),
    "choices": _Part(".+?", _choices),
}
"""What is not carried over as it is; everything else may be a name of the user's."""

"""Findings in German, by a catalogue of their sentences, as gettext has them.

The English sentence is the key; what is in braces stands for a part that differs and is carried
over. A sentence that the catalogue lacks stays English; no test of a finding lets one be lacking.
"""

import re
from functools import cache, partial

from treue.features.findings_german_words import SENTENCES, TERMS
from treue.numbers import Numbers

_GERMAN = Numbers("de")
_BRACE = re.compile(r"\{(\w+)\}")
_SLOTS = {"n": r"1 row|[\d,]+ rows", "count": r"[\d,]+", "others": r"[\d,]+"}
_MEANT = re.compile(r"(.*) \(did you mean '(.*)'\?\)", re.DOTALL)


def in_german(sentence: str) -> str | None:
    """Return what a finding says, or how to mend it, in German; None if the catalogue lacks it.

    >>> in_german("1,200 rows without a value, set aside")
    '1.200 Zeilen ohne Wert, beiseitegelegt'
    """
    if not sentence:
        return ""
    if meant := _MEANT.fullmatch(sentence):
        told = in_german(meant[1])
        return told and f"{told} (ist „{meant[2]}“ gemeint?)"
    for pattern, german in _patterns():
        if found := pattern.fullmatch(sentence):
            return _BRACE.sub(partial(_part, found), german)
    return None


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Return the sentences, first those that say most in words of their own."""
    most_said = sorted(SENTENCES, key=lambda english: len(_BRACE.sub("", english)), reverse=True)
    return [(_pattern(english), SENTENCES[english]) for english in most_said]


def _pattern(english: str) -> re.Pattern[str]:
    between, names = _BRACE.split(english)[::2], _BRACE.findall(english)
    slots = [f"(?P<{name}>{_SLOTS.get(name, '.+?')})" for name in names]
    written = "".join(
        re.escape(text) + slot for text, slot in zip(between, [*slots, ""], strict=True)
    )
    return re.compile(written, re.DOTALL)


def _part(found: re.Match[str], brace: re.Match[str]) -> str:
    """Return in German what stands in a brace."""
    name, text = brace[1], found[brace[1]]
    if name == "n":
        count = _count(text.partition(" ")[0])
        return f"{count} Zeile" if text == "1 row" else f"{count} Zeilen"
    if name in _SLOTS:
        return _count(text)
    if name in {"choices", "encodings"}:
        return text.replace(" or ", " oder ")
    return TERMS.get(text, text)


def _count(text: str) -> str:
    return _GERMAN.number(int(text.replace(",", "")), 0)

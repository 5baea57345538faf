"""How a feature is told in a sentence, in German and in English.

Decayed counts, trends and ratios move a likelihood but tell a reader nothing; the sentence of
their topic tells a count, an amount or a time instead. What may be told, and in which order of
preference within a topic, stands in `TELLINGS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace

DE_MORE = ("mehr als bei {p}", "weniger als bei {p}")
EN_MORE = ("more than for {p}", "less than for {p}")
EN_MANY = ("more than for {p}", "fewer than for {p}")
DE_LONGER = ("länger als bei {p}", "kürzer als bei {p}")
EN_LONGER = ("longer than for {p}", "shorter than for {p}")
DE_AGO = ("länger her als bei {p}", "bei {p} liegt das länger zurück")
EN_AGO = ("longer ago than for {p}", "more recent than for {p}")


@dataclass(frozen=True)
class Words:
    """The words of one feature in one language.

    A sentence is ``<head>: <value>, <comparison>``. ``{n}`` is the value, ``{w}`` the window,
    ``{m}`` the other value of a pair, ``{d}`` a detail, ``{p}`` a share of customers.

    Attributes
    ----------
    neutral
        Head that tells no direction.
    many, one, none
        The value in words: in general, where it is shown as 1, as 0. Empty: as `many`.
    bare
        The value after the neutral head, which already names what is counted.
    more, less
        Heads where the value is above, below the customer's own earlier one or its pair.
    high, low
        Heads where it is above, below that of most customers.
    zero, single
        Heads in place of `high` and `low` where the value is shown as 0, as 1.
    no
        An earlier value of 0 in words.
    than
        What is said of the share of customers with lower, with higher values.
    peers
        Whom those are a share of, where not all customers have a value.
    pair, pair_one
        The other value of a pair in words; where it is shown as 0 or 1.
    detail, details
        Said instead of a comparison where there is one (then instead of the value too), or more.
    changed
        The value in a sentence on a change, where it is not `many`.
    missing, missing_then
        Said where there is no value; and where there was none.
    """

    neutral: str
    many: str
    one: str = ""
    none: str = ""
    bare: str = ""
    more: str = ""
    less: str = ""
    high: str = ""
    low: str = ""
    zero: str = ""
    single: str = ""
    no: str = ""
    than: tuple[str, str] = ("", "")
    peers: str = ""
    pair: str = ""
    pair_one: str = ""
    detail: str = ""
    details: str = ""
    changed: str = ""
    missing: str = ""
    missing_then: str = ""

    def in_window(self, window: str) -> Words:
        """Return the same with the window's words in it."""
        texts = {
            part.name: text.replace("{w}", window).strip()
            for part in fields(self)
            if isinstance(text := getattr(self, part.name), str)
        }
        texts["missing_then"] = self.missing.replace("{w}", "").strip()
        return replace(self, **texts)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Telling:
    """How one feature is told.

    Attributes
    ----------
    feature
        Whose contribution it tells.
    unit
        How the value is written; empty: the catalogue's unit.
    shows
        The feature whose value is shown; empty: the same.
    pair
        Feature that the value is compared with before all else.
    detail
        Feature that adds a detail to a value of 1 or more.
    window_days
        Window in which it is counted; its earlier value is that of the window before.
    """

    feature: str
    de: Words
    en: Words
    unit: str = ""
    shows: str = ""
    pair: str = ""
    detail: str = ""
    window_days: int | None = None


_WINDOW = {
    "30": ("in den letzten 30 Tagen", "in the last 30 days"),
    "90": ("in den letzten 90 Tagen", "in the last 90 days"),
    "180": ("in den letzten 180 Tagen", "in the last 180 days"),
    "365": ("in den letzten 12 Monaten", "in the last 12 months"),
    "all": ("insgesamt", "to date"),
}

_BEFORE = {
    90: ("in den 90 Tagen davor", "in the 90 days before"),
    365: ("in den 12 Monaten davor", "in the 12 months before"),
}


def before(days: int, language: str) -> str:
    """Words for the window before a window of so many days.

    >>> before(365, "de")
    'in den 12 Monaten davor'
    """
    return _BEFORE[days][language == "en"]


def told(
    pattern: str, suffixes: str, de: Words, en: Words, *, unit: str = "", mean: bool = False
) -> Iterator[Telling]:
    """The same telling for each window, the most telling one first.

    A mean over all history is told without words for it.
    """
    for suffix in suffixes.split():
        german, english = ("", "") if mean and suffix == "all" else _WINDOW[suffix]
        yield Telling(
            pattern.replace("{w}", suffix),
            de.in_window(german),
            en.in_window(english),
            unit=unit,
            window_days=int(suffix) if suffix.isdigit() else None,
        )


def last_time(feature: str, de: str, en: str, never: tuple[str, str]) -> Telling:
    """How long ago something last happened."""
    return Telling(
        feature,
        Words(
            de,
            "vor {n}",
            than=DE_AGO,
            missing=never[0],
            missing_then=never[0].replace("bisher", "noch"),
        ),
        Words(
            en,
            "{n} ago",
            than=EN_AGO,
            missing=never[1],
            missing_then=never[1].removesuffix(" so far"),
        ),
        unit="span",
    )


def by_feature(*groups: Iterable[Telling]) -> dict[str, Telling]:
    """Tellings by feature, in their order."""
    return {telling.feature: telling for group in groups for telling in group}

"""Numbers, dates, money and points as a German or English reader writes them."""

from __future__ import annotations

import math
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from babel.dates import format_date
from babel.numbers import get_currency_symbol

if TYPE_CHECKING:
    from treue.features.family import Feature

LANGUAGES = ("de", "en")

_MISSING = {
    "given": {"de": "keine Angabe", "en": "not given"},
    "in window": {"de": "keine in dieser Zeit", "en": "none in that time"},
    "so far": {"de": "bisher keine", "en": "none so far"},
    "applies": {"de": "trifft nicht zu", "en": "does not apply"},
}
_YES_NO = {"de": ("nein", "ja"), "en": ("no", "yes")}
_NEW = {"de": "neu, davor nichts", "en": "new, nothing before"}
SECOND = 1 / 86_400
"""Closer to midnight than it, an event is at midnight."""
_STEPS = (Decimal(1), Decimal("0.1"), Decimal("0.01"))
_GERMAN = str.maketrans(",.", ".,")
_POINTS = {"de": ("Punkt", "Punkte"), "en": ("point", "points")}
# after a preposition: "vor 3 Tagen", "seit einem Tag"
_SPANS = {
    "de": {
        0: "weniger als einem Tag",
        "day": ("1 Tag", "Tagen"),
        "month": ("1 Monat", "Monaten"),
        "year": ("1 Jahr", "Jahren"),
    },
    "en": {
        0: "less than a day",
        "day": ("1 day", "days"),
        "month": ("1 month", "months"),
        "year": ("1 year", "years"),
    },
}


@lru_cache(maxsize=50_000, typed=True)  # True and 1.0 are written differently
def format_value(value: Any, unit: str, language: str, currency: str = "EUR") -> str:
    r"""Write a feature's value as a German or English reader does.

    >>> format_value(1234.5, "money", "de"), format_value(1234.5, "money", "en")
    ('1.234\xa0€', '€1,234')
    >>> format_value(0.25, "share", "de"), format_value(-0.5, "change", "en")
    ('25\xa0%', '−67%')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, date):
        return format_day(value, language)
    if isinstance(value, bool) or unit == "yes or no":
        return _YES_NO[language][bool(value)]
    if unit == "money":
        sign, number = _number(value, 0, language)
        symbol = _symbol(currency, language)
        return f"{sign}{number}\xa0{symbol}" if language == "de" else f"{sign}{symbol}{number}"
    if unit == "share":
        return _percent(value, language)
    if unit == "change":
        return _format_change(value, language)
    if unit in ("span", "until"):
        return _format_span(calendar_days(value, ahead=unit == "until"), language)
    if unit == "whole":
        return "".join(_number(value, 0, language))
    if unit == "tenths":
        return "".join(_number(value, 1, language))
    fine = 0 if unit == "days" else 1  # a tenth of a day tells nobody anything
    decimals = 1 + fine if abs(value) < 10 else fine if abs(value) < 100 else 0
    return "".join(_number(value, decimals, language))


def _number(
    value: Any, decimals: int, language: str, *, hundredfold: bool = False
) -> tuple[str, str]:
    """Return the sign ("−" or nothing) and at most so many decimals, half rounded to even.

    What is rounded to nothing carries no sign: nobody says "minus zero".

    Written here, not by Babel: a million customers have some million numbers.
    """
    exact = Decimal(str(value))
    if hundredfold:
        exact = exact.scaleb(2)
    rounded = exact.quantize(_STEPS[decimals], ROUND_HALF_EVEN)
    text = f"{rounded.copy_abs():,f}"
    if decimals:
        text = text.rstrip("0").rstrip(".")
    if language == "de":
        text = text.translate(_GERMAN)
    return "−" if rounded < 0 else "", text


def _percent(share: Any, language: str, *, plus: str = "") -> str:
    sign, number = _number(share, 0, language, hundredfold=True)
    return f"{sign or plus}{number}\xa0%" if language == "de" else f"{sign or plus}{number}%"


@cache
def _symbol(currency: str, language: str) -> str:
    symbol: str = get_currency_symbol(currency, locale=language)
    return symbol


def _format_change(value: float, language: str) -> str:
    """(now - before) / (now + before), told as the change against before."""
    if value >= 1:
        return _NEW[language]
    change = max(2 * value / (1 - value), -1.0)
    return _percent(change, language, plus="+")


def calendar_days(days: float, *, ahead: bool = False) -> int:
    """Days by the calendar: what began during a day counts from that day on.

    It is the difference of the two dates for a cutoff at midnight, and never less than it for
    another. Days still ahead are counted to the day in which they end.

    >>> calendar_days(56.4), calendar_days(57.0), calendar_days(56.4, ahead=True)
    (57, 57, 56)
    """
    return math.floor(days + SECOND) if ahead else math.ceil(days - SECOND)


def _format_span(days: int, language: str) -> str:
    """Days as a length of time: days up to half a year, months up to two years, then years."""
    words: Any = _SPANS[language]
    if days < 1:
        text: str = words[0]
        return text
    if days < 180:
        number, (one, many) = str(days), words["day"]
    elif days < 730:
        number, (one, many) = str(int(days * 12 / 365.25)), words["month"]
    else:
        number = _number(int(days * 10 / 365.25) / 10, 1, language)[1]
        one, many = words["year"]
    return one if number == "1" else f"{number} {many}"


def format_day(day: date, language: str) -> str:
    """Write a day in short.

    >>> format_day(date(2024, 10, 1), "de"), format_day(date(2024, 10, 1), "en")
    ('01.10.2024', '1 Oct 2024')
    """
    return format_date(day, {"de": "dd.MM.yyyy", "en": "d MMM yyyy"}[language], locale=language)


@lru_cache(maxsize=20_000)
def format_points(points: float, language: str) -> str:
    """Write points with their sign: whole from one point on, else one decimal.

    >>> format_points(9.2, "de"), format_points(-0.44, "en"), format_points(1.0, "en")
    ('+9 Punkte', '−0.4 points', '+1 point')
    """
    return format_sum(shown_points(points), language)


LEAST_SHOWN = 0.05
"""The smallest number of points that is shown as a tenth."""


def shown_points(points: float) -> float:
    """Round points as `format_points` shows them."""
    return float(round(points)) if abs(points) >= 1 else round(points, 1) + 0.0


def format_sum(points: float, language: str) -> str:
    """Write points with their sign to a tenth, so that a sum of shown points stays right."""
    sign, number = _number(points, 1, language)
    one, many = _POINTS[language]
    return f"{sign or '+'}{number} {one if abs(points) == 1 else many}"


def shown_percent(probability: float) -> int:
    """Round to a whole percentage as `format_value` shows it.

    >>> shown_percent(0.125), shown_percent(0.375)
    (12, 38)
    """
    return round(Decimal(str(probability)) * 100)


def missing(feature: Feature, language: str) -> str:
    """Say something instead of a value that is not there, for it is not there for a reason.

    An attribute was not given; a time since something has not begun; nothing happened in a window;
    for all else there is nothing to measure, such as the gap between orders after a single one.
    """
    if feature.categorical or feature.family in ("customer", "other"):
        kind = "given"
    elif feature.name.startswith("days_since_"):
        kind = "so far"
    else:
        kind = "applies" if feature.window_days is None else "in window"
    return _MISSING[kind][language]

"""From contributions to sentences: what a score goes together with, in German and English.

A sentence names a feature, its value and its weight in points of the shown probability:
"Aufträge in den letzten 90 Tagen: 2 (+9 Punkte)". It tells of association, never of cause, and
its direction is the contribution's sign alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent

from treue.features.catalogue import Feature, describe
from treue.features.errors import TreueError

LANGUAGES = ("de", "en")

AT_LEAST, AT_MOST = 3, 5
PER_FAMILY = 2
TELLING_POINTS = 1.0
"""Beyond the first three, a reason is told only from this weight on."""

_MISSING = {
    "given": {"de": "keine Angabe", "en": "not given"},
    "in window": {"de": "keine in dieser Zeit", "en": "none in that time"},
    "so far": {"de": "bisher keine", "en": "none so far"},
    "applies": {"de": "trifft nicht zu", "en": "does not apply"},
}
_YES_NO = {"de": ("nein", "ja"), "en": ("no", "yes")}
_NEW = {"de": "neu, davor nichts", "en": "new, nothing before"}
_POINTS = {"de": ("Punkt", "Punkte"), "en": ("point", "points")}


def reasons(
    points: Mapping[str, float],
    values: Mapping[str, Any],
    *,
    families: Mapping[str, str] | None = None,
    language: str = "de",
    currency: str = "EUR",
) -> list[str]:
    """Sentences for one customer, most important first.

    Parameters
    ----------
    points
        Points of the shown probability by feature, as `models.explain` gives them.
    values
        The customer's value by feature, from the panel row that was scored.
    families
        Family by feature; features that are missing here take the catalogue's.
    language
        ``"de"`` or ``"en"``.
    currency
        Currency of money, three letters.

    Returns
    -------
    list of str
        Three to five sentences, at most two a family; fewer where fewer features carry weight.

    Raises
    ------
    TreueError
        For a language that is not there.
    """
    storyteller = Storyteller(
        tuple(points), families=families or {}, language=language, currency=currency
    )
    return storyteller.tell(
        np.array(list(points.values()), dtype=float), [values[name] for name in points]
    )


class Storyteller:
    """The phrases of a model's features in one language, looked up once for many customers."""

    def __init__(
        self,
        names: Sequence[str],
        *,
        families: Mapping[str, str],
        language: str,
        currency: str = "EUR",
    ) -> None:
        if language not in LANGUAGES:
            raise TreueError(
                f"language {language!r}: reasons are written in {' or '.join(LANGUAGES)}"
            )
        self._language = language
        self._currency = currency
        self._features = [describe(name) for name in names]
        self._phrases = [_phrase(feature, language) for feature in self._features]
        self._waves = [i for i, f in enumerate(self._features) if f.unit == "wave"]
        self._families = [
            families.get(name, feature.family)
            for name, feature in zip(names, self._features, strict=True)
        ]

    def tell(self, points: np.ndarray, values: Sequence[Any]) -> list[str]:
        """Sentences for one customer from points (k,) and values in the same order.

        Sine and cosine of the season are told as one.
        """
        points = self._season_as_one(points)
        return [
            f"{self._phrases[i]}{self._value(i, values[i])} "
            f"({format_points(float(points[i]), self._language)})"
            for i in choose(points, self._families)
        ]

    def weights(self, points: np.ndarray) -> list[float]:
        """Points of the sentences of `tell`, rounded as they are shown there."""
        points = self._season_as_one(points)
        return [shown_points(float(points[i])) for i in choose(points, self._families)]

    def _season_as_one(self, points: np.ndarray) -> np.ndarray:
        if not self._waves:
            return points
        first, *others = self._waves
        points = points.copy()
        points[first] = points[self._waves].sum()
        points[others] = 0.0
        return points

    def _value(self, i: int, value: Any) -> str:
        """Write what follows the phrase; nothing where the value would tell nothing."""
        feature = self._features[i]
        if feature.unit == "wave":  # sine and cosine of the season
            return ""
        if value is None or value != value:  # NaN differs from itself
            return f": {missing(feature, self._language)}"
        return f": {format_value(value, feature.unit, self._language, self._currency)}"


def choose(points: np.ndarray, families: Sequence[str]) -> list[int]:
    """Positions of the features to tell, largest weight first.

    The first three count however small they are, as long as a weight can be shown; two more are
    told if they weigh a point or more. A family is told at most twice, since its features say
    much the same.
    """
    told: list[int] = []
    of_family: dict[str, int] = {}
    for i in np.argsort(-np.abs(points), kind="stable"):
        weight = abs(points[i])
        if round(weight, 1) == 0.0 or len(told) == AT_MOST:
            break
        if len(told) >= AT_LEAST and weight < TELLING_POINTS:
            break
        if of_family.get(families[i], 0) < PER_FAMILY:
            of_family[families[i]] = of_family.get(families[i], 0) + 1
            told.append(int(i))
    return told


@lru_cache(maxsize=20_000, typed=True)  # True and 1.0 are written differently
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
        return format_date(value, locale=language)
    if isinstance(value, bool) or unit == "yes or no":
        return _YES_NO[language][bool(value)]
    if unit == "money":
        pattern = {"de": "#,##0\xa0¤;−#,##0\xa0¤", "en": "¤#,##0;−¤#,##0"}[language]
        return format_currency(value, currency, pattern, locale=language, currency_digits=False)
    if unit == "share":
        pattern = {"de": "#,##0\xa0%;−#,##0\xa0%", "en": "#,##0%;−#,##0%"}[language]
        return format_percent(value, pattern, locale=language)
    if unit == "change":
        return _format_change(value, language)
    fine = 0 if unit == "days" else 1  # a tenth of a day tells nobody anything
    digits = "##"[1 - fine :] if abs(value) < 10 else "#" * fine if abs(value) < 100 else ""
    pattern = f"#,##0.{digits}" if digits else "#,##0"
    return format_decimal(value, f"{pattern};−{pattern}", locale=language)


def _format_change(value: float, language: str) -> str:
    """(now - before) / (now + before), told as the change against before."""
    if value >= 1:
        return _NEW[language]
    change = max(2 * value / (1 - value), -1.0)
    pattern = {"de": "+#,##0\xa0%;−#,##0\xa0%", "en": "+#,##0%;−#,##0%"}[language]
    return format_percent(change, pattern, locale=language)


@lru_cache(maxsize=20_000)
def format_points(points: float, language: str) -> str:
    """Write points with their sign: whole from one point on, else one decimal.

    >>> format_points(9.2, "de"), format_points(-0.44, "en"), format_points(1.0, "en")
    ('+9 Punkte', '−0.4 points', '+1 point')
    """
    return format_sum(shown_points(points), language)


def shown_points(points: float) -> float:
    """Round points as `format_points` shows them."""
    return round(points) if abs(points) >= 1 else round(points, 1)


def format_sum(points: float, language: str) -> str:
    """Write points with their sign to a tenth, so that a sum of shown points stays right."""
    number = format_decimal(points, "+#,##0.#;−#,##0.#", locale=language)
    one, many = _POINTS[language]
    return f"{number} {one if abs(points) == 1 else many}"


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


def _phrase(feature: Feature, language: str) -> str:
    """Begin the catalogue's noun phrase like a sentence; a mere column keeps its name."""
    phrase: str = getattr(feature, language)
    return phrase if phrase == feature.name else phrase[:1].upper() + phrase[1:]

"""When, not only whether: a model's curve as columns of a table, and in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from treue.models.curve import HORIZONS
from treue.serving.dossier import Text, When, Within
from treue.serving.formats import LANGUAGES, format_value

if TYPE_CHECKING:
    import pandas as pd

    from treue.models.bundle import Bundle
    from treue.models.curve import Curve
    from treue.serving.dossier import Language
    from treue.serving.question import Question

AGAIN = "buys_again"
"""The event that is the complement of what the model is asked."""
TITLES = {
    "buys_again": Text(de="kauft wieder innerhalb von", en="buys again within"),
    "has_left": Text(
        de="hat keinen laufenden Vertrag mehr innerhalb von",
        en="has no running contract any more within",
    ),
    "has_recommended": Text(de="empfiehlt uns innerhalb von", en="recommends us within"),
    "converted": Text(
        de="bringt uns durch eine Empfehlung einen Kunden innerhalb von",
        en="brings us a customer by a recommendation within",
    ),
}
"""What a curve is of; the days follow."""
COMPLEMENT = Text(
    de="Bei {days} Tagen sind das 100\xa0% abzüglich der Wahrscheinlichkeit der Abwanderung.",
    en="At {days} days this is 100% less the likelihood of leaving.",
)
UNKNOWN = Text(
    de="Für {days} Tage geben die bisherigen Daten es nicht her.",
    en="For {days} days the data so far cannot tell.",
)
DECLINE = Text(
    de=(
        "Wann, lässt sich bei einem Umsatzrückgang nicht sagen: Anteile am Umsatz verschieden "
        "langer Zeiträume lassen sich nicht vergleichen."
    ),
    en=(
        "When cannot be said of a decline in spend: shares of the spend of periods of different "
        "lengths cannot be compared."
    ),
)
_LATER = Text(
    de="Innerhalb {span} kauft er mit {share} wieder.",
    en="Within {span} they buy again with a likelihood of {share}.",
)
_SPAN = Text(de="von {days} Tagen", en="{days} days")
_YEAR = Text(de="eines Jahres", en="a year")
_DAYS = {"de": "{days} Tagen", "en": "{days} days"}


def columns(
    curve: Curve | None, raw: np.ndarray[Any, Any], panel: pd.DataFrame
) -> dict[str, np.ndarray[Any, Any]]:
    """Return the curve by column: ``within_30``, ``within_60`` … (n,).

    Of buying again the columns are ``buys_again_within_30`` …, lest they be read as leaving. A
    horizon that could not be learnt from the training is NaN everywhere; a model without a curve
    has no columns.
    """
    if curve is None:
        return {}
    found = dict(zip(curve.days, curve.within(raw, panel).T, strict=True))
    nothing = np.full(len(panel), np.nan)
    prefix = f"{AGAIN}_" if curve.event == AGAIN else ""
    return {f"{prefix}within_{days}": found.get(days, nothing) for days in asked_days(curve)}


def asked_days(curve: Curve) -> list[int]:
    """The horizons that are shown, whether they could be learnt or not."""
    return sorted({*HORIZONS, curve.anchor_days})


def describe(curve: Curve | None) -> dict[str, Any] | None:
    """Return what the columns mean: event, the classifier's horizon, the days that were learnt."""
    if curve is None:
        return None
    return {"event": curve.event, "anchor_days": curve.anchor_days, "days": curve.days}


def in_words(
    bundle: Bundle, question: Question | None, raw: np.ndarray[Any, Any], panel: pd.DataFrame
) -> Sequence[When | None]:
    """Return each row's curve as it is told; None where nothing is to be said."""
    curve = bundle.curve
    if curve is None:
        decline = question is not None and question.kind == "decline"
        return [When(note=DECLINE) if decline else None] * len(panel)
    asked = asked_days(curve)
    kind = question.kind if question else ""
    title = TITLES.get(kind, TITLES[curve.event])
    note = _note(curve, [days for days in asked if days not in curve.days])
    return [
        When(
            event=curve.event,
            title=title,
            within=[Within(days=days, probability=found.get(days)) for days in asked],
            note=note,
        )
        for found in (
            dict(zip(curve.days, row, strict=True)) for row in curve.within(raw, panel).tolist()
        )
    ]


def line(when: When, language: Language) -> str:
    """Return the curve in one line.

    >>> when = When(title=TITLES["buys_again"], within=[Within(days=30, probability=0.414)])
    >>> line(when, "en")
    'buys again within 30 days: 41%'
    """
    if when.title is None:
        return when.note.in_(language) if when.note else ""
    told = [
        f"{days_in_words(each.days, language)}: {format_value(each.probability, 'share', language)}"
        for each in when.within
        if each.probability is not None
    ]
    return f"{when.title.in_(language)} {', '.join(told)}"


def later(when: When | None, question: Question | None) -> Text | None:
    """Say how likely a customer buys again in the longest time known, lest a pause look a loss.

    None where nothing is asked of a pause, or no longer time than the model's own could be learnt.

    >>> from treue.serving.question import Question
    >>> when = When(event=AGAIN, within=[Within(days=365, probability=0.96)])
    >>> later(when, Question("inactivity", 90)).en
    'Within a year they buy again with a likelihood of 96%.'
    """
    if when is None or when.event != AGAIN or question is None or not question.is_pause:
        return None
    known = [(each.days, each.probability) for each in when.within if each.probability is not None]
    days, probability = max(known, default=(0, 0.0))
    if days <= question.horizon_days:
        return None
    span = _YEAR if days == 365 else _SPAN
    shares = {each: format_value(probability, "share", each) for each in LANGUAGES}
    return Text(
        de=_LATER.de.format(span=span.de.format(days=days), share=shares["de"]),
        en=_LATER.en.format(span=span.en.format(days=days), share=shares["en"]),
    )


def days_in_words(days: int, language: Language) -> str:
    """Return so many days, as they follow on `TITLES`."""
    return _DAYS[language].format(days=days)


def _note(curve: Curve, unknown: list[int]) -> Text | None:
    notes = [(COMPLEMENT, str(curve.anchor_days))] if curve.event == "buys_again" else []
    if unknown:
        notes.append((UNKNOWN, "/".join(str(days) for days in unknown)))
    if not notes:
        return None
    return Text(
        de=" ".join(text.de.format(days=days) for text, days in notes),
        en=" ".join(text.en.format(days=days) for text, days in notes),
    )

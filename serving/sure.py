"""How sure: a model's intervals and flags as columns of a table, and in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from treue.features.catalogue import describe
from treue.serving.dossier import Sure, Text
from treue.serving.formats import LANGUAGES, format_value, shown_percent

if TYPE_CHECKING:
    import pandas as pd

    from treue.features.family import Family
    from treue.models.bundle import Bundle
    from treue.models.familiar import Oddity

WIDE = 0.5
"""From this width on, lists say that an assessment is unsure."""
_STATED = {
    "churn": Text(
        de="Von {size} Kunden wie diesem gehen {low} bis {high} (in {held} solchen Gruppen).",
        en="Of {size} customers like this one, {low} to {high} leave (in {held} such groups).",
    ),
    "referral": Text(
        de="Von {size} Kunden wie diesem empfehlen uns {low} bis {high} (in {held} solchen "
        "Gruppen).",
        en="Of {size} customers like this one, {low} to {high} recommend us (in {held} such "
        "groups).",
    ),
}
UNLIKE = Text(
    de="anders als alle im Training: mit Vorsicht lesen",
    en="unlike anyone seen in training: read with care",
)
UNSURE = Text(de="unsicher: {low}–{high}\xa0%", en="unsure: {low}–{high}%")
_ODD = {
    "above": Text(
        de="{phrase}: {value}, mehr als je im Training",
        en="{phrase}: {value}, more than ever in training",
    ),
    "below": Text(
        de="{phrase}: {value}, weniger als je im Training",
        en="{phrase}: {value}, less than ever in training",
    ),
    "unseen": Text(
        de="{phrase}: {value} kam im Training nicht vor",
        en="{phrase}: {value} did not occur in training",
    ),
    "missing": Text(
        de="{phrase}: ohne Wert, im Training gab es immer einen",
        en="{phrase}: without a value, in training there always was one",
    ),
}
_TOGETHER = Text(
    de="ungewöhnlich zusammen: {names}",
    en="unusual together: {names}",
)


def columns(
    bundle: Bundle, raw: np.ndarray[Any, Any], panel: pd.DataFrame
) -> dict[str, np.ndarray[Any, Any]]:
    """Return ``probability_low``, ``probability_high`` and ``unlike`` (n,) by name.

    A model without intervals has no columns.
    """
    if bundle.certainty is None:
        return {}
    found = bundle.certainty.assess(panel, bundle.model.columns_, raw)
    return {
        "probability_low": found.low,
        "probability_high": found.high,
        "unlike": found.unlike,
    }


def described(bundle: Bundle) -> dict[str, Any] | None:
    """Return what the intervals state; None without."""
    certainty = bundle.certainty
    if certainty is None:
        return None
    return {
        "level": certainty.level,
        "group_size": certainty.group_size,
        "cutoffs": certainty.cutoffs,
    }


def in_words(
    bundle: Bundle,
    raw: np.ndarray[Any, Any],
    panel: pd.DataFrame,
    *,
    families: Sequence[Family] = (),
    currency: str = "EUR",
) -> Sequence[Sure | None]:
    """Return how sure each row's probability is, as it is told; None without intervals."""
    certainty = bundle.certainty
    if certainty is None:
        return [None] * len(panel)
    known = bundle.model.columns_
    assessed = certainty.assess(panel, known, raw)
    told = []
    rows = zip(*(part.tolist() for part in assessed), strict=True)
    for row, (low, high, unlike) in enumerate(rows):
        why: list[Text] = []
        if unlike:
            one = panel.iloc[[row]]
            why = _why(certainty.oddities(one, known), one, families, currency)
        told.append(
            Sure(
                low=low,
                high=high,
                level=certainty.level,
                group_size=certainty.group_size,
                unlike=unlike,
                stated=stated(bundle.target, low, high, certainty.level, certainty.group_size),
                marker=marker(low, high, unlike=unlike),
                why=why,
            )
        )
    return told


def stated(target: str, low: float, high: float, level: float, size: int) -> Text:
    """Say what an interval states.

    >>> stated("churn", 0.353, 0.62, 0.9, 20).en
    'Of 20 customers like this one, 7 to 12 leave (in 9 of 10 such groups).'
    """
    tenths = round(10 * level)
    ten = abs(10 * level - tenths) < 1e-9
    count = {
        "size": str(size),
        "low": str(round(size * low)),
        "high": str(round(size * high)),
    }
    held = {"de": f"{tenths} von 10", "en": f"{tenths} of 10"}
    if not ten:
        percent = shown_percent(level)
        held = {"de": f"{percent} von 100", "en": f"{percent} of 100"}
    text = _STATED[target]
    return Text(
        de=text.de.format(held=held["de"], **count), en=text.en.format(held=held["en"], **count)
    )


def marker(low: float, high: float, *, unlike: bool) -> Text | None:
    """Say in short that an assessment is to be read with care; None where it need not be.

    >>> marker(0.353, 0.88, unlike=False).en
    'unsure: 35–88%'
    >>> marker(0.353, 0.62, unlike=False) is None
    True
    """
    if unlike:
        return UNLIKE
    if high - low < WIDE:
        return None
    ends = {"low": shown_percent(low), "high": shown_percent(high)}
    return Text(de=UNSURE.de.format(**ends), en=UNSURE.en.format(**ends))


def _why(
    found: Sequence[Oddity], row: pd.DataFrame, families: Sequence[Family], currency: str
) -> list[Text]:
    together = [one.name for one in found if one.oddness == "together"]
    if together:
        features = [describe(name, families) for name in together]
        return [
            Text(
                de=_TOGETHER.de.format(names=", ".join(each.de for each in features)),
                en=_TOGETHER.en.format(names=", ".join(each.en for each in features)),
            )
        ]
    told = []
    for one in found:
        feature, value = describe(one.name, families), row[one.name].iloc[0]
        there = one.oddness != "missing"
        written = {
            language: format_value(value, feature.unit, language, currency) if there else ""
            for language in LANGUAGES
        }
        text = _ODD[one.oddness]
        told.append(
            Text(
                de=text.de.format(phrase=_capital(feature.de, feature.name), value=written["de"]),
                en=text.en.format(phrase=_capital(feature.en, feature.name), value=written["en"]),
            )
        )
    return told


def _capital(phrase: str, name: str) -> str:
    return phrase if phrase == name else phrase[:1].upper() + phrase[1:]

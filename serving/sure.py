"""How sure: a model's intervals and flags as columns of a table, and in words."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from treue.serving.dossier import Sure, Text
from treue.serving.formats import LANGUAGES, format_value, shown_percent

if TYPE_CHECKING:
    import pandas as pd

    from treue.features.family import Family
    from treue.models.bundle import Bundle
    from treue.models.familiar import Oddity
    from treue.serving.question import Question

WIDE = 0.5
"""From this width on, lists say that an assessment is unsure."""
_STATED = {
    "churn": Text(
        de="Von {size} solchen Kunden gehen {low} bis {high}.",
        en="of {size} such customers, {low} to {high} leave.",
    ),
    "pause": Text(
        de="Von {size} solchen Kunden kaufen {low} bis {high} in den nächsten {days} Tagen nichts.",
        en="of {size} such customers, {low} to {high} buy nothing in the next {days} days.",
    ),
    "referral": Text(
        de="Von {size} solchen Kunden empfehlen uns {low} bis {high}.",
        en="of {size} such customers, {low} to {high} recommend us.",
    ),
    "on_record": Text(
        de="Von {size} solchen Kunden ist bei {low} bis {high} eine Empfehlung erfasst.",
        en="of {size} such customers, {low} to {high} are on record as recommending us.",
    ),
}
_WORDS = [
    (0.15, Text(de="Recht sicher:", en="Quite sure:")),
    (0.35, Text(de="Ungefähr:", en="Roughly:")),
    (
        1.0,
        Text(
            de="Sehr unsicher: Entscheiden Sie nach Ihrer Kenntnis.",
            en="Very unsure: decide by what you know.",
        ),
    ),
]
"""What an interval up to so wide is called."""
_HELD = Text(
    de="Das gilt in {held} solchen Gruppen.",
    en="This holds in {held} such groups.",
)
UNLIKE = Text(
    de="ungewöhnlicher Kunde",
    en="an unusual customer",
)
_CARE = Text(
    de="Ein ungewöhnlicher Kunde: So einen kannte das Programm nicht{why}. Verlassen Sie sich hier "
    "auf Ihr Urteil.",
    en="An unusual customer: the program has not known one like this{why}. Rely on your own "
    "judgement here.",
)
UNSURE = Text(de="unsicher: {low}–{high}\xa0%", en="unsure: {low}–{high}%")
_ODD = {
    "above": Text(
        de="{phrase}: {value}, mehr als je zuvor",
        en="{phrase}: {value}, more than ever before",
    ),
    "below": Text(
        de="{phrase}: {value}, weniger als je zuvor",
        en="{phrase}: {value}, less than ever before",
    ),
    "unseen": Text(
        de="{phrase}: {value} kam bisher nicht vor",
        en="{phrase}: {value} has not occurred so far",
    ),
    "missing": Text(
        de="{phrase}: ohne Wert, bisher gab es immer einen",
        en="{phrase}: without a value, so far there always was one",
    ),
}
_TOGETHER = Text(
    de="ungewöhnlich zusammen: {names}",
    en="unusual together: {names}",
)


def columns(
    bundle: Bundle,
    raw: np.ndarray[Any, Any],
    panel: pd.DataFrame,
    *,
    encoded: np.ndarray[Any, Any] | None = None,
) -> dict[str, np.ndarray[Any, Any]]:
    """Return ``probability_low``, ``probability_high`` and ``unlike`` (n,) by name.

    A model without intervals has no columns.
    """
    if bundle.certainty is None:
        return {}
    found = bundle.certainty.assess(panel, bundle.model.columns_, raw, encoded=encoded)
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
    encoded: np.ndarray[Any, Any] | None = None,
    families: Sequence[Family] = (),
    currency: str = "EUR",
    question: Question | None = None,
) -> Sequence[Sure | None]:
    """Return how sure each row's probability is, as it is told; None without intervals."""
    certainty = bundle.certainty
    if certainty is None:
        return [None] * len(panel)
    known = bundle.model.columns_
    assessed = certainty.assess(panel, known, raw, encoded=encoded)
    partly = recorded_share(bundle) < 1
    told = []
    rows = zip(*(part.tolist() for part in assessed), strict=True)
    for row, (low, high, unlike) in enumerate(rows):
        why: list[Text] = []
        if unlike:
            one = panel.iloc[[row]]
            of_one = None if encoded is None else encoded[[row]]
            why = _why(certainty.oddities(one, known, of_one), one, families, currency)
        told.append(
            Sure(
                low=low,
                high=high,
                level=certainty.level,
                group_size=certainty.group_size,
                unlike=unlike,
                stated=stated(
                    "on_record" if partly else bundle.target,
                    *(low, high, certainty.group_size),
                    question=question,
                ),
                held=held(certainty.level),
                marker=marker(low, high, unlike=unlike),
                why=why,
            )
        )
    return told


def recorded_share(bundle: Bundle) -> float:
    """Return the share of customers who recommend that is on record; 1 for other questions."""
    return _recorded(bundle.config_toml) if bundle.target == "referral" else 1.0


@lru_cache(maxsize=16)
def _recorded(config_toml: str) -> float:
    config = tomllib.loads(config_toml)
    if "panel" in config:
        return 1.0
    return float(config.get("label", {}).get("referral_recorded", 1.0))


def stated(
    target: str, low: float, high: float, size: int, *, question: Question | None = None
) -> Text:
    """Say how sure a probability is, and what its interval states.

    >>> stated("churn", 0.353, 0.62, 20).en
    'Roughly: of 20 such customers, 7 to 12 leave.'
    """
    word = next(text for width, text in _WORDS if high - low <= width + 1e-9)
    pause = question is not None and question.is_pause
    text = _STATED["pause" if pause and target == "churn" else target]
    counted = {
        "size": size,
        "low": round(size * low),
        "high": round(size * high),
        "days": question.horizon_days if question else 0,
    }
    english = text.en.format(**counted)
    if not word.en.endswith(":"):
        english = english[:1].upper() + english[1:]
    return Text(de=f"{word.de} {text.de.format(**counted)}", en=f"{word.en} {english}")


def held(level: float) -> Text:
    """Say in how many groups a statement of `stated` holds.

    >>> held(0.9).en
    'This holds in 9 of 10 such groups.'
    """
    tenths = round(10 * level)
    many = 10 if abs(10 * level - tenths) < 1e-9 else 100
    count = tenths if many == 10 else shown_percent(level)
    return Text(
        de=_HELD.de.format(held=f"{count} von {many}"),
        en=_HELD.en.format(held=f"{count} of {many}"),
    )


def care(sure: Sure | None) -> Text | None:
    """Say that a customer is unlike anyone seen, and by what; None where they are not."""
    if sure is None or not sure.unlike:
        return None
    why = {
        language: "; ".join(each.in_(language) for each in sure.why)  # type: ignore[arg-type]
        for language in LANGUAGES
    }
    told = {language: f" ({text})" if text else "" for language, text in why.items()}
    return Text(de=_CARE.de.format(why=told["de"]), en=_CARE.en.format(why=told["en"]))


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
    from treue.features.catalogue import describe  # every feature: numbers are told without them

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

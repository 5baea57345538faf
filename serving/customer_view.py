"""What a customer page picks out of a dossier: heads of sentences, card lines, bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from treue.features.catalogue import FAMILY_PHRASES, describe
from treue.serving.charts import Span, spans
from treue.serving.dossier import (
    CardLine,
    Change,
    Dossier,
    Driver,
    Event,
    FamilyShare,
    Language,
    Likelihood,
    Plain,
)
from treue.serving.store.records import RecordedOutcome

YES, QUITE = 0.5, 1 / 3
"""From these likelihoods on, the answer is yes, or quite possible."""
MOST_CHANGES = 2
NO_PURCHASE = "kein Kauf"
"""How the question for a purchase begins."""
MOST_PARTS = 8
"""So many features of a family are told; the rest is told as one."""


@dataclass(frozen=True)
class Step:
    """One row of the waterfall; the parts of a family add up to its points."""

    name: str
    points: float
    span: Span
    parts: list[tuple[str, Plain, str, float]]
    """Name, value, unit and points of each feature; no unit for the sum of the small ones."""


@dataclass(frozen=True)
class Waterfall:
    """From all customers to this one: per cent, steps, per cent; the steps add up."""

    base: float
    base_span: Span
    steps: list[Step]
    end: float
    end_span: Span


def head_and_rest(sentence: str) -> tuple[str, str]:
    """What a sentence is about, and its numbers.

    >>> head_and_rest("Bestellt seltener: 2 Aufträge, davor 6")
    ('Bestellt seltener', '2 Aufträge, davor 6')
    >>> head_and_rest("Jahreszeit")
    ('Jahreszeit', '')
    """
    head, _, rest = sentence.partition(": ")
    return head, rest


def in_words(likelihood: Likelihood) -> str:
    """Key of the word for a likelihood: yes from a half on, possible where the map says likely."""
    if likelihood.probability >= YES:
        return "answer_yes"
    if likelihood.probability >= QUITE:
        return "answer_quite"
    return "answer_possible" if likelihood.likely else "answer_no"


def usual_gap(likelihood: Likelihood, horizon_days: int | None) -> float | None:
    """Days between orders, where they are more than no purchase is asked about; else None.

    Such a customer may pause over the whole horizon and be as loyal as ever.
    """
    asked = likelihood.question
    if not horizon_days or asked is None or not asked.de.startswith(NO_PURCHASE):
        return None
    for family in likelihood.families:
        for share in family.features:
            if share.name == "gap_mean_days" and isinstance(share.value, int | float):
                return share.value if share.value > horizon_days else None
    return None


def short_changes(change: Change) -> tuple[list[Driver], float]:
    """The two largest drivers, and the points of all else, so that both make up the change."""
    shown = change.drivers[:MOST_CHANGES]
    model = change.model_points or 0.0
    return shown, round(change.points - sum(driver.points for driver in shown) - model, 1)


def happened(
    dossier: Dossier, outcomes: Sequence[RecordedOutcome]
) -> list[Event | RecordedOutcome]:
    """Events and recorded conversations, newest first."""
    both: list[Event | RecordedOutcome] = [*outcomes, *dossier.timeline]
    return sorted(both, key=lambda each: each.at, reverse=True)


def ceiling(dossier: Dossier) -> float | None:
    """The highest concession that pays: nothing where there is no room; None if unknown."""
    line = card_line(dossier, "concession_ceiling")
    return None if line is None or line.amount is None else max(line.amount, 0.0)


def card_line(dossier: Dossier, key: str) -> CardLine | None:
    """A line of the value card by its key."""
    return next((line for line in dossier.card if line.key == key), None)


def waterfall(likelihood: Likelihood, language: Language) -> Waterfall:
    """The steps from all customers' likelihood to this one's, largest first, to a tenth of a point.

    What the families leave over stands in a last step, so that the shown numbers add up.
    """
    base = round(100 * likelihood.base_probability, 1)
    end = round(100 * likelihood.probability, 1)
    families = sorted(likelihood.families, key=lambda family: -abs(family.points))
    tenths = to_tenths([family.points for family in families], round(10 * (end - base)))
    rows = spans(base, tenths)
    steps = [
        Step(family_name(family.family, language), points, span, _parts(family, points, language))
        for family, points, span in zip(families, tenths, rows[1:-1], strict=True)
        if points != 0
    ]
    return Waterfall(base, rows[0], steps, end, rows[-1])


def to_tenths(points: Sequence[float], total_tenths: int) -> list[float]:
    """Round to tenths so that they add up to a total, changing those that lie nearest a half.

    A remainder that rounding cannot explain (more than half a tenth each) stays away from them.

    >>> to_tenths([1.04, 2.04, -0.04], 31)
    [1.1, 2.0, 0.0]
    """
    exact = [10 * value for value in points]
    whole = [round(value) for value in exact]
    over = total_tenths - sum(whole)
    if abs(over) <= len(points):
        step = 1 if over > 0 else -1
        order = sorted(range(len(points)), key=lambda i: -step * (exact[i] - whole[i]))
        for i in order[: abs(over)]:
            whole[i] += step
    return [value / 10 for value in whole]


def family_name(family: str, language: Language) -> str:
    """What readers call a family; one of your own keeps its name."""
    de, en = FAMILY_PHRASES.get(family, (family, family))
    phrase = de if language == "de" else en
    return phrase[:1].upper() + phrase[1:]


def _parts(
    family: FamilyShare, points: float, language: Language
) -> list[tuple[str, Plain, str, float]]:
    """A family's largest features that can be shown, and the sum of the rest."""
    told: list[tuple[str, Plain, str, float]] = []
    for share in family.features[:MOST_PARTS]:
        if round(share.points, 1) != 0:
            feature = describe(share.name)
            phrase = feature.de if language == "de" else feature.en
            name = phrase if phrase == feature.name else phrase[:1].upper() + phrase[1:]
            told.append((name, share.value, feature.unit, round(share.points, 1)))
    rest = round(points - sum(part[3] for part in told), 1)
    return [*told, ("", None, "", rest)] if rest else told

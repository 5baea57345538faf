"""What moved a likelihood since the customer's previous score, topic by topic."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from treue.serving.dossier import Change, Dossier, Driver, Likelihood, Text
from treue.serving.formats import shown_percent, shown_points
from treue.serving.reasons import MATERIAL, Storyteller
from treue.serving.telling import Teller

AT_LEAST, AT_MOST = 2, 5
TELLING_POINTS = 1.0
"""Only what moved the likelihood by so many points is told, for the first two by half of it."""
ESSENTIAL_POINTS = 2.0
"""From such a change on, something that moved the likelihood its way is told however small."""


def change(
    previous: Dossier,
    now: Likelihood,
    storyteller: Storyteller,
    *,
    rescored: Likelihood | None = None,
) -> Change | None:
    """Return how a likelihood differs from that of the customer's previous dossier.

    Parameters
    ----------
    previous
        The dossier of an earlier cutoff.
    now
        The present likelihood.
    storyteller
        Of the present model.
    rescored
        Where the model is another one: the previous panel row scored by the present model. It
        separates what the model alone changed.

    Returns
    -------
    Change or None
        Drivers, largest first, `model_points` and `other_points` add up to `points`, the
        difference of the two probabilities in whole percentages. A driver is a topic of which a
        value changed that can be told; all else is among the others. None where the previous
        dossier has no likelihood of this target, or asks another question (a longer horizon).
    """
    before = previous.churn if now.target == "churn" else previous.referral
    if before is None or before.question != now.question:
        return None
    start = rescored or before
    points = float(shown_percent(now.probability) - shown_percent(before.probability))
    model_points = None
    if rescored is not None:
        model_points = float(
            shown_percent(rescored.probability) - shown_percent(before.probability)
        )
    moved = _moved(storyteller, _points(start), _points(now))
    rest = points - (model_points or 0.0)
    drivers: list[Driver] = []
    has_way = abs(rest) < ESSENTIAL_POINTS
    for key in sorted(moved, key=lambda key: -abs(moved[key])):
        shown, its_way = shown_points(moved[key]), moved[key] * rest > 0
        least = TELLING_POINTS / 2 if len(drivers) < AT_LEAST else TELLING_POINTS
        large = abs(moved[key]) >= least and len(drivers) < AT_MOST - (not (has_way or its_way))
        if shown and (large or (its_way and not has_way)):
            sentence = _sentence(storyteller, key, moved[key], start, now, previous.cutoff)
            if sentence is not None:
                drivers.append(Driver(topic=key, sentence=sentence, points=shown))
                has_way |= its_way
    told = sum(driver.points for driver in drivers) + (model_points or 0.0)
    return Change(
        previous_cutoff=previous.cutoff,
        previous_probability=before.probability,
        points=points,
        drivers=drivers,
        other_points=round(points - told, 1) + 0.0,
        model_points=model_points,
    )


def _moved(
    storyteller: Storyteller, before: Mapping[str, float], now: Mapping[str, float]
) -> dict[str, float]:
    """Difference in points by topic."""
    sums: dict[str, float] = {}
    for name in dict.fromkeys((*before, *now)):  # a set has no order to sum in
        key = storyteller.topic_of.get(name)
        if key is not None:
            difference = now.get(name, 0.0) - before.get(name, 0.0)
            sums[key] = sums.get(key, 0.0) + difference
    return sums


def _sentence(
    storyteller: Storyteller,
    key: str,
    moved: float,
    before: Likelihood,
    now: Likelihood,
    cutoff: datetime,
) -> Text | None:
    """Tell the feature that changed, moved the likelihood as its topic did, and in that direction.

    What cannot be had is given up in that order from the end; None where nothing changed that can
    be told. What a customer is does not change, but for its age.
    """
    topic = storyteller.topics[key]
    if topic.background or not topic.tellable:
        return None
    points_then, points_now = _points(before), _points(now)
    values_then, values_now = _values(before), _values(now)
    best: tuple[int, Teller] | None = None
    for teller in storyteller.tellers(key):
        if not (teller.shows in values_now and teller.shows in values_then and teller.can_change):
            continue
        went = teller.went(values_now[teller.shows], values_then[teller.shows])
        if went is None:
            continue
        name = teller.feature.name
        own = points_now.get(name, 0.0) - points_then.get(name, 0.0)
        agrees = own * moved > 0
        rank = (
            4 * (agrees and abs(own) >= MATERIAL * abs(moved))
            + 2 * agrees
            + (agrees and went == storyteller.side(name, own))
        )
        if best is None or rank > best[0]:
            best = (rank, teller)
    if best is None:
        return None
    shows = best[1].shows
    return best[1].tell_change(values_now[shows], values_then[shows], cutoff.date())


def _points(found: Likelihood) -> dict[str, float]:
    return {share.name: share.points for family in found.families for share in family.features}


def _values(found: Likelihood) -> dict[str, Any]:
    return {share.name: share.value for family in found.families for share in family.features}

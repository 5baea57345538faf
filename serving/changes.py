"""What moved a likelihood since the customer's previous score, topic by topic."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from treue.serving.dossier import Change, Dossier, Driver, Likelihood, Text
from treue.serving.formats import shown_percent, shown_points
from treue.serving.reasons import Storyteller

AT_MOST = 5
TELLING_POINTS = 1.0
"""Only what moved the likelihood by so many points is told; the rest is summed up."""


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
        difference of the two probabilities in whole percentages. None where the previous dossier
        has no likelihood of this target.
    """
    before = previous.churn if now.target == "churn" else previous.referral
    if before is None:
        return None
    start = rescored or before
    points = float(shown_percent(now.probability) - shown_percent(before.probability))
    model_points = None
    if rescored is not None:
        model_points = float(
            shown_percent(rescored.probability) - shown_percent(before.probability)
        )
    moved = _moved(storyteller, _points(start), _points(now))
    drivers: list[Driver] = []
    for key in sorted(moved, key=lambda key: -abs(moved[key])):
        if len(drivers) == AT_MOST or abs(moved[key]) < TELLING_POINTS:
            break
        topic = storyteller.topics.get(key)
        if topic is not None and topic.tellable:
            sentence = _sentence(storyteller, key, moved[key], start, now, previous.cutoff)
            shown = shown_points(moved[key])
            drivers.append(Driver(topic=key, sentence=sentence, points=shown))
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
    for name in {*before, *now}:
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
) -> Text:
    """Tell the feature that changed, and moved the likelihood as its topic did."""
    points_then, points_now = _points(before), _points(now)
    values_then, values_now = _values(before), _values(now)
    tellers = [t for t in storyteller.tellers(key) if t.shows in values_now]

    def weight(name: str) -> tuple[bool, bool]:
        difference = points_now.get(name, 0.0) - points_then.get(name, 0.0)
        shows = next(t.shows for t in tellers if t.feature.name == name)
        known = shows in values_then
        return (known and values_now[shows] != values_then[shows], difference * moved > 0)

    if not tellers:
        topic = storyteller.topics[key]
        return Text(de=topic.de, en=topic.en)
    best = max(tellers, key=lambda teller: weight(teller.feature.name))
    return best.tell_change(values_now[best.shows], values_then.get(best.shows), cutoff.date())


def _points(found: Likelihood) -> dict[str, float]:
    return {share.name: share.points for family in found.families for share in family.features}


def _values(found: Likelihood) -> dict[str, Any]:
    return {share.name: share.value for family in found.families for share in family.features}

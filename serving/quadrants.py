"""The quadrants of the map in words, and where they begin by default."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import fmean, median

from treue.models.quadrants import Quadrant, Thresholds, default_thresholds
from treue.serving.dossier import Text
from treue.settings import Map, Value

QUADRANTS: dict[Quadrant, Text] = {
    "focus": Text(de="Fokuskunde", en="focus customer"),
    "promoter_at_risk": Text(de="gefährdeter Empfehler", en="promoter at risk"),
    "quiet": Text(de="stiller Stammkunde", en="quiet regular"),
    "price_hunter": Text(de="Preisjäger", en="price hunter"),
}
"""Names for colleagues; none of them is said to a customer."""

MEANINGS: dict[Quadrant, Text] = {
    "focus": Text(de="bleibt eher und empfiehlt uns eher", en="likely to stay and to recommend"),
    "promoter_at_risk": Text(
        de="geht eher, empfiehlt uns aber eher", en="likely to leave, yet likely to recommend"
    ),
    "quiet": Text(
        de="bleibt eher, empfiehlt uns aber eher nicht",
        en="likely to stay, not likely to recommend",
    ),
    "price_hunter": Text(
        de="geht eher und empfiehlt uns eher nicht",
        en="likely to leave, not likely to recommend",
    ),
}


def thresholds_of(
    settings: Map,
    value: Value,
    *,
    churn: Iterable[float],
    referral: Iterable[float],
    expected_margins: Iterable[float | None] = (),
) -> Thresholds:
    """Return where likely begins: as configured, else from costs and base rates.

    Parameters
    ----------
    settings, value
        ``[map]`` and ``[value]`` of treue.toml.
    churn, referral
        Likelihoods of all customers scored; their means are the base rates.
    expected_margins
        Expected own margins over the horizon, by customer; their median (of those above zero) is
        what a kept customer brings. Without any it is ``value.customer_value``.
    """
    brought = [margin for margin in expected_margins if margin is not None and margin > 0]
    default = default_thresholds(
        churn_rate=_mean(churn),
        referral_rate=_mean(referral),
        customer_value=median(brought) if brought else value.customer_value,
        effect=value.concession_effect,
        concession_cost=value.concession_cost,
        contact_cost=value.contact_cost,
    )
    return Thresholds(
        churn=settings.churn_threshold or default.churn,
        referral=settings.referral_threshold or default.referral,
    )


def _mean(probabilities: Iterable[float]) -> float:
    found = list(probabilities)
    return fmean(found) if found else 0.0

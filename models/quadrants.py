"""The map of leaving and recommending: two thresholds, four quadrants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from treue.models.errors import ModelError

Quadrant = Literal["focus", "promoter_at_risk", "quiet", "price_hunter"]

MOST = 0.9
"""No default threshold lies above this: a map needs two sides."""


@dataclass(frozen=True)
class Thresholds:
    """From where on leaving and recommending count as likely (the threshold itself does)."""

    churn: float
    referral: float

    def __post_init__(self) -> None:
        for name in ("churn", "referral"):
            if not 0 < getattr(self, name) < 1:
                raise ModelError(
                    f"{name} threshold: {getattr(self, name)} leaves one side of the map empty; "
                    "choose one between 0 and 1"
                )


def quadrant(
    churn_probability: float, referral_probability: float, thresholds: Thresholds
) -> Quadrant:
    """Where a customer stands on the map.

    >>> thresholds = Thresholds(churn=0.3, referral=0.1)
    >>> quadrant(0.1, 0.2, thresholds), quadrant(0.3, 0.1, thresholds)
    ('focus', 'promoter_at_risk')
    >>> quadrant(0.1, 0.05, thresholds), quadrant(0.6, 0.05, thresholds)
    ('quiet', 'price_hunter')
    """
    leaves = churn_probability >= thresholds.churn
    if referral_probability >= thresholds.referral:
        return "promoter_at_risk" if leaves else "focus"
    return "price_hunter" if leaves else "quiet"


def default_thresholds(
    *,
    churn_rate: float,
    referral_rate: float,
    customer_value: float,
    effect: float,
    concession_cost: float,
    contact_cost: float,
) -> Thresholds:
    """Thresholds from costs and base rates.

    Leaving is likely from where a concession begins to pay on average, but never below the share
    of all who leave, for "likely" must mean likelier than others::

        churn    = max(share who leave, (concession cost + contact cost) / (effect * value))
        referral = twice the share who recommend, at most halfway from that share to 1

    Parameters
    ----------
    churn_rate, referral_rate
        Shares of all customers who leave and who recommend, as labelled or as expected.
    customer_value
        What a kept customer brings: the median expected margin over the horizon.
    effect, concession_cost, contact_cost
        As in `treue.models.value.Assumptions`.

    Examples
    --------
    A concession of 30 and a call of 10 keep 20 % of customers worth 500: it pays from 0.4 on.

    >>> costs = dict(customer_value=500.0, effect=0.2, concession_cost=30.0, contact_cost=10.0)
    >>> default_thresholds(churn_rate=0.2, referral_rate=0.05, **costs)
    Thresholds(churn=0.4, referral=0.1)
    >>> default_thresholds(churn_rate=0.6, referral_rate=0.5, **costs)
    Thresholds(churn=0.6, referral=0.75)
    """
    saved = effect * customer_value
    pays_from = (concession_cost + contact_cost) / saved if saved > 0 else MOST
    return Thresholds(
        churn=_inside(max(churn_rate, pays_from)),
        referral=_inside(min(2 * referral_rate, (1 + referral_rate) / 2)),
    )


def _inside(threshold: float) -> float:
    return min(max(threshold, 0.001), MOST)

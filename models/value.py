"""What a customer is worth, and what keeping one may cost, in controlling terms.

Everything here is arithmetic on numbers that a controller knows: contribution margins, the
company's own assumptions, and one likelihood. No formula uses a SHAP value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import ArrayLike

from treue.models.errors import ModelError
from treue.models.ranked import Floats
from treue.settings import Value

DEPTH = 3
YEAR_DAYS = 365


def reference_values(
    edges: Iterable[tuple[str, str]], margins: Mapping[str, float], *, depth: int = DEPTH
) -> dict[str, float]:
    """Margin of the customers won through each referrer's recommendations.

    Parameters
    ----------
    edges
        Pairs (referrer, referred), in any order; the same pair twice counts once.
    margins
        Margin by customer, usually of the last 365 days; who is not there brought nothing.
    depth
        Steps that are followed: 1 counts the referred customers alone, 2 also those whom they
        referred.

    Returns
    -------
    dict
        By referrer the sum over all customers reached within `depth` steps. Each is counted once
        however many paths lead there, and nobody counts for themselves.

    Examples
    --------
    Ada referred Ben, Ben referred Cem, and Cem referred Ada:

    >>> edges = [("Ada", "Ben"), ("Ben", "Cem"), ("Cem", "Ada")]
    >>> reference_values(edges, {"Ada": 100.0, "Ben": 20.0, "Cem": 3.0})
    {'Ada': 23.0, 'Ben': 103.0, 'Cem': 120.0}
    """
    if depth < 1:
        raise ModelError(f"depth: {depth} follows no recommendation; give 1 or more")
    onward: dict[str, set[str]] = {}
    for referrer, referred in edges:
        if referrer != referred:
            onward.setdefault(referrer, set()).add(referred)
    return {
        root: float(sum(margins.get(node, 0.0) for node in sorted(_reached(root, onward, depth))))
        for root in onward
    }


def _reached(root: str, onward: Mapping[str, set[str]], depth: int) -> set[str]:
    found = {root}
    frontier = {root}
    for _ in range(depth):
        frontier = {node for via in frontier for node in onward.get(via, ())} - found
        found |= frontier
    return found - {root}


@dataclass(frozen=True)
class Assumptions:
    """What the company assumes of a concession, and over how many days a margin counts.

    Attributes
    ----------
    effect
        Share of the leaving customers that a concession keeps.
    concession_cost, contact_cost
        What a concession usually costs, and what contacting one customer costs.
    reference_share
        Share of the reference value that goes too if the referrer leaves.
    days
        Days over which the margin of a kept customer is counted.
    """

    effect: float = 0.3
    concession_cost: float = 10.0
    contact_cost: float = 1.0
    reference_share: float = 0.2
    days: int = 90

    @property
    def spent(self) -> float:
        """What contacting one customer costs, with the usual concession."""
        return self.contact_cost + self.concession_cost

    @property
    def pays_from(self) -> float:
        """Margin at risk above which a contact brings more than it costs.

        >>> round(Assumptions(effect=0.3, concession_cost=10.0, contact_cost=1.0).pays_from, 2)
        36.67
        """
        return self.spent / self.effect if self.effect > 0 else inf

    def profit(self, margin_at_risk: float) -> float:
        """What contacting a customer brings on average, less what it costs."""
        return self.effect * margin_at_risk - self.spent


def assumptions_of(value: Value, *, horizon_days: int) -> Assumptions:
    """Return the company's assumptions, with the horizon where no other span is stated."""
    return Assumptions(
        effect=value.concession_effect,
        concession_cost=value.concession_cost,
        contact_cost=value.contact_cost,
        reference_share=value.reference_share,
        days=value.margin_days or horizon_days,
    )


@dataclass(frozen=True)
class ValueCard:
    """The derived lines of a value card; None where an input is missing."""

    expected_margin: float | None
    """Own margin over `days` if the customer stays."""
    expected_reference: float | None
    """Reference value over `days`, as far as it would go with the referrer."""
    margin_at_risk: float | None
    concession_ceiling: float | None
    break_even_effect: float | None
    """Effect from which the usual concession pays; None also where no effect would do."""
    expected_profit: float | None = None
    """What a contact with the usual concession brings, less its cost; negative: it does not pay."""


def value_card(
    *,
    margin: float | None,
    churn_probability: float | None,
    assumptions: Assumptions,
    reference_value: float | None = None,
    earned_days: float = YEAR_DAYS,
) -> ValueCard:
    """Derive what is at stake and what a concession may cost.

    ::

        expected margin    = margin / earned days * days
        expected reference = reference value / 365 * days * reference share
        margin at risk     = likelihood of leaving * (expected margin + expected reference)
        ceiling            = effect * margin at risk - contact cost, at least 0
        break-even effect  = (concession cost + contact cost) / margin at risk
        expected profit    = effect * margin at risk - contact cost - concession cost

    The last three say the same of a contact: it pays where the ceiling is above the usual
    concession, where the assumed effect is above the break-even one, and where the expected profit
    is above 0. The concession counts in full, as if all who are contacted took it.

    Parameters
    ----------
    margin
        Contribution margin of the last 365 days; None where it is unknown.
    churn_probability
        Likelihood of leaving; None without a churn model.
    reference_value
        As `reference_values` gives it; None (no recommendations known) counts as nothing.
    earned_days
        Days in which `margin` was earned: a customer of 120 days has not had a year to earn it.
        At most 365 are taken, and at least `assumptions.days`: a first week is not extrapolated.

    Returns
    -------
    ValueCard
        A loss-making customer has a negative margin at risk, a ceiling of 0 and no break-even.

    Examples
    --------
    >>> card = value_card(
    ...     margin=1460.0, churn_probability=0.5, reference_value=3650.0,
    ...     assumptions=Assumptions(effect=0.3, concession_cost=40.0, contact_cost=10.0),
    ... )
    >>> card.expected_margin, card.expected_reference, card.margin_at_risk
    (360.0, 180.0, 270.0)
    >>> card.concession_ceiling, round(card.break_even_effect, 3)
    (71.0, 0.185)
    >>> card.expected_profit
    31.0
    """
    days = assumptions.days
    reference = (
        None
        if reference_value is None
        else reference_value / YEAR_DAYS * days * assumptions.reference_share
    )
    own = None if margin is None else margin / bounded_days(earned_days, days) * days
    if own is None or churn_probability is None:
        return ValueCard(own, reference, None, None, None)
    at_risk = churn_probability * (own + (reference or 0.0))
    return ValueCard(
        expected_margin=own,
        expected_reference=reference,
        margin_at_risk=at_risk,
        concession_ceiling=max(0.0, assumptions.effect * at_risk - assumptions.contact_cost),
        break_even_effect=assumptions.spent / at_risk if at_risk > 0 else None,
        expected_profit=assumptions.profit(at_risk),
    )


def kept_margins(
    margin: ArrayLike,
    *,
    assumptions: Assumptions,
    earned_days: ArrayLike = YEAR_DAYS,
    reference_value: ArrayLike = 0.0,
) -> Floats:
    """Return what each of many customers brings if kept: expected margin plus expected reference.

    As `value_card` reckons them; times the likelihood of leaving this is the margin at risk. A
    missing margin stays missing, a missing reference value counts as nothing.

    Examples
    --------
    >>> assumed = Assumptions(days=90, reference_share=0.2)
    >>> kept_margins([1460.0, np.nan], assumptions=assumed, reference_value=[3650.0, 0.0]).tolist()
    [540.0, nan]
    """
    days = assumptions.days
    spread = np.clip(np.asarray(earned_days, dtype=np.float64), min(days, YEAR_DAYS), YEAR_DAYS)
    own = np.asarray(margin, dtype=np.float64) / spread * days
    reference = np.nan_to_num(np.asarray(reference_value, dtype=np.float64))
    found: Floats = own + reference / YEAR_DAYS * days * assumptions.reference_share
    return found


def bounded_days(earned_days: float, days: int) -> float:
    """Days that a margin of the last 365 days is spread over.

    >>> bounded_days(900, 90), bounded_days(120, 90), bounded_days(7, 90)
    (365, 120, 90)
    """
    return max(min(earned_days, YEAR_DAYS), min(days, YEAR_DAYS))

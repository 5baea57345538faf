"""What a retention campaign along the scores could earn: EMPC.

A campaign contacts the customers with the highest scores and offers each an incentive. A churner
accepts with probability gamma and is kept; a loyal customer takes the incentive and would have
stayed anyway. Per customer contacted::

    churner    gamma * (clv - incentive) - contact_cost
    loyal                   - incentive  - contact_cost

gamma is not known, only believed to be Beta(alpha, beta). For each gamma the best number of
customers is contacted; EMPC is the profit of that, expected over gamma, per customer scored.

Verbraken, Verbeke and Baesens (2013), "A novel profit maximizing metric for measuring
classification performance of customer churn prediction models", IEEE Transactions on Knowledge and
Data Engineering 25(5). Their clv is one number; here it may be each customer's own.
"""

from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import ArrayLike

from treue.models.errors import ModelError
from treue.models.ranked import Floats, Ranked, rank

CLV = 200.0
INCENTIVE = 10.0
CONTACT_COST = 1.0
ALPHA = 6.0
BETA = 14.0
EFFECT = ALPHA / (ALPHA + BETA)


class Campaign(NamedTuple):
    """The best campaign along the scores: its profit and its size."""

    profit: float
    """Expected maximum profit per customer scored, in the money of `clv` (EMPC)."""
    contact_share: float
    """Share of customers that the best campaign contacts, expected over gamma."""


def empc(
    y: ArrayLike,
    p: ArrayLike,
    *,
    clv: ArrayLike = CLV,
    incentive: float = INCENTIVE,
    contact_cost: float = CONTACT_COST,
    alpha: float = ALPHA,
    beta: float = BETA,
) -> float:
    """Return the profit of `best_campaign`: expected maximum profit per customer scored."""
    return best_campaign(
        y,
        p,
        clv=clv,
        incentive=incentive,
        contact_cost=contact_cost,
        alpha=alpha,
        beta=beta,
    ).profit


def best_campaign(
    y: ArrayLike,
    p: ArrayLike,
    *,
    clv: ArrayLike = CLV,
    incentive: float = INCENTIVE,
    contact_cost: float = CONTACT_COST,
    alpha: float = ALPHA,
    beta: float = BETA,
) -> Campaign:
    """Return profit and size of the best campaign that contacts from the highest score down.

    Parameters
    ----------
    y : array-like of 0 and 1
        1 where the customer left.
    p : array-like
        Scores; only their order counts.
    clv : float or array-like
        Value of a customer who is kept, one for all or each customer's own margin; may be negative.
        Only that of churners counts: the others stay anyway.
    incentive, contact_cost : float
        Cost of the incentive where it is taken, and of one contact.
    alpha, beta : float
        gamma, the share of contacted churners that can be kept, is Beta(alpha, beta); as published
        6 and 14, so 0.3 on average.

    Raises
    ------
    ModelError
        As `treue.models.ranked.rank`; a contact that costs nothing, a negative incentive, alpha or
        beta not above 0.

    Examples
    --------
    >>> campaign = best_campaign([0, 1, 0, 1, 0, 1, 0, 1], [.1, .2, .3, .4, .5, .7, .8, .9])
    >>> round(campaign.profit, 3), round(campaign.contact_share, 3)
    (23.876, 0.874)
    """
    ranked = rank(y, p, margin=clv, probability=False)
    check_costs(incentive, contact_cost, alpha, beta)
    return weighted_campaign(
        ranked,
        np.ones_like(ranked.y),
        incentive=incentive,
        contact_cost=contact_cost,
        alpha=alpha,
        beta=beta,
    )


def belief(effect: float) -> tuple[float, float]:
    """Return alpha and beta of a belief in gamma around a stated effect, as firm as the published.

    Sure beliefs, 0 and 1, have no Beta and are moved to 0.005 and 0.995.

    >>> belief(0.3)
    (6.0, 14.0)
    """
    mean = min(max(effect, 0.005), 0.995)
    return (ALPHA + BETA) * mean, (ALPHA + BETA) * (1 - mean)


def check_costs(
    incentive: float, contact_cost: float, alpha: float = ALPHA, beta: float = BETA
) -> None:
    """Refuse costs and beliefs under which no best campaign exists."""
    if not contact_cost > 0:
        raise ModelError(
            f"contact_cost: {contact_cost} is not above 0; a contact that costs nothing has no "
            "best number: state at least what writing and postage cost"
        )
    if not incentive >= 0:
        raise ModelError(f"incentive: {incentive} is negative; state what an offer costs")
    if not (alpha > 0 and beta > 0):
        raise ModelError(f"alpha, beta: {alpha}, {beta}; both must be above 0")


def weighted_campaign(
    ranked: Ranked,
    weights: Floats,
    *,
    incentive: float = INCENTIVE,
    contact_cost: float = CONTACT_COST,
    alpha: float = ALPHA,
    beta: float = BETA,
) -> Campaign:
    """Return the best campaign over weighted rows, in closed form.

    Contacting down to some score earns gamma * A - B, A being what the churners among them are
    worth and B what is spent whatever gamma is. The best number for each gamma lies on the upper
    concave hull of the points (B, A), which isotonic regression of dA/dB finds. A segment of the
    hull is contacted from gamma = dB/dA on, and so earns::

        dA * E[gamma; gamma > dB/dA] - dB * P(gamma > dB/dA)
    """
    worth = (CLV if ranked.margin is None else ranked.margin) - incentive
    events = weights * ranked.y
    contacted = ranked.tie_sums(weights)
    drawn = contacted > 0
    contacted = contacted[drawn]
    gain = ranked.tie_sums(events * worth)[drawn]
    spent = contacted * (contact_cost + incentive) - ranked.tie_sums(events)[drawn] * incentive

    falling = scipy.optimize.isotonic_regression(gain / spent, weights=spent, increasing=False)
    hull = falling.blocks[:-1]
    contacted, gain, spent = (np.add.reduceat(x, hull) for x in (contacted, gain, spent))
    pays_from = np.ones_like(gain)  # gamma = 1 is never exceeded
    np.divide(spent, gain, out=pays_from, where=gain > spent)
    betaincc = scipy.special.betaincc
    above = betaincc(alpha, beta, pays_from)  # P(gamma > pays_from)
    mean_above = alpha / (alpha + beta) * betaincc(alpha + 1, beta, pays_from)
    return Campaign(
        profit=float((gain @ mean_above - spent @ above) / weights.sum()),
        contact_share=float(contacted @ above / weights.sum()),
    )


def weighted_profit(
    ranked: Ranked,
    weights: Floats,
    *,
    incentive: float = INCENTIVE,
    contact_cost: float = CONTACT_COST,
    effect: float = EFFECT,
) -> float:
    """EMPC at a belief in gamma around `effect`; as published where it is 0.3."""
    alpha, beta = belief(effect)
    return weighted_campaign(
        ranked,
        weights,
        incentive=incentive,
        contact_cost=contact_cost,
        alpha=alpha,
        beta=beta,
    ).profit

import doctest

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import beta as beta_distribution

from treue.models import profit
from treue.models.errors import ModelError
from treue.models.profit import belief, best_campaign, empc


def slow_campaign(y, p, clv, incentive=10.0, contact_cost=1.0, alpha=6.0, beta=14.0):
    """Try every number of contacts for every gamma and integrate."""
    y, p, clv = np.asarray(y), np.asarray(p), np.broadcast_to(clv, len(y))
    lists = [p >= threshold for threshold in sorted(set(p), reverse=True)]

    def best(gamma):
        earned = np.where(y == 1, gamma * (clv - incentive), -incentive) - contact_cost
        profits = [0.0] + [earned[contacted].sum() / len(y) for contacted in lists]
        shares = [0.0] + [contacted.mean() for contacted in lists]
        return profits[int(np.argmax(profits))], shares[int(np.argmax(profits))]

    def expected(which):
        return quad(
            lambda gamma: best(gamma)[which] * beta_distribution.pdf(gamma, alpha, beta),
            0, 1, limit=500, points=np.linspace(0.02, 0.98, 25),
        )[0]  # fmt: skip

    return expected(0), expected(1)


def customers(seed, n=60, decimals=1):
    rng = np.random.default_rng(seed)
    p = np.round(rng.beta(1, 3, n), decimals)
    y = (rng.random(n) < p).astype(int)
    y[:2] = [0, 1]
    return y, p, rng.gamma(1.0, 200.0, n) - 40


def test_the_figure_that_the_empulse_documentation_prints_is_reproduced():
    campaign = best_campaign(
        [0, 1, 0, 1, 0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.8, 0.9],
        clv=200, incentive=10, contact_cost=1, alpha=6, beta=14,
    )  # fmt: skip
    assert campaign.profit == pytest.approx(23.875593418348124, rel=1e-12)
    assert campaign.contact_share == pytest.approx(0.8743700763487141, rel=1e-12)


@pytest.mark.parametrize(
    ("clv", "incentive", "contact_cost", "alpha", "beta"),
    [(200, 10, 1, 6, 14), (50, 10, 3, 6, 14), (30, 12, 2, 2, 3), (15, 1, 1, 1.5, 8)],
)
def test_one_value_for_all_equals_trying_every_list_for_every_gamma(
    clv, incentive, contact_cost, alpha, beta
):
    y, p, _ = customers(1)
    given = {"incentive": incentive, "contact_cost": contact_cost, "alpha": alpha, "beta": beta}
    slow_profit, slow_share = slow_campaign(y, p, clv, **given)
    campaign = best_campaign(y, p, clv=clv, **given)
    assert campaign.profit == pytest.approx(slow_profit, abs=1e-6)
    assert campaign.contact_share == pytest.approx(slow_share, abs=1e-3)  # a step function


@pytest.mark.parametrize("seed", range(4))
def test_own_margins_equal_trying_every_list_for_every_gamma(seed):
    y, p, margins = customers(seed, decimals=2)
    assert (margins[y == 1] < 10).any()  # some churners are not worth the incentive
    slow_profit, slow_share = slow_campaign(y, p, margins)
    campaign = best_campaign(y, p, clv=margins)
    assert campaign.profit == pytest.approx(slow_profit, abs=1e-6)
    assert campaign.contact_share == pytest.approx(slow_share, abs=1e-3)


def test_equal_margins_are_one_value_for_all():
    y, p, _ = customers(2)
    assert best_campaign(y, p, clv=np.full(len(y), 120.0)) == best_campaign(y, p, clv=120)


def test_own_margins_are_not_their_mean():
    # both churners are worth 100 on average; with the valuable one first, one contact is enough
    y, p = [1, 0, 0, 0, 1], [0.9, 0.8, 0.7, 0.6, 0.5]
    assert empc(y, p, clv=[190, 100, 100, 100, 10]) > empc(y, p, clv=100)


def test_margins_of_those_who_stay_do_not_matter():
    y, p, margins = customers(3)
    others = np.where(y == 1, margins, 1e6)
    assert best_campaign(y, p, clv=others) == best_campaign(y, p, clv=margins)


def test_profit_counts_in_the_money_of_the_costs():
    y, p, margins = customers(4)
    euros = best_campaign(y, p, clv=margins)
    cents = best_campaign(y, p, clv=100 * margins, incentive=1000, contact_cost=100)
    assert cents.profit == pytest.approx(100 * euros.profit)
    assert cents.contact_share == pytest.approx(euros.contact_share)


def test_when_all_leave_and_are_worth_much_everybody_is_contacted():
    # earns gamma * (1000 - 10) - 1 per customer for all but the smallest gamma, on average 296
    campaign = best_campaign([1, 1, 1], [0.3, 0.2, 0.1], clv=1000)
    assert campaign.profit == pytest.approx(0.3 * 990 - 1, abs=1e-6)
    assert campaign.contact_share == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize(("y", "clv"), [([0, 0, 0], 200), ([1, 1, 0], -50)])
def test_when_nobody_is_worth_a_contact_nobody_is_contacted(y, clv):
    assert best_campaign(y, [0.3, 0.2, 0.1], clv=clv) == (0.0, 0.0)


def test_row_order_changes_nothing_to_the_last_bit():
    y, p, margins = customers(5)
    shuffled = np.random.default_rng(0).permutation(len(y))
    again = best_campaign(y[shuffled], p[shuffled], clv=margins[shuffled])
    assert again == best_campaign(y, p, clv=margins)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"contact_cost": 0}, "contact_cost: 0 is not above 0; a contact that costs nothing has"),
        ({"incentive": -1}, "incentive: -1 is negative; state what an offer costs"),
        ({"alpha": 0}, r"alpha, beta: 0, 14.0; both must be above 0"),
        ({"clv": [1.0]}, "margin: 1 values beside 2 outcomes"),
        ({"clv": [1.0, np.nan]}, r"margin: 1 of 2 values missing or infinite \(rows 1\); fill"),
    ],
)
def test_costs_and_margins_that_make_no_sense_are_refused(options, message):
    with pytest.raises(ModelError, match=message):
        best_campaign([1, 0], [0.1, 0.2], **options)


def test_the_examples_in_the_docstrings_hold():
    result = doctest.testmod(profit)
    assert result.attempted > 0
    assert result.failed == 0


def test_a_belief_keeps_the_stated_effect_on_average_and_never_is_sure():
    for effect in (0.0, 0.05, 0.3, 1.0):
        alpha, beta = belief(effect)
        assert alpha + beta == pytest.approx(20)
        assert alpha / 20 == pytest.approx(min(max(effect, 0.005), 0.995))

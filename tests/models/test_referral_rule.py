"""The rule of earlier recommendations: gamma-Poisson by hand, recovered parameters, refusals."""

import numpy as np
import pandas as pd
import pytest

from treue.models.errors import ModelError
from treue.models.referral_rule import ReferralRule


def company(seed: int, *, customers: int = 4000, a: float = 0.5, b: float = 400.0) -> pd.DataFrame:
    """Customers whose recommendations follow the rule's own assumption, and what they do next."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(a, 1 / b, customers)
    t = rng.uniform(10, 1500, customers)
    n = rng.poisson(rate * t)
    return pd.DataFrame(
        {
            "referrals_made_all": n.astype(float),
            "tenure_days": t,
            "referrals_decayed_90": 0.0,
            "referred": (rng.poisson(rate * 90) > 0).astype(int),
        }
    )


def test_shape_and_scale_of_simulated_rates_are_found_again() -> None:
    panel = company(0, customers=20_000)
    rule = ReferralRule(horizon_days=90).fit(panel, panel["referred"])
    assert rule.a_ == pytest.approx(0.5, rel=0.1)
    assert rule.b_ == pytest.approx(400, rel=0.15)


def test_probabilities_hold_and_rise_with_what_was_done_and_fall_with_the_time_it_took() -> None:
    panel = company(1)
    rule = ReferralRule(horizon_days=90).fit(panel, panel["referred"])
    p = rule.predict_proba(panel)[:, 1]
    assert p.mean() == pytest.approx(panel["referred"].mean(), rel=0.02)
    asked = pd.DataFrame(
        {
            "referrals_made_all": [0, 1, 4, 4],
            "tenure_days": [700.0, 700.0, 700.0, 1400.0],
            "referrals_decayed_90": 0.0,
        }
    )
    none, one, four, four_slower = rule.predict_proba(asked)[:, 1]
    assert none < one < four
    assert four_slower < four


def test_the_probability_of_the_gamma_poisson_is_the_formulas() -> None:
    rule = ReferralRule(horizon_days=90)
    rule.a_, rule.b_ = 0.5, 400.0
    panel = company(2, customers=3).assign(referrals_made_all=2.0, tenure_days=500.0)
    p = 1 - (900 / 990) ** 2.5
    assert rule._terms(panel)[:, 0] == pytest.approx(np.log(p / (1 - p)))


def test_it_beats_the_base_rate_where_the_past_tells_and_lately_counts_more() -> None:
    panel = company(3)
    rng = np.random.default_rng(3)
    lately = rng.random(len(panel)) < 0.2
    panel["referrals_decayed_90"] = np.where(lately, 0.9, 0.0)
    panel["referred"] |= (lately & (rng.random(len(panel)) < 0.3)).astype(int)
    p = ReferralRule(horizon_days=90).fit(panel, panel["referred"]).predict_proba(panel)[:, 1]
    assert p[lately].mean() > 2 * p[~lately].mean()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"referrals_made_all": 0.0}, "nobody has recommended yet"),
        ({"referred": 1}, r"one class only \(1\)"),
    ],
)
def test_what_tells_nothing_is_refused(change: dict[str, float], message: str) -> None:
    panel = company(4, customers=50).assign(**change)
    with pytest.raises(ModelError, match=message):
        ReferralRule(horizon_days=90).fit(panel, panel["referred"])


def test_a_column_that_is_not_there_is_named() -> None:
    panel = company(5, customers=50).drop(columns="tenure_days")
    with pytest.raises(ModelError, match=r"tenure_days: not in the panel; the rule of earlier"):
        ReferralRule(horizon_days=90).fit(panel, panel["referred"])

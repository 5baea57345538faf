import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime

from treue.models.bgnbd import BetaGeoNBD, _log_likelihood, rfm_summary
from treue.models.errors import ModelError

DATA = Path(os.environ.get("TREUE_DATA", Path(__file__).parents[3] / "shared" / "data"))
SAMPLE = DATA / "cdnow" / "sample.parquet"


def model(r=0.2426, alpha=4.4136, a=0.7929, b=2.4259):
    fixed = BetaGeoNBD()
    fixed.r_, fixed.alpha_, fixed.a_, fixed.b_ = r, alpha, a, b
    return fixed


def simulated(n, *, r, alpha, a, b, T, horizon, seed=0):
    """Return x, t_x of n simulated customers, and whether each buys in the horizon."""
    rng = np.random.default_rng(seed)
    rate, p = rng.gamma(r, 1 / alpha, n), rng.beta(a, b, n)
    x, t_x, later = np.zeros(n), np.zeros(n), np.zeros(n, dtype=bool)
    now, active = np.zeros(n), np.ones(n, dtype=bool)
    while active.any():
        now = now + rng.exponential(1 / rate)
        known = active & (now <= T)
        x[known] += 1
        t_x[known] = now[known]
        later |= active & (now > T) & (now <= T + horizon)
        active = known & (rng.random(n) >= p)
    return x, t_x, later


@pytest.mark.skipif(not SAMPLE.exists(), reason=f"no {SAMPLE}; set TREUE_DATA to the data's folder")
def test_the_published_fit_on_the_cdnow_sample_is_reproduced():
    """Fader, Hardie and Lee (2005), table 2; time in weeks."""
    purchases = pd.read_parquet(SAMPLE).rename(columns={"date": "purchased_at"})
    summary = rfm_summary(purchases, pd.Timestamp("1997-09-30"))
    assert len(summary) == 2357
    fitted = BetaGeoNBD().fit(summary["x"], summary["t_x"], summary["T"])
    assert [fitted.r_, fitted.alpha_, fitted.a_, fitted.b_] == pytest.approx(
        [0.2426, 4.4136, 0.7929, 2.4259], abs=5e-5
    )
    assert fitted.log_likelihood_ == pytest.approx(-9582.4, abs=0.05)


def test_a_summary_counts_days_and_measures_to_the_cutoff():
    purchases = pd.DataFrame(
        {
            "customer_id": ["a", "a", "a", "a", "b", "b", "c"],
            "purchased_at": pd.to_datetime(
                [
                    "2024-01-01 09:00",
                    "2024-01-01 17:00",  # the same day counts once
                    "2024-01-15 08:00",
                    "2024-01-29 23:00",  # after the cutoff
                    "2024-01-22 12:00",
                    "2024-01-22 13:00",  # still a one-time buyer
                    "2024-02-10 10:00",  # not known at the cutoff
                ]
            ),
        }
    )
    cutoff = pd.Timestamp("2024-01-29 12:00")
    expected = pd.DataFrame(
        {"customer_id": ["a", "b"], "x": [1.0, 0.0], "t_x": [2.0, 0.0], "T": [4.0, 1.0]}
    )
    pd.testing.assert_frame_equal(rfm_summary(purchases, cutoff), expected, check_dtype=False)
    in_days = rfm_summary(purchases, cutoff, unit="1D")
    assert in_days["T"].tolist() == [28.0, 7.0]


def test_the_slope_is_the_log_likelihoods_own():
    x, t_x, T = np.array([0, 1, 3, 20.0]), np.array([0, 5, 20, 38.9]), np.array([39, 27, 30, 39.0])
    at = np.array([0.7, 3.0, 0.4, 1.3])
    numeric = approx_fprime(at, lambda q: _log_likelihood(q, x, t_x, T)[0], 1e-7)
    np.testing.assert_allclose(_log_likelihood(at, x, t_x, T)[1], numeric, rtol=1e-5)


def test_parameters_that_made_the_data_are_found_again():
    truth = {"r": 0.8, "alpha": 6.0, "a": 0.9, "b": 3.0}
    x, t_x, _ = simulated(40_000, **truth, T=60.0, horizon=10.0)
    fitted = BetaGeoNBD().fit(x, t_x, np.full(len(x), 60.0))
    assert fitted.r_ == pytest.approx(0.8, rel=0.05)
    assert fitted.alpha_ == pytest.approx(6.0, rel=0.08)
    assert fitted.a_ == pytest.approx(0.9, rel=0.08)
    assert fitted.b_ == pytest.approx(3.0, rel=0.08)


def test_the_fit_does_not_depend_on_the_unit_of_time():
    x, t_x, _ = simulated(2_000, r=0.8, alpha=6.0, a=0.9, b=3.0, T=60.0, horizon=10.0)
    T = np.full(len(x), 60.0)
    weeks, days = BetaGeoNBD().fit(x, t_x, T), BetaGeoNBD().fit(x, 7 * t_x, 7 * T)
    assert days.alpha_ == pytest.approx(7 * weeks.alpha_, rel=1e-6)
    assert [days.r_, days.a_, days.b_] == pytest.approx([weeks.r_, weeks.a_, weeks.b_], rel=1e-6)


def test_the_probability_of_no_purchase_is_the_share_among_simulated_customers():
    """Shares among half a million, by what is known of them, within 4 standard errors."""
    truth = {"r": 1.0, "alpha": 8.0, "a": 0.8, "b": 2.5}
    x, t_x, later = simulated(500_000, **truth, T=30.0, horizon=12.0)
    p = model(**truth).probability_no_purchase(12.0, x, t_x, np.full(len(x), 30.0))
    groups = [x == 0] + [
        (x == count) & (t_x > low) & (t_x <= low + 10) for count in (1, 2, 4) for low in (0, 10, 20)
    ]
    for group in groups:
        error = np.sqrt((p[group] * (1 - p[group])).sum()) / group.sum()
        assert group.sum() > 800
        assert (~later[group]).mean() == pytest.approx(p[group].mean(), abs=4 * error)


def test_a_one_time_buyer_is_worked_by_hand():
    """Nobody leaves before a repeat purchase: ((alpha + T) / (alpha + T + horizon))^r."""
    p = model(r=2.0, alpha=10.0).probability_no_purchase(10.0, [0, 0], [0, 0], [10.0, 20.0])
    assert p == pytest.approx([(20 / 30) ** 2, (30 / 40) ** 2])


def test_a_repeat_buyer_is_worked_by_hand():
    """a / (b + x - 1) = 1/2; powers of -2: left 1/200, active 1/400, waits 1/900."""
    p = model(r=1.0, alpha=5.0, a=1.0, b=2.0).probability_no_purchase(10.0, 1, 5.0, 15.0)
    assert p == pytest.approx((1 / 200 + 1 / 900) / (1 / 200 + 1 / 400))


def test_extreme_customers_have_finite_probabilities():
    p = model().probability_no_purchase(
        180.0, [0, 5_000, 5_000, 1], [0, 0.1, 9_999, 1e-6], [1e6, 1e4, 1e4, 0.5]
    )
    assert np.isfinite(p).all()
    assert ((p >= 0) & (p <= 1)).all()
    assert p[1] == pytest.approx(1.0)  # 5,000 purchases, then years of silence


def test_a_longer_horizon_leaves_fewer_without_a_purchase():
    p = [model().probability_no_purchase(h, 3, 20.0, 30.0) for h in (0.0, 1.0, 10.0, 1e9)]
    assert p[0] == pytest.approx(1.0)
    assert p == sorted(p, reverse=True)
    assert p[3] > 0.1  # those who have left


def test_where_nobody_leaves_the_fit_stops_at_its_bounds():
    rng = np.random.default_rng(0)
    x = rng.poisson(rng.gamma(2.0, 1 / 20, 3_000) * 50.0)
    t_x = np.where(x > 0, 50.0 * rng.beta(np.maximum(x, 1), 1), 0)
    fitted = BetaGeoNBD().fit(x, t_x, np.full(len(x), 50.0))
    assert fitted.a_ / fitted.b_ < 1e-4
    p = fitted.probability_no_purchase(10.0, 0, 0, 50.0)
    assert p == pytest.approx((70 / 80) ** 2, abs=0.02)


@pytest.mark.parametrize(
    ("x", "t_x", "T", "message"),
    [
        ([0, 0], [0, 0], [9, 9], "none of 2 customers bought on a second day"),
        ([1, 2], [5, 9], [9, 8], "1 customers whose purchases contradict each other \\(rows 1\\)"),
        ([1, 0], [0, 0], [9, 8], "contradict each other \\(rows 0\\)"),
        ([1, 0], [4, 3], [9, 8], "contradict each other \\(rows 1\\): 0 <= t_x <= T must hold"),
        ([1, np.nan], [4, 3], [9, 8], "contradict each other \\(rows 1\\)"),
    ],
)
def test_customers_who_cannot_be_are_refused(x, t_x, T, message):
    with pytest.raises(ModelError, match=message):
        BetaGeoNBD().fit(x, t_x, T)

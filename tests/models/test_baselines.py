import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.base import clone
from sklearn.metrics import log_loss, roc_auc_score

from treue.models.baselines import BaseRate, BetaGeoNBDRule, LogisticBaseline, RecencyRule
from treue.models.errors import ModelError


def days(n=2_000, seed=0):
    return pd.DataFrame({"recency_days": np.random.default_rng(seed).exponential(60, n)})


def drawn(p, seed=1):
    return (np.random.default_rng(seed).random(len(p)) < p).astype(int)


def test_the_base_rate_gives_everybody_the_share_in_training():
    rule = BaseRate().fit(pd.DataFrame(index=range(4)), [0, 1, 0, 0])
    np.testing.assert_allclose(rule.predict_proba(pd.DataFrame(index=range(2))), [[0.75, 0.25]] * 2)


def test_recency_follows_a_logistic_where_there_is_one():
    X = days(20_000)
    p = expit(1.5 * np.log1p(X["recency_days"]) - 6)
    rule = RecencyRule().fit(X, drawn(p))
    assert rule.curve_ == "logistic"
    np.testing.assert_allclose(rule.predict_proba(X)[:, 1], p, atol=0.03)


def test_recency_follows_a_step_where_there_is_one():
    X = days(20_000)
    p = np.where(X["recency_days"] > 30, 0.8, 0.2)
    rule = RecencyRule().fit(X, drawn(p))
    assert rule.curve_ == "isotonic"
    low, high = rule.predict_proba(pd.DataFrame({"recency_days": [10.0, 90.0]}))[:, 1]
    assert (low, high) == (pytest.approx(0.2, abs=0.05), pytest.approx(0.8, abs=0.05))


def test_a_probability_may_fall_with_recency():
    X = days()
    y = drawn(expit(2 - 0.05 * X["recency_days"]))
    p = RecencyRule().fit(X, y).predict_proba(pd.DataFrame({"recency_days": [1.0, 300.0]}))[:, 1]
    assert p[0] > 0.6 > 0.3 > p[1]


def test_an_unknown_recency_counts_as_the_median():
    X = pd.DataFrame({"recency_days": [10.0, 20.0, 30.0, np.nan] * 20})
    rule = RecencyRule().fit(X, [0, 0, 1, 1] * 20)
    p = rule.predict_proba(pd.DataFrame({"recency_days": [np.nan, 20.0]}))[:, 1]
    assert p[0] == p[1]


@pytest.mark.parametrize("y", [[1, 1, 1], [0, 1, 0]])
def test_the_recency_rule_bears_tiny_data(y):
    p = RecencyRule().fit(pd.DataFrame({"recency_days": [5.0, 9.0, 2.0]}), y).predict_proba(days(9))
    assert ((p > 0) & (p < 1)).all()


def rfm(n=3_000, seed=0):
    """A panel's three columns, from customers who leave."""
    rng = np.random.default_rng(seed)
    rate, p = rng.gamma(1.0, 1 / 40, n), rng.beta(0.8, 2.5, n)
    lifetime = np.minimum(rng.geometric(np.maximum(p, 1e-3)), 10_000)
    gaps = rng.exponential(1 / rate[:, None], (n, 60))
    gaps[np.arange(60) >= lifetime[:, None]] = np.inf
    times = np.cumsum(gaps, axis=1)
    tenure = rng.uniform(100, 300, n)
    known = times <= tenure[:, None]
    last = np.where(known, times, 0).max(axis=1)
    later = ((times > tenure[:, None]) & (times <= tenure[:, None] + 60)).any(axis=1)
    X = pd.DataFrame(
        {
            "purchase_days": known.sum(axis=1) + 1.0,
            "tenure_days": tenure,
            "recency_days": tenure - last,
        }
    )
    return X, (~later).astype(int)


def test_bgnbd_on_panel_columns_ranks_and_is_calibrated_by_itself():
    X, y = rfm()
    rule = BetaGeoNBDRule(horizon_days=60).fit(X)
    p = rule.predict_proba(X)[:, 1]
    assert rule.calibration_ is None
    assert roc_auc_score(y, p) > 0.7
    assert p.mean() == pytest.approx(y.mean(), abs=0.02)


def test_bgnbd_fitted_on_eligible_customers_alone_needs_everybody_or_calibration():
    X, y = rfm(n=6_000)
    eligible = X["recency_days"] < 60
    everybody = pd.DataFrame(
        {
            "x": X["purchase_days"] - 1,
            "t_x": X["tenure_days"] - X["recency_days"],
            "T": X["tenure_days"],
        }
    )
    few, labels = X[eligible], y[eligible]
    rule = BetaGeoNBDRule(horizon_days=60)
    alone = log_loss(labels, clone(rule).fit(few).predict_proba(few))
    calibrated = log_loss(labels, clone(rule).fit(few, labels).predict_proba(few))
    from_all = log_loss(labels, rule.fit(few, everybody=everybody).predict_proba(few))
    assert from_all < alone - 0.02
    assert calibrated < alone - 0.02


def test_bgnbd_is_fitted_at_the_latest_cutoff_of_a_panel():
    X, _ = rfm(n=800)
    early, late = X.iloc[:400], X.iloc[400:]
    panel = pd.concat([early.assign(cutoff=1), late.assign(cutoff=2)])
    both = BetaGeoNBDRule(horizon_days=60).fit(panel).model_
    assert both.r_ == BetaGeoNBDRule(horizon_days=60).fit(late).model_.r_


def test_bgnbd_draws_from_many_customers_the_same_ones_every_time():
    X, _ = rfm()
    rule = BetaGeoNBDRule(horizon_days=60, max_customers=500)
    first, again = rule.fit(X).model_.r_, clone(rule).fit(X).model_.r_
    assert first == again != BetaGeoNBDRule(horizon_days=60).fit(X).model_.r_


def test_a_first_day_with_two_purchases_is_a_one_time_buyer():
    X, _ = rfm(n=500)
    rule = BetaGeoNBDRule(horizon_days=60).fit(X)
    same_day = {"purchase_days": 1.0, "tenure_days": [50.2, 50.2], "recency_days": [50.0, 50.2]}
    p = rule.predict_proba(pd.DataFrame(same_day))[:, 1]
    assert p[0] == p[1]


def mixed(n=3_000, seed=0):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        {
            "amount_365": np.exp(rng.normal(5, 2, n)),
            "gap_mean_days": np.where(rng.random(n) < 0.3, np.nan, rng.exponential(30, n)),
            "region": rng.choice(["north", "south", "west"], n),
            "always": 1.0,
            "never_known": np.nan,
        }
    )
    z = np.log(X["amount_365"]) - 5 + 2 * X["gap_mean_days"].isna() + 2 * (X["region"] == "west")
    return X, drawn(expit(z - 1.3))


def test_the_logistic_sees_ranks_missing_values_and_categories():
    X, y = mixed()
    test, labels = mixed(seed=7)
    rule = LogisticBaseline().fit(X, y)
    assert roc_auc_score(labels, rule.predict_proba(test)[:, 1]) > 0.85
    row = test.head(1).assign(amount_365=150.0, gap_mean_days=20.0, region="north")
    (plain,) = rule.predict_proba(row)[:, 1]
    assert rule.predict_proba(row.assign(gap_mean_days=np.nan))[0, 1] > plain + 0.2
    assert rule.predict_proba(row.assign(region="west"))[0, 1] > plain + 0.2


def test_beyond_the_training_data_the_extreme_seen_counts():
    X, y = mixed()
    rule = LogisticBaseline().fit(X, y)
    most = X.loc[[X["amount_365"].idxmax()]]
    np.testing.assert_allclose(
        rule.predict_proba(most.assign(amount_365=1e12)), rule.predict_proba(most), atol=1e-6
    )


def test_an_unseen_category_does_not_stop_the_logistic():
    X, y = mixed()
    p = LogisticBaseline().fit(X, y).predict_proba(X.head(3).assign(region="moon"))
    assert np.isfinite(p).all()


RFM = rfm(n=50)[0]


@pytest.mark.parametrize(
    ("rule", "X", "y", "message"),
    [
        (RecencyRule(), RFM[["tenure_days"]], [0, 1] * 25, "recency_days: not in the panel; the"),
        (BetaGeoNBDRule(horizon_days=9), days(9), None, "purchase_days, tenure_days: not in the"),
        (BaseRate(), RFM, [0, 1], "y has 2 rows, the panel 50"),
        (BaseRate(), RFM, [2] * 50, "y holds other values than 0 and 1"),
        (LogisticBaseline(), RFM, [1] * 50, "y holds one class only \\(1\\); a regression needs"),
        (LogisticBaseline(), RFM[[]], [0, 1] * 25, "none of 0 columns varies; nothing to regress"),
    ],
)
def test_what_a_rule_cannot_use_is_refused(rule, X, y, message):
    with pytest.raises(ModelError, match=message):
        rule.fit(X, y)


@pytest.mark.parametrize(
    "rule", [BaseRate(), RecencyRule(), BetaGeoNBDRule(horizon_days=60), LogisticBaseline()]
)
def test_every_rule_gives_two_columns_that_sum_to_one_and_the_likelier_class(rule):
    X, y = rfm(n=400)
    p = clone(rule).fit(X, y, groups=np.arange(400)).predict_proba(X)
    assert p.shape == (400, 2)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    fitted = rule.fit(X, y)
    np.testing.assert_array_equal(fitted.predict(X), (fitted.predict_proba(X)[:, 1] > 0.5))

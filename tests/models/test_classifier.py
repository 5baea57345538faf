import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.base import clone
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from treue.models.calibration import SLOPE_FLOOR, platt
from treue.models.classifier import LoyaltyClassifier
from treue.models.errors import ModelError
from treue.models.folds import customer_folds

QUICK = {"n_folds": 2, "n_estimators": 20, "early_stopping_rounds": 5, "num_threads": 1}
TINY = {"min_child_samples": 5, "lambda_l2": 1.0, "feature_fraction": 1.0}


def company(n_customers=600, n_cutoffs=3, seed=0):
    """A panel whose churn depends on recency and region, and labels, and customers."""
    rng = np.random.default_rng(seed)
    n = n_customers * n_cutoffs
    customers = np.repeat(np.arange(n_customers), n_cutoffs)
    region = rng.choice(["north", "south", "west"], n)
    X = pd.DataFrame(
        {
            "recency_days": rng.exponential(60, n),
            "orders_90": rng.poisson(2, n),
            "gap_mean_days": np.where(rng.random(n) < 0.2, np.nan, rng.exponential(30, n)),
            "region": pd.Categorical(np.where(rng.random(n) < 0.1, None, region)),
        }
    )
    log_odds = 0.03 * (X["recency_days"] - 60) - 0.3 * X["orders_90"] + 1.5 * (region == "west")
    y = (rng.random(n) < expit(log_odds)).astype(int)
    return X, y, customers


@pytest.fixture(scope="module")
def panel():
    return company()


@pytest.fixture(scope="module")
def model(panel):
    X, y, customers = panel
    quick = LoyaltyClassifier(n_folds=3, n_estimators=80, min_child_samples=30, num_threads=1)
    return quick.fit(X, y, groups=customers)


@parametrize_with_checks([LoyaltyClassifier(**QUICK, **TINY)])
def test_scikit_learns_estimator_checks_pass(estimator, check):
    check(estimator)


def test_out_of_fold_probabilities_rank_well_and_are_calibrated(panel, model):
    _, y, _ = panel
    assert roc_auc_score(y, model.oof_probability_) > 0.75
    assert model.oof_probability_.mean() == pytest.approx(y.mean(), abs=0.002)
    assert platt(logit(model.oof_probability_), y).slope == pytest.approx(1.0, abs=0.01)


def test_the_probability_is_the_calibrated_mean_of_the_members_raw_scores(panel, model):
    X, _, _ = panel
    encoded = model.columns_.encode(X)
    raw = np.mean([booster.predict(encoded, raw_score=True) for booster in model.boosters_], axis=0)
    z = model.calibration_.slope * raw + model.calibration_.intercept
    np.testing.assert_allclose(model.decision_function(X), z, rtol=0, atol=1e-12)
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], 1 / (1 + np.exp(-z)), atol=1e-12)


def test_out_of_fold_scores_come_from_the_member_that_never_saw_the_customer(panel, model):
    X, y, customers = panel
    seed = int(np.random.RandomState(0).randint(2**31 - 1))
    fold = customer_folds(y, customers, n_folds=3, seed=seed)
    encoded = model.columns_.encode(X)
    for k, booster in enumerate(model.boosters_):
        rows = fold == k
        np.testing.assert_array_equal(
            booster.predict(encoded[rows], raw_score=True), model.oof_raw_[rows]
        )


def test_customers_stay_whole_even_where_their_label_could_be_remembered():
    """Random labels, each customer's rows alike: a split customer would be recognised."""
    rng = np.random.default_rng(1)
    customers = np.repeat(np.arange(400), 8)
    X = np.repeat(rng.normal(size=(400, 3)), 8, axis=0)
    y = np.repeat(rng.integers(0, 2, 400), 8)
    params = QUICK | TINY | {"n_folds": 5, "n_estimators": 60}
    whole = LoyaltyClassifier(**params).fit(X, y, groups=customers)
    split = LoyaltyClassifier(**params).fit(X, y)
    assert roc_auc_score(y, split.oof_raw_) > 0.8
    assert roc_auc_score(y, whole.oof_raw_) < 0.6


def test_one_seed_gives_one_model_whatever_the_number_of_threads(panel):
    X, y, customers = panel
    quick = LoyaltyClassifier(**QUICK | {"n_estimators": 4})
    first = quick.fit(X, y, groups=customers).decision_function(X)
    again = clone(quick).set_params(num_threads=2).fit(X, y, groups=customers)
    np.testing.assert_array_equal(first, again.decision_function(X))
    other = clone(quick).set_params(random_state=1).fit(X, y, groups=customers)
    assert not np.array_equal(first, other.decision_function(X))


def test_customers_may_be_texts(panel):
    X, y, customers = panel
    quick = LoyaltyClassifier(**QUICK)
    numbers = clone(quick).fit(X, y, groups=customers).oof_raw_
    texts = pd.Series(customers).map("c{:04}".format)
    np.testing.assert_array_equal(clone(quick).fit(X, y, groups=texts).oof_raw_, numbers)


def test_an_unseen_category_is_scored_like_a_missing_one(panel, model):
    X, _, _ = panel
    base = X.head(50)
    unseen = model.decision_function(base.assign(region="moon"))
    missing = model.decision_function(base.assign(region=None))
    np.testing.assert_array_equal(unseen, missing)
    west = model.decision_function(base.assign(region="west"))
    assert (west > missing).all()


def test_column_order_and_additional_columns_do_not_change_a_score(panel, model):
    X, _, _ = panel
    other = X[X.columns[::-1]].assign(customer_id="c1")
    np.testing.assert_array_equal(model.decision_function(other), model.decision_function(X))


def test_a_panel_that_differs_is_refused(panel, model):
    X, _, _ = panel
    with pytest.raises(ModelError, match="- orders_90: missing"):
        model.predict_proba(X.drop(columns="orders_90"))
    with pytest.raises(ModelError, match="the model has categorical columns; give a DataFrame"):
        model.predict_proba(np.zeros((2, 4)))


def test_one_row_scores_as_it_does_among_many(panel, model):
    X, _, _ = panel
    together = model.decision_function(X)
    alone = [model.decision_function(X.iloc[[i]])[0] for i in range(5)]
    np.testing.assert_array_equal(alone, together[:5])
    assert model.predict_proba(X.head(0)).shape == (0, 2)


def test_data_too_few_for_any_split_give_the_base_rate():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 2)), np.arange(60) % 4 == 0
    p = LoyaltyClassifier(min_child_samples=100).fit(X, y).predict_proba(X)[:, 1]
    platt_base_rate = (15 * 16 / 17 + 45 * 1 / 47) / 60
    np.testing.assert_allclose(p, platt_base_rate, atol=1e-9)


def test_four_customers_are_enough_to_fit():
    X = np.array([[0.0], [1.0], [2.0], [3.0]])
    p = LoyaltyClassifier(**QUICK).fit(X, [0, 0, 1, 1]).predict_proba(X)
    np.testing.assert_allclose(p, 0.5)


@pytest.mark.parametrize(
    ("y", "groups", "params", "message"),
    [
        ([1] * 6, None, {}, "y holds one class only .*a model needs customers of both"),
        ([0, 0, 0, 0, 1, 1], list("abcdee"), {}, "a single customer has class .*at least two"),
        ([0, 1, 2, 0, 1, 2], None, {}, "Only binary classification is supported"),
        ([0, 1, 0, 1, 0], None, {}, "y has 5 rows, the panel 6"),
        ([0, 1, 0, 1, 0, 1], list("abc"), {}, "groups has 3 rows, y has 6"),
        ([0, 1, 0, 1, 0, 1], [*"abcde", None], {}, "groups: 1 rows without a customer; drop the"),
        ([0, 1, 0, 1, 0, np.nan], None, {}, "y: 1 labels are NaN; drop these rows"),
        ([0, 1, 0, 1, 0, 1], None, {"n_folds": 1}, "n_folds is 1; at least 2 are needed"),
    ],
)
def test_what_cannot_be_fitted_is_refused(y, groups, params, message):
    X = pd.DataFrame({"x": range(6)})
    with pytest.raises(ModelError, match=message):
        LoyaltyClassifier(**params).fit(X, y, groups=groups)


def test_a_panel_without_rows_cannot_be_fitted():
    with pytest.raises(ModelError, match="the panel has 0 rows and 1 columns to fit on"):
        LoyaltyClassifier().fit(pd.DataFrame({"x": []}), [])


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=4, max_size=60),
    st.integers(2, 5),
    st.integers(0, 3),
)
def test_folds_keep_customers_whole_and_every_training_part_has_both_classes(rows, k, seed):
    customers = np.array([customer for customer, _ in rows])
    y = np.array([label for _, label in rows], dtype=int)
    fold = customer_folds(y, customers, n_folds=k, seed=seed)
    for customer in set(customers):
        assert len(set(fold[customers == customer])) == 1
    for label in (0, 1):
        if len(set(customers[y == label])) >= 2:
            assert all((y[fold != held_out] == label).any() for held_out in range(k))
    sizes = [len(set(customers[fold == held_out])) for held_out in range(k)]
    assert max(sizes) - min(sizes) <= 1


def test_platt_finds_slope_and_intercept_that_made_the_labels():
    rng = np.random.default_rng(0)
    raw = rng.normal(size=200_000)
    y = (rng.random(len(raw)) < expit(0.7 * raw - 0.4)).astype(int)
    calibration = platt(raw, y)
    assert calibration.slope == pytest.approx(0.7, abs=0.02)
    assert calibration.intercept == pytest.approx(-0.4, abs=0.02)


def test_platt_lowers_log_loss_of_overconfident_scores():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=2_000)
    y = (rng.random(len(truth)) < expit(truth)).astype(int)
    calibrated = platt(4 * truth, y).log_odds(4 * truth)
    assert log_loss(y, expit(calibrated)) < log_loss(y, expit(4 * truth)) - 0.3


def test_platt_stays_finite_where_scores_separate_the_classes():
    calibration = platt(np.array([-2.0, -1.0, 1.0, 2.0]), np.array([0, 0, 1, 1]))
    assert 0 < calibration.slope < 10
    assert calibration.intercept == pytest.approx(0, abs=1e-6)


def test_platt_never_turns_the_ranking_round():
    calibration = platt(np.array([-2.0, -1.0, 1.0, 2.0]), np.array([1, 1, 0, 0]))
    assert calibration.slope == SLOPE_FLOOR
    assert expit(calibration.log_odds(np.zeros(1)))[0] == pytest.approx(0.5)

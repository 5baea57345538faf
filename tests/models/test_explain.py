import itertools
import math
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import shap
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import expit

from treue.models import booster_shares
from treue.models.classifier import LoyaltyClassifier
from treue.models.explain import explain, points

FAMILIES = {"recency_days": "purchases", "orders_90": "purchases", "complaints_open": "complaints"}


def panel(n=500, seed=0):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        {
            "recency_days": rng.exponential(60, n),
            "orders_90": rng.poisson(2, n).astype(float),
            "complaints_open": np.where(rng.random(n) < 0.3, np.nan, rng.poisson(1, n)),
            "region": pd.Categorical(rng.choice(["north", "south", "west", "east"], n)),
        },
        index=[f"c{i}" for i in range(n)],
    )
    log_odds = 0.03 * (X["recency_days"] - 60) - 0.4 * X["orders_90"] + (X["region"] == "west")
    return X, (rng.random(n) < expit(log_odds)).astype(int)


@pytest.fixture(scope="module", name="X")
def features():
    return panel()[0]


@pytest.fixture(scope="module")
def model():
    return LoyaltyClassifier(
        n_folds=3, n_estimators=40, min_child_samples=10, num_leaves=6, num_threads=1
    ).fit(*panel())


log_odds = st.floats(-800, 800, allow_nan=False)
shares = arrays(float, st.tuples(st.integers(1, 5), st.integers(1, 6)), elements=log_odds)


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.floats(0.01, 100))
def test_base_plus_contributions_is_the_raw_score(X, model, seed, scale):
    rng = np.random.default_rng(seed)
    rows = X.sample(20, random_state=seed).assign(
        recency_days=rng.normal(size=20) * scale,
        orders_90=np.where(rng.random(20) < 0.5, np.nan, scale),
        region=rng.choice(["north", "moon", None], 20),
    )
    base, contributions = model.contributions(rows)
    np.testing.assert_allclose(
        base + contributions.sum(axis=1), model.decision_function(rows), rtol=0, atol=1e-10
    )


@given(base=log_odds, contributions=shares)
def test_base_probability_plus_points_is_the_probability(base, contributions):
    got = 100 * expit(base) + points(base, contributions).sum(axis=1)
    scale = 1 + np.abs(contributions).sum(axis=1)  # cancelling shares cannot do better
    want = 100 * expit(base + contributions.sum(axis=1))
    assert (np.abs(got - want) <= 1e-11 * scale).all()


@given(base=log_odds, contributions=shares)
def test_points_have_the_signs_of_the_contributions(base, contributions):
    assert (points(base, contributions) * contributions >= 0).all()


def test_points_follow_the_integral_along_the_straight_way():
    base, contributions = -1.0, np.array([[2.0, -0.5, 0.7]])
    t = (np.arange(200_000) + 0.5) / 200_000
    p = expit(base + t * contributions.sum())
    want = 100 * contributions * np.mean(p * (1 - p))
    np.testing.assert_allclose(points(base, contributions), want, rtol=1e-9)


def test_points_worked_by_hand():
    """From even odds to odds of 3: 25 points, shared 2 to -1."""
    got = points(0.0, math.log(3) * np.array([[2.0, -1.0]]))
    np.testing.assert_allclose(got, [[50.0, -25.0]], rtol=1e-14)


def test_contributions_that_cancel_have_points_that_cancel():
    np.testing.assert_allclose(points(0.0, np.array([[0.4, -0.4]])), [[10.0, -10.0]], rtol=1e-14)
    assert (points(0.3, np.zeros((1, 2))) == 0).all()


def test_an_explanation_adds_up_by_feature_and_by_family(X, model):
    found = explain(model, X, families=FAMILIES)
    assert found.feature_names == tuple(X.columns)
    assert found.families == ("purchases", "purchases", "complaints", "other")
    np.testing.assert_allclose(found.probability, model.predict_proba(X)[:, 1], atol=1e-12)
    np.testing.assert_allclose(
        100 * found.base_probability + found.points.sum(axis=1), 100 * found.probability
    )
    contributions, in_points = found.by_family()
    assert list(in_points.columns) == ["purchases", "complaints", "other"]
    assert in_points.index.equals(X.index)
    np.testing.assert_allclose(
        contributions["purchases"], found.contributions[:, :2].sum(axis=1), atol=1e-12
    )
    np.testing.assert_allclose(in_points["complaints"], found.points[:, 2], atol=1e-12)
    np.testing.assert_allclose(in_points.sum(axis=1), found.points.sum(axis=1), atol=1e-10)


def test_no_rows_have_an_empty_explanation_with_the_same_base(X, model):
    assert explain(model, X.head(0)).contributions.shape == (0, 4)
    assert explain(model, X.head(0)).base == explain(model, X).base


def test_contributions_are_those_of_the_shap_package(X):
    """The package's own Tree SHAP, made not to hand the work back to LightGBM."""
    numbers, y = X.drop(columns="region"), panel()[1]
    model = LoyaltyClassifier(n_folds=2, n_estimators=30, min_child_samples=10, num_threads=1).fit(
        numbers, y
    )
    want, base = np.zeros(numbers.shape), model.calibration_.intercept
    for booster in model.boosters_:
        oracle = shap.TreeExplainer(booster, feature_perturbation="tree_path_dependent")
        oracle.model.model_type = "internal"
        want += model.calibration_.slope / 2 * oracle.shap_values(numbers.to_numpy())
        base += model.calibration_.slope / 2 * float(np.ravel(oracle.expected_value)[-1])
    got_base, got = model.contributions(numbers)
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-9)
    assert got_base == pytest.approx(base, abs=1e-9)


def test_contributions_are_shapley_values_by_their_definition(X, model):
    """Every order of the four features, each tree walked with what is known so far."""
    rows = X.head(8).assign(region=["moon", *X["region"].iloc[1:8]])
    encoded = model.columns_.encode(rows)
    scale = model.calibration_.slope / len(model.boosters_)
    want = np.zeros(encoded.shape)
    for booster in model.boosters_:
        for tree in booster.dump_model()["tree_info"]:
            for row, x in enumerate(encoded):
                want[row] += scale * _shapley(tree["tree_structure"], x)
    np.testing.assert_allclose(model.contributions(rows)[1], want, atol=1e-10)


def _shapley(tree, x):
    k = len(x)
    value = {
        known: _expected(tree, x, known)
        for size in range(k + 1)
        for known in itertools.combinations(range(k), size)
    }
    shares = np.zeros(k)
    for known, worth in value.items():
        for i in set(range(k)) - set(known):
            before, after = len(known), k - len(known) - 1
            weight = math.factorial(before) * math.factorial(after) / math.factorial(k)
            shares[i] += weight * (value[tuple(sorted((*known, i)))] - worth)
    return shares


def _expected(node, x, known):
    if "leaf_value" in node:
        return node["leaf_value"]
    left, right = node["left_child"], node["right_child"]
    if node["split_feature"] in known:
        return _expected(left if _goes_left(node, x[node["split_feature"]]) else right, x, known)
    rows = [child.get("internal_count", child.get("leaf_count")) for child in (left, right)]
    branches = [_expected(child, x, known) for child in (left, right)]
    return (rows[0] * branches[0] + rows[1] * branches[1]) / sum(rows)


def _goes_left(node, value):
    if node["decision_type"] == "==":
        return not np.isnan(value) and str(int(value)) in node["threshold"].split("||")
    if np.isnan(value):
        if node["missing_type"] == "NaN":
            return node["default_left"]
        value = 0.0
    return value <= node["threshold"]


def test_explaining_needs_no_shap_package():
    code = "import sys, treue.models.explain; sys.exit(bool({'shap', 'numba'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_members_own_contributions_add_up_to_the_models(X, model):
    members = list(model.member_contributions(X))
    base, contributions = model.contributions(X)
    assert len(members) == 3
    np.testing.assert_allclose(sum(members), contributions, atol=1e-12)
    assert model.base() == base


def test_agreement_is_the_share_of_members_with_the_sign_of_the_whole(X, model):
    groups = {"recency_days": "orders", "orders_90": "orders"}
    found = explain(model, X, groups=groups)
    assert found.groups == ("orders", "complaints_open", "region")
    members = [m[:, 0] + m[:, 1] for m in model.member_contributions(X)]
    for row in range(5):
        whole = sum(member[row] for member in members)
        saying = [np.sign(member[row]) for member in members if member[row] != 0]
        assert found.agreement[row, 0] == pytest.approx(np.mean(saying == np.sign(whole)))


@pytest.mark.parametrize("many", [1, 10_000])
def test_sums_by_group_are_those_of_each_members_contributions(X, model, monkeypatch, many):
    monkeypatch.setattr(booster_shares, "MANY_ROWS", many)
    group_of = np.array([1, 0, 1, 2])
    values, sums = model.grouped_shares(model.encode(X), group_of)
    np.testing.assert_allclose(values, model.contributions(X)[1], rtol=0, atol=1e-13)
    for member, found in zip(model.member_contributions(X), sums, strict=True):
        expected = [member[:, group_of == group].sum(axis=1) for group in range(3)]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13)


def test_members_that_may_not_use_a_damped_column_do_not_count_against_it():
    damped = LoyaltyClassifier(
        n_folds=5, n_estimators=30, min_child_samples=10, num_leaves=6, num_threads=1
    ).fit(*panel(), damped=["recency_days"])
    X = panel(seed=1)[0]
    members = [member[:, 0] for member in damped.member_contributions(X)]
    assert sum((member == 0).all() for member in members) == 2
    found = explain(damped, X).agreement[:, 0]
    assert (found == 1).mean() > 0.5


def test_members_do_not_agree_on_a_contribution_of_nothing(X, model):
    nothing = explain(model, X.assign(nothing=0.0)[list(X)], groups={})
    silent = nothing.contributions == 0
    assert (nothing.agreement[silent] == 0).all()
    assert (nothing.agreement[~silent] >= 0.3).all()


def test_many_rows_are_explained_as_few_are(X, model, monkeypatch):
    base, few = model.contributions(X)
    members = list(model.member_contributions(X))
    monkeypatch.setattr(booster_shares, "MANY_ROWS", len(X))
    again, many = model.contributions(X)
    assert again == base
    np.testing.assert_allclose(many, few, rtol=0, atol=1e-13)
    np.testing.assert_allclose(base + many.sum(axis=1), model.decision_function(X), atol=1e-12)
    for one, other in zip(model.member_contributions(X), members, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-13)


def test_a_model_fitted_again_is_explained_anew(X, monkeypatch):
    monkeypatch.setattr(booster_shares, "MANY_ROWS", 1)
    model = LoyaltyClassifier(n_folds=2, n_estimators=5, min_child_samples=10, num_threads=1)
    for target in (panel()[1], 1 - panel()[1]):
        base, values = model.fit(X, target).contributions(X)
        np.testing.assert_allclose(base + values.sum(axis=1), model.decision_function(X))

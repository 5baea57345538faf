import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pydantic import ValidationError
from scipy.special import expit

from treue.models.bgnbd_member import BetaGeoMember
from treue.models.blend import RIDGE, Blend, fit_weights
from treue.models.bundle import Bundle
from treue.models.bundle_files import dump
from treue.models.classifier import LoyaltyClassifier
from treue.models.errors import BundleError, ModelError
from treue.models.explain import explain
from treue.models.linear import QuantileLogistic


def company(n=600, seed=0):
    rng = np.random.default_rng(seed)
    tenure = rng.integers(30, 700, n).astype(float)
    purchases = np.minimum(rng.poisson(3, n) + 1, tenure)
    recency = np.where(purchases > 1, np.floor(rng.random(n) * (tenure - 1)), tenure)
    X = pd.DataFrame(
        {
            "purchase_days": purchases,
            "tenure_days": tenure,
            "recency_days": recency,
            "amount_365": np.where(rng.random(n) < 0.2, np.nan, rng.lognormal(5, 1, n)),
            "region": pd.Categorical(rng.choice(["north", "south", "west"], n)),
        }
    )
    z = 0.01 * recency - 0.4 * purchases + 1.5 * (X["region"] == "west")
    return X, (rng.random(n) < expit(z)).astype(int)


X, Y = company()


@pytest.fixture(scope="module")
def trees():
    quick = {"n_folds": 2, "n_estimators": 25, "min_child_samples": 20, "num_threads": 1}
    return LoyaltyClassifier(**quick).fit(X, Y)


@pytest.fixture(scope="module")
def members(trees):
    encoded = trees.columns_.encode(X)
    linear = QuantileLogistic(C=0.1).fit(encoded, Y, trees.columns_.categorical_positions)
    bgnbd = BetaGeoMember.fit(X, Y, columns=trees.columns_, horizon_days=90)
    return {"linear": linear, "bgnbd": bgnbd}


@pytest.fixture(scope="module")
def blend(members):
    return Blend.of({"tree": 0.6, "linear": 0.3, "bgnbd": 0.2}, members, intercept=-0.15)


@pytest.fixture(scope="module")
def blended(trees, blend):
    return trees.blended(blend)


def test_log_odds_are_the_weighted_sum_of_the_members(trees, members, blended):
    encoded = trees.columns_.encode(X)
    want = -0.15 + 0.6 * trees.decision_function(X)
    want += 0.3 * members["linear"].log_odds(encoded) + 0.2 * members["bgnbd"].log_odds(encoded)
    np.testing.assert_allclose(blended.decision_function(X), want, rtol=0, atol=1e-12)
    np.testing.assert_allclose(blended.predict_proba(X)[:, 1], expit(want), atol=1e-12)


@pytest.mark.parametrize("name", ["tree", "linear", "bgnbd"])
def test_a_blend_of_one_member_is_that_member(trees, members, name):
    encoded = trees.columns_.encode(X)
    alone = trees.blended(Blend.of({name: 1.0}, members, intercept=0.0))
    if name == "tree":
        want, (base, values) = trees.decision_function(X), trees.contributions(X)
    else:
        want, (base, values) = members[name].log_odds(encoded), members[name].contributions(encoded)
    np.testing.assert_array_equal(alone.decision_function(X), want)
    assert alone.base() == base
    np.testing.assert_allclose(alone.contributions(X)[1], values, rtol=0, atol=1e-12)


@pytest.mark.parametrize("weights", [(0.6, 0.3, 0.2), (0.0, 0.5, 0.5), (1.1, 0.0, 0.0)])
@pytest.mark.parametrize("rows", [40, 1200])
def test_contributions_and_the_members_parts_add_up_for_few_rows_and_many(
    trees, members, weights, rows
):
    named = dict(zip(("tree", "linear", "bgnbd"), weights, strict=True))
    model = trees.blended(Blend.of(named, members, intercept=0.4))
    some = pd.concat([X, X]).head(rows)
    base, values = model.contributions(some)
    log_odds = model.decision_function(some)
    np.testing.assert_allclose(base + values.sum(axis=1), log_odds, rtol=0, atol=1e-9)
    parts = list(model.member_contributions(some))
    assert len(parts) == len(trees.boosters_)
    np.testing.assert_allclose(sum(parts), values, rtol=0, atol=1e-9)
    told = explain(model, some)
    np.testing.assert_allclose(told.raw, log_odds, rtol=0, atol=1e-9)


@given(
    encoded=hnp.arrays(
        float,
        st.tuples(st.integers(1, 4), st.just(5)),
        elements=st.floats(allow_nan=True, allow_infinity=True),
    ),
    tree_base=st.floats(-5, 5),
)
@settings(deadline=None, max_examples=100)
def test_a_blend_adds_up_whatever_the_values(blend, encoded, tree_base):
    tree_values = np.linspace(-1, 1, encoded.size).reshape(encoded.shape)
    base, values = blend.contributions(tree_base, tree_values, encoded)
    log_odds = blend.log_odds(tree_base + tree_values.sum(axis=1), encoded)
    assert np.isfinite(log_odds).all()
    np.testing.assert_allclose(base + values.sum(axis=1), log_odds, rtol=0, atol=1e-9)


def test_the_level_brings_the_mean_probability_to_that_of_the_trees(trees, blend):
    encoded, log_odds = trees.columns_.encode(X), trees.decision_function(X)
    blended = blend.log_odds(log_odds, encoded) + blend.level(log_odds, encoded)
    assert expit(blended).mean() == pytest.approx(expit(log_odds).mean(), abs=1e-9)


def test_arrays_are_blended_as_frames_are():
    numbers = X[["purchase_days", "tenure_days", "recency_days"]].to_numpy()
    plain = LoyaltyClassifier(n_folds=2, n_estimators=5, num_threads=1).fit(numbers, Y)
    linear = QuantileLogistic(C=0.1).fit(numbers, Y)
    model = plain.blended(Blend.of({"tree": 0.5, "linear": 0.5}, {"linear": linear}, intercept=0))
    base, values = model.contributions(numbers)
    np.testing.assert_allclose(
        base + values.sum(axis=1), model.decision_function(numbers), rtol=0, atol=1e-9
    )


def test_blending_leaves_the_model_as_it_was_and_fitting_again_ends_it(trees, blended):
    assert trees.blend_ is None
    assert blended.blended(None).blend_ is None
    np.testing.assert_array_equal(
        blended.blended(None).decision_function(X), trees.decision_function(X)
    )
    again = trees.blended(blended.blend_).fit(X, Y)
    assert again.blend_ is None


def test_a_blend_of_other_columns_is_refused(trees, members):
    other = QuantileLogistic(C=0.1).fit(np.arange(120.0).reshape(60, 2), np.arange(60) % 2)
    wide = Blend.of({"linear": 1.0}, {"linear": other}, intercept=0.0)
    with pytest.raises(ModelError, match="linear reads 2 columns, the model has 5"):
        trees.blended(wide)
    shuffled = members["bgnbd"].model_copy(update={"positions": [0, 9, 2]})
    with pytest.raises(ModelError, match="bgnbd reads purchase_days, nothing, recency_days inste"):
        trees.blended(Blend.of({"bgnbd": 1.0}, {"bgnbd": shuffled}, intercept=0.0))


def test_a_weight_without_its_member_is_refused(members):
    with pytest.raises(ModelError, match=r"linear has weight 0\.5, but was not fitted"):
        Blend.of({"tree": 1.0, "linear": 0.5}, {}, intercept=0.0)
    with pytest.raises(ModelError, match="forest: no member of a blend"):
        Blend.of({"forest": 1.0}, {}, intercept=0.0)
    with pytest.raises(ValidationError, match="linear and its weight belong together"):
        Blend(intercept=0.0, tree=1.0, linear_weight=0.5)
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        Blend(intercept=0.0, tree=-0.1)
    without = Blend.of({"tree": 1.0, "linear": 0.0}, members, intercept=0.0)
    assert without.linear is None
    assert without.bgnbd is None


def test_a_saved_blend_scores_and_explains_the_same_to_the_bit(blended, tmp_path):
    bundle = Bundle(target="churn", model=blended)
    folder = bundle.save(tmp_path / "churn")
    assert (folder / "blend.json").exists()
    loaded = Bundle.load(folder)
    assert loaded.model.blend_ == blended.blend_
    assert loaded.fingerprint == bundle.fingerprint
    many = pd.concat([X, X])
    for rows in (X.head(30), many):
        np.testing.assert_array_equal(
            loaded.model.decision_function(rows), blended.decision_function(rows)
        )
        np.testing.assert_array_equal(
            loaded.model.contributions(rows)[1], blended.contributions(rows)[1]
        )
    assert loaded.model.base() == blended.base()


def test_a_blend_file_of_another_model_is_refused(trees, members, tmp_path):
    blend = Blend.of({"tree": 1.0, "linear": 0.5}, members, intercept=0.0)
    narrow = blend.model_copy(
        update={"linear": blend.linear.model_copy(update={"width": 6})}  # one column too many
    )
    model = trees.blended(blend)
    model.blend_ = narrow
    folder = Bundle(target="churn", model=model).save(tmp_path / "churn")
    with pytest.raises(BundleError, match=r"blend\.json: linear reads 6 columns, the model has 5"):
        Bundle.load(folder)


def test_a_blend_comes_back_through_json(blend):
    assert Blend.model_validate(json.loads(dump(blend.model_dump()))) == blend


def stacked(n=20_000, seed=0):
    """Two members that each know half of the truth, and one that knows nothing."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, 3))
    y = (rng.random(n) < expit(0.7 * z[:, 0] + 0.5 * z[:, 1] + 0.3)).astype(int)
    return z, y


def test_weights_are_found_and_what_knows_nothing_has_none():
    z, y = stacked()
    weights = fit_weights(z, y)
    np.testing.assert_allclose(weights[:2], [0.7, 0.5], atol=0.06)
    assert 0 <= weights[2] < 0.03


def test_a_member_that_misleads_gets_no_weight():
    z, y = stacked()
    z[:, 2] = -z[:, 0] + np.random.default_rng(1).normal(size=len(z))
    assert fit_weights(z, y)[2] == 0.0


def test_few_rows_stay_with_the_first_member():
    z, y = stacked(n=20, seed=3)
    few = fit_weights(z, y)
    many = fit_weights(*stacked(n=int(100 * RIDGE), seed=3))
    assert abs(few[0] - 1) < 0.3
    assert few[1] < 0.3 < many[1]


def test_few_rows_stay_with_the_weights_expected():
    z, y = stacked(n=20, seed=3)
    share = np.full(3, 1 / 3)
    np.testing.assert_allclose(fit_weights(z, y, expected=share), share, atol=0.25)
    many = fit_weights(*stacked(n=int(200 * RIDGE)), expected=share)
    np.testing.assert_allclose(many[:2], [0.7, 0.5], atol=0.12)


def test_a_customer_counts_once_however_many_rows():
    """Ten equal rows a customer are no more evidence than one."""
    z, y = stacked(n=60, seed=3)
    again = np.repeat(np.arange(60), 10)
    once = fit_weights(z, y, customers=np.arange(60))
    of_customers = fit_weights(z[again], y[again], customers=again)
    np.testing.assert_allclose(of_customers, once, atol=1e-5)
    as_rows = fit_weights(z[again], y[again])
    first_alone = np.array([1.0, 0.0, 0.0])
    assert np.abs(as_rows - first_alone).sum() > 1.5 * np.abs(once - first_alone).sum()


def test_a_moving_base_rate_does_not_pass_for_a_weight():
    """The second member only knows the cutoff, whose level the outcomes follow."""
    rng = np.random.default_rng(0)
    cutoff = np.repeat(np.arange(4), 3000)
    level = np.array([-1.0, -0.3, 0.4, 1.0])[cutoff]
    first = rng.normal(size=len(cutoff))
    y = (rng.random(len(cutoff)) < expit(first + level)).astype(int)
    members = np.column_stack([first, level])
    assert fit_weights(members, y, cutoff)[1] < 0.1
    assert fit_weights(members, y)[1] > 0.8


def test_every_cutoff_weighs_the_same():
    z, y = stacked(n=400)
    cutoff = np.repeat([0, 1], [100, 300])
    again = np.concatenate([np.arange(400), np.arange(100, 400)])  # the second cutoff twice over
    once = fit_weights(z, y, cutoff)
    twice = fit_weights(z[again], y[again], cutoff[again])
    np.testing.assert_allclose(twice, once, atol=0.15)


def test_what_weights_cannot_be_fitted_on_is_refused():
    with pytest.raises(ModelError, match="y holds one class only; weights need both"):
        fit_weights(np.zeros((5, 2)), np.ones(5))
    with pytest.raises(ModelError, match="a member's log-odds are not finite"):
        fit_weights(np.full((5, 2), np.nan), np.arange(5) % 2)

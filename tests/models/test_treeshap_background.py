"""Contributions relative to a background: against their definition and shap."""

from __future__ import annotations

import numpy as np
import pytest
from boosters import awkward_rows, expectation, shapley, train
from test_treeshap import data, explained

from treue.models.treeshap import Explainer, TreeShapError

WAYS = ["quadrature", "tables", "in turn"]


def test_contributions_are_the_shapley_values_relative_to_the_background() -> None:
    X, y = data(200, 4, 3)
    X[:, 3] = np.arange(200) % 6
    y += np.array([0.0, 2.0, -1.0, 0.5, 3.0, -2.0])[X[:, 3].astype(int)]
    booster = train(X, y, 2, num_leaves=8, categorical=[3])
    everything = frozenset(range(4))
    trees = [tree["tree_structure"] for tree in booster.dump_model()["tree_info"]]
    rows, background = awkward_rows(booster, 4, 8, 1), awkward_rows(booster, 4, 7, 2)

    def value(known: frozenset[int], x: np.ndarray) -> float:
        mixed = background.copy()
        mixed[:, list(known)] = x[list(known)]
        return float(np.mean([sum(expectation(t, b, everything) for t in trees) for b in mixed]))

    want = [shapley(lambda known, x=x: value(known, x), 4) for x in rows]
    for way in WAYS:
        got = explained(booster, rows, way, background=background)
        np.testing.assert_allclose(got, want, atol=1e-12)
    expected = Explainer(booster, background=background).expected_value
    assert expected == pytest.approx(value(frozenset(), rows[0]), abs=1e-12)


@pytest.mark.parametrize("columns", [6, 20])
def test_contributions_are_those_of_shap(columns: int) -> None:
    shap = pytest.importorskip("shap")
    random = np.random.default_rng(0)
    X = random.random((4000, columns)) < 0.8 if columns == 20 else random.normal(size=(4000, 6))
    X = X.astype(float)
    y = np.cumprod(X, axis=1).sum(axis=1) if columns == 20 else X[:, 0] * X[:, 1] + X[:, 2]
    booster = train(X, y, 10, num_leaves=25)
    reference = shap.TreeExplainer(booster, X[:60], feature_perturbation="interventional")
    want = reference.shap_values(X[100:160], check_additivity=False)
    explainer = Explainer(booster, background=X[:60]).prepare()
    assert explainer.expected_value == pytest.approx(reference.expected_value, abs=1e-9)
    for way in WAYS:
        got = explained(booster, X[100:160], way, background=X[:60])
        np.testing.assert_allclose(got, want, rtol=0, atol=1e-6)  # shap reckons in single precision
    raw = booster.predict(X[:200], raw_score=True)
    np.testing.assert_allclose(explainer.predict(X[:200]), raw, rtol=0, atol=1e-11)


def test_a_background_must_have_rows() -> None:
    X, y = data(100, 3, 0)
    with pytest.raises(TreeShapError, match="the background has no rows"):
        Explainer(train(X, y, 2), background=X[:0])
    with pytest.raises(TreeShapError, match="LightGBM explains without a background"):
        Explainer(train(X, y, 2), background=X, method="lightgbm")


def test_members_are_relative_to_the_same_background() -> None:
    boosters = [train(*data(300, 4, seed), 3) for seed in range(2)]
    X, _ = data(150, 4, 9)
    explainer = Explainer(boosters, background=X[:20], num_threads=1)
    values = list(explainer.member_values(X))
    np.testing.assert_allclose(np.mean(values, axis=0), explainer.shap_values(X), atol=1e-13)
    for booster, own in zip(boosters, values, strict=True):
        want = Explainer(booster, background=X[:20]).shap_values(X)
        np.testing.assert_allclose(own, want, rtol=0, atol=1e-13)

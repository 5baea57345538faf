"""Exact Shapley values of any booster: against shap, and against their definition."""

from __future__ import annotations

import warnings
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pytest
from boosters import awkward_rows, expectation, shapley, train
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_treeshap import WAYS, data, explained

from treue.models.treeshap import Explainer

shap = pytest.importorskip("shap")

Floats = npt.NDArray[np.float64]


@st.composite
def boosters(draw: st.DrawFn, *, tiny: bool = False) -> tuple[lgb.Booster, Floats]:
    """Return a booster, and rows of what it was trained on and of what it may meet."""
    seed = draw(st.integers(0, 10_000))
    columns = draw(st.integers(1, 4 if tiny else 6))
    n_categorical = draw(st.integers(0, min(2, columns)))
    random = np.random.default_rng(seed)
    X, y = data(60 if tiny else 300, columns, seed)
    X *= draw(st.sampled_from([1.0, 1e-35, 1e-3, 1e290]))  # the edge of zero; dumps end at 1e300
    for column in range(n_categorical):
        X[:, column] = random.integers(-2, 12, len(X))
        y += random.normal(size=14)[X[:, column].astype(int)]
    y *= draw(st.sampled_from([1.0, 1e-8, 1e8]))
    parameters: dict[str, Any] = {
        "max_depth": draw(st.integers(1, 12)),
        "num_leaves": draw(st.sampled_from([2, 4, 6] if tiny else [3, 12, 60])),
        "use_missing": draw(st.booleans()),
        "zero_as_missing": draw(st.booleans()),
        "max_cat_to_onehot": draw(st.sampled_from([1, 4, 20])),
        "min_gain_to_split": draw(st.sampled_from([0.0, 0.0, 0.0, 1e300])),  # no split at all
    }
    numeric = range(n_categorical, columns)
    if draw(st.booleans()) and not n_categorical:
        parameters["monotone_constraints"] = [draw(st.sampled_from([-1, 0, 1])) for _ in numeric]
    booster = train(
        X,
        y,
        draw(st.integers(1, 2 if tiny else 5)),
        categorical=list(range(n_categorical)),
        **parameters,
    )
    rows = 3 if tiny else 40
    return booster, np.vstack([X[:rows], awkward_rows(booster, columns, rows, seed)])


def size(booster: lgb.Booster) -> float:
    """Return the largest leaf, to which rounding is relative."""
    text = booster.model_to_string().split("\n")
    leaves = [line.partition("=")[2].split() for line in text if line.startswith("leaf_value=")]
    return max(abs(float(leaf)) for tree in leaves for leaf in tree) or 1.0


@given(boosters())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_booster_is_explained_as_shap_does(made: tuple[lgb.Booster, Floats]) -> None:
    booster, X = made
    reference = shap.TreeExplainer(booster)
    with warnings.catch_warnings(action="ignore"):
        want = reference.shap_values(X)
    for way in WAYS:
        got = explained(booster, X, way)
        assert got.shape == want.shape
        np.testing.assert_allclose(got / size(booster), want / size(booster), rtol=0, atol=1e-9)
    total = Explainer(booster).expected_value + got.sum(axis=1)
    raw = booster.predict(X, raw_score=True, num_threads=1)
    np.testing.assert_allclose(total / size(booster), raw / size(booster), rtol=0, atol=1e-9)


@given(boosters(tiny=True))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_tiny_booster_is_explained_by_the_definition(made: tuple[lgb.Booster, Floats]) -> None:
    booster, X = made
    trees = [tree["tree_structure"] for tree in booster.dump_model()["tree_info"]]
    want = [
        shapley(lambda known, x=x: sum(expectation(t, x, known) for t in trees), X.shape[1])
        for x in X
    ]
    for way in WAYS:
        got = explained(booster, X, way)
        np.testing.assert_allclose(
            got / size(booster), np.array(want) / size(booster), rtol=0, atol=1e-12
        )


@given(boosters(tiny=True))
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_tiny_booster_is_explained_relative_to_a_background(
    made: tuple[lgb.Booster, Floats],
) -> None:
    booster, X = made
    rows, background = X[::2], X[1::2]
    trees = [tree["tree_structure"] for tree in booster.dump_model()["tree_info"]]
    everything = frozenset(range(X.shape[1]))

    def value(known: frozenset[int], x: Floats) -> float:
        mixed = background.copy()
        mixed[:, list(known)] = x[list(known)]
        return float(np.mean([sum(expectation(t, b, everything) for t in trees) for b in mixed]))

    want = [shapley(lambda known, x=x: value(known, x), X.shape[1]) for x in rows]
    for way in WAYS:
        got = explained(booster, rows, way, background=background)
        np.testing.assert_allclose(
            got / size(booster), np.array(want) / size(booster), rtol=0, atol=1e-12
        )

"""Exact Shapley values: against LightGBM, shap and their definition."""

from __future__ import annotations

import subprocess
import sys
import warnings
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pytest
from boosters import awkward_rows, contrib, expectation, shapley, train
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from treue.models.treeshap import Explainer, TreeShapError
from treue.models.treeshap import explainer as explainer_module
from treue.models.treeshap.trees import read_model

Floats = npt.NDArray[np.float64]
WAYS = ["quadrature", "tables", "in turn"]


def explained(model: Any, X: Any, way: str, **options: Any) -> Floats:
    """Return contributions by one way, whichever would be the cheapest."""
    limit = 1 if way == "in turn" else 100_000_000
    method = "quadrature" if way == "quadrature" else "tables"
    return Explainer(
        model, memory_limit=limit, num_threads=1, method=method, **options
    ).shap_values(X)


def assert_like_lightgbm(booster: lgb.Booster, X: Floats) -> None:
    want = contrib(booster, X)
    scale = max(1.0, np.abs(want).max())
    raw = booster.predict(X, raw_score=True, num_threads=1)
    for way in WAYS:
        got = explained(booster, X, way)
        np.testing.assert_allclose(got, want[:, :-1], rtol=0, atol=1e-11 * scale, err_msg=way)
        total = Explainer(booster).expected_value + got.sum(axis=1)
        np.testing.assert_allclose(total, raw, rtol=0, atol=1e-11 * scale, err_msg=way)


def data(rows: int, columns: int, seed: int, *, missing: float = 0.2) -> tuple[Floats, Floats]:
    random = np.random.default_rng(seed)
    X = random.normal(size=(rows, columns))
    X[random.random(X.shape) < missing] = np.nan
    X[random.random(X.shape) < missing] = 0.0
    known = np.nan_to_num(X)
    y = known[:, 0] * known[:, 1 % columns] + np.sin(3 * known[:, 2 % columns]) + (X != X).sum(1)
    return X, y + 0.1 * random.normal(size=rows)


@given(
    seed=st.integers(0, 10_000),
    columns=st.integers(1, 8),
    leaves=st.sampled_from([2, 3, 7, 31, 90]),
    depth=st.integers(1, 12),
    rounds=st.integers(1, 6),
    use_missing=st.booleans(),
    zero_as_missing=st.booleans(),
    categories=st.integers(0, 2),
    max_bin=st.sampled_from([2, 15, 255, 400]),
)
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_booster_is_explained_as_lightgbm_does(
    seed: int,
    columns: int,
    leaves: int,
    depth: int,
    rounds: int,
    use_missing: bool,
    zero_as_missing: bool,
    categories: int,
    max_bin: int,
) -> None:
    X, y = data(300, columns, seed)
    random = np.random.default_rng(seed)
    categorical = list(range(min(categories, columns)))
    for column in categorical:
        X[:, column] = random.integers(-1, 40, len(X))
        y += random.normal(size=42)[X[:, column].astype(int)]
    booster = train(
        X,
        y,
        rounds,
        num_leaves=leaves,
        max_depth=depth,
        use_missing=use_missing,
        zero_as_missing=zero_as_missing,
        max_bin=max_bin,
        categorical=categorical,
        max_cat_to_onehot=1 + 4 * (seed % 2),
    )
    assert_like_lightgbm(booster, np.vstack([X[:40], awkward_rows(booster, columns, 120, seed)]))


@pytest.mark.parametrize("missing", ["none", "nan", "zero"])
def test_contributions_are_the_shapley_values_of_their_definition(missing: str) -> None:
    X, y = data(200, 4, 3)
    X[:, 3] = np.random.default_rng(0).integers(0, 6, len(X))
    y += np.array([0.0, 2.0, -1.0, 0.5, 3.0, -2.0])[X[:, 3].astype(int)]
    booster = train(
        X,
        y,
        2,
        num_leaves=8,
        use_missing=missing != "none",
        zero_as_missing=missing == "zero",
        categorical=[3],
    )
    trees = [tree["tree_structure"] for tree in booster.dump_model()["tree_info"]]
    rows = awkward_rows(booster, 4, 25, 1)
    want = [
        shapley(lambda known, x=x: sum(expectation(tree, x, known) for tree in trees), 4)
        for x in rows
    ]
    for way in WAYS:
        np.testing.assert_allclose(explained(booster, rows, way), want, atol=1e-12)


def test_a_column_asked_again_and_again_on_a_path_counts_once() -> None:
    X = np.random.default_rng(0).normal(size=(2000, 2))
    booster = train(X, np.sin(8 * X[:, 0]) + X[:, 1], 3, num_leaves=60, max_depth=12)
    assert_like_lightgbm(booster, awkward_rows(booster, 2, 200, 0))


def test_leaves_below_more_columns_than_a_table_may_ask() -> None:
    X = (np.random.default_rng(0).random((6000, 20)) < 0.8).astype(float)
    booster = train(X, np.cumprod(X, axis=1).sum(axis=1), 3, num_leaves=40)
    assert_like_lightgbm(booster, X[:300])


def test_a_tree_without_a_split_is_its_expected_value() -> None:
    X = np.zeros((50, 3))
    booster = train(X, np.arange(50.0), 4)
    assert_like_lightgbm(booster, X[:5])
    assert Explainer(booster).expected_value == pytest.approx(24.5)


def test_extreme_targets_keep_their_digits() -> None:
    X, y = data(300, 5, 1)
    assert_like_lightgbm(train(X, y * 1e8, 5), awkward_rows(train(X, y, 5), 5, 100, 2))
    assert_like_lightgbm(train(X, y * 1e-8, 5), X[:100])


def test_monotone_constraints_and_other_boosting_make_no_difference() -> None:
    X, y = data(400, 4, 5)
    constrained = train(X, y, 5, monotone_constraints=[1, -1, 0, 0])
    assert_like_lightgbm(constrained, awkward_rows(constrained, 4, 100, 5))
    for boosting in ("dart", "rf"):
        other = train(X, y, 5, boosting=boosting, bagging_freq=1, bagging_fraction=0.5)
        assert_like_lightgbm(other, X[:100])


def test_many_categories_with_many_codes() -> None:
    random = np.random.default_rng(0)
    X = np.column_stack([random.integers(0, 3000, 6000), random.normal(size=6000)])
    y = random.normal(size=3000)[X[:, 0].astype(int)] + X[:, 1]
    booster = train(
        X, y, 8, categorical=[0], max_bin=4000, max_cat_threshold=500, cat_l2=0.0, num_leaves=20
    )
    rows = X[:300].copy()
    rows[:8, 0] = [-1, 2999, 3000, 1e12, -1e12, np.nan, -0.7, 7.9]
    assert_like_lightgbm(booster, rows)


def test_linear_trees_are_refused() -> None:
    X, y = data(300, 3, 0, missing=0)
    with pytest.raises(TreeShapError, match=r"linear leaves .* train with linear_tree=false"):
        Explainer(train(X, y, 2, linear_tree=True))


def test_several_boosters_are_explained_as_their_mean() -> None:
    sets = [data(300, 5, seed) for seed in range(3)]
    boosters = [train(X, y, 4 + i) for i, (X, y) in enumerate(sets)]
    X = awkward_rows(boosters[0], 5, 200, 0)
    want = np.mean([contrib(booster, X) for booster in boosters], axis=0)
    for way in WAYS:
        np.testing.assert_allclose(explained(boosters, X, way), want[:, :-1], rtol=0, atol=1e-12)
    explainer = Explainer(boosters).prepare()
    assert explainer.expected_value == pytest.approx(want[0, -1], abs=1e-13)
    for booster, values, base in zip(
        boosters,
        explainer.member_values(X),
        explainer.expected_values_of_members,
        strict=True,
    ):
        np.testing.assert_allclose(values, contrib(booster, X)[:, :-1], rtol=0, atol=1e-12)
        assert base == pytest.approx(contrib(booster, X)[0, -1], abs=1e-13)


@pytest.mark.parametrize("options", [{}, {"memory_limit": 1}, {"method": "quadrature"}])
def test_sums_by_group_are_those_of_each_boosters_contributions(options: dict[str, Any]) -> None:
    sets = [data(300, 5, seed) for seed in range(2)]
    boosters = [train(X, y, 4 + i) for i, (X, y) in enumerate(sets)]
    X = awkward_rows(boosters[0], 5, 200, 0)
    group_of = np.array([2, 0, 2, 1, 0])
    explainer = Explainer(boosters, **options).prepare()
    values, sums = explainer.grouped(X, group_of)
    np.testing.assert_allclose(values, explainer.shap_values(X), rtol=0, atol=1e-12)
    assert sums.shape == (2, 3, len(X))
    for booster, found in zip(boosters, sums, strict=True):
        one = contrib(booster, X)[:, :-1]
        expected = [one[:, group_of == group].sum(axis=1) for group in range(3)]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    with pytest.raises(TreeShapError, match="4 groups for 5 columns"):
        explainer.grouped(X, group_of[:4])
    X, y = data(300, 5, 0)
    several = train(X, np.digitize(y, [-1, 1]), 2, objective="multiclass", num_class=3)
    with pytest.raises(TreeShapError, match="those of boosters with one output"):
        Explainer(several).grouped(X, group_of)


def test_boosters_that_do_not_fit_each_other_are_refused() -> None:
    X, y = data(200, 3, 0)
    with pytest.raises(TreeShapError, match="one booster has 3 columns, another 2"):
        Explainer([train(X, y, 1), train(X[:, :2], y, 1)]).prepare()
    X[:, 0] = np.arange(200) % 5
    y += np.array([0, 3, 1, -3, 2.0])[X[:, 0].astype(int)]
    with pytest.raises(TreeShapError, match="column 0 is numeric in one tree and categorical"):
        Explainer([train(X, y, 5), train(X, y, 5, categorical=[0])]).prepare()
    with pytest.raises(TreeShapError, match="no booster"):
        Explainer([])
    with pytest.raises(TreeShapError, match="not a complete LightGBM booster"):
        Explainer("tree\nversion=v4")


@pytest.mark.parametrize("objective", ["binary", "multiclass"])
def test_shape_and_sign_are_shaps(objective: str) -> None:
    shap = pytest.importorskip("shap")
    X, y = data(300, 4, 0)
    target = (y > np.median(y)).astype(int) + (y > np.quantile(y, 0.8)) * (objective != "binary")
    parameters = {"num_class": 3} if objective == "multiclass" else {}
    booster = train(X, target, 5, objective=objective, **parameters)
    reference = shap.TreeExplainer(booster)
    with warnings.catch_warnings(action="ignore"):
        want = reference.shap_values(X[:100])
    explainer = Explainer(booster).prepare()
    got = explainer.shap_values(X[:100])
    assert got.shape == want.shape
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-12)
    np.testing.assert_allclose(explainer.expected_value, reference.expected_value, atol=1e-13)
    raw = booster.predict(X[:100], raw_score=True)
    np.testing.assert_allclose(explainer.predict(X[:100]), raw, rtol=0, atol=1e-12)
    explanation = explainer.explanation(X[:10])
    assert explanation.shape == got[:10].shape
    assert explanation.feature_names == booster.feature_name()


def test_frames_of_any_kind_are_read_as_lightgbm_reads_them() -> None:
    X, y = data(300, 3, 0)
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    frame["d"] = pd.Categorical(np.array(["x", "y", "z", "u"])[np.arange(300) % 4])
    y += np.array([0.0, 4.0, -4.0, 1.0])[np.arange(300) % 4]
    booster = train(frame, y, 5)
    want = contrib(booster, frame)[:, :-1]
    assert np.abs(want[:, 3]).max() > 0.1
    unseen = frame.assign(d=frame["d"].cat.rename_categories({"z": "new"}))
    for way in WAYS:
        np.testing.assert_allclose(explained(booster, frame, way), want, atol=1e-12)
        arrow = explained(booster, pa.Table.from_pandas(frame, preserve_index=False), way)
        np.testing.assert_array_equal(arrow, explained(booster, frame, way))
        np.testing.assert_allclose(
            explained(booster, unseen, way), contrib(booster, unseen)[:, :-1], atol=1e-12
        )
    numbers = frame.drop(columns="d")
    booster = train(numbers, y, 5)
    want = explained(booster, X, "tables")
    for given_as in (
        numbers,
        numbers.convert_dtypes(),
        pa.Table.from_pandas(numbers, preserve_index=False),
        X.tolist(),
        np.asfortranarray(X),
    ):
        np.testing.assert_array_equal(explained(booster, given_as, "tables"), want)
    small = train(X.astype(np.float32), y, 5)
    got = explained(small, X.astype(np.float32), "tables")
    np.testing.assert_allclose(got, contrib(small, X.astype(np.float32))[:, :-1], atol=1e-12)


def test_data_that_do_not_fit_are_refused() -> None:
    X, y = data(100, 3, 0)
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    explainer = Explainer(train(frame, y, 2))
    for given_as, message in (
        (X[:, :2], "2 columns, the booster 3"),
        (X[0], "1 dimensions"),
        (frame[["b", "a", "c"]], "in another order"),
        (frame.astype({"a": "category"}), "1 categorical columns, the booster was trained on 0"),
        (frame.assign(b="x"), "column 'b' holds"),
        (pa.table({"a": ["x"], "b": [1.0], "c": [1.0]}), "column 'a' holds string"),
        ([["x", "y", "z"]], "no numbers"),
    ):
        with pytest.raises(TreeShapError, match=message):
            explainer.shap_values(given_as)
    assert explainer.shap_values(X[:0]).shape == (0, 3)
    assert explainer.prepare().shap_values(X[:0]).shape == (0, 3)


def test_threads_blocks_and_their_borders_change_nothing() -> None:
    X, y = data(20_000, 4, 0)
    booster = train(X, y, 5)
    whole = explained(booster, X, "tables")
    for limit in (1, 100_000_000):
        explainer = Explainer(booster, num_threads=3, memory_limit=limit).prepare()
        np.testing.assert_array_equal(explainer.shap_values(X), whole)
    np.testing.assert_allclose(whole, contrib(booster, X)[:, :-1], rtol=0, atol=1e-11)
    few = explained(booster, X[:3], "tables")
    np.testing.assert_array_equal(few, whole[:3])


def test_the_way_follows_from_the_rows() -> None:
    X, y = data(500, 5, 0)
    explainer = Explainer(train(X, y, 60, num_leaves=31), num_threads=1)
    assert explainer.method(1) == "lightgbm"
    assert explainer.method(200_000) == "tables"
    assert explainer.prepare().method(1) == "tables"
    assert Explainer(train(X, y, 2), background=X[:5]).method(1) != "lightgbm"


def test_no_more_is_read_of_a_booster_than_few_rows_need(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = data(300, 4, 0)
    booster, read = train(X, y, 40), []
    monkeypatch.setattr(
        explainer_module, "read_model", lambda text: read.append(text) or read_model(text)
    )
    explainer = Explainer(booster)
    np.testing.assert_array_equal(explainer.shap_values(X[:2]), contrib(booster, X[:2])[:, :-1])
    assert not read
    explainer.prepare()
    assert [len(read_model(text).trees) for text in read] == [40]
    assert explainer.expected_value == Explainer(booster).expected_value


def test_neither_import_nor_few_rows_load_numba_or_shap() -> None:
    X, y = data(200, 3, 0)
    text = train(X, y, 2).model_to_string()
    code = (
        "import sys; from treue.models.treeshap import Explainer\n"
        "assert 'lightgbm' not in sys.modules\n"
        "values = Explainer(sys.stdin.read()).shap_values([[0.1, 0.2, 0.3]])\n"
        "assert values.shape == (1, 3)\n"
        "assert 'numba' not in sys.modules and 'shap' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], input=text, text=True, check=True)

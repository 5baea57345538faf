"""Boosters on random data, and the slow obvious way to explain them."""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

ZERO = 1.0000000180025095e-35  # LightGBM's


def train(X: Any, y: Any, rounds: int, **parameters: Any) -> lgb.Booster:
    """Return a booster with few guards against overfitting."""
    categorical = parameters.pop("categorical", "auto")
    settings = {
        "objective": "regression",
        "min_data_in_leaf": 1,
        "min_data_per_group": 1,
        "cat_smooth": 0.0,
        "min_sum_hessian_in_leaf": 0.0,
        "min_data_in_bin": 1,
        "verbosity": -1,
        "num_threads": 1,
        "seed": 1,
        **parameters,
    }
    data = lgb.Dataset(X, y, categorical_feature=categorical, params=settings)
    return lgb.train(settings, data, rounds)


def awkward_rows(booster: lgb.Booster, columns: int, rows: int, seed: int) -> Floats:
    """Return rows of what a model may meet: NaN, ±inf, zeros, values at thresholds, tiny, huge."""
    random = np.random.default_rng(seed)
    pool = [np.nan, np.inf, -np.inf, 0.0, -0.0, ZERO, -ZERO, np.nextafter(ZERO, 1), 1e-36, -1e-34]
    pool += [1e300, -1e300, -1.0, -0.5, 0.5, 3.0, 3.7, 1e6, 2.0**31, -(2.0**40), 255.0, 256.0]
    for tree in booster.dump_model()["tree_info"]:
        for split in splits(tree["tree_structure"]):
            if isinstance(split["threshold"], float):
                at = split["threshold"]
                pool += [at, np.nextafter(at, np.inf), np.nextafter(at, -np.inf)]
    X = random.choice(np.array(pool), (rows, columns))
    usual = random.random((rows, columns)) < 0.3
    X[usual] = random.normal(size=usual.sum())
    return X


def splits(node: dict[str, Any]) -> list[dict[str, Any]]:
    """Return all splits at and below a node of `Booster.dump_model`."""
    if "split_feature" not in node:
        return []
    return [node, *splits(node["left_child"]), *splits(node["right_child"])]


def contrib(booster: lgb.Booster, X: Any) -> Floats:
    """Return LightGBM's own contributions, the expected value last."""
    return booster.predict(X, pred_contrib=True, num_threads=1)


def goes_left(node: dict[str, Any], x: float) -> bool:
    """Return LightGBM's decision, written down once more."""
    if node["decision_type"] == "==":
        known = not math.isnan(x) and -1 < x < 2**31
        return known and str(int(x)) in str(node["threshold"]).split("||")
    missing = node["missing_type"]
    if math.isnan(x) and missing != "NaN":
        x = 0.0
    if abs(x) <= ZERO:
        x = 0.0
    if (missing == "Zero" and x == 0.0) or (missing == "NaN" and math.isnan(x)):
        return bool(node["default_left"])
    return x <= node["threshold"]


def expectation(node: dict[str, Any], x: Floats, known: frozenset[int]) -> float:
    """Return a tree's value where only some columns are known; the rest falls as in training."""
    if "split_feature" not in node:
        return float(node["leaf_value"])
    left, right = node["left_child"], node["right_child"]
    if node["split_feature"] in known:
        return expectation(left if goes_left(node, x[node["split_feature"]]) else right, x, known)
    shares = [child.get("internal_count", child.get("leaf_count")) for child in (left, right)]
    parts = [expectation(child, x, known) for child in (left, right)]
    return float(np.average(parts, weights=shares))


def shapley(value: Any, columns: int) -> Floats:
    """Return Shapley values of a game that gives a set of columns a number: by their definition."""
    phi = np.zeros(columns)
    for j in range(columns):
        others = [k for k in range(columns) if k != j]
        for size in range(columns):
            weight = 1 / (columns * math.comb(columns - 1, size))
            for subset in combinations(others, size):
                known = frozenset(subset)
                phi[j] += weight * (value(known | {j}) - value(known))
    return phi

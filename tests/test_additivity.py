"""Contributions add up, over random companies with every family of features."""

from __future__ import annotations

from datetime import datetime

import companies
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from treue.features.catalogue import FAMILIES, describe
from treue.features.panel import build_panel, feature_columns
from treue.features.tables import Tables
from treue.models.classifier import LoyaltyClassifier
from treue.models.explain import explain

CUTOFFS = [datetime(2020, month, 1) for month in (7, 9, 11)] + [datetime(2021, 2, 1)]


@given(seed=st.integers(0, 10_000), late=st.booleans())
@settings(max_examples=4, deadline=None, derandomize=True)
def test_base_plus_contributions_is_the_score_in_log_odds_points_and_families(
    seed: int, late: bool
) -> None:
    tables = Tables.from_frames(
        companies.random_company(seed, late=late),
        observed_until=companies.END,
        attributes=companies.ATTRIBUTES,
    )
    panel = build_panel(tables, CUTOFFS, horizon=120, lookback=300)
    names = feature_columns(panel)
    outcome = (panel["orders_365"] + np.arange(len(panel)) % 3 > 3).astype(int)
    model = LoyaltyClassifier(
        n_folds=2, n_estimators=20, min_child_samples=3, lambda_l2=0.1, num_threads=1
    ).fit(panel[names], outcome, groups=panel["customer_id"])
    families = {name: describe(name).family for name in names}
    found = explain(model, panel[names], families=families)

    raw = model.decision_function(panel[names])
    probability = model.predict_proba(panel[names])[:, 1]
    assert np.ptp(raw) > 0.1
    assert set(families.values()) == {family.name for family in FAMILIES} | {"calendar"}
    np.testing.assert_allclose(found.base + found.contributions.sum(axis=1), raw, atol=1e-10)
    np.testing.assert_allclose(
        100 * found.base_probability + found.points.sum(axis=1), 100 * probability, atol=1e-9
    )
    contributions, points = found.by_family()
    np.testing.assert_allclose(found.base + contributions.sum(axis=1), raw, atol=1e-10)
    np.testing.assert_allclose(points.sum(axis=1), found.points.sum(axis=1), atol=1e-9)

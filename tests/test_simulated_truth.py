"""On a simulated company the models and explanations find what is known to be true.

Small, so with wide margins; tests/benchmarks/simulated.py measures it at 20,000 customers.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit
from sklearn.metrics import log_loss

from treue.features.panel import build_panel, feature_columns
from treue.features.simulate import KNOWN_DRIVERS, NOISE, Simulation, simulate
from treue.models.classifier import LoyaltyClassifier
from treue.models.curve_fit import fit_curve
from treue.models.explain import Explanation, explain

CUTOFF = datetime(2024, 9, 2)
TRAINING = [datetime(2023, 6, 1), datetime(2023, 10, 1), datetime(2024, 2, 1), datetime(2024, 5, 1)]
HORIZON = 90


@pytest.fixture(scope="module")
def company() -> Simulation:
    return simulate(3000, seed=5)


@pytest.fixture(scope="module")
def panel(company: Simulation) -> pd.DataFrame:
    return build_panel(company.tables, [*TRAINING, CUTOFF], horizon=HORIZON)


@pytest.fixture(scope="module")
def model(panel: pd.DataFrame) -> LoyaltyClassifier:
    training = panel[panel["cutoff"] < CUTOFF]
    return LoyaltyClassifier(n_folds=3).fit(
        training[feature_columns(panel)], training["churned"], groups=training["customer_id"]
    )


@pytest.fixture(scope="module")
def explained(panel: pd.DataFrame, model: LoyaltyClassifier) -> tuple[pd.DataFrame, Explanation]:
    rows = panel[panel["cutoff"] == CUTOFF].head(1200)
    return rows, explain(model, rows)


def test_known_drivers_are_among_the_top_features_with_the_right_sign(
    explained: tuple[pd.DataFrame, Explanation],
) -> None:
    rows, found = explained
    names = list(found.feature_names)
    sizes = pd.Series(np.abs(found.contributions).mean(axis=0), names)
    top = sizes.nlargest(25).index
    strongest = ["quotes_lost_90", "complaint_open_days", "complaints_open", "expected_margin_year"]
    assert set(strongest) <= set(top)
    for name in set(KNOWN_DRIVERS) & set(top):
        effect = pd.Series(found.contributions[:, names.index(name)])
        correlation = rows[name].reset_index(drop=True).corr(effect, method="spearman")
        assert np.sign(correlation) == KNOWN_DRIVERS[name], name


def test_noise_is_no_top_feature(explained: tuple[pd.DataFrame, Explanation]) -> None:
    _, found = explained
    sizes = pd.Series(np.abs(found.contributions).mean(axis=0), found.feature_names)
    assert not {f"attribute_{name}" for name in NOISE} & set(sizes.nlargest(20).index)


def test_the_model_comes_near_the_true_probability(
    company: Simulation, panel: pd.DataFrame, model: LoyaltyClassifier
) -> None:
    rows = panel[panel["cutoff"] == CUTOFF]
    truth = company.true_churn_probability(CUTOFF, horizon=HORIZON)
    oracle = log_loss(rows["churned"], truth.reindex(rows["customer_id"]))
    base = log_loss(rows["churned"], np.full(len(rows), rows["churned"].mean()))
    found = log_loss(rows["churned"], model.predict_proba(rows)[:, 1])
    assert found < 1.1 * oracle
    assert (base - found) > 0.6 * (base - oracle)


def test_the_curve_comes_near_the_true_probabilities_of_other_horizons(
    company: Simulation, panel: pd.DataFrame, model: LoyaltyClassifier
) -> None:
    training = panel[panel["cutoff"] < CUTOFF]
    curve = fit_curve(
        training,
        logit(model.oof_probability_),
        event="buys_again",
        after="churned_after",
        anchor_days=HORIZON,
        smallest=50,
    )
    assert curve.days == [30, 60, 90, 180, 365]
    rows = panel[panel["cutoff"] == CUTOFF]
    found = curve.within(model.decision_function(rows), rows)
    assert (np.diff(found, axis=1) >= 0).all()
    np.testing.assert_allclose(found[:, 2], model.predict_proba(rows)[:, 0], atol=1e-12)
    for days, column in zip(curve.days[:2], found.T, strict=False):
        truth = 1 - company.true_churn_probability(CUTOFF, horizon=days)
        truth = truth.reindex(rows["customer_id"]).to_numpy()
        error = np.abs(column - truth).mean()
        assert error < 0.6 * np.abs(truth - truth.mean()).mean(), days
        for part in np.array_split(np.argsort(column), 5):
            assert abs(column[part].mean() - truth[part].mean()) < 0.08, days

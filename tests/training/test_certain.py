"""What a trained model says of how sure it is."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from treue.models.classifier import LoyaltyClassifier
from treue.training.certain import certainty_of
from treue.training.config import Config

NAMES = ["orders_90", "recency_days"]


@pytest.fixture(scope="module")
def panel():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "customer_id": np.tile([f"C{i}" for i in range(150)], 4),
            "cutoff": np.repeat([datetime(2024, month, 1) for month in (1, 4, 7, 10)], 150),
            "orders_90": rng.poisson(2, 600).astype(float),
            "recency_days": rng.uniform(0, 365, 600),
        },
        index=np.arange(600) + 1000,
    )
    chance = 1 / (1 + np.exp(1 - frame["recency_days"] / 150 + 0.5 * frame["orders_90"]))
    return frame.assign(churned=(rng.random(600) < chance).astype(int))


@pytest.fixture(scope="module")
def model(panel):
    return LoyaltyClassifier(n_folds=2, n_estimators=40).fit(
        panel[NAMES], panel["churned"], groups=panel["customer_id"]
    )


def certain(model, panel, **options):
    label = panel["churned"].to_numpy()
    return certainty_of(model, panel, NAMES, label, config=Config(), **options)


def test_a_rolling_backtest_teaches_the_drift(model, panel):
    rows = np.arange(300, 600)
    forward = pd.DataFrame(
        {
            "cutoff": panel["cutoff"].to_numpy()[rows],
            "outcome": panel["churned"].to_numpy()[rows],
            "log_odds": model.decision_function(panel.iloc[rows]) - 1.5,
        },
        index=rows,
    )
    found = certain(model, panel, forward=forward)
    assert found.cutoffs == 2
    assert found.drift == pytest.approx(1.05, abs=0.25)  # half of it is the prior


def test_without_one_the_drift_is_the_prior_and_without_cutoffs_there_is_none(model, panel):
    young = certain(model, panel)
    assert (young.cutoffs, young.drift) == (0, pytest.approx(0.15))
    assert certain(model, panel.drop(columns="cutoff")).drift == 0.0

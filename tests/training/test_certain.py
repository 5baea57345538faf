"""What a trained model says of how sure it is."""

import json
from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from treue.models.bundle import Bundle
from treue.models.classifier import LoyaltyClassifier
from treue.training.certain import Sureness, certain_section, certainty_of, sureness_of
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


def test_intervals_are_judged_on_groups_of_held_out_customers(model, panel):
    bundle = Bundle(target="churn", model=model, certainty=certain(model, panel))
    p = model.predict_proba(panel[NAMES])[:, 1]
    told = sureness_of(bundle, panel, panel["churned"], p)
    assert told is not None
    assert told.groups == 32  # eight groups at each of four cutoffs
    assert told.coverage > 0.9  # trained on these rows
    assert 0.1 < told.width < 0.5
    assert told.unlike <= 0.01
    far = sureness_of(bundle, panel, 1 - panel["churned"], p)
    assert far is not None
    assert far.coverage < 0.9
    assert sureness_of(Bundle(target="churn", model=model), panel, panel["churned"], p) is None


def test_the_card_says_what_an_interval_states_and_whether_it_held():
    told = Sureness(0.9, 100, 0.875, 16, 0.21, 0.012, 4)
    text = "\n".join(certain_section(told, "referral"))
    assert "of 100 customers like this one" in text
    assert "recommend, in 90% of such groups" in text
    assert "from 4 earlier cutoffs" in text
    assert "88% of 16 groups lay in their interval; mean width 21 percentage points" in text
    assert "1.2% of the held-out customers are unlike" in text
    assert certain_section(None, "churn") == []
    assert "No earlier cutoffs" in certain_section(Sureness(0.9, 100, 1, 2, 0.2, 0, 0), "churn")[1]
    without = Sureness(0.9, 100, float("nan"), 0, 0.2, 0, 0)
    assert "– of 0 groups" in certain_section(without, "churn")[2]
    assert without.metrics()["interval_groups"] == 0
    assert without.as_dict()["coverage"] is None
    json.dumps(without.as_dict(), allow_nan=False)

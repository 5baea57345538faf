"""Half of the recommendations missing by chance: order and corrected mean hold."""

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from treue.features.contacts import CONTACTS
from treue.features.panel import build_panel, feature_columns
from treue.features.referrals import REFERRALS
from treue.features.simulate import simulate
from treue.models.classifier import LoyaltyClassifier
from treue.models.metrics import auroc
from treue.models.recorded import recorded_or_not

LEARN = [datetime(2023, 2, 1), datetime(2023, 6, 1)]
JUDGE = datetime(2023, 10, 1)


def panel(recorded: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    company = simulate(2200, seed=8, months=24, recorded=recorded)
    rows = build_panel(company.tables, [*LEARN, JUDGE], horizon=90, families=[REFERRALS, CONTACTS])
    return rows[rows["cutoff"] < JUDGE], rows[rows["cutoff"] == JUDGE]


def probabilities(training: pd.DataFrame, asked: pd.DataFrame) -> np.ndarray:
    names = feature_columns(training)
    model = LoyaltyClassifier(n_folds=2, n_estimators=60, min_child_samples=50, num_threads=1)
    model.fit(training[names], training["referred"], groups=training["customer_id"])
    return model.predict_proba(asked[names])[:, 1]


@pytest.fixture(scope="module")
def judged() -> dict[str, Any]:
    (training, asked), (half, half_asked) = panel(1.0), panel(0.5)
    return {
        "outcome": asked["referred"].to_numpy(),
        "share": half["referred"].sum() / training["referred"].sum(),
        "all": probabilities(training, asked),
        "half": probabilities(half, half_asked),
    }


def test_more_than_half_of_those_who_recommend_are_on_record(judged: dict[str, Any]) -> None:
    assert 0.52 < judged["share"] < 0.68  # who recommends twice has two chances


def test_the_mean_of_all_is_that_of_the_recorded_over_the_share(judged: dict[str, Any]) -> None:
    rate = judged["outcome"].mean()
    noise = 3 * np.sqrt(rate * (1 - rate) / len(judged["outcome"]))
    assert judged["half"].mean() < rate - noise
    assert abs(recorded_or_not(judged["half"], judged["share"]).mean() - rate) < noise


def test_the_order_is_worse_by_no_more_than_noise(judged: dict[str, Any]) -> None:
    whole, half = (auroc(judged["outcome"], judged[name]) for name in ("all", "half"))
    assert whole > 0.57
    assert half > whole - 0.05

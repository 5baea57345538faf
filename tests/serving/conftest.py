"""A small simulated company and two small models of it, made once a test process."""

import tomllib
from datetime import datetime

import pytest

from treue.features.catalogue import FAMILIES, describe
from treue.features.panel import build_panel, feature_columns, monthly_cutoffs
from treue.features.simulate import simulate
from treue.models.bundle import Bundle
from treue.models.classifier import LoyaltyClassifier
from treue.serving.predict import Predictor

CONFIG = """\
language = "de"
currency = "EUR"

[features]
leave_out = ["negotiations", "referrals", "payments", "contracts"]
families = []

[label]
churn = "inactivity"
horizon_days = 90
lookback_days = 180
decline_share = 0.5
referral = "made"
"""
"""Families are left out, so that scoring is seen to leave out the same."""

CUTOFF = datetime(2023, 7, 1)


@pytest.fixture(scope="session")
def tables():
    return simulate(150, seed=3, months=18).tables


@pytest.fixture(scope="session")
def bundles(tables):
    left_out = tomllib.loads(CONFIG)["features"]["leave_out"]
    families = [family for family in FAMILIES if family.name not in left_out]
    cutoffs = monthly_cutoffs(datetime(2022, 9, 1), datetime(2023, 3, 1), every_months=3)
    panel = build_panel(tables, cutoffs, horizon=90, lookback=180, families=families)
    names = feature_columns(panel)
    found = {}
    for target, label in (("churn", "churned"), ("referral", "referred")):
        model = LoyaltyClassifier(n_folds=2, n_estimators=8, min_child_samples=10, num_threads=1)
        model.fit(panel[names], panel[label], groups=panel["customer_id"])
        found[target] = Bundle(
            target=target,
            model=model,
            config_toml=CONFIG,
            families={name: describe(name).family for name in names},
        )
    return found


@pytest.fixture(scope="session")
def panel(bundles, tables):
    return Predictor(bundles["churn"]).build_panel(tables, CUTOFF)


@pytest.fixture
def predictors(bundles):
    return {target: Predictor(bundle) for target, bundle in bundles.items()}

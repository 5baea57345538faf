"""Which models get a curve, and of what."""

from types import SimpleNamespace

import numpy as np
import pytest

from treue.features.panel import feature_columns
from treue.training.config import Config
from treue.training.curve import curve_of
from treue.training.fit import fit


@pytest.fixture(scope="module")
def labelled(panel):
    after = np.random.default_rng(0).uniform(0.5, 300, (2, len(panel)))
    return panel.assign(churned_after=after[0], referred_after=after[1])


@pytest.fixture(scope="module")
def model(panel):
    return SimpleNamespace(oof_probability_=np.linspace(0, 1, len(panel)))


@pytest.mark.parametrize(
    ("target", "churn", "event"),
    [
        ("churn", "inactivity", "buys_again"),
        ("churn", "contract", "has_left"),
        ("churn", "decline", None),
        ("referral", "inactivity", "has_recommended"),
        ("referral", "decline", "has_recommended"),
    ],
)
def test_the_event_follows_from_the_label(labelled, model, target, churn, event):
    config = Config.model_validate({"label": {"churn": churn, "horizon_days": 90}})
    found = curve_of(labelled, target, model, config=config)
    assert (found.event if found else None) == event
    if found:
        assert found.anchor_days == 90
        assert set(found.days) >= {30, 60, 90}


@pytest.mark.parametrize("missing", ["cutoff", "churned_after"])
def test_a_panel_that_does_not_say_when_has_no_curve(labelled, model, missing):
    assert curve_of(labelled.drop(columns=missing), "churn", model, config=Config()) is None


def test_days_are_no_features(labelled, quick):
    assert not {"churned_after", "referred_after"} & set(feature_columns(labelled))
    bundle = fit(labelled, "churn", config=quick)
    assert not {"churned_after", "referred_after"} & set(bundle.model.columns_.names)
    assert bundle.curve is not None
    without = labelled.drop(columns=["churned_after", "referred_after"])
    np.testing.assert_array_equal(
        bundle.model.decision_function(labelled), bundle.model.decision_function(without)
    )

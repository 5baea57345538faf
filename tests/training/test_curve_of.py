"""Which models get a curve, and of what."""

import numpy as np
import pytest

from treue.features.panel import feature_columns
from treue.training.config import Config
from treue.training.curve import JUDGED, curve_of, judge_curve
from treue.training.curve_report import curve_section
from treue.training.fit import fit


@pytest.fixture(scope="module")
def labelled(panel):
    after = np.random.default_rng(0).uniform(0.5, 300, (2, len(panel)))
    return panel.assign(churned_after=after[0], referred_after=after[1])


@pytest.fixture(scope="module")
def log_odds(panel):
    return np.linspace(-3, 3, len(panel))


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
def test_the_event_follows_from_the_label(labelled, log_odds, target, churn, event):
    config = Config.model_validate({"label": {"churn": churn, "horizon_days": 90}})
    found = curve_of(labelled, target, log_odds, config=config)
    assert (found.event if found else None) == event
    if found:
        assert found.anchor_days == 90
        assert set(found.days) >= {30, 60, 90}


@pytest.mark.parametrize("missing", ["cutoff", "churned_after"])
def test_a_panel_that_does_not_say_when_has_no_curve(labelled, log_odds, missing):
    assert curve_of(labelled.drop(columns=missing), "churn", log_odds, config=Config()) is None


def test_days_are_no_features(labelled, quick):
    assert not {"churned_after", "referred_after"} & set(feature_columns(labelled))
    bundle = fit(labelled, "churn", config=quick)
    assert not {"churned_after", "referred_after"} & set(bundle.model.columns_.names)
    assert bundle.curve is not None
    without = labelled.drop(columns=["churned_after", "referred_after"])
    np.testing.assert_array_equal(
        bundle.model.decision_function(labelled), bundle.model.decision_function(without)
    )


def test_each_horizon_is_judged_on_the_held_out_rows_whose_outcome_was_known(labelled, quick):
    bundle = fit(labelled, "churn", config=quick)
    judged = judge_curve(bundle, labelled)
    assert list(judged) == list(JUDGED)
    assert judged["days"].tolist() == bundle.curve.days
    cutoffs = np.sort(labelled["cutoff"].unique())
    known_until = cutoffs[-1] + np.timedelta64(bundle.curve.anchor_days, "D")
    for row in judged.itertuples():
        known = labelled["cutoff"] + np.timedelta64(row.days, "D") <= known_until
        assert row.rows == known.sum()
        assert row.happened == pytest.approx((labelled["churned_after"][known] <= row.days).mean())
    at_anchor = judged.set_index("days").loc[bundle.curve.anchor_days]
    stayed = 1 - bundle.model.predict_proba(labelled)[:, 1]
    assert at_anchor["predicted"] == pytest.approx(stayed.mean())
    only = labelled[labelled["cutoff"] == cutoffs[-1]]
    assert judge_curve(bundle, only)["days"].max() == bundle.curve.anchor_days
    assert judge_curve(bundle, labelled.drop(columns="churned_after")).empty


def test_the_card_says_what_the_curve_is_of_and_what_it_does_not_tell(labelled, quick):
    bundle = fit(labelled, "churn", config=quick)
    told = "\n".join(curve_section(bundle, judge_curve(bundle, labelled), quick))
    assert "customer buys again within so many days" in told
    assert "| 30 days | " in told
    bundle.curve.points.pop()
    assert "Not told for 180, 365 days" in "\n".join(
        curve_section(bundle, judge_curve(bundle, labelled)[:0], quick)
    )
    bundle.curve = None
    assert curve_section(bundle, judge_curve(bundle, labelled), quick) == []
    label = quick.label.model_copy(update={"churn": "decline"})
    decline = quick.model_copy(update={"label": label})
    assert "shares of the spend" in curve_section(bundle, judge_curve(bundle, labelled), decline)[1]

"""A bundle from any panel: which columns, which labels, and when it is refused."""

import numpy as np
import pandas as pd
import pytest

from treue.features.errors import TreueError
from treue.training.config import parse_config
from treue.training.fit import (
    check_enough,
    code_version,
    columns_damped,
    columns_left_out,
    fit,
    label_of,
)


@pytest.fixture(scope="module")
def bundle(panel, quick):
    return fit(panel, "churn", config=quick)


def test_a_bundle_says_what_it_was_made_of(bundle, quick):
    assert bundle.target == "churn"
    assert parse_config(bundle.config_toml) == quick
    made = bundle.provenance
    assert (made["rows"], made["customers"]) == (1400, 200)
    assert made["train_cutoffs"][0] == "2024-01-01T00:00:00"
    assert made["train_cutoffs"][-1] == "2024-07-01T00:00:00"
    assert made["horizon_days"] == 60
    assert made["versions"]["lightgbm"]
    assert made["code_version"] == code_version()


def test_constant_columns_are_left_out_and_named(bundle):
    assert "always_the_same" not in bundle.model.columns_.names
    assert bundle.provenance["columns_left_out"]["always_the_same"] == "constant"


def test_calendar_features_need_labels_that_cover_a_year(panel):
    seven_months = columns_left_out(panel, horizon_days=60)
    assert seven_months["calendar_sin"] == "labels cover 242 days, under a year"
    assert "calendar_cos" in seven_months
    assert "calendar_sin" not in columns_left_out(panel, horizon_days=183)  # 182 + 183 = 365
    assert "calendar_sin" in columns_left_out(panel, horizon_days=182)


def test_a_season_seen_once_is_damped_and_seen_twice_is_not(panel):
    names = ["recency_days", "calendar_sin", "calendar_cos"]
    once = columns_damped(panel, names, horizon_days=300)  # 182 + 300 days
    assert set(once) == {"calendar_sin", "calendar_cos"}
    assert "labels cover 482 days, under two years" in once["calendar_sin"]
    assert columns_damped(panel, names, horizon_days=548) == {}  # 182 + 548 = 730
    assert columns_damped(panel.drop(columns="cutoff"), names, horizon_days=300) == {}


def test_only_every_other_member_uses_a_damped_column(panel, quick):
    year = quick.model_copy(update={"label": quick.label.model_copy(update={"horizon_days": 183})})
    season = panel.assign(calendar_sin=panel["churned"] + 0.1 * panel["calendar_sin"])
    bundle = fit(season, "churn", config=year)
    used = [
        booster.feature_importance()[bundle.model.columns_.names.index("calendar_sin")]
        for booster in bundle.model.boosters_
    ]
    assert all(used[::2])
    assert not any(used[1::2])
    assert "calendar_sin" in bundle.provenance["columns_damped"]


def test_families_come_from_the_catalogue_or_from_the_caller(panel, quick, bundle):
    assert bundle.families["recency_days"] == "purchases"
    assert bundle.families["attribute_region"] == "other"
    own = fit(panel, "churn", config=quick, families={"attribute_region": "customer"})
    assert own.families["attribute_region"] == "customer"


def test_a_panel_without_cutoffs_is_fitted_too(panel_without_cutoffs, quick):
    bundle = fit(panel_without_cutoffs, "referral", config=quick)
    assert bundle.provenance["train_cutoffs"] == []
    assert bundle.provenance["horizon_days"] is None
    assert "calendar_sin" in bundle.model.columns_.names


def test_the_callers_panel_stays_as_it_was(panel, quick):
    before = panel.copy()
    fit(panel, "churn", config=quick)
    pd.testing.assert_frame_equal(panel, before)


def test_too_few_leavers_are_refused_with_their_number(panel, quick):
    few = panel.assign(churned=(panel["customer_id"] < "C0003").astype("int8"))
    with pytest.raises(
        TreueError, match=r"churn: 3 customers who left among 200 .* 20 are needed; bring a longer"
    ):
        fit(few, "churn", config=quick)


def test_too_few_who_stay_are_refused_with_their_number(panel, quick):
    few = panel.assign(referred=(panel["customer_id"] > "C0004").astype("int8"))
    with pytest.raises(TreueError, match="referral: 5 customers who did not recommend"):
        fit(few, "referral", config=quick)


def test_too_few_leavers_among_the_held_out_are_refused_with_the_cutoff(panel):
    held_out = panel[panel["cutoff"] == panel["cutoff"].max()]
    few = held_out.assign(churned=(held_out["customer_id"] < "C0002").astype("int8"))
    with pytest.raises(
        TreueError,
        match=r"churn: 2 customers who left among 200 held out at 2024-07-01, 20 are needed to "
        r"judge a model .*check that data.observed_until .* and the settings in \[label\]",
    ):
        check_enough(few, "churn", smallest=20, held_out=True)
    check_enough(few, "churn", smallest=2, held_out=True)


def test_held_out_customers_of_a_panel_without_cutoffs_may_be_too_few(panel_without_cutoffs):
    few = panel_without_cutoffs.assign(referred=0)
    with pytest.raises(
        TreueError,
        match=r"0 customers who recommended among 600 held out, 20 .* \(evaluation.holdout_share\)",
    ):
        check_enough(few, "referral", smallest=20, held_out=True)


def test_a_panel_in_which_nothing_varies_is_refused(panel, quick):
    flat = panel[["customer_id", "cutoff", "always_the_same", "churned"]]
    with pytest.raises(TreueError, match="none of the 1 feature columns varies"):
        fit(flat, "churn", config=quick)


def test_an_unknown_target_is_refused(panel):
    with pytest.raises(TreueError, match="there is no 'loyalty'; known are churn, referral"):
        label_of(panel, "loyalty")


def test_a_panel_without_the_label_is_refused(panel):
    with pytest.raises(TreueError, match="no column referred, the label of referral"):
        label_of(panel.drop(columns="referred"), "referral")


def test_labels_other_than_0_and_1_are_refused_with_the_customers(panel):
    labels = panel["churned"].astype(float)
    labels.iloc[[0, 3]] = [np.nan, 2]
    with pytest.raises(
        TreueError, match=r"churned: 2 of 1400 rows are not 0 or 1 \(customers C0000, C0003\)"
    ):
        label_of(panel.assign(churned=labels), "churn")

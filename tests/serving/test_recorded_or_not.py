"""Where only a share of the recommendations is on record, all are told beside, not instead."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from treue.models.certainty import Certainty
from treue.serving.batch import score
from treue.serving.predict import Predictor
from treue.serving.sure import in_words

CUTOFF = datetime(2023, 7, 1)
ALL = "probability_recorded_or_not"


@pytest.fixture
def half(bundles):
    """Both models, trained where half of those who recommend are on record."""
    stated = "lookback_days = 180\nreferral_recorded = 0.5"
    return {
        target: Predictor(
            replace(bundle, config_toml=bundle.config_toml.replace("lookback_days = 180", stated))
        )
        for target, bundle in bundles.items()
    }


def test_all_recommendations_are_told_beside_the_recorded_ones(half, predictors, panel):
    found = half["referral"].predict_panel(panel)
    assert found[ALL].to_numpy() == pytest.approx(np.minimum(2 * found["probability"], 1))
    pd.testing.assert_frame_equal(
        found.drop(columns=ALL), predictors["referral"].predict_panel(panel)
    )


def test_what_an_interval_states_is_of_recorded_ones(half, predictors, panel):
    for target, predictor in half.items():
        bundle = predictor.bundle
        log_odds = bundle.model.decision_function(panel)
        certainty = Certainty.fit(
            panel[list(bundle.model.columns_.names)],
            bundle.model.columns_,
            pd.DataFrame({"outcome": (log_odds > 0).astype(int), "log_odds": log_odds}),
            customers=panel["customer_id"],
        )
        whole = predictors[target].bundle
        for one, on_record in ((bundle, target == "referral"), (whole, False)):
            told = in_words(replace(one, certainty=certainty), log_odds, panel)[0].stated
            assert ("are on record as recommending us" in told.en) == on_record
            assert ("eine Empfehlung erfasst" in told.de) == on_record
            assert "{" not in told.en + told.de


def test_leaving_and_full_records_have_no_such_column(half, predictors, panel):
    assert ALL not in half["churn"].predict_panel(panel)
    assert ALL not in predictors["referral"].predict_panel(panel)


def test_the_scores_file_has_it_and_its_points_still_add_up_to_the_recorded_one(
    half, tables, tmp_path
):
    scores = pd.read_parquet(score(tables, CUTOFF, half, tmp_path / "scores.parquet"))
    assert f"churn_{ALL}" not in scores
    recorded = scores["referral_probability"]
    assert scores[f"referral_{ALL}"].to_numpy() == pytest.approx(np.minimum(2 * recorded, 1))
    points = scores.filter(like="referral_points_").sum(axis=1) / 100
    base = 1 / (1 + np.exp(-scores["referral_base"]))
    assert (base + points).to_numpy() == pytest.approx(recorded.to_numpy(), abs=1e-9)

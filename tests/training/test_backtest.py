"""Held-out figures: time-forward splits, rules on the same rows, segments, several cutoffs."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from treue.features.errors import TreueError
from treue.training.backtest import backtest, hold_out_customers, split
from treue.training.evaluate import evaluate
from treue.training.fit import fit
from treue.training.rules import RULES
from treue.training.segments import by_level, records

OF_CHURN = [rule for rule in RULES if rule != "referral_rule"]


@pytest.fixture(scope="module")
def parts(panel, quick):
    return split(panel, config=quick)


@pytest.fixture(scope="module")
def evaluation(parts, quick):
    training, held_out = parts
    return evaluate(
        fit(training, "churn", config=quick),
        training,
        held_out,
        config=quick,
        segments=held_out[["attribute_region"]],
        sensitive=pd.DataFrame({"age": np.arange(len(held_out))}, index=held_out.index),
    )


@pytest.fixture(scope="module")
def result(panel, quick):
    return backtest(panel, "churn", config=quick)


def test_training_windows_end_before_the_held_out_cutoff(parts):
    training, held_out = parts
    assert set(held_out["cutoff"]) == {pd.Timestamp("2024-07-01")}
    # 60 days after 1 May is 30 June; after 1 June it would be 31 July
    assert training["cutoff"].max() == pd.Timestamp("2024-05-01")


def test_model_and_rules_are_judged_on_the_same_rows(evaluation):
    assert list(evaluation.predictions.columns) == [
        *("customer_id", "cutoff", "outcome", "model"),
        *OF_CHURN,
    ]
    assert len(evaluation.predictions) == 200
    assert set(evaluation.overall.figures) == {"model", *OF_CHURN}
    assert evaluation.left_out == {}
    assert evaluation.time_forward


def test_a_single_held_out_cutoff_is_the_whole(evaluation):
    assert evaluation.by_cutoff == (evaluation.overall,)
    assert evaluation.overall.cutoff == datetime(2024, 7, 1)
    assert (evaluation.overall.rows, evaluation.overall.customers) == (200, 200)


def test_every_figure_has_its_interval(evaluation):
    figures = evaluation.overall.figures["model"]
    assert {"auroc", "log_loss", "brier", "ece", "lift_10", "empc"} <= set(figures)
    for found in figures.values():
        assert found.low <= found.high


def test_a_difference_is_model_minus_rule(evaluation):
    figures = evaluation.overall.figures
    found = evaluation.overall.differences["base_rate"]["log_loss"]
    expected = figures["model"]["log_loss"].value - figures["base_rate"]["log_loss"].value
    assert found.value == pytest.approx(expected)
    assert found.high < 0  # the outcome does follow recency and region


def test_the_grade_is_against_simple_rules_not_against_the_logistic(evaluation):
    assert evaluation.overall.grade.letter in "ABC"
    simple = ("base rate", "recency rule", "BG/NBD")
    assert evaluation.overall.grade.log_loss.rule_name in simple
    assert evaluation.overall.grade.auroc.rule_name in simple


def test_recommendations_have_no_bg_nbd_and_no_campaign_profit(parts, quick):
    training, held_out = parts
    bundle = fit(training, "referral", config=quick)
    found = evaluate(bundle, training, held_out, config=quick)
    assert found.left_out["bg_nbd"] == "it says nothing of recommendations"
    assert "referrals_made_all" in found.left_out["referral_rule"]
    assert "empc" not in found.overall.figures["model"]
    assert found.segments.empty


def test_a_rule_that_cannot_be_fitted_is_left_out_with_the_reason(parts, quick):
    training, held_out = (part.drop(columns="recency_days") for part in parts)
    found = evaluate(fit(training, "churn", config=quick), training, held_out, config=quick)
    assert "recency_days: not in the panel" in found.left_out["recency_rule"]
    assert "recency_days" in found.left_out["bg_nbd"]
    assert set(found.overall.figures) == {"model", "base_rate", "logistic"}


def test_several_held_out_cutoffs_are_judged_each_and_together(panel, quick):
    holding_out_two = quick.model_copy(
        update={"cutoffs": quick.cutoffs.model_copy(update={"holdout": 2})}
    )
    training, held_out = split(panel, config=holding_out_two)
    assert training["cutoff"].max() == pd.Timestamp("2024-04-01")
    found = evaluate(fit(training, "churn", config=quick), training, held_out, config=quick)
    assert [one.cutoff for one in found.by_cutoff] == [datetime(2024, 6, 1), datetime(2024, 7, 1)]
    assert found.overall.cutoff is None
    assert (found.overall.rows, found.overall.customers) == (400, 200)
    assert [one["cutoff"] for one in found.as_dict()["by_cutoff"]] == [
        "2024-06-01T00:00:00",
        "2024-07-01T00:00:00",
    ]


def test_segments_show_rates_and_the_calibration_gap(evaluation):
    levels = evaluation.segments.set_index("level")
    assert list(levels.index) == ["north", "south"]
    assert levels["rows"].sum() == 200
    gap = levels["predicted_share"] - levels["observed_share"]
    np.testing.assert_allclose(levels["calibration_gap"], gap)
    assert levels.loc["south", "observed_share"] > levels.loc["north", "observed_share"]


def test_a_sensitive_number_is_shown_in_quarters(evaluation):
    assert list(evaluation.sensitive["rows"]) == [50, 50, 50, 50]
    assert set(evaluation.sensitive["attribute"]) == {"age"}


def test_small_levels_have_counts_only_and_missing_ones_are_named(quick):
    predictions = pd.DataFrame(
        {
            "customer_id": [f"C{number}" for number in range(62)],
            "outcome": [0, 1] * 31,
            "model": [0.4, 0.6] * 31,
        }
    )
    levels = pd.DataFrame({"region": ["north"] * 60 + ["south", None]})
    found = by_level(predictions, levels, config=quick)
    assert list(found["level"]) == ["(missing)", "north", "south"]
    assert list(found["rows"]) == [1, 60, 1]
    assert found["auroc"].isna().tolist() == [True, False, True]
    assert found.loc[1, "observed_share"] == 0.5
    assert found.loc[1, "predicted_share"] == pytest.approx(0.5)
    assert records(found)[0]["auroc"] is None


def test_rare_levels_are_taken_together(quick):
    predictions = pd.DataFrame(
        {"customer_id": [str(n) for n in range(20)], "outcome": [0, 1] * 10, "model": 0.5}
    )
    levels = pd.DataFrame({"town": [f"town {number:02d}" for number in range(20)]})
    found = by_level(predictions, levels, config=quick).set_index("level")
    assert len(found) == 13
    assert found.loc["(other)", "rows"] == 8


def test_a_backtest_fits_anew_for_the_latest_cutoffs(result):
    assert [one.overall.cutoff for one in result.evaluations] == [
        datetime(2024, 6, 1),
        datetime(2024, 7, 1),
    ]


def test_the_table_of_a_backtest_has_a_row_a_cutoff_model_and_metric(result):
    table = result.table()
    assert len(table) == 2 * 5 * 9
    assert set(table["model"]) == {"model", *OF_CHURN}
    row = table[(table["model"] == "model") & (table["metric"] == "auroc")].iloc[0]
    assert row["low"] <= row["value"] <= row["high"]
    assert row["rows"] == 200


def test_the_text_of_a_backtest_is_a_table_for_reading(result):
    lines = result.to_text().splitlines()
    assert lines[0].split() == ["cutoff", "rows", "share", "auroc", "log_loss", "grade"]
    assert lines[1].startswith("2024-06-01  200")
    assert "BG/NBD" in result.to_text()
    assert len(lines) == 1 + 2 * 5


def test_the_cutoffs_of_a_backtest_may_be_chosen(panel, quick):
    said = []
    chosen = backtest(
        panel, "churn", config=quick, cutoffs=[datetime(2024, 4, 1)], progress=said.append
    )
    assert [one.overall.cutoff for one in chosen.evaluations] == [datetime(2024, 4, 1)]
    assert said == ["churn: fitting on 2 cutoffs, judging at 2024-04-01"]


def test_a_cutoff_that_is_not_in_the_panel_is_refused(panel, quick):
    with pytest.raises(TreueError, match="2024-04-15 not in the panel, whose 7 cutoffs run from"):
        backtest(panel, "churn", config=quick, cutoffs=[datetime(2024, 4, 15)])


def test_a_panel_too_short_for_a_backtest_is_refused(panel, quick):
    short = panel[panel["cutoff"] < "2024-03-01"]
    with pytest.raises(TreueError, match="none of the 2 in the panel has another one 60 days"):
        backtest(short, "churn", config=quick)


def test_a_cutoff_with_too_few_outcomes_is_skipped_with_the_reason(panel, quick):
    last = panel["cutoff"] == panel["cutoff"].max()
    rare = panel.assign(churned=panel["churned"].where(~last, 0))
    said = []
    found = backtest(rare, "churn", config=quick, progress=said.append)
    assert [one.overall.cutoff for one in found.evaluations] == [datetime(2024, 6, 1)]
    assert "0 customers who left" in found.skipped[datetime(2024, 7, 1)]
    assert said[1].startswith("churn: 2024-07-01 is skipped, churn: 0 customers who left")
    assert list(found.as_dict()["skipped"]) == ["2024-07-01T00:00:00"]


def test_a_backtest_is_refused_where_no_cutoff_can_be_judged(panel, quick):
    nobody = panel.assign(referred=0)
    with pytest.raises(TreueError, match="0 customers who recommended"):
        backtest(nobody, "referral", config=quick)


def test_groups_are_judged_over_all_held_out_cutoffs_together(panel, quick):
    found = backtest(
        panel,
        "churn",
        config=quick,
        segments=panel[["attribute_region"]],
        sensitive=pd.DataFrame({"age": np.arange(len(panel))}, index=panel.index),
    )
    assert found.segments["rows"].sum() == 400
    assert found.gaps["rows"].sum() == 400
    assert set(found.gaps["attribute"]) == {"age"}
    assert set(found.predictions.groupby("cutoff").size()) == {200}
    assert not found.evaluations[0].drift.empty


def test_a_panel_without_cutoffs_is_judged_on_customers_held_out(panel_without_cutoffs, quick):
    found = backtest(panel_without_cutoffs, "churn", config=quick)
    (one,) = found.evaluations
    assert not one.time_forward
    assert one.by_cutoff == ()
    assert 100 < one.overall.rows < 200  # about a quarter of 600
    assert found.to_text().splitlines()[1].startswith("customers")


def test_who_is_held_out_follows_from_the_id_alone(panel_without_cutoffs):
    _, held_out = hold_out_customers(panel_without_cutoffs, share=0.25)
    _, again = hold_out_customers(panel_without_cutoffs.iloc[::-1].head(500), share=0.25)
    assert set(again["customer_id"]) <= set(held_out["customer_id"])


def test_a_handful_of_customers_cannot_be_held_out(panel_without_cutoffs):
    with pytest.raises(TreueError, match="1 customers are too few to hold out 25%"):
        hold_out_customers(panel_without_cutoffs.head(1), share=0.25)

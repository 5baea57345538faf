"""The main job from tables to champions, and what it leaves in MLflow."""

import json
import logging
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from treue.features.errors import TreueError
from treue.features.simulate import simulate
from treue.models.bundle import Bundle
from treue.models.columns import Columns
from treue.models.columns import logger as columns_logger
from treue.models.metrics import log_loss
from treue.training.backtest import split
from treue.training.config import Config, parse_config
from treue.training.once import once
from treue.training.prepare import prepare
from treue.training.promote import CHAMPION
from treue.training.tracking import Store
from treue.training.train import TrainingResult, train

LAST = datetime(2023, 5, 2)  # 60 days before the simulated company's data end


def with_settings(config: Config, **sections) -> Config:
    """The configuration with some keys of its sections changed."""
    return config.model_copy(
        update={
            name: getattr(config, name).model_copy(update=keys) for name, keys in sections.items()
        }
    )


@pytest.fixture(scope="module", autouse=True)
def nothing_unsafe():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
        patch.setenv("MLFLOW_ALLOW_MODEL_CODE_EXECUTION", "false")
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        yield


@pytest.fixture(scope="module")
def base_dir(tmp_path_factory):
    """A folder with three tables of a simulated company as Parquet files."""
    folder = tmp_path_factory.mktemp("company")
    frames = simulate(300, seed=3, months=18).frames
    for name in ("customers", "purchases", "referrals"):
        frame = frames[name]
        frame = frame.to_pandas() if isinstance(frame, pa.Table) else frame
        frame.to_parquet(folder / f"{name}.parquet")
    return folder


@pytest.fixture(scope="module")
def config(quick):
    tables = parse_config(
        """
        [data]
        observed_until = 2023-07-01
        attributes = ["industry"]
        sensitive = ["owner_age_group"]

        [tables]
        customers = { path = "customers.parquet" }
        purchases = { path = "purchases.parquet" }
        referrals = { path = "referrals.parquet" }

        [cutoffs]
        every_months = 2
        minimum_history_days = 120
        """
    )
    found = quick.model_copy(
        update={"data": tables.data, "tables": tables.tables, "cutoffs": tables.cutoffs}
    )
    # 14 customers recommend after the held-out cutoff
    return with_settings(found, evaluation={"smallest_class": 10})


@pytest.fixture(scope="module")
def uri(tmp_path_factory):
    return f"sqlite:///{tmp_path_factory.mktemp('store') / 'mlflow.db'}"


@pytest.fixture(scope="module")
def store(uri):
    return Store(experiment="tests", uri=uri)


@pytest.fixture(scope="module")
def said():
    return []


@pytest.fixture(scope="module")
def first(config, base_dir, uri, said) -> TrainingResult:
    return train(config, base_dir=base_dir, tracking_uri=uri, progress=said.append)


@pytest.fixture(scope="module")
def second(first, config, base_dir, uri) -> TrainingResult:
    return train(config, base_dir=base_dir, tracking_uri=uri)


def test_both_models_are_registered_and_the_first_ones_are_champions(first, store):
    assert set(first.targets) == {"churn", "referral"}
    assert first.left_out == {}
    for name in ("treue-churn", "treue-referral"):
        assert store.alias(name, CHAMPION) == 1


def test_each_long_step_is_told(first, said):
    assert said[0] == "reading and checking the tables"
    assert said[1] == "building the panel: 6 cutoffs, 2022-07-02 to 2023-05-02"
    assert [line for line in said if line.startswith("referral")] == [
        f"referral: fitting on {first.targets['referral'].bundle.provenance['rows']} rows",
        f"referral: judging on {first.targets['referral'].evaluation.overall.rows} held-out rows",
        "referral: logging and registering",
    ]


def test_the_registered_model_is_the_one_whose_figures_are_logged(first, config, store):
    churn = first.targets["churn"]
    _, held_out = split(first.prepared.panel, config=config)
    with store.bundle("treue-churn", churn.version) as folder:
        registered = Bundle.load(folder)
    probability = registered.model.predict_proba(held_out)[:, 1]
    np.testing.assert_array_equal(probability, churn.evaluation.predictions["model"])
    logged = store.client.get_run(churn.run_id).data.metrics
    assert logged["log_loss"] == pytest.approx(log_loss(held_out["churned"], probability))
    assert logged["log_loss_low"] <= logged["log_loss"] <= logged["log_loss_high"]
    assert registered.metrics["overall"]["figures"]["model"]["log_loss"]["value"] == (
        pytest.approx(logged["log_loss"])
    )
    assert registered.card == churn.bundle.card


def test_held_out_rows_were_never_trained_on(first):
    cutoffs = first.targets["churn"].bundle.provenance["train_cutoffs"]
    assert cutoffs[-1] == "2023-03-02T00:00:00"  # its 60 days end on 1 May
    assert first.targets["churn"].evaluation.overall.cutoff == LAST


def test_a_child_run_holds_figures_pictures_and_tables(first, store):
    churn = first.targets["churn"]
    names = {one.path for one in store.client.list_artifacts(churn.run_id)}
    assert {
        *("model_card.md", "evaluation.json", "decision.json", "provenance.json"),
        *("figures.csv", "segments.csv", "fairness.csv", "calibration.csv", "lift.csv"),
        *("profit_curve.csv", "profit_curve.png", "report.html", "drift.csv"),
        *("family_importance.csv", "feature_importance.csv", "contributions.parquet"),
        *("calibration.png", "lift.png", "family_importance.png"),
        *("shap_bar.png", "shap_beeswarm.png"),
    } <= names
    assert len([name for name in names if name.startswith("shap_dependence_")]) == 1
    run = store.client.get_run(churn.run_id)
    assert run.data.tags["mlflow.parentRunId"] == first.run_id
    assert run.data.tags["treue.grade"] == churn.evaluation.overall.grade.letter
    assert run.data.params["label.horizon_days"] == "60"
    assert {one.dataset.name for one in run.inputs.dataset_inputs} == {
        "panel-training",
        "panel-held-out",
    }
    metrics = run.data.metrics
    assert {"recency_rule/auroc", "bg_nbd/log_loss_high", "minus_bg_nbd/log_loss"} <= set(metrics)
    assert any(name.startswith("cutoff_2023-05-02") for name in metrics)
    assert any(name.startswith("segment_attribute_industry/") for name in metrics)
    assert any(name.startswith("sensitive_owner_age_group/") for name in metrics)


def test_logged_contributions_add_up(first, store, tmp_path):
    path = store.client.download_artifacts(
        first.targets["churn"].run_id, "contributions.parquet", str(tmp_path)
    )
    table = pd.read_parquet(path)
    features = table.drop(columns=["customer_id", "cutoff", "base", "raw", "probability"])
    np.testing.assert_allclose(table["base"] + features.sum(axis=1), table["raw"], atol=1e-10)
    np.testing.assert_allclose(1 / (1 + np.exp(-table["raw"])), table["probability"])
    assert set(table["cutoff"]) == {pd.Timestamp(LAST)}


def test_the_parent_run_holds_the_data_and_what_they_are_good_for(first, store, config, tmp_path):
    names = {one.path for one in store.client.list_artifacts(first.run_id)}
    assert {"treue.toml", "usability.txt", "usability.json", "findings.txt", "versions.json"} <= (
        names
    )
    path = store.client.download_artifacts(first.run_id, "treue.toml", str(tmp_path))
    assert parse_config(Path(path).read_text(encoding="utf-8")) == config
    run = store.client.get_run(first.run_id)
    assert {"purchases", "panel-training"} <= {
        one.dataset.name for one in run.inputs.dataset_inputs
    }


def test_the_sensitive_column_is_no_feature(first):
    for one in first.targets.values():
        assert not [name for name in one.bundle.model.columns_.names if "age_group" in name]
    assert set(first.targets["churn"].evaluation.sensitive["attribute"]) == {"owner_age_group"}


def test_the_card_says_what_is_predicted_how_well_and_how_it_was_made(first):
    card = first.targets["churn"].bundle.card
    assert card.startswith(
        "# treue-churn: model card\n\nThe probability that a customer who bought"
    )
    assert "makes no purchase in the 60 days after it." in card
    assert "Judged time-forward" in card
    assert "| AUROC |" in card
    assert "Never used as features, only looked at here: owner_age_group." in card
    assert "`calendar_sin` is not used: labels cover 303 days, under a year." in card
    assert "One held-out cutoff can mislead" in card
    assert "lightgbm" in card


def test_the_summary_names_grade_figures_and_decision(first):
    text = first.to_text()
    assert "treue-churn version 1: the first model of its kind becomes champion" in text
    assert "AUROC 0." in text
    assert f"run {first.run_id}" in text


def test_the_summary_of_a_german_configuration_is_german(first):
    text = replace(first, language="de", left_out={"referral": "keine"}).to_text()
    assert "Note " in text
    assert "treue-churn Version 1: " in text
    assert "kein Modell für Empfehlungen: keine" in text


def test_a_training_tells_an_unseen_category_once(caplog):
    categories = Columns.of(pd.DataFrame({"region": ["north"], "size": ["small"]}))
    other = pd.DataFrame({"region": ["moon"], "size": ["huge"]})
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            with once(columns_logger):
                categories.encode(other)
                categories.encode(other)
    said = [record.getMessage().split(":")[0] for record in caplog.records]
    assert said == ["region", "size", "region", "size"]


def test_an_equal_model_does_not_replace_the_champion(second, store, tmp_path):
    churn = second.targets["churn"]
    assert churn.version == 2
    assert store.alias("treue-churn", CHAMPION) == 1
    assert not churn.decision.promoted
    assert churn.decision.difference.value == 0
    path = store.client.download_artifacts(churn.run_id, "decision.json", str(tmp_path))
    decision = json.loads(Path(path).read_text(encoding="utf-8"))
    assert decision["champion_version"] == 1
    assert decision["challenger_log_loss"] == decision["champion_log_loss"]
    assert store.client.get_run(churn.run_id).data.tags["treue.promoted"] == "false"


def test_the_same_data_and_seed_give_the_same_model(first, second):
    np.testing.assert_array_equal(
        first.targets["churn"].evaluation.predictions["model"],
        second.targets["churn"].evaluation.predictions["model"],
    )


@pytest.fixture(scope="module")
def third(second, config, base_dir, uri) -> TrainingResult:
    """Another question asked of churn, and too much asked of recommendations."""
    other = with_settings(
        config,
        label={"horizon_days": 50},
        cutoffs={"last": LAST},
        evaluation={"smallest_class": 30},
    )
    return train(other, base_dir=base_dir, tracking_uri=uri)


def test_a_champion_of_another_horizon_is_not_compared(third):
    decision = third.targets["churn"].decision
    assert not decision.promoted
    assert "it answers another question: label.horizon_days was 60, now 50" in decision.reason


def test_too_few_recommendations_leave_that_model_out_and_say_why(third, store):
    assert set(third.targets) == {"churn"}
    assert "customers who recommended" in third.left_out["referral"]
    assert "no model of recommendations: referral: " in third.to_text()
    tags = store.client.get_run(third.run_id).data.tags
    assert tags["treue.left_out.referral"] == third.left_out["referral"]
    assert [one.version for one in store.versions("treue-referral")] == [2, 1]


def test_too_few_leavers_are_refused_and_the_run_is_marked_as_failed(config, base_dir, store, uri):
    few = with_settings(config, evaluation={"smallest_class": 1000})
    with pytest.raises(TreueError, match=r"churn: \d+ customers who left .* 1000 are needed"):
        train(few, base_dir=base_dir, tracking_uri=uri)
    (latest,) = store.client.search_runs(
        [store.experiment_id()], max_results=1, order_by=["attributes.start_time DESC"]
    )
    assert latest.info.status == "FAILED"


def test_a_ready_panel_is_trained_on_and_the_card_says_that_time_was_not_held_out(
    panel_without_cutoffs, quick, tmp_path, uri
):
    frame = panel_without_cutoffs.drop(columns="referred").assign(gender="f")
    frame.to_csv(tmp_path / "panel.csv", index=False)
    ready = parse_config(
        '[panel]\npath = "panel.csv"\nchurned = "churned"\nsensitive = ["gender"]\n'
    ).panel
    config = with_settings(quick, tracking={"model_prefix": "ready"}).model_copy(
        update={"panel": ready}
    )
    found = train(config, base_dir=tmp_path, tracking_uri=uri)
    churn = found.targets["churn"]
    assert found.left_out == {"referral": "[panel] names no column that says who recommended"}
    assert "**Not time-forward:**" in churn.bundle.card
    assert "The probability that column `churned` of the panel says yes." in churn.bundle.card
    assert "gender" not in churn.bundle.model.columns_.names
    assert set(churn.evaluation.segments["attribute"]) == {"attribute_region"}


def test_a_configuration_without_data_is_refused(tmp_path, uri):
    with pytest.raises(TreueError, match=r"no tables: name at least \[tables.purchases\]"):
        train(Config(), base_dir=tmp_path, tracking_uri=uri)


def test_a_history_too_short_is_refused_with_what_is_needed(config, base_dir):
    short = with_settings(config, label={"horizon_days": 250})
    with pytest.raises(TreueError, match=r"At least about 620 days are needed"):
        prepare(short, base_dir=base_dir)


def test_families_can_be_left_out(config, base_dir):
    fewer = with_settings(config, features={"leave_out": ["referrals"]})
    found = prepare(fewer, base_dir=base_dir)
    assert "referrals_made_365" not in found.panel
    assert "referred" in found.panel
    with pytest.raises(TreueError, match=r"features.leave_out: no family referal; there are"):
        prepare(with_settings(config, features={"leave_out": ["referal"]}), base_dir=base_dir)

"""One scores file a cutoff, complete or not there at all."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from treue.features.errors import TreueError
from treue.models.value import Assumptions
from treue.serving import batch
from treue.serving.batch import fingerprint_tables, read_metadata, score, score_panel
from treue.serving.card import card_of
from treue.serving.ledger import Ledger
from treue.serving.predict import Predictor

CUTOFF = datetime(2023, 7, 1)


@pytest.fixture(autouse=True)
def _panel_is_built_once(monkeypatch, panel):
    monkeypatch.setattr(batch, "shared_panel", lambda predictors, tables, cutoff: panel)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "new folder" / "scores.parquet"


@pytest.fixture
def scores(tables, predictors, out):
    return pd.read_parquet(score(tables, CUTOFF, predictors, out, chunk_rows=40))


def columns_of(scores, prefix):
    return scores[[name for name in scores if name.startswith(prefix)]].to_numpy()


@pytest.mark.parametrize("target", ["churn", "referral"])
def test_contributions_and_points_in_the_file_add_up(scores, out, target):
    described = read_metadata(out)["targets"][target]
    raw = scores[f"{target}_base"] + columns_of(scores, f"{target}_contribution_").sum(axis=1)
    np.testing.assert_allclose(raw, scores[f"{target}_raw"], atol=1e-10)
    np.testing.assert_allclose(1 / (1 + np.exp(-raw)), scores[f"{target}_probability"], atol=1e-12)
    points = columns_of(scores, f"{target}_points_").sum(axis=1)
    np.testing.assert_allclose(
        100 * described["base_probability"] + points, 100 * scores[f"{target}_probability"]
    )
    assert scores[f"{target}_base"].unique().tolist() == [described["base"]]


def test_the_file_tells_whom_it_pays_to_contact_as_the_value_card_does(
    tables, predictors, out, panel
):
    assumed = Assumptions(effect=0.3, concession_cost=10.0, contact_cost=1.0, days=90)
    found = pd.read_parquet(score(tables, CUTOFF, predictors, out, assumptions=assumed))
    ledger = Ledger.at(tables, CUTOFF)
    for customer, p, profit in zip(
        found["customer_id"], found["churn_probability"], found["expected_profit"], strict=True
    ):
        card = card_of(ledger.of(customer), churn_probability=p, assumptions=assumed)
        assert profit == card.expected_profit
    assert (found["worth_contacting"] == (found["expected_profit"] > 0)).all()
    assert 0 < found["worth_contacting"].sum() < len(found)
    other = replace(assumed, effect=0.2)
    with pytest.raises(TreueError, match="made from other assumptions of what a contact brings"):
        score(tables, CUTOFF, predictors, out, assumptions=other)
    without = {"referral": predictors["referral"]}
    score(tables, CUTOFF, without, out, assumptions=assumed, force=True)
    assert "expected_profit" not in pq.read_schema(out).names


def test_every_eligible_customer_is_in_the_file_once_with_what_the_predictor_says(
    scores, predictors, tables, panel
):
    assert scores["customer_id"].tolist() == panel["customer_id"].tolist()
    assert scores["cutoff"].unique().tolist() == [CUTOFF]
    churn = predictors["churn"]
    predicted = churn.predict(tables, CUTOFF, panel=panel)
    np.testing.assert_allclose(scores["churn_probability"], predicted["probability"], atol=1e-12)
    row = scores.iloc[50]
    found = churn.explain(row["customer_id"])
    for language in ("de", "en"):
        assert row[f"churn_reasons_{language}"].tolist() == found.reasons(language)
    assert row["churn_points_purchases"] == pytest.approx(found.family_points["purchases"])


def test_the_size_of_the_chunks_changes_nothing(scores, tables, predictors, tmp_path):
    whole = score(tables, CUTOFF, predictors, tmp_path / "whole.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(whole), scores)


def test_progress_is_told_after_each_chunk(tables, predictors, out, panel):
    told = []
    score(
        tables,
        CUTOFF,
        predictors,
        out,
        chunk_rows=len(panel) - 1,
        progress=lambda *step: told.append(step),
    )
    assert told == [(len(panel) - 1, len(panel)), (len(panel), len(panel))]


def test_the_metadata_says_what_the_file_was_made_from(scores, out, predictors, tables):
    found = read_metadata(out)
    assert found["identity"] == {
        "format": 2,
        "cutoff": "2023-07-01T00:00:00",
        "data": fingerprint_tables(tables, CUTOFF),
        "bundles": {target: each.fingerprint for target, each in predictors.items()},
        "contact": None,
    }
    assert (found["rows"], found["languages"]) == (len(scores), ["de", "en"])
    assert found["targets"]["churn"]["features"] == predictors["churn"].feature_names
    assert found["targets"]["churn"]["families"]["orders_90"] == "purchases"


def test_a_second_start_does_nothing(scores, tables, predictors, out, monkeypatch):
    before = out.stat()
    monkeypatch.setattr(batch, "write", None)
    monkeypatch.setattr(batch, "shared_panel", None)
    assert score(tables, CUTOFF, predictors, out) == out
    assert out.stat() == before


def test_force_does_nothing_where_nothing_is_new(scores, tables, predictors, out):
    before = out.stat()
    score(tables, CUTOFF, predictors, out, force=True)
    assert out.stat() == before


def test_force_replaces_a_file_that_cannot_be_read(tables, predictors, tmp_path):
    damaged = tmp_path / "scores.parquet"
    damaged.write_text("half a file")
    score(tables, CUTOFF, predictors, damaged, force=True)
    assert set(read_metadata(damaged)["targets"]) == set(predictors)


def test_one_target_alone_is_scored(tables, predictors, out):
    score(tables, CUTOFF, {"churn": predictors["churn"]}, out)
    names = pq.read_schema(out).names
    assert [name for name in names if name.startswith("referral_")] == []
    assert "churn_probability" in names


def test_a_file_made_by_other_models_is_only_replaced_by_force(scores, tables, predictors, out):
    other = {"churn": Predictor(replace(predictors["churn"].bundle, card="retrained"))}
    with pytest.raises(TreueError, match="already there, made from other models; replace it with"):
        score(tables, CUTOFF, other, out)
    score(tables, CUTOFF, other, out, force=True)
    assert set(read_metadata(out)["targets"]) == {"churn"}


def test_a_file_of_an_older_format_is_only_replaced_by_force(
    tables, predictors, out, panel, monkeypatch
):
    with monkeypatch.context() as older:
        older.setattr(batch, "FORMAT", 1)
        score(tables, CUTOFF, predictors, out)
    for cutoff in (CUTOFF, datetime(2023, 6, 1)):
        with pytest.raises(TreueError, match="already there, made from an older Treue; replace it"):
            score(tables, cutoff, predictors, out)
    score(tables, CUTOFF, predictors, out, force=True)
    assert read_metadata(out)["identity"]["format"] == 2


def test_a_file_of_another_cutoff_is_only_replaced_by_force(scores, tables, predictors, out):
    with pytest.raises(TreueError, match="made from cutoff 2023-07-01T00:00:00 and other data"):
        score(tables, datetime(2023, 6, 1), predictors, out)


def test_a_foreign_file_is_never_taken_for_scores(tables, predictors, tmp_path):
    foreign = tmp_path / "foreign.parquet"
    pq.write_table(pa.table({"a": [1]}), foreign)
    with pytest.raises(TreueError, match="is not a scores file of Treue; name another --out"):
        score(tables, CUTOFF, predictors, foreign)
    foreign.write_text("not Parquet")
    with pytest.raises(TreueError, match="is not a Parquet file"):
        score(tables, CUTOFF, predictors, foreign)
    assert foreign.read_text() == "not Parquet"


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_an_interrupted_run_leaves_no_file(tables, predictors, out, error):
    def fail(done, total):
        if done > 40:
            raise error

    with pytest.raises(type(error)):
        score(tables, CUTOFF, predictors, out, chunk_rows=40, progress=fail)
    assert list(out.parent.iterdir()) == []


def test_a_writer_that_fails_midway_leaves_the_file_before_as_it_was(
    scores, tables, predictors, out, monkeypatch
):
    before = out.read_bytes()
    written = []

    def write_once(self, table, *args, **kwargs):
        if written:
            raise OSError("disk full")
        written.append(table)

    monkeypatch.setattr(pq.ParquetWriter, "write_table", write_once)
    with pytest.raises(OSError, match="disk full"):
        score(tables, CUTOFF, {"churn": predictors["churn"]}, out, chunk_rows=40, force=True)
    assert out.read_bytes() == before
    assert list(out.parent.iterdir()) == [out]


def test_nobody_eligible_is_an_error(tables, predictors, out, panel, monkeypatch):
    monkeypatch.setattr(batch, "shared_panel", lambda *_: panel.head(0))
    with pytest.raises(TreueError, match="no customer is eligible at 2023-07-01"):
        score(tables, CUTOFF, predictors, out)
    assert not out.exists()


def test_the_fingerprint_sees_what_was_known_and_nothing_else(tables):
    cutoff = datetime(2023, 3, 1)
    before = fingerprint_tables(tables, cutoff)
    assert fingerprint_tables(tables.known_at(cutoff), cutoff) == before
    assert fingerprint_tables(tables, CUTOFF) != before
    purchases = tables.frames["purchases"]
    turned = purchases.take(list(range(len(purchases)))[::-1])
    frames = {**tables.frames, "purchases": turned}
    assert fingerprint_tables(replace(tables, frames=frames), cutoff) == before
    frames = {**tables.frames, "purchases": purchases.slice(1)}
    assert fingerprint_tables(replace(tables, frames=frames), CUTOFF) != before


def test_a_ready_panel_is_scored_without_cutoff(panel, predictors, out):
    ready = panel.drop(columns="cutoff")
    score_panel(ready, predictors, out)
    scores = pd.read_parquet(out)
    assert "cutoff" not in scores
    assert len(scores) == len(panel)
    before = out.stat()
    score_panel(ready, predictors, out)
    assert out.stat() == before
    with pytest.raises(TreueError, match="made from other data; replace it with --force"):
        score_panel(ready.tail(5), predictors, out)


def test_a_ready_panel_without_customers_is_refused(panel, predictors, out):
    with pytest.raises(TreueError, match="no rows or no column customer_id"):
        score_panel(panel.drop(columns="customer_id"), predictors, out)


def test_a_cutoff_before_the_data_asks_for_a_later_one(predictors, tables, out, panel, monkeypatch):
    monkeypatch.setattr(batch, "shared_panel", lambda *_: panel.head(0))
    told = "at 2001-01-01: the purchases only begin at 2022-01-03; choose a later cutoff"
    with pytest.raises(TreueError, match=told):
        score(tables, datetime(2001, 1, 1), predictors, out)


def test_the_grade_stands_in_the_metadata(scores, out):
    assert read_metadata(out)["targets"]["churn"]["grade"] is None

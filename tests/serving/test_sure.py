"""Intervals and flags in tables, explanations, dossiers, the store and words."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from treue.commands.explain import told
from treue.models.certainty import Certainty
from treue.serving import batch
from treue.serving.assembly import Assembly, Sections
from treue.serving.batch import read_metadata, score
from treue.serving.dossiers import make_dossiers
from treue.serving.predict import Predictor
from treue.serving.store.writing import _row
from treue.serving.sure import UNLIKE, columns, in_words, stated

CUTOFF = datetime(2023, 7, 1)
SHOWN = ["probability_low", "probability_high", "unlike"]


@pytest.fixture(scope="module")
def sure(bundles, panel):
    """The bundles with intervals; learnt from the very rows, for only the telling is tested."""
    found = {}
    for target, bundle in bundles.items():
        log_odds = bundle.model.decision_function(panel)
        certainty = Certainty.fit(
            panel[list(bundle.model.columns_.names)],
            bundle.model.columns_,
            pd.DataFrame({"outcome": (log_odds > 0).astype(int), "log_odds": log_odds}),
            customers=panel["customer_id"],
        )
        found[target] = Predictor(replace(bundle, certainty=certainty))
    return found


@pytest.fixture
def strange(panel):
    return panel.head(2).assign(orders_365=99_999.0, recency_days=np.nan)


def test_predictions_carry_intervals_and_flags(sure, panel):
    found = sure["churn"].predict_panel(panel)
    assert list(found) == ["customer_id", "cutoff", "probability", "raw", *SHOWN]
    assert (found["probability_low"] <= found["probability"]).all()
    assert (found["probability"] <= found["probability_high"]).all()
    assert found["unlike"].dtype == bool
    assert found["unlike"].mean() < 0.1


def test_a_model_without_intervals_has_no_columns_and_nothing_is_told(bundles, panel):
    raw = np.zeros(len(panel))
    assert columns(bundles["churn"], raw, panel) == {}
    assert set(in_words(bundles["churn"], raw, panel)) == {None}
    assert Predictor(bundles["churn"]).predict_panel(panel).shape[1] == 4


def test_the_scores_file_carries_them(sure, tables, panel, tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "shared_panel", lambda predictors, tables, cutoff: panel)
    out = score(tables, CUTOFF, sure, tmp_path / "scores.parquet", chunk_rows=50)
    scores = pd.read_parquet(out)
    for target, predictor in sure.items():
        predicted = predictor.predict_panel(panel)[SHOWN].astype(float)
        written = scores[[f"{target}_{name}" for name in SHOWN]].astype(float)
        np.testing.assert_allclose(written, predicted, atol=1e-12)
        stated = read_metadata(out)["targets"][target]["certainty"]
        assert stated == {"level": 0.9, "group_size": 20, "cutoffs": 0}


@pytest.mark.parametrize(
    ("target", "language", "words"),
    [
        ("churn", "en", "20 such customers, {} to {} buy nothing in the next 90 days."),
        ("churn", "de", "Von 20 solchen Kunden kaufen {} bis {} in den nächsten 90 Tagen nichts."),
        ("referral", "en", "{} to {} recommend us"),
        ("referral", "de", "empfehlen uns {} bis {}"),
    ],
)
def test_the_statement_is_one_of_groups(sure, panel, target, language, words):
    predictor = sure[target]
    predicted = predictor.predict_panel(panel)
    found = predictor.explain(str(panel["customer_id"].iloc[0]))
    low, high = (round(20 * predicted[name].iloc[0]) for name in SHOWN[:2])
    assert words.format(low, high) in found.sure.stated.in_(language)
    assert words.format(low, high) in told(found, language)
    assert found.to_dict()["sure"]["stated"] == found.sure.stated.model_dump()


def test_a_customer_unlike_anyone_is_told_so_with_what_makes_them_so(sure, strange):
    predictor = sure["churn"]
    assert predictor.predict_panel(strange)["unlike"].all()
    found = predictor.explain(str(strange["customer_id"].iloc[1]))
    assert found.sure.marker == UNLIKE
    sentences = " | ".join(text.en for text in found.sure.why)
    assert "Orders in the last 365 days: 99,999, more than ever before" in sentences
    assert "without a value, so far there always was one" in sentences
    assert "! An unusual customer: the program has not known one like this (" in told(found, "en")
    assert "mehr als je zuvor" in told(found, "de")
    assert "unusual" not in told(found, "en", say_unusual=False)


@pytest.mark.parametrize(
    ("high", "word"),
    [
        (0.45, "Recht sicher: Von 20"),
        (0.6, "Ungefähr: Von 20"),
        (0.7, "Sehr unsicher: Entscheiden Sie"),
    ],
)
def test_a_word_says_how_wide_an_interval_is(high, word):
    assert stated("churn", 0.3, high, 20).de.startswith(word)


def test_a_wide_interval_is_marked_as_unsure_and_a_narrow_one_is_not(sure, panel):
    predictor = sure["churn"]
    certainty = predictor.bundle.certainty
    raw = np.zeros(len(panel))
    wide, narrow = (
        in_words(
            replace(predictor.bundle, certainty=certainty.model_copy(update=values)), raw, panel
        )
        for values in ({"spread": 2.5}, {"spread": 0.0, "thin_factor": 1.0, "scores": [-0.1, 0.1]})
    )
    usual = [i for i, one in enumerate(wide) if not one.unlike]
    assert usual
    for i in usual:
        low, high = (round(100 * end) for end in (wide[i].low, wide[i].high))
        assert wide[i].marker.en == f"unsure: {low}–{high}%"
        assert wide[i].marker.de == f"unsicher: {low}–{high}\xa0%"
        assert narrow[i].marker is None


def test_dossiers_and_the_rows_of_the_store_carry_them(sure, tables, panel):
    made = Assembly(panel, CUTOFF, sure, Sections(), tables)
    dossier = next(make_dossiers(made))
    assert dossier.churn.sure.low <= dossier.churn.probability <= dossier.churn.sure.high
    assert dossier.referral.sure is not None
    row = _row(dossier)
    assert (row["churn_low"], row["churn_high"]) == (
        dossier.churn.sure.low,
        dossier.churn.sure.high,
    )
    marker = dossier.churn.sure.marker
    assert row["care_de"] == (marker.de if marker else None)

"""The curve in tables, explanations, dossiers and words."""

import json
from dataclasses import replace
from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from treue.commands.explain import told
from treue.models.curve import Curve, Point
from treue.models.curve_terms import INPUTS
from treue.serving import batch
from treue.serving.assembly import Assembly, Sections
from treue.serving.batch import read_metadata, score
from treue.serving.dossier import When, Within
from treue.serving.dossiers import make_dossiers
from treue.serving.person import person_page
from treue.serving.predict import Predictor
from treue.serving.question import Question
from treue.serving.when import DECLINE, TITLES, columns, in_words, later, line

CUTOFF = datetime(2023, 7, 1)
DAYS = (30, 60, 90, 180, 365)
SHOWN = [f"buys_again_within_{days}" for days in DAYS]
RECOMMENDED = [f"within_{days}" for days in DAYS]


def curve(event, *, anchor_days=90):
    points = [(30, -1.0), (60, -0.5), (180, 0.7)]
    return Curve(
        event=event,
        anchor_days=anchor_days,
        typical=dict.fromkeys(INPUTS[event], 30.0),
        points=[
            Point(days=days, rows=100, intercept=shift, weights={"log_odds": 1.0})
            for days, shift in points
        ],
    )


CURVES = {"churn": curve("buys_again"), "referral": curve("has_recommended")}


@pytest.fixture
def predictors(bundles):
    return {
        target: Predictor(replace(bundle, curve=CURVES[target]))
        for target, bundle in bundles.items()
    }


@pytest.fixture
def churn(predictors):
    return predictors["churn"]


def test_predictions_carry_the_curve(churn, panel):
    found = churn.predict_panel(panel)
    assert list(found) == ["customer_id", "cutoff", "probability", "raw", "event", *SHOWN]
    assert set(found["event"]) == {"buys_again"}
    assert (np.diff(found[SHOWN[:4]], axis=1) >= 0).all()
    np.testing.assert_allclose(found["buys_again_within_90"], 1 - found["probability"], atol=1e-12)
    assert found["buys_again_within_365"].isna().all()


def test_another_horizon_of_the_model_has_its_own_column(panel):
    found = columns(curve("buys_again", anchor_days=120), np.zeros(len(panel)), panel)
    assert list(found) == [*SHOWN[:3], "buys_again_within_120", *SHOWN[3:]]
    assert columns(None, np.zeros(len(panel)), panel) == {}


def test_the_scores_file_carries_the_curve(predictors, tables, panel, tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "shared_panel", lambda predictors, tables, cutoff: panel)
    out = score(tables, CUTOFF, predictors, tmp_path / "scores.parquet", chunk_rows=50)
    scores = pd.read_parquet(out)
    assert not [name for name in scores if name.startswith("churn_within")]
    for target, predictor in predictors.items():
        predicted = predictor.predict_panel(panel)
        shown = SHOWN if target == "churn" else RECOMMENDED
        names = SHOWN if target == "churn" else [f"referral_{name}" for name in RECOMMENDED]
        np.testing.assert_allclose(scores[names], predicted[shown], atol=1e-12)
        assert scores[names[-1]].isna().all()
        assert read_metadata(out)["targets"][target]["curve"] == {
            "event": CURVES[target].event,
            "anchor_days": 90,
            "days": [30, 60, 90, 180],
        }


def test_an_explanation_carries_the_curve(churn, panel):
    row = churn.predict_panel(panel).iloc[0]
    found = churn.explain(row["customer_id"])
    shares = [each.probability for each in found.curve.within]
    assert shares[:4] == pytest.approx(row[SHOWN[:4]].tolist())
    assert shares[4] is None
    told = json.loads(json.dumps(found.to_dict(), allow_nan=False))["curve"]
    assert told["event"] == "buys_again"
    assert told["within"][4] == {"days": 365, "probability": None}


def test_the_terminal_tells_it_in_one_line(churn, panel):
    churn.predict_panel(panel)
    found = churn.explain(panel["customer_id"].iloc[0])
    assert "kauft wieder innerhalb von 30 Tagen: " in told(found, "de")
    assert "  buys again within 30 days: " in told(found, "en")
    assert "365" not in line(found.curve, "de")


def test_a_pause_is_told_as_one_and_when_it_ends(churn, predictors, panel):
    churn.predict_panel(panel)
    said = told(churn.explain(panel["customer_id"].iloc[0]), "de")
    assert "Kauft er in den nächsten 90 Tagen nichts?" in said
    assert "Innerhalb von 180 Tagen kauft er mit " in said
    dossier = next(make_dossiers(Assembly(panel.head(1), CUTOFF, predictors, Sections())))
    assert dossier.churn.heading.en == "Will they buy nothing in the next 90 days?"
    assert dossier.churn.later.en.startswith("Within 180 days they buy again with a likelihood")
    assert dossier.referral.heading is None
    assert dossier.referral.later is None
    year = When(event="buys_again", within=[Within(days=365, probability=0.96)])
    assert later(year, Question("inactivity", 90)).de == (
        "Innerhalb eines Jahres kauft er mit 96\xa0% wieder."
    )
    assert later(year, Question("inactivity", 365)) is None
    assert later(year, Question("contract", 90)) is None


def test_dossiers_carry_the_curve_of_each_model(predictors, panel):
    assembly = Assembly(panel.head(3), CUTOFF, predictors, Sections())
    dossiers = list(make_dossiers(assembly))
    for target, predictor in predictors.items():
        first = SHOWN[0] if target == "churn" else RECOMMENDED[0]
        expected = predictor.predict_panel(panel.head(3))[first]
        found = [getattr(dossier, target).curve for dossier in dossiers]
        assert [each.within[0].probability for each in found] == pytest.approx(expected.tolist())
        assert found[0].event == CURVES[target].event


@pytest.mark.parametrize(
    ("event", "kind", "de", "notes"),
    [
        (
            "buys_again",
            "inactivity",
            "kauft wieder innerhalb von",
            ["Bei 90 Tagen", "Für 365 Tage"],
        ),
        ("has_left", "contract", "hat keinen laufenden Vertrag mehr innerhalb von", ["Für 365"]),
        ("has_recommended", "made", "empfiehlt uns innerhalb von", ["Für 365 Tage"]),
        ("has_recommended", "converted", "bringt uns durch eine Empfehlung einen", ["Für 365"]),
    ],
)
def test_it_is_told_in_plain_words(bundles, panel, event, kind, de, notes):
    bundle = replace(bundles["churn"], curve=curve(event))
    raw = np.zeros(len(panel))
    found = in_words(bundle, Question(kind, 90), raw, panel)
    assert len(found) == len(panel)
    assert found[0].title.de.startswith(de)
    for note in notes:
        assert note in found[0].note.de
    assert ("Abwanderung" in found[0].note.de) == (event == "buys_again")


def test_a_decline_says_why_there_is_no_curve(bundles, panel):
    raw = np.zeros(len(panel))
    decline = in_words(bundles["churn"], Question("decline", 90), raw, panel)
    assert decline == [When(note=DECLINE)] * len(panel)
    assert line(decline[0], "en") == DECLINE.en
    assert in_words(bundles["churn"], Question("inactivity", 90), raw, panel)[0] is None
    assert in_words(bundles["churn"], None, raw, panel)[0] is None


def test_shares_are_written_as_in_the_language():
    when = When(
        title=TITLES["has_left"],
        within=[Within(days=30, probability=0.5), Within(days=365, probability=None)],
    )
    assert line(when, "de") == "hat keinen laufenden Vertrag mehr innerhalb von 30 Tagen: 50\xa0%"
    assert line(when, "en") == "has no running contract any more within 30 days: 50%"


def test_the_person_concerned_is_told_the_other_periods(churn, panel, tables):
    churn.predict(tables, CUTOFF, panel=panel)
    found = churn.explain(panel["customer_id"].iloc[0])
    page = person_page([found], issued_at=CUTOFF, tables=tables, language="de")
    items = [item for section in page.sections for block in section.blocks for item in block.items]
    told = [item for item in items if "Tage: in etwa" in item]
    assert [item.split()[0] for item in told] == ["30", "60", "180"]

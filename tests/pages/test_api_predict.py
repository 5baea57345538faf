"""Scoring over HTTP: the same as in the library, and a clear word on what does not fit."""

import json
import re
from datetime import datetime
from types import SimpleNamespace

import pyarrow.compute as pc
import pytest

from treue.features.errors import TreueError
from treue.serving.predict_request import PredictRequest, tables_of
from treue.serving.viewer import Viewer

LEAD = Viewer("chef@example.com", "lead")
ANNA = Viewer("anna@example.com", "account_manager", "Anna")
CUTOFF = datetime(2023, 7, 1)


@pytest.fixture
def service(app, predictors, browser_of, store):
    """A program with a token of the scope predict."""
    app.state.predictors = predictors
    client = browser_of()
    token = store.add_token("scoring", ["predict"], at=app.state.clock())
    client.headers["Authorization"] = f"Bearer {token}"
    return client


@pytest.fixture(scope="session")
def panel(predictors, tables):
    return predictors["churn"].build_panel(tables, CUTOFF)


@pytest.fixture(scope="session")
def rows(panel):
    """Three rows of the panel as JSON has them, the first of a customer without complaints."""
    quiet = panel[panel["complaints_all"] == 0].head(3)
    return json.loads(quiet.to_json(orient="records", date_format="iso"))


@pytest.fixture(scope="session")
def events(tables, rows):
    """All events of the first of them, by table."""

    def own(name, frame):
        key = "referrer_id" if name == "referrals" else "customer_id"
        mine = frame.filter(pc.equal(frame[key], rows[0]["customer_id"]))
        return json.loads(mine.to_pandas().to_json(orient="records", date_format="iso"))

    return {name: own(name, frame) for name, frame in tables.frames.items()}


def test_a_panel_row_gets_the_library_s_probability_and_all_adds_up(
    service, predictors, panel, rows
):
    answer = service.post("/v1/predict", json={"panel": rows}).json()
    assert set(answer["targets"]) == {"churn", "referral"}
    for target, found in answer["targets"].items():
        expected = predictors[target].predict_panel(panel[panel["complaints_all"] == 0].head(3))
        assert found["fingerprint"] == predictors[target].fingerprint
        for one, probability in zip(found["customers"], expected["probability"], strict=True):
            assert one["probability"] == pytest.approx(probability, abs=1e-12)
            assert one["base"] + sum(one["contributions"].values()) == pytest.approx(one["raw"])
            shown = 100 * one["base_probability"] + sum(one["points"].values())
            assert shown == pytest.approx(100 * one["probability"])
            assert sum(one["family_points"].values()) == pytest.approx(sum(one["points"].values()))
            assert one["cutoff"] == "2023-07-01T00:00:00"


def test_the_question_and_reasons_come_in_both_languages(service, rows):
    found = service.post("/v1/predict", json={"panel": rows}).json()["targets"]["churn"]
    assert found["question"] == {
        "de": "kein Kauf in den nächsten 90 Tagen",
        "en": "no purchase in the next 90 days",
    }
    for one in found["customers"]:
        for reason in one["reasons"]:
            assert reason["sentence"]["de"]
            assert reason["sentence"]["en"]
            assert reason["percentile"] is None  # the others of a request are no peers


def test_raw_events_of_one_customer_get_the_same_probability(service, events, rows):
    by_rows = service.post("/v1/predict", json={"panel": rows[:1]}).json()
    by_events = service.post("/v1/predict", json={"tables": events, "cutoff": "2023-07-01"}).json()
    for target in ("churn", "referral"):
        [one], [other] = (answer["targets"][target]["customers"] for answer in (by_rows, by_events))
        assert one["customer_id"] == other["customer_id"]
        assert one["probability"] == pytest.approx(other["probability"], abs=1e-12)


def test_a_table_that_the_model_knows_may_be_empty_but_not_left_out(service, events):
    """An empty list says that there was nothing; leaving it out says nothing."""
    assert events["complaints"] == []  # and yet the figures were the library's
    left_out = {name: rows for name, rows in events.items() if name != "complaints"}
    answer = service.post("/v1/predict", json={"tables": left_out, "cutoff": "2023-07-01"})
    assert answer.status_code == 422
    assert "missing (numeric in the model)" in answer.text


def test_nothing_of_a_request_is_kept(service, store, rows, predictors):
    before = predictors["churn"]._scored
    service.post("/v1/predict", json={"panel": rows})
    assert predictors["churn"]._scored is before
    assert store.views(rows[0]["customer_id"], viewer=LEAD) == []


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({}, "body: give either panel or tables"),
        ({"panel": [{"customer_id": "a"}], "tables": {}}, "body: give either panel or tables"),
        ({"tables": {}}, "body: tables need a cutoff, the moment of knowledge"),
        ({"panel": []}, "body.panel: List should have at least 1 item"),
        ({"panel": [{}]}, "body.panel.0: Dictionary should have at least 1 item"),
        ({"panel": [{"x": 1}]}, "panel: rows 0 have no customer_id; add it"),
        ({"panel": [{"customer_id": "a"}] * 2}, "panel: customers a stand in it twice; send one"),
        ({"panel": [{"customer_id": "a"}]}, "missing (numeric in the model)"),
        ({"panel": [{"customer_id": [1]}]}, "body.panel.0.customer_id: is no text of up to 200"),
        ({"panel": [{"customer_id": 10**20}]}, "body.panel.0.customer_id: is no text of up to"),
        ({"panel": [{"customer_id": "a", "cutoff": "soon"}]}, "panel: cutoff holds no dates"),
        ({"panel": [{"customer_id": f"{i}"} for i in range(201)]}, "at most 200 items"),
        ({"tables": {}, "cutoff": "2023-07-01"}, "tables: purchases are missing; only buyers"),
        ({"tables": {"purchases": []}, "cutoff": "2023-07-01"}, "tables: purchases are missing"),
        ({"tables": {"purchases": []}, "cutoff": "1066-10-14"}, "cutoff lies outside of 1970"),
        (
            {"tables": {"purchases": [{"customer_id": 1}]}, "cutoff": "2023-07-01"},
            "purchases.purchased_at: ",
        ),
        ({"color": "red"}, "body.color: Extra inputs are not permitted"),
    ],
)
def test_a_request_with_a_mistake_is_refused_with_its_place(service, asked, told):
    answer = service.post("/v1/predict", json=asked)
    assert answer.status_code == 422
    assert told in answer.text


def test_a_customer_who_is_not_eligible_is_told(service, events):
    answer = service.post("/v1/predict", json={"tables": events, "cutoff": "2030-01-01"})
    assert answer.status_code == 422
    told = "tables: nobody is eligible at 2030-01-01; only who bought in the 180 days before is"
    assert told in answer.text


def test_a_word_where_a_number_was_is_refused(service, rows):
    wrong = [{**rows[0], "orders_90": "many"}]
    answer = service.post("/v1/predict", json={"panel": wrong})
    assert "! orders_90: numeric in the model, categorical here" in answer.text


def test_without_a_model_in_use_it_is_said(app, browser_of, form_token):
    lead = browser_of(LEAD)
    headers = {"X-CSRF-Token": form_token(lead)}
    answer = lead.post("/v1/predict", json={"panel": []}, headers=headers)
    assert answer.status_code == 409
    assert "No model is in use; train one with treue train" in answer.text


def test_only_leads_and_services_made_for_it_may_score(app, predictors, browser_of, form_token):
    app.state.predictors = predictors
    for viewer, status in ((ANNA, 403), (LEAD, 422)):
        client = browser_of(viewer)
        headers = {"X-CSRF-Token": form_token(client)}
        assert client.post("/v1/predict", json={}, headers=headers).status_code == status
    assert browser_of(LEAD).post("/v1/predict", json={}).status_code == 403
    assert browser_of().post("/v1/predict", json={}).status_code == 401


@pytest.mark.parametrize(
    ("tables", "told"),
    [
        (
            {"purchases": [{"customer_id": "K1"}]},
            "tables: customers, complaints are missing, and the model was trained with them; send "
            "an empty list where there was nothing of that kind",
        ),
        (
            {
                "purchases": [{"customer_id": "K1"}],
                "complaints": [],
                "customers": [{"customer_id": "K1", "industry": "Handel"}],
            },
            "tables: customers lack Branche, which the model was trained with under these names; "
            "send them, null where unknown",
        ),
    ],
)
def test_what_the_model_was_trained_with_is_asked_for_by_its_name(tables, told):
    config = "[tables]\npurchases.path = 'p'\ncustomers.path = 'c'\ncomplaints.path = 'r'\n"
    config += "[data]\nattributes = ['Branche']\n"
    predictor = SimpleNamespace(bundle=SimpleNamespace(config_toml=config))
    asked = PredictRequest(tables=tables, cutoff=datetime(2024, 1, 1))
    with pytest.raises(TreueError, match=re.escape(told)):
        tables_of(asked, predictor)


@pytest.mark.parametrize(
    ("categories", "expected"),
    [
        ([3, None], ["3", None]),  # a gap does not make 3.0 of it
        (["a", 5], ["a", "5"]),
        ([True, None], ["true", None]),
        ([None, None], [None, None]),
    ],
)
def test_values_of_a_column_are_read_alike_though_some_are_missing(categories, expected):
    rows = [
        {
            "customer_id": 7,
            "purchased_at": f"2024-01-0{day}T10:00:00Z",
            "amount": day,
            "category": one,
        }
        for day, one in enumerate(categories, start=1)
    ]
    rows.append({"customer_id": "7", "purchased_at": "2024-01-03T10:00:00Z"})
    asked = PredictRequest(tables={"purchases": rows}, cutoff=datetime(2024, 2, 1))
    predictor = SimpleNamespace(
        bundle=SimpleNamespace(config_toml="[tables]\npurchases.path = 'p'\n")
    )
    found = tables_of(asked, predictor).frames["purchases"].to_pydict()
    assert found["category"] == [*expected, None]
    assert found["customer_id"] == ["7"] * 3
    assert found["amount"] == [1.0, 2.0, None]
    assert found["purchased_at"][0] == datetime(2024, 1, 1, 10)

"""The JSON twins against their own description, and what they say."""

import json
import warnings

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings

from treue.serving.viewer import Viewer

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis

LEAD = Viewer("chef@example.com", "lead")
ADDRESS = "http://127.0.0.1:8765"
OPERATIONS = 16


@pytest.fixture
def lead(app, predictors, browser_of, form_token):
    """A browser of a lead's that may post, at an app with models."""
    app.state.predictors = predictors
    browser = browser_of(LEAD)
    browser.headers["X-CSRF-Token"] = form_token(browser)
    return browser


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.value)
def test_whatever_is_asked_is_answered_as_the_description_says(lead, mode):
    """Requests that fit the description, and ones that do not, as schemathesis draws them."""
    checks = schemathesis.checks
    described = schemathesis.openapi.from_dict(lead.get("/api/v1/openapi.json").json())
    kept = [
        checks.not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_schema_conformance,
    ]
    answered: list[int] = []
    for found in described.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=8,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(mode))
        def attempt(case):
            sent = requests.Request(**case.as_transport_kwargs(base_url=ADDRESS)).prepare()
            sent.headers.pop("authorization", None)  # the session is meant
            answer = lead.request(sent.method, sent.url, content=sent.body, headers=sent.headers)
            answered.append(answer.status_code)
            case.validate_response(answer, checks=kept)

        attempt()
    assert len(answered) > 5 * OPERATIONS
    good = sum(status < 300 for status in answered)
    assert good > (3 * OPERATIONS if mode.is_positive else 0)


def test_a_customer_s_json_is_the_dossier(lead, store):
    found = lead.get("/api/v1/customers/A-1").json()
    assert found == json.loads(store.dossier("A-1", viewer=LEAD).model_dump_json())
    assert found["churn"]["reasons"][0]["sentence"]["de"].startswith("Bestellt seltener: 2")


def test_an_earlier_cutoff_is_read_by_its_moment_in_any_zone(lead):
    for moment in ("2024-10-01T00:00:00", "2024-10-01T02:00:00%2B02:00", "2024-10-01"):
        found = lead.get(f"/api/v1/customers/A-1?cutoff={moment}")
        assert found.json()["cutoff"] == "2024-10-01T00:00:00"
    assert lead.get("/api/v1/customers/A-1?cutoff=2023-01-01").status_code == 404


def test_an_id_with_a_slash_and_a_space_is_found(lead):
    assert lead.get("/api/v1/customers/B%2F2%20x").json()["name"] == "Blumen Böhm"
    assert len(lead.get("/api/v1/customers/B%2F2%20x/history").json()) == 2
    assert lead.get("/api/v1/customers/B%2F2%20x/outcomes").json() == []


def test_the_worklist_is_filtered_and_turned_over(lead):
    def ids(question):
        return [
            row["customer_id"] for row in lead.get(f"/api/v1/worklist{question}").json()["rows"]
        ]

    assert ids("") == ["A-1", "B-1", "C-1", "A-2", "B/2 x"]
    assert ids("?per_page=2&page=2") == ["C-1", "A-2"]
    assert ids("?account_manager=Ben") == ["B-1", "B/2 x"]
    assert ids("?search=backerei") == ["B-1"]
    assert ids("?quadrant=focus&sort=name") == ["A-2", "B/2 x"]


def test_an_outcome_is_kept_with_who_and_when(lead, store):
    outcome = {
        "channel": "visit",
        "result": "appointment",
        "concession_amount": 50,
        "note": "Angebot bis Freitag",
        "next_step_at": "2025-01-10T10:00:00+01:00",
    }
    made = lead.post("/api/v1/customers/B%2F2%20x/outcomes", json=outcome)
    assert made.status_code == 201
    [kept] = lead.get("/api/v1/customers/B%2F2%20x/outcomes").json()
    assert kept["outcome_id"] == made.json()["outcome_id"]
    assert kept["recorded_by"] == "chef@example.com"
    assert kept["at"] == "2025-01-07T09:30:00"
    assert kept["next_step_at"] == "2025-01-10T09:00:00"
    [row] = lead.get("/api/v1/outcomes").json()
    assert (row["customer_id"], row["channel"], row["direction"]) == ("B/2 x", "visit", "out")


def test_a_plan_is_made_from_what_the_worklist_would_list(lead):
    assert lead.get("/api/v1/plan").json() is None
    made = lead.post("/api/v1/plan?account_manager=Ben", json={"capacity": 1}).json()
    assert [one["customer_id"] for one in made["entries"]] == ["B-1"]
    assert lead.get("/api/v1/plan").json() == made


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (
            {"channel": "pigeon"},
            "body.channel: Input should be 'call', 'visit', 'write' or 'other'",
        ),
        ({"concession_amount": -1}, "body.concession_amount: Input should be greater than or"),
        ({"note": "x" * 2001}, "body.note: String should have at most 2000 characters"),
        ({"color": "red"}, "body.color: Extra inputs are not permitted"),
        ({"next_step_at": "soon"}, "body.next_step_at: Input should be a valid datetime"),
    ],
)
def test_an_outcome_with_a_mistake_is_refused_with_its_place(lead, store, wrong, told):
    outcome = {"channel": "call", "result": "reached", **wrong}
    answer = lead.post("/api/v1/customers/A-1/outcomes", json=outcome)
    assert answer.status_code == 422
    assert told in answer.text
    assert store.outcomes("A-1", viewer=LEAD) == []


def test_the_description_is_for_those_who_may_ask(browser_of):
    assert browser_of().get("/api/v1/openapi.json").status_code == 401
    for guess in ("/docs", "/redoc", "/openapi.json"):
        assert browser_of(LEAD).get(guess).status_code == 404

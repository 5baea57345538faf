"""Who reaches what, tried on every route that the app has, not on a list of them."""

import io
import re
import zipfile
from urllib.parse import quote

import pytest

from treue.serving import pages
from treue.serving.access import viewer_of
from treue.serving.viewer import Viewer
from treue.settings import Access

LEAD = Viewer("chef@example.com", "lead")
ANNA = Viewer("anna@example.com", "account_manager", "Anna")

OPEN = {"/static", "/health", "/sign-in", "/sign-in/start", "/sign-in/callback", "/signed-out"}
"""What anybody may open; nothing in it tells of customers."""
HIDDEN_FROM_ANNA = ["B-1", "B/2 x", "C-1"]
OF_OTHERS = ["Bergmann", "Böhm", "Niemandes", "B/2 x"]
"""Words that stand in no answer to Anna; none of them is asked for below."""
BODIES = [
    {"data": {"channel": "call", "result": "reached", "note": "x", "capacity": "3"}},
    {"json": {"channel": "call", "result": "reached", "capacity": 3}},
    {"json": {"panel": [{"customer_id": "B-1"}]}},
]
"""One of them fits each route that takes a body."""
QUESTIONS = [
    "",
    "?account_manager=Ben",
    "?search=bäckerei",
    "?search=%25&sort=name",
    "?page=2&per_page=1",
    "?quadrant=promoter_at_risk&changed=up",
    "?cutoff=2024-10-01T00:00:00",
]


def routes_of(app):
    """Path and methods of every route, also of routers that were included."""

    def walk(routes):
        for route in routes:
            if hasattr(route, "effective_candidates"):  # newer FastAPI includes lazily
                yield from walk(route.effective_candidates())
            else:
                yield route.path, sorted(getattr(route, "methods", None) or {"GET"})

    return list(walk(app.routes))


def filled(path, customer_id="A-1"):
    """The path with a customer; any other parameter gets a word."""
    path = re.sub(r"{customer_id(:path)?}", quote(customer_id, safe=""), path)
    return re.sub(r"{[^}]*}", "picture", path)


def text_of(response):
    """What a reader sees, also in an Excel file."""
    if response.content[:2] != b"PK":
        return response.text
    with zipfile.ZipFile(io.BytesIO(response.content)) as book:
        return "".join(book.read(name).decode() for name in book.namelist())


@pytest.fixture
def send(form_token):
    """Send a request to a path with everything that a page of one's own would send."""

    def sent(client, method, path, body=None):
        headers = {"X-CSRF-Token": form_token(client)} if client.cookies else {}
        return client.request(method, path, headers=headers, **(body or {}))

    return sent


def test_the_walk_finds_the_routes_of_all_routers(app):
    found = {path for path, _ in routes_of(app)}
    assert {route.path for route in pages.router.routes} <= found
    assert {"/sign-in", "/api/v1/worklist", "/v1/predict", "/export/worklist.csv"} <= found
    assert len(found) > 25


def test_nobody_reaches_anything_without_signing_in(app, browser_of, store):
    reached = []
    for path, methods in routes_of(app):
        for method in methods:
            answer = browser_of().request(method, filled(path))
            json = path.startswith(("/api/", "/v1/"))
            to_sign_in = answer.headers.get("location", "").startswith("/sign-in")
            refused = answer.status_code == 401 if json else answer.status_code in (303, 403)
            if not refused or (answer.status_code == 303 and not to_sign_in):
                reached.append(path)
    assert set(reached) == OPEN
    assert store.views("A-1", viewer=LEAD) == []


def test_what_is_open_tells_of_no_customer(browser_of):
    for path in OPEN:
        assert "Ahorn" not in browser_of().get(path).text


@pytest.mark.parametrize("customer_id", HIDDEN_FROM_ANNA)
def test_another_s_customer_looks_as_if_there_were_none(app, browser_of, send, store, customer_id):
    anna = browser_of(ANNA)
    about_customers = [one for one in routes_of(app) if "{customer_id" in one[0]]
    assert len(about_customers) >= 8
    for path, methods in about_customers:
        for method in methods:
            for body in [None] if method == "GET" else BODIES:
                for question in QUESTIONS if method == "GET" else [""]:
                    answer, none = (
                        send(anna, method, filled(path, one) + question, body)
                        for one in (customer_id, "nobody's-id")
                    )
                    assert answer.status_code in (403, 404, 422), (method, path, answer.text)
                    assert answer.status_code == none.status_code
                    assert answer.text == none.text.replace("nobody's-id", customer_id)
    assert store.outcomes(customer_id, viewer=LEAD) == []
    assert store.views(customer_id, viewer=LEAD) == []


def test_no_answer_to_an_account_manager_tells_of_another_s_customer(app, browser_of, send):
    anna = browser_of(ANNA)
    answered = 0
    for path, methods in routes_of(app):
        for method in methods:
            if path == "/sign-out":
                continue
            for body in [None] if method == "GET" else BODIES:
                for question in QUESTIONS:
                    answer = send(anna, method, filled(path) + question, body)
                    assert answer.status_code < 500, (method, path, answer.text)
                    answered += answer.status_code < 400
                    told = [word for word in OF_OTHERS if word in text_of(answer)]
                    assert not told, (method, path, question)
    assert answered > 60


def test_an_account_manager_sees_their_own_customers_and_a_lead_all(browser_of):
    def listed(viewer):
        rows = browser_of(viewer).get("/api/v1/worklist").json()["rows"]
        return {row["customer_id"] for row in rows}

    assert listed(ANNA) == {"A-1", "A-2"}
    assert listed(LEAD) == {"A-1", "A-2", "B-1", "B/2 x", "C-1"}


def test_a_plan_of_an_account_manager_holds_their_own_customers_only(browser_of, send):
    answer = send(browser_of(ANNA), "POST", "/api/v1/plan", {"json": {"capacity": 5}})
    assert {entry["customer_id"] for entry in answer.json()["entries"]} == {"A-1", "A-2"}


def test_only_leads_see_who_looked(browser_of):
    path = "/api/v1/customers/A-1/views"
    assert browser_of(ANNA).get(path).json()["error"] == {
        "status": 403,
        "message": "Only leads may see this.",
        "details": [],
    }
    assert browser_of(LEAD).get(path).status_code == 200


def test_a_service_with_the_scope_predict_reads_nothing(app, browser_of, store):
    token = store.add_token("scoring", ["predict"], at=app.state.clock())
    for path, methods in routes_of(app):
        if "GET" not in methods or path in OPEN or path == "/api/v1/openapi.json":
            continue
        client = browser_of()
        client.headers["Authorization"] = f"Bearer {token}"
        assert client.get(filled(path)).status_code in (303, 403), path


def test_a_service_with_the_scope_read_reads_json_but_notes_nothing(app, browser_of, store):
    client = browser_of()
    token = store.add_token("warehouse", ["read"], at=app.state.clock())
    client.headers["Authorization"] = f"Bearer {token}"
    assert client.get("/api/v1/customers/B-1").json()["name"] == "Bäckerei Bergmann"
    assert client.get("/customers/B-1").status_code == 303
    outcome = {"channel": "call", "result": "reached"}
    refused = client.post("/api/v1/customers/B-1/outcomes", json=outcome)
    assert refused.json()["error"]["message"] == "Only a person who is signed in may do this."
    assert client.post("/v1/predict", json={"panel": []}).status_code == 403


def test_a_revoked_token_opens_nothing(app, browser_of, store):
    client = browser_of()
    token = store.add_token("old", ["read"], at=app.state.clock())
    client.headers["Authorization"] = f"Bearer {token}"
    assert client.get("/api/v1/me").status_code == 200
    store.revoke_token("old", at=app.state.clock())
    assert client.get("/api/v1/me").status_code == 401


def test_a_person_who_is_no_longer_listed_is_signed_out(browser_of):
    stranger = browser_of(Viewer("former@example.com", "lead"))
    assert stranger.get("/api/v1/me").status_code == 401
    assert stranger.get("/worklist").headers["location"] == "/sign-in?next=%2Fworklist"


def test_an_e_mail_address_is_the_same_in_capital_letters_another_claim_is_not():
    people = {"leads": ["Chef@Example.com"], "account_managers": {"anna@example.com": "Anna"}}
    by_mail, by_id = Access(**people), Access(claim="sub", **people)
    assert viewer_of(by_mail, "chef@example.com") == Viewer("chef@example.com", "lead")
    assert viewer_of(by_mail, "ANNA@example.com").account_manager == "Anna"
    assert viewer_of(by_id, "chef@example.com") is None
    assert viewer_of(by_id, "Chef@Example.com").role == "lead"


@pytest.mark.parametrize(
    "path",
    [
        "/customers/A-1",
        "/api/v1/customers/A-1",
        "/api/v1/customers/A-1/history",
        "/export/worklist.csv",
        "/export/worklist.xlsx",
        "/export/letters.csv",
    ],
)
def test_each_view_of_a_customer_is_noted(browser_of, store, path):
    assert browser_of(ANNA).get(path).status_code == 200
    [view] = store.views("A-1", viewer=LEAD)
    assert (view.viewer, view.role) == ("anna@example.com", "account_manager")
    assert view.at.isoformat() == "2025-01-07T09:30:00"
    assert view.route.replace("{customer_id:path}", "A-1").replace("{customer_id}", "A-1") == (
        f"GET {path}"
    )


def test_what_cannot_be_noted_is_not_shown(app, browser_of, store, monkeypatch, caplog):
    def full(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr(type(store), "log_views", full)
    answer = browser_of(ANNA).get("/customers/A-1")
    assert answer.status_code == 500
    assert "Ahorn" not in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "disk full" in caplog.text

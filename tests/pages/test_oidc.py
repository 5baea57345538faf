"""Signing in at a real identity provider, with everything that could go wrong on the way."""

import re
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from treue.serving.app import create_app
from treue.serving.app_settings import AppSettings
from treue.settings import Access

CALLBACK = "http://127.0.0.1:8765/sign-in/callback"
SECRET = "the-client-s-own-secret"


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def issuer(tmp_path_factory):
    """Start a provider and return its issuer."""
    pytest.importorskip("oauth2_provider", reason="django-oauth-toolkit is not installed")
    port = _free_port()
    script = Path(__file__).with_name("identity_provider.py")
    folder = tmp_path_factory.mktemp("provider")
    command = [sys.executable, str(script), str(port), str(folder), CALLBACK]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            yield f"http://127.0.0.1:{port}/o"
        finally:
            process.terminate()


@pytest.fixture
def settings(issuer):
    access = Access(
        issuer=issuer,
        client_id="treue",
        leads=["chef@example.com"],
        account_managers={"anna@example.com": "Anna"},
    )
    return AppSettings(access=access, client_secret=SECRET)


@pytest.fixture
def clock(app):
    """A clock that a test may turn."""

    class Clock:
        now = app.state.clock()

        def __call__(self):
            return self.now

    return Clock()


@pytest.fixture
def signing_in(store, settings, clock, browser_of):
    """A browser at an app whose people sign in at the provider."""

    def opened(settings=settings):
        return browser_of(app=create_app(store, settings=settings, clock=clock))

    return opened


def at_the_provider(address, name):
    """Sign in there as the person would, and return where the provider sends the browser."""
    with httpx.Client(follow_redirects=False) as browser:
        answer = browser.get(address)
        login = str(answer.url.join(answer.headers["location"]))
        page = browser.get(login)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text).group(1)
        wanted = parse_qs(urlsplit(login).query)["next"][0]
        form = {"username": name, "password": name, "next": wanted, "csrfmiddlewaretoken": token}
        answer = browser.post(login, data=form)
        answer = browser.get(str(answer.url.join(answer.headers["location"])))
        return answer.headers["location"]


def signed_in(browser, name, target="/worklist"):
    start = browser.get("/sign-in/start", params={"next": target})
    back = at_the_provider(start.headers["location"], name)
    return browser.get(back)


def test_a_person_signs_in_and_sees_their_own_customers(signing_in):
    browser = signing_in()
    first = browser.get("/customers/A-1")
    assert first.headers["location"] == "/sign-in?next=%2Fcustomers%2FA-1"
    page = browser.get(first.headers["location"])
    assert 'href="/sign-in/start?next=%2Fcustomers%2FA-1"' in page.text
    answer = signed_in(browser, "anna", "/customers/A-1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/customers/A-1")
    me = browser.get("/api/v1/me").json()
    assert (me["name"], me["role"], me["account_manager"]) == (
        "anna@example.com",
        "account_manager",
        "Anna",
    )
    assert browser.get("/api/v1/customers/A-1").status_code == 200
    assert browser.get("/api/v1/customers/B-1").status_code == 404


def test_a_lead_sees_all(signing_in):
    browser = signing_in()
    signed_in(browser, "chef")
    assert browser.get("/api/v1/customers/B-1").status_code == 200


def test_the_request_to_the_provider_carries_pkce_state_and_nonce(signing_in, issuer):
    start = signing_in().get("/sign-in/start")
    address = urlsplit(start.headers["location"])
    asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{issuer}/authorize/"
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == CALLBACK
    assert asked["scope"] == "openid email profile"
    assert len(asked["state"]) >= 20
    assert len(asked["nonce"]) >= 20
    assert len(asked["code_challenge"]) == 43
    assert SECRET not in start.headers["location"]
    cookie = start.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_a_person_who_is_not_listed_is_told_so_in_words(signing_in):
    browser = signing_in()
    answer = signed_in(browser, "mallory")
    assert answer.status_code == 403
    assert "have not been given access to these pages yet" in answer.text
    assert browser.get("/api/v1/me").status_code == 401


def test_an_address_that_the_provider_has_not_verified_opens_nothing(signing_in):
    browser = signing_in()
    assert signed_in(browser, "eve").status_code == 403
    assert browser.get("/api/v1/me").status_code == 401


def test_a_callback_that_this_browser_did_not_start_is_refused(signing_in):
    """Nobody can sign a victim in under another account (login CSRF)."""
    stranger, victim = signing_in(), signing_in()
    start = stranger.get("/sign-in/start")
    back = at_the_provider(start.headers["location"], "anna")
    assert victim.get(back).status_code == 403
    victim.get("/sign-in/start")
    assert victim.get(back).status_code == 403
    assert victim.get("/api/v1/me").status_code == 401


def test_a_code_is_good_once(signing_in):
    browser = signing_in()
    start = browser.get("/sign-in/start")
    flow = dict(browser.cookies)
    back = at_the_provider(start.headers["location"], "anna")
    assert browser.get(back).status_code == 303
    thief = signing_in()
    thief.cookies.update(flow)
    assert thief.get(back).status_code == 403


def test_a_sign_in_that_took_too_long_starts_anew(signing_in, clock):
    browser = signing_in()
    start = browser.get("/sign-in/start")
    back = at_the_provider(start.headers["location"], "anna")
    clock.now += timedelta(minutes=16)
    assert browser.get(back).status_code == 403


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "/sign-out", "evil"]
)
def test_nobody_is_led_to_another_site(signing_in, target):
    assert signed_in(signing_in(), "anna", target).headers["location"] == "/"


def test_a_new_session_replaces_the_one_before(signing_in):
    browser = signing_in()
    signed_in(browser, "anna")
    before = browser.cookies["treue_8765"]
    signed_in(browser, "chef")
    assert browser.get("/api/v1/me").json()["name"] == "chef@example.com"
    browser.cookies.clear()
    browser.cookies.set("treue_8765", before)
    assert browser.get("/api/v1/me").status_code == 401


def test_what_the_provider_refuses_is_told_and_not_repeated(signing_in, caplog):
    browser = signing_in()
    browser.get("/sign-in/start")
    words = "<script>alert(1)</script>"
    answer = browser.get("/sign-in/callback", params={"error": words, "error_description": words})
    assert answer.status_code == 403
    assert "script" not in answer.text
    assert "alert" not in caplog.text


def test_a_wrong_client_secret_is_our_side_s_matter(signing_in, settings):
    browser = signing_in(replace(settings, client_secret="wrong"))
    assert signed_in(browser, "anna").status_code == 403
    assert browser.get("/api/v1/me").status_code == 401


def test_a_provider_that_does_not_answer_is_told(signing_in, settings, caplog):
    nowhere = settings.access.model_copy(update={"issuer": "http://127.0.0.1:1/o"})
    answer = signing_in(replace(settings, access=nowhere)).get("/sign-in/start")
    assert answer.status_code == 503
    assert "The sign-in service does not answer." in answer.text
    assert "the identity provider cannot be used: ConnectError" in caplog.text


def test_a_provider_that_speaks_for_another_issuer_is_refused(signing_in, settings, caplog):
    other = settings.access.issuer.replace("127.0.0.1", "localhost")
    access = settings.access.model_copy(update={"issuer": other})
    answer = signing_in(replace(settings, access=access)).get("/sign-in/start")
    assert answer.status_code == 503
    assert caplog.text.strip()


def test_neither_secrets_nor_codes_stand_in_the_log(signing_in, caplog):
    caplog.set_level("DEBUG")
    browser = signing_in()
    start = browser.get("/sign-in/start")
    back = at_the_provider(start.headers["location"], "anna")
    caplog.clear()  # what the person's own browser logged on the way
    browser.get(urlsplit(back)._replace(scheme="", netloc="").geturl())
    ours = "\n".join(
        record.getMessage()
        for record in caplog.records
        if record.name.startswith(("treue", "auth"))
    )
    code = parse_qs(urlsplit(back).query)["code"][0]
    assert "anna@example.com signed in" in ours
    for secret in (code, SECRET, browser.cookies["treue_8765"]):
        assert secret not in ours

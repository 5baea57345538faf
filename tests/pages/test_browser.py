"""The pages in a real browser: the way through them, how they look, who can use them."""

import importlib.util
import os
import threading
import time
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
uvicorn = pytest.importorskip("uvicorn")

from axe_playwright_python.sync_playwright import Axe  # noqa: E402

from treue.serving.app import create_app  # noqa: E402
from treue.serving.app_settings import AppSettings  # noqa: E402
from treue.serving.viewer import Viewer  # noqa: E402
from treue.settings import Pages  # noqa: E402

CHROMIUM = Path(os.environ.get("TREUE_CHROMIUM", "/usr/bin/chromium"))
pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}; TREUE_CHROMIUM names another browser"
)

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 375, "height": 812}
ADDRESSES = {
    "worklist": "/worklist",
    "customer": "/customers/K0001",
    "print": "/customers/K0001/print",
    "portfolio": "/portfolio",
    "model": "/model",
    "error": "/customers/K9999",
}


def examples():
    path = Path(__file__).with_name("example_dossiers.py")
    spec = importlib.util.spec_from_file_location("example_dossiers", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A server on loopback with the example store; the link of `treue serve` opens it once."""
    example = examples()
    store = example.example_store(f"sqlite:///{tmp_path_factory.mktemp('browser') / 'treue.db'}")
    settings = AppSettings(
        language="de",
        pages=Pages(company="Nordpumpen GmbH"),
        local_token="once",
        local_viewer=Viewer("Katrin Lehmann", "lead"),
    )
    app = create_app(store, settings=settings, clock=lambda: example.NOW)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=10)
    store.close()


@pytest.fixture(scope="module")
def chromium():
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def cookies(chromium, address):
    """Of somebody who signed in with the one-time link."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{address}/sign-in?token=once")
    assert page.url == f"{address}/worklist"
    found = context.cookies()
    context.close()
    return found


@pytest.fixture
def page_of(chromium, address, cookies):
    """A page in a language and of a width; what the browser complains of is kept."""
    opened = []

    def of(language="de", viewport=DESKTOP, **options):
        context = chromium.new_context(viewport=viewport, base_url=address, **options)
        chosen = {"name": "treue_language", "value": language, "url": address}
        context.add_cookies([*cookies, chosen])
        page = context.new_page()
        page.set_default_timeout(8_000)
        page.complaints = []
        page.on("console", lambda said: page.complaints.append(said.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        opened.append(context)
        return page

    yield of
    for context in opened:
        context.close()


@pytest.fixture
def keep(tmp_path):
    """Where screenshots go: TREUE_SCREENSHOTS keeps them."""
    folder = Path(os.environ.get("TREUE_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


SEEN = """
    const clipped = e => e && (getComputedStyle(e).clipPath !== 'none' || clipped(e.parentElement));
    const seen = e => e.checkVisibility() && !clipped(e);
    const named = e => e.tagName + '.' + e.className + ' ' + e.textContent.trim().slice(0, 40);
"""


def wide(page):
    """What reaches beyond the right edge of the page; wide tables may be scrolled on their own."""
    return page.evaluate(
        f"""() => {{ {SEEN} return [...document.querySelectorAll('body *')]
            .filter(e => !e.closest('.scroll, .table') && seen(e)
                && e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
            .map(named) }}"""
    )


def cut_off(page):
    """Texts that do not fit their box and are hidden there."""
    return page.evaluate(
        f"""() => {{ {SEEN} return [...document.querySelectorAll('main *')]
            .filter(e => getComputedStyle(e).overflowX === 'hidden' && seen(e)
                && e.scrollWidth > e.clientWidth + 1)
            .map(named) }}"""
    )


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("name", ADDRESSES)
def test_page_is_legible_and_accessible_on_desktop_and_phone(name, language, page_of, keep):
    for width, viewport in (("desktop", DESKTOP), ("phone", PHONE)):
        page = page_of(language, viewport)
        page.goto(ADDRESSES[name])
        assert page.get_attribute("html", "lang") == language
        if name == "customer":
            for closed in page.query_selector_all("details:not([open]) > summary"):
                closed.click()
        page.screenshot(path=keep / f"{name}-{language}-{width}.png", full_page=True)
        assert wide(page) == []
        assert cut_off(page) == []
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        told = [c for c in page.complaints if not (name == "error" and "404" in c)]
        assert told == []


def test_dark_colours_have_enough_contrast(page_of, keep):
    page = page_of("de", DESKTOP, color_scheme="dark")
    for name in ("customer", "worklist", "portfolio", "model"):
        page.goto(ADDRESSES[name])
        page.screenshot(path=keep / f"{name}-dark.png", full_page=True)
        found = Axe().run(page, options={"runOnly": ["color-contrast"]})
        assert found.violations_count == 0, found.generate_report()


def test_the_way_of_an_account_manager_needs_no_script(page_of, keep):
    page = page_of("de", DESKTOP, java_script_enabled=False)
    page.goto("/worklist")
    assert page.locator("tbody tr").count() == 25

    page.get_by_label("Gruppe").select_option("Gefährdete Empfehler")
    page.get_by_role("button", name="Anzeigen").click()
    groups = page.locator("tbody .chip").all_inner_texts()
    assert set(groups) == {"Gefährdeter Empfehler"}

    page.get_by_role("link", name="Filter aufheben").click()
    page.get_by_label("Name, Nummer oder Betreuung").fill("hinrichs")
    page.get_by_role("button", name="Anzeigen").click()
    page.get_by_role("link", name="Bäckerei Hinrichs GmbH & Co. KG").click()
    glance = page.get_by_role("region", name="Auf einen Blick")
    for question in (
        "Wird dieser Kunde gehen?",
        "Wird er uns empfehlen?",
        "Warum?",
        "Was hat sich geändert?",
        "Was ist er uns wert?",
        "Wie weit darf ich gehen?",
        "Was darf ich sagen?",
        "Was ist zu tun?",
    ):
        assert glance.get_by_role("heading", name=question).is_visible()
    assert "63\xa0%" in glance.inner_text()
    assert (
        "1.150\xa0€" in glance.get_by_role("region", name="Wie weit darf ich gehen?").inner_text()
    )

    page.get_by_label("Wie", exact=True).select_option("besucht")
    page.get_by_label("Ergebnis").select_option("Termin vereinbart")
    page.get_by_label("Zugeständnis (EUR)").fill("120.50")
    page.get_by_label("Notiz").fill("Ruft <b>am</b> Montag zurück.")
    page.get_by_role("button", name="Festhalten").click()
    assert page.get_by_role("status").inner_text() == "Gespeichert."
    kept = page.get_by_role("region", name="Bisherige Gespräche").inner_text()
    assert "besucht, Termin vereinbart" in kept
    assert "Ruft <b>am</b> Montag zurück." in kept
    assert "120,50\xa0€" in kept

    page.get_by_role("button", name="English").click()
    assert page.get_by_role("heading", name="Will this customer leave?").is_visible()
    page.get_by_role("button", name="Deutsch").click()

    page.get_by_role("link", name="Druckansicht").click()
    assert page.get_by_role("button", name="Festhalten").count() == 0
    paper = page.pdf(prefer_css_page_size=True, print_background=True)
    (keep / "customer.pdf").write_bytes(paper)
    assert paper.count(b"/Type /Page\n") == 3

    page.goto("/worklist")
    page.get_by_label("Ich habe Zeit für").fill("8")
    page.get_by_role("button", name="Anrufliste machen").click()
    told = page.get_by_role("status").inner_text()
    assert told == "Ihre Anrufliste steht: 8 anrufen, 1 zufällig ausgelassen."
    assert page.locator(".plan-call").count() == 8
    assert page.locator("tbody tr").count() == 9
    assert page.get_by_label("nur meine Anrufliste").is_checked()
    assert page.get_by_label("Ich habe Zeit für").input_value() == "8"
    page.screenshot(path=keep / "plan.png")


def test_all_works_by_keyboard(page_of):
    page = page_of("en")
    page.goto(ADDRESSES["customer"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"

    page.locator(".waterfall summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator(".waterfall details").first.get_attribute("open") is not None

    reachable = page.evaluate(
        """() => [...document.querySelectorAll('a, button, input, select, textarea, summary')]
            .filter(e => e.checkVisibility() && e.type !== 'hidden' && e.tabIndex < 0).length"""
    )
    assert reachable == 0


def test_customer_at_a_loss_is_given_no_room_for_a_concession(page_of, keep):
    page = page_of("de")
    page.goto("/customers/K0003")
    page.screenshot(path=keep / "customer-at-a-loss.png", full_page=True)
    limit = page.get_by_role("region", name="Wie weit darf ich gehen?")
    assert "kein Spielraum" in limit.inner_text()


def test_focus_can_be_seen(page_of):
    page = page_of("de")
    page.goto("/worklist")
    for _ in range(12):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"


def test_pages_stand_half_as_wide_as_for_text_twice_as_large(page_of):
    page = page_of("de", {"width": 640, "height": 900})
    for address in ADDRESSES.values():
        page.goto(address)
        assert wide(page) == []


def test_worklist_prints_without_its_forms(page_of, keep):
    page = page_of("de")
    page.goto("/worklist")
    page.emulate_media(media="print")
    assert not page.get_by_role("button", name="Anzeigen").is_visible()
    (keep / "worklist.pdf").write_bytes(page.pdf(prefer_css_page_size=True))

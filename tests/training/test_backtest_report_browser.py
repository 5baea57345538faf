"""The report in a real browser: legible and accessible on desktop, phone, dark and paper."""

import os
from pathlib import Path

import numpy as np
import pytest
from backtests import CUTOFFS, backtest_of, predictions_of

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from axe_playwright_python.sync_playwright import Axe  # noqa: E402

from treue.training.backtest_report import backtest_report  # noqa: E402

CHROMIUM = Path(os.environ.get("TREUE_CHROMIUM", "/usr/bin/chromium"))
pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}; TREUE_CHROMIUM names another browser"
)
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 375, "height": 812}


@pytest.fixture(scope="module")
def report(tmp_path_factory, quick):
    rng = np.random.default_rng(0)
    parts = [predictions_of(rng, 120, cutoff, signal=0.8) for cutoff in CUTOFFS[:6]]
    made = backtest_of(parts, config=quick, grouped=True)
    folder = tmp_path_factory.mktemp("report")
    for language in ("de", "en"):
        html = backtest_report(made, config=quick, language=language)
        (folder / f"{language}.html").write_text(html, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def page_of(report):
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])

        def of(language, viewport, **options):
            context = browser.new_context(viewport=viewport, bypass_csp=True, **options)
            page = context.new_page()
            page.asked = []
            page.on("request", lambda request: page.asked.append(request.url))
            page.on("console", lambda said: pytest.fail(said.text))
            page.goto((report / f"{language}.html").as_uri())
            return page

        yield of
        browser.close()


def too_wide(page):
    """What reaches beyond the page; wide tables may be scrolled on their own."""
    return page.evaluate(
        """() => [...document.querySelectorAll('main *')]
            .filter(e => !e.closest('.scroll, .hidden') && e.checkVisibility()
                && e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
            .map(e => e.tagName + ' ' + e.textContent.trim().slice(0, 40))"""
    )


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_report_is_legible_and_accessible(page_of, language, viewport):
    page = page_of(language, viewport)
    for closed in page.query_selector_all("details:not([open]) > summary"):
        closed.click()
    assert too_wide(page) == []
    assert len(page.asked) == 1  # the file itself
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_dark_colours_have_enough_contrast(page_of):
    page = page_of("de", DESKTOP, color_scheme="dark")
    found = Axe().run(page, options={"runOnly": ["color-contrast"]})
    assert found.violations_count == 0, found.generate_report()


def test_paper_shows_the_tables_that_are_folded_on_screen(page_of):
    page = page_of("en", DESKTOP)
    inside = page.locator("details table").first
    assert not inside.is_visible()
    page.emulate_media(media="print")
    assert inside.is_visible()
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF-")

"""The pages as HTML: what stands on them, and that nothing written into a field breaks them."""

import re
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from treue.features.errors import TreueError
from treue.serving import page_words
from treue.serving.app import create_app
from treue.serving.app_settings import AppSettings
from treue.serving.customer_view import sayable, waterfall
from treue.serving.dossier import FamilyShare, Text
from treue.serving.guard import check_sayable
from treue.serving.markdown import markdown, outline
from treue.serving.store import Store
from treue.serving.viewer import Viewer
from treue.settings import Access

LEAD = Viewer("chef@example.com", "lead")
ANNA = Viewer("anna@example.com", "account_manager", "Anna")
HOSTILE = "<script>alert(1)</script>\u202e=cmd|'!A1\"&"
TEMPLATES = Path(page_words.__file__).parent / "templates"


class Words(HTMLParser):
    """What is read on a page, and the elements it is made of."""

    def __init__(self, html):
        super().__init__()
        self.said, self.found = [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.said.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.said).split())


def read(response, status=200):
    assert response.status_code == status, response.text
    return Words(response.text)


def test_words_are_there_in_both_languages():
    for key, (german, english) in page_words.WORDS.items():
        assert german.strip(), key
        assert english.strip(), key
        holes = [set(re.findall(r"{\w+}", text)) for text in (german, english)]
        assert holes[0] == holes[1], key
        assert '"' not in german + english, key


def test_templates_ask_for_words_that_exist_and_no_word_is_left_over():
    html = "".join(path.read_text("utf-8") for path in TEMPLATES.glob("*.html"))
    code = "".join(
        Path(page_words.__file__).with_name(name).read_text("utf-8")
        for name in ("charts.py", "portfolio_charts.py", "page_render.py", "customer_view.py")
    )
    asked = set(re.findall(r'\bt\("(\w+)"[,)]', html)) | set(re.findall(r'word\(\s*"(\w+)"', code))
    starts = {*re.findall(r'\bt\("(\w+_)" ~', html), *re.findall(r'f"(\w+_){', code)}
    starts |= {"q_", "sort_", "quadrants_", "changed_", "channel_", "result_", "no_", "positives_"}
    ends = ("_yes", "_maybe", "_no")
    assert asked - set(page_words.WORDS) == set()
    quoted = set(re.findall(r"""["'](\w+)["']""", html + code))
    left = [
        key
        for key in page_words.WORDS
        if key not in asked | quoted
        and not key.startswith(tuple(starts))
        and not key.endswith(ends)
    ]
    assert left == []


def test_an_unknown_word_is_named():
    with pytest.raises(TreueError, match="there is no 'nonsense'; add it to WORDS"):
        page_words.word("nonsense", "de")


def test_start_leads_to_the_worklist(browser_of):
    response = browser_of(LEAD).get("/")
    assert (response.status_code, response.headers["location"]) == (303, "/worklist")


def test_worklist_lists_by_margin_at_risk_and_counts_what_is_filtered(browser_of):
    page = read(browser_of(LEAD).get("/worklist"))
    assert "5 Kunden · 7.056 € Deckungsbeitrag auf dem Spiel" in page.text
    names = [
        attributes["href"]
        for tag, attributes in page.found
        if tag == "a" and attributes.get("href", "").startswith("/customers/")
    ]
    assert names[0] == "/customers/A-1"
    assert len(names) == 5
    one = read(browser_of(LEAD).get("/worklist?search=ahorn&quadrant=&sort=name"))
    assert "1 Kunde ·" in one.text


def test_empty_fields_of_the_filter_ask_for_everything(browser_of):
    asked = "/worklist?account_manager=&quadrant=&changed=&search=&sort=margin_at_risk"
    assert "5 Kunden" in read(browser_of(LEAD).get(asked)).text


def test_filter_that_does_not_exist_is_told_in_words(browser_of):
    page = read(browser_of(LEAD).get("/worklist?quadrant=nonsense"), status=422)
    assert "quadrant" in page.text


def test_account_manager_is_not_asked_whose_customers(browser_of):
    assert "Betreuung" not in read(browser_of(ANNA).get("/worklist")).text
    assert "Betreuung" in read(browser_of(LEAD).get("/worklist")).text


def test_customer_page_answers_its_questions(browser_of):
    said = read(browser_of(LEAD).get("/customers/A-1")).text
    for question in ("Wird dieser Kunde gehen?", "Warum?", "Was darf ich sagen?"):
        assert question in said
    assert "62 % eher ja" in said
    assert "6 von 10 solchen Kunden gingen" in said
    assert "„Wir haben länger nichts von Ihnen gehört.“" in said
    assert "Vorschlag; die Entscheidung liegt bei Ihnen." in said


def test_customer_whose_id_holds_a_slash_has_a_page_a_print_view_and_a_form(browser_of):
    page = read(browser_of(LEAD).get("/customers/B/2%20x"))
    assert "Blumen Böhm" in page.text
    action = next(a["action"] for tag, a in page.found if a.get("action", "").endswith("outcomes"))
    assert action == "/customers/B/2%20x/outcomes"
    assert "Blumen Böhm" in read(browser_of(LEAD).get("/customers/B/2%20x/print")).text


def test_earlier_assessment_says_so_and_leads_to_the_newest(browser_of):
    page = read(browser_of(LEAD).get("/customers/A-1?cutoff=2024-10-01T00:00:00"))
    assert "Das ist ein früherer Stand." in page.text
    assert "Erste Einschätzung dieses Kunden" in page.text
    assert "früherer Stand" not in read(browser_of(LEAD).get("/customers/A-1")).text


def test_customer_of_somebody_else_is_not_found(browser_of):
    read(browser_of(ANNA).get("/customers/B-1"), status=404)


def test_outcome_is_kept_and_shown(browser_of, form_token):
    browser = browser_of(LEAD)
    sent = {
        "csrf_token": form_token(browser),
        "channel": "call",
        "result": "appointment",
        "note": "Zeile 1\r\nZeile 2 " + HOSTILE,
        "concession_amount": "",
        "next_step_at": "2025-02-03",
    }
    response = browser.post("/customers/A-1/outcomes", data=sent)
    assert response.headers["location"] == "/customers/A-1?saved=true#outcomes"
    page = read(browser.get("/customers/A-1?saved=true"))
    assert "Gespeichert." in page.text
    assert "angerufen, Termin vereinbart" in page.text
    assert HOSTILE in "".join(page.said)
    assert "03.02.2025" in page.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"channel": "pigeon"},
        {"concession_amount": "nan"},
        {"concession_amount": "-1"},
        {"note": "x" * 2_001},
        {"next_step_at": "soon"},
    ],
)
def test_outcome_that_cannot_be_is_refused(wrong, browser_of, form_token):
    browser = browser_of(LEAD)
    sent = {"csrf_token": form_token(browser), "channel": "call", "result": "reached", **wrong}
    read(browser.post("/customers/A-1/outcomes", data=sent), status=422)
    assert "Noch nichts festgehalten." in read(browser.get("/customers/A-1")).text


def test_outcome_for_somebody_elses_customer_is_refused(browser_of, form_token):
    browser = browser_of(ANNA)
    sent = {"csrf_token": form_token(browser), "channel": "call", "result": "reached"}
    read(browser.post("/customers/B-1/outcomes", data=sent), status=404)


def test_call_list_is_made_of_what_was_filtered(browser_of, form_token):
    browser = browser_of(LEAD)
    sent = {"csrf_token": form_token(browser), "capacity": "1"}
    response = browser.post("/worklist/plan?account_manager=Ben", data=sent)
    assert response.headers["location"] == "/worklist?account_manager=Ben&planned=true"
    page = read(browser.get(response.headers["location"]))
    assert "Ihre Anrufliste steht: 1 Kunde, zum Vergleich ausgelassen: 0 Kunden." in page.text


def test_language_is_kept_and_leads_back_only_to_our_own_pages(browser_of, form_token):
    browser = browser_of(LEAD)
    sent = {"csrf_token": form_token(browser), "language": "en", "next": "/portfolio"}
    assert browser.post("/language", data=sent).headers["location"] == "/portfolio"
    assert ("html", {"lang": "en"}) in read(browser.get("/portfolio")).found
    for elsewhere in ("//evil.example", "https://evil.example", "/\\evil.example"):
        response = browser.post("/language", data={**sent, "next": elsewhere})
        assert response.headers["location"] == "/"


def test_forms_without_their_token_are_refused(browser_of):
    browser = browser_of(LEAD)
    for path in ("/language", "/worklist/plan", "/customers/A-1/outcomes"):
        sent = {"language": "en", "capacity": "1", "channel": "call", "result": "reached"}
        read(browser.post(path, data=sent), status=403)


def hostile_app(store, published_run, dossier):
    text = Text(de=HOSTILE, en=HOSTILE)
    reason = dossier.churn.reasons[0].model_copy(update={"sentence": text, "sayable": text})
    churn = dossier.churn.model_copy(update={"reasons": [reason]})
    hostile = dossier.model_copy(
        update={
            "name": HOSTILE,
            "account_manager": HOSTILE,
            "churn": churn,
            "facts": {HOSTILE: HOSTILE},
            "timeline": [e.model_copy(update={"text": text}) for e in dossier.timeline],
        }
    )
    run = published_run.model_copy(
        update={"identity": "hostile", "usability": HOSTILE + "\n  " + HOSTILE}
    )
    store.publish(run, [hostile])
    settings = AppSettings(language="de", access=Access(leads=[LEAD.name]))
    return create_app(store, settings=settings, secret="only for tests")


def test_hostile_words_are_shown_as_they_are_written(store, browser_of):
    app = hostile_app(store, store.latest(), store.dossier("A-1", viewer=LEAD))
    browser = browser_of(LEAD, app=app)
    for path in ("/worklist", "/customers/A-1", "/customers/A-1/print", "/portfolio", "/model"):
        page = read(browser.get(path))
        assert not [tag for tag, _ in page.found if tag == "script"]
        if path.startswith("/customers"):
            assert HOSTILE in "".join(page.said)


def test_pages_need_no_script_and_no_inline_style(browser_of):
    browser = browser_of(LEAD)
    for path in ("/worklist", "/customers/A-1", "/portfolio", "/model"):
        for tag, attributes in read(browser.get(path)).found:
            assert tag not in ("script", "style"), path
            assert not [n for n in attributes if n == "style" or n.startswith("on")], path


def test_customer_with_hardly_anything_known_has_a_page(store, browser_of):
    bare = store.dossier("A-1", viewer=LEAD).model_copy(
        update={
            "name": None,
            "account_manager": None,
            "since": None,
            "churn": None,
            "referral": None,
            "quadrant": None,
            "margin_at_risk": None,
            "card": [],
            "approach": [],
            "timeline": [],
            "facts": {},
        }
    )
    run = store.latest().model_copy(update={"identity": "bare", "targets": {}})
    store.publish(run, [bare])
    browser = browser_of(LEAD)
    said = read(browser.get("/customers/A-1")).text
    assert "Für Abwanderung gibt es noch kein Modell." in said
    assert "Fragen Sie offen, wie es läuft." in said
    for path in ("/worklist", "/portfolio", "/model", "/customers/A-1/print"):
        read(browser.get(path))


def test_empty_store_says_how_to_fill_it(tmp_path, browser_of, form_token):
    empty = Store.open(f"sqlite:///{tmp_path / 'empty.db'}")
    settings = AppSettings(language="de", access=Access(leads=[LEAD.name]))
    app = create_app(empty, settings=settings, secret="only for tests")
    browser = browser_of(LEAD, app=app)
    for path in ("/worklist", "/portfolio", "/model"):
        assert "treue score" in read(browser.get(path)).text
    token = app.state.sessions.form_token(app.state.sessions.read(browser.cookies[settings.cookie]))
    response = browser.post("/worklist/plan", data={"csrf_token": token, "capacity": "3"})
    assert response.headers["location"] == "/worklist"
    empty.close()


def test_what_may_be_said_stands_once_and_passes_the_guard(store):
    dossier = store.dossier("A-1", viewer=LEAD)
    said = sayable(dossier)
    assert len(said) == 1  # leaving and recommending share it
    for text in said:
        check_sayable(text.de)
        check_sayable(text.en)


def test_waterfall_leads_from_the_base_to_the_likelihood(store):
    families = [
        FamilyShare(family="purchases", points=31.26, features=[]),
        FamilyShare(family="complaints", points=14.97, features=[]),
        FamilyShare(family="contacts", points=-4.22, features=[]),
    ]
    likelihood = store.dossier("A-1", viewer=LEAD).churn.model_copy(update={"families": families})
    found = waterfall(likelihood, "de")
    assert [step.points for step in found.steps] == [31.2, 15.0, -4.2]
    assert found.base + sum(step.points for step in found.steps) == pytest.approx(found.end)
    assert [step.name for step in found.steps] == ["Einkäufe", "Reklamationen", "Kontakte"]


def test_parts_of_a_family_add_up_to_it(store):
    for step in waterfall(store.dossier("A-1", viewer=LEAD).churn, "en").steps:
        assert sum(part[3] for part in step.parts) == pytest.approx(step.points)


def test_model_card_becomes_headings_lists_and_tables():
    html = markdown("## Data\n\n|  | rows |\n| --- | --- |\n| training | 10 |\n\n- **one** `x`\n")
    assert "<h4>Data</h4>" in html
    assert '<th scope="row">training</th><td>10</td>' in html
    assert "<li><b>one</b> <code>x</code></li>" in html
    assert "&lt;img" in markdown("<img src=x onerror=y>")


def test_report_becomes_an_outline():
    html = outline("Head\n  part: enough\n    detail\n  other")
    assert html.count("<li") == 3
    assert '<li class="first">part: enough</li><li class="deeper">detail</li>' in html
    assert '<li class="only">other</li>' in html


def test_picture_that_is_not_there_is_not_found(browser_of):
    read(browser_of(LEAD).get("/model/pictures/nothing.png"), status=404)


def test_picture_of_a_model_is_shown(store, browser_of):
    run = store.latest().model_copy(
        update={"identity": "with pictures", "cutoff": datetime(2025, 2, 1)}
    )
    store.publish(run, [], pictures={"churn_shap_bar": b"\x89PNG"})
    response = browser_of(LEAD).get("/model/pictures/churn_shap_bar")
    assert (response.content, response.headers["content-type"]) == (b"\x89PNG", "image/png")
    page = read(browser_of(LEAD).get("/model"))
    pictures = [a["alt"] for tag, a in page.found if tag == "img"]
    assert pictures == ["Einfluss der Merkmale im Mittel"]

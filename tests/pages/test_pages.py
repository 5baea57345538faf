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
from treue.serving.customer_view import (
    NO_PURCHASE,
    in_words,
    short_changes,
    usual_gap,
    waterfall,
)
from treue.serving.dossier import CardLine, FamilyShare, FeatureShare, Sure, Text, When, Within
from treue.serving.frequency import CalibrationBin
from treue.serving.markdown import markdown, outline
from treue.serving.question import Question
from treue.serving.store import Store
from treue.serving.store.records import CutoffFigures
from treue.serving.sure import marker, stated
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
    browser = browser_of(LEAD)
    page = read(browser.get("/worklist?quadrant=nonsense&page=0"), status=422)
    assert "quadrant: erlaubt ist 'focus', 'promoter_at_risk', 'quiet' oder" in page.text
    assert "page: mindestens 1" in page.text
    browser.cookies.set("treue_language", "en")
    page = read(browser.get("/worklist?page=x"), status=422)
    assert "query.page: Input should be a valid integer" in page.text


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


def test_customer_page_says_when_and_for_which_days_nobody_knows(store, browser_of):
    browser = browser_of(LEAD)
    assert "Wann?" not in read(browser.get("/customers/A-1")).text
    dossier = store.dossier("A-1", viewer=LEAD)
    curve = When(
        event="buys_again",
        title=Text(de="kauft wieder innerhalb von", en="buys again within"),
        within=[Within(days=30, probability=0.414), Within(days=365, probability=None)],
        note=Text(de="Für 365 Tage nicht.", en="Not for 365 days."),
    )
    told = dossier.model_copy(update={"churn": dossier.churn.model_copy(update={"curve": curve})})
    store.publish(store.latest().model_copy(update={"identity": "when"}), [told])
    said = read(browser.get("/customers/A-1")).text.replace("\xa0", " ")
    assert "Wann? Kauft wieder innerhalb von 30 Tagen 41 % 365 Tagen – Für 365 Tage nicht." in said
    assert browser.get("/api/v1/customers/A-1").json()["churn"]["curve"] == curve.model_dump()


def test_pages_say_how_sure_and_who_is_unlike_anyone_seen(store, browser_of):
    browser = browser_of(LEAD)
    assert "Von 20 solchen" not in read(browser.get("/customers/A-1")).text
    dossier = store.dossier("A-1", viewer=LEAD)
    sure = Sure(
        low=0.35,
        high=0.88,
        level=0.9,
        group_size=20,
        unlike=True,
        stated=stated("churn", 0.35, 0.88, 20),
        marker=marker(0.35, 0.88, unlike=True),
        why=[Text(de="Aufträge: 900, mehr als je zuvor", en="Orders: 900, more than ever")],
    )
    both = {
        target: getattr(dossier, target).model_copy(update={"sure": sure})
        for target in ("churn", "referral")
    }
    told = dossier.model_copy(update=both)
    store.publish(store.latest().model_copy(update={"identity": "sure"}), [told])
    said = read(browser.get("/customers/A-1")).text
    assert "Entscheiden Sie nach Ihrer Kenntnis. Von 20 solchen Kunden gehen 7 bis 18." in said
    tile = said[: said.index("Wird er uns empfehlen?")]
    assert "von 10 solchen Kunden" not in tile
    care = "So einen kannte das Programm nicht (Aufträge: 900, mehr als je zuvor). Verlassen"
    assert said.count(care) == 1
    assert browser.get("/api/v1/customers/A-1").json()["churn"]["sure"] == sure.model_dump()
    assert "ungewöhnlicher Kunde" in read(browser.get("/worklist")).text
    row = browser.get("/api/v1/worklist").json()["rows"][0]
    assert (row["churn_low"], row["churn_high"]) == (0.35, 0.88)
    assert row["care"] == sure.marker.model_dump()


def test_customer_whose_id_holds_a_slash_has_a_page_a_print_view_and_a_form(browser_of):
    page = read(browser_of(LEAD).get("/customers/B/2%20x"))
    assert "Blumen Böhm" in page.text
    action = next(a["action"] for tag, a in page.found if a.get("action", "").endswith("outcomes"))
    assert action == "/customers/B/2%20x/outcomes#outcomes"
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
    timeline = page.text.partition(" Verlauf ")[2]
    assert timeline.index("Gespräch angerufen, Termin vereinbart: Zeile 1") < (
        timeline.rindex("03.09.2024")
    )
    paper = read(browser.get("/customers/A-1/print")).text
    assert "Bisherige Gespräche" in paper
    assert "Gespräch festhalten" not in paper


def entry(browser, form_token, **more):
    sent = {"csrf_token": form_token(browser), "channel": "visit", "result": "resolved"}
    return browser.post("/customers/A-1/outcomes", data={**sent, **more})


def with_ceiling(store, amount):
    dossier = store.dossier("A-1", viewer=LEAD)
    line = dossier.card[0].model_copy(update={"key": "concession_ceiling", "amount": amount})
    limited = dossier.model_copy(update={"card": [*dossier.card, line]})
    store.publish(store.latest().model_copy(update={"identity": "limited"}), [limited])


def test_concession_above_the_ceiling_asks_to_be_confirmed(store, browser_of, form_token):
    with_ceiling(store, 300.0)
    browser = browser_of(LEAD)
    page = read(entry(browser, form_token, concession_amount="300.01", note="Kulanz"), 422)
    assert "Das ist mehr als das höchste Zugeständnis, das sich rechnet (300 €)." in page.text
    assert "Noch nichts festgehalten." in page.text
    fields = {a["name"]: a for tag, a in page.found if a.get("name")}
    assert fields["concession_amount"]["value"] == "300.01"
    assert "Kulanz" in page.text
    assert entry(browser, form_token, concession_amount="300").status_code == 303
    sure = entry(browser, form_token, concession_amount="300.01", confirmed="yes")
    assert sure.status_code == 303
    assert "300,01 €" in read(browser.get("/customers/A-1")).text


def test_customer_without_room_for_a_concession_asks_for_any(store, browser_of, form_token):
    with_ceiling(store, -20.0)
    browser = browser_of(LEAD)
    assert "(0 €)" in read(entry(browser, form_token, concession_amount="1"), 422).text


def test_next_step_in_the_past_is_refused_at_its_field(browser_of, form_token):
    browser = browser_of(LEAD)
    page = read(entry(browser, form_token, next_step_at="2024-12-01"), 422)
    assert "Dieser Tag ist schon vorbei" in page.text
    field = next(a for tag, a in page.found if a.get("name") == "next_step_at")
    assert (field["value"], field["aria-describedby"]) == ("2024-12-01", "past")
    assert "besucht, Anliegen gelöst" not in page.text


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
    assert response.headers["location"] == "/worklist?account_manager=Ben&on_plan=true&planned=true"
    page = read(browser.get(response.headers["location"]))
    assert "Ihre Anrufliste steht: 1 anrufen." in page.text
    assert "1 Kunde ·" in page.text
    field = next(a for tag, a in page.found if a.get("name") == "capacity")
    assert field["value"] == "1"
    assert ("input", {"type": "checkbox", "name": "on_plan", "value": "true", "checked": None}) in (
        page.found
    )


def test_call_list_for_one_account_manager_leaves_the_others_lists(browser_of, form_token):
    browser = browser_of(LEAD)
    sent = {"csrf_token": form_token(browser), "capacity": "1"}
    for name in ("Anna", "Ben"):
        browser.post(f"/worklist/plan?account_manager={name}", data=sent)
    assert "2 Kunden ·" in read(browser.get("/worklist?on_plan=true")).text
    browser.post("/worklist/plan?on_plan=true", data=sent)
    assert "1 Kunde ·" in read(browser.get("/worklist?on_plan=true")).text


def test_main_reason_of_the_worklist_says_which_way_it_points(browser_of):
    assert "davor 6 +9 Punkte" in read(browser_of(LEAD).get("/worklist")).text


def test_group_is_said_not_to_tell_the_reason(browser_of):
    said = read(browser_of(LEAD).get("/customers/A-1")).text
    assert "geht eher, empfiehlt eher – der Name der Gruppe sagt nichts über den Grund" in said
    assert "Die Namen der Gruppen sagen nichts über den Grund." in (
        read(browser_of(LEAD).get("/portfolio")).text
    )


@pytest.mark.parametrize(
    ("probability", "likely", "key"),
    [(0.5, True, "yes"), (0.48, True, "quite"), (0.3, True, "possible"), (0.2, False, "no")],
)
def test_likelihood_is_put_in_words_by_its_size(probability, likely, key, store):
    churn = store.dossier("A-1", viewer=LEAD).churn
    asked = churn.model_copy(update={"probability": probability, "likely": likely})
    assert in_words(asked) == f"answer_{key}"


def with_gap(likelihood, days):
    share = FeatureShare(name="gap_mean_days", value=days, points=0.1)
    family = FamilyShare(family="purchases", points=0.1, features=[share])
    return likelihood.model_copy(update={"families": [family]})


def test_customer_who_orders_more_rarely_than_is_asked_about_may_just_pause(store, browser_of):
    dossier = store.dossier("A-1", viewer=LEAD)
    churn = dossier.churn
    assert usual_gap(with_gap(churn, 208.0), 90) == 208.0
    assert usual_gap(with_gap(churn, 60.0), 90) is None
    assert usual_gap(with_gap(churn, None), 90) is None
    contract = Text(de="kein laufender Vertrag mehr", en="no running contract any more")
    other = churn.model_copy(update={"question": contract})
    assert usual_gap(with_gap(other, 208.0), 90) is None
    assert Question("inactivity", 90).to_text("de").startswith(NO_PURCHASE)

    rare = dossier.model_copy(update={"churn": with_gap(churn, 208.0)})
    store.publish(store.latest().model_copy(update={"identity": "rare"}), [rare])
    said = read(browser_of(LEAD).get("/customers/A-1")).text
    assert "Wird dieser Kunde gehen? Kein Kauf in 90 Tagen?" in said
    assert "Bestellt sonst etwa alle 208 Tage; das kann auch eine normale Pause sein." in said


def test_short_changes_add_up_to_the_whole(store):
    change = store.dossier("A-1", viewer=LEAD).churn.change
    shown, rest = short_changes(change)
    assert ([driver.points for driver in shown], rest) == ([6.0], 1.0)
    many = change.model_copy(
        update={"drivers": change.drivers * 3, "other_points": -12.5, "model_points": 1.5}
    )
    shown, rest = short_changes(many)
    assert sum(driver.points for driver in shown) + rest + 1.5 == many.points


def test_change_without_anything_essential_says_so(store, browser_of):
    dossier = store.dossier("A-1", viewer=LEAD)
    still = dossier.churn.change.model_copy(
        update={"points": 0.0, "drivers": [], "other_points": 0.0}
    )
    same = dossier.model_copy(update={"churn": dossier.churn.model_copy(update={"change": still})})
    store.publish(store.latest().model_copy(update={"identity": "same"}), [same])
    said = read(browser_of(LEAD).get("/customers/A-1")).text
    assert "Was hat sich geändert? unverändert" in said
    assert "Nichts Wesentliches hat sich geändert." in said


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
    reason = dossier.churn.reasons[0].model_copy(update={"sentence": text})
    churn = dossier.churn.model_copy(update={"reasons": [reason]})
    hostile = dossier.model_copy(
        update={
            "name": HOSTILE,
            "account_manager": HOSTILE,
            "churn": churn,
            "facts": {HOSTILE: HOSTILE},
            "timeline": [e.model_copy(update={"text": text}) for e in dossier.timeline],
            "sayable": [text],
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
            "sayable": [],
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


def test_a_weak_model_is_said_where_people_look_first_and_nothing_is_asked_of_one_not_there(
    store, browser_of
):
    run, dossier = store.latest(), store.dossier("A-1", viewer=LEAD)
    weak = run.targets["churn"].model_copy(update={"grade": "C"})
    store.publish(
        run.model_copy(update={"identity": "weak", "targets": {"churn": weak}}),
        [
            dossier.model_copy(
                update={
                    "name": None,
                    "churn": dossier.churn.model_copy(update={"grade": "C"}),
                    "referral": None,
                    "quadrant": None,
                }
            )
        ],
    )
    page = read(browser_of(LEAD).get("/worklist"))
    assert "Abwanderung hat Note C" in page.text
    assert "Empfehlung hat Note C" not in page.text
    heads = [attributes for tag, attributes in page.found if tag == "th"]
    assert len([head for head in heads if head.get("scope") == "col"]) == 5
    assert page.text.count("A-1") == 1
    customer = read(browser_of(LEAD).get("/customers/A-1"))
    assert "Modell: Note C : nur als Hinweis zu lesen" in customer.text


def test_a_concession_that_can_never_pay_says_so_instead_of_a_share(store, browser_of):
    dossier = store.dossier("A-1", viewer=LEAD)
    name = Text(de="Wirkung", en="Effect")
    line = CardLine(key="break_even_effect", name=name, amount=8.92, unit="share", formula=name)
    told = dossier.model_copy(update={"card": [*dossier.card, line]})
    store.publish(store.latest().model_copy(update={"identity": "never"}), [told])
    said = read(browser_of(LEAD).get("/customers/A-1")).text
    assert "Wirkung nie" in said
    assert "892" not in said


@pytest.mark.parametrize(
    ("cutoff", "words"),
    [
        (datetime(2024, 6, 1), "Gemessen an einem späteren Zeitraum, den das Modell"),
        (None, "Gemessen an Kunden, die das Modell"),
    ],
)
def test_pages_say_what_a_model_was_measured_on(store, browser_of, cutoff, words):
    run = store.latest()
    figures = [CutoffFigures(cutoff=cutoff, rows=90, positives=20, figures={"auroc": 0.7})]
    bins = [CalibrationBin(low=0.3, high=0.4, rows=90, predicted=0.35, observed=0.3)]
    judged = {"figures": figures, "calibration": bins}
    targets = {target: info.model_copy(update=judged) for target, info in run.targets.items()}
    told = store.dossier("A-1", viewer=LEAD)
    store.publish(run.model_copy(update={"identity": "measured", "targets": targets}), [told])
    browser = browser_of(LEAD)
    assert words in read(browser.get("/model")).text
    assert words in read(browser.get("/portfolio")).text

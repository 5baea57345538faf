"""The page for the person concerned: what was used, how, how to object, and nothing internal."""

import re
import zlib
from dataclasses import replace
from datetime import datetime
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from treue.cli import main
from treue.commands.for_customer import write_page
from treue.features.catalogue import CATALOGUE
from treue.features.errors import TreueError
from treue.features.schema import TABLES as SCHEMAS
from treue.serving.absent import Absence, NotScoredError
from treue.serving.dossier import Reason, Text
from treue.serving.guard import check_sayable, internal_word
from treue.serving.person import _hidden_topic, _Writer, person_page
from treue.serving.person_words import COLUMNS, HIDDEN, NOT_USED, QUESTIONS, SOURCES, TABLES, WORDS
from treue.serving.predict import Predictor
from treue.serving.store import Entries, Kept, Store
from treue.serving.viewer import Viewer
from treue.training.config import parse_config

ISSUED = datetime(2023, 8, 9, 10, 30)
NOTHING = Entries(0)


@pytest.fixture(scope="module")
def explanations(bundles, tables, panel):
    customer = str(panel["customer_id"].iloc[0])
    found = []
    for bundle in bundles.values():
        predictor = Predictor(bundle)
        predictor.predict(tables, panel["cutoff"].iloc[0].to_pydatetime(), panel=panel)
        found.append(predictor.explain(customer))
    return found


def page(explanations, tables, **options):
    told = {
        "company": "Muster GmbH",
        "privacy_contact": "datenschutz@muster.example",
        "issued_at": ISSUED,
    }
    return person_page(explanations, tables=tables, **{**told, **options})


def told(found):
    return "\n".join(found.texts())


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_page_tells_data_logic_result_and_rights_without_an_internal_word(
    explanations, tables, language
):
    text = told(page(explanations, tables, language=language))
    for part in {
        "de": ["Einkäufe", "Recht auf Widerspruch", "Art.\xa021", "Art.\xa022", "Art.\xa015"],
        "en": ["Purchases", "right to object", "Art.\xa021", "Art.\xa022", "Art.\xa015"],
    }[language]:
        assert part in text
    assert "datenschutz@muster.example" in text
    check_sayable(text)
    assert not re.search(r"\{\w*\}", text)


def test_rows_and_period_are_the_customers_own_as_known_at_the_cutoff(explanations, tables):
    first = explanations[0]
    (section,) = [s for s in page(explanations, tables).sections if "Daten" in s.heading]
    rows = {row[0]: row for block in section.blocks for row in block.rows}
    own = [
        moment
        for customer, moment in zip(
            tables.frames["purchases"]["customer_id"].to_pylist(),
            tables.frames["purchases"]["purchased_at"].to_pylist(),
            strict=True,
        )
        if customer == first.customer_id and moment <= first.cutoff
    ]
    low, high = (f"{moment:%d.%m.%Y}" for moment in (min(own), max(own)))
    assert rows["Einkäufe"][2:4] == (f"{low}\xa0– {high}", str(len(own)))
    assert "Preisgespräche" not in rows  # the model was made without them
    assert rows["Stammdaten"][3] == "1"


def test_sensitive_columns_are_said_not_to_be_used(explanations, tables):
    named = replace(tables, sensitive=("owner_age_group",))
    assert "in diesen Datenfeldern steht: „owner_age_group“." in told(page(explanations, named))
    assert "Datenfeldern" not in told(page(explanations, replace(tables, sensitive=())))


def test_the_companys_own_columns_are_named_as_they_are_in_quotation_marks(explanations, tables):
    own = replace(explanations[0], told=[reason("attribute_invoice_format", "paper", 2.0)])
    text = told(page([own], replace(tables, attributes=("invoice_format",))))
    assert "„invoice_format“" in text
    assert "Invoice format" not in text


def test_rows_come_from_what_a_customer_would_call_it_and_no_file(explanations, tables):
    (section,) = [s for s in page(explanations, tables).sections if "Daten" in s.heading]
    rows = {row[0]: row for block in section.blocks for row in block.rows}
    assert (rows["Einkäufe"][4], rows["Stammdaten"][4]) == (
        "Rechnungen und Aufträge",
        "Kundenstamm",
    )


def test_the_page_is_dated_and_says_up_to_when_data_were_known(explanations, tables):
    facts = dict(page(explanations, tables).facts)
    assert (facts["Ausgestellt am"], facts["Stand der Daten"]) == ("09.08.2023", "01.07.2023")


def test_the_program_is_told_by_the_models_there_are(explanations, tables):
    churn, referral = explanations
    both = "die später weiter eingekauft oder uns empfohlen haben"
    assert both in told(page([churn, referral], tables))
    assert "die später weiter eingekauft haben" in told(page([churn], tables))
    assert "empfohlen haben" not in told(page([churn], tables))
    assert "customers who later recommended us, and" in told(
        page([referral], tables, language="en")
    )


def test_what_else_is_kept_is_told_with_its_number_and_period(explanations, tables):
    may, june = datetime(2023, 5, 1), datetime(2023, 6, 1)
    kept = Kept(
        outcomes=Entries(2, may, june),
        planned=Entries(3, june, june),
        held_out=1,
        estimates=Entries(1, june, june),
        approaches=Entries(1, june, june),
        views=NOTHING,
    )
    found = page(explanations, tables, kept=kept)
    (section,) = [s for s in found.sections if s.heading == "Was wir sonst über Sie speichern"]
    rows = [(re.split(r"\W", row[0])[0], *row[1:]) for row in section.blocks[1].rows]
    assert rows == [
        ("Notizen", "01.05.2023\xa0– 01.06.2023", "2"),
        ("Vorgesehene", "01.06.2023", "3"),
        ("Davon", "–", "1"),
        ("Fertige", "01.06.2023", "1"),
        ("Dazu", "01.06.2023", "1"),
        ("Protokoll", "–", "0"),
    ]
    without = told(page(explanations, tables, kept=None))
    assert "Notizen zu Gesprächen" in without
    assert "ist hier nicht aufgeführt" in without


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("reason", ["never", "contract", "ago", "nothing"])
def test_whoever_is_not_scored_is_told_so_with_data_and_rights(
    explanations, tables, language, reason
):
    first = explanations[0]
    last = None if reason == "never" else datetime(2022, 12, 24)
    absent = Absence(first.customer_id, first.cutoff, reason, 180, last)
    found = page(absent, tables, language=language)
    text = told(found)
    assert {"de": "zurzeit nichts geschätzt", "en": "Nothing is estimated"}[language] in text
    assert {"de": "Recht auf Widerspruch", "en": "right to object"}[language] in text
    assert {"de": "Preisgespräche", "en": "Price talks"}[language] in text  # also what is not used
    assert not re.search(r"\{\w*\}", text)
    day = {"de": "24.12.2022", "en": "24 Dec 2022"}[language]
    assert (day in text) is (reason == "ago")
    assert found.to_html().count("<section>") == len(found.sections) == 6
    assert found.to_pdf().startswith(b"%PDF-")


def test_a_former_customer_is_not_scored_and_an_unknown_one_is_an_error(bundles, tables, panel):
    predictor = Predictor(bundles["churn"])
    cutoff = panel["cutoff"].iloc[0].to_pydatetime()
    predictor.predict(tables, cutoff, panel=panel)
    known = tables.known_at(cutoff).frames["purchases"]["customer_id"].to_pylist()
    former = next(each for each in known if each not in set(panel["customer_id"]))
    with pytest.raises(NotScoredError, match="is not scored at 2023-07-01") as caught:
        predictor.explain(former)
    assert caught.value.absence.reason == "ago"
    assert "zurzeit nichts geschätzt" in told(page(caught.value.absence, tables))
    with pytest.raises(TreueError, match="is not in the data") as caught:
        predictor.explain("nobody at all")
    assert not isinstance(caught.value, NotScoredError)


def reason(feature, value, points, **more):
    sentence = Text(de="Höherer Score", en="A higher score")
    return Reason(topic="x", sentence=sentence, points=points, feature=feature, value=value, **more)


def test_factors_are_told_with_their_value_and_the_way_they_speak(explanations, tables):
    churn = replace(
        explanations[0],
        target="churn",
        probability=0.38,
        told=[
            reason("recency_days", 74.0, 9.0),
            reason("orders_90", 2.0, -1.0),
            reason("complaint_satisfaction_mean", None, -6.0),
            reason("complaints_open", 1.0, 3.0, uncertain=True),
            reason("margin_365", 1234.0, 2.0),
            reason("reference_customers", 3.0, -2.0),
        ],
    )
    (section,) = [s for s in page([churn], tables).sections if s.heading.startswith("Ergebnis")]
    text, _, table, note = section.blocks
    assert text.text.endswith("trifft das erfahrungsgemäß in etwa 6 von 10 Fällen zu.")
    assert table.rows == (
        ("Tage seit dem letzten Auftrag", "74", "deutlich dagegen"),
        ("Aufträge in den letzten 90 Tagen", "2", "etwas dafür"),
        (
            "Mittlere Zufriedenheit mit der Bearbeitung von Reklamationen (1 bis 5)",
            "trifft nicht zu",
            "deutlich dafür",
        ),
        ("Offene Reklamationen", "1", "nicht eindeutig"),
        (
            "Was uns von Ihren Einkäufen nach unseren Kosten bleibt",
            "nicht angegeben*",
            "etwas dagegen",
        ),
        (
            "Kunden, die durch Ihre Empfehlung zu uns kamen",
            "nicht angegeben*",
            "etwas dafür",
        ),
    )
    assert note.text.startswith("* Betriebsinterne Kalkulation")
    assert "Score" not in told(page([churn], tables))


CIRCLE = [name for name in CATALOGUE if name.startswith("circle_")]


@pytest.mark.parametrize("language", ["de", "en"])
def test_nothing_of_whoever_recommended_us_reaches_the_page(explanations, tables, language):
    values = {name: 4711.0 + i for i, name in enumerate(CIRCLE)}
    told_of_others = [
        replace(
            each,
            told=[reason(name, value, 9.0) for name, value in values.items()],
            values={**each.values, **values},
        )
        for each in explanations
    ]
    ready = [replace(each, question=None) for each in told_of_others]
    phrases = [text for name in CIRCLE for text in (CATALOGUE[name].de, CATALOGUE[name].en)]
    for found in (page(told_of_others, tables, language=language), page(ready, None)):
        text = told(found).casefold()
        assert not re.search(r"4[\W_]?71\d", text)
        assert not [phrase for phrase in phrases if phrase.casefold() in text]
    named = HIDDEN["circle"].in_(language).casefold()
    rows = told(page(told_of_others, tables, language=language)).casefold()
    assert named in rows
    assert {name: _hidden_topic(name) for name in CIRCLE} == dict.fromkeys(CIRCLE, "circle")


def test_for_a_recommendation_the_points_speak_as_they_stand(explanations, tables):
    referral = replace(
        explanations[1], probability=0.04, told=[reason("referrals_made_365", 2.0, 5.0)]
    )
    text = told(page([referral], tables, language="en"))
    assert "comes true in about 4 of 100 cases" in text
    assert "clearly for it" in text


def test_without_company_and_contact_there_are_lines_to_fill_in(explanations, tables):
    found = page(explanations, tables, company="", privacy_contact="")
    facts = dict(found.facts)
    assert facts["Verantwortlich"].endswith("____ (bitte Namen und Anschrift eintragen)")
    assert facts["Datenschutz"].endswith("____ (bitte Kontakt eintragen)")
    assert "die unsere Datenschutzerklärung nennt" in told(found)
    filled = dict(page(explanations, tables).facts)
    assert filled["Verantwortlich"] == "Muster GmbH"
    assert filled["Datenschutz"] == "datenschutz@muster.example"


def test_names_are_not_judged_but_texts_are(explanations, tables):
    found = page(explanations, tables, name="Risiko & Söhne", company="Segmenta AG")
    assert ("Für", "Risiko & Söhne") in found.facts
    own = replace(
        explanations[0],
        told=[reason("my_score_365", 2.0, 5.0)],
        values={**explanations[0].values, "my_score_365": 2.0},
    )
    with pytest.raises(TreueError, match="would tell a customer the internal word 'score'"):
        page([own], tables)


def test_a_ready_panel_is_told_by_the_columns_that_were_used(explanations):
    ready = [replace(found, question=None) for found in explanations]
    text = told(page(ready, None))
    assert "fertige Zusammenstellung" in text
    assert "ob Sie uns als Kunde treu bleiben" in text
    assert "Aufträge in den letzten 90 Tagen" in text


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_feature_can_be_told_without_an_internal_word(language):
    writer = _Writer(language, "EUR")
    for name in CATALOGUE:
        assert internal_word(writer._phrase(name)) is None, name


def test_every_table_and_column_has_words_in_both_languages():
    assert set(TABLES) == set(SOURCES) == set(SCHEMAS)
    columns = {name for schema in SCHEMAS.values() for name in schema.columns}
    assert set(COLUMNS) == columns - set(NOT_USED)
    for words in (TABLES, SOURCES, COLUMNS, QUESTIONS, HIDDEN, WORDS):
        for key, text in words.items():
            assert text.de, key
            assert text.en, key
            check_sayable(text.de)
            check_sayable(text.en)


def test_the_html_is_one_file_that_escapes_names(explanations, tables):
    html = page(explanations, tables, name="<script>alert(1)</script>").to_html()
    assert html.startswith('<!doctype html>\n<html lang="de">')
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert not re.search(r'(src|href)="', html)
    for text in page(explanations, tables).texts():
        assert text in unescape(html)


def pdf_text(content):
    """Every text a PDF shows, without spaces: glyph codes turned back by the fonts' own tables."""
    pattern = rb"\n(\d+) 0 obj\n(.*?)\nendobj"
    objects = {int(n): body for n, body in re.findall(pattern, content, flags=re.DOTALL)}

    def stream(body):
        raw = re.search(rb"stream\n(.*)\nendstream", body, flags=re.DOTALL)[1]
        return zlib.decompress(raw) if b"/FlateDecode" in body else raw

    fonts = {}
    for name, number in set(re.findall(rb"/(F\d+) (\d+) 0 R", content)):
        table = re.search(rb"/ToUnicode (\d+)", objects[int(number)])[1]
        pairs = re.findall(rb"<(\w{4})> <(?:\w{4}> <)?(\w{4,})>", stream(objects[int(table)]))
        fonts[name] = {int(code, 16): bytes.fromhex(to.decode()) for code, to in pairs}
    pages = []
    for number in re.findall(rb"/Contents (\d+)", content):
        font, found = {}, []
        shown = rb"/(F\d+) [\d.]+ Tf|\(((?:\\.|[^\\)])*)\) Tj"
        for name, text in re.findall(shown, stream(objects[int(number)]), flags=re.DOTALL):
            font = fonts[name] if name else font
            codes = re.sub(rb"\\(.)", lambda it: {b"r": b"\r"}.get(it[1], it[1]), text, flags=re.S)
            pairs = zip(codes[::2], codes[1::2], strict=True)
            found += [font[high * 256 + low].decode("utf-16-be") for high, low in pairs]
        shown_there = re.sub(r"\s", "", "".join(found))
        pages.append(re.sub(r"\d+/\d+$", "", shown_there))  # without the page's number
    return "".join(pages)


def test_the_pdf_shows_every_text_of_the_page(explanations, tables):
    found = page(explanations, tables, name="Größe & Söhne <Ł>")
    shown = pdf_text(found.to_pdf())
    for text in (*found.texts(), *(value for fact in found.facts for value in fact)):
        assert re.sub(r"\s", "", text) in shown


def test_the_pdf_has_a_language_a_title_few_pages_and_the_same_bytes_again(explanations, tables):
    found = page(explanations, tables, language="en")
    content = found.to_pdf()
    assert content.startswith(b"%PDF-")
    assert b"/Lang (en)" in content
    assert b"/Title (How we evaluate your customer data)" in content
    assert 2 <= len(re.findall(rb"/Type /Page\n", content)) <= 4
    assert found.to_pdf() == content


@pytest.fixture
def project(tmp_path):
    config = parse_config(
        """
        [tables.purchases]
        path = "/secret/place/orders.csv"
        [[tables.complaints]]
        url = "postgresql://${USER}:${PASSWORD}@db/crm"
        query = "select 1"
        [pages]
        company = "Muster GmbH"
        """
    )
    return SimpleNamespace(config=config, path=Path("treue.toml"), base_dir=tmp_path / "none")


def write(project, explained, tables, out, language="de"):
    write_page(project, explained, tables, language=language, out=out, issued_at=ISSUED)


@pytest.mark.parametrize(("name", "start"), [("a.html", b"<!doctype html>"), ("b.pdf", b"%PDF-")])
def test_the_page_is_written_to_the_file_named(
    project, explanations, tables, tmp_path, capsys, name, start
):
    out = tmp_path / "new" / name
    write(project, explanations, tables, out)
    assert out.read_bytes().startswith(start)
    printed = capsys.readouterr()
    assert printed.out == f"Wrote {out}\n"
    assert "pages.privacy_contact is not set in treue.toml" in printed.err
    assert "pages.company" not in printed.err


def test_without_a_file_named_the_page_is_called_after_the_customer(
    project, explanations, tables, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    odd = [replace(found, customer_id="../a b") for found in explanations]
    write(project, odd, tables, None, "en")
    assert [path.name for path in tmp_path.iterdir()] == ["information-.._a_b.html"]


def test_files_are_told_in_the_terminal_and_no_path_or_password_anywhere(
    project, explanations, tables, tmp_path, capsys
):
    out = tmp_path / "a.html"
    write(project, explanations, tables, out)
    printed = capsys.readouterr().err
    assert "Rechnungen und Aufträge (orders.csv), Reklamationen (database)" in printed
    assert "orders.csv" not in out.read_text()
    for text in (printed, out.read_text()):
        assert "secret" not in text
        assert "PASSWORD" not in text


def test_without_a_store_none_is_made_and_nothing_is_counted(
    project, explanations, tables, tmp_path, capsys
):
    write(project, explanations, tables, tmp_path / "a.html")
    assert not project.base_dir.exists()
    assert "there is no store yet; the page tells what is kept" in capsys.readouterr().err


def test_entries_are_counted_in_the_store(project, explanations, tables, tmp_path):
    project.base_dir.mkdir()
    with Store.open(project.config.pages.store, base_dir=project.base_dir) as store:
        for day in (1, 2, 3):
            store.log_view(
                Viewer("anke", "lead"),
                customer_id=explanations[0].customer_id,
                route="/customers",
                at=datetime(2023, 7, day),
            )
    write(project, explanations, tables, tmp_path / "a.html")
    html = tmp_path.joinpath("a.html").read_text()
    assert re.search(r"angesehen hat</td><td[^>]*>01.07.2023\xa0– 03.07.2023</td><td[^>]*>3<", html)


def test_another_ending_is_refused(project, explanations, tables, tmp_path):
    with pytest.raises(TreueError, match=r"a.docx: write the page for a customer to a file .html"):
        write(project, explanations, tables, tmp_path / "a.docx")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "a.html"], "--out belongs to --for-customer"),
        (["--json", "--for-customer"], "--json and --for-customer exclude each other"),
    ],
)
def test_options_that_do_not_belong_together_are_refused(arguments, message):
    found = CliRunner().invoke(main, ["explain", "K1", *arguments])
    assert found.exit_code == 2
    assert message in found.output

"""Files to take along: what stands in them, what must not, and what a spreadsheet does with it."""

import csv
import io
import zipfile
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treue.serving.dossier import Text
from treue.serving.table_files import FORMULA, harmless, to_csv, to_xlsx
from treue.serving.viewer import Viewer

LEAD = Viewer("chef@example.com", "lead")
ANNA = Viewer("anna@example.com", "account_manager", "Anna")


def read_csv(response):
    assert response.content.startswith(b"\xef\xbb\xbf")
    delimiter = ";" if ";" in response.text.splitlines()[0] else ","
    text = io.StringIO(response.content.decode("utf-8-sig"), newline="")
    return delimiter, list(csv.reader(text, delimiter=delimiter))


def read_xlsx(content):
    """Cells of the first sheet as (kind, text), row by row."""
    space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        strings = [
            "".join(item.itertext())
            for item in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
        ]
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        name = ElementTree.fromstring(book.read("xl/workbook.xml")).find(".//m:sheet", space)
    rows = []
    for row in sheet.iterfind(".//m:row", space):
        cells = []
        for cell in row:
            assert cell.find("m:f", space) is None, "a formula"
            value = cell.find("m:v", space)
            if value is not None:
                text = strings[int(value.text)] if cell.get("t") == "s" else float(value.text)
                cells.append(text)
        rows.append(cells)
    return name.get("name"), rows


def test_the_worklist_is_a_german_csv_marked_as_internal_in_each_row(browser_of):
    answer = browser_of(ANNA).get("/export/worklist.csv")
    assert answer.headers["content-disposition"] == (
        'attachment; filename="arbeitsliste-intern-2025-01-01.csv"'
    )
    delimiter, (head, *rows) = read_csv(answer)
    assert delimiter == ";"
    assert head[:4] == [
        "Kundennummer",
        "Name",
        "Betreut von",
        "Wahrscheinlichkeit der Abwanderung",
    ]
    assert rows[0] == [
        "A-1",
        "Schreinerei Ahorn",
        "Anna",
        "0,62",
        "0,31",
        "gefährdeter Empfehler",
        "2604",
        "381,2",
        "7",
        "Bestellt seltener: 2 Aufträge in den letzten 90 Tagen, in den 90 Tagen davor 6",
        "Besuchen Sie den Kunden.",
        "",
        "",
        "intern – nicht weitergeben",
    ]
    assert [row[0] for row in rows] == ["A-1", "A-2"]


def test_in_english_it_has_commas_and_points(browser_of):
    anna = browser_of(ANNA)
    anna.cookies.set("treue_language", "en")
    delimiter, (head, row, *_) = read_csv(anna.get("/export/worklist.csv"))
    assert delimiter == ","
    assert head[0] == "Customer number"
    assert row[3] == "0.62"
    assert row[-1] == "internal – do not pass on"


def test_filters_of_the_worklist_hold_for_its_files(browser_of):
    lead = browser_of(LEAD)
    _, (_, *rows) = read_csv(lead.get("/export/worklist.csv?account_manager=Ben&search=bäck"))
    assert [row[0] for row in rows] == ["B-1"]


def test_the_excel_file_says_internal_and_keeps_numbers_as_numbers(browser_of):
    answer = browser_of(ANNA).get("/export/worklist.xlsx")
    sheet, (notice, head, first, *others) = read_xlsx(answer.content)
    assert sheet == "intern – nicht weitergeben"
    assert notice == ["intern – nicht weitergeben"]
    assert head[0] == "Kundennummer"
    assert first[:5] == ["A-1", "Schreinerei Ahorn", "Anna", 0.62, 0.31]
    assert len(others) == 1


def test_letters_carry_a_number_a_name_and_a_sentence_and_nothing_else(browser_of):
    answer = browser_of(ANNA).get("/export/letters.csv")
    assert 'filename="anschreiben-2025-01-01.csv"' in answer.headers["content-disposition"]
    _, (head, *rows) = read_csv(answer)
    assert head == ["Kundennummer", "Name", "Satz"]
    assert rows[0] == ["A-1", "Schreinerei Ahorn", "Wir haben länger nichts von Ihnen gehört."]
    for word in ("intern", "Wahrscheinlichkeit", "0,62", "Empfehler"):
        assert word not in answer.text


def test_letters_go_to_nobody_whom_a_plan_holds_out(browser_of, form_token):
    anna = browser_of(ANNA)
    plan = {"capacity": 2, "hold_out_share": 0.5, "seed": 0}
    for seed in range(20):  # until the draw holds exactly one of them out
        made = anna.post(
            "/api/v1/plan", json={**plan, "seed": seed}, headers={"X-CSRF-Token": form_token(anna)}
        ).json()
        held = {one["customer_id"] for one in made["entries"] if one["role"] == "hold_out"}
        if len(held) == 1:
            break
    _, (_, *rows) = read_csv(anna.get("/export/letters.csv"))
    assert {row[0] for row in rows} == {"A-1", "A-2"} - held


def test_letters_that_would_tell_something_internal_are_refused(browser_of, store, monkeypatch):
    worklist = type(store).worklist

    def telling(self, viewer, *, query=None):
        page = worklist(self, viewer, query=query)
        words = Text(de="Ihr Churn-Risiko ist hoch.", en="Your churn risk is high.")
        rows = [row.model_copy(update={"sayable": words}) for row in page.rows]
        return page.model_copy(update={"rows": rows})

    monkeypatch.setattr(type(store), "worklist", telling)
    answer = browser_of(ANNA).get("/export/letters.csv")
    assert answer.status_code == 422
    assert "the export for customers tells the internal word" in answer.text
    assert store.views("A-1", viewer=LEAD) == []


def test_more_customers_than_a_file_should_hold_are_refused(browser_of, monkeypatch):
    monkeypatch.setattr("treue.serving.exports.MOST_ROWS", 1)
    answer = browser_of(ANNA).get("/export/worklist.csv")
    assert answer.status_code == 422
    assert "Bitte grenzen Sie die Arbeitsliste vorher ein." in answer.text


def test_a_file_of_an_empty_worklist_has_its_head_only(browser_of):
    _, rows = read_csv(browser_of(ANNA).get("/export/worklist.csv?search=nobody"))
    assert len(rows) == 1
    _, rows = read_xlsx(browser_of(ANNA).get("/export/worklist.xlsx?search=nobody").content)
    assert len(rows) == 2


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+49 761 1234", "'+49 761 1234"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1+1", "'=1+1"),
        ("\r\n=1+1", "'=1+1"),
        ("\u200b=1+1", "'=1+1"),
        ("\u202e=1+1", "'=1+1"),
        ("＝1+1", "'＝1+1"),
        ("|calc", "'|calc"),
        ("Müller; Söhne", "Müller; Söhne"),
        ('Müller "und" Söhne', 'Müller "und" Söhne'),
        ("a\nb", "a b"),
        ("abc\u202edef", "abc def"),
        ("Hof-Apotheke", "Hof-Apotheke"),
    ],
)
def test_no_text_acts_as_a_formula(name, written):
    assert harmless(name) == written
    _, rows = read_csv(Answer(to_csv(["x"], [[name]], "de")))
    assert rows[1] == [written]
    sheet = to_xlsx(["x"], [[name]], sheet="s", notice="n")
    assert read_xlsx(sheet)[1][2] == [written]


def test_numbers_and_gaps_are_written_as_such():
    _, rows = read_csv(Answer(to_csv(["a", "b", "c"], [[-1.5, None, 1234567.0]], "de")))
    assert rows[1] == ["-1,5", "", "1234567"]


@given(st.text(max_size=40))
def test_no_cell_whatever_begins_like_a_formula_or_breaks_its_row(text):
    _, rows = read_csv(Answer(to_csv(["x", "y"], [[text, "end"]], "en")))
    assert len(rows) == 2
    assert rows[1][1] == "end"
    assert not rows[1][0].lstrip().startswith(tuple(FORMULA))


class Answer:
    """Bytes as a response has them."""

    def __init__(self, content):
        self.content = content
        self.text = content.decode("utf-8-sig")

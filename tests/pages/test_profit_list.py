"""The worklist ends where a contact no longer pays, if one asks for that."""

from treue.serving.viewer import Viewer

LEAD = Viewer("chef@example.com", "lead")
PAYS = "nur wo sich ein Kontakt rechnet"


def test_the_worklist_is_cut_where_a_contact_no_longer_pays(browser_of):
    browser = browser_of(LEAD)
    page = browser.get("/worklist").text
    assert PAYS in page
    assert "erwarteter Gewinn" not in page
    cut = browser.get("/worklist?worth=true").text
    assert "erwarteter Gewinn aller Kontakte" in cut
    assert 'name="worth" value="true" checked' in cut
    assert "/export/worklist.csv?worth=true" in cut
    rows = browser.get("/api/v1/worklist?worth=true").json()
    assert rows["total"] < browser.get("/api/v1/worklist").json()["total"]
    assert all(row["worth_contacting"] for row in rows["rows"])
    total = sum(row["expected_profit"] for row in rows["rows"])
    assert abs(rows["expected_profit"] - total) < 0.01


def test_letters_to_customers_say_nothing_of_profit(browser_of):
    head = browser_of(LEAD).get("/export/letters.csv").content.decode("utf-8-sig").splitlines()[0]
    assert "Gewinn" not in head

"""What happened with a customer, as far as it was known at the cutoff."""

from datetime import datetime, timedelta

import pyarrow as pa
import pytest

from treue.features.tables import Tables
from treue.serving.timeline import MOST, Timeline

CUTOFF = datetime(2024, 7, 1)


def day(month, number=1, hour=0):
    return datetime(2024, month, number, hour)


def rows(**columns):
    return pa.table(columns)


@pytest.fixture
def company():
    """Customer A with one event of nearly each kind; B bought once."""
    return {
        "purchases": rows(
            customer_id=["A", "A", "A", "A", "B"],
            purchased_at=[day(1, 5, 9), day(1, 5, 9), day(2, 3), day(7, 2), day(6)],
            amount=[1000.0, 234.4, -120.0, 50.0, 10.0],
            order_id=["1", "1", "2", "3", "4"],
            category=["Kabel", "Werkzeug", "Kabel", "Kabel", "Kabel"],
        ),
        "negotiations": rows(
            customer_id=["A", "A"],
            negotiated_at=[day(3), day(6, 20)],
            list_price=[1200.0, 900.0],
            asked_price=[1000.0, 700.0],
            agreed_price=[1100.0, 800.0],
            outcome=["won", "lost"],
            decided_at=[day(3, 2), day(7, 3)],
            competitor_named=[True, False],
        ),
        "complaints": rows(
            customer_id=["A", "A"],
            opened_at=[day(4), day(6, 25)],
            category=["Lieferverzug", "Mangel"],
            severity=[4, 2],
            caused_by=["us", "customer"],
            resolved_at=[day(4, 6), day(7, 5)],
            goodwill_amount=[50.0, 20.0],
        ),
        "contacts": rows(
            customer_id=["A", "A", "A"],
            contacted_at=[day(4, 2), day(4, 3), day(4, 4)],
            channel=["Telefon", "Rundfunk", None],
            direction=["out", "in", None],
        ),
        "contracts": rows(
            customer_id=["A"],
            started_at=[day(2)],
            ends_at=[datetime(2025, 1, 31)],
            cancelled_at=[day(5, 5)],
            value_year=[480.0],
        ),
        "payments": rows(
            customer_id=["A", "A", "A", "A"],
            due_at=[day(2, 20), day(3, 20), day(5, 20), day(8)],
            amount=[500.0, 600.0, 700.0, 800.0],
            paid_at=[day(2, 28), day(3, 21), None, None],
        ),
        "referrals": rows(
            referrer_id=["A", "A"],
            referred_at=[day(1, 20), day(6, 1)],
            referred_id=["B", "C"],
            converted_at=[day(2, 2), day(8)],
        ),
    }


def told(frames, customer="A", language="de"):
    tables = Tables.from_frames(frames, observed_until=datetime(2024, 12, 31))
    events = Timeline(tables, CUTOFF).of([customer])[customer]
    return {event.at: event.text.in_(language).replace("\u00a0", " ") for event in events}


def test_each_kind_of_event_is_told_in_german(company):
    found = told(company)
    assert found == {
        day(1, 5, 9): "Auftrag über 1.234 € (2 Positionen)",
        day(1, 20): "Hat uns empfohlen; der Empfohlene kaufte am 02.02.2024",
        day(2): "Vertrag begonnen, 480 € im Jahr, bis 31.01.2025",
        day(2, 3): "Rückgabe über 120 € (Kabel)",
        day(2, 20): "Rechnung über 500 €: 8 Tage zu spät bezahlt",
        day(3): "Preisgespräch: Kunde wollte 1.000 € statt 1.200 €, "
        "Auftrag erhalten zu 1.100 €, Wettbewerber genannt",
        day(4): "Reklamation (Lieferverzug, Schwere 4 von 5, unser Fehler): "
        "gelöst nach 5 Tagen, 50 € Kulanz",
        day(4, 2): "Telefonat, von uns aus",
        day(4, 3): "Rundfunk, vom Kunden aus",
        day(4, 4): "Kontakt",
        day(5, 5): "Vertrag gekündigt, 480 € im Jahr, bis 31.01.2025",
        day(5, 20): "Rechnung über 700 €: noch nicht bezahlt, seit 42 Tagen fällig",
        day(6, 1): "Hat uns empfohlen",
        day(6, 20): "Preisgespräch: Kunde wollte 700 € statt 900 €, offen",
        day(6, 25): "Reklamation (Mangel, Schwere 2 von 5, vom Kunden verursacht): offen",
    }


def test_each_kind_of_event_is_told_in_english(company):
    found = told(company, language="en")
    assert found[day(1, 5, 9)] == "Order of €1,234 (2 lines)"
    assert found[day(4, 2)] == "Phone call, by us"
    assert found[day(5, 20)] == "Invoice of €700: not paid yet, due for 42 days"
    assert found[day(6, 25)] == "Complaint (Mangel, severity 2 of 5, caused by the customer): open"


def test_the_newest_events_come_first_and_only_so_many(company):
    many = rows(
        customer_id=["A"] * 60,
        purchased_at=[day(1) + timedelta(days=i) for i in range(60)],
        amount=[float(i) for i in range(60)],
    )
    tables = Tables.from_frames({"purchases": many}, observed_until=CUTOFF)
    events = Timeline(tables, CUTOFF).of(["A"])["A"]
    assert len(events) == MOST
    assert [event.amount for event in events] == [float(i) for i in range(59, 19, -1)]
    assert events[0].text.en == "Order of €59"


def test_columns_that_were_not_brought_are_left_out_of_the_words(company):
    frames = {
        "purchases": company["purchases"].select(["customer_id", "purchased_at", "amount"]),
        "complaints": company["complaints"].select(["customer_id", "opened_at"]),
        "negotiations": company["negotiations"].select(["customer_id", "negotiated_at"]),
        "payments": company["payments"].select(["customer_id", "due_at"]),
    }
    found = told(frames)
    assert found[day(4)] == "Reklamation: offen"
    assert found[day(3)] == "Preisgespräch: offen"
    assert found[day(2, 20)] == "Rechnung: noch nicht bezahlt, seit 132 Tagen fällig"


def test_a_customer_without_events_has_an_empty_timeline(company):
    tables = Tables.from_frames(company, observed_until=datetime(2024, 12, 31))
    assert Timeline(tables, CUTOFF).of(["A", "nobody"])["nobody"] == []


def test_no_other_customer_is_named(company):
    assert all(
        "B" not in text.split() and "C" not in text.split() for text in told(company).values()
    )


def test_cutting_the_tables_at_the_cutoff_changes_nothing(company):
    tables = Tables.from_frames(company, observed_until=datetime(2024, 12, 31))
    assert (
        Timeline(tables, CUTOFF).of(["A", "B"])
        == Timeline(tables.known_at(CUTOFF), CUTOFF).of(["A", "B"])
    )  # fmt: skip

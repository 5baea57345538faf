"""One feature in a sentence: heads follow the numbers shown."""

from datetime import date

import narwhals.stable.v2 as nw
import pytest

from treue.features.catalogue import describe
from treue.features.family import Feature
from treue.serving.comparison import Compared
from treue.serving.telling import Teller

HIGH, LOW = Compared(None, 0.92, 0.05), Compared(None, 0.05, 0.92)
MANY_ALIKE = Compared(None, 0.3, 0.0)
MIDDLE = Compared(None, 0.4, 0.35)


def tell(name, value, against=None, *, side=0, currency="EUR", **others):
    teller = Teller(describe(name), currency=currency)
    values = {name: value, **others}
    weighed = teller.weigh(values, {teller.shows: against} if against else {}, side=side)
    text = teller.write(weighed, values).sentence
    return text.de, text.en


@pytest.mark.parametrize(
    ("value", "earlier", "de", "en"),
    [
        (
            2.0,
            6.0,
            "Bestellt seltener: 2 Aufträge in den letzten 90 Tagen, in den 90 Tagen davor 6",
            "Orders less often: 2 orders in the last 90 days, 6 in the 90 days before",
        ),
        (
            1.0,
            0.0,
            "Bestellt häufiger: 1 Auftrag in den letzten 90 Tagen, in den 90 Tagen davor keiner",
            "Orders more often: 1 order in the last 90 days, none in the 90 days before",
        ),
        (
            0.0,
            3.0,
            "Bestellt seltener: kein Auftrag in den letzten 90 Tagen, in den 90 Tagen davor 3",
            "Orders less often: no order in the last 90 days, 3 in the 90 days before",
        ),
    ],
)
def test_a_count_beside_the_customers_own_earlier_one(value, earlier, de, en):
    assert tell("orders_90", value, Compared(earlier, 0.1, 0.8)) == (de, en)


def test_without_an_earlier_value_peers_are_told():
    assert tell("negotiations_365", 5.0, HIGH) == (
        "Verhandelt oft: 5 Preisverhandlungen in den letzten 12 Monaten, mehr als bei 92\xa0% der "
        "Kunden",
        "Negotiates often: 5 price negotiations in the last 12 months, more than for 92% of "
        "customers",
    )


def test_an_earlier_value_that_is_shown_alike_is_no_comparison():
    de, _ = tell("amount_365", 1000.2, Compared(1000.4, 0.8, 0.1))
    assert (
        de == "Hoher Umsatz: 1.000\xa0€ in den letzten 12 Monaten, mehr als bei 80\xa0% der Kunden"
    )


def test_shares_of_customers_are_never_overstated():
    assert (
        "mehr als bei 99\xa0% der Kunden" in tell("amount_365", 9.0, Compared(None, 0.999, 0.0))[0]
    )


def test_most_is_said_from_half_on_and_the_head_follows_from_two_thirds_on():
    de, _ = tell("orders_365", 7.0, Compared(None, 0.6, 0.3))
    assert de.startswith("Bestellhäufigkeit: 7 Aufträge")
    assert de.endswith("mehr als bei 60\xa0% der Kunden")
    assert tell("orders_365", 7.0, MIDDLE)[0].endswith("etwa wie bei anderen Kunden")
    assert tell("orders_365", 7.0, MIDDLE)[1].endswith("about the same as other customers")
    assert tell("complaint_severity_mean_365", 2.5, MIDDLE)[0].endswith(
        "etwa wie bei anderen Kunden mit Reklamationen"
    )


def test_a_value_that_most_have_is_told_as_such():
    assert tell("complaints_365", 0.0, Compared(None, 0.0, 0.3)) == (
        "Reklamationen: keine in den letzten 12 Monaten, wie bei 70\xa0% der Kunden",
        "Complaints: none in the last 12 months, like 70% of customers",
    )


def test_a_single_one_is_not_many_and_none_is_not_few():
    assert tell("quotes_lost_365", 1.0, HIGH)[0].startswith("Verlorenes Angebot: 1 in")
    assert tell("complaints_365", 0.0, LOW)[0].startswith("Reklamationen: keine in")


def test_one_open_complaint_is_told_by_its_age_and_several_by_the_oldest():
    assert tell("complaints_open", 1.0, HIGH, complaint_open_days=23.4) == (
        "Offene Reklamation: seit 24 Tagen",
        "Open complaint: for 24 days",
    )
    assert tell("complaints_open", 2.0, HIGH, complaint_open_days=0.2) == (
        "Offene Reklamationen: 2, die älteste seit 1 Tag",
        "Open complaints: 2, the oldest for 1 day",
    )
    assert tell("complaints_open", 0.0, Compared(None, 0.0, 0.05), complaint_open_days=None) == (
        "Keine offene Reklamation: wie bei 95\xa0% der Kunden",
        "No open complaint: like 95% of customers",
    )


def test_a_pause_is_compared_with_the_customers_own_rhythm():
    assert tell("recency_days", 73.2, HIGH, gap_mean_days=21.2) == (
        "Länger nicht bestellt als sonst: letzter Auftrag vor 74 Tagen, sonst etwa alle 21 Tage",
        "Longer without an order than usual: last order 74 days ago, usually one about every 21 "
        "days",
    )
    assert tell("recency_days", 3.0, LOW, gap_mean_days=0.8)[0].endswith("sonst fast täglich")
    assert tell("recency_days", 74.0, HIGH, gap_mean_days=None)[0] == (
        "Lange nicht bestellt: letzter Auftrag vor 74 Tagen, länger her als bei 92\xa0% der Kunden"
    )
    assert tell("recency_days", 3.0, LOW) == (
        "Vor Kurzem bestellt: letzter Auftrag vor 3 Tagen, bei 92\xa0% der Kunden liegt das länger "
        "zurück",
        "Ordered recently: last order 3 days ago, more recent than for 92% of customers",
    )


def test_a_margin_is_compared_with_what_was_expected():
    de, en = tell(
        "margin_against_expected", 0.5, currency="CHF", margin_365=500.0, expected_margin_year=1e3
    )
    assert de == (
        "Deckungsbeitrag unter der Erwartung: 500\xa0CHF in den letzten 12 Monaten, "
        "bei der Kundengewinnung erwartet 1.000\xa0CHF im Jahr"
    )
    assert en.startswith("Contribution margin below expectation: CHF")


def test_the_comparison_on_the_side_of_the_contribution_is_taken():
    against = Compared(8.0, 0.95, 0.02)  # fewer than before, more than most
    assert tell("orders_90", 6.0, against, side=-1)[0].startswith("Bestellt seltener: 6")
    assert tell("orders_90", 6.0, against, side=1)[0].startswith("Bestellt oft: 6")


def test_where_no_comparison_is_on_that_side_the_head_tells_no_direction():
    against = Compared(8.0, 0.02, 0.95)
    assert tell("orders_90", 6.0, against, side=1)[0] == (
        "Bestellhäufigkeit: 6 Aufträge in den letzten 90 Tagen, in den 90 Tagen davor 8"
    )


def test_the_neutral_head_does_not_repeat_its_noun():
    assert tell("negotiations_365", 3.0, MIDDLE)[0].startswith("Preisverhandlungen: 3 in den")
    assert tell("contacts_90", 1.0, MIDDLE)[1].startswith("Contacts: 1 in the")


@pytest.mark.parametrize("nothing", [None, float("nan")])
def test_a_missing_value_is_said_on_purpose_with_the_share_who_have_none(nothing):
    assert tell("rounds_mean_365", nothing, Compared(None, None, None, 0.25)) == (
        "Verhandlungsrunden: keine Preisverhandlung in den letzten 12 Monaten, wie bei 25\xa0% der "
        "Kunden",
        "Rounds of negotiation: no price negotiation in the last 12 months, like 25% of customers",
    )
    assert tell("attribute_industry", nothing) == ("Industry: keine Angabe", "Industry: not given")


def test_an_attribute_and_a_column_of_a_ready_panel_are_told_by_their_names():
    assert tell("attribute_industry", "Handel", Compared(None, 0.4, 0.4)) == (
        "Industry: Handel, wie bei 20\xa0% der Kunden",
        "Industry: Handel, like 20% of customers",
    )
    assert tell("MonthlyCharges", 70.5, HIGH)[1] == (
        "MonthlyCharges: 70.5, more than for 92% of customers"
    )
    assert tell("MonthlyCharges", 70.5)[0] == "MonthlyCharges: 70,5"


def test_a_feature_of_an_own_family_is_told_by_its_phrase_and_its_earlier_value():
    clicks = Feature(
        "newsletter_clicks_90",
        nw.lit(0),
        "clicks",
        "",
        "Klicks im Newsletter in den letzten 90 Tagen",
        "newsletter clicks in the last 90 days",
        stream="clicks",
        window_days=90,
    )
    teller = Teller(clicks, currency="EUR")
    values = {clicks.name: 2.0}
    weighed = teller.weigh(values, {clicks.name: Compared(6.0, 0.4, 0.5)}, side=-1)
    assert teller.write(weighed, values).sentence.de == (
        "Klicks im Newsletter in den letzten 90 Tagen: 2, in den 90 Tagen davor 6"
    )


@pytest.mark.parametrize(
    ("name", "now", "then", "de", "en"),
    [
        (
            "complaints_open",
            1.0,
            0.0,
            "Offene Reklamationen: jetzt 1, am 01.10.2024 keine",
            "Open complaints: now 1, none on 1 Oct 2024",
        ),
        (
            "complaints_open",
            0.0,
            1.0,
            "Offene Reklamationen: jetzt keine, am 01.10.2024 war es 1",
            "Open complaints: now none, 1 on 1 Oct 2024",
        ),
        (
            "orders_90",
            2.0,
            6.0,
            "Bestellhäufigkeit: jetzt 2 Aufträge in den letzten 90 Tagen, am 01.10.2024 waren es 6",
            "Order frequency: now 2 orders in the last 90 days, 6 on 1 Oct 2024",
        ),
        (
            "silence_since_complaint_days",
            None,
            9.0,
            "Bestellpause nach der letzten Reklamation: jetzt keine, am 01.10.2024 seit 9 Tagen",
            "Pause in orders after the last complaint: now none, for 9 days on 1 Oct 2024",
        ),
        (
            "recency_days",
            74.0,
            12.0,
            "Letzter Auftrag: jetzt vor 74 Tagen, am 01.10.2024 vor 12 Tagen",
            "Last order: now 74 days ago, 12 days ago on 1 Oct 2024",
        ),
        (
            "negotiations_all",
            15.0,
            14.0,
            "Preisverhandlungen: jetzt 15 insgesamt, am 01.10.2024 waren es 14",
            "Price negotiations: now 15 to date, 14 on 1 Oct 2024",
        ),
        (
            "discount_granted_mean_365",
            0.08,
            None,
            "Gewährter Nachlass: jetzt im Mittel 8\xa0% in den letzten 12 Monaten, am 01.10.2024 "
            "keine Preisverhandlung mit Ergebnis",
            "Discount granted: now 8% on average in the last 12 months, no settled price "
            "negotiation on 1 Oct 2024",
        ),
        (
            "last_channel",
            "Telefon",
            "Internet",
            "Vertriebsweg des letzten Kaufs: jetzt Telefon, am 01.10.2024 noch Internet",
            "Channel of the last purchase: now Telefon, still Internet on 1 Oct 2024",
        ),
    ],
)
def test_a_change_tells_now_and_then(name, now, then, de, en):
    text = Teller(describe(name), currency="EUR").tell_change(now, then, date(2024, 10, 1))
    assert (text.de, text.en) == (de, en)


def test_where_a_value_went_is_judged_as_it_is_shown():
    teller = Teller(describe("amount_90"), currency="EUR")
    assert [
        teller.went(*pair) for pair in ((2, 1), (1, 2), (1.1, 1.2), (None, 1), (None, None))
    ] == [*(1, -1, None, 0, None)]

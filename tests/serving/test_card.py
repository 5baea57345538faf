"""The value card: margins net of returns, inputs on demand, missing columns named."""

from datetime import datetime

import pandas as pd
import pytest

from treue.features.panel import build_panel
from treue.features.referrals import REFERRALS as REFERRAL_FAMILY
from treue.features.tables import Tables
from treue.models.value import Assumptions, assumptions_of
from treue.serving.card import LINES, amounts, card_lines
from treue.serving.ledger import Ledger, Worth
from treue.serving.quadrants import MEANINGS, QUADRANTS, thresholds_of
from treue.settings import Map, Value

CUTOFF = datetime(2024, 1, 1)
PURCHASES = pd.DataFrame(
    [
        ("A", "2023-12-01", 100.0, 40.0),
        ("A", "2023-12-10", -50.0, -20.0),  # a return
        ("A", "2022-12-31", 999.0, 999.0),  # 366 days ago
        ("A", "2024-01-02", 999.0, 999.0),  # not yet known
        ("B", "2023-06-01", 200.0, 80.0),
        ("C", "2023-07-01", 300.0, 120.0),
        ("D", "2022-06-01", 300.0, 120.0),  # long ago
    ],
    columns=["customer_id", "purchased_at", "amount", "margin"],
).astype({"purchased_at": "datetime64[us]"})
REFERRALS = pd.DataFrame(
    [
        ("A", "2023-05-01", "B", "2023-06-01"),
        ("B", "2023-06-15", "C", "2023-07-01"),
        ("A", "2023-12-20", "D", None),  # did not become a customer
        ("D", "2023-12-20", "C", "2024-02-01"),  # not yet known
    ],
    columns=["referrer_id", "referred_at", "referred_id", "converted_at"],
).astype({"referred_at": "datetime64[us]", "converted_at": "datetime64[us]"})
CUSTOMERS = pd.DataFrame(
    {"customer_id": ["A", "B"], "acquisition_cost": [50.0, None], "expected_margin_year": [90.0, 1]}
)


def ledger(*, margin_share=None, without=(), **frames):
    found = {
        "purchases": PURCHASES.drop(columns=list(without)),
        "referrals": REFERRALS,
        "customers": CUSTOMERS,
        **frames,
    }
    tables = Tables.from_frames(
        {name: frame for name, frame in found.items() if frame is not None},
        observed_until="2024-02-01",
    )
    return Ledger.at(tables, CUTOFF, margin_share=margin_share)


def test_the_margin_of_a_year_is_net_of_returns_and_as_known_at_the_cutoff():
    worth = ledger().of("A")
    assert (worth.purchase_margin, worth.return_margin, worth.margin) == (40.0, -20.0, 20.0)
    assert worth.tenure_days == 366
    assert (worth.acquisition_cost, worth.expected_margin_year) == (50.0, 90.0)


def test_references_count_once_they_bought():
    books = ledger()
    assert (books.of("A").reference_value, books.of("A").reference_customers) == (200.0, 2)
    assert (books.of("B").reference_value, books.of("B").reference_customers) == (120.0, 1)
    assert (books.of("D").reference_value, books.of("D").reference_customers) == (0.0, 0)


def test_who_bought_nothing_in_the_year_has_a_margin_of_zero():
    assert ledger().of("D").margin == 0.0
    assert ledger().of("nobody").margin == 0.0


def test_a_share_of_sales_stands_in_for_margins_that_are_not_brought():
    worth = ledger(without=["margin"], margin_share=0.5).of("A")
    assert (worth.purchase_margin, worth.return_margin) == (50.0, -25.0)
    assert worth.estimated
    assert not ledger(margin_share=0.5).of("A").estimated  # margins that are there come first


def test_without_margins_they_are_unknown_and_references_only_counted():
    worth = ledger(without=["margin"]).of("A")
    assert (worth.margin, worth.reference_value, worth.reference_customers) == (None, None, 2)


def test_without_recommendations_the_reference_value_is_unknown():
    worth = ledger(referrals=None).of("A")
    assert (worth.reference_value, worth.reference_customers) == (None, None)


def test_margins_that_are_all_empty_are_unknown():
    purchases = PURCHASES.assign(margin=PURCHASES["margin"].where(PURCHASES.customer_id != "B"))
    books = ledger(purchases=purchases)
    assert books.of("B").margin is None
    assert books.of("A").margin == 20.0


ASSUMED = Assumptions(
    effect=0.25, concession_cost=40.0, contact_cost=10.0, reference_share=0.2, days=73
)
WORTH = Worth(
    purchase_margin=1_100.0,
    return_margin=-100.0,
    tenure_days=900.0,
    reference_value=2_000.0,
    reference_customers=3,
    acquisition_cost=400.0,
    expected_margin_year=1_500.0,
)


def lines_of(worth, churn=0.5):
    return card_lines(worth, churn_probability=churn, assumptions=ASSUMED)


def test_every_line_of_the_card_is_there_in_its_order():
    found = amounts(lines_of(WORTH))
    assert tuple(found) == LINES
    assert found == pytest.approx(
        {
            "acquisition_cost": 400.0,
            "expected_margin_year": 1_500.0,
            "margin_365": 1_000.0,
            "expected_margin_horizon": 200.0,  # 1,000 / 365 * 73
            "reference_value": 2_000.0,
            "margin_at_risk": 140.0,  # 0.5 * (200 + 2,000 / 365 * 73 * 0.2)
            "concession_ceiling": 25.0,  # 0.25 * 140 - 10
            "break_even_effect": 50 / 140,
            "expected_profit": -15.0,  # 0.25 * 140 - 10 - 40
        }
    )


def test_the_inputs_of_a_line_lead_to_its_amount():
    lines = {line.key: [value.value for value in line.inputs] for line in lines_of(WORTH)}
    assert lines["margin_365"] == [1_100.0, -100.0]
    assert lines["expected_margin_horizon"] == [1_000.0, 365.0]
    churn, own, reference = lines["margin_at_risk"]
    assert churn * (own + reference) == pytest.approx(140.0)
    effect, at_risk, contact = lines["concession_ceiling"]
    assert effect * at_risk - contact == pytest.approx(25.0)
    effect, at_risk, contact, concession = lines["expected_profit"]
    assert effect * at_risk - contact - concession == pytest.approx(-15.0)


def test_every_line_has_words_in_both_languages_and_a_missing_one_says_why():
    for worth, churn in ((WORTH, 0.5), (Worth(), 0.5), (WORTH, None), (Worth(), None)):
        for line in lines_of(worth, churn):
            texts = [line.name, line.formula, *(value.name for value in line.inputs)]
            assert all(text.de and text.en and text.de != text.en for text in texts), line.key
            assert not any(" %" in text.de or "\xa0%" in text.en for text in texts), line.key
            assert (line.amount is None) == (line.missing is not None), line.key


def test_a_missing_input_names_the_column_that_would_bring_it():
    missing = {line.key: line.missing.de for line in lines_of(Worth())}
    assert missing["acquisition_cost"] == "Dafür fehlt customers.acquisition_cost."
    assert missing["expected_margin_year"] == "Dafür fehlt customers.expected_margin_year."
    assert "purchases.margin" in missing["margin_365"]
    assert missing["reference_value"] == "Dafür fehlt referrals.referred_id."
    assert "purchases.margin" in missing["concession_ceiling"]
    no_model = {line.key: line.missing for line in lines_of(WORTH, None)}
    assert no_model["margin_365"] is None
    assert no_model["margin_at_risk"].en == "This needs a churn model (treue train)."


def test_where_nothing_is_at_risk_no_effect_breaks_even_and_the_loss_is_told():
    worth = Worth(purchase_margin=-100.0, return_margin=0.0, tenure_days=900.0)
    lines = {line.key: line for line in lines_of(worth)}
    assert lines["break_even_effect"].amount is None
    assert lines["break_even_effect"].missing.en.startswith("No margin is at risk with this")
    assert lines["margin_365"].meaning.de == (
        "An diesem Kunden haben wir in den letzten 365 Tagen Geld verloren."
    )
    assert lines["concession_ceiling"].meaning.de == (
        "Aus eigener Entscheidung kein Spielraum; bei eigenem Fehler zählt, was recht ist."
    )


@pytest.mark.parametrize(
    ("margin", "de"),
    [
        # 50 / (0.5 * 0.2 * margin)
        (
            10_000.0,
            "Ein übliches Zugeständnis von 40\xa0€ lohnt sich, wenn es mindestens 5 von 100 "
            "solchen Kunden hält, die sonst gingen.",
        ),
        (
            400.0,
            "Ein übliches Zugeständnis von 40\xa0€ lohnt sich hier nie: Es kostet mehr, als auf "
            "dem Spiel steht.",
        ),
    ],
)
def test_the_effect_from_which_a_concession_pays_is_told_in_plain_words(margin, de):
    lines = {line.key: line for line in lines_of(Worth(purchase_margin=margin, return_margin=0.0))}
    assert lines["break_even_effect"].meaning.de == de


@pytest.mark.parametrize(
    ("margin", "en"),
    [
        (10_000.0, "On average of such customers a contact brings more than it costs."),
        (400.0, "On average of such customers a contact costs more than it brings."),
    ],
)
def test_it_is_told_whether_a_contact_pays(margin, en):
    lines = {line.key: line for line in lines_of(Worth(purchase_margin=margin, return_margin=0.0))}
    assert lines["expected_profit"].meaning.en == en
    pays = lines["expected_profit"].amount > 0
    assert pays == (lines["concession_ceiling"].amount > ASSUMED.concession_cost)
    assert pays == (lines["break_even_effect"].amount < ASSUMED.effect)


def test_what_is_at_risk_names_its_period():
    lines = {line.key: line for line in lines_of(WORTH)}
    assert lines["margin_at_risk"].name.de == "Deckungsbeitrag auf dem Spiel, nächste 73 Tage"
    assert "in den nächsten 73 Tagen" in lines["concession_ceiling"].formula.de
    assert "in the next 73 days" in lines["concession_ceiling"].formula.en


def test_columns_and_settings_are_named_only_where_they_are_missing():
    for line in lines_of(WORTH):
        for text in (line.formula, line.name, *(each.name for each in line.inputs)):
            assert "_" not in text.de + text.en, line.key


def test_an_estimated_margin_is_said_to_be_one():
    worth = Worth(purchase_margin=100.0, return_margin=0.0, estimated=True)
    line = next(line for line in lines_of(worth) if line.key == "margin_365")
    assert "geschätzt als fester Anteil am Umsatz" in line.formula.de


def test_the_horizon_is_the_span_unless_another_is_stated():
    assert assumptions_of(Value(), horizon_days=90).days == 90
    assert assumptions_of(Value(margin_days=365), horizon_days=90).days == 365
    found = assumptions_of(Value(concession_effect=0.1, reference_share=1.0), horizon_days=30)
    assert (found.effect, found.reference_share) == (0.1, 1.0)


def test_the_map_begins_where_it_is_configured_or_where_costs_and_base_rates_say():
    # 11 / (0.3 * 200) = 0.1833 lies above the share of all who leave, 0.15
    rates = {"churn": [0.1, 0.2], "referral": [0.05, 0.05]}
    found = thresholds_of(Map(), Value(), **rates)
    assert (found.churn, found.referral) == pytest.approx((11 / 60, 0.1))
    found = thresholds_of(Map(), Value(), **rates, expected_margins=[None, -5.0, 50.0, 150.0])
    assert found.churn == pytest.approx(11 / 30)  # the median of 50 and 150 is 100
    found = thresholds_of(Map(churn_threshold=0.4, referral_threshold=0.3), Value(), **rates)
    assert (found.churn, found.referral) == (0.4, 0.3)


def test_every_quadrant_has_a_name_and_a_meaning():
    assert set(QUADRANTS) == set(MEANINGS) == {"focus", "promoter_at_risk", "quiet", "price_hunter"}


def test_the_card_counts_the_same_references_as_the_feature(tables):
    cutoff = datetime(2023, 7, 1)
    panel = build_panel(tables, [cutoff], horizon=None, lookback=180, families=(REFERRAL_FAMILY,))
    books = Ledger.at(tables, cutoff)
    expected = dict(zip(panel["customer_id"], panel["reference_customers"], strict=True))
    assert sum(expected.values()) > 20
    assert {key: books.of(key).reference_customers for key in expected} == expected

"""Whom to call first, for companies that bring more or less."""

from datetime import datetime

import pandas as pd
import pytest

from treue.commands.call_first import to_call_first, told, told_worth
from treue.features.tables import Tables
from treue.models.value import Assumptions

PURCHASES = pd.DataFrame(
    {
        "customer_id": ["A", "B", "C", "C"],
        "purchased_at": pd.to_datetime(["2024-05-01", "2024-05-01", "2024-05-01", "2022-05-01"]),
        "amount": [100.0, 300.0, 50.0, 9000.0],
        "margin": [50.0, 10.0, 20.0, 4000.0],
    }
)


ASSUMED = Assumptions(days=73)  # a fifth of a year


@pytest.fixture
def scores(tmp_path):
    path = tmp_path / "scores.parquet"
    pd.DataFrame(
        {
            "customer_id": ["A", "B", "C"],
            "cutoff": [datetime(2024, 7, 1)] * 3,
            "churn_probability": [0.5, 0.4, 0.9],
            "churn_reasons_en": [["one"], ["two"], ["three", "four", "five", "six"]],
        }
    ).to_parquet(path)
    return path


def test_the_margin_at_risk_decides(scores):
    tables = Tables.from_frames({"purchases": PURCHASES}, observed_until=datetime(2024, 7, 1))
    first = to_call_first(scores, tables, "en", assumptions=ASSUMED)
    # A and B bought first 61 days ago: their margins are spread over the 73 days; C's over a year
    assert first["customer_id"].tolist() == ["A", "B", "C"]
    assert first["margin_at_risk"].tolist() == pytest.approx([25.0, 4.0, 0.9 * 20 / 5])
    text = told(first, "en", "USD", days=73)
    assert text.splitlines()[0] == "Call these 3 first (margin at risk in the next 73 days)"
    assert text.splitlines()[2:4] == [
        " 1. A: leaving 50%, margin $50, at risk $25",
        "      - one",
    ]
    german = told(first, "de", "EUR", days=73)
    assert " 1. A: Abwanderung 50\xa0%, Deckungsbeitrag 50\xa0€, auf dem Spiel 25\xa0€" in german


def test_it_is_told_how_many_customers_it_pays_to_contact(scores):
    assert told_worth(scores, "en", "USD") == ""
    frame = pd.read_parquet(scores)
    frame.assign(expected_profit=[1_200.4, None, -3.0]).to_parquet(scores)
    assert told_worth(scores, "en", "USD") == (
        "A contact pays for 1 of 2 customers: expected profit $1,200, with the effect stated in "
        "treue.toml."
    )
    assert "rechnet sich bei 1 von 2 Kunden: erwarteter Gewinn 1.200\xa0€" in (
        told_worth(scores, "de", "EUR")
    )
    frame.assign(expected_profit=[float("nan")] * 3).to_parquet(scores)
    assert told_worth(scores, "de", "EUR") == ""


def test_without_margins_the_likelihood_decides(scores):
    purchases = PURCHASES.drop(columns="margin")
    names = pd.DataFrame({"customer_id": ["B"], "name": ["Miller & Sons"]})
    tables = Tables.from_frames(
        {"purchases": purchases, "customers": names}, observed_until=datetime(2024, 7, 1)
    )
    first = to_call_first(scores, tables, "en", assumptions=ASSUMED)
    text = told(first, "en", "EUR", days=73)
    assert text.startswith("Call these 3 first (likelihood of leaving)\n\n 1. C: leaving 90%\n")
    assert " 3. Miller & Sons (B): leaving 40%\n" in text


def test_a_share_of_sales_stands_in_for_margins(scores):
    purchases = PURCHASES.drop(columns="margin")
    tables = Tables.from_frames({"purchases": purchases}, observed_until=datetime(2024, 7, 1))
    first = to_call_first(scores, tables, "en", assumptions=ASSUMED, margin_share=0.5)
    assert first["margin_at_risk"].tolist() == pytest.approx([60.0, 25.0, 4.5])


def test_without_tables_the_likelihood_decides(scores):
    first = to_call_first(scores, None, "en", assumptions=ASSUMED)
    text = told(first, "en", "EUR", days=73)
    assert text.splitlines() == [
        "Call these 3 first (likelihood of leaving)",
        "",
        " 1. C: leaving 90%",
        "      - three",
        "      - four",
        "      - five",
        " 2. A: leaving 50%",
        "      - one",
        " 3. B: leaving 40%",
        "      - two",
    ]


def test_without_a_churn_model_there_is_nobody_to_list(tmp_path):
    path = tmp_path / "scores.parquet"
    pd.DataFrame({"customer_id": ["A"], "referral_probability": [0.5]}).to_parquet(path)
    assert to_call_first(path, None, "en", assumptions=ASSUMED).empty

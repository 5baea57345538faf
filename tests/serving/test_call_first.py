"""Whom to call first, for companies that bring more or less."""

from datetime import datetime

import pandas as pd
import pytest

from treue.commands.call_first import to_call_first, told
from treue.features.tables import Tables

PURCHASES = pd.DataFrame(
    {
        "customer_id": ["A", "B", "C", "C"],
        "purchased_at": pd.to_datetime(["2024-05-01", "2024-05-01", "2024-05-01", "2022-05-01"]),
        "amount": [100.0, 300.0, 50.0, 9000.0],
        "margin": [50.0, 10.0, 20.0, 4000.0],
    }
)


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


def test_the_margin_of_the_last_year_decides(scores):
    tables = Tables.from_frames({"purchases": PURCHASES}, observed_until=datetime(2024, 7, 1))
    first = to_call_first(scores, tables, "en")
    assert first[["customer_id", "at_risk"]].to_numpy().tolist() == [
        ["A", 25.0],
        ["C", 18.0],
        ["B", 4.0],
    ]
    assert told(first, "en", "USD").splitlines()[2:4] == [
        " 1. A: leaving 50%, margin $50, at risk $25",
        "      - one",
    ]


def test_without_margins_the_sales_of_the_last_year_decide(scores):
    purchases = PURCHASES.drop(columns="margin")
    names = pd.DataFrame({"customer_id": ["B"], "name": ["Miller & Sons"]})
    tables = Tables.from_frames(
        {"purchases": purchases, "customers": names}, observed_until=datetime(2024, 7, 1)
    )
    text = told(to_call_first(scores, tables, "en"), "en", "EUR")
    assert text.startswith(
        "Call these 3 first (likelihood of leaving × sales of the last year)\n\n"
        " 1. Miller & Sons (B): leaving 40%, sales €300, at risk €120\n"
    )
    assert " 2. A: leaving 50%" in text


def test_without_tables_the_likelihood_decides(scores):
    text = told(to_call_first(scores, None, "en"), "en", "EUR")
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
    assert to_call_first(path, None, "en").empty

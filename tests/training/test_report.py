"""What people read: definitions in words, figures with intervals, Markdown tables."""

import math

import pandas as pd
import pytest

from treue.models.intervals import Interval
from treue.training.backtest import split
from treue.training.config import config_from, parse_config
from treue.training.evaluate import evaluate
from treue.training.fit import fit
from treue.training.report import CardFacts, definition, figure, model_card, table

SHOP = {"lookback_days": 180, "horizon_days": 90}


@pytest.mark.parametrize(
    ("target", "label", "sentence"),
    [
        (
            "churn",
            {"churn": "inactivity"},
            "The probability that a customer who bought in the 180 days before the cutoff "
            "makes no purchase in the 90 days after it.",
        ),
        (
            "churn",
            {"churn": "contract"},
            "The probability that a customer who has a running contract at the cutoff ends "
            "the last running contract in the 90 days after it.",
        ),
        (
            "churn",
            {"churn": "decline", "decline_share": 0.25},
            "The probability that a customer who bought in the 180 days before the cutoff "
            "spends less in the 90 days after it than 25% of the spend in the 90 days before it.",
        ),
        (
            "referral",
            {"referral": "made"},
            "The probability that a customer who bought in the 180 days before the cutoff "
            "recommends us to somebody in the 90 days after it.",
        ),
        (
            "referral",
            {"referral": "converted"},
            "The probability that a customer who bought in the 180 days before the cutoff "
            "makes a recommendation that becomes a customer in the 90 days after it.",
        ),
    ],
)
def test_a_model_says_in_words_what_it_predicts(target, label, sentence):
    assert definition(target, config_from({"label": {**SHOP, **label}})) == sentence


def test_a_model_of_a_ready_panel_names_the_label_column():
    config = parse_config('[panel]\npath = "p.csv"\nchurned = "Exited"\n')
    assert definition("churn", config) == (
        "The probability that column `Exited` of the panel says yes."
    )


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (Interval(0.7123, 0.69, 0.735), "0.712 [0.690, 0.735]"),
        (Interval(0.7123, math.nan, math.nan), "0.712"),
        (Interval(math.nan, math.nan, math.nan), "–"),
    ],
)
def test_a_figure_stands_with_its_interval(found, text):
    assert figure(found) == text


def test_a_table_is_markdown():
    assert table(["a", "b"], [[1, "x"], [2, "y"]]) == (
        "| a | b |\n| --- | --- |\n| 1 | x |\n| 2 | y |"
    )


@pytest.fixture(scope="module")
def card(panel, quick):
    two = quick.model_copy(update={"cutoffs": quick.cutoffs.model_copy(update={"holdout": 2})})
    training, held_out = split(panel.drop(columns="purchase_days"), config=two)
    bundle = fit(training, "churn", config=two)
    evaluation = evaluate(bundle, training, held_out, config=two)
    sizes = pd.Series({"purchases": 0.3, "other": 0.1})
    facts = CardFacts(
        name="treue-churn",
        families=sizes,
        features=pd.Series({"recency_days": 0.3}),
        sensitive=(),
        data=("purchases: 12 rows, 3 columns, fingerprint 00ff",),
    )
    return model_card(bundle, evaluation, facts, two)


def test_the_card_has_every_section_once(card):
    heads = [line for line in card.splitlines() if line.startswith("#")]
    assert heads == [
        "# treue-churn: model card",
        "## Data",
        "## How good it is",
        "## How sure it is",
        "## Whom it pays to contact",
        "## What moves it",
        "## Fairness",
        "## Limits",
        "## How it was made",
    ]


def test_the_card_shows_each_held_out_cutoff(card):
    assert "| 2024-06-01 | 200 |" in card
    assert "| 2024-07-01 | 200 |" in card
    assert "One held-out cutoff can mislead" not in card


def test_the_card_says_which_rule_is_missing_and_why(card):
    assert "BG/NBD is not in the comparison: purchase_days: not in the panel" in card


def test_the_card_shows_what_moves_the_model(card):
    assert "| 75% |" in card  # 0.3 of 0.4
    assert "| `recency_days` |" in card


def test_the_card_without_sensitive_columns_says_so(card):
    assert "No column was named sensitive, so nothing is said of fairness." in card


def test_the_card_lists_the_data_with_their_fingerprints(card):
    assert "- purchases: 12 rows, 3 columns, fingerprint 00ff" in card
    assert "| training | 4: 2024-01-01 to 2024-04-01 | 800 | 200 |" in card

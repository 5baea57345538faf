"""Whom to contact, how long the list is, and what it would have brought, reckoned by hand."""

import doctest
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treue import numbers
from treue.models.profit import empc
from treue.models.value import Assumptions, value_card
from treue.training import assumed, beside_logistic
from treue.training.artifacts import metric_values
from treue.training.backtest import BacktestResult, split
from treue.training.backtest_report_findings import findings
from treue.training.backtest_report_profit import Money
from treue.training.config import config_from
from treue.training.evaluate import evaluate
from treue.training.fit import fit
from treue.training.pictures import draw_profit
from treue.training.profit import judge_lists
from treue.training.profit_report import profit_section
from treue.training.report import METRIC_NAMES
from treue.training.worth import Worth, worth_of

CONFIG = config_from(
    {
        "label": {"horizon_days": 73},
        "value": {"concession_effect": 0.5, "contact_cost": 5.0, "concession_cost": 15.0},
        "evaluation": {"bootstrap": 20},
    }
)
ROWS = pd.DataFrame(
    [
        # customer, left, model, recency rule, margin if kept -> expected by the model
        ("A", 1, 0.8, 0.1, 100.0),  # 0.5 * 80 - 20 = 20
        ("B", 0, 0.9, 0.9, 40.0),  # 18 - 20 = -2: likely to leave, but not worth it
        ("C", 1, 0.1, 0.9, 1_000.0),  # 50 - 20 = 30: unlikely to leave, but much to lose
        ("D", 0, 0.5, 0.1, 100.0),  # 25 - 20 = 5
        ("E", 1, 0.9, 0.9, -500.0),  # -245: who costs money is let go
    ],
    columns=["customer_id", "outcome", "model", "recency_rule", "kept"],
)


def judged(rows=ROWS, config=CONFIG):
    kept = rows["kept"].to_numpy(dtype=float)
    worth = Worth(kept, np.ones(len(kept), dtype=bool))
    return judge_lists(rows.drop(columns="kept"), worth, config=config)


def test_the_list_holds_all_with_an_expected_profit_above_0():
    found = judged()
    assert found.chosen.contacted == 3  # A, C, D
    assert found.list_share == 0.6
    assert found.chosen.expected == pytest.approx(20 + 30 + 5)
    assert found.chosen.realised.value == pytest.approx(30 + 480 - 20)
    assert found.assumptions.pays_from == 40.0


def test_other_lists_are_judged_by_the_same_outcomes():
    found = judged().others
    assert found["everybody"].realised.value == pytest.approx(490 - 20 - 270)
    assert found["nobody"].realised.value == 0.0
    assert found["by_probability"].contacted == 3  # B, E, A
    assert found["by_probability"].realised.value == pytest.approx(-20 - 270 + 30)
    assert found["recency_rule"].contacted == 1  # C alone: 0.5 * 900 - 20
    assert found["recency_rule"].realised.value == pytest.approx(480)
    assert found["recency_rule"].chosen_minus.value == pytest.approx(10)


def test_the_curve_runs_from_nobody_to_everybody_through_the_chosen_list():
    curve = judged().curve
    assert curve["contacted"].tolist() == [0, 1, 2, 3, 4, 5]
    assert curve["expected"].tolist() == pytest.approx([0, 30, 50, 55, 53, -192])
    assert curve["realised"].tolist() == pytest.approx([0, 480, 510, 490, 470, 200])
    assert curve["chosen"].tolist() == [False, False, False, True, False, False]
    assert curve["expected"].idxmax() == 3


def test_campaigns_along_the_expected_profit_are_measured_as_such():
    found = judged()
    along = empc(
        ROWS["outcome"],
        0.5 * ROWS["model"] * ROWS["kept"] - 20,
        clv=ROWS["kept"],
        incentive=15.0,
        contact_cost=5.0,
        alpha=10.0,
        beta=10.0,
    )
    assert found.empc.value == pytest.approx(along)
    assert found.metrics()["empc_by_profit"] is found.empc
    by_likelihood = empc(ROWS["outcome"], ROWS["model"], clv=ROWS["kept"], incentive=15.0)
    assert by_likelihood < along  # it begins with E, whom it costs money to keep


def test_as_many_are_taken_at_each_cutoff_as_the_list_has_there():
    twice = pd.concat([ROWS.assign(cutoff=1), ROWS.assign(cutoff=2, kept=0.0)], ignore_index=True)
    found = judged(twice)
    assert found.chosen.contacted == 3
    assert found.others["by_probability"].expected == pytest.approx(-2 - 245 + 20)


def test_an_effect_of_nothing_makes_an_empty_list():
    config = config_from({"value": {"concession_effect": 0.0}, "evaluation": {"bootstrap": 20}})
    found = judged(config=config)
    assert (found.chosen.contacted, found.chosen.realised.value) == (0, 0.0)
    assert found.as_dict()["pays_from"] is None
    assert "no contact pays" in "\n".join(profit_section(found, config))


@settings(deadline=None, max_examples=30)
@given(st.randoms())
def test_the_order_of_rows_changes_nothing(random):
    order = list(range(len(ROWS)))
    random.shuffle(order)
    mixed = judged(ROWS.iloc[order].reset_index(drop=True))
    assert json.dumps(mixed.as_dict()) == json.dumps(judged().as_dict())


@settings(deadline=None, max_examples=30)
@given(st.floats(0.05, 1), st.floats(0.1, 60), st.integers(0, 10_000))
def test_no_other_length_promises_more(effect, cost, seed):
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(
        {
            "customer_id": [f"C{i}" for i in range(40)],
            "outcome": rng.integers(0, 2, 40),
            "model": rng.uniform(size=40),
            "kept": rng.normal(100, 150, 40),
        }
    )
    value = {"concession_effect": effect, "contact_cost": cost, "concession_cost": 0.0}
    found = judged(rows, config_from({"value": value, "evaluation": {"bootstrap": 20}}))
    assert "recency_rule" not in found.others
    assert found.chosen.expected == pytest.approx(found.curve["expected"].max())
    by_chance = found.curve["share"] * found.others["everybody"].expected
    assert (found.curve["expected"] >= by_chance - 1e-6).all()


def test_a_row_is_worth_what_the_value_card_says():
    panel = pd.DataFrame(
        {
            "margin_365": [1_000.0, 1_000.0, np.nan],
            "tenure_days": [900.0, 146.0, 900.0],
            "reference_margin": [2_000.0, np.nan, 0.0],
        }
    )
    found = worth_of(panel, CONFIG)
    card = value_card(
        margin=1_000.0,
        churn_probability=1.0,
        reference_value=2_000.0,
        earned_days=900,
        assumptions=Assumptions(days=73),
    )
    assert found.kept.tolist() == pytest.approx([card.margin_at_risk, 500.0, 200.0])
    assert found.known.tolist() == [True, True, False]


def test_without_margins_a_share_of_sales_counts_and_then_the_stated_value():
    panel = pd.DataFrame({"amount_365": [1_000.0], "tenure_days": [900.0]})
    assert worth_of(panel, CONFIG).kept.tolist() == [200.0]
    stated = config_from({"value": {"margin_share": 0.3, "margin_days": 365}})
    assert worth_of(panel, stated).kept.tolist() == [300.0]


@pytest.fixture(scope="module")
def evaluation(panel, quick):
    training, held_out = split(panel, config=quick)
    bundle = fit(training, "churn", config=quick)
    return evaluate(bundle, training, held_out, config=quick)


def test_training_states_the_list_in_figures_words_and_a_picture(evaluation, quick):
    profit = evaluation.profit
    assert profit.known_margins == 1.0
    metrics = metric_values(evaluation)
    assert metrics["list_length"] == profit.chosen.contacted
    assert metrics["profit_best_low"] <= metrics["profit_best"] <= metrics["profit_best_high"]
    assert {"empc", "list_share", "profit_expected", "profit_everybody"} <= set(metrics)
    json.dumps(evaluation.as_dict()["profit"])
    card = "\n".join(profit_section(profit, quick))
    assert f"**{profit.chosen.contacted} of {profit.rows} held-out rows" in card
    assert "| everybody |" in card
    panel_of_money = Money(findings(BacktestResult.of_training(evaluation), config=quick), "en")
    (row,) = panel_of_money.panels(quick)[0].table.rows
    assert all(f"| {amount} |" in card for amount in row[2:4])  # the report writes money alike
    told = panel_of_money.sentence(quick)
    assert told.startswith("In hindsight the call list (")
    assert row[3] in told
    assert told.endswith(
        "Default of the program, not confirmed by you: a contact costs 1 EUR, a concession 10 EUR, "
        "and it keeps 30% of those who would leave; whether a contact keeps so many has not been "
        "measured."
    )
    assert "Default of the program, not confirmed: a contact costs" in card
    picture = draw_profit(profit.curve, currency="EUR", title="profit")
    assert picture.axes[0].get_xlabel() == "customers contacted, most profitable first"


def test_unknown_margins_are_said_on_the_card():
    kept = ROWS["kept"].to_numpy()
    half = Worth(kept, np.array([True, False, True, True, False]))
    found = judge_lists(ROWS.drop(columns="kept"), half, config=CONFIG)
    card = "\n".join(profit_section(found, CONFIG))
    assert "Assumed, as treue.toml states it: a contact costs 5 EUR" in card
    assert "The margin of 40% of the customers is not known; each of them counts 200 EUR" in card


def test_recommending_has_no_list(panel, quick):
    training, held_out = split(panel, config=quick)
    found = evaluate(fit(training, "referral", config=quick), training, held_out, config=quick)
    assert found.profit is None
    assert profit_section(None, quick) == []
    assert "empc" in METRIC_NAMES


def test_the_examples_in_the_docstrings_hold():
    assert [doctest.testmod(one).failed for one in (numbers, assumed, beside_logistic)] == [0, 0, 0]

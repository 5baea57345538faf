"""Own earlier values, and the share of customers below and above, on a company of five."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

import treue.serving.earlier
from treue.features.panel import build_panel
from treue.features.tables import Tables
from treue.serving.comparison import Compared, compare

CUTOFF = datetime(2024, 7, 1)


def company(days_ago, **more):
    """Purchases so many days before the cutoff, by customer."""
    rows = [(c, CUTOFF - timedelta(days=d), 100.0) for c, ages in days_ago.items() for d in ages]
    purchases = pd.DataFrame(rows, columns=["customer_id", "purchased_at", "amount"])
    return Tables.from_frames({"purchases": purchases, **more}, observed_until=CUTOFF)


@pytest.fixture
def tables():
    complaints = pd.DataFrame(
        {
            "customer_id": ["A", "A", "B"],
            "opened_at": [CUTOFF - timedelta(days=d) for d in (20, 400, 30)],
            "resolved_at": [CUTOFF - timedelta(days=d) for d in (10, 390, 20)],
        }
    )
    return company(
        {
            "A": [10, 100, 110, 500],
            "B": [20, 30, 40, 800],
            "C": [50, 95],
            "D": [5, 60, 150, 400],
            "E": [100, 200, 900],
        },
        complaints=complaints,
    )


@pytest.fixture
def panel(tables):
    return build_panel(tables, [CUTOFF], lookback=180)


def earlier(comparison, feature):
    return {customer: comparison.of(customer)[feature].earlier for customer in "ABCDE"}


def test_a_count_is_compared_with_the_same_count_one_window_earlier(tables, panel):
    found = earlier(compare(tables, CUTOFF, panel), "orders_90")
    assert found == {"A": 2, "B": 0, "C": None, "D": 1, "E": 1}  # C came 95 days ago


def test_a_year_is_compared_with_the_year_before_by_those_who_were_customers_then(tables, panel):
    found = earlier(compare(tables, CUTOFF, panel), "orders_365")
    # the window before began 730 days ago: A and D came later
    assert found == {"A": None, "B": 0, "C": None, "D": None, "E": 0}


def test_the_earlier_value_is_what_a_panel_at_that_time_would_say(tables, panel):
    comparison = compare(tables, CUTOFF, panel)
    then = build_panel(tables, [CUTOFF - timedelta(days=90)], lookback=10_000)
    then = then.set_index("customer_id")
    for feature in ("orders_90", "amount_90", "products_90"):
        if feature in panel:
            for customer in "ABDE":
                assert comparison.of(customer)[feature].earlier == then[feature][customer]


def test_customers_need_not_say_since_when():
    customers = pd.DataFrame({"customer_id": ["A", "B"], "name": ["Alfa", "Beta"]})
    bought = {"A": [10, 100, 110, 500], "B": [20, 30, 40, 800]}
    tables = company(bought, customers=customers)
    panel = build_panel(tables, [CUTOFF], lookback=180)
    assert compare(tables, CUTOFF, panel).of("A")["orders_90"].earlier == 2


def test_a_table_that_does_not_reach_back_has_no_earlier_values(tables, panel):
    comparison = compare(tables, CUTOFF, panel)
    # complaints begin 400 days ago: enough for 2 x 90 days, too little for 2 x 365
    assert comparison.of("A")["complaints_90"].earlier == 0
    assert comparison.of("B")["complaints_365"].earlier is None


def test_other_windows_and_states_have_no_earlier_value(tables, panel):
    of_a = compare(tables, CUTOFF, panel).of("A")
    assert of_a["orders_180"].earlier is None
    assert of_a["recency_days"].earlier is None


def test_an_event_recorded_late_was_not_known_earlier(panel):
    complaints = pd.DataFrame(
        {
            "customer_id": ["A", "B"],
            "opened_at": [CUTOFF - timedelta(days=d) for d in (120, 700)],
            "recorded_at": [CUTOFF - timedelta(days=d) for d in (60, 700)],
        }
    )
    tables = company({"A": [10, 500], "B": [20, 800]}, complaints=complaints)
    rows = build_panel(tables, [CUTOFF], lookback=180)
    assert compare(tables, CUTOFF, rows).of("A")["complaints_90"].earlier == 0


def test_few_are_looked_up_in_one_panel_with_the_values_of_two(tables, panel, monkeypatch):
    together = compare(tables, CUTOFF, panel).earlier
    monkeypatch.setattr(treue.serving.earlier, "FEW", 0)
    in_turn = compare(tables, CUTOFF, panel).earlier
    assert {"orders_90", "orders_365", "complaints_90"} <= set(together) == set(in_turn)
    for name, values in together.items():
        np.testing.assert_array_equal(values, in_turn[name])


def test_who_had_not_bought_then_has_no_earlier_values():
    tables = company({"A": [10, 60]})
    panel = build_panel(tables, [CUTOFF], lookback=180)
    assert compare(tables, CUTOFF, panel).of("A")["orders_90"].earlier is None


def test_alone_a_customer_has_earlier_values_and_no_peers(tables, panel):
    comparison = compare(tables, CUTOFF, panel)
    alone, beside = comparison.alone(0)["orders_90"], comparison.at(0)["orders_90"]
    assert alone == Compared(beside.earlier)
    assert beside.below is not None
    rows = panel.assign(gap_mean_days=[np.nan, *range(1, len(panel))])
    comparison = compare(tables, CUTOFF, rows)
    assert comparison.at(0)["gap_mean_days"].without > 0
    assert comparison.alone(0)["gap_mean_days"].without == 0


def test_nobody_is_a_peer_of_oneself():
    tables = company({"A": [10, 60, 120, 400]})
    comparison = compare(tables, CUTOFF, build_panel(tables, [CUTOFF], lookback=180))
    found = comparison.of("A")
    assert found["orders_90"].earlier is not None
    assert {name: found[name]._replace(earlier=None) for name in found} == dict.fromkeys(
        found, Compared()
    )
    below, above = comparison.many(0).peers("orders_90", np.array([0]))
    assert np.isnan([*below, *above]).all()


def test_only_those_who_are_asked_for_are_looked_up(tables, panel):
    comparison = compare(tables, CUTOFF, panel, customers=["A"])
    assert comparison.of("A")["orders_90"].earlier == 2
    assert comparison.of("D")["orders_90"].earlier is None
    assert (
        comparison.of("D")["orders_90"].below
        == compare(tables, CUTOFF, panel).of("D")["orders_90"].below
    )


def test_shares_below_and_above_leave_out_who_has_the_same_or_no_value():
    rows = pd.DataFrame(
        {
            "customer_id": list("ABCDE"),
            "days": [1.0, 2.0, 2.0, 4.0, np.nan],
            "industry": pd.Categorical(["x", "x", "y", "x", None]),
        }
    )
    comparison = compare(None, None, rows)
    assert comparison.of("B")["days"] == Compared(None, 0.25, 0.25, 0.2)
    assert comparison.of("B")["days"].same == 0.5
    assert comparison.of("E")["days"] == Compared(None, None, None, 0.2)
    assert comparison.of("A")["industry"].same == 0.75
    assert comparison.of("C")["industry"].same == 0.25
    assert comparison.of("E")["industry"].same is None
    assert comparison.at(3)["days"].below == 0.75


def test_the_season_has_no_peers(tables, panel):
    of_a = compare(tables, CUTOFF, panel).of("A")
    assert "calendar_sin" not in of_a
    assert len(of_a) == len(list(of_a))


def test_the_order_of_the_panel_does_not_matter(tables, panel):
    turned = compare(tables, CUTOFF, panel.iloc[::-1])
    assert dict(turned.of("D")) == dict(compare(tables, CUTOFF, panel).of("D"))

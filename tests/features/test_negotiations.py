"""Negotiations: every feature from a table that can be added up by hand."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from treue.features.catalogue import CATALOGUE
from treue.features.negotiations import NEGOTIATIONS
from treue.features.purchases import PURCHASES

Panel = Callable[..., pd.DataFrame]

ORDERS = [
    ("customer_id", "purchased_at", "amount", "order_id"),
    ("anna", 5, 90.0, "A1"),
    ("anna", 70, 90.0, "A2"),
    ("anna", 99, 90.0, "A3"),
    ("anna", 300, 90.0, "A4"),
    ("anna", 399, 90.0, "A5"),
    ("bert", 44, 90.0, "B1"),
]
HAGGLED = [
    (
        *("customer_id", "negotiated_at", "order_id", "list_price", "asked_price"),
        *("agreed_price", "outcome", "decided_at", "rounds", "competitor_named"),
    ),
    ("anna", 10, "A1", 100.0, 80.0, 90.0, "won", 5, 2, True),
    ("anna", 20, None, 200.0, 140.0, 150.0, "won", -3, 4, False),  # decided after the cutoff
    ("anna", 80, "A2", 100.0, 90.0, 96.0, "won", 72, 1, False),
    ("anna", 85, "A2", 100.0, 70.0, None, "lost", 84, 3, True),
    ("anna", 90, None, 50.0, 45.0, None, "open", None, 5, None),
    ("anna", 200, None, 80.0, 60.0, None, "lost", 190, 6, False),
    ("anna", 400, "A5", 100.0, 50.0, 60.0, "won", 400, 9, True),
]

ANNA = {
    "negotiations_30": 2,
    "negotiations_90": 4,  # the one exactly 90 days ago is not in it
    "negotiations_180": 5,
    "negotiations_365": 6,
    "negotiations_all": 7,
    "negotiations_decayed_90": sum(2 ** (-a / 90) for a in (10, 20, 80, 85, 90, 200, 400)),
    "days_since_negotiation": 10,
    "negotiations_trend_90": 3 / 5,  # 4 now, 1 before: (4 - 1) / (4 + 1)
    "negotiations_trend_180": 4 / 6,  # 5 now, 1 before
    "negotiations_per_order_90": 2,  # 4 / 2
    "negotiations_per_order_365": 1.5,  # 6 / 4
    "negotiations_per_order_all": 1.4,  # 7 / 5
    "negotiations_per_month": 6 * 30 / 366,
    "haggled_share_365": 2 / 4,  # A1 and A2, the latter twice
    "haggled_share_all": 3 / 5,
    # asked off the list price: 0.20, 0.30, 0.10, 0.30 | 0.10, 0.25 | 0.50
    "discount_asked_mean_90": 0.225,
    "discount_asked_mean_365": 1.25 / 6,
    "discount_asked_mean_all": 1.75 / 7,
    "discount_asked_max_365": 0.30,
    # granted and known: 0.10, 0.04 | 0.40; the quarter agreed on after the cutoff is not known
    "discount_granted_mean_90": 0.07,
    "discount_granted_mean_365": 0.07,
    "discount_granted_mean_all": 0.18,
    "discount_granted_max_365": 0.10,
    "rounds_mean_365": 3.5,  # (2 + 4 + 1 + 3 + 5 + 6) / 6
    "rounds_mean_all": 30 / 7,
    "rounds_max_365": 6,
    "quotes_lost_90": 1,
    "quotes_lost_365": 2,
    "quotes_lost_all": 2,
    "quotes_lost_share_365": 2 / 6,
    "days_since_quote_won": 5,  # since the decision; the other one came after the cutoff
    "negotiations_open": 2,  # 20 days ago and not yet decided, 90 days ago and open
    "competitor_named_90": 2,
    "competitor_named_365": 2,
    "competitor_named_all": 3,
}


@pytest.fixture(scope="module")
def panel(features_of: Panel) -> pd.DataFrame:
    frames = {"purchases": ORDERS, "negotiations": HAGGLED}
    return features_of([PURCHASES, NEGOTIATIONS], frames)


def test_every_feature_of_a_haggling_customer(panel: pd.DataFrame) -> None:
    assert set(ANNA) == {f.name for f in CATALOGUE.values() if f.family == "negotiations"}
    found = panel.loc["anna", list(ANNA)].to_dict()
    # fractions are summed in millionths
    assert found == pytest.approx(ANNA, abs=4e-6)


def test_a_customer_who_never_haggled_counts_zero_and_has_no_mean(panel: pd.DataFrame) -> None:
    bert = panel.loc["bert"]
    zero = ["negotiations_all", "negotiations_per_order_90", "haggled_share_all", "quotes_lost_all"]
    zero += ["negotiations_open", "competitor_named_365", "negotiations_per_month"]
    assert bert[zero].tolist() == [0] * len(zero)
    missing = ["days_since_negotiation", "discount_asked_mean_all", "discount_granted_max_365"]
    missing += ["rounds_mean_365", "negotiations_trend_90", "quotes_lost_share_365"]
    assert bert[missing].isna().all()


def test_without_a_time_of_decision_the_outcome_is_known_with_its_row(features_of: Panel) -> None:
    keep = [0, 1, 3, 5, 6]  # all but order, decision, rounds and competitor
    rows = [tuple(row[i] for i in keep) for row in HAGGLED]
    panel = features_of([NEGOTIATIONS], {"purchases": ORDERS, "negotiations": rows})
    anna = panel.loc["anna"]
    assert anna["negotiations_open"] == 1
    # 0.10, 0.25, 0.04
    assert anna["discount_granted_mean_90"] == pytest.approx(0.13, abs=1e-6)
    absent = ("haggled", "discount_asked", "rounds", "competitor", "negotiations_per")
    absent += ("days_since_quote_won",)
    assert set(panel) == {name for name in ANNA if not name.startswith(absent)}


def test_a_short_tenure_shortens_the_months_of_haggling(features_of: Panel) -> None:
    frames = {
        "purchases": [("customer_id", "purchased_at", "amount"), ("anna", 59, 1.0)],
        "negotiations": [("customer_id", "negotiated_at"), ("anna", 3), ("anna", 2), ("anna", 1)],
    }
    anna = features_of([PURCHASES, NEGOTIATIONS], frames).loc["anna"]
    assert anna["negotiations_per_month"] == 1.5  # 3 in 60 days


def test_a_negotiation_recorded_after_the_cutoff_is_not_there(features_of: Panel) -> None:
    rows = [
        ("customer_id", "negotiated_at", "order_id", "recorded_at"),
        ("anna", 8, "A1", -2),
        ("anna", 6, "A1", 6),
    ]
    panel = features_of([PURCHASES, NEGOTIATIONS], {"purchases": ORDERS, "negotiations": rows})
    assert panel.loc["anna", "negotiations_all"] == 1
    assert panel.loc["anna", "days_since_negotiation"] == 6
    assert panel.loc["anna", "haggled_share_all"] == 0.2


def test_more_haggled_orders_than_orders_are_a_share_of_one(features_of: Panel) -> None:
    rows = [
        ("customer_id", "negotiated_at", "order_id"),
        ("bert", 8, "B1"),
        ("bert", 6, "quote that never became an order"),
    ]
    panel = features_of([PURCHASES, NEGOTIATIONS], {"purchases": ORDERS, "negotiations": rows})
    assert panel.loc["bert", "haggled_share_all"] == 1


def test_without_the_table_there_is_no_such_family(features_of: Panel) -> None:
    assert features_of([NEGOTIATIONS], {"purchases": ORDERS}).columns.tolist() == []

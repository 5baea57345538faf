"""Purchases: every feature from a table that can be added up by hand."""

from __future__ import annotations

from collections.abc import Callable
from math import nan, sqrt

import pandas as pd
import pytest

from treue.features.catalogue import CATALOGUE
from treue.features.purchases import PURCHASES

Panel = Callable[..., pd.DataFrame]

LINES = [
    (
        *("customer_id", "purchased_at", "amount", "order_id", "margin", "quantity"),
        *("product_id", "category", "list_amount", "channel", "kind", "is_return"),
    ),
    ("anna", 10, 100.0, "A6", 40.0, 1.0, "hammer", "tools", 125.0, "shop", "goods", False),
    ("anna", 30, 50.0, "A5", 10.0, 2.0, "visit", "hours", 50.0, "shop", "service", False),
    ("anna", 30, 30.0, "A5", 10.0, 1.5, "red", "paint", None, "shop", "contract", False),
    ("anna", 90, 200.0, "A4", 60.0, 4.0, "hammer", "tools", 250.0, "web", "goods", False),
    ("anna", 180, 80.0, "A3", 20.0, 1.0, "saw", None, 100.0, "web", "service", False),
    ("anna", 450, 60.0, "A2", 15.0, 3.0, "red", "paint", 60.0, "shop", "goods", False),
    ("anna", 810, 40.0, "A1", 5.0, 1.0, "blue", "paint", 40.0, "shop", "goods", False),
    ("anna", 20, -23.0, "A4", -5.0, -1.0, "hammer", "tools", -25.0, "web", "goods", True),
    ("anna", 400, -10.0, "A3", -2.0, -1.0, "saw", "tools", -12.0, "web", "goods", True),
    ("bert", 77, 19.99, "B1", 5.0, 1.0, "saw", "tools", 19.99, None, "goods", False),
]

# Orders of anna, days ago: 10, 30, 90, 180, 450, 810; gaps between them: 20, 60, 90, 270, 360.
MEAN_GAP = 160.0  # 800 / 5
STD_GAP = sqrt(21650.0)  # (400 + 3600 + 8100 + 72900 + 129600 - 800**2 / 5) / 4

ANNA = {
    # a window of 30 days is (cutoff - 30, cutoff], so the order 30 days ago is not in it
    "orders_30": 1,
    "orders_90": 2,
    "orders_180": 3,
    "orders_365": 4,
    "orders_all": 6,
    "orders_before_90": 1,  # at 90; 180 is too old
    "orders_before_180": 1,  # at 180
    "orders_before_365": 1,  # at 450
    "orders_decayed_30": sum(2 ** (-a / 30) for a in (10, 30, 90, 180, 450, 810)),
    "orders_decayed_90": sum(2 ** (-a / 90) for a in (10, 30, 90, 180, 450, 810)),
    "orders_decayed_365": sum(2 ** (-a / 365) for a in (10, 30, 90, 180, 450, 810)),
    "active_months_365": 4,  # months 0, 1, 3, 6 back
    "active_months_all": 6,  # and 15, 27
    "recency_days": 10,
    "tenure_days": 810,
    "purchase_days": 6,
    "gap_last_days": 20,
    "gap_longest_days": 360,
    "gap_mean_365_days": 110,  # (20 + 60 + 90 + 270) / 4
    "gap_mean_days": MEAN_GAP,
    "gap_std_days": STD_GAP,
    "gap_variation": STD_GAP / MEAN_GAP,
    "overdue_ratio": 10 / MEAN_GAP,
    "overdue_deviations": (10 - MEAN_GAP) / STD_GAP,
    "amount_30": 100,
    "amount_90": 180,  # 100 + 50 + 30; the return takes nothing off
    "amount_180": 380,
    "amount_365": 460,
    "amount_all": 560,
    "margin_30": 40,
    "margin_90": 60,
    "margin_180": 120,
    "margin_365": 140,
    "margin_all": 160,
    "quantity_30": 1,
    "quantity_90": 4.5,
    "quantity_180": 8.5,
    "quantity_365": 9.5,
    "quantity_all": 13.5,
    "amount_decayed_90": sum(
        amount * 2 ** (-age / 90)
        for amount, age in ((100, 10), (80, 30), (200, 90), (80, 180), (60, 450), (40, 810))
    ),
    "amount_decayed_365": sum(
        amount * 2 ** (-age / 365)
        for amount, age in ((100, 10), (80, 30), (200, 90), (80, 180), (60, 450), (40, 810))
    ),
    "amount_last": 100,
    "amount_per_order_365": 115,  # 460 / 4
    "amount_per_order_all": 560 / 6,
    "margin_share_365": 140 / 460,
    "orders_trend_90": 1 / 3,  # (2 - 1) / (2 + 1)
    "orders_trend_180": 1 / 2,  # (3 - 1) / (3 + 1)
    "orders_trend_365": 3 / 5,  # (4 - 1) / (4 + 1)
    "amount_trend_90": -20 / 380,  # (180 - 200) / (180 + 200)
    "amount_trend_180": 300 / 460,  # (380 - 80) / (380 + 80)
    "amount_trend_365": 400 / 520,  # (460 - 60) / (460 + 60)
    "lines_per_order_365": 5 / 4,
    # listed: 125 + 50 + 250 + 100 = 525; paid for those lines: 100 + 50 + 200 + 80 = 430
    "discount_share_365": 95 / 525,
    "service_share_365": 130 / 460,  # 50 + 80
    "contract_share_365": 30 / 460,
    "last_channel": "shop",
    "products_90": 3,  # hammer, visit, red
    "products_365": 4,  # and saw
    "products_all": 5,  # and blue
    "products_new_90": 1,  # visit; hammer was first bought exactly 90 days ago, red long before
    "products_new_365": 3,  # visit, hammer, saw
    "products_new_share_365": 3 / 4,
    "categories_90": 3,  # tools, hours, paint
    "categories_365": 3,  # the saw has none
    "categories_all": 3,
    "categories_new_90": 1,  # hours
    "categories_new_365": 2,  # hours, tools
    "categories_new_share_365": 2 / 3,
    "returns_90": 1,
    "returns_365": 1,
    "returns_all": 2,
    "return_share_365": 23 / 460,
    "days_since_return": 20,
}


@pytest.fixture(scope="module")
def panel(features_of: Panel) -> pd.DataFrame:
    return features_of([PURCHASES], {"purchases": LINES})


def test_every_feature_of_a_regular_customer(panel: pd.DataFrame) -> None:
    assert set(ANNA) == {f.name for f in CATALOGUE.values() if f.family == "purchases"}
    found = panel.loc["anna"].to_dict()
    assert found.pop("last_channel") == "shop"
    numbers = {name: value for name, value in ANNA.items() if name != "last_channel"}
    decayed = {name: numbers.pop(name) for name in list(numbers) if "decayed" in name}
    # each term is rounded, to a millionth of an order or to a cent
    assert {name: found.pop(name) for name in decayed} == pytest.approx(decayed, abs=0.03)
    assert panel.loc["anna", "orders_decayed_30"] == pytest.approx(
        decayed["orders_decayed_30"], abs=1e-5
    )
    assert found == pytest.approx(numbers, rel=1e-12)


def test_a_one_time_buyer_has_no_gap_and_no_rhythm(panel: pd.DataFrame) -> None:
    bert = panel.loc["bert"]
    assert bert["orders_all"] == 1
    assert bert["recency_days"] == bert["tenure_days"] == 77
    assert bert["amount_last"] == bert["amount_per_order_all"] == 19.99
    assert bert["orders_trend_90"] == 1
    missing = [
        *("gap_last_days", "gap_longest_days", "gap_mean_365_days", "gap_mean_days"),
        *("gap_std_days", "gap_variation", "overdue_ratio", "overdue_deviations"),
        *("last_channel", "days_since_return"),
    ]
    assert bert[missing].isna().all()
    assert bert.drop(missing).notna().all()


def test_an_order_at_the_cutoff_counts_and_one_exactly_a_window_ago_does_not(
    features_of: Panel,
) -> None:
    second = 1 / 86_400
    rows = [("customer_id", "purchased_at", "amount"), ("now", 0, 1.0), ("next", -second, 1.0)]
    for window in (30, 90, 180, 365):
        rows += [(f"on_{window}", window, 1.0), (f"in_{window}", window - second, 1.0)]
    panel = features_of([PURCHASES], {"purchases": rows})
    assert "next" not in panel.index
    assert panel.loc["now", ["orders_30", "amount_30", "recency_days"]].tolist() == [1, 1, 0]
    for window in (30, 90, 180, 365):
        counted = [f"orders_{window}", f"amount_{window}"]
        assert panel.loc[f"in_{window}", counted].tolist() == [1, 1]
        assert panel.loc[f"on_{window}", counted].tolist() == [0, 0]
        if window != 30:
            assert panel.loc[f"on_{window}", f"orders_before_{window}"] == 1
            assert panel.loc[f"in_{window}", f"orders_before_{window}"] == 0


def test_two_orders_at_one_moment_are_two_orders_without_a_gap(features_of: Panel) -> None:
    rows = [
        ("customer_id", "purchased_at", "amount", "order_id"),
        ("anna", 50, 10.0, "A1"),
        ("anna", 20, 4.0, "A2"),
        ("anna", 20, 5.0, "A3"),
    ]
    anna = features_of([PURCHASES], {"purchases": rows}).loc["anna"]
    assert anna["orders_all"] == 3
    assert anna["purchase_days"] == 2
    assert anna["gap_last_days"] == 0
    assert anna["gap_mean_days"] == 15  # (30 + 0) / 2
    assert anna["amount_last"] == 9  # all that was bought at that moment


def test_lines_without_an_order_id_are_one_order_a_moment(features_of: Panel) -> None:
    rows = [
        ("customer_id", "purchased_at", "amount", "order_id"),
        ("anna", 50, 10.0, None),
        ("anna", 50, 11.0, None),
        ("anna", 40, 12.0, None),
        ("anna", 40, 13.0, "A9"),
        ("bert", 50, 10.0, "A9"),  # the same order id of another customer
    ]
    named = features_of([PURCHASES], {"purchases": rows})
    assert named["orders_all"].tolist() == [3, 1]
    without = [row[:3] for row in rows]
    unnamed = features_of([PURCHASES], {"purchases": without})
    assert unnamed["orders_all"].tolist() == [2, 1]
    assert unnamed.loc["anna", "amount_last"] == 25
    assert unnamed.loc["anna", "gap_last_days"] == 10


def test_an_order_counts_at_its_first_line_and_later_lines_when_they_come(
    features_of: Panel,
) -> None:
    rows = [
        ("customer_id", "purchased_at", "amount", "order_id"),
        ("anna", 40, 10.0, "A1"),
        ("anna", 5, 20.0, "A1"),
        ("anna", -5, 40.0, "A1"),  # after the cutoff
        ("anna", -6, 80.0, "A2"),
    ]
    anna = features_of([PURCHASES], {"purchases": rows}).loc["anna"]
    assert anna["orders_all"] == 1
    assert anna["orders_30"] == 0
    assert anna["recency_days"] == 40
    assert anna["amount_all"] == 30
    assert anna["amount_30"] == 20
    assert anna["amount_last"] == 20


def test_a_line_recorded_late_counts_from_its_recording(features_of: Panel) -> None:
    rows = [
        ("customer_id", "purchased_at", "amount", "order_id", "product_id", "recorded_at"),
        ("anna", 60, 10.0, "A1", "saw", 60),
        ("anna", 40, 20.0, "A2", "saw", -1),  # booked the day after the cutoff
        ("anna", 20, 40.0, "A3", "red", 0),  # booked at the cutoff
        ("bert", 20, 40.0, "B1", "red", -1),
    ]
    panel = features_of([PURCHASES], {"purchases": rows})
    assert panel.index.tolist() == ["anna"]
    anna = panel.loc["anna"]
    assert anna["orders_all"] == 2
    assert anna["gap_last_days"] == 40  # the order between them was not known
    assert anna["amount_all"] == 50


def test_returns_are_neither_orders_nor_revenue_and_keep_nobody_eligible(
    features_of: Panel,
) -> None:
    rows = [
        ("customer_id", "purchased_at", "amount"),
        ("anna", 100, 50.0),
        ("anna", 10, -20.0),  # below zero, so a return
        ("bert", 10, -20.0),
    ]
    panel = features_of([PURCHASES], {"purchases": rows})
    assert panel.index.tolist() == ["anna"]
    names = ["orders_all", "amount_all", "recency_days", "returns_90"]
    assert panel.loc["anna", names].tolist() == [1, 50, 100, 1]
    assert panel.loc["anna", "return_share_365"] == 20 / 50


def test_a_thing_bought_again_after_the_cutoff_still_counts_before_it(features_of: Panel) -> None:
    rows = [
        ("customer_id", "purchased_at", "amount", "product_id", "channel"),
        ("anna", 100, 1.0, "saw", "shop"),
        ("anna", 50, 1.0, "saw", "shop"),
        ("anna", 50, 1.0, "saw", "shop"),  # the same row again: counted once
        ("anna", -10, 1.0, "saw", "web"),
        ("anna", -10, 1.0, "red", "web"),
    ]
    anna = features_of([PURCHASES], {"purchases": rows}).loc["anna"]
    assert anna["products_90"] == anna["products_all"] == 1
    assert anna["products_new_90"] == 0
    assert anna["products_new_365"] == 1
    assert anna["amount_all"] == 2
    assert anna["last_channel"] == "shop"


def test_columns_that_were_not_brought_leave_their_features_out(features_of: Panel) -> None:
    rows = [("customer_id", "purchased_at", "amount"), ("anna", 10, 5.0)]
    found = set(features_of([PURCHASES], {"purchases": rows}).columns)
    optional = ("margin", "quantity", "products", "categories", "service", "contract", "discount")
    expected = {name for name in ANNA if not name.startswith((*optional, "last_channel"))}
    assert found == expected


def test_nothing_bought_before_nor_now_leaves_a_trend_missing(features_of: Panel) -> None:
    rows = [("customer_id", "purchased_at", "amount"), ("anna", 800, 5.0), ("anna", 500, 5.0)]
    anna = features_of([PURCHASES], {"purchases": rows}).loc["anna"]
    trends = anna[["orders_trend_90", "orders_trend_180", "orders_trend_365"]].tolist()
    assert trends == pytest.approx([nan, nan, -1.0], nan_ok=True)

"""Payments: every feature from a table that can be added up by hand."""

from __future__ import annotations

from collections.abc import Callable
from math import nan

import pandas as pd
import pytest

from treue.features.catalogue import CATALOGUE
from treue.features.payments import PAYMENTS

Panel = Callable[..., pd.DataFrame]

PURCHASED = [
    ("customer_id", "purchased_at", "amount"),
    ("anna", 60, 1.0),
    ("bert", 60, 1.0),
]
INVOICES = [
    ("customer_id", "due_at", "invoice_id", "amount", "paid_at"),
    ("anna", 20, "R1", 100.0, 14),  # 6 days late
    ("anna", 40, "R2", 100.0, 55),  # 15 days early: 0 days late
    ("anna", 50, "R3", 250.5, -2),  # paid after the cutoff
    ("anna", 60, "R4", 30.0, None),
    ("anna", 365, "R5", 100.0, 345),  # 20 days late, and just outside the last 365 days
    ("anna", 90, "R6", 100.0, 90),  # on the day
    ("anna", -10, "R7", 999.0, None),  # not yet due
    ("anna", -20, "R8", 999.0, 3),  # paid before it was due, which is not yet
]

ANNA = {
    "days_late_mean_365": 2,  # (6 + 0 + 0) / 3
    "days_late_mean_all": 6.5,  # (6 + 0 + 20 + 0) / 4
    "days_late_max_365": 6,
    "payments_late_share_365": 3 / 5,  # R1, R3, R4 of R1, R2, R3, R4, R6
    "payments_late_share_all": 4 / 6,
    "payments_overdue": 2,  # R3, R4
    "payments_overdue_amount": 280.5,
    "payments_overdue_days": 60,
}


def test_every_feature_of_a_customer_who_pays_late(features_of: Panel) -> None:
    panel = features_of([PAYMENTS], {"purchases": PURCHASED, "payments": INVOICES})
    assert set(ANNA) == {f.name for f in CATALOGUE.values() if f.family == "payments"}
    assert panel.loc["anna"].to_dict() == ANNA
    bert = panel.loc["bert"]
    assert bert[["payments_overdue", "payments_overdue_amount"]].tolist() == [0, 0]
    assert bert.drop(["payments_overdue", "payments_overdue_amount"]).isna().all()


def test_an_invoice_is_late_from_the_day_after_it_was_due(features_of: Panel) -> None:
    cases = {
        # due and paid so many days ago: days late, share late, overdue
        "that_evening": (30, 29.3, 0, 0, 0),
        "next_day": (30, 29, 1, 1, 0),
        "whole_days": (30, 27.5, 2, 1, 0),
        "after_cutoff": (30, -0.5, nan, 1, 1),
        "since_yesterday": (1, None, nan, 1, 1),
        "due_today": (0.4, None, nan, 0, 0),
        "paid_today": (0.4, 0.1, 0, 0, 0),
    }
    bought = [PURCHASED[0], *((name, 60, 1.0) for name in cases)]
    rows = [("customer_id", "due_at", "paid_at")]
    rows += [(name, due, paid) for name, (due, paid, *_) in cases.items()]
    panel = features_of([PAYMENTS], {"purchases": bought, "payments": rows})
    for name, (_, _, *expected) in cases.items():
        found = panel.loc[
            name, ["days_late_max_365", "payments_late_share_365", "payments_overdue"]
        ]
        assert found.tolist() == pytest.approx(expected, nan_ok=True), name
    assert "payments_overdue_amount" not in panel


def test_without_the_day_of_payment_nothing_can_be_said(features_of: Panel) -> None:
    rows = [("customer_id", "due_at", "amount"), ("anna", 20, 5.0)]
    panel = features_of([PAYMENTS], {"purchases": PURCHASED, "payments": rows})
    assert panel.columns.tolist() == []


def test_an_invoice_recorded_after_the_cutoff_is_not_there(features_of: Panel) -> None:
    rows = [
        ("customer_id", "due_at", "paid_at", "recorded_at"),
        ("anna", 20, None, -1),
        ("anna", 10, None, 15),
    ]
    panel = features_of([PAYMENTS], {"purchases": PURCHASED, "payments": rows})
    assert panel.loc["anna", ["payments_overdue", "payments_overdue_days"]].tolist() == [1, 10]


def test_without_the_table_there_is_no_such_family(features_of: Panel) -> None:
    assert features_of([PAYMENTS], {"purchases": PURCHASED}).columns.tolist() == []

"""Contacts: every feature from a table that can be added up by hand."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from treue.features.catalogue import CATALOGUE
from treue.features.contacts import CONTACTS

Panel = Callable[..., pd.DataFrame]

PURCHASED = [
    ("customer_id", "purchased_at", "amount"),
    ("anna", 12.9, 1.0),  # within the 24 hours in which she wrote
    ("anna", 29.9, 1.0),  # a day later than the one in which she wrote
    ("anna", 45, 1.0),  # we called
    ("bert", 60, 1.0),
]
SPOKEN = [
    ("customer_id", "contacted_at", "channel", "direction"),
    ("anna", 0, "call", "out"),  # at the cutoff
    ("anna", 12, "mail", "in"),
    ("anna", 30, "mail", "in"),
    ("anna", 45, "visit", "out"),
    ("anna", 90, "call", "in"),
    ("anna", 100, "call", None),  # nobody knows who called
    ("anna", 365, "call", "out"),
    ("anna", -1, "call", "in"),
]

ANNA = {
    "contacts_90": 4,
    "contacts_365": 6,
    "contacts_all": 7,
    "contacts_decayed_90": sum(2 ** (-a / 90) for a in (0, 12, 30, 45, 90, 100, 365)),
    "days_since_contact": 0,
    "contacts_in_30": 1,  # the one exactly 30 days ago is not in it
    "contacts_in_90": 2,
    "contacts_in_365": 3,
    "contacts_in_all": 3,
    "days_since_contact_in": 12,
    "contacts_in_with_order_30": 1,
    "contacts_in_with_order_90": 1,
    "days_since_contact_in_with_order": 12,
    "contacts_out_30": 1,
    "contacts_out_90": 2,
    "contacts_out_365": 2,
    "contacts_out_all": 3,
    "days_since_contact_out": 0,
}


def test_every_feature_of_a_customer_we_talk_to(features_of: Panel) -> None:
    panel = features_of([CONTACTS], {"purchases": PURCHASED, "contacts": SPOKEN})
    assert set(ANNA) == {f.name for f in CATALOGUE.values() if f.family == "contacts"}
    assert panel.loc["anna"].to_dict() == pytest.approx(ANNA, abs=4e-6)
    bert = panel.loc["bert"]
    since = [name for name in ANNA if name.startswith("days_since")]
    assert bert[since].isna().all()
    assert (bert.drop(since) == 0).all()


def test_without_a_direction_contacts_are_only_counted(features_of: Panel) -> None:
    rows = [row[:2] for row in SPOKEN]
    panel = features_of([CONTACTS], {"purchases": PURCHASED, "contacts": rows})
    counted = {name for name in ANNA if "_in" not in name and "_out" not in name}
    assert set(panel) == counted
    assert panel.loc["anna", "contacts_90"] == 4


def test_a_contact_recorded_after_the_cutoff_is_not_there(features_of: Panel) -> None:
    rows = [("customer_id", "contacted_at", "recorded_at"), ("anna", 9, -1), ("anna", 20, None)]
    panel = features_of([CONTACTS], {"purchases": PURCHASED, "contacts": rows})
    assert panel.loc["anna", ["contacts_all", "days_since_contact"]].tolist() == [1, 20]


def test_without_the_table_there_is_no_such_family(features_of: Panel) -> None:
    assert features_of([CONTACTS], {"purchases": PURCHASED}).columns.tolist() == []

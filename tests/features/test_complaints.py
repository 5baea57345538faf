"""Complaints: every feature from a table that can be added up by hand."""

from __future__ import annotations

from collections.abc import Callable
from math import nan

import pandas as pd
import pytest

from treue.features.catalogue import CATALOGUE
from treue.features.complaints import COMPLAINTS
from treue.features.contracts import CONTRACTS
from treue.features.purchases import PURCHASES

Panel = Callable[..., pd.DataFrame]
FAMILIES = [PURCHASES, COMPLAINTS]

ORDERS = [
    ("customer_id", "purchased_at", "amount", "margin"),
    ("anna", 15, 90.0, 100.0),
    ("anna", 70, 90.0, 60.0),
    ("anna", 99, 90.0, 40.0),
    ("anna", 500, 90.0, 10.0),
    ("bert", 44, 90.0, 20.0),
    ("cleo", 44, 90.0, -5.0),
]
COMPLAINED = [
    (
        *("customer_id", "opened_at", "severity", "caused_by"),
        *("resolved_at", "goodwill_amount", "satisfaction", "reopened_at"),
    ),
    ("anna", 12, 5, "us", None, None, None, None),
    ("anna", 29, 3, "us", -1, 70.0, 5, None),  # resolved after the cutoff
    ("anna", 80, 2, "customer", 76, 10.0, 2, 50),
    ("anna", 100, 4, "unclear", 80, 30.0, 4, -2),  # opened again after the cutoff
    ("anna", 365, 1, "us", 355, 20.0, None, None),
    ("cleo", 44, 1, "us", 0, 5.0, 3, 0),  # resolved and opened again at the cutoff
]

ANNA = {
    "complaints_30": 2,
    "complaints_90": 3,
    "complaints_180": 4,
    "complaints_365": 4,  # the one exactly 365 days ago is not in it
    "complaints_all": 5,
    "complaints_decayed_30": sum(2 ** (-a / 30) for a in (12, 29, 80, 100, 365)),
    "complaints_decayed_90": sum(2 ** (-a / 90) for a in (12, 29, 80, 100, 365)),
    "days_since_complaint": 12,
    "complaint_severity_mean_90": 10 / 3,  # (5 + 3 + 2) / 3
    "complaint_severity_mean_365": 3.5,  # (5 + 3 + 2 + 4) / 4
    "complaint_severity_mean_all": 3.0,
    "complaint_severity_max_365": 5,
    "complaint_severity_decayed_90": sum(
        severity * 2 ** (-age / 90)
        for severity, age in ((5, 12), (3, 29), (2, 80), (4, 100), (1, 365))
    ),
    "complaints_open": 2,
    "complaint_open_days": 29,
    "complaint_days_to_resolve_365": 12,  # (4 + 20) / 2
    "complaint_days_to_resolve_all": 34 / 3,  # and 10
    "complaint_days_to_resolve_max_365": 20,
    "goodwill_365": 40,  # 10 + 30; the 70 come with a resolution after the cutoff
    "goodwill_all": 60,
    "goodwill_per_complaint": 12,  # 60 / 5
    "goodwill_per_margin_365": 0.2,  # 40 / (100 + 60 + 40)
    "complaints_by_us_365": 2,
    "complaints_by_us_all": 3,
    "complaints_by_customer_365": 1,
    "complaints_by_customer_all": 1,
    "complaints_reopened": 1,
    "complaint_satisfaction_mean": 3,  # (2 + 4) / 2; the 5 is not known yet
    "days_since_resolution": 76,
    "days_since_good_resolution": 80,  # the 5 is not known yet, the 2 was none
    "days_since_goodwill": 76,
    "complaints_per_order_365": 4 / 3,
    "complaints_per_order_all": 5 / 4,
    "bought_since_complaint": 0,
    "silence_since_complaint_days": 12,
}


@pytest.fixture(scope="module")
def panel(features_of: Panel) -> pd.DataFrame:
    return features_of(FAMILIES, {"purchases": ORDERS, "complaints": COMPLAINED})


def test_every_feature_of_a_complaining_customer(panel: pd.DataFrame) -> None:
    assert set(ANNA) == {f.name for f in CATALOGUE.values() if f.family == "complaints"}
    found = panel.loc["anna", list(ANNA)].to_dict()
    assert found == pytest.approx(ANNA, abs=3e-6)  # decayed terms are rounded to millionths


def test_complaint_resolved_after_the_cutoff_counts_as_open(features_of: Panel) -> None:
    rows = [
        ("customer_id", "opened_at", "resolved_at", "goodwill_amount"),
        ("anna", 29, -0.001, 70.0),
        ("bert", 29, 0, 70.0),  # resolved at the cutoff
        ("cleo", 29, None, 70.0),  # goodwill without a resolution is not known either
    ]
    panel = features_of([COMPLAINTS], {"purchases": ORDERS, "complaints": rows})
    assert panel["complaints_open"].tolist() == [1, 0, 1]
    assert panel["complaint_open_days"].tolist() == pytest.approx([29, nan, 29], nan_ok=True)
    assert panel["goodwill_all"].tolist() == [0, 70, 0]


def test_a_complaint_opened_again_at_the_cutoff_is_known_to_be(panel: pd.DataFrame) -> None:
    cleo = panel.loc["cleo"]
    assert cleo["complaints_reopened"] == 1
    assert cleo["complaint_days_to_resolve_all"] == 44
    assert cleo["complaint_satisfaction_mean"] == 3


def test_goodwill_is_not_set_against_a_margin_below_zero(panel: pd.DataFrame) -> None:
    assert panel.loc["cleo", "goodwill_365"] == 5
    assert pd.isna(panel.loc["cleo", "goodwill_per_margin_365"])


def test_a_customer_who_never_complained_counts_zero_and_has_no_mean(panel: pd.DataFrame) -> None:
    bert = panel.loc["bert"]
    zero = ["complaints_all", "complaints_decayed_30", "complaints_open", "goodwill_all"]
    zero += ["complaints_by_us_365", "complaints_reopened", "complaints_per_order_365"]
    assert bert[zero].tolist() == [0] * len(zero)
    missing = ["days_since_complaint", "complaint_severity_mean_all", "complaint_open_days"]
    missing += ["complaint_days_to_resolve_all", "goodwill_per_complaint"]
    missing += ["bought_since_complaint", "silence_since_complaint_days"]
    assert bert[missing].isna().all()


def test_an_order_after_the_last_complaint_ends_the_silence(features_of: Panel) -> None:
    rows = [("customer_id", "opened_at"), ("anna", 99), ("anna", 16), ("bert", 44)]
    panel = features_of(FAMILIES, {"purchases": ORDERS, "complaints": rows})
    names = ["bought_since_complaint", "silence_since_complaint_days"]
    assert panel.loc["anna", names[0]] == 1
    assert pd.isna(panel.loc["anna", names[1]])
    # complained at the moment of buying: nothing was bought since
    assert panel.loc["bert", names].tolist() == [0, 44]


def test_a_customer_with_a_contract_who_never_bought_has_not_bought_since(
    features_of: Panel,
) -> None:
    frames = {
        "purchases": ORDERS,
        "complaints": [("customer_id", "opened_at"), ("emil", 20)],
        "contracts": [("customer_id", "started_at", "ends_at"), ("emil", 90, -90)],
    }
    panel = features_of([PURCHASES, COMPLAINTS, CONTRACTS], frames, churn="contract")
    assert panel.index.tolist() == ["emil"]
    emil = panel.loc["emil"]
    assert [emil["bought_since_complaint"], emil["silence_since_complaint_days"]] == [0, 20]
    assert pd.isna(emil["recency_days"])


def test_columns_that_were_not_brought_leave_their_features_out(features_of: Panel) -> None:
    rows = [("customer_id", "opened_at"), ("anna", 12)]
    panel = features_of(FAMILIES, {"purchases": ORDERS, "complaints": rows})
    found = {name for name in panel if name in ANNA}
    assert found == {
        *(f"complaints_{window}" for window in (30, 90, 180, 365, "all")),
        *("complaints_decayed_30", "complaints_decayed_90", "days_since_complaint"),
        *("complaints_per_order_365", "complaints_per_order_all"),
        *("bought_since_complaint", "silence_since_complaint_days"),
    }


def test_without_the_table_there_is_no_such_family(features_of: Panel) -> None:
    assert features_of([COMPLAINTS], {"purchases": ORDERS}).columns.tolist() == []

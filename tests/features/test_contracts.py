"""Contracts: every feature from a table that can be added up by hand."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from treue.features.catalogue import CATALOGUE
from treue.features.contracts import CONTRACTS

Panel = Callable[..., pd.DataFrame]

PURCHASED = [("customer_id", "purchased_at", "amount"), ("anna", 60, 1.0), ("bert", 60, 1.0)]
SIGNED = [
    ("customer_id", "started_at", "contract_id", "ends_at", "cancelled_at", "value_year"),
    ("anna", 1000, "V1", 635, None, 100.0),
    ("anna", 620, "V2", 255, None, 110.0),  # 15 days after the end of V1
    ("anna", 255, "V3", -110, 10, 120.5),  # renews V2; cancelled, but still running
    ("anna", 200, "V4", None, None, 40.0),  # without an end, beside V3
    ("anna", 120, "V5", -245, -20, 60.0),  # its cancellation is not yet known
    ("anna", 50, "V6", 0, 30, 80.0),  # ended at the cutoff
    ("anna", -1, "V7", -366, None, 999.0),  # not yet started
]

ANNA = {
    "contracts_started": 6,
    "contracts_running": 3,  # V3, V4, V5
    "contract_days_to_end": 110,  # of V3; V5 runs longer
    "contract_age_days": 1000,
    "contract_renewals": 2,  # V2, V3
    "contract_value_year": 220.5,  # 120.5 + 40 + 60
    "contracts_cancelled": 2,  # V3, V6
    "days_since_cancellation": 10,
}


def test_every_feature_of_a_customer_with_contracts(features_of: Panel) -> None:
    panel = features_of([CONTRACTS], {"purchases": PURCHASED, "contracts": SIGNED})
    assert set(ANNA) == {f.name for f in CATALOGUE.values() if f.family == "contracts"}
    assert panel.loc["anna"].to_dict() == ANNA
    bert = panel.loc["bert"]
    days = ["contract_days_to_end", "contract_age_days", "days_since_cancellation"]
    assert bert[days].isna().all()
    assert (bert.drop(days) == 0).all()


def test_a_renewal_starts_within_45_days_of_an_earlier_end(features_of: Panel) -> None:
    renewals = {145: 1, 144: 1, 146: 0, 100: 1, 55: 1, 54.9: 0}
    bought = [PURCHASED[0], *((f"from_{start}", 60, 1.0) for start in renewals)]
    rows: list[tuple[object, ...]] = [("customer_id", "started_at", "ends_at")]
    for start in renewals:
        rows += [(f"from_{start}", 465, 100), (f"from_{start}", start, None)]
    panel = features_of([CONTRACTS], {"purchases": bought, "contracts": rows})
    found = {start: panel.loc[f"from_{start}", "contract_renewals"] for start in renewals}
    assert found == renewals


def test_a_contract_of_another_kind_in_between_does_not_hide_a_renewal(
    features_of: Panel,
) -> None:
    rows = [
        ("customer_id", "started_at", "ends_at"),
        ("anna", 465, 100),
        ("anna", 300, -600),  # runs beside both
        ("anna", 100, -265),
    ]
    panel = features_of([CONTRACTS], {"purchases": PURCHASED, "contracts": rows})
    assert panel.loc["anna", "contract_renewals"] == 1


def test_two_contracts_of_one_moment_do_not_renew_each_other(features_of: Panel) -> None:
    rows = [
        ("customer_id", "started_at", "ends_at"),
        ("anna", 30, 10),
        ("anna", 30, 20),
        ("bert", 30, None),  # nothing to renew
    ]
    panel = features_of([CONTRACTS], {"purchases": PURCHASED, "contracts": rows})
    assert panel["contracts_started"].tolist() == [2, 1]
    assert panel["contract_renewals"].tolist() == [0, 0]


def test_a_contract_recorded_after_the_cutoff_is_not_there(features_of: Panel) -> None:
    rows = [
        ("customer_id", "started_at", "ends_at", "recorded_at"),
        ("anna", 465, 100, 465),
        ("anna", 100, -265, -1),
    ]
    anna = features_of([CONTRACTS], {"purchases": PURCHASED, "contracts": rows}).loc["anna"]
    assert anna[["contracts_started", "contracts_running", "contract_renewals"]].tolist() == [
        *(1, 0, 0)
    ]


def test_columns_that_were_not_brought_leave_their_features_out(features_of: Panel) -> None:
    rows = [row[:2] for row in SIGNED]
    panel = features_of([CONTRACTS], {"purchases": PURCHASED, "contracts": rows})
    assert panel.columns.tolist() == ["contracts_started", "contract_age_days"]


def test_without_the_table_there_is_no_such_family(features_of: Panel) -> None:
    assert features_of([CONTRACTS], {"purchases": PURCHASED}).columns.tolist() == []

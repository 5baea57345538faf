"""Master data: when it is known, what was expected, and attributes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from math import nan

import pandas as pd
import pytest

from treue.features import small_panel
from treue.features.catalogue import CATALOGUE, describe
from treue.features.customer import CUSTOMER
from treue.features.engine import EngineName
from treue.features.panel import build_panel
from treue.features.purchases import PURCHASES
from treue.features.small_panel import SmallPanels
from treue.features.tables import Tables

Panel = Callable[..., pd.DataFrame]
FAMILIES = [PURCHASES, CUSTOMER]
ATTRIBUTES = ("industry", "employees")

PURCHASED = [
    ("customer_id", "purchased_at", "amount", "margin"),
    ("anna", 100, 900.0, 300.0),
    ("anna", 30, 300.0, 150.0),
    ("anna", 365, 900.0, 400.0),  # exactly a year ago: outside the last 365 days
    ("bert", 30, 50.0, -20.0),
    ("cleo", 30, 50.0, 10.0),
    ("dora", 30, 50.0, 10.0),
]
MASTER = [
    (
        *("customer_id", "since", "acquisition_cost", "expected_margin_year"),
        *("industry", "employees"),
    ),
    ("anna", 730, 250.0, 600.0, "Holz", 12),
    ("bert", None, 80.5, 0.0, None, None),  # known for ever
    ("cleo", -1, 70.0, 100.0, "Metall", 3),  # a customer's record made after the cutoff
]


@pytest.fixture(scope="module")
def panel(features_of: Panel) -> pd.DataFrame:
    frames = {"purchases": PURCHASED, "customers": MASTER}
    return features_of(FAMILIES, frames, attributes=ATTRIBUTES)


def test_every_feature_of_a_known_customer(panel: pd.DataFrame) -> None:
    expected = {
        "known_days": 730,
        "acquisition_cost": 250,
        "expected_margin_year": 600,
        "margin_against_expected": 0.75,  # (300 + 150) / 600
    }
    assert set(expected) == {f.name for f in CATALOGUE.values() if f.family == "customer"}
    assert panel.loc["anna", list(expected)].to_dict() == expected
    assert panel.loc["anna", "attribute_industry"] == "Holz"
    assert panel.loc["anna", "attribute_employees"] == 12


def test_a_customer_without_since_is_known_and_without_expectation_has_no_ratio(
    panel: pd.DataFrame,
) -> None:
    bert = panel.loc["bert"]
    assert bert["acquisition_cost"] == 80.5
    missing = ["known_days", "margin_against_expected", "attribute_industry", "attribute_employees"]
    assert bert[missing].isna().all()


def test_master_data_entered_after_the_cutoff_or_never_are_missing(panel: pd.DataFrame) -> None:
    own = ["known_days", "acquisition_cost", "expected_margin_year", "margin_against_expected"]
    own += [f"attribute_{name}" for name in ATTRIBUTES]
    assert panel.loc[["cleo", "dora"], own].isna().all(axis=None)
    assert panel.loc["cleo", "margin_365"] == 10


def test_a_record_without_since_counts_from_its_recording(features_of: Panel) -> None:
    rows = [
        ("customer_id", "acquisition_cost", "recorded_at"),
        ("anna", 250.0, 1),
        ("bert", 80.0, -1),
        ("cleo", 70.0, None),
    ]
    panel = features_of([CUSTOMER], {"purchases": PURCHASED, "customers": rows})
    found = panel["acquisition_cost"].tolist()
    assert found == pytest.approx([250, nan, 70, nan], nan_ok=True)


def test_texts_are_categories_and_numbers_are_numbers(panel: pd.DataFrame) -> None:
    assert panel["attribute_industry"].dtype == "category"
    assert panel["attribute_industry"].cat.categories.tolist() == ["Holz"]
    assert panel["attribute_employees"].dtype == "float64"


NAMES = ("age", "AT", "known_at", "Signed_at", "_at", "age:attribute", "customer", "at\nage")


def called(names: tuple[str, ...]) -> Tables:
    """Two customers with attributes of these names: 41 and 17, or as texts, by turns."""
    values = {name: ["41", "17"] if at % 2 else [41, 17] for at, name in enumerate(names)}
    master = pd.DataFrame({"customer_id": ["a", "b"], "since": "2023-01-01", **values})
    when = pd.to_datetime(["2024-01-01", "2024-01-02"])
    bought = pd.DataFrame({"customer_id": ["a", "b"], "purchased_at": when, "amount": 1.0})
    frames = {"purchases": bought, "customers": master.assign(born_at="1990-01-01")}
    return Tables.from_frames(
        frames, observed_until="2024-02-01", attributes=names, sensitive=["born_at"]
    )


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_an_attribute_may_have_any_name(engine: EngineName) -> None:
    panel = build_panel(called(NAMES), [datetime(2024, 2, 1)], families=FAMILIES, engine=engine)
    for at, name in enumerate(NAMES):
        found = panel[f"attribute_{name}"].tolist()
        assert found == (["41", "17"] if at % 2 else [41, 17]), name
    assert panel["known_days"].tolist() == [396, 396]


def test_an_attribute_of_a_small_panel_may_have_any_name(monkeypatch: pytest.MonkeyPatch) -> None:
    cutoffs = [datetime(2024, 2, 1)]
    expected = build_panel(called(NAMES), cutoffs, families=FAMILIES)
    monkeypatch.setattr(small_panel, "build_panel", None)  # left to it, it fails
    found = SmallPanels().build(called(NAMES), cutoffs, families=FAMILIES)
    pd.testing.assert_frame_equal(expected, found, check_exact=True)


def test_an_attribute_is_described_by_its_name() -> None:
    feature = describe("attribute_sales_area")
    assert (feature.de, feature.en) == ("sales area", "sales area")
    assert feature.family == "customer"


def test_columns_and_tables_that_were_not_brought_leave_their_features_out(
    features_of: Panel,
) -> None:
    rows = [("customer_id", "since"), ("anna", 730)]
    found = features_of([CUSTOMER], {"purchases": PURCHASED, "customers": rows})
    assert found.columns.tolist() == ["known_days"]
    assert features_of([CUSTOMER], {"purchases": PURCHASED}).columns.tolist() == []

"""The panel: its rows, columns and types, and the files it is written to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from treue.features.catalogue import CATALOGUE, FAMILIES
from treue.features.customer import CUSTOMER
from treue.features.errors import TreueError
from treue.features.panel import AFTER, LABELS, build_panel, feature_columns, monthly_cutoffs
from treue.features.purchases import PURCHASES
from treue.features.tables import Tables

MAY, JUNE, JULY = (datetime(2024, month, 1) for month in (5, 6, 7))
FEW = [PURCHASES, CUSTOMER]

PURCHASED = [
    ("customer_id", "purchased_at", "amount", "channel"),
    ("Özgür", 100, 30.0, "shop"),
    ("Ähre", 45, 10.0, "web"),
    ("zoe", 20, 20.0, None),
    ("zoe", -20, 20.0, "field"),
]
MASTER = [
    ("customer_id", "since", "industry"),
    ("zoe", 300, "Holz"),
    ("Ähre", 300, "Metall"),
    ("Özgür", 300, "Äpfel"),
]
REFERRED = [("referrer_id", "referred_at"), ("zoe", -5)]


@pytest.fixture(scope="module")
def tables(tables_of: Callable[..., Tables]) -> Tables:
    frames = {"purchases": PURCHASED, "customers": MASTER, "referrals": REFERRED}
    return tables_of(frames, attributes=["industry"])


@pytest.fixture(scope="module")
def panel(tables: Tables) -> pd.DataFrame:
    return build_panel(tables, [JULY, MAY, JUNE], horizon=30, families=FEW)


def test_rows_are_the_eligible_sorted_by_cutoff_and_customer(panel: pd.DataFrame) -> None:
    assert panel[["cutoff", "customer_id"]].values.tolist() == [
        [MAY, "Özgür"],
        *([JUNE, "Ähre"], [JUNE, "Özgür"]),
        *([JULY, "zoe"], [JULY, "Ähre"], [JULY, "Özgür"]),
    ]
    assert panel.index.tolist() == list(range(6))
    assert panel["churned"].tolist() == [1, 1, 1, 0, 1, 1]
    assert panel["referred"].tolist() == [0, 0, 0, 1, 0, 0]


def test_columns_are_keys_then_features_then_labels(panel: pd.DataFrame) -> None:
    assert panel.columns[:2].tolist() == ["customer_id", "cutoff"]
    assert panel.columns[-4:].tolist() == [*LABELS, *AFTER]
    names = feature_columns(panel)
    assert names == panel.columns[2:-4].tolist()
    order = [name for name in CATALOGUE if name in names]
    assert [name for name in names if name != "attribute_industry"] == order


def test_features_are_numbers_but_names_are_categories(panel: pd.DataFrame) -> None:
    kinds = {str(name): str(dtype) for name, dtype in panel.dtypes.items()}
    assert pd.api.types.is_string_dtype(panel["customer_id"])
    del kinds["customer_id"]
    assert kinds.pop("cutoff") == "datetime64[us]"
    assert [kinds.pop(name) for name in LABELS] == ["int8", "int8"]
    assert [kinds.pop(name) for name in AFTER] == ["float64", "float64"]
    assert (kinds.pop("last_channel"), kinds.pop("attribute_industry")) == ("category", "category")
    assert set(kinds.values()) == {"float64"}


def test_a_panel_for_scoring_has_no_labels_and_the_same_features(
    tables: Tables, panel: pd.DataFrame
) -> None:
    scored = build_panel(tables, [JULY], families=FEW)
    july = panel[panel["cutoff"] == JULY].reset_index(drop=True)
    pd.testing.assert_frame_equal(
        scored, july.drop(columns=[*LABELS, *AFTER]), check_categorical=False
    )


def test_the_season_follows_the_day_of_the_year(panel: pd.DataFrame) -> None:
    # 1 July 2024 is the 183rd day: half a turn less half a day
    july = panel[panel["cutoff"] == JULY].iloc[0]
    angle = 2 * np.pi * 182 / 365.25
    assert july["calendar_sin"] == pytest.approx(np.sin(angle))
    assert july["calendar_cos"] == pytest.approx(np.cos(angle))
    january = build_panel(
        Tables.from_frames(
            {"purchases": pd.DataFrame({"customer_id": ["a"], "purchased_at": ["2024-01-01"],
                                        "amount": [1.0]})}
        ),
        [datetime(2024, 1, 1)],
        families=[],
    )  # fmt: skip
    assert january[["calendar_sin", "calendar_cos"]].values.tolist() == [[0, 1]]


def test_cutoffs_are_taken_once_and_in_utc(tables: Tables, panel: pd.DataFrame) -> None:
    berlin = timezone(timedelta(hours=2))
    given = [
        datetime(2024, 5, 1, 2, tzinfo=berlin),
        datetime(2024, 6, 1, tzinfo=UTC),
        JUNE,
        pd.Timestamp("2024-07-01T01:00", tz="Europe/London"),
    ]
    found = build_panel(tables, given, horizon=30, families=FEW)
    pd.testing.assert_frame_equal(found, panel)


def test_an_eligible_customer_without_a_row_elsewhere_is_there(
    tables_of: Callable[..., Tables],
) -> None:
    zoe = "zoe"
    frames: dict[str, Any] = {
        "purchases": [*PURCHASED, ("new", 1, 5.0, "web")],
        "customers": MASTER,
        "negotiations": [("customer_id", "negotiated_at"), (zoe, 5)],
        "complaints": [("customer_id", "opened_at"), (zoe, 5)],
        "referrals": REFERRED,
        "payments": [("customer_id", "due_at", "paid_at"), (zoe, 5, 5)],
        "contacts": [("customer_id", "contacted_at"), (zoe, 5)],
        "contracts": [("customer_id", "started_at", "ends_at"), (zoe, 5, None)],
    }
    panel = build_panel(tables_of(frames), [JULY], horizon=30, families=FAMILIES)
    new = panel.set_index("customer_id").loc["new"]
    assert new[["orders_all", "churned", "referred"]].tolist() == [1, 1, 0]
    counted = ["negotiations_all", "complaints_all", "referrals_made_all", "payments_overdue"]
    assert new[[*counted, "contacts_all", "contracts_running"]].tolist() == [0] * 6
    assert pd.isna(new["days_since_contact"])


@pytest.mark.parametrize("horizon", [None, 30])
def test_nobody_eligible_makes_an_empty_panel_of_the_same_types(
    tables: Tables, panel: pd.DataFrame, horizon: int | None
) -> None:
    empty = build_panel(tables, [datetime(2024, 1, 1)], horizon=horizon, families=FEW)
    assert len(empty) == 0
    expected = panel if horizon else panel.drop(columns=[*LABELS, *AFTER])
    pd.testing.assert_series_equal(empty.dtypes.astype(str), expected.dtypes.astype(str))


def test_a_cutoff_without_anybody_adds_no_rows(tables: Tables, panel: pd.DataFrame) -> None:
    with_nobody = [datetime(2024, 1, 1), MAY, JUNE, JULY]
    pd.testing.assert_frame_equal(
        build_panel(tables, with_nobody, horizon=30, families=FEW), panel
    )  # fmt: skip


def test_files_hold_the_same_panel(tables: Tables, panel: pd.DataFrame, tmp_path: Path) -> None:
    out = tmp_path / "panel"
    found = build_panel(tables, [MAY, JUNE, JULY], horizon=30, families=FEW, out=out)
    assert found == out
    files = sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
    assert files == [f"2024-0{month}-01T000000/panel.parquet" for month in (5, 6, 7)]
    read = pd.read_parquet(out)
    pd.testing.assert_frame_equal(read, panel, check_categorical=False)
    assert read["last_channel"].dtype == "category"
    rows = duckdb.sql(
        f"SELECT customer_id, cutoff, churned FROM read_parquet('{out}/*/*.parquet') ORDER BY ALL"
    ).fetchall()
    names = ["customer_id", "cutoff", "churned"]
    assert rows == sorted(panel[names].itertuples(index=False, name=None))


def test_a_second_start_replaces_files_and_ignores_what_a_crash_left(
    tables: Tables, panel: pd.DataFrame, tmp_path: Path
) -> None:
    crashed = tmp_path / "2024-05-01T000000"
    crashed.mkdir()
    (crashed / ".panel.parquet.part").write_bytes(b"half a file")
    options: dict[str, Any] = {"horizon": 30, "families": FEW, "out": tmp_path}
    build_panel(tables, [JUNE], **options)
    assert len(pd.read_parquet(tmp_path)) == 2
    for _ in range(2):
        build_panel(tables, [MAY, JUNE, JULY], **options)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path), panel, check_categorical=False)
    assert not list(tmp_path.rglob("*.part"))


def test_cutoffs_of_every_month_end_on_the_last_one() -> None:
    def days(*arguments: Any, **options: Any) -> list[str]:
        return [f"{cutoff:%Y-%m-%d}" for cutoff in monthly_cutoffs(*arguments, **options)]

    first, last = datetime(2023, 12, 31), datetime(2024, 3, 31)
    assert days(first, last) == ["2023-12-31", "2024-01-31", "2024-02-29", "2024-03-31"]
    assert days(datetime(2024, 1, 1), last) == ["2024-01-31", "2024-02-29", "2024-03-31"]
    assert days(datetime(2023, 2, 1), datetime(2023, 3, 30)) == ["2023-02-28", "2023-03-30"]
    assert days(first, last, every_months=2) == ["2024-01-31", "2024-03-31"]
    assert days(last, last) == ["2024-03-31"]
    assert days(last, first) == []
    with pytest.raises(TreueError, match=r"cutoffs\.every_months: 0; give at least 1"):
        monthly_cutoffs(first, last, every_months=0)


def test_no_cutoff_and_no_horizon_are_refused(tables: Tables) -> None:
    with pytest.raises(TreueError, match="cutoffs: none given; give at least one"):
        build_panel(tables, [])
    with pytest.raises(TreueError, match=r"label\.horizon: 0 days; give at least 1"):
        build_panel(tables, [JULY], horizon=0)

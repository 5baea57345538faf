"""Frames in, checked tables out, and what was known at a moment."""

import doctest
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import treue.features.dates
import treue.features.tables
from treue.features.errors import TreueError
from treue.features.panel import build_panel
from treue.features.tables import Tables

COLUMNS = {
    "customer_id": [13085, 13085, 7],
    "purchased_at": [datetime(2024, 1, 5), datetime(2024, 3, 1, 12), datetime(2024, 2, 2)],
    "amount": [120.0, -20.5, 30.0],
    "order_id": ["a", "b", None],
}


def tables(observed_until="2024-12-31", time_zone=None, **frames):
    frames = {name: pa.table(columns) for name, columns in frames.items()}
    return Tables.from_frames(frames, observed_until=observed_until, time_zone=time_zone)


def purchases(**changes):
    return tables(purchases=COLUMNS | changes).frames["purchases"]


@pytest.mark.parametrize(
    "make",
    [
        pa.table,
        pd.DataFrame,
        lambda columns: pd.DataFrame(columns).convert_dtypes(),
        pl.DataFrame,
        pl.LazyFrame,
        lambda columns: pa.RecordBatch.from_pydict(columns),
        lambda columns: duckdb.from_arrow(pa.table(columns)),
    ],
    ids=["arrow", "pandas", "pandas_nullable", "polars", "polars_lazy", "batch", "duckdb"],
)
def test_every_kind_of_frame_gives_the_same_tables(make):
    found = Tables.from_frames({"purchases": make(COLUMNS)}).frames["purchases"]
    assert found.to_pylist() == [
        {
            "customer_id": "13085",
            "purchased_at": datetime(2024, 1, 5),
            "amount": 120.0,
            "order_id": "a",
            "is_return": False,
        },
        {
            "customer_id": "13085",
            "purchased_at": datetime(2024, 3, 1, 12),
            "amount": -20.5,
            "order_id": "b",
            "is_return": True,
        },
        {
            "customer_id": "7",
            "purchased_at": datetime(2024, 2, 2),
            "amount": 30.0,
            "order_id": None,
            "is_return": False,
        },
    ]
    assert found.schema == pa.schema(
        {
            "customer_id": pa.string(),
            "purchased_at": pa.timestamp("us"),
            "amount": pa.float64(),
            "order_id": pa.string(),
            "is_return": pa.bool_(),
        }
    )


def test_a_frame_is_not_changed():
    frame = pd.DataFrame(COLUMNS)
    before = frame.copy(deep=True)
    Tables.from_frames({"purchases": frame})
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ([13085.0, float("nan"), 7.0], ["13085", "7"]),
        (["13085.0", "7.0", "7.0"], ["13085", "7", "7"]),
        (["00017", "17", " x "], ["00017", "17", "x"]),
        (["1.0", "a", "2.0"], ["1.0", "a", "2.0"]),
        ([Decimal("5"), Decimal("6"), None], ["5", "6"]),
        (["nan", "None", "K1"], ["K1"]),
    ],
    ids=["float", "float_text", "zeros", "mixed_text", "decimal", "spelt_nothing"],
)
def test_ids_become_text_without_the_traces_of_floats(ids, expected):
    assert purchases(customer_id=ids)["customer_id"].to_pylist() == expected


@pytest.mark.parametrize(
    "flags",
    [[True, None, False], [1, None, 0], [1.0, None, 0.0], ["yes", "", "no"], ["True", "nan", "f"]],
    ids=["boolean", "integer", "float", "words", "letters"],
)
def test_flags_are_read_however_they_are_written(flags):
    found = tables(
        purchases=COLUMNS,
        negotiations={
            "customer_id": ["7"] * 3,
            "negotiated_at": ["2024-01-05", "2024-01-06", "2024-01-07"],
            "competitor_named": flags,
        },
    ).frames["negotiations"]
    assert found["competitor_named"].to_pylist() == [True, None, False]


def test_pandas_categories_and_decimals_are_read():
    frame = pd.DataFrame(COLUMNS)
    frame["category"] = pd.Categorical(["nuts", None, "bolts"])
    frame["margin"] = [Decimal("1.25"), None, Decimal("2")]
    found = Tables.from_frames({"purchases": frame}).frames["purchases"]
    assert found["category"].to_pylist() == ["nuts", None, "bolts"]
    assert found["margin"].to_pylist() == [1.25, None, 2.0]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (["2024-01-05", "2024-1-6", "2024/01/07"], ["01-05 00:00", "01-06 00:00", "01-07 00:00"]),
        (
            ["2024-01-05 10:00", "2024-01-05T10:00:30", "2024-01-06"],
            ["01-05 10:00", "01-05 10:00", "01-06 00:00"],
        ),
        (
            ["2024-01-05T10:00:00+02:00", "2024-01-05 10:00Z", "2024-01-05 10:00-0500"],
            ["01-05 08:00", "01-05 10:00", "01-05 15:00"],
        ),
        ([date(2024, 1, 5), date(2024, 1, 6), date(2024, 1, 7)], ["01-05 00:00"]),
        (
            [datetime(2024, 1, 5, 10, tzinfo=timezone(timedelta(hours=2)))] * 2
            + [datetime(2024, 1, 5, 10, tzinfo=UTC)],
            ["01-05 08:00", "01-05 08:00", "01-05 10:00"],
        ),
        (["05.01.2024 10:00", "13.01.2024", "1.2.2024"], ["01-05 10:00", "01-13 00:00"]),
        (["1/5/2024 1:30 PM", "1/13/2024", "2/1/2024"], ["01-05 13:30", "01-13 00:00"]),
    ],
    ids=["days", "minutes", "zones", "dates", "aware", "german", "american"],
)
def test_times_become_utc_without_zone(times, expected):
    found = purchases(purchased_at=times)["purchased_at"].to_pylist()
    assert [f"{at:%m-%d %H:%M}" for at in found][: len(expected)] == expected


def test_objects_of_mixed_zones_in_a_pandas_column_are_refused():
    frame = pd.DataFrame(COLUMNS).iloc[:2].astype({"purchased_at": object})
    frame.loc[1, "purchased_at"] = datetime(2024, 3, 1, tzinfo=UTC)
    with pytest.raises(TreueError, match="mixes 1 times with a time zone and 1 without"):
        Tables.from_frames({"purchases": frame})


def test_times_without_zone_are_read_in_the_stated_zone():
    found = tables(
        purchases=COLUMNS | {"purchased_at": ["2024-01-05 10:00", "2024-07-05 10:00", None]},
        time_zone="Europe/Berlin",
    ).frames["purchases"]
    assert found["purchased_at"].to_pylist() == [
        datetime(2024, 1, 5, 9),
        datetime(2024, 7, 5, 8),
    ]


def test_returns_are_marked_and_below_zero():
    found = purchases(
        amount=[10.0, 20.0, -5.0],
        quantity=[1, 2, -1],
        margin=[4.0, 8.0, -2.0],
        is_return=[False, True, None],
    )
    assert found["is_return"].to_pylist() == [False, True, True]
    assert found["amount"].to_pylist() == [10.0, -20.0, -5.0]
    assert found["quantity"].to_pylist() == [1.0, -2.0, -1.0]
    assert found["margin"].to_pylist() == [4.0, -8.0, -2.0]


def test_without_observed_until_the_latest_purchase_ends_observation_and_a_note_says_so():
    read = Tables.from_frames({"purchases": pa.table(COLUMNS)})
    assert read.observed_until == datetime(2024, 3, 1, 12)
    (note,) = [finding for finding in read.report.findings if finding.level == "note"]
    assert str(note) == (
        "purchases.purchased_at: the latest purchase, 2024-03-01 12:00, is taken as the end of "
        "observation; set observed_until to the moment up to which everything was recorded"
    )


def test_a_lone_purchase_years_after_all_others_is_pointed_out():
    columns = COLUMNS | {"purchased_at": ["2024-01-05", "2024-03-01", "2034-02-02"]}
    (warning,) = Tables.from_frames(
        {"purchases": pa.table(columns | {"amount": [1, 2, 3]})}
    ).report.warnings
    assert str(warning) == (
        "purchases.purchased_at: 1 row up to 2034-02-02, all others end more than a year earlier, "
        "by 2024-03-01; correct the date, or set observed_until to the last day that was recorded"
    )


@pytest.mark.parametrize(
    "until", ["2024-12-31", date(2024, 12, 31), datetime(2024, 12, 31, 1, tzinfo=UTC)]
)
def test_observed_until_may_be_text_a_date_or_a_time_with_a_zone(until):
    assert tables(purchases=COLUMNS, observed_until=until).observed_until.date() == date(
        2024, 12, 31
    )


def test_attributes_are_numbers_or_categories():
    customers = {
        "customer_id": ["7", "13085"],
        "employees": [3, None],
        "industry": ["inn", ""],
        "newsletter": [True, False],
        "gender": ["f", "m"],
    }
    read = Tables.from_frames(
        {"purchases": pa.table(COLUMNS), "customers": pa.table(customers)},
        attributes=["employees", "industry", "newsletter"],
        sensitive=["gender"],
    )
    found = read.frames["customers"]
    assert found["employees"].to_pylist() == [3.0, None]
    assert found["industry"].to_pylist() == ["inn", None]
    assert found["newsletter"].to_pylist() == ["true", "false"]
    assert (read.attributes, read.sensitive) == (
        ("employees", "industry", "newsletter"),
        ("gender",),
    )


def test_has_says_which_tables_and_columns_were_brought():
    read = tables(purchases=COLUMNS)
    assert read.has("purchases", "amount", "order_id")
    assert not read.has("purchases", "margin")
    assert not read.has("complaints")


def known(table, cutoff, **columns):
    read = tables(purchases=COLUMNS, **{table: columns})
    return read.known_at(cutoff).frames[table].to_pylist()


def test_a_row_is_known_from_its_event_on():
    read = tables(purchases=COLUMNS)
    assert read.known_at(datetime(2024, 2, 2)).frames["purchases"].num_rows == 2
    assert read.known_at(datetime(2024, 2, 1)).frames["purchases"].num_rows == 1


def test_a_row_recorded_late_was_not_there():
    late = ["2024-01-05", "2024-03-01", "2024-05-01"]
    read = tables(purchases=COLUMNS | {"recorded_at": late})
    assert read.known_at(datetime(2024, 4, 1)).frames["purchases"].num_rows == 2


def test_a_complaint_resolved_after_the_cutoff_is_open_at_the_cutoff():
    found = known(
        "complaints",
        datetime(2024, 1, 20),
        customer_id=["7", "7", "7"],
        opened_at=["2024-01-01", "2024-01-10", "2024-02-01"],
        severity=[1, 2, 3],
        resolved_at=["2024-01-15", "2024-01-25", None],
        satisfaction=[4, 5, None],
        reopened_at=["2024-02-15", None, None],
    )
    assert found == [
        {
            "customer_id": "7",
            "opened_at": datetime(2024, 1, 1),
            "severity": 1,
            "resolved_at": datetime(2024, 1, 15),
            "satisfaction": 4,
            "reopened_at": None,
        },
        {
            "customer_id": "7",
            "opened_at": datetime(2024, 1, 10),
            "severity": 2,
            "resolved_at": None,
            "satisfaction": None,
            "reopened_at": None,
        },
    ]


def test_a_price_not_yet_agreed_at_the_cutoff_is_not_known():
    found = known(
        "negotiations",
        datetime(2024, 1, 20),
        customer_id=["7", "7"],
        negotiated_at=["2024-01-01", "2024-01-10"],
        asked_price=[80.0, 90.0],
        agreed_price=[85.0, 95.0],
        outcome=["won", "won"],
        decided_at=["2024-01-02", "2024-02-01"],
    )
    assert [row["agreed_price"] for row in found] == [85.0, None]
    assert [row["outcome"] for row in found] == ["won", None]
    assert [row["asked_price"] for row in found] == [80.0, 90.0]


def test_without_a_time_of_its_own_a_value_is_known_with_its_row():
    found = known(
        "complaints",
        datetime(2024, 1, 20),
        customer_id=["7"],
        opened_at=["2024-01-01"],
        goodwill_amount=[5.0],
    )
    assert found[0]["goodwill_amount"] == 5.0


def test_an_agreed_end_of_contract_in_the_future_is_known_but_no_cancellation():
    found = known(
        "contracts",
        datetime(2024, 1, 20),
        customer_id=["7"],
        started_at=["2024-01-01"],
        ends_at=["2025-01-01"],
        cancelled_at=["2024-06-01"],
    )
    assert found[0]["ends_at"] == datetime(2025, 1, 1)
    assert found[0]["cancelled_at"] is None


def test_a_customer_without_since_is_always_known():
    found = known(
        "customers",
        datetime(2024, 1, 1),
        customer_id=["7", "13085"],
        since=[None, "2024-02-01"],
    )
    assert [row["customer_id"] for row in found] == ["7"]


def test_the_end_of_observation_moves_to_the_cutoff_but_never_past_the_data():
    read = tables(purchases=COLUMNS)
    assert read.known_at(datetime(2024, 2, 1)).observed_until == datetime(2024, 2, 1)
    assert read.known_at(datetime(2030, 1, 1)).observed_until == datetime(2024, 12, 31)


def test_knowing_twice_is_knowing_once():
    read = tables(
        purchases=COLUMNS,
        complaints={
            "customer_id": ["7"],
            "opened_at": ["2024-01-01"],
            "resolved_at": ["2024-02-01"],
        },
    )
    once = read.known_at(datetime(2024, 1, 20))
    twice = once.known_at(datetime(2024, 1, 20))
    assert {name: rows.to_pylist() for name, rows in twice.frames.items()} == {
        name: rows.to_pylist() for name, rows in once.frames.items()
    }


def test_a_cutoff_with_a_zone_is_read_in_that_zone():
    read = tables(purchases=COLUMNS)
    cutoff = datetime(2024, 2, 2, 1, tzinfo=timezone(timedelta(hours=2)))
    assert read.known_at(cutoff).frames["purchases"].num_rows == 1


@pytest.mark.parametrize("module", [treue.features.tables, treue.features.dates])
def test_the_examples_in_the_docstrings_are_true(module):
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0


def test_a_table_without_rows_says_that_there_was_nothing():
    brought = tables(purchases=COLUMNS)
    empty = brought.with_empty(["complaints", "purchases"])
    assert list(empty.frames) == ["purchases", "complaints"]
    assert empty.frames["purchases"] is brought.frames["purchases"]
    assert empty.frames["complaints"].num_rows == 0
    cutoff = datetime(2024, 4, 1)
    assert build_panel(empty, [cutoff])["complaints_all"].tolist() == [0.0, 0.0]
    assert "complaints_all" not in build_panel(brought, [cutoff])

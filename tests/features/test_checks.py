"""What checks set aside, keep and write out."""

import csv
import json
from datetime import datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treue.features.report import Report, TablesError
from treue.features.tables import Tables


def read(time_zone=None, **frames):
    frames = {name: pa.table(columns) for name, columns in frames.items()}
    return Tables.from_frames(frames, observed_until="2024-12-31", time_zone=time_zone)


def purchases(*ids):
    ids = ids or ("1", "2")
    return {
        "customer_id": ids,
        "purchased_at": ["2024-01-01"] * len(ids),
        "amount": [1.0] * len(ids),
    }


def test_rows_set_aside_are_written_with_the_reason(tmp_path):
    report = read(
        purchases={
            "customer_id": ["1", None, "1", "2"],
            "purchased_at": ["2024-01-01", "2024-01-02", "2024-01-01", "2033-01-01"],
            "amount": [1.0, 2.0, 1.0, 3.0],
        }
    ).report
    (path,) = report.write_set_aside(tmp_path / "aside")
    assert path == tmp_path / "aside" / "purchases.csv"
    with path.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["customer_id"], row["amount"], row["reason"]) for row in rows] == [
        ("1", "1", "equal to another row in every column, counted once"),
        ("", "2", "customer_id: without a value"),
        ("2", "3", "purchased_at: after the end of observation, 2024-12-31 00:00"),
    ]


def test_rows_kept_and_rows_set_aside_are_all_rows():
    tables = read(
        purchases={
            "customer_id": ["1", None, "1", "2", "3"],
            "purchased_at": ["2024-01-01", "2024-01-02", "2024-01-01", "2033-01-01", "2024-05-05"],
            "amount": [1.0, 2.0, 1.0, 3.0, 0.0],
        }
    )
    kept = tables.frames["purchases"].num_rows
    assert (kept, tables.report.set_aside["purchases"].num_rows) == (2, 3)


def test_good_tables_have_nothing_to_report():
    report = read(purchases=purchases()).report
    assert report.findings == []
    assert report.to_text() == "Nothing to report."
    assert report.to_text("de") == "Keine Befunde."


def test_a_report_has_a_text_and_the_same_as_json():
    report = read(purchases=purchases("1", None)).report
    line = (
        "purchases.customer_id: 1 row without a value, set aside; fill it in at the source if "
        "these rows matter"
    )
    assert report.to_text() == f"Warnings (1)\n  {line}"
    assert report.to_text("de") == (
        "Warnungen (1)\n  purchases.customer_id: 1 Zeile ohne Wert, aussortiert; in der Quelle "
        "ergänzen, falls diese Zeilen gebraucht werden"
    )
    assert json.loads(report.to_json()) == {
        "findings": [
            {
                "level": "warning",
                "table": "purchases",
                "column": "customer_id",
                "rows": 1,
                "ids": [],
                "message": "1 row without a value, set aside",
                "remedy": "fill it in at the source if these rows matter",
                "text": line,
            }
        ],
        "set_aside": {"purchases": 1},
    }


def test_at_most_five_customers_are_named():
    report = Report()
    report.add(
        "warning", "purchases", None, "8 rows without a value, kept", ids=["1", "1", None, *"23456"]
    )
    assert report.findings[0].ids == ("1", "2", "3", "4", "5")


def test_equal_lines_with_different_line_numbers_are_different_rows():
    two = {"customer_id": ["1", "1"], "purchased_at": ["2024-01-01"] * 2, "amount": [1.0, 1.0]}
    assert read(purchases=two).frames["purchases"].num_rows == 1
    assert read(purchases=two | {"line": [1, 2]}).frames["purchases"].num_rows == 2


@settings(max_examples=20, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from("123"), st.integers(1, 28), st.sampled_from([5.0, 0.0, -2.0])),
        min_size=1,
        max_size=6,
    ),
    times=st.integers(2, 3),
)
def test_loading_rows_twice_changes_nothing(rows, times):
    def load(chosen):
        ids, days, amounts = zip(*chosen, strict=True)
        at = [datetime(2024, 1, day) for day in days]
        columns = {"customer_id": ids, "purchased_at": at, "amount": amounts}
        return read(purchases=columns).frames["purchases"]

    assert load(rows * times).equals(load(rows))


def test_a_bare_day_of_resolution_on_the_day_of_opening_is_the_same_moment():
    tables = read(
        purchases=purchases(),
        complaints={
            "customer_id": ["1", "2"],
            "opened_at": ["2024-01-05 14:30", "2024-01-05 14:30"],
            "resolved_at": ["2024-01-05", "2024-01-05 10:00"],
        },
    )
    assert tables.frames["complaints"]["resolved_at"].to_pylist() == [datetime(2024, 1, 5, 14, 30)]
    assert tables.report.set_aside["complaints"]["customer_id"].to_pylist() == ["2"]


def test_a_bare_day_is_one_of_the_companys_zone():
    tables = read(
        time_zone="Europe/Berlin",
        purchases=purchases(),
        complaints={
            "customer_id": ["1"],
            "opened_at": ["2024-07-05 14:30"],
            "resolved_at": ["2024-07-05"],
        },
    )
    assert tables.frames["complaints"]["resolved_at"].to_pylist() == [datetime(2024, 7, 5, 12, 30)]


def test_a_purchase_on_the_day_of_since_is_not_before_it():
    tables = read(
        purchases=purchases("1"),
        customers={"customer_id": ["1"], "since": ["2024-01-01 09:00"]},
    )
    assert tables.report.findings == []


def test_an_invoice_due_after_the_end_of_observation_is_planned_not_wrong():
    tables = read(
        purchases=purchases("1"),
        payments={"customer_id": ["1"], "due_at": ["2025-01-31"], "amount": [10.0]},
    )
    assert tables.frames["payments"].num_rows == 1
    assert tables.report.findings == []


def test_referrals_in_a_circle_are_kept():
    tables = read(
        purchases=purchases("1", "2", "3"),
        referrals={
            "referrer_id": ["1", "2", "3"],
            "referred_id": ["2", "3", "1"],
            "referred_at": ["2024-01-01"] * 3,
        },
    )
    assert tables.frames["referrals"].num_rows == 3


def test_two_who_refer_each_other_are_kept_and_noted():
    tables = read(
        purchases=purchases("1", "2"),
        referrals={
            "referrer_id": ["1", "2"],
            "referred_id": ["2", "1"],
            "referred_at": ["2024-01-01"] * 2,
        },
    )
    assert [str(finding) for finding in tables.report.findings] == [
        "referrals.referred_id: 2 rows between customers who refer each other, kept "
        "(customers 1, 2); nothing to do: margins are counted once"
    ]


def test_since_that_is_later_than_most_purchases_is_probably_something_else():
    ids = [str(number) for number in range(12)]
    report = read(
        purchases=purchases(*ids),
        customers={"customer_id": ids, "since": ["2024-06-01"] * 12},
    ).report
    assert str(report.findings[0]).endswith(
        "since is probably when a record was made: leave it unmapped"
    )


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("catgory", "purchases.catgory: not used (did you mean 'category'?); rename or map it"),
        ("warehouse", None),
    ],
)
def test_an_unused_column_that_looks_like_a_typing_error_is_noted(column, expected):
    report = read(purchases=purchases() | {column: ["a", "b"]}).report
    assert [str(finding) for finding in report.findings] == ([expected] if expected else [])


def test_customer_columns_that_nobody_named_are_noted():
    report = read(
        purchases=purchases(), customers={"customer_id": ["1", "2"], "region": ["a", "b"]}
    ).report
    assert [str(finding) for finding in report.findings] == [
        "customers: not used: region; name columns that describe a customer in data.attributes, "
        "personal ones in data.sensitive"
    ]


def test_an_attribute_that_names_customers_is_pointed_out():
    ids = [str(number) for number in range(60)]
    customers = pa.table({"customer_id": ids, "mail": [f"{number}@firm" for number in ids]})
    report = Tables.from_frames(
        {"purchases": pa.table(purchases(*ids)), "customers": customers},
        observed_until="2024-12-31",
        attributes=["mail"],
    ).report
    assert [str(finding) for finding in report.findings] == [
        "customers: attributes as they stand now serve every cutoff: mail; leave out what changes "
        "when a customer leaves: it would look too good",
        "customers.mail: 60 different texts among 60 rows; an attribute groups customers; take it "
        "off data.attributes",
    ]


DATED = {"customer_id": ["1"], "amount": [1.0]}


@pytest.mark.parametrize(
    ("brought", "suggested"),
    [
        ({"PurchaseId": ["7"], "PurchasedOn": ["2024-01-05"]}, "PurchasedOn"),
        ({"PurchaseId": ["7"], "Day": [datetime(2024, 1, 5)]}, "Day"),
        ({"PurchaseId": ["7"], "Paid": ["5.1.2024"], "Purchased": ["1.1.2024"]}, "Purchased"),
    ],
)
def test_a_column_of_dates_is_suggested_for_a_missing_time(brought, suggested):
    with pytest.raises(TablesError, match=rf"\(did you mean '{suggested}'\?\)"):
        read(purchases=DATED | brought)


def test_an_id_is_never_suggested_for_a_missing_time():
    contacts = {"customer_id": ["1"], "ContactId": ["7"], "Channel": ["call"]}
    with pytest.raises(TablesError) as refusal:
        read(purchases=purchases(), contacts=contacts)
    assert [str(error) for error in refusal.value.report.errors] == [
        "contacts.contacted_at: this column is missing among 'customer_id', 'ContactId', 'Channel'"
        '; map it with columns = {contacted_at = "your column"} in treue.toml, or rename it in '
        "the frame"
    ]


def test_income_is_not_taken_for_since():
    customers = {"customer_id": ["1", "2"], "Income": [1.0, 2.0]}
    report = read(purchases=purchases(), customers=customers).report
    assert "did you mean" not in report.to_text()


def daily(*, days, strays=()):
    """Return two purchases a day from 2024-01-01 on, and one on each stray day after it."""
    first = datetime(2024, 1, 1)
    offsets = [*(day for day in range(days) for _ in range(2)), *strays]
    return {
        "customer_id": [str(number) for number in range(len(offsets))],
        "purchased_at": [first + timedelta(days=day) for day in offsets],
        "amount": [1.0] * len(offsets),
    }


def test_purchases_that_practically_stop_before_the_last_one_are_pointed_out():
    purchases = pa.table(daily(days=91, strays=[150]))  # to 2024-03-31, then 2024-05-30
    report = Tables.from_frames({"purchases": purchases}).report
    assert [str(finding) for finding in report.warnings] == [
        "purchases.purchased_at: purchases practically stop around 2024-03-31: 1 row in the 30 "
        "days up to 2024-05-30, against 46 in an average month; set data.observed_until to the "
        'moment up to which everything was recorded, such as "2024-04-01" (the start of that day)'
    ]


@pytest.mark.parametrize("strays", [(), range(91, 150, 10)])
def test_purchases_that_go_on_or_grow_fewer_are_not_called_a_stop(strays):
    purchases = pa.table(daily(days=91, strays=strays))
    assert Tables.from_frames({"purchases": purchases}).report.warnings == []


def test_a_stated_end_is_not_doubted():
    purchases = pa.table(daily(days=91, strays=[150]))
    report = Tables.from_frames({"purchases": purchases}, observed_until="2024-06-01").report
    assert report.warnings == []


def test_a_table_of_which_most_rows_have_unknown_customers_is_the_first_warning():
    ids = [str(number) for number in range(12)]
    customers = {"customer_id": ids[:3], "since": ["2024-06-01"] * 3}
    report = read(purchases=purchases(*ids), customers=customers).report
    assert [str(finding) for finding in report.warnings] == [
        "purchases.customer_id: 75% of its rows are of 9 customers not in customers, kept, without "
        "attributes (customers 3, 4, 5, 6, 7); a join may be missing: see that the ids are those "
        "of customers",
        "purchases.purchased_at: 3 rows before the customer's since, kept (customers 0, 1, 2); "
        "correct customers.since or these dates",
    ]

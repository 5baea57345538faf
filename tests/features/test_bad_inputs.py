"""Bad inputs and what is said of them, word for word (``…`` stands for a library's own words)."""

import re
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from pydantic import ValidationError

from treue.features.errors import TreueError
from treue.features.report import Report, TablesError
from treue.features.sources import Source
from treue.features.tables import Tables, read_tables

JANUARY_TO_MARCH = ["2024-01-01", "2024-02-01", "2024-03-01"]
TO_CHECK = "correct them or map another column in treue.toml"
NUMBERS = 'correct them, map another column, or give decimal = "," where the comma is decimal'
DATES = 'correct them, or give date_format = "..." as for strptime (for example "%d.%m.%Y")'
NEVER = "correct them; a date that stands for 'never' or 'unknown' can be emptied: "


def purchases(**changes):
    columns = {"customer_id": ["1", "2", "3"], "purchased_at": JANUARY_TO_MARCH}
    columns |= {"amount": [10.0, 20.0, 30.0]} | changes
    return {name: values for name, values in columns.items() if values is not None}


def beside(table, **columns):
    """Return good purchases and two rows of another table."""
    return {"purchases": purchases(), table: columns}


def complaints(**columns):
    opened = {"customer_id": ["1", "2"], "opened_at": ["2024-01-05", "2024-02-05"]}
    return beside("complaints", **(opened | columns))


def negotiation(**columns):
    return beside("negotiations", customer_id=["1"], negotiated_at=["2024-01-05"], **columns)


def customers(**columns):
    return beside("customers", customer_id=["1", "2", "3"], **columns)


def findings(level, expected, report: Report) -> bool:
    """Return whether the report holds the expected finding."""
    pattern = ".*".join(re.escape(part) for part in expected.split("…"))
    found = [str(finding) for finding in report.findings if finding.level == level]
    return any(re.fullmatch(pattern, text, re.DOTALL) for text in found)


def shown(report: Report) -> str:
    return "\n".join(f"{finding.level} {finding}" for finding in report.findings)


REFUSED_FRAMES = {
    "no purchases at all": (
        {"contacts": {"customer_id": ["1"], "contacted_at": ["2024-01-01"]}},
        "purchases: the table is missing; bring at least this one",
    ),
    "a table of another name": (
        {"purchases": purchases(), "complaint": {"customer_id": ["1"]}},
        "complaint: is not a table of Treue (did you mean 'complaints'?); the tables are "
        "customers, purchases, negotiations, complaints, referrals, payments, contacts, contracts",
    ),
    "a column under another name": (
        {"purchases": purchases(customer_id=None, CustomerID=["1", "2", "3"])},
        "purchases.customer_id: this column is missing among 'purchased_at', 'amount', 'CustomerID'"
        " (did you mean 'CustomerID'?); map it with columns = {customer_id = \"CustomerID\"} in "
        "treue.toml, or rename it in the frame",
    ),
    "a column that is not there": (
        {"purchases": purchases(amount=None)},
        "purchases.amount: this column is missing among 'customer_id', 'purchased_at'; map it with "
        'columns = {amount = "your column"} in treue.toml, or rename it in the frame',
    ),
    "empty purchases": (
        {"purchases": {"customer_id": [], "purchased_at": [], "amount": []}},
        "purchases: the table is empty; check path and where",
    ),
    "purchases without any customer": (
        {"purchases": purchases(customer_id=[None, "", "nan"])},
        "purchases: no rows are left; check path and where",
    ),
    "words among amounts": (
        {"purchases": purchases(amount=["10", "x", "n.n."])},
        f"purchases.amount: 2 values are not amounts of money: 'x', 'n.n.' (customers 2, 3); "
        f"{NUMBERS}",
    ),
    "amounts with a decimal comma": (
        {"purchases": purchases(amount=["10,5", "11,0", "12"])},
        f"purchases.amount: 2 values are not amounts of money: '10,5', '11,0' (customers 1, 2); "
        f"{NUMBERS}",
    ),
    "amounts that are yes or no": (
        {"purchases": purchases(amount=[True, False, True])},
        "purchases.amount: 3 values are not amounts of money: 'true', 'false' "
        f"(customers 1, 2, 3); {NUMBERS}",
    ),
    "amounts that are dates": (
        {"purchases": purchases(amount=[date(2024, 1, 1)] * 3)},
        "purchases.amount: 3 values are not amounts of money: '2024-01-01' "
        f"(customers 1, 2, 3); {NUMBERS}",
    ),
    "several amounts in one row": (
        {"purchases": purchases(amount=[[1.0, 2.0], [2.0], [3.0]])},
        "purchases.amount: holds double[] values, not one value a row; bring a column of amounts "
        "of money",
    ),
    "an infinite amount": (
        {"purchases": purchases(amount=[1.0, float("inf"), 2.0])},
        f"purchases.amount: 1 value is not a number: 'inf' (customer 2); {NUMBERS}",
    ),
    "words among dates": (
        {"purchases": purchases(purchased_at=["2024-01-01", "yesterday", "31.31.2024"])},
        "purchases.purchased_at: 2 values are not dates or times: 'yesterday', '31.31.2024' "
        f"(customers 2, 3); {DATES}",
    ),
    "a day that no month has": (
        {"purchases": purchases(purchased_at=["2024-01-01", "2024-02-30", "2024-03-01"])},
        "purchases.purchased_at: 1 value is not a date or time: '2024-02-30' (customer 2); "
        f"{DATES}",
    ),
    "dates without a sign between": (
        {"purchases": purchases(purchased_at=[20240101, 20240201, 20240301])},
        "purchases.purchased_at: 3 values are not dates or times: '20240101', '20240201', "
        f"'20240301' (customers 1, 2, 3); {DATES}",
    ),
    "day and month that could be either": (
        {"purchases": purchases(purchased_at=["01/02/2024", "03/04/2024", "05/06/2024"])},
        "purchases.purchased_at: dates such as '01/02/2024' can be read day first or month first; "
        'say which with date_format = "%m/%d/%Y" or date_format = "%d/%m/%Y"',
    ),
    "day first and month first in one column": (
        {"purchases": purchases(purchased_at=["13/01/2024", "01/13/2024", "01/02/2024"])},
        "purchases.purchased_at: 1 value is not a date or time: '13/01/2024' (customer 1); "
        f"{DATES}",
    ),
    "times with and without a zone in one column": (
        {
            "purchases": purchases(
                purchased_at=["2024-01-01T10:00+01:00", "2024-02-01T10:00", "2024-03-01T10:00Z"]
            )
        },
        "purchases.purchased_at: mixes 2 times with a time zone and 1 without; write all of them "
        "with a zone, or all without",
    ),
    "a purchase before there were computers": (
        {"purchases": purchases(purchased_at=["1900-01-01", "2024-02-01", "2024-03-01"])},
        "purchases.purchased_at: 1 row before 1970 or after 2100: 1900-01-01 00:00:00 (customer 1);"
        f" {NEVER}{{sql = \"nullif(purchased_at, TIMESTAMP '9999-12-31')\"}}",
    ),
    "a contract that never ends": (
        beside("contracts", customer_id=["1"], started_at=["2024-01-01"], ends_at=["9999-12-31"]),
        "contracts.ends_at: 1 row before 1970 or after 2100: 9999-12-31 00:00:00 (customer 1); "
        f"{NEVER}{{sql = \"nullif(ends_at, TIMESTAMP '9999-12-31')\"}}",
    ),
    "a customer twice": (
        beside("customers", customer_id=["1", "1", "2", "3"], name=["Ada", "Eda", "Bo", "Cy"]),
        "customers.customer_id: 2 rows share this key with another row of different values "
        "(customer 1); keep one row a customer, for example with where = ...",
    ),
    "a contract twice": (
        beside(
            "contracts",
            customer_id=["1", "1"],
            contract_id=["c1", "c1"],
            started_at=["2024-01-01", "2024-01-01"],
            value_year=[100, 200],
        ),
        "contracts.contract_id + started_at: 2 rows share this key with another row of different "
        "values (customer 1); keep one row a contract, for example with where = ...",
    ),
    "a kind in another language": (
        {"purchases": purchases(kind=["goods", "Ware", "service"])},
        "purchases.kind: 1 row other than goods, service, contract: 'Ware' (customer 2); translate "
        "them, for example with {sql = \"CASE kind WHEN '...' THEN 'goods' END\"}",
    ),
    "yes and no in another language": (
        {"purchases": purchases(is_return=["ja", "nein", "nein"])},
        "purchases.is_return: 3 values are not yes/no values: 'ja', 'nein' (customers 1, 2, 3); "
        "write true or false (yes/no and 1/0 are understood as well)",
    ),
    "severity on another scale": (
        complaints(severity=[3, 9]),
        "complaints.severity: 1 row outside 1 to 5: 9 (customer 2); bring it on that scale "
        "with {sql = ...}",
    ),
    "half a grade of severity": (
        complaints(severity=[3.0, 2.5]),
        "complaints.severity: 1 value is not a whole number: '2.5' (customer 2); correct them or "
        "map another column",
    ),
    "satisfaction from zero": (
        complaints(satisfaction=[0, 5], resolved_at=["2024-01-06", "2024-02-06"]),
        "complaints.satisfaction: 1 row outside 1 to 5: 0 (customer 1); bring it on that scale "
        "with {sql = ...}",
    ),
    "whose fault in another language": (
        complaints(caused_by=["wir", "Kunde"]),
        "complaints.caused_by: 2 rows other than us, customer, unclear: 'wir', 'Kunde' "
        "(customers 1, 2); translate them, for example with {sql = \"CASE caused_by WHEN '...' "
        "THEN 'us' END\"}",
    ),
    "two time columns swapped": (
        beside(
            "complaints",
            customer_id=["1"] * 6,
            opened_at=[f"2024-02-0{day}" for day in range(1, 7)],
            resolved_at=[f"2024-01-0{day}" for day in range(1, 7)],
        ),
        "complaints.resolved_at: 6 of 6 rows before opened_at (customer 1); the two columns are "
        "probably swapped, or one of them is another date",
    ),
    "an outcome in another language": (
        negotiation(outcome=["gewonnen"], decided_at=["2024-01-06"]),
        "negotiations.outcome: 1 row other than won, lost, open: 'gewonnen' (customer 1); "
        "translate them, for example with {sql = \"CASE outcome WHEN '...' THEN 'won' END\"}",
    ),
    "fewer than no rounds": (
        negotiation(rounds=[-1]),
        "negotiations.rounds: 1 row outside 0 or more: -1 (customer 1); bring it on that scale "
        "with {sql = ...}",
    ),
    "a direction by another name": (
        beside("contacts", customer_id=["1"], contacted_at=["2024-01-01"], direction=["inbound"]),
        "contacts.direction: 1 row other than in, out: 'inbound' (customer 1); translate them, for "
        "example with {sql = \"CASE direction WHEN '...' THEN 'in' END\"}",
    ),
    "ids written in two ways": (
        {
            "purchases": {
                "customer_id": list(range(10)),
                "purchased_at": ["2024-01-01"] * 10,
                "amount": [1.0] * 10,
            },
            "customers": {"customer_id": [f"{number:05}" for number in range(10)]},
        },
        "purchases.customer_id: none of its 10 customers is in customers: '0' here, '00000' there; "
        "write the ids the same way in both",
    ),
}


@pytest.mark.parametrize(("frames", "expected"), REFUSED_FRAMES.values(), ids=REFUSED_FRAMES)
def test_broken_frames_are_refused_with_a_message_that_says_how_to_mend_them(frames, expected):
    tables = {name: pa.table(columns) for name, columns in frames.items()}
    with pytest.raises(TreueError) as refusal:
        Tables.from_frames(tables, observed_until="2024-12-31")
    assert isinstance(refusal.value, TablesError)
    assert findings("error", expected, refusal.value.report), shown(refusal.value.report)
    assert len(refusal.value.report.errors) == 1, shown(refusal.value.report)


WARNED_FRAMES = {
    "dates of one beyond doubt, day first": (
        {"purchases": purchases(purchased_at=["31.01.2024", "01.02.2024", "03.02.2024"])},
        "purchases.purchased_at: 3 texts read as dates of the form %d.%m.%Y, the only one that "
        'fits them all; say so with date_format = "%d.%m.%Y"',
    ),
    "dates of one beyond doubt, month first": (
        {"purchases": purchases(purchased_at=["1/31/2024", "2/1/2024", "2/3/2024"])},
        "purchases.purchased_at: 3 texts read as dates of the form %m/%d/%Y, the only one that "
        'fits them all; say so with date_format = "%m/%d/%Y"',
    ),
    "zones in one table only": (
        {
            "purchases": purchases(
                purchased_at=[datetime(2024, month, 1, tzinfo=UTC) for month in (1, 2, 3)]
            ),
            "complaints": {"customer_id": ["1"], "opened_at": ["2024-01-05"]},
        },
        "complaints.opened_at: has no time zone and is read as UTC, while purchases.purchased_at "
        'has one; set time_zone = "Europe/Berlin" or the zone that these times are in',
    ),
    "a purchase in the future": (
        {"purchases": purchases(purchased_at=["2024-01-01", "2024-02-01", "2033-03-01"])},
        "purchases.purchased_at: 1 row after the end of observation, 2024-12-31 00:00, set aside "
        "(customer 3); correct them or set observed_until later (a date means the start of that "
        "day)",
    ),
    "rows without a customer": (
        {"purchases": purchases(customer_id=["1", None, " "])},
        "purchases.customer_id: 2 rows without a value, set aside; fill it in at the source if "
        "these rows matter",
    ),
    "a row without a time": (
        {"purchases": purchases(purchased_at=["2024-01-01", None, "2024-03-01"])},
        "purchases.purchased_at: 1 row without a value, set aside (customer 2); fill it in at the "
        "source if these rows matter",
    ),
    "the same row twice": (
        {
            "purchases": {
                "customer_id": ["1", "1"],
                "purchased_at": ["2024-01-01", "2024-01-01"],
                "amount": [10.0, 10.0],
            }
        },
        "purchases: 1 row equal to another row in every column, counted once, set aside "
        "(customer 1); if they are meant, bring the column that tells them apart (a line number)",
    ),
    "an empty table": (
        beside("complaints", customer_id=[], opened_at=[]),
        "complaints: the table is empty, left out; check path and where",
    ),
    "a negative amount": (
        {"purchases": purchases(amount=[10.0, -20.0, 30.0])},
        "purchases.amount: 1 row below zero, taken as returns (customer 2); say which rows are "
        'returns with returns = "..." or a column is_return',
    ),
    "a negative amount that is no return": (
        {"purchases": purchases(amount=[10.0, -20.0, 30.0], is_return=[False] * 3)},
        "purchases.amount: 1 row below zero outside returns, kept (customer 2); check the sign, or "
        "what is marked as a return",
    ),
    "a return with a positive amount": (
        {"purchases": purchases(is_return=[False, True, False])},
        "purchases.amount: 1 row above zero in returns, sign turned (customer 2); write the "
        "amounts of returns below zero",
    ),
    "an amount of zero": (
        {"purchases": purchases(amount=[10.0, 0.0, 30.0])},
        "purchases.amount: 1 row of zero, kept as purchases (customer 2); leave them out with "
        'where = "..." if nothing was bought',
    ),
    "a purchase without an amount": (
        {"purchases": purchases(amount=[10.0, None, 30.0])},
        "purchases.amount: 1 row without a value, kept (customer 2); they count as orders of "
        "unknown amount; fill it in if you can",
    ),
    "a purchase recorded before it was made": (
        {"purchases": purchases(recorded_at=["2023-12-01", None, None])},
        "purchases.recorded_at: 1 row before purchased_at, counted from purchased_at (customer 1); "
        f"{TO_CHECK}",
    ),
    "a complaint resolved in the future": (
        complaints(resolved_at=["2024-01-06", "2033-02-06"]),
        "complaints.resolved_at: 1 row after the end of observation, 2024-12-31 00:00, not yet "
        "known (customer 2); correct them or set observed_until later (a date means the start of "
        "that day)",
    ),
    "a complaint resolved before it was opened": (
        complaints(resolved_at=["2024-01-04", "2024-02-06"]),
        f"complaints.resolved_at: 1 row before opened_at, set aside (customer 1); {TO_CHECK}",
    ),
    "a complaint reopened before it was resolved": (
        complaints(resolved_at=["2024-01-08", "2024-02-06"], reopened_at=["2024-01-07", None]),
        f"complaints.reopened_at: 1 row before resolved_at, set aside (customer 1); {TO_CHECK}",
    ),
    "goodwill below zero": (
        complaints(goodwill_amount=[-5.0, 5.0], resolved_at=["2024-01-06", "2024-02-06"]),
        "complaints.goodwill_amount: 1 row below zero, kept as they are (customer 1); correct them "
        "if that is not meant",
    ),
    "goodwill for an open complaint": (
        complaints(goodwill_amount=[5.0, 5.0], resolved_at=["2024-01-06", None]),
        "complaints.goodwill_amount: 1 row with a value but no resolved_at, never taken as known "
        "(customer 2); fill in resolved_at",
    ),
    "goodwill without its time": (
        complaints(goodwill_amount=[5.0, 5.0]),
        "complaints.goodwill_amount: 2 rows without resolved_at, taken as known from opened_at "
        "(customers 1, 2); bring resolved_at: a value known too early makes a model look too good",
    ),
    "a negotiation decided before it began": (
        negotiation(decided_at=["2024-01-02"]),
        f"negotiations.decided_at: 1 row before negotiated_at, set aside (customer 1); {TO_CHECK}",
    ),
    "a negotiation won but never decided": (
        negotiation(outcome=["won"], decided_at=[None]),
        "negotiations.outcome: 1 row with a value but no decided_at, never taken as known "
        "(customer 1); fill in decided_at",
    ),
    "a referral that led to a customer before it was made": (
        beside(
            "referrals",
            referrer_id=["1"],
            referred_at=["2024-01-05"],
            converted_at=["2023-01-05"],
        ),
        f"referrals.converted_at: 1 row before referred_at, set aside (customer 1); {TO_CHECK}",
    ),
    "a customer who refers themself": (
        beside(
            "referrals",
            referrer_id=["1", "2"],
            referred_id=["1", "3"],
            referred_at=["2024-01-05", "2024-01-05"],
        ),
        "referrals.referred_id: 1 row in which customers refer themselves, set aside (customer 1); "
        "correct the ids",
    ),
    "the same referral on two days": (
        beside(
            "referrals",
            referrer_id=["1", "1"],
            referred_id=["2", "2"],
            referred_at=["2024-01-01", "2024-01-05"],
        ),
        "referrals.referrer_id + referred_id: 2 rows share this key with another row of different "
        "values, each counted (customer 1); keep the first referral of each pair",
    ),
    "an invoice twice": (
        beside(
            "payments",
            customer_id=["1", "1"],
            invoice_id=["i1", "i1"],
            due_at=["2024-01-01", "2024-01-01"],
            amount=[100, 200],
        ),
        "payments.invoice_id + due_at: 2 rows share this key with another row of different values, "
        "each counted (customer 1); check that they are part payments",
    ),
    "a contract that ends before it starts": (
        beside("contracts", customer_id=["1"], started_at=["2024-01-01"], ends_at=["2023-12-31"]),
        f"contracts.ends_at: 1 row before started_at, set aside (customer 1); {TO_CHECK}",
    ),
    "a contract cancelled before it starts": (
        beside(
            "contracts", customer_id=["1"], started_at=["2024-01-01"], cancelled_at=["2023-12-31"]
        ),
        f"contracts.cancelled_at: 1 row before started_at, set aside (customer 1); {TO_CHECK}",
    ),
    "purchases before the customer was one": (
        customers(since=["2024-01-02", "2020-01-01", "2020-01-01"]),
        "purchases.purchased_at: 1 row before the customer's since, kept (customer 1); correct "
        "customers.since or these dates",
    ),
    "purchases of unknown customers": (
        beside("customers", customer_id=["1", "2"]),
        "purchases.customer_id: 1 row of 1 customers not in customers, kept, without attributes "
        "(customer 3); add them to customers or correct the ids",
    ),
    "complaints of people who never bought": (
        complaints(customer_id=["1", "9"]),
        "complaints.customer_id: 1 row of 1 customers not in purchases, kept, they never bought "
        "(customer 9); add them to purchases or correct the ids",
    ),
}


@pytest.mark.parametrize(("frames", "expected"), WARNED_FRAMES.values(), ids=WARNED_FRAMES)
def test_doubtful_frames_are_read_with_a_warning_that_says_what_was_done(frames, expected):
    tables = {name: pa.table(columns) for name, columns in frames.items()}
    report = Tables.from_frames(tables, observed_until="2024-12-31").report
    assert findings("warning", expected, report), shown(report)


SETTINGS = {
    "an attribute that is not there": (
        {"attributes": ["industri"]},
        "customers.industri: is named in attributes or sensitive, but is not there (did you mean "
        "'industry'?); map it or take it off the list",
    ),
    "an attribute that is sensitive": (
        {"attributes": ["industry"], "sensitive": ["industry"]},
        "customers.industry: is named in attributes and in sensitive; keep it in sensitive if the "
        "model must not see it",
    ),
    "an attribute with a meaning of its own": (
        {"attributes": ["name"]},
        "customers.name: cannot be an attribute, it has a meaning of its own; bring it a second "
        "time under another name",
    ),
    "a time zone that does not exist": (
        {"time_zone": "Europe/Berln"},
        "data.time_zone: 'Europe/Berln' is not a time zone (did you mean 'Europe/Berlin'?); write "
        'it as "Europe/Berlin"',
    ),
    "an end of observation that is no date": (
        {"observed_until": "end of year"},
        "data.observed_until: 'end of year' is not a date; write it as 2024-12-31 or "
        "2024-12-31 18:00",
    ),
}


@pytest.mark.parametrize(("settings", "expected"), SETTINGS.values(), ids=SETTINGS)
def test_wrong_settings_are_refused(settings, expected):
    frames = customers(name=["Ada", "Bo", "Cy"], industry=["inn", "farm", "inn"])
    tables = {name: pa.table(columns) for name, columns in frames.items()}
    with pytest.raises(TablesError) as refusal:
        Tables.from_frames(tables, **({"observed_until": "2024-12-31"} | settings))
    assert findings("error", expected, refusal.value.report), shown(refusal.value.report)


GOOD = "customer_id,purchased_at,amount\n1,2024-01-01,10\n2,2024-02-01,20\n"
FILES = {
    "hours.csv": (
        "customer_id,purchased_at,amount\n1,31.01.2024 08:30,10\n2,01.02.2024 09:00,20\n"
    ),
    "slashes.csv": "customer_id,purchased_at,amount\n1,01/02/2024,10\n",
    "mixed.csv": "customer_id,purchased_at,amount\n1,31.01.2024,10\n2,soon,20\n",
    "good.csv": GOOD,
    "notes/readme.md": "nothing here",
    "both/a.csv": GOOD,
    "both/b.parquet": "nonsense",
    "nonsense.parquet": "nonsense that is no Parquet file",
    "sheet.xlsx": "PK",
    "latin.csv": b"customer_id,purchased_at,amount\nM\xfcller,2024-01-01,10\n",
    "broken_line.csv": GOOD + "3,2024-01-01,10,99,100\n",
    "empty.csv": "",
    "header.csv": "customer_id,purchased_at,amount\n",
    "german.csv": "Kunde;Betrag;Datum\n1;10,00;31.01.2024\n",
    "numbers.csv": "no;Betrag;Datum\n1;10,00;31.01.2024\n",
}
BAD_SOURCES = {
    "a file that is not there": (
        {"path": "orders.csv"},
        "purchases: there is no file …orders.csv; correct path; it is relative to treue.toml",
    ),
    "a pattern that fits no file": (
        {"path": "orders-*.csv"},
        "purchases: there is no file …orders-*.csv; correct path; it is relative to treue.toml",
    ),
    "a folder without tables": (
        {"path": "notes"},
        "purchases: …notes holds neither CSV nor Parquet files (.md); export them as CSV or "
        "Parquet, or hand in a data frame",
    ),
    "a folder of both kinds": (
        {"path": "both"},
        "purchases: …both holds CSV and Parquet files; name one kind, for example folder/*.parquet",
    ),
    "a workbook": (
        {"path": "sheet.xlsx"},
        "purchases: …sheet.xlsx holds neither CSV nor Parquet files (.xlsx); export them as CSV or "
        "Parquet, or hand in a data frame",
    ),
    "a Parquet file that is none": (
        {"path": "nonsense.parquet"},
        "purchases: nonsense.parquet cannot be read: …; check that the file is whole and is a "
        "Parquet file",
    ),
    "a CSV file in another encoding": (
        {"path": "latin.csv"},
        "purchases: latin.csv cannot be read: …; each line needs as many columns as the first; "
        'Excel may need encoding = "cp1252"',
    ),
    "an encoding that does not exist": (
        {"path": "latin.csv", "encoding": "latein"},
        'purchases: encoding \'latein\' is not known; write it as "utf-8", "cp1252" (Excel on '
        'Windows), "latin-1" or "utf-16"',
    ),
    "a CSV file that is not in the encoding given": (
        {"path": "latin.csv", "encoding": "utf-7"},
        "purchases: latin.csv is not in utf-7: …; write its encoding as …",
    ),
    "a line with too many columns": (
        {"path": "broken_line.csv"},
        "purchases: broken_line.csv cannot be read: …; each line needs as many columns as the "
        'first; Excel may need encoding = "cp1252"',
    ),
    "an empty file": (
        {"path": "empty.csv"},
        "purchases: empty.csv is empty; export it again",
    ),
    "a file with a header only": (
        {"path": "header.csv"},
        "purchases: the table is empty; check path and where",
    ),
    "a file with columns of its own": (
        {"path": "numbers.csv", "columns": {"purchased_at": "Datum", "amount": "Betrag"}},
        "purchases.customer_id: this column is missing among 'no', 'Betrag', 'Datum'; map it "
        'with columns = {customer_id = "your column"} in treue.toml, or rename it in the frame',
    ),
    "columns whose names mean the same": (
        {"path": "german.csv", "columns": {"customer_id": "Kunde", "amount": "Betrag"}},
        "purchases.purchased_at: this column is missing among 'Kunde', 'Betrag', 'Datum' (did you "
        "mean 'Datum'?); map it with columns = {purchased_at = \"Datum\"} in treue.toml, or rename "
        "it in the frame",
    ),
    "a mapped column that is not there": (
        {"path": "good.csv", "columns": {"amount": "Amout"}},
        "purchases.amount: no column 'Amout' among 'customer_id', 'purchased_at', 'amount' (did "
        "you mean 'amount'?); map it with columns = {amount = \"amount\"} in treue.toml, or rename "
        "it in the frame",
    ),
    "a name that Treue does not have": (
        {"path": "good.csv", "columns": {"amout": "amount"}},
        "purchases.amout: is not a column of purchases (did you mean 'amount'?); purchases has "
        "customer_id, purchased_at, amount, order_id, margin, quantity, product_id, category, "
        "list_amount, channel, kind, is_return, recorded_at",
    ),
    "an expression over a column that is not there": (
        {"path": "good.csv", "columns": {"margin": {"sql": "amount - costs"}}},
        "purchases.margin: the expression 'amount - costs' fails: …; correct the SQL",
    ),
    "an expression that fails on a row": (
        {"path": "good.csv", "columns": {"margin": {"sql": "CAST('x' || amount AS DOUBLE)"}}},
        "purchases: the rows cannot be read: …; check the file, and the SQL of columns, where and "
        "returns",
    ),
    "a condition over a column that is not there": (
        {"path": "good.csv", "where": "state = 'paid'"},
        "purchases: the condition where 'state = 'paid'' fails: …; correct the SQL",
    ),
    "a condition for returns that is no SQL": (
        {"path": "good.csv", "returns": "amount <"},
        "purchases.is_return: the condition returns 'amount <' fails: …; correct the SQL",
    ),
    "a query that is no SQL": (
        {"query": "SELEC * FROM 'good.csv'"},
        "purchases: the query cannot be read: …; correct the SQL; its paths are relative to "
        "treue.toml",
    ),
    "a query over a file that is not there": (
        {"query": "SELECT * FROM 'orders.csv'"},
        "purchases: the query cannot be read: …orders.csv…; correct the SQL; its paths are "
        "relative to treue.toml",
    ),
    "a date format of another kind of date": (
        {"path": "good.csv", "date_format": "%d.%m.%Y"},
        'purchases.purchased_at: date_format = "%d.%m.%Y" is set, 2 values do not fit: '
        "'2024-01-01', '2024-02-01' (customers 1, 2); all values are ISO 8601: take date_format "
        "out",
    ),
    "a date format where another fits": (
        {"path": "hours.csv", "date_format": "%d.%m.%Y"},
        'purchases.purchased_at: date_format = "%d.%m.%Y" is set, 2 values do not fit: '
        "'31.01.2024 08:30', '01.02.2024 09:00' (customers 1, 2); all values fit "
        'date_format = "%d.%m.%Y %H:%M"',
    ),
    "a date format where day and month may be swapped": (
        {"path": "slashes.csv", "date_format": "%d.%m.%Y"},
        'purchases.purchased_at: date_format = "%d.%m.%Y" is set, 1 value does not fit: '
        "'01/02/2024' (customer 1); all values fit date_format = \"%m/%d/%Y\" or "
        'date_format = "%d/%m/%Y"',
    ),
    "a date format that one value does not have": (
        {"path": "mixed.csv", "date_format": "%d.%m.%Y"},
        'purchases.purchased_at: date_format = "%d.%m.%Y" is set, 1 value does not fit: '
        "'soon' (customer 2); correct them, or write another date_format",
    ),
    "a date format that is none": (
        {"path": "good.csv", "date_format": "%Q"},
        "purchases.purchased_at: date_format '%Q' is not understood (…); write it as for strptime, "
        "for example %d.%m.%Y %H:%M",
    ),
    "an environment variable that is not set": (
        {"path": "${TREUE_NOWHERE}/good.csv"},
        "purchases: the environment variable TREUE_NOWHERE is not set; set it, or write "
        "${TREUE_NOWHERE:-a value to use without it}",
    ),
    "a URL that is none": (
        {"url": "shop.db", "query": "SELECT 1"},
        "purchases: the url is not that of a database; write it as sqlite:///shop.db or "
        "postgresql://user:${PASSWORD}@host/shop",
    ),
    "a database that nobody knows": (
        {"url": "dbase3://host/shop", "query": "SELECT 1"},
        "purchases: SQLAlchemy knows no database 'dbase3'; check the beginning of url, or install "
        "the package that brings it",
    ),
    "a database file that is not there": (
        {"url": "sqlite:///shop.db", "query": "SELECT 1"},
        "purchases: there is no file …shop.db; correct url",
    ),
    "a database that does not answer": (
        {"url": "postgresql://treue:secret@127.0.0.1:1/shop", "query": "SELECT 1"},
        "purchases: postgresql+psycopg://treue:***@127.0.0.1:1/shop cannot be reached: …; check "
        "host, port, user and password",
    ),
}


@pytest.mark.parametrize(("source", "expected"), BAD_SOURCES.values(), ids=BAD_SOURCES)
def test_unreadable_sources_are_refused_with_a_message_that_says_how_to_mend_them(
    source, expected, tmp_path
):
    for name, content in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(TablesError) as refusal:
        read_tables({"purchases": Source(**source)}, base_dir=tmp_path, observed_until="2024-12-31")
    assert findings("error", expected, refusal.value.report), shown(refusal.value.report)


BAD_SECTIONS = {
    "neither path nor query": ({}, "give path (a file, glob or folder), query, or url with query"),
    "path and query": (
        {"path": "a.csv", "query": "SELECT 1"},
        "give path, or query, or url with query: not path with another",
    ),
    "url without query": (
        {"url": "sqlite:///shop.db"},
        "url needs query: which rows shall be read from the database?",
    ),
    "a key with a typing error": ({"pth": "a.csv"}, "Extra inputs are not permitted"),
    "a column that is neither a name nor an expression": (
        {"path": "a.csv", "columns": {"amount": {"sqll": "a"}}},
        "Extra inputs are not permitted",
    ),
}


@pytest.mark.parametrize(("section", "expected"), BAD_SECTIONS.values(), ids=BAD_SECTIONS)
def test_a_table_section_that_says_no_place_or_two_is_refused(section, expected):
    with pytest.raises(ValidationError, match=re.escape(expected)):
        Source(**section)


def test_everything_wrong_is_said_at_once():
    frames = {
        "purchases": pa.table(purchases(amount=["10", "x", "30"], kind=["goods", "?", "goods"])),
        "complaints": pa.table({"customer_id": ["1"], "opened": ["2024-01-01"]}),
        "contact": pa.table({"customer_id": ["1"]}),
    }
    with pytest.raises(TablesError, match=r"^4 errors in the tables\n\nErrors \(4\)\n") as refusal:
        Tables.from_frames(frames, observed_until="2024-12-31")
    places = {(finding.table, finding.column) for finding in refusal.value.report.errors}
    assert places == {
        ("purchases", "amount"),
        ("purchases", "kind"),
        ("complaints", "opened_at"),
        ("contact", None),
    }


def test_a_frame_that_is_no_table_is_refused():
    with pytest.raises(TablesError, match="purchases: a builtins list is not a table; hand in a"):
        Tables.from_frames({"purchases": [1, 2, 3]})


def test_a_column_that_is_there_twice_is_refused():
    frame = pa.table([["1"], ["2"]], names=["customer_id", "customer_id"])
    with pytest.raises(TablesError, match=r"purchases\.customer_id: this column is there twice"):
        Tables.from_frames({"purchases": frame})


def test_a_password_is_never_shown():
    url = "postgresql://treue:secret@127.0.0.1:1/shop"
    with pytest.raises(TablesError) as refusal:
        read_tables(
            {"purchases": Source(url=url, query="SELECT 1")}, base_dir=None, observed_until=None
        )
    assert "secret" not in str(refusal.value)

"""The tables as the design lists them."""

from pathlib import Path

import pytest

from treue.features.schema import TABLES
from treue.features.table_reference import ABOUT, table_reference


def test_there_are_the_eight_tables_of_the_design():
    assert list(TABLES) == [
        "customers",
        "purchases",
        "negotiations",
        "complaints",
        "referrals",
        "payments",
        "contacts",
        "contracts",
    ]


def test_values_become_known_when_the_design_says():
    known_with = {
        f"{table}.{column.name}": column.known_with
        for table, schema in TABLES.items()
        for column in schema.columns.values()
        if column.known_with
    }
    assert known_with == {
        "negotiations.agreed_price": "decided_at",
        "negotiations.outcome": "decided_at",
        "negotiations.decided_at": "decided_at",
        "complaints.resolved_at": "resolved_at",
        "complaints.goodwill_amount": "resolved_at",
        "complaints.satisfaction": "resolved_at",
        "complaints.reopened_at": "reopened_at",
        "referrals.converted_at": "converted_at",
        "payments.paid_at": "paid_at",
        "contracts.cancelled_at": "cancelled_at",
    }


def test_only_keys_and_the_amount_of_a_purchase_are_required():
    required = {
        table: [column.name for column in schema.columns.values() if column.required]
        for table, schema in TABLES.items()
    }
    assert required == {
        "customers": ["customer_id"],
        "purchases": ["customer_id", "purchased_at", "amount"],
        "negotiations": ["customer_id", "negotiated_at"],
        "complaints": ["customer_id", "opened_at"],
        "referrals": ["referrer_id", "referred_at"],
        "payments": ["customer_id", "due_at"],
        "contacts": ["customer_id", "contacted_at"],
        "contracts": ["customer_id", "started_at"],
    }


@pytest.mark.parametrize("schema", TABLES.values(), ids=TABLES)
def test_every_column_that_a_schema_names_is_one_of_its_columns(schema):
    named = {schema.event_time, *schema.keys, *schema.natural_key, "recorded_at"}
    named |= {name for pair in schema.orders for name in pair}
    named |= {column.known_with for column in schema.columns.values()} - {None}
    assert named <= set(schema.columns)
    assert all(schema.columns[pair].kind == "time" for order in schema.orders for pair in order)


@pytest.mark.parametrize("schema", TABLES.values(), ids=TABLES)
def test_every_column_is_explained(schema):
    assert all(column.help for column in schema.columns.values())


def test_the_reference_of_the_tables_is_up_to_date():
    page = Path(__file__).parents[2] / "docs" / "tables.md"
    assert page.read_text(encoding="utf-8") == table_reference()


def test_every_table_is_introduced_in_a_line():
    assert list(ABOUT) == list(TABLES)

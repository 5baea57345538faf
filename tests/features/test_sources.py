"""Files, folders, queries, an SQLite database, and the four committed examples."""

import gzip
import os
import sqlite3
import tomllib
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from treue.features.report import TablesError
from treue.features.sources import Source, expand
from treue.features.tables import Tables, read_tables

CSV = "customer_id,purchased_at,amount\n007,2024-01-05,10.5\n008,2024-02-01,20\n"
ROWS = [
    {
        "customer_id": "007",
        "purchased_at": datetime(2024, 1, 5),
        "amount": 10.5,
        "is_return": False,
    },
    {"customer_id": "008", "purchased_at": datetime(2024, 2, 1), "amount": 20, "is_return": False},
]
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


def read(folder, *sources, **options) -> Tables:
    options = {"observed_until": "2024-12-31"} | options
    return read_tables({"purchases": [Source(**s) for s in sources]}, base_dir=folder, **options)


def rows(folder, *sources, **options):
    return read(folder, *sources, **options).frames["purchases"].to_pylist()


def test_ids_in_a_csv_file_keep_their_leading_zeros(tmp_path):
    (tmp_path / "orders.csv").write_text(CSV)
    assert rows(tmp_path, {"path": "orders.csv"}) == ROWS


def test_an_attribute_is_the_same_from_a_csv_file_as_from_pandas(tmp_path):
    (tmp_path / "orders.csv").write_text(CSV)
    (tmp_path / "customers.csv").write_text(
        "customer_id,newsletter,vip,grade\n007,Yes,True,t\n008,No,FALSE,f\n"
    )
    attributes = ["newsletter", "vip", "grade"]
    paths = {name: tmp_path / f"{name}.csv" for name in ("orders", "customers")}
    from_csv = read_tables(
        {
            "purchases": Source(path="orders.csv"),
            "customers": Source(path="customers.csv"),
        },
        base_dir=tmp_path,
        observed_until="2024-12-31",
        attributes=attributes,
    ).frames["customers"]
    dtype = {"customer_id": str}
    from_pandas = Tables.from_frames(
        {
            "purchases": pd.read_csv(paths["orders"], dtype=dtype),
            "customers": pd.read_csv(paths["customers"], dtype=dtype),
        },
        observed_until="2024-12-31",
        attributes=attributes,
    ).frames["customers"]
    assert from_csv.equals(from_pandas)
    assert from_csv.to_pylist() == [
        {"customer_id": "007", "newsletter": "Yes", "vip": "true", "grade": "t"},
        {"customer_id": "008", "newsletter": "No", "vip": "false", "grade": "f"},
    ]


@pytest.mark.parametrize(
    ("yes", "no"),
    [("Yes", "No"), ("yes", "no"), ("true", "false"), ("True", "FALSE"), ("1", "0")],
)
def test_a_flag_in_a_csv_file_understands_words_and_digits(tmp_path, yes, no):
    (tmp_path / "orders.csv").write_text(
        "customer_id,purchased_at,amount,is_return\n"
        f"1,2024-01-05,10,{yes}\n2,2024-01-06,10,{no}\n3,2024-01-07,10,\n"
    )
    flags = [row["is_return"] for row in rows(tmp_path, {"path": "orders.csv"})]
    assert flags == [True, False, False]


def test_a_compressed_csv_file_is_read(tmp_path):
    (tmp_path / "orders.csv.gz").write_bytes(gzip.compress(CSV.encode()))
    assert rows(tmp_path, {"path": "orders.csv.gz"}) == ROWS


@pytest.mark.parametrize(
    ("encoding", "customer"),
    [("latin-1", "Müller"), ("cp1252", "Café – 5 €"), ("windows-1252", "Müller"),
     ("utf-8-sig", "Müller"), ("UTF-8", "Müller"), ("utf-16", "Müller")],
)  # fmt: skip
@pytest.mark.parametrize("suffix", ["csv", "csv.gz"])
def test_a_german_csv_file_is_read(tmp_path, encoding, customer, suffix):
    text = f"Kunde;Bestelldatum;Betrag\r\n{customer};05.01.2024 14:30;1.234,50\r\n"
    brought = text.encode(encoding)
    (tmp_path / f"bestellungen.{suffix}").write_bytes(
        gzip.compress(brought) if suffix == "csv.gz" else brought
    )
    source = {
        "path": f"bestellungen.{suffix}",
        "columns": {"customer_id": "Kunde", "purchased_at": "Bestelldatum", "amount": "Betrag"},
        "date_format": "%d.%m.%Y %H:%M",
        "decimal": ",",
        "encoding": encoding,
    }
    assert rows(tmp_path, source) == [
        {
            "customer_id": customer,
            "purchased_at": datetime(2024, 1, 5, 14, 30),
            "amount": 1234.5,
            "is_return": False,
        }
    ]
    assert read(tmp_path, source).report.findings == []


def test_a_decimal_comma_that_is_given_is_not_asked_for(tmp_path):
    text = "customer_id;purchased_at;amount\nA;2024-01-05;1,5\nB;2024-01-06;k.A.\n"
    (tmp_path / "orders.csv").write_text(text)
    with pytest.raises(TablesError) as refused:
        read(tmp_path, {"path": "orders.csv", "decimal": ","})
    (finding,) = refused.value.report.findings
    assert finding.remedy == "correct them or map another column"


@pytest.mark.parametrize("path", ["orders", "orders/*.parquet", "orders/**/*.parquet"])
def test_a_folder_of_parquet_files_is_one_table(tmp_path, path):
    folder = tmp_path / "orders"
    folder.mkdir()
    for number, row in enumerate(ROWS):
        pq.write_table(pa.Table.from_pylist([row]), folder / f"{number}.parquet")
    assert rows(tmp_path, {"path": path}) == ROWS


def test_nanoseconds_in_a_zone_of_a_parquet_file_are_read(tmp_path):
    kind = pa.timestamp("ns", "Europe/Berlin")
    moments = pa.array([1_704_100_000_123_456_789, None]).cast(kind)
    columns = {"customer_id": ["a", "b"], "purchased_at": moments, "amount": [1.0, 2.0]}
    pq.write_table(pa.table(columns), tmp_path / "orders.parquet")
    (row,) = rows(tmp_path, {"path": "orders.parquet"})
    assert row["purchased_at"] == datetime(2024, 1, 1, 9, 6, 40, 123457)


def test_a_folder_of_csv_files_is_one_table(tmp_path):
    folder = tmp_path / "orders"
    folder.mkdir()
    header, *lines = CSV.splitlines()
    for number, line in enumerate(lines):
        (folder / f"{number}.csv").write_text(f"{header}\n{line}\n")
    assert rows(tmp_path, {"path": "orders"}) == ROWS


def test_two_sources_are_stacked_and_may_bring_different_columns(tmp_path):
    (tmp_path / "web.csv").write_text(CSV)
    (tmp_path / "shop.csv").write_text("card,day,price,till\n9,03/04/2024,5,2\n")
    shop = {
        "path": "shop.csv",
        "columns": {
            "customer_id": "card",
            "purchased_at": "day",
            "amount": "price",
            "channel": {"sql": "'shop ' || till"},
        },
        "date_format": "%d/%m/%Y",
    }
    found = rows(tmp_path, {"path": "web.csv"}, shop)
    assert [(row["customer_id"], row["channel"]) for row in found] == [
        ("007", None),
        ("008", None),
        ("9", "shop 2"),
    ]
    assert found[2]["purchased_at"] == datetime(2024, 4, 3)


def test_the_same_file_named_twice_is_counted_once(tmp_path):
    (tmp_path / "orders.csv").write_text(CSV)
    tables = read(tmp_path, {"path": "orders.csv"}, {"path": "orders.csv"})
    assert tables.frames["purchases"].to_pylist() == ROWS
    assert tables.report.set_aside["purchases"].num_rows == 2


def test_filters_expressions_and_returns_are_sql_over_the_users_columns(tmp_path):
    text = "Invoice,Customer,Day,Quantity,Price\nA1,1,2024-01-05,2,3.5\nC2,1,2024-01-06,1,3.5\n"
    (tmp_path / "lines.csv").write_text(text + "X3,1,2024-01-07,1,9\n")
    source = {
        "path": "lines.csv",
        "columns": {
            "customer_id": "Customer",
            "purchased_at": "Day",
            "amount": {"sql": "Quantity * Price"},
        },
        "where": "Invoice NOT LIKE 'X%'",
        "returns": "Invoice LIKE 'C%'",
    }
    found = rows(tmp_path, source)
    assert [(row["amount"], row["is_return"]) for row in found] == [(7.0, False), (-3.5, True)]


def test_a_query_joins_files_beside_the_configuration(tmp_path):
    (tmp_path / "till.csv").write_text("card,day,price\nk9,2024-03-04,5\n")
    (tmp_path / "cards.csv").write_text("card,customer\nk9,c1\n")
    query = """
        SELECT customer AS customer_id, day AS purchased_at, price AS amount
        FROM 'till.csv' JOIN 'cards.csv' USING (card);
    """
    assert rows(tmp_path, {"query": query})[0]["customer_id"] == "c1"


def test_a_query_prefers_files_beside_the_configuration_to_those_where_it_runs(
    tmp_path, monkeypatch
):
    (tmp_path / "here").mkdir()
    (tmp_path / "orders.csv").write_text(CSV)
    (tmp_path / "here" / "orders.csv").write_text(CSV.replace("007", "999"))
    monkeypatch.chdir(tmp_path / "here")
    found = rows(tmp_path, {"query": "SELECT * FROM 'orders.csv'"})
    assert "999" not in [row["customer_id"] for row in found]


def test_an_sqlite_database_is_read_with_the_path_relative_to_the_configuration(tmp_path):
    with sqlite3.connect(tmp_path / "shop.db") as shop:
        shop.execute("CREATE TABLE orders (customer INTEGER, day TEXT, cents INTEGER, state TEXT)")
        lines = [(7, "2024-01-05", 1050, "paid"), (8, "2024-02-01", 2000, "draft")]
        shop.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", lines)
    shop.close()
    source = {
        "url": "sqlite:///shop.db",
        "query": "SELECT customer AS customer_id, day AS purchased_at, cents, state FROM orders",
        "columns": {"amount": {"sql": "cents / 100"}},
        "where": "state = 'paid'",
    }
    assert rows(tmp_path, source) == [ROWS[0] | {"customer_id": "7"}]


def test_a_query_that_sqlite_refuses_is_told_as_a_bad_query(tmp_path):
    sqlite3.connect(tmp_path / "shop.db").close()
    source = {"url": "sqlite:///shop.db", "query": "SELECT * FROM orders"}
    with pytest.raises(ValueError, match=r"the query on sqlite:.*shop\.db fails: no such table"):
        read(tmp_path, source)


def test_environment_variables_are_filled_in_or_replaced(monkeypatch):
    monkeypatch.setenv("SHOP", "/data/shop")
    monkeypatch.delenv("NOWHERE", raising=False)
    assert expand("${SHOP}/orders.csv") == "/data/shop/orders.csv"
    assert expand("${NOWHERE:-../data}/orders.csv") == "../data/orders.csv"


def test_a_source_keeps_its_variables_so_that_no_password_is_saved_with_a_model():
    url = "postgresql://reader:${PASSWORD}@host/shop"
    assert Source(url=url, query="SELECT 1").model_dump()["url"] == url


# --- the committed examples -------------------------------------------------------------------


def example(name) -> Tables:
    configuration = tomllib.loads((EXAMPLES / f"{name}.toml").read_text(encoding="utf-8"))
    sources = {
        table: [Source(**part) for part in (given if isinstance(given, list) else [given])]
        for table, given in configuration["tables"].items()
    }
    return read_tables(sources, base_dir=EXAMPLES, **configuration["data"])


needs_data = pytest.mark.skipif(
    not Path(os.environ.get("TREUE_DATA", EXAMPLES / "../../../shared/data")).is_dir(),
    reason="the real data sets are not here: set TREUE_DATA to their folder",
)


def counts(tables):
    return {name: frame.num_rows for name, frame in tables.frames.items()}


def told(tables):
    return [
        (finding.level, finding.table, finding.column, finding.rows)
        for finding in tables.report.findings
    ]


@needs_data
def test_cdnow_has_its_known_repetitions_and_free_orders():
    tables = example("cdnow")
    assert counts(tables) == {"purchases": 69_659 - 255}
    assert pc.count_distinct(tables.frames["purchases"]["customer_id"]).as_py() == 23_570
    assert told(tables) == [
        ("warning", "purchases", None, 255),
        ("warning", "purchases", "amount", 80),
    ]


@needs_data
def test_online_retail_has_returns_among_purchases_and_cancellations_as_complaints():
    tables = example("online_retail_ii")
    assert counts(tables) == {"purchases": 797_884, "complaints": 7_901}
    purchases = tables.frames["purchases"]
    assert pc.count_distinct(purchases["customer_id"]).as_py() == 5_942
    returns = purchases.filter(purchases["is_return"])
    assert pc.max(returns["amount"]).as_py() < 0 < returns.num_rows
    assert told(tables) == [
        ("warning", "purchases", None, 11_812),
        ("warning", "purchases", "customer_id", 235_145),
        ("warning", "purchases", "amount", 70),
    ]


@needs_data
def test_adventureworks_has_discounts_as_negotiations_and_margins():
    tables = example("adventureworks_resellers")
    assert counts(tables) == {"customers": 701, "purchases": 60_855, "negotiations": 3_282}
    purchases, negotiations = tables.frames["purchases"], tables.frames["negotiations"]
    assert pc.count_distinct(purchases["order_id"]).as_py() == 3_796
    assert pc.min(purchases["margin"]).as_py() == pytest.approx(-15_099.7455)
    discount = pc.subtract(negotiations["list_price"], negotiations["agreed_price"])
    assert pc.min(discount).as_py() > 0
    assert told(tables) == [("note", "customers", None, 0)]


@needs_data
def test_contoso_has_two_sources_of_purchases_and_bad_reviews_as_complaints():
    tables = example("contoso_coffee")
    assert counts(tables) == {
        "customers": 5_000,
        "purchases": 12_369 + 20_024 - 2,
        "complaints": 4_999,
    }
    assert tables.frames["complaints"]["severity"].unique().to_pylist() == [4]
    assert tables.sensitive == ("income", "occupation")
    assert told(tables) == [
        ("note", "customers", None, 0),
        ("warning", "purchases", "purchased_at", 2),
        ("warning", "purchases", "customer_id", 16),
        ("warning", "complaints", "customer_id", 6),
        ("note", "customers", None, 0),
    ]

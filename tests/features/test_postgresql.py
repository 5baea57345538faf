"""Reading a real PostgreSQL server."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from postgresql_server import postgresql_server

from treue.features.report import TablesError
from treue.features.sources import Source
from treue.features.tables import read_tables


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server with some rows; its URL has ``{password}`` left open."""
    with postgresql_server() as url:
        _fill(url.format(password="secret"))
        yield url


def _fill(url: str) -> None:
    import psycopg

    with psycopg.connect(url) as con:
        con.execute("SET timezone = 'Europe/Berlin'")
        con.execute(
            "CREATE TABLE orders (customer integer, ordered timestamptz, net numeric(10, 2), "
            "line uuid DEFAULT gen_random_uuid(), note text)"
        )
        con.execute(
            "INSERT INTO orders (customer, ordered, net, note) VALUES "
            "(7, '2024-01-05 10:00', 10.50, NULL), (7, '2024-07-05 10:00', -10.50, 'zurück'), "
            "(NULL, '2024-02-01 10:00', 3, NULL)"
        )
        con.execute("CREATE TABLE cases (customer integer, opened date, closed date)")
        con.execute("INSERT INTO cases VALUES (7, '2024-01-07', NULL), (7, '2024-02-07', NULL)")


def read(url, query, **tables):
    sources = {"purchases": Source(url=url, query=query)}
    sources |= {name: Source(url=url, query=text) for name, text in tables.items()}
    return read_tables(sources, base_dir=Path(), observed_until="2024-12-31")


ORDERS = "SELECT customer AS customer_id, ordered AS purchased_at, net AS amount, line FROM orders"
CASES = "SELECT customer AS customer_id, opened AS opened_at, closed AS resolved_at FROM cases"


def test_times_with_zones_decimals_and_gaps_come_out_as_treue_has_them(server, monkeypatch):
    monkeypatch.setenv("SHOP_PASSWORD", "secret")
    tables = read(server.format(password="${SHOP_PASSWORD}"), ORDERS, complaints=CASES)
    assert tables.frames["purchases"].to_pylist() == [
        {
            "customer_id": "7",
            "purchased_at": datetime(2024, 1, 5, 9),
            "amount": 10.5,
            "is_return": False,
        },
        {
            "customer_id": "7",
            "purchased_at": datetime(2024, 7, 5, 8),
            "amount": -10.5,
            "is_return": True,
        },
    ]
    assert tables.frames["complaints"].to_pylist() == [
        {"customer_id": "7", "opened_at": datetime(2024, 1, 7), "resolved_at": None},
        {"customer_id": "7", "opened_at": datetime(2024, 2, 7), "resolved_at": None},
    ]
    assert tables.report.set_aside["purchases"].num_rows == 1


def test_a_query_that_the_server_refuses_is_told_without_the_password(server):
    url = server.format(password="secret")
    with pytest.raises(TablesError, match='fails: relation "order" does not exist') as refusal:
        read(url, 'SELECT * FROM "order"')
    assert "secret" not in str(refusal.value)


def test_a_wrong_password_is_told_without_it(server):
    with pytest.raises(
        TablesError, match=r"cannot be reached: .*password authentication"
    ) as refusal:
        read(server.format(password="guess"), ORDERS)
    assert "guess" not in str(refusal.value)


def test_a_query_without_rows_is_an_empty_table(server):
    with pytest.raises(TablesError, match="purchases: the table is empty; check path and where"):
        read(server.format(password="secret"), ORDERS + " WHERE false")

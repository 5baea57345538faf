"""Reading a real PostgreSQL server, started for the tests from Debian's binaries."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from treue.features.report import TablesError
from treue.features.sources import Source
from treue.features.tables import read_tables


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Start a server of its own, fill it, and return its URL with ``{password}`` left open."""
    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install treue[postgresql]")
    binaries = _binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server is installed (initdb found nowhere)")
    as_other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="treue-postgresql-"))
    if as_other:
        shutil.chown(folder, "postgres")
    (folder / "password").write_text("secret")
    port, data = _free_port(), folder / "data"

    def run(program: str, *arguments: str) -> None:
        command = [*as_other, str(binaries / program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off"
    try:
        run(
            "initdb", "-D", str(data), "-U", "treue", "-A", "scram-sha-256", "-E", "UTF8", "-N",
            f"--pwfile={folder / 'password'}", "--locale=C",
        )  # fmt: skip
        run("pg_ctl", "-D", str(data), "-w", "-o", options, "-l", str(folder / "log"), "start")
        url = f"postgresql://treue:{{password}}@127.0.0.1:{port}/postgres"
        _fill(url.format(password="secret"))
        yield url
    finally:
        if (data / "postmaster.pid").exists():
            run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


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

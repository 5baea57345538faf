"""A PostgreSQL server of its own for tests, started from Debian's binaries."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Start a server and give its URL with ``{password}`` left open; the password is ``secret``."""
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
        yield f"postgresql://treue:{{password}}@127.0.0.1:{port}/postgres"
    finally:
        if (data / "postmaster.pid").exists():
            run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

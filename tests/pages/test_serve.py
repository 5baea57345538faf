"""``treue serve``: a real server, its link and its log; and whom it refuses to serve."""

import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import httpx
import pytest
from click.testing import CliRunner

from treue.cli import main
from treue.serving.loaded_later import LoadedLater

TOML = """\
language = "de"

[tables]
purchases.path = "purchases.csv"

[pages]
store = "sqlite:///treue.db"
"""
OIDC = """
[access]
issuer = "https://login.example.com"
client_id = "treue"
"""


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def project(published, tmp_path_factory):
    """A folder with a configuration and a store of finished scores."""
    folder = tmp_path_factory.mktemp("shop")
    shutil.copy(published, folder / "treue.db")
    (folder / "treue.toml").write_text(TOML)
    return folder


class Server:
    """``treue serve`` in a process of its own, and all that it wrote."""

    def __init__(self, folder, *options):
        self.port = _free_port()
        command = [sys.executable, "-m", "treue", "-v", "serve", "-c", str(folder / "treue.toml")]
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "MLFLOW_TRACKING_URI": ""},
        )
        self.written = ""

    def read_until(self, pattern, seconds=60):
        end = time.monotonic() + seconds
        while not (found := re.search(pattern, self.written)) and time.monotonic() < end:
            ready, _, _ = select.select([self.process.stdout], [], [], 0.2)
            if ready and not self._read():
                break
        assert found, self.written
        return found

    def _read(self):
        part = os.read(self.process.stdout.fileno(), 65_536).decode()
        self.written += part
        return part

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        while self._read():
            pass
        return self.process.wait(20)


@pytest.fixture
def server(project):
    server = Server(project)
    yield server
    server.stop()


def test_a_real_server_signs_in_once_logs_no_token_and_stops_quietly(server):
    link = server.read_until(r"http://127\.0\.0\.1:\d+/sign-in\?token=\S+").group(0)
    token = link.partition("token=")[2]
    assert len(token) == 43
    _wait_for(server)
    shown_before = server.written.count(token)
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}") as browser:
        answer = browser.get(link)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert "server" not in answer.headers
        page = browser.get("/worklist")
        assert "Schreinerei Ahorn" in page.text
        assert browser.get("/customers/B%2F2%20x").status_code == 200
        assert browser.get("/worklist?search=Bergmann").status_code == 200
        with httpx.Client(base_url=browser.base_url) as other:
            assert other.get(link).status_code == 403
            _ten_megabytes(other)
        server.read_until(r"GET /customers/\{customer_id:path\} 200")
        server.read_until(r"GET /sign-in 403")
    assert server.written.count(token) == shown_before == 1
    assert "Bergmann" not in server.written
    assert "B/2 x" not in server.written
    server.read_until("No scoring over HTTP")
    assert server.stop() == 0
    assert "Traceback" not in server.written


def _wait_for(server):
    for _ in range(100):
        try:
            return httpx.get(f"http://127.0.0.1:{server.port}/health")
        except httpx.ConnectError:
            time.sleep(0.1)
    raise AssertionError(server.written)


def _ten_megabytes(client):
    """A real connection reads the refusal, whether the length was announced or not."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    announced = client.post("/v1/predict", content=b"x" * 10_000_000, headers=kind)
    assert announced.status_code == 413
    pieces = (b"x" * 65_536 for _ in range(160))
    try:
        chunked = client.post("/customers/A-1/outcomes", content=pieces, headers=kind)
        assert chunked.status_code in (303, 413)
    except httpx.TransportError:
        pass  # the connection was closed while we were still sending
    assert client.get("/health").text == "ok"


# whom it refuses


@pytest.fixture
def serve(project, tmp_path, monkeypatch):
    """Run ``treue serve`` with a configuration, up to the point where it would listen."""
    monkeypatch.delenv("TREUE_SECRET", raising=False)
    monkeypatch.setattr("treue.commands.serve._serve", lambda *_, **__: None)
    monkeypatch.setattr("treue.commands.serve._predictors", lambda project: {})
    shutil.copy(project / "treue.db", tmp_path / "treue.db")

    def run(*options, more=""):
        (tmp_path / "treue.toml").write_text(TOML + more)
        path = str(tmp_path / "treue.toml")
        return CliRunner().invoke(main, ["serve", "-c", path, *options])

    return run


def test_it_refuses_to_show_pages_to_others_without_asking_who_they_are(serve):
    found = serve("--host", "0.0.0.0")
    assert found.exit_code == 1
    assert "--host 0.0.0.0 would show the pages to others without asking who" in found.output


@pytest.mark.parametrize(
    ("more", "options", "told"),
    [
        (OIDC, ["--host", "0.0.0.0"], "access.public_url is missing; set it to the https"),
        (OIDC + 'public_url = "http://treue.example.com"', [], "must begin with https://"),
        (OIDC + 'public_url = "https://example.com/treue"', [], "without a path"),
        (OIDC + 'public_url = "treue"', [], "is not an address of its own"),
        (OIDC.replace("https", "http"), [], "access.issuer http://login.example.com is not https"),
        (OIDC, ["--as", "Anna"], "with [access] everybody signs in at the issuer"),
        ("", ["--as", "Zoe"], "no scored customer has that account manager; known are Anna, Ben"),
        ("", ["--host", "192.0.2.1"], "--host 192.0.2.1 would show the pages to others"),
    ],
)
def test_it_refuses_what_would_not_be_safe_or_not_work(serve, more, options, told):
    found = serve(*options, more=more)
    assert found.exit_code == 1
    assert told in found.output


def test_models_load_in_the_background_and_whoever_asks_waits():
    may_load = threading.Event()

    def load():
        assert may_load.wait(10)
        return {"churn": "the model"}

    models = LoadedLater(load)
    threading.Timer(0.05, may_load.set).start()
    assert dict(models) == {"churn": "the model"}
    assert len(models) == 1


def test_models_that_cannot_be_loaded_are_told_of_where_they_are_asked_for():
    def load():
        raise OSError("no such disk")

    with pytest.raises(OSError, match="no such disk"):
        bool(LoadedLater(load))


def test_a_port_that_is_taken_is_told(serve):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = serve("--port", str(port))
    assert found.exit_code == 1
    assert f"cannot listen on 127.0.0.1 port {port}: Address already in use; name" in found.output


def test_with_access_it_serves_others(serve):
    public = 'public_url = "https://treue.example.com"'
    found = serve("--host", "0.0.0.0", "--port", str(_free_port()), more=OIDC + public)
    assert found.exit_code == 0, found.output


def test_a_short_secret_is_refused(monkeypatch):
    from treue.commands.serve import _secret
    from treue.features.errors import TreueError

    monkeypatch.setenv("TREUE_SECRET", "guess")
    with pytest.raises(TreueError, match="TREUE_SECRET is shorter than 32 characters; draw one"):
        _secret()


def test_as_an_account_manager_one_sees_their_customers_only(project, browser_of):
    from treue.commands.project import open_project
    from treue.commands.serve import _settings
    from treue.serving.app import create_app
    from treue.serving.store import Store

    settings = _settings(open_project(project / "treue.toml"), "127.0.0.1", 8765, "Anna")
    store = Store.open(f"sqlite:///{project / 'treue.db'}")
    browser = browser_of(app=create_app(store, settings=settings))
    browser.get(f"/sign-in?token={settings.local_token}")
    rows = browser.get("/api/v1/worklist").json()["rows"]
    assert {row["customer_id"] for row in rows} == {"A-1", "A-2"}
    store.close()

"""The models served in a process of their own, and clients that ask it."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from serving_case import CUTOFF, TARGETS

from treue.models.bundle import Bundle
from treue.serving.predict import Predictor


@contextmanager
def server(folder: Path) -> Iterator[int]:
    """Serve the models in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, __file__, str(port), str(folder)])
    try:
        for _ in range(600):
            try:
                with socket.create_connection(("127.0.0.1", port), 1):
                    break
            except OSError:
                time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait()


def serve(port: int, folder: Path) -> None:
    """Run the app with the models, as `treue serve` does."""
    import uvicorn

    from treue.serving.app import create_app
    from treue.serving.app_settings import AppSettings
    from treue.serving.store import Store

    predictors = {target: Predictor(Bundle.load(folder / target)).warm() for target in TARGETS}
    with tempfile.TemporaryDirectory(prefix="treue-serving-") as kept:
        store = Store.open(f"sqlite:///{kept}/treue.db")
        (folder / "token").write_text(store.add_token("benchmark", ["predict"], at=CUTOFF))
        app = create_app(store, settings=AppSettings(), predictors=predictors)
        uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


def ask(
    port: int, token: str, requests: list[bytes], *, times: int, clients: int
) -> tuple[list[float], list[float]]:
    """Milliseconds of answers to clients that ask so many times, and of another page meanwhile."""
    took: list[float] = []
    aside: list[float] = []
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def client(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for at in range(times // clients):
            body = requests[(number + at) % len(requests)]
            took.append(_answered(connection, "POST", "/v1/predict", body, headers))

    working = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in working:
        thread.start()
    page = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while any(thread.is_alive() for thread in working):
        aside.append(_answered(page, "GET", "/health", None, {}))
        time.sleep(0.05)
    return took[len(took) // 10 :], aside


def _answered(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: bytes | None,
    headers: dict[str, str],
) -> float:
    started = time.perf_counter()
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status} {content[:300]!r}")
    return 1e3 * (time.perf_counter() - started)


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]))

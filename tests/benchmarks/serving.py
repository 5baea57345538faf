"""How fast customers are scored, all at once and one at a time: a part of docs/benchmarks.md.

    uv run python tests/benchmarks/serving.py

Scoring a million customers with reasons is timed against LightGBM's prediction of the same rows by
the same trees, block by block in turn; a single customer and the start of the program in
interleaved rounds. `--small` takes a twentieth of the customers and only prints; `--only` one part.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import platform
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.metadata import version
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc
from docs_page import PAGE, replace_part

from treue.features.schema import TABLES
from treue.features.simulate import ATTRIBUTES, SENSITIVE, simulate
from treue.features.tables import Tables
from treue.models.bundle import Bundle
from treue.serving.batch import score_panel
from treue.serving.predict import Predictor, shared_panel

PARTS = ("batch", "single", "start")
TARGETS = ("churn", "referral")
SIMULATED = 3_000
CUTOFF = datetime(2025, 1, 1)
BLOCK = 50_000  # rows that LightGBM predicts in turn with ours
ROUNDS = 7
CLIENTS, REQUESTS = 4, 100


@dataclass
class Case:
    """Models on disk and the company they are of."""

    folder: Path
    tables: Tables
    predictors: dict[str, Predictor] = field(default_factory=dict)

    @classmethod
    def make(cls, folder: Path, customers: int) -> Case:
        """Simulate a company; fit the default models of it unless the folder has them already."""
        case = cls(folder, simulate(customers, seed=1).tables)
        if not all((folder / target / "bundle.json").exists() for target in TARGETS):
            _fit(case.tables, folder)
        for target in TARGETS:
            case.predictors[target] = Predictor(Bundle.load(folder / target))
        return case

    def described(self) -> str:
        """Say how many trees each model has."""
        return "; ".join(
            f"{target}: {len(each.feature_names)} columns, members of "
            f"{', '.join(str(b.num_trees()) for b in each.bundle.model.boosters_)} trees"
            for target, each in self.predictors.items()
        )


def _fit(tables: Tables, folder: Path) -> None:
    from treue.training.config import Config
    from treue.training.fit import fit
    from treue.training.prepare import prepare

    data = {"attributes": list(ATTRIBUTES), "sensitive": list(SENSITIVE)}
    config = Config.model_validate({"data": data, "cutoffs": {"every_months": 3}})
    prepared = prepare(config, base_dir=PAGE.parent, tables=tables, progress=print)
    for target in TARGETS:
        bundle = fit(prepared.panel, target, config=config, families=prepared.families)
        bundle.save(folder / target)
        print(f"fitted {target}", flush=True)


def many(panel: pd.DataFrame, rows: int) -> pd.DataFrame:
    """Return so many customers like those of a panel; sums and times are different for each."""
    random = np.random.default_rng(0)
    drawn = panel.iloc[random.integers(len(panel), size=rows)].reset_index(drop=True)
    for name in drawn.select_dtypes("number"):
        values = drawn[name].to_numpy(dtype=float)
        known = values[~np.isnan(values)]
        if (known % 1 != 0).any():
            drawn[name] = values * random.normal(1.0, 0.05, size=rows)
    drawn["customer_id"] = [f"C-{number:07d}" for number in range(rows)]
    return drawn


def batch(case: Case, rows: int) -> list[str]:
    """Score, explain and write so many customers, and let LightGBM predict each block in turn."""
    panel = many(shared_panel(case.predictors, case.tables, CUTOFF), rows)
    models = [each.bundle.model for each in case.predictors.values()]
    ours: list[tuple[float, float]] = []
    bare: list[tuple[float, float]] = []

    def clock() -> tuple[float, float]:
        return time.perf_counter(), time.process_time()

    since = clock()
    next_block = 0

    def in_turn(done: int, total: int) -> None:
        nonlocal since, next_block
        if done - next_block < min(BLOCK, total) and done < total:
            return
        ours.append(_elapsed(since))
        part = panel.iloc[next_block:done]
        encoded = [model.columns_.encode(part) for model in models]
        started = clock()
        for model, matrix in zip(models, encoded, strict=True):
            for booster in model.boosters_:
                booster.predict(matrix, raw_score=True)
        bare.append(_elapsed(started))
        print(f"  {done:,} rows: {ours[-1][1]:.1f} s of CPU, bare {bare[-1][1]:.1f} s", flush=True)
        next_block = done
        since = clock()

    with tempfile.TemporaryDirectory(prefix="treue-serving-") as folder:
        out = Path(folder) / "scores.parquet"
        since = clock()
        score_panel(panel, case.predictors, out, progress=in_turn)
        ours.append(_elapsed(since))  # the file's end
        size = out.stat().st_size / 1e9
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    whole = {"ours": np.sum(ours, axis=0), "LightGBM": np.sum(bare, axis=0)}
    blocks = np.divide(ours[: len(bare)], bare)  # the first holds what is done once
    lines = ["| | seconds | seconds of CPU | customers a second |", "|---|---|---|---|"]
    lines += [
        f"| {name} | {wall:,.0f} | {cpu:,.0f} | {rows / wall:,.0f} |"
        for name, (wall, cpu) in whole.items()
    ]
    wall, cpu = whole["ours"] / whole["LightGBM"]
    lines += [
        "",
        f"{rows:,} customers of a ready panel, both models, scored, explained and written with "
        f"reasons in two languages ({size:.1f} GB, peak memory {peak:.1f} GB): "
        f"**{wall:.2f} times** what LightGBM needs to predict them alone (of CPU time "
        f"{cpu:.2f} times); median of {len(bare)} blocks in turn "
        f"{np.median(blocks[:, 0]):.2f} (CPU {np.median(blocks[:, 1]):.2f}).",
    ]
    return lines


def _elapsed(since: tuple[float, float]) -> tuple[float, float]:
    return time.perf_counter() - since[0], time.process_time() - since[1]


@dataclass
class Timed:
    """Milliseconds of one way to do something."""

    name: str
    run: Callable[[], Any]
    took: list[float] = field(default_factory=list)

    def once(self) -> None:
        """Do it and keep how long it took."""
        started = time.perf_counter()
        self.run()
        self.took.append(1e3 * (time.perf_counter() - started))

    def row(self, yardstick: Timed | None = None) -> str:
        """Return a line of a table."""
        p50, p99 = np.percentile(self.took, [50, 99])
        ratio = f"{p50 / np.median(yardstick.took):.2f}" if yardstick else ""
        return f"| {self.name} | {p50:.2f} | {p99:.2f} | {ratio} |"


def single(case: Case, calls: int) -> list[str]:
    """One customer: from a ready row, from raw events, over HTTP."""
    churn = case.predictors["churn"].warm()
    panel = shared_panel(case.predictors, case.tables, CUTOFF)
    rows = cycle(panel[churn.feature_names].to_dict("records"))
    encoded = cycle(list(churn.bundle.model.columns_.encode(panel)[:, None, :]))
    boosters = churn.bundle.model.boosters_

    def all_members(first: int = len(boosters)) -> None:
        row = next(encoded)
        for booster in boosters[:first]:
            booster.predict(row, num_threads=1)

    customers = panel["customer_id"].tolist()[:50]
    alone = cycle([(id_, of_one(case.tables, id_)) for id_ in customers])

    def from_events() -> None:
        customer, tables = next(alone)
        churn.explain(customer, tables=tables, cutoff=CUTOFF)

    members = Timed("LightGBM's prediction, all members", all_members)
    first = Timed("LightGBM's prediction, one member", lambda: all_members(1))
    ready = Timed("**ready row: probability, contributions**", lambda: churn.score_row(next(rows)))
    events = Timed("**raw events: probability, contributions, reasons**", from_events)
    for way in (members, first, ready, events):
        way.run()
    for round_ in range(calls):
        for way in (members, first, ready, *([events] if round_ % 10 == 0 else [])):
            way.once()
    requests = [request_of(id_, tables) for id_, tables in (next(alone) for _ in customers)]
    with server(case.folder) as port:
        token = (case.folder / "token").read_text()
        one, _ = ask(port, token, requests, clients=1)
        four, pages = ask(port, token, requests, clients=CLIENTS)
    over_http = [
        Timed(f"**HTTP, raw events, both models, {name}**", lambda: None, took)
        for name, took in (("one client", one), (f"{CLIENTS} clients", four))
    ]
    aside = Timed(f"HTTP, /health while {CLIENTS} clients ask", lambda: None, pages)
    return [
        "| one customer, churn | p50, ms | p99, ms | × all members predicted |",
        "|---|---|---|---|",
        *(way.row(members) for way in (members, first, ready)),
        *(way.row() for way in (events, *over_http, aside)),
    ]


def of_one(tables: Tables, customer: str) -> Tables:
    """Return what is known of one customer alone."""
    frames = {
        name: frame.filter(pc.equal(frame[TABLES[name].customer], customer))
        for name, frame in tables.known_at(CUTOFF).frames.items()
    }
    return replace(tables, frames=frames)


def request_of(customer: str, tables: Tables) -> bytes:
    """Return the body that asks for one customer."""
    rows = {name: frame.to_pylist() for name, frame in tables.frames.items()}
    asked = {"tables": rows, "cutoff": CUTOFF.isoformat()}
    return json.dumps(asked, default=str).encode()


@contextmanager
def server(folder: Path) -> Iterator[int]:
    """Serve the models in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, __file__, "--serve", str(port), str(folder)])
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
    port: int, token: str, requests: list[bytes], *, clients: int
) -> tuple[list[float], list[float]]:
    """Milliseconds of answers to clients that ask all the while, and of another page meanwhile."""
    took: list[float] = []
    aside: list[float] = []
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def client(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for at in range(REQUESTS // clients):
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


STARTS = {
    "`import pandas`": ["-c", "import pandas"],
    "**`treue --help`**": ["-m", "treue", "--help"],
    "`treue explain --help`": ["-m", "treue", "explain", "--help"],
    "**`import treue.serving`**": ["-c", "import treue.serving"],
    "`import treue.serving.predict`": ["-c", "import treue.serving.predict"],
    "`import lightgbm`": ["-c", "import lightgbm"],
}


def start(rounds: int) -> list[str]:
    """How long processes take that only begin, beside one that imports pandas.

    All modules are byte-compiled, as they are from the second start on: the first round, which
    does not count, writes that into a folder of its own.
    """
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in STARTS}
    with tempfile.TemporaryDirectory(prefix="treue-compiled-") as compiled:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": compiled}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for _ in range(rounds + 1):
            for name, arguments in STARTS.items():
                before = _children()
                started = time.perf_counter()
                subprocess.run(
                    [sys.executable, *arguments],
                    check=True,
                    stdout=subprocess.DEVNULL,
                    cwd=PAGE.parent,
                    env=environment,
                )
                took[name].append((time.perf_counter() - started, _children() - before))
    median = {name: np.median(found[1:], axis=0) for name, found in took.items()}
    wall, cpu = median["`import pandas`"]
    return [
        "| process | seconds | seconds of CPU | × `import pandas` (CPU) |",
        "|---|---|---|---|",
        *(
            f"| {name} | {found[0]:.2f} | {found[1]:.2f} | {found[0] / wall:.2f} "
            f"({found[1] / cpu:.2f}) |"
            for name, found in median.items()
        ),
    ]


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Make models, measure, write."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--rows", type=int, default=1_000_000, help="customers to score at once")
    asked.add_argument("--small", action="store_true", help="a twentieth of it; print only")
    asked.add_argument("--only", choices=PARTS, action="append", help="print only this part")
    asked.add_argument("--models", type=Path, help="folder to keep the fitted models in")
    asked.add_argument("--serve", nargs=2, metavar=("PORT", "FOLDER"), help=argparse.SUPPRESS)
    options = asked.parse_args()
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if options.serve:
        serve(int(options.serve[0]), Path(options.serve[1]))
        return
    parts = options.only or PARTS
    rows = options.rows // 20 if options.small else options.rows
    lines = []
    with tempfile.TemporaryDirectory(prefix="treue-serving-") as folder:
        if {"batch", "single"} & set(parts):
            case = Case.make(options.models or Path(folder), SIMULATED)
            lines += [f"Models of a simulated company; {case.described()}.", ""]
        if "batch" in parts:
            lines += [*batch(case, rows), ""]
        if "single" in parts:
            lines += [*single(case, 20 * ROUNDS if options.small else 100 * ROUNDS), ""]
    if "start" in parts:
        lines += [*start(ROUNDS), ""]
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    libraries = ", ".join(
        f"{name} {version(name)}" for name in ("lightgbm", "pandas", "pyarrow", "fastapi")
    )
    text = "\n".join([f"Measured on {machine}; {libraries}.", "", *lines])
    print(text)
    if parts == PARTS and not options.small:
        page = replace_part(PAGE.read_text(encoding="utf-8"), "serving", text)
        PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

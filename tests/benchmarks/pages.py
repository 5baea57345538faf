"""How quick the pages are with 100,000 customers: a part of docs/benchmarks.md.

    uv run python tests/benchmarks/pages.py

The dossiers of a simulated company, each told many times under other ids, fill a SQLite store
twice (two months). Pages are asked for through the app in this process, as account manager and as
lead; what counts is the time until the whole answer is there.
"""

from __future__ import annotations

import asyncio
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib.metadata import version
from itertools import cycle, islice
from pathlib import Path

import httpx
import numpy as np
from docs_page import PAGE, replace_part

from treue.features.simulate import ATTRIBUTES, SENSITIVE, simulate
from treue.serving.app import create_app
from treue.serving.app_settings import AppSettings
from treue.serving.assembly import Assembly
from treue.serving.dossier import Dossier
from treue.serving.dossiers import make_dossiers
from treue.serving.predict import Predictor
from treue.serving.publishing import About, run_of
from treue.serving.store import Store, WorklistQuery
from treue.serving.store.records import Run
from treue.serving.viewer import Viewer
from treue.training.config import Config
from treue.training.fit import fit
from treue.training.prepare import prepare

CUSTOMERS = 100_000
MANAGERS = 50
SIMULATED = 1_000
ASKED = 500
TOKEN = "benchmark"
NOW = datetime(2025, 1, 2)
EVERYBODY = WorklistQuery(sort="name", per_page=CUSTOMERS)
CUTOFFS = (datetime(2024, 12, 1), datetime(2025, 1, 1))

PAGES = {
    "customer": "/customers/{customer}",
    "customer, an earlier month": "/customers/{customer}?cutoff=2024-12-01",
    "customer, JSON": "/api/v1/customers/{customer}",
    "worklist": "/worklist",
    "worklist, filtered and searched": "/worklist?quadrant=quiet&search={search}",
    "worklist, sorted by change, page 3": "/worklist?sort=change&page=3",
    "portfolio": "/portfolio",
    "model": "/model",
}


def main() -> None:
    """Simulate, publish, ask, write."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    with tempfile.TemporaryDirectory(prefix="treue-pages-") as folder:
        store = Store.open(f"sqlite:///{folder}/treue.db")
        made_ms, read_ms, write_s = fill(store)
        size = sum(file.stat().st_size for file in Path(folder).iterdir()) / 1e9
        print(
            f"filled: {made_ms:.1f} ms a dossier, {write_s:.0f} s to write a month, {size:.1f} GB"
        )
        viewers = {
            "account manager": Viewer("m", "account_manager", "Manager 07"),
            "lead": Viewer("l", "lead"),
        }
        times = {name: asyncio.run(ask(store, viewer)) for name, viewer in viewers.items()}
        store.close()
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    libraries = ", ".join(f"{name} {version(name)}" for name in ("fastapi", "sqlalchemy"))
    lines = [
        f"Measured on {machine}; {libraries}. {CUSTOMERS:,} customers of {MANAGERS} account "
        f"managers in SQLite, {len(CUTOFFS)} months, {size:.1f} GB; each page asked for {ASKED} "
        "times, one after another. Milliseconds of the server, first as account manager, then "
        "as lead.",
        "",
        "| page | p50 | p95 | p99 | p50 | p95 | p99 |",
        "|---|---|---|---|---|---|---|",
        *(_row(page, *(times[name][page] for name in viewers)) for page in PAGES),
        "",
        f"Making a dossier takes {made_ms:.1f} ms (reasons, what changed, card, approach and "
        f"timeline in two languages), reading the previous one {read_ms:.1f} ms of it. Packing and "
        f"writing {CUSTOMERS:,} of them takes {write_s:.0f} s; pages are read all the while.",
    ]
    text = "\n".join(lines) + "\n"
    print(text)
    PAGE.write_text(replace_part(PAGE.read_text(encoding="utf-8"), "pages", text), encoding="utf-8")


def fill(store: Store) -> tuple[float, float, float]:
    """Publish two months; milliseconds to make and to read a dossier, seconds to write a month."""
    made = assemblies()
    earlier, latest = (made[cutoff] for cutoff in CUTOFFS)
    before = {each.customer_id: each for each in make_dossiers(earlier)}
    runs = {cutoff: _run(made[cutoff]) for cutoff in CUTOFFS}
    _publish(store, runs[CUTOFFS[0]], list(before.values()))
    reading = [0.0]

    def previous(ids: object) -> Mapping[str, Dossier]:
        started = time.perf_counter()
        found = store.before(CUTOFFS[1], [f"{name}-0" for name in list(ids)])  # type: ignore[call-overload]
        reading[0] += time.perf_counter() - started
        return {name.removesuffix("-0"): each for name, each in found.items()}

    started = time.perf_counter()
    now = list(make_dossiers(latest, previous=previous, previous_run=runs[CUTOFFS[0]]))
    made_s = time.perf_counter() - started
    seconds = _publish(store, runs[CUTOFFS[1]], now)
    return 1000 * made_s / len(now), 1000 * reading[0] / len(now), seconds


def assemblies() -> dict[datetime, Assembly]:
    """Two months of a simulated company, with models fitted on what came before."""
    company = simulate(SIMULATED, seed=1)
    config = Config.model_validate(
        {
            "data": {"attributes": list(ATTRIBUTES), "sensitive": list(SENSITIVE)},
            "cutoffs": {"every_months": 3},
            "model": {"n_estimators": 150},
        }
    )
    prepared = prepare(config, base_dir=PAGE.parent, tables=company.tables, progress=print)
    predictors = {
        target: Predictor(fit(prepared.panel, target, config=config, families=prepared.families))
        for target in ("churn", "referral")
    }
    return {cutoff: Assembly.of_tables(company.tables, cutoff, predictors) for cutoff in CUTOFFS}


def _run(made: Assembly) -> Run:
    return run_of(made, identity=f"{made.cutoff}", about=About(published_at=NOW))


def _publish(store: Store, run: Run, dossiers: list[Dossier]) -> float:
    """Publish the same dossiers under many ids; seconds."""
    started = time.perf_counter()
    store.publish(run, _many(dossiers))
    return time.perf_counter() - started


def _many(dossiers: list[Dossier]) -> Iterator[Dossier]:
    managers = cycle(f"Manager {i:02}" for i in range(MANAGERS))
    rounds = ((i, each) for i in range(CUSTOMERS) for each in dossiers)
    for i, each in islice(rounds, CUSTOMERS):
        yield each.model_copy(
            update={"customer_id": f"{each.customer_id}-{i}", "account_manager": next(managers)}
        )


async def ask(store: Store, viewer: Viewer) -> dict[str, np.ndarray]:
    """Milliseconds of each answer by page."""
    settings = AppSettings(
        language="de", address="http://testserver", local_token=TOKEN, local_viewer=viewer
    )
    app = create_app(store, settings=settings, clock=lambda: NOW)
    chance = random.Random(0)
    seen = [row.customer_id for row in store.worklist(viewer, query=EVERYBODY).rows]
    ids = sorted(store.before(CUTOFFS[1], chance.sample(seen, min(len(seen), 1_000))))
    transport = httpx.ASGITransport(app=app)
    found = {}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://testserver", follow_redirects=True
    ) as client:
        (await client.get("/sign-in", params={"token": TOKEN})).raise_for_status()
        for page, path in PAGES.items():
            for part in ("warming up", "measured"):
                count = 20 if part == "warming up" else ASKED
                found[page] = np.array(
                    [await _ask(client, path, chance, ids) for _ in range(count)]
                )
            print(f"{viewer.role}: {page} p95 {np.percentile(found[page], 95):.1f} ms", flush=True)
    return found


async def _ask(
    client: httpx.AsyncClient, path: str, chance: random.Random, ids: list[str]
) -> float:
    customer = chance.choice(ids)
    url = path.format(customer=customer, search=customer[-6:])
    started = time.perf_counter()
    answer = await client.get(url)
    milliseconds = 1000 * (time.perf_counter() - started)
    assert answer.status_code == 200, f"{url}: {answer.status_code} {answer.text[:300]}"
    return milliseconds


def _row(page: str, *times: np.ndarray) -> str:
    cells = [f"{np.percentile(each, q):.1f}" for each in times for q in (50, 95, 99)]
    return f"| {page} | {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())

"""One customer, warm: from a ready row, from raw events and over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import cycle
from typing import Any

import numpy as np
import pyarrow.compute as pc
from serving_case import CUTOFF, Case
from serving_http import ask, server

from treue.features.schema import TABLES
from treue.features.tables import Tables
from treue.serving.predict import shared_panel

CLIENTS = 4


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
        for way in (members, first, ready, *([events] if round_ % 5 == 0 else [])):
            way.once()
    requests = [request_of(id_, tables) for id_, tables in (next(alone) for _ in customers)]
    with server(case.folder) as port:
        token = (case.folder / "token").read_text()
        one, _ = ask(port, token, requests, times=calls // 2, clients=1)
        four, pages = ask(port, token, requests, times=calls // 2, clients=CLIENTS)
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

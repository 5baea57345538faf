"""How explaining grows with rows, trees, leaves and threads, beside LightGBM."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
from growth_chart import Panel

from treue.models.treeshap import Explainer

Floats = npt.NDArray[np.float64]
Ways = dict[str, tuple[Callable[[], Any], int]]
"""What is run, and how many rows it does."""

ROUNDS = 5
OURS, READY, CONTRIB, PREDICT = (
    "Treue",
    "Treue, tables ready",
    "LightGBM explains",
    "LightGBM predicts",
)


def medians(ways: Ways, clock: Callable[[], float] = time.process_time) -> dict[str, float]:
    """Return the seconds a row of each way: medians of interleaved rounds."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, (run, rows) in ways.items():
            started = clock()
            run()
            seconds[name].append((clock() - started) / rows)
    return {name: float(np.median(found)) for name, found in seconds.items()}


def train(X: Floats, y: Floats, trees: int, leaves: int) -> lgb.Booster:
    """Return a booster of so many trees and leaves."""
    settings = {"objective": "binary", "num_leaves": leaves, "verbosity": -1, "seed": 0}
    return lgb.train(settings, lgb.Dataset(X, y), trees)


def growth(X: Floats, y: Floats, small: lgb.Booster, *, shrink: int = 1) -> list[Panel]:
    """Return one panel each for rows, trees, leaves and threads."""
    Explainer(small, num_threads=1, method="tables").shap_values(X[:1000])  # compiled from now on
    part = slice(0, 50_000)
    trees = {n: train(X[part], y[part], n // shrink, 31) for n in (30, 100, 1000)} | {300: small}
    leaves = {n: train(X[part], y[part], 300 // shrink, n) for n in (8, 127, 255)} | {31: small}
    return [
        over_rows(small, X),
        over_models("trees of 31 leaves", trees, X),
        over_models("leaves of 300 trees", leaves, X),
        over_threads(small, X),
    ]


def over_rows(booster: lgb.Booster, X: Floats) -> Panel:
    """Seconds of CPU for some rows: with the set-up counted, with tables ready, by LightGBM."""
    ready = Explainer(booster, num_threads=1).prepare()
    lines: dict[str, list[tuple[float, float]]] = {}
    for rows in (1, 10, 100, 1_000, 10_000, 100_000):
        x, fewer = X[:rows], X[: min(rows, 1_000)]
        ways: Ways = {
            OURS: (lambda x=x: Explainer(booster, num_threads=1).shap_values(x), rows),
            READY: (lambda x=x: ready.shap_values(x), rows),
            CONTRIB: (lambda x=fewer: _predict(booster, x, pred_contrib=True), len(fewer)),
            PREDICT: (lambda x=x: _predict(booster, x), rows),
        }
        for name, seconds in medians(ways).items():
            lines.setdefault(name, []).append((rows, rows * seconds))
    return Panel("300 trees × 31 leaves", "rows", "seconds of one thread", lines)


def over_models(what: str, models: dict[int, lgb.Booster], X: Floats) -> Panel:
    """Rows a second, tables ready."""
    lines: dict[str, list[tuple[float, float]]] = {}
    many, some, few = X[:50_000], X[:10_000], X[:100]
    for size, booster in sorted(models.items()):
        ready = Explainer(booster, num_threads=1).prepare()
        ways: Ways = {
            READY: (lambda e=ready: e.shap_values(many), len(many)),
            CONTRIB: (lambda b=booster: _predict(b, few, pred_contrib=True), len(few)),
            PREDICT: (lambda b=booster: _predict(b, some), len(some)),
        }
        for name, seconds in medians(ways).items():
            lines.setdefault(name, []).append((size, 1 / seconds))
    return Panel(f"Number of {what}", what.split()[0], "rows a second", lines)


def over_threads(booster: lgb.Booster, X: Floats) -> Panel:
    """Rows a second by the clock on the wall, tables ready."""
    lines: dict[str, list[tuple[float, float]]] = {}
    cores = len(os.sched_getaffinity(0))
    for threads in sorted({1, 2, *(n for n in (4, 8, 16, cores) if n <= cores)}):
        ready = Explainer(booster, num_threads=threads).prepare()
        ways: Ways = {
            READY: (lambda e=ready: e.shap_values(X), len(X)),
            CONTRIB: (lambda t=threads: _predict(booster, X[:500], t, pred_contrib=True), 500),
            PREDICT: (lambda t=threads: _predict(booster, X[:50_000], t), 50_000),
        }
        for name, seconds in medians(ways, time.perf_counter).items():
            lines.setdefault(name, []).append((threads, 1 / seconds))
    return Panel(f"Threads, on {cores} cores", "threads", "rows a second, wall", lines)


def _predict(booster: lgb.Booster, X: Floats, threads: int = 1, **options: bool) -> Floats:
    return booster.predict(X, raw_score=True, num_threads=threads, **options)

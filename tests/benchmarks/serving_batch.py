"""A million customers scored, explained and written, beside LightGBM's prediction of them."""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path

import numpy as np
from serving_case import CUTOFF, Case, many

from treue.serving.batch import score_panel
from treue.serving.predict import shared_panel

BLOCK = 100_000  # rows that LightGBM predicts in turn with ours

Clock = tuple[float, float]
"""Seconds, and seconds of CPU of all threads."""


def batch(case: Case, rows: int) -> list[str]:
    """Score, explain and write so many customers, and let LightGBM predict each block in turn."""
    panel = many(shared_panel(case.predictors, case.tables, CUTOFF), rows)
    models = [each.bundle.model for each in case.predictors.values()]
    before = _peak()
    ours: list[Clock] = []
    bare: list[Clock] = []
    since = _now()
    next_block = 0

    def in_turn(done: int, total: int) -> None:
        nonlocal since, next_block
        if done - next_block < min(BLOCK, total) and done < total:
            return
        _wait_until_idle()  # the chunk that is reckoned ahead is ours, not LightGBM's
        ours.append(_elapsed(since))
        part = panel.iloc[next_block:done]
        encoded = [model.columns_.encode(part) for model in models]
        started = _now()
        for model, matrix in zip(models, encoded, strict=True):
            for booster in model.boosters_:
                booster.predict(matrix, raw_score=True)
        bare.append(_elapsed(started))
        print(f"  {done:,} rows: {ours[-1][1]:.1f} s of CPU, bare {bare[-1][1]:.1f} s", flush=True)
        next_block = done
        since = _now()

    with tempfile.TemporaryDirectory(prefix="treue-serving-") as folder:
        out = Path(folder) / "scores.parquet"
        since = _now()
        score_panel(panel, case.predictors, out, progress=in_turn)
        ours.append(_elapsed(since))  # the file's end
        size = out.stat().st_size / 1e9
    whole = {"**Treue**": np.sum(ours, axis=0), "LightGBM": np.sum(bare, axis=0)}
    blocks = np.divide(ours[: len(bare)], bare)  # the first holds what is done once
    wall, cpu = whole["**Treue**"] / whole["LightGBM"]
    least, middle, most = (np.quantile(blocks, q, axis=0) for q in (0, 0.5, 1))
    return [
        "| | seconds | seconds of CPU | customers a second |",
        "|---|---|---|---|",
        *(
            f"| {name} | {wall:,.0f} | {cpu:,.0f} | {rows / wall:,.0f} |"
            for name, (wall, cpu) in whole.items()
        ),
        "",
        f"{rows:,} customers of a ready panel, both models, scored, explained and written with "
        f"reasons in two languages ({size:.1f} GB): **{wall:.2f} times** what LightGBM needs to "
        f"predict them alone (of CPU time {cpu:.2f} times), set-up and the file's end counted. "
        f"One pass of {len(bare)} blocks, LightGBM after each: median {middle[0]:.2f} "
        f"[{least[0]:.2f}, {most[0]:.2f}], of CPU time {middle[1]:.2f} [{least[1]:.2f}, "
        f"{most[1]:.2f}]. Bar: 3. Peak memory {_peak():.1f} GB, {before:.1f} GB of it there "
        "before, with the panel.",
    ]


def _now() -> Clock:
    return time.perf_counter(), time.process_time()


def _elapsed(since: Clock) -> Clock:
    now = _now()
    return now[0] - since[0], now[1] - since[1]


def _wait_until_idle() -> None:
    """Wait until no other thread of this process works."""
    idle = 0
    while idle < 3:
        before = time.process_time()
        time.sleep(0.01)
        idle = idle + 1 if time.process_time() - before < 0.001 else 0


def _peak() -> float:
    """Return the most memory that this process held so far, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6

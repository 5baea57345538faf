"""How fast features are made, against SQL written by hand, pandas and featuretools.

    uv run python tests/benchmarks/features.py [--size 1.0] [--rounds 3] [--small]

A part of docs/benchmarks.md. Size 1 is 10 million purchases, 1 million negotiations and 500,000
complaints of 200,000 customers. Each way runs in a process of its own: SQL and ours in turn in each
round, a figure is the median over the rounds; the rest, which takes minutes, once. What has been
run is kept until the page is written, so a benchmark that was stopped goes on where it was, on the
same commit. ``--small`` takes a minute and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from docs_page import PAGE, ROOT, replace_part
from features_data import Size, generate

FOLDER = ROOT / "build" / "benchmarks" / "features"
PEERS = ROOT / "build" / "quality" / "peers-second" / "bin" / "python"
WAYS = Path(__file__).with_name("features_ways.py")
RUNS = FOLDER / "runs.json"
PEER_SIZE = 0.1
PEERS_OF = {
    "pandas": "pandas, straightforward",
    "pandas vectorised": "pandas, vectorised",
    "featuretools": "featuretools, DFS with cutoff times",
}
COMPARED = ("SQL", "ours", "pandas")
NOT_THE_SAME = ("gap_mean_365_days",)


@dataclass(frozen=True)
class Job:
    """One way, on one size of data, for so many cutoffs."""

    way: str
    size: float
    cutoffs: int

    def folder(self) -> Path:
        return FOLDER / f"{self.size:g}"

    def kept(self) -> Path:
        return self.folder() / f"{self.way}.panel"

    def run(self) -> dict[str, Any]:
        """What one run took; its rows of the last cutoff are kept."""
        python = str(PEERS) if self.way == "featuretools" else sys.executable
        keep = ["--keep", self.kept()] if self.way in COMPARED else []
        command = [python, WAYS, self.way, self.folder(), "--cutoffs", self.cutoffs, *keep]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{self}: {done.stderr[-2000:]}")
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        figures = ", ".join(f"{k} {found[k]:.2f}" for k in ("cpu", "wall", "peak_gb"))
        print(f"{self.way}, size {self.size:g}, {self.cutoffs} cutoffs: {figures}", flush=True)
        return found


def main() -> None:
    """Generate, run all in turn, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=float, default=1.0, help="1: 10 million purchases")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--small", action="store_true", help="a size of seconds; writes nothing")
    given = parser.parse_args()
    size, rounds = (0.002, 1) if given.small else (given.size, given.rounds)
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    jobs = jobs_of(size)
    for job in jobs:
        if not (job.folder() / "complaints.parquet").exists():
            generate(job.folder(), Size.of(job.size))
    found: dict[Job, list[dict[str, Any]]] = {job: [] for job in jobs}
    before = json.loads(RUNS.read_text()) if RUNS.exists() and not given.small else {}
    kept: dict[str, dict[str, Any]] = {}
    asked = ["git", "rev-parse", "--short", "HEAD"]
    code = subprocess.run(asked, capture_output=True, text=True, cwd=ROOT).stdout.strip()
    for number in range(rounds):
        for job in jobs:
            # what takes minutes and misses by tens of times need not be repeated
            if number and (job.way not in ("SQL", "ours") or job.size != size):
                continue
            name = f"{code}: {job.way}, size {job.size:g}, {job.cutoffs} cutoffs, {number + 1}"
            kept[name] = before.get(name) or job.run()
            found[job].append(kept[name])
            if not given.small:
                RUNS.write_text(json.dumps(before | kept, indent=1))
    at = min(size, PEER_SIZE)
    deviation = {
        way: compare(Job("ours", of, 12), Job(way, of, count))
        for way, of, count in (("SQL", size, 12), ("pandas", at, 1))
    }
    text = as_markdown(size, rounds, found, deviation)
    print(text)
    if not given.small:
        page = replace_part(PAGE.read_text(encoding="utf-8"), "features", text)
        PAGE.write_text(page, encoding="utf-8")
        RUNS.unlink(missing_ok=True)


def jobs_of(size: float) -> list[Job]:
    """All that is run in a round; peers on less data, and ours beside them."""
    at = min(size, PEER_SIZE)
    peers = [way for way in PEERS_OF if way != "featuretools" or PEERS.exists()]
    if len(peers) < len(PEERS_OF):
        print("featuretools: build/quality/peers-second is not there, left out")
    jobs = [Job("SQL", size, 12), Job("ours", size, 12), Job("ours", at, 12)]
    jobs += [Job(way, at, 1) for way in peers]
    jobs += [Job("ours in files", size, count) for count in (12, 52)]
    return list(dict.fromkeys(jobs))


def compare(ours: Job, other: Job) -> tuple[int, float]:
    """Columns that both have, and the largest deviation of ours, relative above 1."""
    a = pd.read_parquet(ours.kept()).set_index("customer_id").sort_index()
    b = pd.read_parquet(other.kept()).set_index("customer_id").sort_index()
    assert list(a.index) == list(b.index), f"{other.way}: other customers"
    shared = [name for name in a if name in b and name not in ("cutoff", *NOT_THE_SAME)]
    worst = 0.0
    for name in shared:
        if a[name].dtype == b[name].dtype == object or not pd.api.types.is_numeric_dtype(a[name]):
            same = a[name].astype(str) == b[name].astype(str)
            assert same.mean() > 0.999, f"{other.way}: {name} differs"
            continue
        mine, theirs = (frame[name].to_numpy(float) for frame in (a, b))
        # a groupby without any event has no row, where a count is zero
        gone = np.isnan(theirs) & (mine == 0)
        theirs = np.where(gone, 0.0, theirs)
        assert (np.isnan(mine) == np.isnan(theirs)).all(), f"{other.way}: {name} is missing"
        apart = np.abs(mine - theirs) / np.maximum(1, np.abs(theirs))
        worst = max(worst, float(np.nanmax(apart, initial=0)))
    return len(shared), worst


def as_markdown(
    size: float,
    rounds: int,
    found: dict[Job, list[dict[str, Any]]],
    deviation: dict[str, tuple[int, float]],
) -> str:
    """The part of the page."""

    def of(job: Job, what: str) -> float:
        return median(run[what] for run in found[job])

    def ratio(job: Job, to: Job, what: str) -> float:
        pairs = zip(found[job], found[to], strict=False)
        return median(a[what] / b[what] for a, b in pairs)

    main_ones = Job("ours", size, 12), Job("SQL", size, 12)
    ours, by_hand = main_ones
    rows = int(of(ours, "rows"))
    counts = Size.of(size)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    libraries = ", ".join(f"{n} {version(n)}" for n in ("duckdb", "narwhals", "pyarrow", "pandas"))
    read = median(run["reading"]["cpu"] for run in found[ours])
    lines = [
        f"Measured on {machine}; {libraries}. {counts.purchases:,} purchases, "
        f"{counts.negotiations:,} negotiations and {counts.complaints:,} complaints of "
        f"{counts.customers:,} customers in Parquet; medians of {rounds} interleaved rounds of "
        "SQL and Treue, the rest once.",
        "",
        f"| 12 cutoffs, {rows:,} rows | CPU s | wall s | peak memory | CPU ÷ SQL | wall ÷ SQL |",
        "|---|---|---|---|---|---|",
        *(
            f"| {title} | {of(job, 'cpu'):.1f} | {of(job, 'wall'):.1f} | "
            f"{of(job, 'peak_gb'):.2f} GB | {ratio(job, by_hand, 'cpu'):.2f} | "
            f"{ratio(job, by_hand, 'wall'):.2f} |"
            for job, title in ((by_hand, "SQL by hand"), (ours, "**Treue**"))
        ),
        "",
        f"Of Treue's CPU time, reading, casting and checking the files takes {read:.1f} s, which "
        f"the SQL does not do. {deviation['SQL'][0]} columns of the last cutoff are compared: "
        f"they differ by at most {deviation['SQL'][1]:.0e}.",
        "",
    ]
    few, many = (Job("ours in files", size, count) for count in (12, 52))
    lines += [
        f"**52 cutoffs** of the same year, written to files, cost {ratio(many, few, 'cpu'):.2f} "
        f"times the CPU time of 12 ({of(many, 'cpu'):.1f} s against {of(few, 'cpu'):.1f} s; wall "
        f"{ratio(many, few, 'wall'):.2f} times), at {of(many, 'peak_gb'):.2f} GB.",
        "",
        "| seconds of CPU a cutoff | data | peer | Treue, files and checks included | ratio |",
        "|---|---|---|---|---|",
    ]
    at = min(size, PEER_SIZE)
    own = of(Job("ours", at, 12), "cpu") / 12
    for job in found:
        if job.way in PEERS_OF:
            theirs = of(job, "cpu") / job.cutoffs
            lines.append(
                f"| {PEERS_OF[job.way]}, {int(of(job, 'columns'))} columns | {job.size:g} of the "
                f"full size | {theirs:.2f} | {own:.2f} | **{theirs / own:.0f}** |"
            )
    columns, worst = deviation["pandas"]
    own_reading = median(run["reading"]["cpu"] for run in found[Job("ours", at, 12)]) / 12
    lines += [
        "",
        "A cutoff of Treue is a twelfth of what twelve take, reading and checking the files "
        f"included ({own_reading:.2f} s of it); for the peers reading is not counted. "
        "Straightforward pandas filters the window, aggregates by name, and calls a function of "
        "one customer's rows for gaps and decayed sums; vectorised pandas replaces these functions "
        f"by arithmetic on whole columns. Neither makes ratios; {columns} columns are compared and "
        f"differ by at most {worst:.0e} (pandas does not round terms of decayed sums). "
        "featuretools makes counts, sums, means, maxima, distinct values and times since the last "
        "event in five windows, no gaps, decays or first-time flags.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()

"""How fast customers are scored, all at once and one at a time: a part of docs/benchmarks.md.

    uv run python tests/benchmarks/serving.py

Scoring a million customers with reasons is timed against LightGBM's prediction of the same rows by
the same trees, block by block in turn; a single customer and the start of the program in
interleaved rounds. Takes some ten minutes on two cores that nobody else uses, and 5 GB of memory;
the first time two more, for fitting the models, which stay under build/. `--small` takes a
twentieth of the customers and only prints; `--only` one part.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path

from docs_page import PAGE, ROOT, replace_part
from serving_batch import batch
from serving_case import SIMULATED, Case
from serving_single import single
from serving_start import start

PARTS = ("batch", "single", "start")
ROUNDS = 7
MODELS = ROOT / "build" / "benchmarks" / "serving"


def main() -> None:
    """Make models, measure, write."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--rows", type=int, default=1_000_000, help="customers to score at once")
    asked.add_argument("--small", action="store_true", help="a twentieth of it; print only")
    asked.add_argument("--only", choices=PARTS, action="append", help="print only this part")
    asked.add_argument("--models", type=Path, default=MODELS, help="folder of the fitted models")
    options = asked.parse_args()
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    parts = options.only or PARTS
    rows = options.rows // 20 if options.small else options.rows
    lines = []
    started = time.perf_counter()
    if {"batch", "single"} & set(parts):
        case = Case.make(options.models, SIMULATED)
        lines += [f"Models of a simulated company; {case.described()}.", ""]
    if "batch" in parts:
        lines += [*batch(case, rows), ""]
    if "single" in parts:
        lines += [*single(case, 20 * ROUNDS if options.small else 100 * ROUNDS), ""]
    if "start" in parts:
        lines += [*start(ROUNDS), ""]
    minutes = (time.perf_counter() - started) / 60
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    libraries = ", ".join(
        f"{name} {version(name)}" for name in ("lightgbm", "pandas", "pyarrow", "fastapi")
    )
    text = "\n".join([f"Measured on {machine}; {libraries}; {minutes:.0f} minutes.", "", *lines])
    print(text)
    if parts == PARTS and not options.small:
        page = replace_part(PAGE.read_text(encoding="utf-8"), "serving", text)
        PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

"""Treue beside its peers, on the same panels, cutoffs and customers.

    uv run python tests/benchmarks/quality/bench.py

Runs every cell that is not there yet or whose method, panel or, for Treue, sources have changed;
every few minutes the tables are written to build/quality/table.txt, at the end into
docs/benchmarks.md.
Stopped and started again it goes on where it was.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import TypeVar

from cells import ENVIRONMENTS, METHODS, Cell, Method, environment
from sets import BUILD, SETS, Panel, Set, panel_of

BETWEEN_TABLES = 300.0  # seconds; the intervals take longer than many a cell

Named = TypeVar("Named", Set, Method)


def main() -> None:
    """Run what is wanted and missing, then write the tables."""
    wanted = _arguments()
    sets = [one for one in chosen(SETS, wanted.sets) if one.available]
    methods = chosen(METHODS, wanted.methods)
    for runner in {method.runner for method in methods if not (method.ours or wanted.tables)}:
        install(runner)
    panels = {one.name: panel_of(one, rebuild=wanted.rebuild) for one in sets}
    written = time.monotonic()
    for cell in [] if wanted.tables else in_order(sets, panels, methods):
        kept = cell.kept()
        failed = kept is not None and bool(kept["failed"])
        again = (failed and cell.method.ours) or (wanted.retry and (failed or cell.robbed()))
        if cell.fresh() and not again:
            continue
        name = f"{cell.one.name} {cell.cutoff:%Y-%m-%d} {cell.method.name}"
        print(name, end=" ", flush=True)
        kept = cell.run(threads=wanted.threads, limit_s=wanted.limit)
        print(kept["failed"] or f"{kept['seconds']:.0f} s", flush=True)
        if time.monotonic() - written > BETWEEN_TABLES:
            write_tables()
            written = time.monotonic()
    write_tables(page=not (wanted.sets or wanted.methods))


def chosen(all_of: Sequence[Named], names: Sequence[str] | None) -> list[Named]:
    """Those of the names, in the order in which they are named; without names all."""
    by_name = {one.name: one for one in all_of}
    return [by_name[name] for name in names or by_name]


def in_order(
    sets: Sequence[Set], panels: Mapping[str, Panel], methods: Iterable[Method]
) -> list[Cell]:
    """Method after method, the latest cutoff of every set first: stopped early, all sets count."""
    found: list[Cell] = []
    for method in methods:
        of_sets = [cells_of(one, panels[one.name], method) for one in sets]
        by_age = zip_longest(*(reversed(cells) for cells in of_sets))
        found += [cell for cells in by_age for cell in cells if cell is not None]
    return found


def cells_of(one: Set, panel: Panel, method: Method) -> list[Cell]:
    """The cells of a method on a set, oldest cutoff first."""
    if method.churn_only and one.target != "churn":
        return []
    judged = panel.judged(one)
    return [
        Cell(one, panel, cutoff, method)
        for cutoff in (judged if method.last is None else judged[-method.last :])
    ]


def install(runner: str) -> None:
    """The runner's environment as its lock says; nothing of it touches the project's own."""
    subprocess.run(
        ["uv", "sync", "--quiet", "--frozen", "--project", str(ENVIRONMENTS[runner])],
        check=True,
        env={**os.environ, "UV_PROJECT_ENVIRONMENT": str(environment(runner))},
    )


def write_tables(*, page: bool = False) -> None:
    """The tables of all that is there, as text and, if asked, on the page."""
    from tables import text, write_page

    BUILD.mkdir(parents=True, exist_ok=True)
    (BUILD / "table.txt").write_text(text(), encoding="utf-8")
    if page:
        write_page()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", nargs="+", choices=[one.name for one in SETS])
    parser.add_argument("--methods", nargs="+", choices=[one.name for one in METHODS])
    parser.add_argument("--tables", action="store_true", help="run nothing, write the tables")
    parser.add_argument("--rebuild", action="store_true", help="build the panels anew")
    parser.add_argument(
        "--retry", action="store_true", help="run again what failed or was robbed of its time"
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--limit", type=int, default=1500, help="seconds until a cell is stopped")
    return parser.parse_args()


if __name__ == "__main__":
    main()

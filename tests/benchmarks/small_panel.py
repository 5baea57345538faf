"""What a panel of few customers costs, beside the same panel from DuckDB.

    OMP_NUM_THREADS=1 uv run python tests/benchmarks/small_panel.py

Milliseconds of CPU (one thread), both ways in turn, medians of five; of the small way, of ten each.
"first" also writes the program down.
Customers of a simulated company with all eight tables, eighteen months of history.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from statistics import median

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from treue.features.panel import build_panel
from treue.features.schema import TABLES
from treue.features.simulate import simulate
from treue.features.small_panel import SmallPanels
from treue.features.tables import Tables

ALL_DAYS = 36_500


def of(tables: Tables, customers: list[str]) -> Tables:
    """The rows of some customers, as a request brings them."""
    wanted = pa.array(customers, pa.string())
    frames = {
        name: frame.filter(
            pc.is_in(frame[TABLES[name].customer], value_set=wanted)
        ).combine_chunks()
        for name, frame in tables.frames.items()
    }
    return replace(tables, frames=frames)


def milliseconds(work: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return 1000 * median(taken)


def main() -> None:
    tables = simulate(600, seed=3, months=18).tables
    cutoff = tables.observed_until - timedelta(days=60)
    known = tables.known_at(cutoff)
    panel = build_panel(known, [cutoff], lookback=365)
    customers = panel.sort_values(["orders_all", "customer_id"])["customer_id"].tolist()
    middle = len(customers) // 2
    print("| customers | rows | cutoffs | first | small | DuckDB | times |")
    print("|---|---|---|---|---|---|---|")
    for number, back in ((1, [0]), (1, [0, 90, 365]), (10, [0]), (100, [0]), (370, [0])):
        some = of(known, customers[middle - number // 2 :][:number])
        cutoffs = [cutoff - timedelta(days=days) for days in back]
        panels, small, other, found = SmallPanels(), [], [], []
        first = milliseconds(
            lambda: found.append(panels.build(some, cutoffs, lookback=ALL_DAYS)),  # noqa: B023
            1,
        )
        pd.testing.assert_frame_equal(found[0], build_panel(some, cutoffs, lookback=ALL_DAYS))
        for _ in range(5):
            small.append(
                milliseconds(lambda: panels.build(some, cutoffs, lookback=ALL_DAYS), 10)  # noqa: B023
            )
            other.append(
                milliseconds(lambda: build_panel(some, cutoffs, lookback=ALL_DAYS), 1)  # noqa: B023
            )
        rows = sum(frame.num_rows for frame in some.frames.values())
        times = median(b / a for a, b in zip(small, other, strict=True))
        print(
            f"| {number} | {rows:,} | {len(cutoffs)} | {first:.0f} ms | {median(small):.1f} ms | "
            f"{median(other):,.0f} ms | {times:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()

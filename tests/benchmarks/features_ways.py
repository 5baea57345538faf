"""One way of making the features, in a process of its own; prints what it took as JSON.

    python tests/benchmarks/features_ways.py ours FOLDER --cutoffs 12

``featuretools`` runs in the environment of tests/benchmarks/quality/second.py and imports nothing
of Treue.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

HORIZON, LOOKBACK = 90, 180
LAST = datetime(2024, 9, 1)
TABLES = ("purchases", "negotiations", "complaints")
YEAR = timedelta(days=364)


def cutoffs_of(count: int) -> list[datetime]:
    """That many cutoffs, evenly spread over a year; a single one is its last."""
    step = YEAR // max(count, 1)
    return [LAST - i * step for i in range(count)][::-1]


def peak_gb() -> float:
    """Most memory that this process held; getrusage would count what its parent held, too."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e9


class Clock:
    """Seconds of CPU and of wall time since it was made, and the peak of memory so far."""

    def __init__(self) -> None:
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def read(self) -> dict[str, float]:
        return {
            "cpu": time.process_time() - self.cpu,
            "wall": time.perf_counter() - self.wall,
            "peak_gb": peak_gb(),
        }


def ours(folder: Path, count: int, keep: Path | None, *, in_files: bool) -> dict[str, Any]:
    """What ``treue train`` does: read and check the files, build the panel with its labels."""
    from treue.features.panel import build_panel
    from treue.features.sources import Source
    from treue.features.tables import read_tables

    clock = Clock()
    sources = {name: Source(path=f"{name}.parquet") for name in TABLES}  # type: ignore[call-arg]
    tables = read_tables(sources, base_dir=folder)
    reading = clock.read()
    cutoffs = cutoffs_of(count)
    if in_files:
        build_panel(tables, cutoffs, horizon=HORIZON, lookback=LOOKBACK, out=folder / "panel")
        return {**clock.read(), "reading": reading}
    panel = build_panel(tables, cutoffs, horizon=HORIZON, lookback=LOOKBACK)
    found = {**clock.read(), "reading": reading, "rows": len(panel), "columns": panel.shape[1]}
    if keep is not None:
        panel[panel["cutoff"] == cutoffs[-1]].to_parquet(keep)
    return found


def sql(folder: Path, count: int, keep: Path | None) -> dict[str, Any]:
    """The hand-written DuckDB SQL of tests/features/by_hand, from the same files."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "features"))
    import duckdb
    import pyarrow.compute as pc
    import pyarrow.parquet as pq
    from by_hand_sql import panel_by_hand

    clock = Clock()
    with duckdb.connect() as con:
        for name in TABLES:
            con.execute(f"CREATE VIEW {name} AS FROM '{folder / name}.parquet'")
        cutoffs = cutoffs_of(count)
        panel = panel_by_hand(con, cutoffs, lookback=LOOKBACK, horizon=HORIZON)
        found = {**clock.read(), "rows": panel.num_rows, "columns": panel.num_columns}
    if keep is not None:
        pq.write_table(panel.filter(pc.equal(panel["cutoff"], cutoffs[-1])), keep)
    return found


def pandas(folder: Path, count: int, keep: Path | None, *, vectorised: bool) -> dict[str, Any]:
    """Pandas, straightforward or vectorised; reading the files is not counted."""
    import pandas as pd
    from features_pandas import panel_by_pandas

    frames = [pd.read_parquet(folder / f"{name}.parquet") for name in TABLES]
    clock = Clock()
    for cutoff in cutoffs_of(count):
        panel = panel_by_pandas(*frames, cutoff, lookback=LOOKBACK, vectorised=vectorised)
    found = {**clock.read(), "rows": len(panel) * count, "columns": panel.shape[1]}
    if keep is not None:
        panel.rename_axis("customer_id").reset_index().to_parquet(keep)
    return found


def featuretools(folder: Path, count: int, keep: Path | None) -> dict[str, Any]:
    """Deep feature synthesis with cutoff times, once a window; reading is not counted."""
    import featuretools as ft
    import pandas as pd

    times = {"purchases": "purchased_at", "negotiations": "negotiated_at"}
    times["complaints"] = "opened_at"
    entities = ft.EntitySet("company")
    frames = {name: pd.read_parquet(folder / f"{name}.parquet") for name in TABLES}
    bought = frames["purchases"]
    ids = pd.DataFrame({"customer_id": sorted(set(bought["customer_id"]))})
    entities.add_dataframe(ids, "customers", index="customer_id")
    numbers = {
        "purchases": ["amount", "margin", "quantity", "list_amount"],
        "negotiations": ["list_price", "asked_price", "rounds"],
        "complaints": ["severity"],
    }
    words = {"purchases": ["order_id", "product_id", "category"]}
    for name, frame in frames.items():
        kept = ["customer_id", times[name], *numbers[name], *words.get(name, [])]
        frame = frame[frame["customer_id"].isin(ids["customer_id"])][kept]
        entities.add_dataframe(
            frame.reset_index(drop=True).reset_index(names=f"{name}_id"),
            name,
            index=f"{name}_id",
            time_index=times[name],
            logical_types=dict.fromkeys(words.get(name, []), "Categorical"),
        )
        entities.add_relationship("customers", "customer_id", name, "customer_id")
    asked = []
    for cutoff in cutoffs_of(count):
        recent = bought["purchased_at"].between(
            cutoff - timedelta(days=LOOKBACK), cutoff, inclusive="right"
        )
        eligible = sorted(set(bought[recent & ~bought["is_return"]]["customer_id"]))
        asked.append(pd.DataFrame({"customer_id": eligible, "time": cutoff}))
    rows, columns = pd.concat(asked, ignore_index=True), 0
    clock = Clock()
    for days in (30, 90, 180, 365, None):
        matrix, _ = ft.dfs(
            entityset=entities,
            target_dataframe_name="customers",
            cutoff_time=rows,
            cutoff_time_in_index=True,
            training_window=days and ft.Timedelta(days, "d"),
            agg_primitives=["count", "sum", "mean", "max", "num_unique", "time_since_last"],
            trans_primitives=[],
            n_jobs=1,
        )
        columns += matrix.shape[1]
    return {**clock.read(), "rows": len(rows), "columns": columns}


def main() -> None:
    """Run one way and print what it took."""
    ways: dict[str, Callable[..., dict[str, Any]]] = {
        "ours": lambda *given: ours(*given, in_files=False),
        "ours in files": lambda *given: ours(*given, in_files=True),
        "SQL": sql,
        "pandas": lambda *given: pandas(*given, vectorised=False),
        "pandas vectorised": lambda *given: pandas(*given, vectorised=True),
        "featuretools": featuretools,
    }
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("way", choices=ways)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cutoffs", type=int, default=12)
    parser.add_argument("--keep", type=Path, help="Parquet file for the rows of the last cutoff")
    given = parser.parse_args()
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    print(json.dumps(ways[given.way](given.folder, given.cutoffs, given.keep)))


if __name__ == "__main__":
    main()

"""Features in DuckDB SQL written by hand: the oracle of the tests, the yardstick of a benchmark."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

FOLDER = Path(__file__).parent / "by_hand"
TABLES = ("purchases", "negotiations", "complaints")
EPOCH = datetime(1970, 1, 1)


def panel_by_hand(
    con: duckdb.DuckDBPyConnection, cutoffs: Iterable[datetime], *, lookback: int, horizon: int
) -> pa.Table:
    """The panel of purchases, negotiations and complaints, which are views or tables of `con`."""
    con.execute((FOLDER / "prepare.sql").read_text(encoding="utf-8"))
    con.execute(f"SET VARIABLE lookback = {lookback}; SET VARIABLE horizon = {horizon}")
    query = (FOLDER / "cutoff.sql").read_text(encoding="utf-8")
    parts = []
    for cutoff in cutoffs:
        con.execute(f"SET VARIABLE cutoff = {(cutoff - EPOCH) // timedelta(microseconds=1)}")
        part = con.sql(query).to_arrow_table()
        at = pa.array([cutoff] * part.num_rows, pa.timestamp("us"))
        parts.append(part.append_column("cutoff", at))
    return pa.concat_tables(parts)

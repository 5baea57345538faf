"""Every feature of purchases, negotiations and complaints against SQL that was written by hand."""

from __future__ import annotations

from datetime import datetime

import companies
import duckdb
import pandas as pd
import pytest
from by_hand_sql import TABLES, panel_by_hand
from companies import random_company

from treue.features.catalogue import CATALOGUE
from treue.features.panel import build_panel
from treue.features.tables import Tables

CUTOFFS = [datetime(2020, 7, 1), datetime(2021, 3, 1, 12), datetime(2021, 9, 14, 6, 30)]
FAMILIES = ("purchases", "negotiations", "complaints")


@pytest.mark.parametrize("seed", range(2))
def test_features_are_those_of_sql_written_by_hand(seed: int) -> None:
    company = random_company(seed, late=False)
    frames = {name: company[name] for name in TABLES}
    tables = Tables.from_frames(frames, observed_until=companies.END)
    found = build_panel(tables, CUTOFFS, horizon=60, lookback=365)
    with duckdb.connect() as con:
        for name in TABLES:
            con.register(name, tables.frames[name])
        expected = panel_by_hand(con, CUTOFFS, horizon=60, lookback=365).to_pandas()
    expected = expected.sort_values(["cutoff", "customer_id"], ignore_index=True)
    assert set(found) - set(expected) == {"calendar_sin", "calendar_cos"}
    assert {name for name, f in CATALOGUE.items() if f.family in FAMILIES} < set(expected)
    for name in expected:
        if name in ("customer_id", "cutoff", "last_channel"):
            ours, theirs = (frame[name].astype(object) for frame in (found, expected))
        else:
            ours, theirs = (frame[name].astype(float) for frame in (found, expected))
        pd.testing.assert_series_equal(
            ours, theirs, check_dtype=False, rtol=1e-9, atol=1e-9, obj=name
        )

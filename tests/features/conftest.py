"""What the hand-worked tests of the families share: one cutoff, and panels from literal tables.

In the tables every time is written as days before the cutoff; after it, if negative.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import pytest

from treue.features.family import Family
from treue.features.panel import build_panel
from treue.features.tables import Tables

CUTOFF = datetime(2024, 7, 1)

Rows = Sequence[tuple[Any, ...]]


def tables_of(frames: Mapping[str, Rows], *, attributes: Sequence[str] = ()) -> Tables:
    """Tables from rows whose first one names the columns, observed for 400 days after it."""
    found = {}
    for name, rows in frames.items():
        frame = pd.DataFrame(rows[1:], columns=rows[0])
        for column in frame:
            if column == "since" or str(column).endswith("_at"):
                days = pd.to_numeric(frame[column])
                frame[column] = CUTOFF - pd.to_timedelta(days * 86_400, unit="s")
        found[name] = frame
    until = CUTOFF + pd.Timedelta(days=400)
    return Tables.from_frames(found, observed_until=until, attributes=attributes)


def features_of(
    families: Sequence[Family],
    frames: Mapping[str, Rows],
    *,
    attributes: Sequence[str] = (),
    lookback: int = 1500,
    **options: Any,
) -> pd.DataFrame:
    """The panel at the cutoff, by customer, without its keys and its season."""
    tables = tables_of(frames, attributes=attributes)
    panel = build_panel(tables, [CUTOFF], families=families, lookback=lookback, **options)
    return panel.set_index("customer_id").drop(columns=["cutoff", "calendar_sin", "calendar_cos"])


@pytest.fixture(scope="session", name="tables_of")
def _tables_of() -> Callable[..., Tables]:
    return tables_of


@pytest.fixture(scope="session", name="features_of")
def _features_of() -> Callable[..., pd.DataFrame]:
    return features_of

"""What the hand-worked tests of the families share: one cutoff, and panels from literal tables.

In the tables every time is written as days before the cutoff; after it, if negative.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import pytest

from treue.features.family import Family
from treue.features.findings_german import in_german
from treue.features.panel import build_panel
from treue.features.report import Level, Report
from treue.features.tables import Tables

CUTOFF = datetime(2024, 7, 1)


@pytest.fixture(scope="module", autouse=True)
def every_finding_has_german() -> Iterator[None]:
    """Whatever finding a test provokes, the catalogue must have its German."""
    add = Report.add

    def adding(
        self: Report, level: Level, table: str, column: str | None, message: str,
        remedy: str = "", **more: Any
    ) -> None:  # fmt: skip
        lacking = [said for said in (message, remedy) if in_german(said) is None]
        assert not lacking, f"features/findings_german_words.py lacks {lacking}"
        add(self, level, table, column, message, remedy, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Report, "add", adding)
        yield


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

"""The panel: one row per eligible customer and cutoff, features of the past, labels of the future.

Training and scoring both call `build_panel`, so features cannot differ between them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, overload

import pandas as pd
import pyarrow as pa

from treue.features.catalogue import FAMILIES, check_families
from treue.features.dates import to_utc
from treue.features.engine import EngineName, load
from treue.features.errors import TreueError
from treue.features.family import Family, Feature
from treue.features.labels import Churn, Definition, Referral, check_cutoffs
from treue.features.panel_frame import PanelFrame
from treue.features.panel_queries import AFTER, LABELS, PanelQueries

if TYPE_CHECKING:
    from treue.features.tables import Tables

log = logging.getLogger(__name__)

KEYS = ("customer_id", "cutoff")


def feature_columns(panel: pd.DataFrame) -> list[str]:
    """The panel's columns that are neither key nor label."""
    return [str(name) for name in panel.columns if name not in (*KEYS, *LABELS, *AFTER)]


def monthly_cutoffs(first: datetime, last: datetime, *, every_months: int = 1) -> list[datetime]:
    """Cutoffs every so many calendar months back from `last` while not before `first`, ascending.

    A day that a month lacks is its last day: a month before 31 March is 28 February.
    """
    if every_months < 1:
        raise TreueError(f"cutoffs.every_months: {every_months}; give at least 1")
    found = []
    steps = 0
    while (cutoff := pd.Timestamp(last) - pd.DateOffset(months=steps)) >= pd.Timestamp(first):
        found.append(cutoff.to_pydatetime())
        steps += every_months
    return found[::-1]


@overload
def build_panel(
    tables: Tables,
    cutoffs: Iterable[datetime],
    *,
    horizon: int | None = ...,
    lookback: int = ...,
    churn: Churn = ...,
    decline_share: float = ...,
    referral: Referral = ...,
    families: Sequence[Family] | None = ...,
    engine: EngineName = ...,
    out: None = ...,
) -> pd.DataFrame: ...
@overload
def build_panel(
    tables: Tables,
    cutoffs: Iterable[datetime],
    *,
    horizon: int | None = ...,
    lookback: int = ...,
    churn: Churn = ...,
    decline_share: float = ...,
    referral: Referral = ...,
    families: Sequence[Family] | None = ...,
    engine: EngineName = ...,
    out: Path,
) -> Path: ...
def build_panel(
    tables: Tables,
    cutoffs: Iterable[datetime],
    *,
    horizon: int | None = None,
    lookback: int = 180,
    churn: Churn = "inactivity",
    decline_share: float = 0.5,
    referral: Referral = "made",
    families: Sequence[Family] | None = None,
    engine: EngineName = "duckdb",
    out: Path | None = None,
) -> pd.DataFrame | Path:
    """One row per eligible customer and cutoff.

    Parameters
    ----------
    tables
        What the company brought.
    cutoffs
        Moments of knowledge; with a zone they are converted to UTC, without one taken as UTC.
    horizon
        Days after a cutoff that the labels look at; None leaves the labels out, for scoring.
    lookback, churn, decline_share, referral
        See `treue.features.labels.Definition`.
    families
        Families of features; None takes all of `treue.features.catalogue.FAMILIES`. Those whose
        tables or columns were not brought are left out.
    engine
        ``"duckdb"`` or ``"polars"``; they agree to the rounding of the last division.
    out
        Folder for Parquet files, one ``<cutoff>/panel.parquet`` a cutoff, each written whole or
        not at all; files of other cutoffs that are there stay. None returns a frame.

    Returns
    -------
    pandas.DataFrame or Path
        Columns ``customer_id`` (str), ``cutoff`` (datetime64[us]), features (float64; names as
        category), and with a horizon ``churned`` and, where there is a table of referrals,
        ``referred`` (int8), ``churned_after`` and ``referred_after`` (float64, days from the cutoff
        to what decides the label, however late; see `treue.features.labels.moments`). Sorted by
        cutoff and customer. A missing value means that there is nothing to measure (no second
        order, so no gap), never zero.

    Raises
    ------
    TreueError
        If there is no cutoff, one lies after the data, or its label window outruns them; if two
        families use a name twice.
    """
    definition = Definition(churn, referral, lookback, decline_share)
    moments = sorted({to_utc(pd.Timestamp(cutoff).to_pydatetime()) for cutoff in cutoffs})
    if not moments:
        raise TreueError("cutoffs: none given; give at least one")
    if horizon is not None and horizon < 1:
        raise TreueError(f"label.horizon: {horizon} days; give at least 1")
    check_cutoffs(tables, moments, horizon)
    chosen = FAMILIES if families is None else tuple(families)
    check_families(chosen)
    started = time.perf_counter()
    queries = PanelQueries(load(tables, engine=engine), chosen, definition, horizon, moments)
    frame = PanelFrame(sum(map(len, queries.customers.values())))
    for cutoff in moments:
        if out is None:
            frame.add(queries.at(cutoff))
        else:
            _write(_with_categories(queries.at(cutoff), queries.shown), out, cutoff)
    shown = queries.shown
    log.info(
        "panel: %d cutoffs, %d features, %.1f s",
        *(len(moments), len(shown), time.perf_counter() - started),
    )
    queries.loaded.backend.close()
    return frame.to_pandas({f.name for f in shown if f.categorical}) if out is None else out


def _with_categories(part: pa.Table, features: Sequence[Feature]) -> pa.Table:
    """The same table, whose names pandas reads back from a file as category."""
    for feature in features:
        if feature.categorical:
            names = part[feature.name].dictionary_encode()
            part = part.set_column(part.column_names.index(feature.name), feature.name, names)
    return part


def _write(part: pa.Table, out: Path, cutoff: datetime) -> None:
    import pyarrow.parquet as pq

    # no "cutoff=..." folders: readers would take a second column `cutoff`, of text, from them
    folder = out / f"{cutoff:%Y-%m-%dT%H%M%S}"
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / ".panel.parquet.part"  # hidden from readers of the folder
    pq.write_table(part, temporary)
    temporary.replace(folder / "panel.parquet")

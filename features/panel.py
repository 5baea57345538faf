"""The panel: one row per eligible customer and cutoff, features of the past, labels of the future.

Training and scoring both call `build_panel`, so features cannot differ between them.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, overload

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pyarrow as pa

from treue.features import customer
from treue.features.catalogue import FAMILIES, check_families
from treue.features.dates import to_utc
from treue.features.engine import EngineName, Lazy, Loaded, load, microseconds
from treue.features.errors import TreueError
from treue.features.family import Family, Feature, Stream
from treue.features.known import Streams
from treue.features.labels import (
    Churn,
    Definition,
    Referral,
    check_cutoffs,
    churned,
    eligible,
    labels,
    moments,
)
from treue.features.tables import Tables

log = logging.getLogger(__name__)

KEYS = ("customer_id", "cutoff")
LABELS = ("churned", "referred")
AFTER = ("churned_after", "referred_after")
"""When what decides a label happened: days after the cutoff, missing where it did not."""


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
    builder = _Builder(load(tables, engine=engine), chosen)
    parts = []
    for cutoff in moments:
        part = builder.at(cutoff, horizon, definition)
        if out is None:
            parts.append(part)
        else:
            _write(_with_categories(part, builder.shown), out, cutoff)
    log.info(
        "panel: %d cutoffs, %d features, %.1f s",
        len(moments),
        len(builder.shown),
        time.perf_counter() - started,
    )
    return _to_pandas(pa.concat_tables(parts), builder.shown) if out is None else out


@dataclass
class _Builder:
    """Computes the rows of one cutoff after another from streams that are prepared once."""

    loaded: Loaded
    families: Sequence[Family]

    def __post_init__(self) -> None:
        brought = {
            f"{table}.{column}"
            for table, source in self.loaded.sources.items()
            for column in source.columns
        }
        streams = {
            f"{family.name}.{name}": stream
            for family in self.families
            for name, stream in family.streams.items()
            if brought.issuperset(stream.needs) and self._has(stream)
        }
        self.aggregates: dict[str, list[Feature]] = {}
        self.combined: list[Feature] = []
        known: set[str] = set()
        for feature in self._features():
            stream_name = f"{feature.family}.{feature.stream}"
            if feature.stream and stream_name in streams and brought.issuperset(feature.needs):
                self.aggregates.setdefault(stream_name, []).append(feature)
            elif feature.stream or not known.issuperset(feature.of):
                continue
            else:
                self.combined.append(feature)
            known.add(feature.name)
        self.shown = [f for f in self._features() if f.shown and f.name in known]
        used = {name: streams[name] for name in self.aggregates}
        self.streams = Streams(self.loaded, used)

    def _has(self, stream: Stream) -> bool:
        return all(table in self.loaded.sources for table in stream.tables)

    def _features(self) -> list[Feature]:
        tables = self.loaded.tables
        own = customer.attributes(tables.attributes, tables.frames.get("customers"))
        found = []
        for family in self.families:
            found += [*family.features, *(own if family.name == "customer" else ())]
        return found

    def at(self, cutoff: datetime, horizon: int | None, definition: Definition) -> pa.Table:
        """Rows of one cutoff, sorted by customer."""
        moment = microseconds(cutoff)
        backend = self.loaded.backend
        spine = backend.materialise(eligible(self.loaded, cutoff, definition))
        customers = np.sort(_arrow(spine).column("customer_id").to_numpy())
        columns: dict[str, Any] = {"customer_id": pa.array(customers)}
        for name, features in self.aggregates.items():
            events = self.streams.at(name, moment).join(spine, on="customer_id", how="semi")
            sums = events.group_by("customer_id").agg(
                *(feature.expr.alias(feature.name) for feature in features)
            )
            columns |= _aligned(_arrow(sums), customers, {f.name: f.fill for f in features})
        rows = nw.from_native(pa.table(columns), eager_only=True)
        for feature in self.combined:
            rows = rows.with_columns(feature.expr.alias(feature.name))
        if horizon is not None:
            for frame in labels(self.loaded, cutoff, horizon, definition):
                rows = _joined(rows, frame, customers, 0)
            rows = rows.with_columns(churned(definition).alias("churned"))
            for frame in moments(self.loaded, cutoff, horizon, definition):
                rows = _joined(rows, frame, customers, None)
        return self._finish(rows.to_native(), cutoff)

    def _finish(self, table: pa.Table, cutoff: datetime) -> pa.Table:
        """Codes back to customers, the cutoff and its season added."""
        codes = table.column("customer_id").to_numpy()
        ids = pa.array(self.loaded.customer_ids[codes], pa.string())
        angle = 2 * math.pi * (cutoff.timetuple().tm_yday - 1) / 365.25
        columns: dict[str, Any] = {
            "customer_id": ids,
            "cutoff": pa.array([cutoff] * len(ids), pa.timestamp("us")),
        }
        for feature in self.shown:
            values = table.column(feature.name)
            kind = pa.string() if feature.categorical else pa.float64()
            columns[feature.name] = values.cast(kind)
        columns["calendar_sin"] = pa.array([math.sin(angle)] * len(ids), pa.float64())
        columns["calendar_cos"] = pa.array([math.cos(angle)] * len(ids), pa.float64())
        for name in LABELS:
            if name in table.column_names:
                columns[name] = table.column(name).cast(pa.int8())
        for name in AFTER:
            if name in table.column_names:
                columns[name] = table.column(name).cast(pa.float64())
        return pa.table(columns)


def _arrow(frame: Lazy) -> pa.Table:
    return frame.collect("pyarrow").to_native()


def _joined(
    rows: nw.DataFrame[Any], frame: Lazy, customers: np.ndarray, fill: int | None
) -> nw.DataFrame[Any]:
    """The rows of the sorted `customers` with the columns of `frame`, missing ones filled."""
    found = _arrow(frame)
    names = [name for name in found.column_names if name != "customer_id"]
    new = _aligned(found, customers, dict.fromkeys(names, fill))
    return rows.with_columns(
        *(nw.new_series(name, values, backend="pyarrow") for name, values in new.items())
    )


def _aligned(
    found: pa.Table, customers: np.ndarray, fills: Mapping[str, float | None]
) -> dict[str, pa.Array]:
    """Columns of `found` in the order of the sorted `customers`, missing ones filled."""
    codes = found.column("customer_id").to_numpy()
    order = np.argsort(codes)
    at = np.searchsorted(codes[order], customers)
    at = np.minimum(at, max(len(codes) - 1, 0))
    present = codes[order][at] == customers if len(codes) else np.zeros(len(customers), bool)
    rows = pa.array(order[at] if len(codes) else np.zeros(len(customers), int), mask=~present)
    columns = {}
    for name, fill in fills.items():
        values = found.column(name).combine_chunks().take(rows)
        columns[name] = values if fill is None else values.fill_null(fill)
    return columns


def _to_pandas(table: pa.Table, features: Sequence[Feature]) -> pd.DataFrame:
    panel = table.to_pandas()
    for feature in features:
        if feature.categorical:
            panel[feature.name] = panel[feature.name].astype("category")
    return panel


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

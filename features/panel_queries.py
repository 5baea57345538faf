"""What the panel asks of the engine: queries written once, run at each cutoff."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pyarrow as pa

from treue.features import customer
from treue.features.engine import Codes, Lazy, Loaded, Query, microseconds
from treue.features.family import Family, Feature, Stream
from treue.features.known import Streams
from treue.features.labels import DAY, READ, Definition, churned, eligible, labels, moments

LABELS = ("churned", "referred")
AFTER = ("churned_after", "referred_after")
"""When what decides a label happened: days after the cutoff, missing where it did not."""


class PanelQueries:
    """Computes the rows of one cutoff after another from streams that are prepared once.

    Attributes
    ----------
    customers
        Who is eligible at each of the `cutoffs`: sorted codes. Without any, streams are prepared
        for all customers and whatever cutoff.
    aggregates
        Features (steps among them) by the stream they are made of, as ``family.stream``.
    combined
        Features made of others, in turns: each needs only what earlier turns made.
    shown
        Features that reach the panel.
    """

    def __init__(
        self,
        loaded: Loaded,
        families: Sequence[Family],
        definition: Definition,
        horizon: int | None,
        cutoffs: Sequence[datetime] = (),
    ) -> None:
        self.loaded = loaded
        self.families = families
        self.definition = definition
        self.horizon = horizon
        backend = loaded.backend
        query = backend.query(lambda at: eligible(loaded, at, definition))
        self.customers: dict[datetime, Codes] = {
            cutoff: np.sort(query(microseconds(cutoff)).column("customer_id").to_numpy())
            for cutoff in cutoffs
        }
        streams = self._choose()
        self.streams = Streams(
            loaded, {name: streams[name] for name in self.aggregates}, customers=self.customers
        )
        for table in loaded.sources.keys() - self.streams.read_anew:
            # who is eligible is known, and a label looks back over its own window at most
            bought = table == "purchases" and cutoffs
            first = microseconds(min(cutoffs)) - (horizon or 0) * DAY if bought else None
            loaded.keep(table, READ, after=first)
        # what the queries below are about: the customers of the cutoff, and their aggregates
        self._spine: Lazy
        self._rows: Lazy
        self._sums = [
            (backend.query(lambda at, name=name: self._aggregate(name, at)), features)  # type: ignore[misc]
            for name, features in self.aggregates.items()
        ]
        self._combine = backend.query(lambda _: self._combination())
        self._labels = [] if horizon is None else self._queries(labels, horizon)
        self._moments = [] if horizon is None else self._queries(moments, horizon)

    def _choose(self) -> dict[str, Stream]:
        """Choose features that the company's tables and columns allow; return all streams."""
        brought = {
            f"{table}.{column}"
            for table, source in self.loaded.sources.items()
            for column in source.columns
        }
        streams = {
            f"{family.name}.{name}": stream
            for family in self.families
            for name, stream in family.streams.items()
            if brought.issuperset(stream.needs)
            and all(table in self.loaded.sources for table in stream.tables)
        }
        self.aggregates: dict[str, list[Feature]] = {}
        self.combined: list[list[Feature]] = []
        turn: dict[str, int] = {}
        for feature in self._features():
            stream_name = f"{feature.family}.{feature.stream}"
            if feature.stream and stream_name in streams and brought.issuperset(feature.needs):
                self.aggregates.setdefault(stream_name, []).append(feature)
                turn[feature.name] = 0
            elif not feature.stream and turn.keys() >= set(feature.of):
                at = max((turn[name] for name in feature.of), default=0)
                turn[feature.name] = at + 1
                self.combined += [[]] if at == len(self.combined) else []
                self.combined[at].append(feature)
        self.shown = [f for f in self._features() if f.shown and f.name in turn]
        return streams

    def _features(self) -> list[Feature]:
        tables = self.loaded.tables
        own = customer.attributes(tables.attributes, tables.frames.get("customers"))
        found = []
        for family in self.families:
            found += [*family.features, *(own if family.name == "customer" else ())]
        return found

    def _aggregate(self, name: str, at: nw.Expr) -> Lazy:
        events = self.streams.at(name, at).join(self._spine, on="customer_id", how="semi")
        features = self.aggregates[name]
        return events.group_by("customer_id").agg(*(f.expr.alias(f.name) for f in features))

    def _combination(self) -> Lazy:
        rows = self._rows
        for features in self.combined:
            rows = rows.with_columns(*(f.expr.alias(f.name) for f in features))
        return rows.select("customer_id", *(f.name for turn in self.combined for f in turn))

    def _queries(self, of: Any, horizon: int) -> list[Query]:
        """A query for each of the frames that `labels` or `moments` returns."""
        count = len(of(self.loaded, nw.lit(0), horizon, self.definition))
        return [
            self.loaded.backend.query(
                lambda at, i=i: of(self.loaded, at, horizon, self.definition)[i]  # type: ignore[misc]
            )
            for i in range(count)
        ]

    def at(self, cutoff: datetime) -> pa.Table:
        """Rows of one cutoff, sorted by customer."""
        at = microseconds(cutoff)
        load = self.loaded.backend.load
        customers = self.customers[cutoff]
        columns: dict[str, Any] = {"customer_id": pa.array(customers)}
        self._spine = load(pa.table(columns), "spine")
        for query, features in self._sums:
            columns |= _aligned(query(at), customers, {f.name: f.fill for f in features})
        if self.combined:
            self._rows = load(pa.table(columns), "rows")
            columns |= _aligned(self._combine(at), customers)
        for query in self._labels:
            columns |= _aligned(query(at), customers, fill=0)
        if self._labels:
            frame = nw.from_native(pa.table(columns), eager_only=True)
            found = frame.select(churned=churned(self.definition)).to_native()
            columns["churned"] = found.column("churned")
        for query in self._moments:
            columns |= _aligned(query(at), customers)
        return self._finish(columns, customers, cutoff)

    def _finish(self, columns: Mapping[str, Any], codes: Codes, cutoff: datetime) -> pa.Table:
        """Codes back to customers, the cutoff and its season added."""
        ids = pa.array(self.loaded.customer_ids[codes], pa.string())
        found: dict[str, Any] = {
            "customer_id": ids,
            "cutoff": pa.array([cutoff] * len(ids), pa.timestamp("us")),
        }
        for feature in self.shown:
            kind = pa.string() if feature.categorical else pa.float64()
            found[feature.name] = columns[feature.name].cast(kind)
        for name, value in zip(("calendar_sin", "calendar_cos"), season(cutoff), strict=True):
            found[name] = pa.array(np.full(len(ids), value))
        kinds = dict.fromkeys(LABELS, pa.int8()) | dict.fromkeys(AFTER, pa.float64())
        found |= {name: columns[name].cast(kind) for name, kind in kinds.items() if name in columns}
        return pa.table(found)


def season(cutoff: datetime) -> tuple[float, float]:
    """Sine and cosine of the day of the year."""
    angle = 2 * math.pi * (cutoff.timetuple().tm_yday - 1) / 365.25
    return math.sin(angle), math.cos(angle)


def _aligned(
    found: pa.Table,
    customers: Codes,
    fills: Mapping[str, float | None] | None = None,
    *,
    fill: float | None = None,
) -> dict[str, pa.Array]:
    """Columns of `found` in the order of the sorted `customers`, missing ones filled."""
    codes = found.column("customer_id").to_numpy()
    order = np.argsort(codes)
    at = np.searchsorted(codes[order], customers)
    at = np.minimum(at, max(len(codes) - 1, 0))
    present = codes[order][at] == customers if len(codes) else np.zeros(len(customers), bool)
    rows = pa.array(order[at] if len(codes) else np.zeros(len(customers), int), mask=~present)
    columns = {}
    for name in found.column_names:
        if name != "customer_id":
            value = fill if fills is None else fills[name]
            values = found.column(name).combine_chunks().take(rows)
            columns[name] = values if value is None else values.fill_null(value)
    return columns

"""Panels of few customers, at once: for who is asked about while somebody waits.

DuckDB takes a second to plan the queries of a panel, whatever the number of rows. Here the same
families are written down once as a program of numpy steps, which takes some milliseconds for the
rows of a customer. What the program does not know, or is not certain of, goes to `build_panel`.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import count
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from treue.features.catalogue import FAMILIES, check_families
from treue.features.dates import to_utc
from treue.features.engine import microseconds
from treue.features.errors import TreueError
from treue.features.family import Family
from treue.features.labels import Churn, Definition, Referral, check_cutoffs
from treue.features.panel import build_panel
from treue.features.panel_queries import season
from treue.features.small_columns import UnsureError
from treue.features.small_load import on_time
from treue.features.small_program import PanelProgram, compile_panel
from treue.features.tables import Tables

log = logging.getLogger(__name__)

ROWS = 20_000
"""Rows of all tables together, times cutoffs, up to which a panel is made here."""
KEPT = 32
"""Programs that are kept: one for each way of making panels and each set of columns."""


@dataclass
class _Kept:
    """A program and what it was written for; None where there can be none.

    Beside it stand its families: as long as they are kept, no other has their place in memory.
    """

    families: tuple[Family, ...]
    program: PanelProgram | None = None
    written: bool = False
    told: bool = False
    lock: Any = field(default_factory=Lock)

    def leave(self, error: Exception) -> None:
        """Note why the other engine does it, or tells what is wrong; a fault of ours aloud."""
        ours = not isinstance(error, UnsureError | TreueError) and not self.told
        log.log(
            logging.WARNING if ours else logging.DEBUG,
            "panel left to the other engine, which takes longer: %r",
            error,
            exc_info=error,
        )
        self.told |= ours


@dataclass
class SmallPanels:
    """Builds panels without labels as `build_panel` does, with the programs of earlier calls.

    It may be asked by several threads at once.

    >>> SmallPanels().build(tables, [datetime(2024, 12, 1)], lookback=180)  # doctest: +SKIP
    """

    _kept: OrderedDict[Hashable, _Kept] = field(default_factory=OrderedDict)
    _lock: Any = field(default_factory=Lock)

    def build(
        self,
        tables: Tables,
        cutoffs: Iterable[datetime],
        *,
        lookback: int = 180,
        churn: Churn = "inactivity",
        decline_share: float = 0.5,
        referral: Referral = "made",
        families: Sequence[Family] | None = None,
    ) -> pd.DataFrame:
        """The panel that `build_panel` makes of these tables without a horizon.

        Parameters
        ----------
        tables, cutoffs, lookback, churn, decline_share, referral, families
            As `build_panel` takes them.

        Raises
        ------
        TreueError
            As `build_panel` does.
        """
        cutoffs = list(cutoffs)
        chosen = FAMILIES if families is None else tuple(families)
        definition = Definition(churn, referral, lookback, decline_share)
        moments = sorted({to_utc(pd.Timestamp(cutoff).to_pydatetime()) for cutoff in cutoffs})
        rows = sum(frame.num_rows for frame in tables.frames.values()) * len(moments)
        if moments and rows <= ROWS:
            check_cutoffs(tables, moments, None)
            try:
                kept = self._program(tables, chosen, definition)
            except UnsureError:  # a time beyond all companies: nobody knows whether it was late
                kept = _Kept(chosen)
            if kept.program is not None:
                try:
                    return _panel(kept.program, tables, moments)
                except Exception as error:
                    kept.leave(error)
        return build_panel(
            tables,
            cutoffs,
            lookback=lookback,
            churn=churn,
            decline_share=decline_share,
            referral=referral,
            families=chosen,
        )

    def _program(
        self, tables: Tables, families: tuple[Family, ...], definition: Definition
    ) -> _Kept:
        """A program of an earlier call, or a new one."""
        # few programs for the customers of a company: neither the order of columns makes another,
        # nor which tables say when rows were recorded, but whether any row was recorded late
        brought = frozenset(
            (name, column, kind)
            for name, frame in tables.frames.items()
            for column, kind in zip(frame.schema.names, frame.schema.types, strict=True)
            if column != "recorded_at"
        )
        late = not all(on_time(name, frame) for name, frame in tables.frames.items())
        key = (tuple(map(id, families)), definition, brought, tables.attributes, late)
        with self._lock:
            kept = self._kept.setdefault(key, _Kept(families))
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        with kept.lock:  # who waits for the same program need not write it again
            if not kept.written:
                check_families(families)
                try:
                    kept.program = compile_panel(tables, families, definition, late=late)
                except Exception as error:
                    kept.leave(error)
                kept.written = True
        return kept


def _panel(program: PanelProgram, tables: Tables, moments: list[datetime]) -> pd.DataFrame:
    """The result of a program as a frame."""
    reader, spine, columns = program.run(tables, [microseconds(moment) for moment in moments])
    places, codes = np.divmod(spine, max(len(reader.customers), 1))
    numbers = np.empty((len(columns) + 4, len(spine)))  # of keys, features, and the season
    names: dict[int, Any] = {}
    for at, feature, (values, known) in zip(count(2), program.shown, columns, strict=False):
        if feature.categorical:
            names[at] = _names(values, known, list(reader.texts))
            continue
        numbers[at] = values
        if known is not None:
            numbers[at, ~known] = np.nan
    numbers[-2:] = np.array([season(moment) for moment in moments])[places].T
    header = _header(tuple(feature.name for feature in program.shown))
    panel = pd.DataFrame(numbers.T, columns=header.view())
    customers = [reader.customers[code] for code in codes.tolist()]
    panel.isetitem(0, pa.array(customers, pa.string()).to_pandas())
    panel.isetitem(1, np.array(moments, "datetime64[us]")[places])
    for at, shown in names.items():
        panel.isetitem(at, shown)
    return panel


def _names(values: Any, known: Any, texts: list[str]) -> pd.Categorical:
    """Places in the list of texts as names, unknown ones missing."""
    found = np.unique(values if known is None else values[known])
    codes = np.searchsorted(found, values)
    if known is not None:
        codes = np.where(known, codes, -1)
    return pd.Categorical.from_codes(codes, dtype=_categories(tuple(texts[i] for i in found)))


@lru_cache(maxsize=256)
def _categories(names: tuple[str, ...]) -> pd.CategoricalDtype:
    """The type that pandas gives to a column of these names."""
    dtype = pa.array(names, pa.string()).to_pandas().astype("category").dtype
    assert isinstance(dtype, pd.CategoricalDtype)
    return dtype


@lru_cache(maxsize=KEPT)
def _header(features: tuple[str, ...]) -> pd.Index:
    """The names of a panel's columns, made once: pandas takes long over them."""
    return pd.Index(["customer_id", "cutoff", *features, "calendar_sin", "calendar_cos"])

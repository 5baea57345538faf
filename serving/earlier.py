"""A customer's own values one window earlier, as they were known then."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from treue.features.catalogue import CATALOGUE, FAMILIES, describe
from treue.features.family import Family, Feature
from treue.features.schema import TABLES
from treue.features.tables import Tables
from treue.features.topics import TELLINGS
from treue.serving.definition import small_panels

Floats = npt.NDArray[np.float64]

WINDOWS = (90, 365)
"""Lengths of window, in days, for which earlier values are computed."""
FEW = 1_000
"""Customers up to whom both windows are one panel."""
_ALL_DAYS = 36_500
"""A lookback that leaves nobody out: a customer who paused was a customer too."""
_WITH_REFERRED = frozenset({"reference_customers", "reference_amount", "reference_margin"})
"""They need the purchases of other customers, which are left out for speed."""


def earlier_values(
    tables: Tables,
    cutoff: datetime,
    customers: Sequence[str],
    names: Sequence[str],
    wanted: Collection[str],
    own_families: Sequence[Family] = (),
) -> dict[str, Floats]:
    """Return values (n,) by feature one window before the cutoff; NaN where there are none.

    Both windows of a few customers are one panel, always of the same families; of many, either
    is a panel of its own of what it needs, which takes half the memory.

    Parameters
    ----------
    customers
        Whose values are returned, in this order (n,).
    names
        Features; those without a window of `WINDOWS` are left out.
    wanted
        Customers to look up; the others have no values.
    """
    features = [describe(name, own_families) for name in names]
    features = [each for each in features if each.window_days in WINDOWS and _may_be_told(each)]
    families = (*FAMILIES, *own_families)
    small = _only(tables, wanted)
    enough = _enough(features, cutoff, _known_since(tables, families), _first(small, "purchases"))
    few = len(wanted) <= FEW
    found: dict[str, Floats] = {}
    for together in [list(enough)] if few and enough else [[days] for days in enough]:
        asked = features if few else enough[together[0]]
        moments = {days: cutoff - timedelta(days=days) for days in together}
        before = small_panels().build(
            small, moments.values(), lookback=_ALL_DAYS, families=_of_these(families, asked)
        )
        for days, then in moments.items():
            told = [each.name for each in enough[days] if each.name in before]
            found |= _values(before, then, customers, days, told)
    return found


def _enough(
    features: Sequence[Feature],
    cutoff: datetime,
    known_since: dict[str, datetime],
    first_purchase: datetime,
) -> dict[int, list[Feature]]:
    """Return by window the features whose tables reach back two of them; none is left out."""
    found = {}
    for days in WINDOWS:
        then = cutoff - timedelta(days=days)
        start = then - timedelta(days=days)
        told = [
            feature
            for feature in features
            if feature.window_days == days and known_since.get(feature.family, cutoff) <= start
        ]
        if told and first_purchase <= then:
            found[days] = told
    return found


def _values(
    before: pd.DataFrame, then: datetime, customers: Sequence[str], days: int, names: Sequence[str]
) -> dict[str, Floats]:
    """Return columns of a panel at that time, NaN for those who were not yet customers for long."""
    rows = np.flatnonzero(before["cutoff"].to_numpy() == np.datetime64(then))
    ids = before["customer_id"].tolist()
    row_of = {ids[row]: row for row in rows.tolist()}
    places = np.array([row_of.get(customer, -1) for customer in customers])
    there = np.flatnonzero(places >= 0)
    numbers = before[["tenure_days", *names]].to_numpy(dtype=float)[places[there]]
    long = numbers[:, 0] >= days
    values = np.full((len(names), len(customers)), np.nan)
    values[:, there[long]] = numbers[long, 1:].T
    return dict(zip(names, values, strict=True))


def _may_be_told(feature: Feature) -> bool:
    told = feature.name in TELLINGS or feature.name not in CATALOGUE
    return told and not feature.categorical and feature.name not in _WITH_REFERRED


def _of_these(families: Sequence[Family], features: Sequence[Feature]) -> tuple[Family, ...]:
    """Keep purchases, which tell the tenure, and the families that are asked for."""
    asked = {"purchases", *(feature.family for feature in features)}
    needed = {
        part.partition(".")[0]
        for family in families
        if family.name in asked
        for feature in family.features
        for part in feature.of
    }
    asked |= {f.family for family in families for f in family.features if f.name in needed}
    return tuple(family for family in families if family.name in asked)


def _only(tables: Tables, customers: Collection[str]) -> Tables:
    """Return the rows of these customers."""
    wanted = pa.array(sorted(customers), pa.string())
    frames = {
        name: frame.filter(pc.is_in(frame[TABLES[name].customer], value_set=wanted))
        for name, frame in tables.frames.items()
    }
    return replace(tables, frames=frames)


def _known_since(tables: Tables, families: Sequence[Family]) -> dict[str, datetime]:
    """Time of the first event of each family's tables."""
    first = {name: _first(tables, name) for name in tables.frames if _is_dated(tables, name)}
    found = {}
    for family in families:
        read = {table for stream in family.streams.values() for table in stream.tables}
        if there := [first[table] for table in read if table in first]:
            found[family.name] = max(there)
    return found


def _is_dated(tables: Tables, table: str) -> bool:
    """Whether a table was brought with its moments: customers need not say since when."""
    return TABLES[table].event_time in tables.frames[table].column_names


def _first(tables: Tables, table: str) -> datetime:
    first = pc.min(tables.frames[table][TABLES[table].event_time]).as_py()
    return first if first is not None else datetime.max

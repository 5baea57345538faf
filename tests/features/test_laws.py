"""Laws that hold for every table and every family of features."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import companies
import duckdb
import narwhals.stable.v2 as nw
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from companies import random_company
from hypothesis import given, settings
from hypothesis import strategies as st

from treue.features.catalogue import FAMILIES
from treue.features.family import Family, Feature, Stream
from treue.features.labels import Churn
from treue.features.panel import AFTER, build_panel
from treue.features.purchases import PURCHASES
from treue.features.tables import Tables

FEW = settings(max_examples=6, deadline=None, derandomize=True)
seeds = st.integers(0, 10_000)
cutoffs = st.integers(150, 700).map(lambda d: datetime(2020, 1, 1) + timedelta(days=d / 2 + 100))


def tables_of(frames: dict) -> Tables:
    return Tables.from_frames(frames, observed_until=companies.END, attributes=companies.ATTRIBUTES)


def panel_of(tables: Tables, cutoff: datetime, **options: object) -> pd.DataFrame:
    return build_panel(tables, [cutoff], lookback=365, **options)  # type: ignore[call-overload]


def same(a: pd.DataFrame, b: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(a, b, check_exact=True)


@given(seed=seeds, late=st.booleans(), cutoff=cutoffs)
@FEW
def test_truncating_every_table_to_what_was_known_changes_no_feature(
    seed: int, late: bool, cutoff: datetime
) -> None:
    tables = tables_of(random_company(seed, late=late))
    whole = panel_of(tables, cutoff)
    assert len(whole) > 0
    same(whole, panel_of(tables.known_at(cutoff), cutoff))


@given(seed=seeds, late=st.booleans(), cutoff=cutoffs, horizon=st.integers(1, 200))
@FEW
def test_a_label_is_what_its_day_says(
    seed: int, late: bool, cutoff: datetime, horizon: int
) -> None:
    tables = tables_of(random_company(seed, late=late))
    for churn in ("inactivity", "contract"):
        panel = build_panel(
            tables, [cutoff], lookback=365, horizon=horizon, churn=churn, families=[]
        )
        assert not (panel[list(AFTER)] <= 0).any(axis=None)
        within = panel[list(AFTER)] <= horizon
        assert (panel["referred"] == within["referred_after"]).all()
        left = within["churned_after"] if churn == "contract" else ~within["churned_after"]
        assert (panel["churned"] == left).all()


@pytest.mark.parametrize("churn", ["inactivity", "contract", "decline"])
def test_the_rows_of_a_cutoff_do_not_depend_on_the_cutoffs_beside_it(churn: Churn) -> None:
    company = random_company(5, late=False)
    del company["referrals"]  # their graph needs all rows, so that none would be let go of
    tables = tables_of(company)
    several = [companies.CUTOFF + timedelta(days=days) for days in (-270, -60, 90)]
    options: dict[str, Any] = {"horizon": 120, "lookback": 150, "families": [PURCHASES]}
    together = build_panel(tables, several, churn=churn, **options)
    alone = [build_panel(tables, [cutoff], churn=churn, **options) for cutoff in several]
    assert all(map(len, alone))
    stacked = pd.concat(alone, ignore_index=True)
    same(together, stacked.astype({"last_channel": together["last_channel"].dtype}))


@given(seed=seeds, late=st.booleans())
@FEW
def test_the_order_of_rows_changes_nothing(seed: int, late: bool) -> None:
    frames = random_company(seed, late=late)
    shuffled = {name: frame.sample(frac=1, random_state=seed) for name, frame in frames.items()}
    same(
        panel_of(tables_of(frames), companies.CUTOFF),
        panel_of(tables_of(shuffled), companies.CUTOFF),
    )


@given(seed=seeds, late=st.booleans())
@FEW
def test_loading_every_row_twice_changes_nothing(seed: int, late: bool) -> None:
    frames = random_company(seed, late=late)
    twice = {name: pd.concat([frame, frame]) for name, frame in frames.items()}
    same(
        panel_of(tables_of(frames), companies.CUTOFF),
        panel_of(tables_of(twice), companies.CUTOFF),
    )


@given(seed=seeds)
@FEW
def test_renaming_customers_changes_only_their_names(seed: int) -> None:
    frames = random_company(seed, late=False)
    names = {f"K{i:02d}": f"Z{(i * 7 + 3) % 12:02d}" for i in range(12)}
    renamed = {
        table: frame.assign(
            **{
                column: frame[column].map(names)
                for column in ("customer_id", "referrer_id", "referred_id")
                if column in frame
            }
        )
        for table, frame in frames.items()
    }
    expected = panel_of(tables_of(frames), companies.CUTOFF)
    expected = expected.assign(customer_id=expected.customer_id.map(names))
    expected = expected.sort_values("customer_id", ignore_index=True)
    found = panel_of(tables_of(renamed), companies.CUTOFF)
    same(expected.astype({"customer_id": found.customer_id.dtype}), found)


@given(seed=seeds, late=st.booleans())
@settings(max_examples=4, deadline=None, derandomize=True)
def test_polars_and_duckdb_agree_to_the_last_division(seed: int, late: bool) -> None:
    tables = tables_of(random_company(seed, late=late))
    panel = panel_of(tables, companies.CUTOFF, horizon=200)
    other = panel_of(tables, companies.CUTOFF, horizon=200, engine="polars")
    decayed = [name for name in panel if "decayed" in name]
    pd.testing.assert_frame_equal(
        panel.drop(columns=decayed), other.drop(columns=decayed), rtol=1e-12, atol=1e-12
    )
    # exp() may differ in its last bit between the two, so by a millionth after rounding
    pd.testing.assert_frame_equal(panel[decayed], other[decayed], rtol=0, atol=1e-5)


def test_pandas_polars_arrow_and_duckdb_frames_give_the_same_panel() -> None:
    frames = random_company(1, late=True)
    arrow = {name: pa.Table.from_pandas(f, preserve_index=False) for name, f in frames.items()}
    connection = duckdb.connect()
    inputs = [
        frames,
        arrow,
        {name: pl.from_arrow(table) for name, table in arrow.items()},
        {name: pl.from_arrow(table).lazy() for name, table in arrow.items()},  # type: ignore[union-attr]
        {name: connection.from_arrow(table) for name, table in arrow.items()},
    ]
    panels = [panel_of(tables_of(given), companies.CUTOFF, horizon=200) for given in inputs]
    for panel in panels[1:]:
        same(panels[0], panel)


def leaking(family: Family) -> Family:
    """The family with one more feature that looks at rows whatever the cutoff."""
    name, stream = next((n, s) for n, s in family.streams.items() if not s.per_cutoff)

    def build(rows, build=stream.build):  # type: ignore[no-untyped-def]
        return build(rows).with_columns(all=nw.lit(1)).with_columns(leak=nw.len().over("all"))

    planted = Feature(
        f"leak_{family.name}", nw.col("leak").max(), "", "", "", "", stream=name, fill=0
    )
    return replace(
        family,
        streams={**family.streams, name: Stream(build, stream.tables, needs=stream.needs)},
        features=(*family.features, planted),
    )


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_leak_planted_in_any_family_breaks_the_truncation_law(family: Family) -> None:
    families = [leaking(f) if f is family else f for f in FAMILIES]
    tables = tables_of(random_company(3, late=False))
    whole = panel_of(tables, companies.CUTOFF, families=families)
    cut = panel_of(tables.known_at(companies.CUTOFF), companies.CUTOFF, families=families)
    with pytest.raises(AssertionError, match=f"leak_{family.name}"):
        same(whole, cut)


def test_a_random_company_reaches_every_feature_of_the_catalogue() -> None:
    from treue.features.catalogue import CATALOGUE
    from treue.features.panel import feature_columns

    parts = [
        panel_of(tables_of(random_company(seed, late=False)), companies.CUTOFF) for seed in range(4)
    ]
    panel = pd.concat(parts)
    attributes = {f"attribute_{name}" for name in companies.ATTRIBUTES}
    assert set(feature_columns(panel)) == set(CATALOGUE) | attributes
    empty = [name for name in feature_columns(panel) if panel[name].isna().all()]
    assert empty == []

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
import pyarrow.compute as pc
import pytest
from companies import random_company
from hypothesis import given, settings
from hypothesis import strategies as st

from treue.features import known
from treue.features.catalogue import FAMILIES
from treue.features.errors import TreueError
from treue.features.family import Family, Feature, Lazy, Rows, Stream
from treue.features.labels import Churn
from treue.features.panel import AFTER, build_panel
from treue.features.purchases import PURCHASES
from treue.features.referrals import REFERRALS
from treue.features.schema import TABLES
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
    together, alone = with_and_without_cutoffs_beside("customer_id", "product_id", churn=churn)
    assert together["own_pause"].notna().any()
    same(together, alone)


def with_and_without_cutoffs_beside(
    *keys: str, churn: Churn = "inactivity"
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of several cutoffs, made at once and one by one, with a family that looks back."""
    company = random_company(5, late=False)
    del company["referrals"]  # their graph needs all rows, so that none would be let go of
    tables = tables_of(company)
    several = [companies.CUTOFF + timedelta(days=days) for days in (-270, -60, 90)]
    options: dict[str, Any] = {"horizon": 120, "lookback": 150}
    options["families"] = [PURCHASES, looking_back(*keys)]
    together = build_panel(tables, several, churn=churn, **options)
    alone = [build_panel(tables, [cutoff], churn=churn, **options) for cutoff in several]
    assert all(map(len, alone))
    stacked = pd.concat(alone, ignore_index=True)
    return together, stacked.astype({"last_channel": together["last_channel"].dtype})


def looking_back(*keys: str) -> Family:
    """The time since the purchase before, among those with equal keys."""

    def build(rows: Rows) -> Lazy:
        before = nw.col("at").shift(1).over(*keys, order_by=["at", "amount"])
        return rows["purchases"].with_columns(pause=nw.col("at") - before)

    feature = Feature("own_pause", nw.col("pause").max(), "", "", "", "", stream="pauses")
    return Family("own", "", "own", {"pauses": Stream(build, ("purchases",))}, (feature,))


def test_a_look_at_rows_of_others_is_refused_as_who_is_asked_about_would_change_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(TreueError, match="'own': stream 'pauses' looks at rows of other customers"):
        with_and_without_cutoffs_beside("product_id")
    monkeypatch.setattr(known, "check_stream", lambda *_: None)
    together, alone = with_and_without_cutoffs_beside("product_id")
    with pytest.raises(AssertionError, match="own_pause"):
        same(together, alone)


def test_a_customer_alone_has_the_values_that_it_has_among_others() -> None:
    tables = tables_of(random_company(5, late=False))
    others = [family for family in FAMILIES if family is not REFERRALS]  # their graph joins others
    families = [*others, looking_back("customer_id", "product_id")]
    panel = panel_of(tables, companies.CUTOFF, families=families)
    for place in (0, len(panel) // 2):
        expected = panel.iloc[[place]].reset_index(drop=True)
        (customer,) = expected["customer_id"]
        frames = {
            name: frame.filter(pc.equal(frame[TABLES[name].customer], customer))
            for name, frame in tables.frames.items()
        }
        alone = panel_of(replace(tables, frames=frames), companies.CUTOFF, families=families)
        pd.testing.assert_frame_equal(
            expected, alone, check_exact=True, check_categorical=False, check_dtype=False
        )


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

    def build(rows: Rows) -> Lazy:
        bought = rows["purchases"].group_by("customer_id").agg(leak=nw.len())
        return stream.build(rows).join(bought, on="customer_id", how="left")

    planted = Feature(
        f"leak_{family.name}", nw.col("leak").max(), "", "", "", "", stream=name, fill=0
    )
    return replace(
        family,
        streams={
            **family.streams,
            name: Stream(build, (*stream.tables, "purchases"), needs=stream.needs),
        },
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

"""Panels of few customers are those of `build_panel`, or come from it."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import companies
import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from companies import random_company
from hypothesis import given, settings
from hypothesis import strategies as st

from treue.features import small_panel
from treue.features.catalogue import FAMILIES, load_family
from treue.features.errors import TreueError
from treue.features.family import Family, Feature, Lazy, Rows, Stream
from treue.features.panel import build_panel
from treue.features.schema import TABLES
from treue.features.simulate import simulate
from treue.features.small_panel import KEPT, ROWS, SmallPanels
from treue.features.small_program import compile_panel
from treue.features.tables import Tables

FEW = settings(max_examples=5, deadline=None, derandomize=True)
seeds = st.integers(0, 10_000)
cutoffs = st.lists(
    st.integers(100, 1400).map(lambda d: datetime(2020, 1, 1) + timedelta(days=d / 2)),
    min_size=1,
    max_size=3,
)
OPTIONAL = [
    (name, column.name)
    for name, schema in TABLES.items()
    for column in schema.columns.values()
    if not column.required
]


def tables_of(frames: dict[str, pd.DataFrame]) -> Tables:
    brought = [name for name in companies.ATTRIBUTES if name in frames.get("customers", ())]
    return Tables.from_frames(frames, observed_until=companies.END, attributes=brought)


@contextmanager
def alone() -> Iterator[None]:
    """Whatever is left to the other engine fails."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(small_panel, "build_panel", None)
        yield


def same(tables: Tables, moments: list[datetime], **options: Any) -> pd.DataFrame:
    expected = build_panel(tables, moments, **options)
    with alone():
        found = SmallPanels().build(tables, moments, **options)
    pd.testing.assert_frame_equal(expected, found, check_exact=True)
    return found


@given(seed=seeds, late=st.booleans(), moments=cutoffs)
@FEW
def test_a_small_panel_is_that_of_the_other_engine_to_the_last_bit(
    seed: int, late: bool, moments: list[datetime]
) -> None:
    same(tables_of(random_company(seed, late=late)), moments, lookback=200)


@given(
    seed=seeds,
    churn=st.sampled_from(["contract", "decline"]),
    without=st.sets(st.sampled_from(sorted(TABLES.keys() - {"purchases", "contracts"}))),
    lacking=st.sets(st.sampled_from(OPTIONAL), max_size=20),
    moments=cutoffs,
)
@FEW
def test_tables_and_columns_that_were_not_brought_are_missing_in_both(
    seed: int,
    churn: Any,
    without: set[str],
    lacking: set[tuple[str, str]],
    moments: list[datetime],
) -> None:
    frames = {n: f for n, f in random_company(seed, late=True).items() if n not in without}
    for name, column in sorted(lacking - {("contracts", "ends_at")}):
        if name in frames:
            frames[name] = frames[name].drop(columns=column, errors="ignore")
    same(tables_of(frames), moments, churn=churn, referral="made", lookback=500)


@given(seed=seeds, late=st.booleans(), moments=cutoffs)
@settings(max_examples=10, deadline=None, derandomize=True)
def test_truncating_every_table_to_what_was_known_changes_no_feature(
    seed: int, late: bool, moments: list[datetime]
) -> None:
    tables = tables_of(random_company(seed, late=late))
    panels = SmallPanels()
    with alone():
        for cutoff in moments:
            whole = panels.build(tables, [cutoff], lookback=365)
            cut = panels.build(tables.known_at(cutoff), [cutoff], lookback=365)
            pd.testing.assert_frame_equal(whole, cut, check_exact=True)


def only(tables: Tables, customer: str) -> Tables:
    return replace(
        tables,
        frames={
            name: frame.filter(pc.equal(frame[TABLES[name].customer], customer))
            for name, frame in tables.frames.items()
        },
    )


def test_a_customer_of_a_simulated_company_alone_has_the_values_of_the_other_engine() -> None:
    tables = simulate(60, seed=3, months=18).tables
    cutoff = tables.observed_until - timedelta(days=30)
    earlier = [cutoff, cutoff - timedelta(days=90), cutoff - timedelta(days=365)]
    with alone():
        panel = SmallPanels().build(tables, [cutoff], lookback=365)
    customers = panel.sort_values("orders_all")["customer_id"]
    for customer in (customers.iloc[0], customers.iloc[-1]):
        found = same(only(tables, customer), earlier, lookback=36_500)
        assert 1 <= len(found) <= 3


def test_nobody_eligible_is_an_empty_panel_of_the_same_columns() -> None:
    tables = tables_of(random_company(5, late=False))
    assert same(tables, [companies.CUTOFF], lookback=1, churn="inactivity").shape[0] == 0
    assert same(tables, [datetime(2019, 1, 1)]).shape[0] == 0


def test_times_with_fractions_of_a_second_are_read_alike() -> None:
    frames = random_company(2, late=True)
    purchases = frames["purchases"]
    shifted = purchases["purchased_at"] - pd.to_timedelta(np.arange(90) * 0.1234567, unit="s")
    frames["purchases"] = purchases.assign(purchased_at=shifted)
    same(tables_of(frames), [companies.CUTOFF], lookback=365)


def family(exprs: dict[str, nw.Expr], build: Callable[[Rows], Lazy] | None = None) -> Family:
    """One feature for each expression over purchases."""
    stream = Stream(build or (lambda rows: rows["purchases"]), ("purchases",))
    features = [
        Feature(name, e, "", "", name, name, stream="own", categorical=name == "first_name")
        for name, e in exprs.items()
    ]
    return Family("own", "Eigenes", "own", {"own": stream}, tuple(features))


AMOUNT, MARGIN, AGE = nw.col("amount"), nw.col("margin"), nw.col("age")
CUSTOMER = nw.col("customer_id")
RETURN, CHANNEL, LISTED = nw.col("is_return"), nw.col("channel"), nw.col("list_amount")
ASKED = {
    "mean": LISTED.mean(),
    "different": nw.col("quantity").n_unique(),
    "names": CHANNEL.n_unique(),
    "first_name": CHANNEL.min(),
    "any": (AMOUNT > LISTED).any().cast(nw.Float64),
    "all": (AMOUNT < LISTED).all().cast(nw.Float64),
    "in": CHANNEL.is_in(["shop", "tv"]).cast(nw.Int64).sum(),
    "between": AMOUNT.is_between(10_000, 30_000).cast(nw.Int64).sum(),
    "either": nw.when((AMOUNT < 5000) | (LISTED > 40_000)).then(1).otherwise(0).sum(),
    "neither": nw.when(~((AMOUNT < 5000) | (LISTED > 40_000))).then(1).otherwise(0).sum(),
    "three": nw.when(AMOUNT > 30_000).then(3).when(LISTED > 40_000).then(2).otherwise(1).sum(),
    "filled": LISTED.fill_null(AMOUNT).sum(),
    "coalesced": nw.coalesce(LISTED, AMOUNT).max(),
    "smaller": nw.min_horizontal(LISTED, AMOUNT).sum(),
    "larger": nw.max_horizontal(LISTED, AMOUNT * 2).sum(),
    "clipped": MARGIN.clip(-1000, 10_000).sum(),
    "clipped_above": (MARGIN / 7).clip(upper_bound=50.0).max(),
    "rest": (MARGIN % 700).sum(),
    "down": (MARGIN // 700).min(),
    "turned": (-MARGIN).max(),
    "from_below": (100 - MARGIN).max(),
    "quotient": (AMOUNT / MARGIN).max(),
    "inverse": (1000 / AMOUNT).min(),
    "root": (AMOUNT.abs() + 0.5).sqrt().max(),
    "rounded": (MARGIN / 40).round().cast(nw.Int64).sum(),
    "cast": (MARGIN / 40).cast(nw.Int64).sum(),
    "differs": (CHANNEL != "web").cast(nw.Int64).sum(),
    "sorted": nw.when(CHANNEL > "t").then(1).otherwise(0).sum(),
    "flags": nw.when((AMOUNT > 20_000) == RETURN).then(1).otherwise(0).sum(),
    "rows": nw.len(),
    "known": LISTED.count(),
    "mixed": nw.when(AMOUNT > 20_000).then(AMOUNT).otherwise(0.5).max(),
}


def looked_back(rows: Rows) -> Lazy:
    """Purchases with what the one before was, and what all were so far."""
    earlier = {"order_by": ["at", "amount"]}
    kept = rows["purchases"].rename({"margin": "profit"}).drop("quantity")
    kept = kept.drop_nulls("list_amount").filter(~nw.col("order_id").is_null())
    return kept.with_columns(
        gap=nw.col("at").diff().over("customer_id", **earlier) // 1_000_000,
        second=nw.col("amount").shift(2).over("customer_id", "channel", **earlier),
        of_order=nw.col("amount").sum().over("customer_id", "order_id"),
        lines=nw.len().over("customer_id", "order_id"),
    )


def test_operations_of_an_own_family_mean_what_they_mean_to_the_other_engine() -> None:
    own = family(ASKED)
    back = replace(
        family(
            {
                "gap": nw.col("gap").max(),
                "second": nw.col("second").sum(),
                "of_order": nw.col("of_order").max(),
                "lines": nw.col("lines").max(),
                "profit": nw.col("profit").sum(),
            },
            looked_back,
        ),
        name="back",
    )
    for seed in (1, 2):
        tables = tables_of(random_company(seed, late=seed == 2))
        found = same(tables, [companies.CUTOFF], families=[own, back], lookback=500)
        assert not found[list(ASKED)].isna().all().any()


def test_the_family_of_the_docs_is_computed_at_once(tmp_path: Path) -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "adding_a_family.md"
    (example,) = re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.M)
    (tmp_path / "newsletter.py").write_text(example, "utf-8")
    frames = random_company(1, late=True)
    frames["contacts"] = frames["contacts"].assign(channel="newsletter")
    families = [FAMILIES[0], load_family(tmp_path / "newsletter.py")]
    found = same(tables_of(frames), [companies.CUTOFF], families=families, lookback=500)
    assert found["newsletter_clicks_365"].sum() > 0


def by_type(is_whole: Callable[[Any], bool]) -> Callable[[Rows], Lazy]:
    """Purchases by what the type of a column is."""

    def build(rows: Rows) -> Lazy:
        whole = is_whole(rows["purchases"].collect_schema()["amount"])
        return rows["purchases"].with_columns(nw.lit(1 if whole else 0).alias("whole"))

    return build


UNKNOWN = {
    "an operation": family({"own_median": AMOUNT.median()}),
    "a sum of floats": family({"own_sum": (AMOUNT / 3).sum()}),
    **{
        f"the type of a column, {how}": family({"own_whole": nw.col("whole").max()}, by_type(asked))
        for how, asked in {
            "compared": lambda kind: kind == nw.Int64,
            "compared the other way": lambda kind: nw.Int64 == kind,
            "by its class": lambda kind: isinstance(kind, nw.Int64),
            "by what it can do": lambda kind: kind.is_integer(),
            "among others": lambda kind: kind in {nw.Int64, nw.Int32},
        }.items()
    },
    "sorting": family({"own_len": nw.len()}, lambda rows: rows["purchases"].sort("at")),
    "not a number": family({"own_greatest": (nw.lit(0.0) / (AMOUNT - AMOUNT)).max()}),
    "a customer as a number": family({"own_rest": (CUSTOMER % 7).max()}),
    "a customer as a feature": family({"own_code": CUSTOMER.max()}),
    "a customer beside a number": family({"own_seventh": (CUSTOMER == 7).any().cast(nw.Float64)}),
    "customers added up": family({"own_total": CUSTOMER.sum()}),
    "a customer that is computed": family(
        {"own_len": nw.len()},
        lambda rows: rows["purchases"].with_columns(customer_id=CUSTOMER.cast(nw.Int64) % 7),
    ),
    "more than 64 bits": family({"own_product": (AMOUNT * nw.col("at") * 1000).min() / 1e9}),
}


@pytest.mark.parametrize("own", UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_not_certain_is_left_to_the_other_engine(
    own: Family, caplog: pytest.LogCaptureFixture
) -> None:
    tables = tables_of(random_company(1, late=False))
    options: dict[str, Any] = {"lookback": 500, "families": [own]}
    caplog.set_level(logging.DEBUG, logger="treue.features.small_panel")
    try:
        expected = build_panel(tables, [companies.CUTOFF], **options)
    except Exception as error:  # the other engine refuses it, as it always did
        with pytest.raises(type(error)):
            SmallPanels().build(tables, [companies.CUTOFF], **options)
    else:
        found = SmallPanels().build(tables, [companies.CUTOFF], **options)
        pd.testing.assert_frame_equal(expected, found, check_exact=True)
        assert all(record.levelno < logging.WARNING for record in caplog.records)
    assert "panel left to the other engine" in caplog.text


def test_numbers_beyond_all_companies_are_left_to_the_other_engine() -> None:
    frames = random_company(1, late=False)
    frames["purchases"].loc[0, "amount"] = 4e13
    tables = tables_of(frames)
    options: dict[str, Any] = {"lookback": 500, "families": FAMILIES[:1]}
    expected = build_panel(tables, [companies.CUTOFF], **options)
    with alone(), pytest.raises(TypeError):
        SmallPanels().build(tables, [companies.CUTOFF], **options)
    found = SmallPanels().build(tables, [companies.CUTOFF], **options)
    pd.testing.assert_frame_equal(expected, found, check_exact=True)


def test_times_beyond_all_companies_are_left_to_the_other_engine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = counting(monkeypatch)
    tables = tables_of(random_company(1, late=True))
    contacts = tables.frames["contacts"]
    far = pa.array([2**60] * contacts.num_rows, pa.timestamp("us"))
    place = contacts.column_names.index("recorded_at")
    frames = {**tables.frames, "contacts": contacts.set_column(place, "recorded_at", far)}
    SmallPanels().build(replace(tables, frames=frames), [companies.CUTOFF])
    assert len(calls) == 1


def counting(patch: pytest.MonkeyPatch) -> list[int]:
    """Notes the panels that the other engine makes, and makes them empty."""
    calls = []

    def build(tables: Tables, *_: Any, **__: Any) -> pd.DataFrame:
        calls.append(sum(frame.num_rows for frame in tables.frames.values()))
        return pd.DataFrame()

    patch.setattr(small_panel, "build_panel", build)
    return calls


def test_many_rows_are_left_to_the_other_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = counting(monkeypatch)
    tables = tables_of(random_company(1, late=False))
    times = -(-ROWS // sum(frame.num_rows for frame in tables.frames.values())) + 1
    many = {name: pa.concat_tables([frame] * times) for name, frame in tables.frames.items()}
    SmallPanels().build(replace(tables, frames=many), [companies.CUTOFF])
    assert len(calls) == 1
    assert calls[0] > ROWS


def test_mistakes_are_told_as_the_other_engine_tells_them() -> None:
    tables = tables_of(random_company(1, late=False))
    panels = SmallPanels()
    with pytest.raises(TreueError, match="cutoffs: none given"):
        panels.build(tables, [])
    with pytest.raises(TreueError, match="1 too late"):
        panels.build(tables, [companies.END + timedelta(days=1)])
    with pytest.raises(TreueError, match="family 'purchases' is given twice"):
        panels.build(tables, [companies.CUTOFF], families=[*FAMILIES, FAMILIES[0]])
    without = replace(tables, frames={n: f for n, f in tables.frames.items() if n != "contracts"})
    with pytest.raises(TreueError, match="'contract' needs a table of contracts"):
        panels.build(without, [companies.CUTOFF], churn="contract")


def test_customers_of_one_company_share_two_programs() -> None:
    tables = tables_of(random_company(4, late=True))
    panels = SmallPanels()
    with alone():
        for at, customer in enumerate(panels.build(tables, [companies.CUTOFF])["customer_id"]):
            own = only(tables, customer)
            told = {}
            for name, frame in own.frames.items():
                names = frame.column_names[:: 1 if at % 2 else -1]
                if not frame.num_rows and at % 3:  # with_empty brings all columns
                    names = [column for column in names if column != "recorded_at"]
                about = {"rows": str(frame.num_rows)}
                told[name] = frame.select(names).replace_schema_metadata(about)
            panels.build(replace(own, frames=told), [companies.CUTOFF])
    assert len(panels._kept) <= 2


def test_a_family_that_needs_to_know_when_rows_were_recorded_is_left_to_the_other_engine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = counting(monkeypatch)
    own = family({"rows": nw.len()})
    own = replace(own, features=[replace(own.features[0], needs=("purchases.recorded_at",))])
    SmallPanels().build(tables_of(random_company(1, late=True)), [companies.CUTOFF], families=[own])
    assert len(calls) == 1


def test_only_so_many_programs_are_kept() -> None:
    tables = tables_of(random_company(1, late=False))
    panels = SmallPanels()
    own = family({"rows": nw.len()})
    for lookback in range(1, KEPT + 9):
        panels.build(tables, [companies.CUTOFF], lookback=lookback, families=[own])
    assert len(panels._kept) == KEPT


def test_a_fault_of_ours_is_told_once_and_what_is_not_certain_never(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tables = tables_of(random_company(1, late=False))
    for fault, warnings in ((ValueError("broken"), 1), (small_panel.UnsureError("unsure"), 0)):
        own, panels = family({"rows": nw.len()}), SmallPanels()

        def run(*_: Any, fault: Exception = fault) -> Any:
            raise fault

        monkeypatch.setattr(small_panel, "_panel", run)
        caplog.clear()
        for _ in range(2):
            found = panels.build(tables, [companies.CUTOFF], families=[own])
            assert found["rows"].sum() > 0
        told = [r for r in caplog.records if r.levelno >= logging.WARNING]
        assert len(told) == warnings
        assert all(str(fault) in record.getMessage() for record in told)


def test_nobody_waits_for_the_program_of_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    tables, panels = tables_of(random_company(1, late=False)), SmallPanels()
    families = [family({"rows": nw.len()})]
    with alone(), ThreadPoolExecutor(3) as pool:
        expected = panels.build(tables, [companies.CUTOFF], families=families)
        begun, finish, written = Event(), Event(), []

        def write(*args: Any, **options: Any) -> Any:
            written.append(args)
            begun.set()
            finish.wait(60)
            return compile_panel(*args, **options)

        monkeypatch.setattr(small_panel, "compile_panel", write)
        others = [
            pool.submit(panels.build, tables, [companies.CUTOFF], lookback=500, families=families)
            for _ in range(2)
        ]
        try:
            assert begun.wait(60)
            known = pool.submit(panels.build, tables, [companies.CUTOFF], families=families)
            pd.testing.assert_frame_equal(known.result(30), expected, check_exact=True)
            assert not any(other.done() for other in others)
        finally:
            finish.set()
        assert all(len(other.result(60)) for other in others)
    assert len(written) == 1


def test_several_threads_get_the_panels_of_one() -> None:
    tables = tables_of(random_company(4, late=True))
    moments = [companies.CUTOFF - timedelta(days=31 * i) for i in range(8)]
    panels = SmallPanels()
    with alone():
        expected = [SmallPanels().build(tables, [m], lookback=365) for m in moments]
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda m: panels.build(tables, [m], lookback=365), moments))
    for one, other in zip(expected, found, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)

"""A stream that looks at rows of other customers is refused, whatever it does with them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import narwhals.stable.v2 as nw
import pytest

from treue.features.catalogue import FAMILIES, check_families
from treue.features.errors import TreueError
from treue.features.family import Family, Feature, Lazy, Rows, Stream
from treue.features.own_rows import check_stream

SCHEMAS: Mapping[str, Mapping[str, Any]] = {
    "purchases": dict.fromkeys(
        ("customer_id", "product_id", "amount", "at", "known_at"), nw.Int64()
    )
    | {"channel": nw.String()},
    "referrals": dict.fromkeys(("referrer_id", "referred_id", "at", "known_at"), nw.Int64()),
}
AT, AMOUNT = nw.col("at"), nw.col("amount")


def check(build: Callable[[Lazy, Lazy], Lazy]) -> None:
    def of_tables(rows: Rows) -> Lazy:
        return build(rows["purchases"], rows["referrals"])

    check_stream("own.events", Stream(of_tables, ("purchases", "referrals")), SCHEMAS)


OTHERS: dict[str, Callable[[Lazy, Lazy], Lazy]] = {
    "over product_id": lambda bought, _: bought.with_columns(
        pause=AT - AT.shift(1).over("product_id", order_by="at")
    ),
    "over no key": lambda bought, _: bought.with_columns(
        before=AT.shift(1).over(order_by="at").fill_null(0)
    ),
    "max over the whole table": lambda bought, _: bought.filter(AT.max() == AT),
    "rank over the whole table": lambda bought, _: bought.with_columns(place=AMOUNT.rank()),
    "len over the whole table": lambda bought, _: bought.join(
        bought.select(all=nw.len()), how="cross"
    ),
    "rows by their place": lambda bought, _: bought.sort("at").head(3),
    "unique product_id": lambda bought, _: bought.unique(["product_id"]),
    "group_by product_id": lambda bought, _: bought.join(
        bought.group_by("product_id").agg(usual=AMOUNT.median()), on="product_id"
    ),
    "join (semi) product_id": lambda bought, _: bought.join(bought, on="product_id", how="semi"),
    "join (backward) product_id": lambda bought, _: bought.join_asof(
        bought, on="at", by="product_id"
    ),
    "customer_id is not the customer": lambda bought, _: bought.with_columns(
        customer_id=nw.col("customer_id") % 7
    ),
    "customer_id is not the customer whose rows": lambda bought, referrals: bought.join(
        referrals, left_on="customer_id", right_on="referred_id"
    ).select("at", "amount", customer_id=nw.col("referrer_id")),
    "customer_id is not the customer whose rows were": lambda _, referrals: referrals.select(
        siblings=nw.len().over("referrer_id"), customer_id=nw.col("referred_id")
    ),
}
OWN: dict[str, Callable[[Lazy, Lazy], Lazy]] = {
    "among the keys": lambda bought, _: bought.with_columns(
        pause=AT - AT.shift(1).over("customer_id", "product_id", order_by="at")
    ),
    "under another name": lambda bought, _: (
        bought.rename({"customer_id": "who"})
        .with_columns(last=AT.max().over("who"))
        .rename({"who": "customer_id"})
    ),
    "grouped and joined": lambda bought, _: bought.join(
        bought.group_by("customer_id").agg(usual=AMOUNT.median()), on="customer_id", how="left"
    ),
    "by a key that is computed": lambda bought, _: bought.group_by(
        "customer_id", (AT // 1000).alias("day")
    ).agg(AT.min(), total=AMOUNT.sum()),
    "below each other": lambda bought, _: nw.concat([bought, bought]).with_columns(
        rows=nw.len().over("customer_id")
    ),
    "nearest": lambda bought, _: bought.join_asof(
        bought.select("customer_id", "at", before="amount"), on="at", by="customer_id"
    ),
    "texts": lambda bought, _: bought.with_columns(nw.col("channel").str.to_uppercase()),
    "by type": lambda bought, _: bought.select(
        "customer_id", "at", whole=nw.lit(bought.collect_schema()["amount"].is_integer())
    ),
    "all columns, each row once": lambda bought, _: bought.select(nw.all()).unique().sort("at"),
    "recommended by": lambda bought, referrals: referrals.select(
        "at", customer_id=nw.col("referred_id")
    ).join(bought.select("customer_id", "amount"), on="customer_id"),
}


@pytest.mark.parametrize("told", OTHERS)
def test_rows_of_others_are_refused(told: str) -> None:
    with pytest.raises(TreueError) as error:
        check(OTHERS[told])
    assert f"family 'own': stream 'events' looks at rows of other customers: {told}" in str(
        error.value
    )
    assert "name customer_id among the keys" in str(error.value)


@pytest.mark.parametrize("case", OWN)
def test_rows_of_the_same_customer_are_not(case: str, caplog: pytest.LogCaptureFixture) -> None:
    check(OWN[case])
    assert not caplog.records


def test_what_cannot_be_followed_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="treue.features.own_rows"):
        check(lambda bought, _: bought.with_columns(nw.col("amount", "at").name.suffix("_too")))
    assert "whether stream 'events' looks at rows of other customers cannot" in caplog.text


def test_a_combination_that_compares_customers_is_refused() -> None:
    orders = nw.col("orders_365")
    feature = Feature("share", orders / orders.sum(), "", "", "", "", of=("orders_365",))
    family = Family("own", "", "own", {}, (feature,))
    with pytest.raises(
        TreueError, match="'share' of the family 'own' compares customers with each other: sum"
    ):
        check_families([*FAMILIES, family])

"""Events of a made-up company of any size, straight to Parquet: the same rows every time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

START, END = "2021-01-01", "2025-01-01"
DAYS = 1461
TIMES = {"purchases": "purchased_at", "negotiations": "negotiated_at", "complaints": "opened_at"}


@dataclass(frozen=True)
class Size:
    """How many rows of each kind."""

    customers: int
    purchases: int
    negotiations: int
    complaints: int

    @classmethod
    def of(cls, share: float) -> Size:
        """A share of the full size."""
        return cls(*(int(share * n) for n in (200_000, 10_000_000, 1_000_000, 500_000)))


def _uniform(salt: str, key: str = "i") -> str:
    """SQL for a number in [0, 1) that depends on the row alone."""
    # DuckDB combines by exclusive or: the second hash makes salts independent
    return f"(hash(hash({key}, '{salt}')) / 18446744073709551616.0)"


def _pick(salt: str, *values: str) -> str:
    listed = ", ".join(f"'{value}'" for value in values)
    return f"[{listed}][1 + floor({_uniform(salt)} * {len(values)})::INTEGER]"


def _customer(salt: str, size: Size, key: str = "i") -> str:
    """Few customers buy much, many little."""
    return f"floor(power({_uniform(salt, key)}, 2) * {size.customers})::INTEGER"


# half of them were there from the start, and each stays for some months or years
_SPAN = f"""
    {DAYS - 60} * greatest(0, 2 * {_uniform("joined", "c")} - 1) AS joined,
    60 - 1500 * ln(1 - {_uniform("stays", "c")}) AS stays
"""


def _second(salt: str, key: str = "i") -> str:
    last = f"least({DAYS}, joined + stays)"
    day = f"(joined + {_uniform(salt, key)} * ({last} - joined))"
    return f"TIMESTAMP '{START}' + to_seconds(floor({day} * 86400)::BIGINT)"


def generate(folder: Path, size: Size) -> None:
    """Write purchases, negotiations and complaints as ``<table>.parquet``, in order of time."""
    folder.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect()
    con.execute("SET preserve_insertion_order = false; SET memory_limit = '3GB'")
    con.execute(f"SET temp_directory = '{folder / 'temp'}'")
    orders = size.purchases * 2 // 5  # two and a half lines an order
    tables = {
        "purchases": f"""
            WITH lines AS (
                SELECT i, floor({_uniform("order")} * {orders})::INTEGER AS o
                FROM range({size.purchases}) AS t(i)
            ), owned AS (
                SELECT *, {_customer("buyer", size, "o")} AS c FROM lines
            ), spanned AS (SELECT *, {_SPAN} FROM owned)
            SELECT
                'C' || lpad(c::VARCHAR, 7, '0') AS customer_id,
                {_second("bought", "o")} AS purchased_at,
                round(5 + 200 * power({_uniform("price")}, 3), 2)
                    * CASE WHEN {_uniform("return")} < 0.03 THEN -1 ELSE 1 END AS amount,
                'A' || o AS order_id,
                round(0.3 * amount * {_uniform("margin")}, 2) AS margin,
                (1 + floor({_uniform("pieces")} * 4)) * sign(amount) AS quantity,
                -- each has some eighty articles to choose from
                'P' || (c * 7919 + floor(power({_uniform("product")}, 2) * 80)::INTEGER) % 20000
                    AS product_id,
                'group ' || (hash(product_id) % 40) AS category,
                CASE WHEN {_uniform("list")} < 0.9 THEN round(amount * 1.15, 2) END AS list_amount,
                {_pick("channel", "shop", "web", "field sales", "phone")} AS channel,
                {_pick("kind", "goods", "goods", "goods", "service", "contract")} AS kind,
                amount < 0 AS is_return,
                'line ' || i || ' picked in aisle ' || (i % 97) AS note
            FROM spanned""",
        "negotiations": f"""
            WITH rows AS (
                SELECT i, {_customer("haggler", size)} AS c
                FROM range({size.negotiations}) AS t(i)
            ), spanned AS (SELECT *, {_SPAN} FROM rows)
            SELECT
                'C' || lpad(c::VARCHAR, 7, '0') AS customer_id,
                {_second("asked")} AS negotiated_at,
                CASE WHEN {_uniform("about")} < 0.6
                    THEN 'A' || floor({_uniform("order asked")} * {orders})::INTEGER
                END AS order_id,
                round(20 + 900 * {_uniform("list price")}, 2) AS list_price,
                round(list_price * (0.7 + 0.3 * {_uniform("asks")}), 2) AS asked_price,
                round(list_price * (0.8 + 0.2 * {_uniform("agrees")}), 2) AS agreed_price,
                {_pick("outcome", "won", "won", "lost", "open")} AS outcome,
                CASE WHEN outcome <> 'open' THEN
                    negotiated_at + to_seconds(floor({_uniform("decided")} * 2600000)::BIGINT)
                END AS decided_at,
                1 + floor({_uniform("rounds")} * 5)::INTEGER AS rounds,
                {_uniform("competitor")} < 0.2 AS competitor_named
            FROM spanned""",
        "complaints": f"""
            WITH rows AS (
                SELECT i, {_customer("complainer", size)} AS c
                FROM range({size.complaints}) AS t(i)
            ), spanned AS (SELECT *, {_SPAN} FROM rows)
            SELECT
                'C' || lpad(c::VARCHAR, 7, '0') AS customer_id,
                {_second("opened")} AS opened_at,
                {_pick("about", "late", "broken", "bill")} AS category,
                1 + floor({_uniform("severity")} * 5)::INTEGER AS severity,
                {_pick("fault", "us", "customer", "unclear")} AS caused_by,
                CASE WHEN {_uniform("resolved")} < 0.9 THEN
                    opened_at + to_seconds(floor({_uniform("after")} * 4000000)::BIGINT)
                END AS resolved_at,
                CASE WHEN {_uniform("goodwill")} < 0.3
                    THEN round(50 * {_uniform("granted")}, 2) END AS goodwill_amount,
                CASE WHEN {_uniform("answers")} < 0.5
                    THEN 1 + floor({_uniform("satisfied")} * 5)::INTEGER END AS satisfaction,
                CASE WHEN {_uniform("again")} < 0.1 THEN
                    resolved_at + to_seconds(floor({_uniform("reopened")} * 2000000)::BIGINT)
                END AS reopened_at
            FROM spanned""",
    }
    for name, rows in tables.items():
        con.execute(
            f"COPY (SELECT * FROM ({rows}) ORDER BY {TIMES[name]}, customer_id) "
            f"TO '{folder / name}.parquet' (FORMAT parquet)"
        )
    con.close()

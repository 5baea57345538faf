"""Orders of the simulated company: what was bought, at which terms, and what was paid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from treue.features.simulate_events import NOT_YET, Array, Setting, table, words
from treue.features.simulate_world import Floats, Ints

CATEGORIES = ("Befestigung", "Kabel", "Werkzeug", "Arbeitsschutz", "Maschinen", "Verbrauch")
SERVICES = ("Wartung", "Montage", "Prüfung")
CHANNELS = ("Außendienst", "Telefon", "Webshop", "Filiale")
KINDS = ("goods", "service", "contract")
N_GOODS, N_SERVICES = 60, 15
PRODUCTS = (
    *(f"P{k:03d}" for k in range(N_GOODS)),
    *(f"S{k:03d}" for k in range(N_SERVICES)),
    "V000",
)
PRODUCT_CATEGORIES = (
    *(CATEGORIES[k % 6] for k in range(N_GOODS)),
    *(SERVICES[k % 3] for k in range(N_SERVICES)),
    "Servicevertrag",
)
PRICES = np.round(
    [
        *np.geomspace(4.5, 260, N_GOODS)[np.arange(N_GOODS) * 37 % N_GOODS],
        *np.linspace(58, 132, N_SERVICES),
        0,
    ],
    2,
)
WORKING_DAYS_YEAR = 260


@dataclass(frozen=True)
class Terms:
    """What a customer's orders are worth: columns by customer, fixed for all time."""

    order_value: Floats
    margin_share: Floats
    lateness_days: Floats
    favourite: Ints
    channel: Ints
    contract_value: Floats
    expected_margin_year: Floats


@dataclass(frozen=True)
class Orders:
    """One entry an order, in order of its day."""

    day: Ints
    who: Ints
    moment: Array
    haggled: Array
    discontent: Floats
    signs: Array
    asked_share: Floats
    granted_share: Floats


def draw_terms(setting: Setting) -> Terms:
    """Draw each customer's terms; 7 % are served at a loss, however loyal they are."""
    world, rng = setting.world, setting.rng
    n = len(world.base)
    value = 380 * np.exp(0.3 * world.size + 0.2 * rng.standard_normal(n))
    value_year = WORKING_DAYS_YEAR * world.base * value
    usual = 0.30 - 0.02 * world.price_sensitivity + 0.04 * rng.standard_normal(n)
    return Terms(
        order_value=value,
        margin_share=np.where(rng.random(n) < 0.07, rng.uniform(-0.2, -0.02, n), usual.clip(0.12)),
        lateness_days=4 * rng.standard_normal(n),
        favourite=rng.integers(len(CATEGORIES), size=n),
        channel=rng.integers(len(CHANNELS), size=n),
        contract_value=np.round(np.maximum(240, 0.1 * value_year), -1),
        expected_margin_year=0.27 * value_year,
    )


def draw_orders(setting: Setting) -> Orders:
    """Give every logged order its moment, and the discount asked and granted if haggled over."""
    day, who, haggled, discontent, signs = setting.logged("order", 5)
    asked = draw_asked_share(setting, who, discontent)
    granted = asked * setting.rng.uniform(0.3, 0.9, len(day))
    moment = setting.clock(day, 11, 17)
    return Orders(
        day, who, moment, haggled, discontent, signs, asked, np.where(haggled, granted, 0)
    )


def draw_asked_share(setting: Setting, who: Ints, discontent: Floats) -> Floats:
    """Draw the share of the list price that customers ask off, more when discontented."""
    price = setting.world.price_sensitivity[who]
    noise = 0.02 * setting.rng.standard_normal(len(who))
    return (0.07 + 0.02 * price + 0.04 * discontent + noise).clip(0.01, 0.4)


@dataclass(frozen=True)
class Totals:
    """Sums of an order's lines."""

    listed: Floats
    agreed: Floats


def purchases(setting: Setting, terms: Terms, orders: Orders) -> tuple[pa.Table, Totals]:
    """Lines of all orders: goods, now and then service hours, and the contracts signed."""
    rng = setting.rng
    n = len(orders.day)
    n_service = (rng.random(n) < 0.3).astype(np.int64)
    n_goods = np.maximum(rng.choice(5, size=n, p=[0.1, 0.42, 0.26, 0.14, 0.08]), 1 - n_service)
    per_order = n_goods + n_service + orders.signs
    order = np.repeat(np.arange(n), per_order)
    line = np.arange(len(order)) - np.repeat(np.cumsum(per_order) - per_order, per_order)
    kind = (line >= n_goods[order]).astype(np.int64) + (
        line >= (n_goods + n_service)[order]
    ).astype(np.int64)
    who = orders.who[order]

    group = np.where(rng.random(n) < 0.5, terms.favourite[orders.who], rng.integers(6, size=n))
    first = 6 * rng.integers(N_GOODS // 6, size=n) + group
    service = N_GOODS + rng.integers(N_SERVICES, size=n)
    product = np.where(kind == 0, (first[order] + 7 * line) % N_GOODS, service[order])
    product[kind == 2] = N_GOODS + N_SERVICES
    price = np.where(kind == 2, terms.contract_value[who], PRICES[product])
    wanted = terms.order_value[who] * np.exp(0.5 * rng.standard_normal(len(order)))
    pieces = np.maximum((wanted / price / per_order[order]).round(), 1)
    hours = rng.integers(1, 9, len(order))
    quantity = np.select([kind == 0, kind == 1], [pieces, hours], 1.0)

    list_amount = np.round(price * quantity, 2)
    amount = np.round(list_amount * (1 - orders.granted_share[order]), 2)
    cost = list_amount * (1 - terms.margin_share[who]) * np.where(kind == 0, 1, 0.9)
    channel = np.where(rng.random(n) < 0.7, terms.channel[orders.who], rng.integers(4, size=n))
    totals = Totals(_sums(order, list_amount, n), _sums(order, amount, n))
    lines = table(
        {
            "customer_id": setting.ids("K", who),
            "purchased_at": orders.moment[order],
            "order_id": setting.ids("A", order),
            "product_id": words(PRODUCTS, product),
            "category": words(PRODUCT_CATEGORIES, product),
            "kind": words(KINDS, kind),
            "channel": words(CHANNELS, channel[order]),
            "quantity": quantity.astype(np.float64),
            "list_amount": list_amount,
            "amount": amount,
            "margin": np.round(amount - cost, 2),
            "is_return": np.zeros(len(order), dtype=bool),
        }
    )
    return lines, totals


def _sums(order: Ints, values: Floats, n: int) -> Floats:
    return np.bincount(order, values, n).astype(np.float64)


def with_returns(setting: Setting, bought: pa.Table) -> pa.Table:
    """All lines, and goods taken back some days after the order: 2 % of the lines of goods."""
    lines = np.flatnonzero(setting.rng.random(len(bought)) < 0.02)
    taken = bought.take(lines)
    later = setting.rng.integers(2 * 1440, 20 * 1440, len(lines)).astype("m8[m]")
    moment = taken["purchased_at"].to_numpy() + later
    changed = {
        "purchased_at": pa.array(moment),
        "order_id": setting.ids("G", np.arange(len(lines))),
        "is_return": np.ones(len(lines), dtype=bool),
        **{
            name: pc.negate(taken[name]) for name in ("quantity", "list_amount", "amount", "margin")
        },
    }
    for name, values in changed.items():
        taken = taken.set_column(taken.schema.get_field_index(name), name, pa.array(values))
    taken = taken.filter(pc.and_(pc.equal(taken["kind"], "goods"), pa.array(moment < setting.end)))
    return pa.concat_tables([bought, taken]).sort_by("purchased_at")


def payments(setting: Setting, terms: Terms, orders: Orders, totals: Totals) -> pa.Table:
    """One invoice an order, due after 30 days; late by habit, and a little by discontent."""
    n = len(orders.day)
    due = orders.moment.astype("datetime64[D]") + np.timedelta64(30, "D")
    late = terms.lateness_days[orders.who] + 4 * orders.discontent
    late = np.maximum(late + 3 * setting.rng.standard_normal(n), -25) - 2
    paid = due.astype("datetime64[us]") + (late * 86_400).astype("m8[s]")
    return table(
        {
            "customer_id": setting.ids("K", orders.who),
            "invoice_id": setting.ids("R", np.arange(n)),
            "due_at": due.astype("datetime64[us]"),
            "amount": np.round(totals.agreed, 2),
            "paid_at": np.where(paid < setting.end, paid, NOT_YET),
        },
        by="due_at",
    )

"""What customers of the simulated company haggled over, and with what result."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from treue.features.simulate_events import NOT_YET, Array, Setting, table, words
from treue.features.simulate_orders import (
    WORKING_DAYS_YEAR,
    Orders,
    Terms,
    Totals,
    draw_asked_share,
)
from treue.features.simulate_world import Floats, Ints


@dataclass(frozen=True)
class _Haggling:
    who: Ints
    begun: Array
    decided: Array
    outcome: Ints
    competitor: Array
    listed: Floats
    asked_share: Floats
    agreed: Floats
    order: Ints


def negotiations(setting: Setting, terms: Terms, orders: Orders, totals: Totals) -> pa.Table:
    """Prices haggled over: for an order (won), for a quote (lost), and talks about terms."""
    rng, world = setting.rng, setting.world
    over = np.flatnonzero(orders.haggled)
    won = _Haggling(
        who=orders.who[over],
        begun=orders.moment[over] - rng.integers(20, 180, len(over)).astype("m8[m]"),
        decided=orders.moment[over] - rng.integers(5, 20, len(over)).astype("m8[m]"),
        outcome=np.zeros(len(over), dtype=np.int64),
        competitor=rng.random(len(over)) < 0.02,
        listed=totals.listed[over],
        asked_share=orders.asked_share[over],
        agreed=totals.agreed[over],
        order=over,
    )
    day, who, discontent = setting.logged("lost_quote", 3)
    n = len(day)
    begun = setting.clock(day, 8, 13)
    lost = _Haggling(
        who=who,
        begun=begun,
        decided=begun + rng.integers(20, 240, n).astype("m8[m]"),
        outcome=np.ones(n, dtype=np.int64),
        competitor=rng.random(n) < 0.05,
        listed=np.round(terms.order_value[who] * np.exp(0.5 * rng.standard_normal(n)), 2),
        asked_share=1.4 * draw_asked_share(setting, who, discontent),
        agreed=np.full(n, np.nan),
        order=np.full(n, -1),
    )
    day, who, _, competitor, discontent = setting.logged("talk", 5)
    n = len(day)
    decided_day, closed, granted = setting.logged("decide", 3)
    decided, outcome = np.full(n, NOT_YET), np.full(n, 2)
    decided[closed] = setting.clock(decided_day, 14, 18)
    outcome[closed] = np.where(granted, 0, 1)
    listed = np.round(WORKING_DAYS_YEAR * world.base[who] * terms.order_value[who], 2)
    asked = 1.2 * draw_asked_share(setting, who, discontent)
    talks = _Haggling(
        who=who,
        begun=setting.clock(day, 8, 13),
        decided=decided,
        outcome=outcome,
        competitor=competitor,
        listed=listed,
        asked_share=asked,
        agreed=np.where(outcome == 0, listed * (1 - asked * rng.uniform(0.3, 0.9, n)), np.nan),
        order=np.full(n, -1),
    )
    return _haggling_table(setting, won, lost, talks)


def _haggling_table(setting: Setting, *parts: _Haggling) -> pa.Table:
    every = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(_Haggling)
    }
    tough = setting.rng.poisson(1.5 + 8 * every["asked_share"])
    order = every["order"]
    return table(
        {
            "customer_id": setting.ids("K", every["who"]),
            "negotiated_at": every["begun"],
            "order_id": pc.if_else(order >= 0, setting.ids("A", order), None),
            "list_price": every["listed"],
            "asked_price": np.round(every["listed"] * (1 - every["asked_share"]), 2),
            "agreed_price": np.round(every["agreed"], 2),
            "outcome": words(("won", "lost", "open"), every["outcome"]),
            "decided_at": every["decided"],
            "rounds": np.maximum(tough, 1),
            "competitor_named": every["competitor"],
        },
        by="negotiated_at",
    )

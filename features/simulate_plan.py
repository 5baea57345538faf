"""One simulated company: lived from its first day to its last, or on from any morning."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa

from treue.features import simulate_events as events
from treue.features import simulate_orders as orders
from treue.features.simulate_names import INDUSTRIES
from treue.features.simulate_negotiations import negotiations
from treue.features.simulate_world import INITIAL_SHARE, Floats, Outcome, World


@dataclass(frozen=True)
class Plan:
    """All that a company follows from: the same plan, the same company."""

    n_customers: int
    seed: tuple[int, ...]
    start: datetime
    end: datetime
    first_number: int = 0
    likeness: float = 0.0
    recorded: float = 1.0

    def working_days(self, end: datetime) -> np.ndarray:
        """Midnight of each working day from the start, up to before `end`."""
        every = np.arange(np.datetime64(self.start, "D"), np.datetime64(end, "D"))
        return every[np.is_busday(every)].astype("datetime64[us]")

    def world(self, until: datetime) -> World:
        """Return the company on the morning of a day, with the log of all that came before."""
        rng = np.random.default_rng((*self.seed, 0))
        world = World(self.n_customers, rng, industries=len(INDUSTRIES), likeness=self.likeness)
        days = self.working_days(until)
        joining_ends = len(self.working_days(self.end)) - 60
        for day, season in enumerate(_season(days)):
            share = 1 / (joining_ends - day) if day < joining_ends else 0.0
            world.step(day, season=season, joining=share)
        return world

    def stays_away(
        self, outcome: Outcome, cutoff: datetime, horizon: int, replicates: int
    ) -> tuple[Floats, World]:
        """Each customer's probability that the outcome does not come within the window."""
        world = self.world(cutoff)
        world.log = None
        first = len(self.working_days(cutoff))
        season = _season(self.working_days(cutoff + timedelta(days=horizon)))
        total = np.zeros(self.n_customers)
        for replicate in range(replicates):
            future = copy.deepcopy(world)
            future.rng = np.random.default_rng((*self.seed, 2, replicate))
            probability = np.ones(self.n_customers)
            for day in range(first, len(season)):
                probability *= 1 - future.step(day, season=season[day], without=outcome)
            total += probability
        return total / replicates, world

    def tables(self) -> tuple[dict[str, pa.Table], World]:
        """Live from start to end, and tell what happened."""
        world = self.world(self.end)
        setting = events.Setting(
            world=world,
            rng=np.random.default_rng((*self.seed, 1)),
            days=self.working_days(self.end),
            end=np.datetime64(self.end, "us"),
            first_number=self.first_number,
        )
        found = _tables(setting)
        if self.recorded < 1:
            chance = np.random.default_rng((*self.seed, 3))
            told = chance.random(found["referrals"].num_rows) < self.recorded
            found["referrals"] = found["referrals"].filter(pa.array(told))
        return found, world


def _season(days: np.ndarray) -> Floats:
    year_day = (days - days.astype("datetime64[Y]")) / np.timedelta64(1, "D")
    return 1 + 0.04 * np.cos(2 * np.pi * (year_day - 100) / 365.25)


def _tables(setting: events.Setting) -> dict[str, pa.Table]:
    world = setting.world
    n = len(world.base)
    terms = orders.draw_terms(setting)
    placed = orders.draw_orders(setting)
    bought, totals = orders.purchases(setting, terms, placed)
    first_order = np.full(n, setting.end)
    np.minimum.at(first_order, placed.who, placed.moment)

    joined = np.zeros(n, dtype=np.int64)
    day, who = setting.logged("join", 2)
    joined[who] = day
    since = setting.days[joined].copy()
    initial = np.flatnonzero(np.arange(n) < round(INITIAL_SHARE * n))
    years = 1.05 + 4 * np.exp(0.4 * world.loyalty[initial]) * setting.rng.random(len(initial))
    since[initial] -= (years * 365).astype("m8[D]")
    return {
        "customers": events.customers(setting, since, terms.expected_margin_year),
        "purchases": orders.with_returns(setting, bought),
        "negotiations": negotiations(setting, terms, placed, totals),
        "complaints": events.complaints(setting, terms.order_value),
        "referrals": events.referrals(setting, first_order),
        "payments": orders.payments(setting, terms, placed, totals),
        "contacts": events.contacts(setting, joined),
        "contracts": events.contracts(setting, terms.contract_value),
    }

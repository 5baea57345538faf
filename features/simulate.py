"""A simulated company with known drivers, for the demonstration and the tests.

A trader with its own service crew in the German-speaking market sells goods, service hours and
service contracts to small firms. What drives its customers is stated, with every coefficient, in
`treue.features.simulate_world`; how that becomes tables, in `simulate_orders` and
`simulate_events`. Because the mechanisms are known, so is every customer's true probability of
leaving or recommending, given the company's state at a cutoff: the best any model could say.
"""

from __future__ import annotations

import copy
import logging
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from treue.features import simulate_events as events
from treue.features import simulate_orders as orders
from treue.features.errors import TreueError
from treue.features.simulate_names import INDUSTRIES
from treue.features.simulate_world import INITIAL_SHARE, Floats, Outcome, World

if TYPE_CHECKING:
    from treue.features.tables import Tables

logger = logging.getLogger(__name__)

START = datetime(2022, 1, 1)
ATTRIBUTES = ("industry", "employees", "region", "invoice_format")
NOISE = ("region", "invoice_format")
SENSITIVE = ("owner_age_group",)
KNOWN_DRIVERS = {
    "recency_days": +1,
    "gap_mean_days": +1,
    "overdue_ratio": +1,
    "orders_365": -1,
    "complaints_open": +1,
    "negotiations_lost": +1,
}


@dataclass(frozen=True)
class _Plan:
    """All that a company follows from: the same plan, the same company."""

    n_customers: int
    seed: tuple[int, ...]
    start: datetime
    end: datetime
    first_number: int = 0

    def working_days(self, end: datetime) -> np.ndarray:
        """Midnight of each working day from the start, up to before `end`."""
        every = np.arange(np.datetime64(self.start, "D"), np.datetime64(end, "D"))
        return every[np.is_busday(every)].astype("datetime64[us]")

    def world(self, until: datetime) -> World:
        """Return the company on the morning of a day, with the log of all that came before."""
        rng = np.random.default_rng((*self.seed, 0))
        world = World(self.n_customers, rng, industries=len(INDUSTRIES))
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
        return _tell(setting), world


def _season(days: np.ndarray) -> Floats:
    year_day = (days - days.astype("datetime64[Y]")) / np.timedelta64(1, "D")
    return 1 + 0.06 * np.cos(2 * np.pi * (year_day - 100) / 365.25)


def _tell(setting: events.Setting) -> dict[str, pa.Table]:
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
        "negotiations": orders.negotiations(setting, terms, placed, totals),
        "complaints": events.complaints(setting, terms.order_value),
        "referrals": events.referrals(setting, first_order),
        "payments": orders.payments(setting, terms, placed, totals),
        "contacts": events.contacts(setting, joined),
        "contracts": events.contracts(setting, terms.contract_value),
    }


@dataclass(frozen=True)
class Simulation:
    """A company's tables, and what is true about it.

    Attributes
    ----------
    frames
        The eight tables in canonical columns.
    observed_until
        Up to here events were recorded.
    drivers
        One row a customer: customer_id, loyalty, price_sensitivity, base_orders_year, discontent
        and satisfaction (0 to 1) at the end.
    attributes, sensitive, noise
        Names of customers columns: features, never features, and features that drive nothing.
    known_drivers
        Observable features that must matter for churn, with the sign of their effect.
    """

    frames: dict[str, pd.DataFrame]
    observed_until: datetime
    drivers: pd.DataFrame
    plan: _Plan = field(repr=False)
    attributes: tuple[str, ...] = ATTRIBUTES
    sensitive: tuple[str, ...] = SENSITIVE
    noise: tuple[str, ...] = NOISE
    known_drivers: dict[str, int] = field(default_factory=KNOWN_DRIVERS.copy)

    @property
    def tables(self) -> Tables:
        """The frames, checked, as `Tables`."""
        from treue.features.tables import Tables

        return Tables.from_frames(
            self.frames,
            observed_until=self.observed_until,
            attributes=self.attributes,
            sensitive=self.sensitive,
        )

    def true_churn_probability(
        self, cutoff: datetime, horizon: int = 90, *, replicates: int = 24
    ) -> pd.Series:
        """Probability of no purchase in (cutoff, cutoff + horizon], given the state at the cutoff.

        The company is lived again up to the cutoff, then on without any order, `replicates` times;
        averaged is the product over working days of 1 - probability of an order (Rao-Blackwell:
        no order is ever drawn). Returns are not purchases.

        Parameters
        ----------
        cutoff
            A midnight.
        horizon
            Days; the window need not lie within the observed time.

        Returns
        -------
        pandas.Series
            By customer_id, for all who had become customers before the cutoff.

        Raises
        ------
        TreueError
            If the cutoff is not a midnight within the observed time.
        """
        return self._stays_away("order", cutoff, horizon, replicates)

    def true_referral_probability(
        self, cutoff: datetime, horizon: int = 90, *, replicates: int = 24
    ) -> pd.Series:
        """Probability of a recommendation in the window; see `true_churn_probability`."""
        return 1 - self._stays_away("referral", cutoff, horizon, replicates)

    def _stays_away(
        self, outcome: Outcome, cutoff: datetime, horizon: int, replicates: int
    ) -> pd.Series:
        midnight = cutoff == datetime(cutoff.year, cutoff.month, cutoff.day)
        if not (midnight and self.plan.start < cutoff <= self.plan.end):
            raise TreueError(
                f"cutoff {cutoff}: the simulation knows its state at midnights from "
                f"{self.plan.start + timedelta(days=1)} to {self.plan.end}; take one of these."
            )
        probability, world = self.plan.stays_away(outcome, cutoff, horizon, replicates)
        ids = pd.Index(self.drivers["customer_id"][world.active], name="customer_id")
        return pd.Series(probability[world.active], index=ids, name=f"no_{outcome}")


def simulate(
    n_customers: int = 2000, *, seed: int = 0, months: int = 36, start: datetime = START
) -> Simulation:
    """Simulate a company: eight tables, and the truth behind them.

    Parameters
    ----------
    n_customers
        Of whom 60 % are there at the start; the others join until shortly before the end, by
        recommendation or on their own.
    seed
        The same seed and arguments give the same company.
    months
        Length of the observed time.
    start
        A midnight, the first moment observed.

    Raises
    ------
    TreueError
        If there are fewer than 10 customers or 6 months.

    Examples
    --------
    >>> company = simulate(50, seed=1, months=12)
    >>> sorted(company.frames)[:3]
    ['complaints', 'contacts', 'contracts']
    """
    _check_size(n_customers, months)
    started = time.perf_counter()
    plan = _Plan(n_customers, (seed,), start, _add_months(start, months))
    tables, world = plan.tables()
    drivers = pd.DataFrame(
        {
            "customer_id": tables["customers"]["customer_id"].to_pandas(),
            "loyalty": world.loyalty,
            "price_sensitivity": world.price_sensitivity,
            "base_orders_year": world.base * orders.WORKING_DAYS_YEAR,
            "discontent": world.discontent,
            "satisfaction": world.satisfaction,
        }
    )
    rows = sum(len(each) for each in tables.values())
    logger.info(
        "simulated %d customers, %d rows, %.1f s", n_customers, rows, time.perf_counter() - started
    )
    frames = {name: each.to_pandas() for name, each in tables.items()}
    return Simulation(frames, plan.end, drivers, plan)


def simulate_to_parquet(
    folder: Path | str,
    n_customers: int,
    *,
    chunk: int = 50_000,
    seed: int = 0,
    months: int = 36,
    start: datetime = START,
) -> Path:
    """Stream a company of any size to one folder of Parquet files a table.

    Chunks are lived one after the other, each with a seed of its own, so memory is bounded by
    `chunk`; customers recommend within their chunk. A chunk's content depends on `seed`, `chunk`
    and its place only.

    Returns
    -------
    Path
        The folder: ``purchases/00000.parquet`` and so on.
    """
    _check_size(min(n_customers, chunk), months)
    folder = Path(folder)
    end = _add_months(start, months)
    for number, first in enumerate(range(0, n_customers, chunk)):
        size = min(chunk, n_customers - first)
        tables, _ = _Plan(size, (seed, number), start, end, first).tables()
        for name, each in tables.items():
            (folder / name).mkdir(parents=True, exist_ok=True)
            pq.write_table(each, folder / name / f"{number:05d}.parquet")
        logger.info("wrote customers %d to %d to %s", first, first + size, folder)
    return folder


def _check_size(n_customers: int, months: int) -> None:
    if n_customers < 10 or months < 6:
        raise TreueError(
            f"simulate: {n_customers} customers over {months} months is too small a company; "
            "ask for at least 10 customers and 6 months."
        )


def _add_months(start: datetime, months: int) -> datetime:
    years, month = divmod(start.month - 1 + months, 12)
    return start.replace(year=start.year + years, month=month + 1)

"""A simulated company with known drivers, for the demonstration and the tests.

A trader with its own service crew in the German-speaking market sells goods, service hours and
service contracts to small firms. What drives its customers is stated, with every coefficient, in
`treue.features.simulate_world`; `simulate_orders`, `simulate_negotiations` and `simulate_events`
make tables of it. Because the mechanisms are known, so is every customer's true probability of
leaving or recommending, given the company's state at a cutoff: the best any model could say.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow.parquet as pq

from treue.features.errors import TreueError
from treue.features.simulate_orders import WORKING_DAYS_YEAR
from treue.features.simulate_plan import Plan
from treue.features.simulate_world import Outcome

if TYPE_CHECKING:
    from treue.features.tables import Tables

logger = logging.getLogger(__name__)

START = datetime(2022, 1, 1)
ATTRIBUTES = ("industry", "employees", "region", "invoice_format")
NOISE = ("region", "invoice_format")
SENSITIVE = ("owner_age_group",)
KNOWN_DRIVERS = {
    "quotes_lost_90": +1,
    "complaint_open_days": +1,
    "complaints_open": +1,
    "complaint_severity_decayed_90": +1,
    "amount_decayed_90": -1,
    "gap_mean_days": +1,
    "expected_margin_year": -1,
    "attribute_employees": -1,
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
        Features of the catalogue that must matter for churn, with the sign of their effect. Not
        among them: recency, which tells nothing beyond how often a customer orders and what is
        known of complaints and prices, because chance is without memory here.
    """

    frames: dict[str, pd.DataFrame]
    observed_until: datetime
    drivers: pd.DataFrame
    plan: Plan = field(repr=False)
    attributes: tuple[str, ...] = ATTRIBUTES
    sensitive: tuple[str, ...] = SENSITIVE
    noise: tuple[str, ...] = NOISE
    known_drivers: dict[str, int] = field(default_factory=KNOWN_DRIVERS.copy)

    @cached_property
    def tables(self) -> Tables:
        """The frames, checked, as `Tables`; checked once."""
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
    n_customers: int = 2000,
    *,
    seed: int = 0,
    months: int = 36,
    start: datetime = START,
    likeness: float = 0.0,
    recorded: float = 1.0,
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
    likeness
        How much those who come by recommendation resemble the one who recommended: correlation of
        their loyalties, 0 to 1.
    recorded
        Share of the recommendations that the table of referrals holds, each left out by chance;
        the true probabilities are of all. The other tables do not depend on it.

    Raises
    ------
    TreueError
        If there are fewer than 10 customers or 6 months, or a share is not between 0 and 1.

    Examples
    --------
    >>> company = simulate(50, seed=1, months=12)
    >>> sorted(company.frames)[:3]
    ['complaints', 'contacts', 'contracts']
    """
    _check_size(n_customers, months)
    for name, share in (("likeness", likeness), ("recorded", recorded)):
        if not 0 <= share <= 1:
            raise TreueError(f"simulate: {name} is {share}; give a share between 0 and 1")
    started = time.perf_counter()
    end = _add_months(start, months)
    plan = Plan(n_customers, (seed,), start, end, likeness=likeness, recorded=recorded)
    tables, world = plan.tables()
    drivers = pd.DataFrame(
        {
            "customer_id": tables["customers"]["customer_id"].to_pandas(),
            "loyalty": world.loyalty,
            "price_sensitivity": world.price_sensitivity,
            "base_orders_year": world.base * WORKING_DAYS_YEAR,
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
        tables, _ = Plan(size, (seed, number), start, end, first).tables()
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

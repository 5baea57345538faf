"""Small random companies that use every table and column, for the laws over all families."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd

START = pd.Timestamp("2020-01-01")
END = datetime(2022, 1, 1)
CUTOFF = datetime(2021, 3, 1, 12)
ATTRIBUTES = ("industry", "employees")


def random_company(seed: int, *, late: bool) -> dict[str, pd.DataFrame]:
    """Eight tables of 12 customers over two years; with `late`, rows are recorded with delay."""
    rng = np.random.default_rng(seed)
    customers = np.array([f"K{i:02d}" for i in range(12)])

    def moments(n: int) -> pd.Series:
        # whole days now and then, so that events tie with each other and with the cutoff
        seconds = rng.integers(0, 730 * 86_400, n)
        days = rng.random(n) < 0.4
        seconds = np.where(days, seconds // 43_200 * 43_200, seconds)
        return pd.Series(START + pd.to_timedelta(seconds, unit="s"))

    def later(times: pd.Series, days: float, missing: float) -> pd.Series:
        found = times + pd.to_timedelta(
            (rng.exponential(days, len(times)) * 86_400).astype(int), unit="s"
        )
        return found.mask((rng.random(len(times)) < missing) | (found > pd.Timestamp(END)))

    def pick(values: list, n: int, missing: float = 0.1) -> pd.Series:
        found = pd.Series(rng.choice(np.array(values, dtype=object), n))
        return found.mask(rng.random(n) < missing)

    def who(n: int) -> np.ndarray:
        return rng.choice(customers, n)

    def cents(low: float, high: float, n: int) -> np.ndarray:
        return np.round(rng.uniform(low, high, n), 2)

    n = 90
    purchases = pd.DataFrame(
        {
            "customer_id": who(n),
            "purchased_at": moments(n),
            "amount": cents(1, 500, n),
            "order_id": pick([f"A{i}" for i in range(40)], n),
            "margin": cents(-50, 200, n),
            "quantity": cents(1, 9, n),
            "product_id": pick([f"P{i}" for i in range(8)], n),
            "category": pick(["tools", "paint", "hours"], n),
            "list_amount": pd.Series(cents(300, 600, n)).mask(rng.random(n) < 0.2),
            "channel": pick(["shop", "web"], n),
            "kind": pick(["goods", "service", "contract"], n),
            "is_return": rng.random(n) < 0.1,
        }
    )
    n = 40
    negotiated = moments(n)
    listed = cents(100, 900, n)
    negotiations = pd.DataFrame(
        {
            "customer_id": who(n),
            "negotiated_at": negotiated,
            "order_id": pick([f"A{i}" for i in range(40)], n, 0.3),
            "list_price": listed,
            "asked_price": np.round(listed * rng.uniform(0.7, 1, n), 2),
            "agreed_price": np.round(listed * rng.uniform(0.8, 1, n), 2),
            "outcome": pick(["won", "lost", "open"], n),
            "decided_at": later(negotiated, 20, 0.2),
            "rounds": rng.integers(1, 6, n),
            "competitor_named": rng.random(n) < 0.3,
        }
    )
    n = 40
    opened = moments(n)
    resolved = later(opened, 30, 0.3)
    complaints = pd.DataFrame(
        {
            "customer_id": who(n),
            "opened_at": opened,
            "category": pick(["late", "broken"], n),
            "severity": rng.integers(1, 6, n),
            "caused_by": pick(["us", "customer", "unclear"], n),
            "resolved_at": resolved,
            "goodwill_amount": pd.Series(cents(0, 80, n)).mask(rng.random(n) < 0.4),
            "satisfaction": pd.Series(rng.integers(1, 6, n).astype(float)).mask(
                rng.random(n) < 0.4
            ),
            "reopened_at": later(resolved, 20, 0.6),
        }
    )
    n = 25
    pairs = pd.DataFrame({"referrer_id": who(n), "referred_id": who(n)})
    pairs = pairs[pairs.referrer_id != pairs.referred_id].drop_duplicates(ignore_index=True)
    referred = moments(len(pairs))
    referrals = pairs.assign(
        referred_at=referred,
        referred_id=pairs.referred_id.mask(rng.random(len(pairs)) < 0.1),
        converted_at=later(referred, 40, 0.3),
    )
    n = 50
    due = moments(n)
    payments = pd.DataFrame(
        {
            "customer_id": who(n),
            "due_at": due,
            "invoice_id": [f"R{i}" for i in range(n)],
            "amount": cents(10, 400, n),
            "paid_at": later(due - pd.Timedelta(days=10), 15, 0.2),
        }
    )
    n = 50
    contacts = pd.DataFrame(
        {
            "customer_id": who(n),
            "contacted_at": moments(n),
            "channel": pick(["call", "visit"], n),
            "direction": pick(["in", "out"], n),
        }
    )
    n = 20
    started = moments(n)
    contracts = pd.DataFrame(
        {
            "customer_id": who(n),
            "started_at": started,
            "contract_id": [f"V{i}" for i in range(n)],
            "ends_at": started + pd.to_timedelta(rng.integers(30, 500, n), unit="D"),
            "cancelled_at": later(started, 200, 0.5),
            "value_year": cents(100, 5000, n),
        }
    )
    master = pd.DataFrame(
        {
            "customer_id": customers,
            # some are entered only late, some without a date
            "since": pd.Series(
                [START + pd.Timedelta(days=600 * (i % 4 == 1)) for i in range(12)]
            ).mask(rng.random(12) < 0.3),
            "acquisition_cost": cents(0, 900, 12),
            "expected_margin_year": cents(0, 900, 12),
            "industry": pick(["wood", "metal"], 12),
            "employees": rng.integers(1, 90, 12),
        }
    )
    frames = {
        "customers": master,
        "purchases": purchases,
        "negotiations": negotiations,
        "complaints": complaints,
        "referrals": referrals,
        "payments": payments,
        "contacts": contacts,
        "contracts": contracts,
    }
    if late:
        for name, frame in frames.items():
            if name != "customers":
                happened = frame.iloc[:, 1] if name != "referrals" else frame["referred_at"]
                frame["recorded_at"] = later(happened, 25, 0.4)
    return frames

"""A small panel whose outcome is known to follow recency and region, and a quick configuration."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from treue.training.config import config_from

CUTOFFS = [datetime(2024, month, 1) for month in range(1, 8)]
QUICK = {
    "label": {"horizon_days": 60},
    "model": {
        "n_folds": 2,
        "num_leaves": 4,
        "min_child_samples": 20,
        "n_estimators": 20,
        "num_threads": 1,
    },
    "evaluation": {"bootstrap": 20, "backtest_cutoffs": 2, "smallest_segment": 30},
    "tracking": {"experiment": "tests", "dependence_features": 1, "picture_rows": 100},
}


def panel_of(customers: int, cutoffs: list[datetime] | None, *, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    steps = cutoffs if cutoffs is not None else [None]
    rows = customers * len(steps)
    recency = rng.uniform(1, 180, rows)
    region = rng.choice(["north", "south"], rows)
    left = 1 / (1 + np.exp(-((recency - 110) / 25 + np.where(region == "south", 1.0, -1.0))))
    panel = pd.DataFrame(
        {
            "customer_id": np.tile([f"C{number:04d}" for number in range(customers)], len(steps)),
            "cutoff": pd.to_datetime(np.repeat(steps, customers)).astype("datetime64[us]")
            if cutoffs is not None
            else None,
            "recency_days": recency,
            "tenure_days": recency + rng.uniform(100, 800, rows),
            "purchase_days": rng.integers(2, 20, rows).astype(float),
            "margin_365": rng.uniform(50, 500, rows),
            "always_the_same": 1.0,
            "attribute_region": pd.Categorical(region),
            "calendar_sin": rng.uniform(-1, 1, rows),
            "calendar_cos": rng.uniform(-1, 1, rows),
            "churned": (rng.uniform(size=rows) < left).astype("int8"),
            "referred": (rng.uniform(size=rows) < 0.2).astype("int8"),
        }
    )
    return panel if cutoffs is not None else panel.drop(columns="cutoff")


@pytest.fixture(scope="session")
def panel():
    return panel_of(200, CUTOFFS)


@pytest.fixture(scope="session")
def panel_without_cutoffs():
    return panel_of(600, None)


@pytest.fixture(scope="session")
def quick():
    return config_from(QUICK)

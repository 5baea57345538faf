"""The company, its default models and as many customers as asked, for the benchmark of serving."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
from docs_page import PAGE

from treue.features.simulate import ATTRIBUTES, SENSITIVE, simulate
from treue.features.tables import Tables
from treue.models.bundle import Bundle
from treue.serving.predict import Predictor

TARGETS = ("churn", "referral")
SIMULATED = 3_000
CUTOFF = datetime(2025, 1, 1)


@dataclass
class Case:
    """Models on disk and the company they are of."""

    folder: Path
    tables: Tables
    predictors: dict[str, Predictor] = field(default_factory=dict)

    @classmethod
    def make(cls, folder: Path, customers: int) -> Case:
        """Simulate a company; fit the default models of it unless the folder has them already."""
        case = cls(folder, simulate(customers, seed=1).tables)
        if not all((folder / target / "bundle.json").exists() for target in TARGETS):
            _fit(case.tables, folder)
        for target in TARGETS:
            case.predictors[target] = Predictor(Bundle.load(folder / target))
        return case

    def described(self) -> str:
        """Say how many trees each model has."""
        return "; ".join(
            f"{target}: {len(each.feature_names)} columns, members of "
            f"{', '.join(str(b.num_trees()) for b in each.bundle.model.boosters_)} trees"
            for target, each in self.predictors.items()
        )


def _fit(tables: Tables, folder: Path) -> None:
    from treue.training.config import Config
    from treue.training.fit import fit
    from treue.training.prepare import prepare

    data = {"attributes": list(ATTRIBUTES), "sensitive": list(SENSITIVE)}
    config = Config.model_validate({"data": data, "cutoffs": {"every_months": 3}})
    prepared = prepare(config, base_dir=PAGE.parent, tables=tables, progress=print)
    for target in TARGETS:
        bundle = fit(prepared.panel, target, config=config, families=prepared.families)
        bundle.save(folder / target)
        print(f"fitted {target}", flush=True)


def many(panel: pd.DataFrame, rows: int) -> pd.DataFrame:
    """Return so many customers like those of a panel; sums and times are different for each."""
    random = np.random.default_rng(0)
    drawn = panel.iloc[random.integers(len(panel), size=rows)].reset_index(drop=True)
    for name in drawn.select_dtypes("number"):
        values = drawn[name].to_numpy(dtype=float)
        known = values[~np.isnan(values)]
        if (known % 1 != 0).any():
            drawn[name] = values * random.normal(1.0, 0.05, size=rows)
    drawn["customer_id"] = [f"C-{number:07d}" for number in range(rows)]
    return drawn

"""Treue beside the simple rules where data are few: customers drawn from larger sets, ten seeds.

    uv run python tests/benchmarks/quality/small_data.py

300 and 3,000 customers drawn from CDNOW and Online Retail II, and 30,000 simulated ones. What is
learned from those drawn is judged on everybody at the last cutoff, so that the judging adds little
noise of its own. Intervals are of the mean over seeds (Student's t). Results are kept per seed
under build/quality/small and made again only when the sources behind `fit` have changed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from asides import SMALL, small_data
from cells import TREUE, sources_of
from sets import BUILD, SETS, panel_of

from treue.features.errors import TreueError
from treue.features.panel import feature_columns
from treue.features.simulate import simulate
from treue.models.baselines import BaseRate, BetaGeoNBDRule, LogisticBaseline, RecencyRule
from treue.models.bgnbd import rfm_summary
from treue.models.errors import ModelError
from treue.models.intervals import METRICS
from treue.models.ranked import rank
from treue.training.backtest import split
from treue.training.config import Config
from treue.training.fit import fit
from treue.training.prepare import prepare

SEEDS = 10


@dataclass(frozen=True)
class Sample:
    """Rows to learn from, rows to judge, what BG/NBD asks of all customers learned from."""

    train: pd.DataFrame
    test: pd.DataFrame
    everybody: pd.DataFrame
    config: Config


@dataclass(frozen=True)
class Case:
    """A set and a number of customers."""

    name: str
    title: str
    customers: int
    draw: Callable[[int, int], Sample]


def drawn(name: str) -> Callable[[int, int], Sample]:
    """Customers drawn from those of a set of the bench who were there before the judged cutoff."""

    def draw(customers: int, seed: int) -> Sample:
        panel = panel_of(next(one for one in SETS if one.name == name))
        rows, cutoff = panel.frame(), panel.cutoffs[-1]
        times = panel.train_cutoffs(cutoff)
        train = rows[rows["cutoff"].isin(pd.to_datetime(times))]
        known = np.sort(train["customer_id"].unique())
        chosen = np.random.default_rng(seed).choice(known, customers, replace=False)
        everybody = panel.everybody(times[-1])
        return Sample(
            train[train["customer_id"].isin(chosen)].reset_index(drop=True),
            rows[rows["cutoff"] == pd.Timestamp(cutoff)].reset_index(drop=True),
            everybody[everybody["customer_id"].isin(chosen)],
            panel.config,
        )

    return draw


def simulated(customers: int, seed: int) -> Sample:
    """A simulated company of that size, cutoffs a quarter apart, the last one judged."""
    company = simulate(customers, seed=seed)
    first = pd.Timestamp(company.observed_until) - pd.DateOffset(days=90, months=15)
    moved = {"every_months": 3, "first": datetime.fromisoformat(first.isoformat())}
    config = Config.model_validate({"cutoffs": moved})
    prepared = prepare(config, base_dir=BUILD, tables=company.tables)
    train, test = split(prepared.panel, config=config)
    cutoff = train["cutoff"].max()
    known = company.tables.known_at(cutoff.to_pydatetime()).frames["purchases"].to_pandas()
    known = known[~known["is_return"].fillna(False).astype(bool)]
    return Sample(train, test, rfm_summary(known, cutoff, unit="1D"), config)


CASES = (
    Case("cdnow_300", "CDNOW, 180 days", 300, drawn("cdnow180")),
    Case("or_300", "Online Retail II, 90 days", 300, drawn("or90")),
    Case("cdnow_3000", "CDNOW, 180 days", 3_000, drawn("cdnow180")),
    Case("or_3000", "Online Retail II, 90 days", 3_000, drawn("or90")),
    Case("company_30000", "simulated company, 90 days", 30_000, simulated),
)


def judge(sample: Sample) -> dict[str, dict[str, float]]:
    """Method -> metric -> figure; a method that refuses is left out."""
    y, customers = sample.train["churned"].to_numpy(dtype=int), sample.train["customer_id"]
    features = feature_columns(sample.train)
    horizon = sample.config.label.horizon_days

    def logistic() -> np.ndarray:
        rule = LogisticBaseline().fit(sample.train[features], y)
        return rule.predict_proba(sample.test[features])

    def bg_nbd() -> np.ndarray:
        rule = BetaGeoNBDRule(horizon_days=horizon)
        rule.fit(sample.train, y, everybody=sample.everybody)
        return rule.predict_proba(sample.test)

    ways: dict[str, Callable[[], np.ndarray]] = {
        TREUE: lambda: fit(sample.train, "churn", config=sample.config).model.predict_proba(
            sample.test
        ),
        "base_rate": lambda: BaseRate().fit(sample.train, y).predict_proba(sample.test),
        "recency_rule": lambda: (
            RecencyRule().fit(sample.train, y, customers.to_numpy()).predict_proba(sample.test)
        ),
        "bg_nbd": bg_nbd,
        "logistic": logistic,
    }
    found = {}
    for name, way in ways.items():
        try:
            ranked = rank(sample.test["churned"].to_numpy(dtype=int), way()[:, 1])
        except (TreueError, ModelError) as error:
            print(f"  {name} is left out: {error}")
            continue
        ones = np.ones(len(ranked.y))
        found[name] = {one: METRICS[one](ranked, ones) for one in ("auroc", "log_loss", "ece")}
    return found


def run(cases: Iterable[Case], seeds: int) -> None:
    """Judge every seed of every case that is not there or was made of other sources."""
    SMALL.mkdir(parents=True, exist_ok=True)
    version = sources_of("training/fit.py")
    for case in cases:
        for seed in range(seeds):
            path = SMALL / f"{case.name}-{seed}.json"
            if path.exists():
                if json.loads(path.read_text(encoding="utf-8"))["version"] == version:
                    continue
                path.unlink()
            figures = judge(case.draw(case.customers, seed))
            told = {name: round(one["log_loss"], 4) for name, one in figures.items()}
            print(f"{case.name} seed {seed}: log loss {told}", flush=True)
            made = {"version": version, "set": case.title, "customers": case.customers}
            made["figures"] = figures
            path.write_text(json.dumps(made), encoding="utf-8")


def main() -> None:
    """Run what is missing, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", nargs="+", choices=[case.name for case in CASES])
    parser.add_argument("--seeds", type=int, default=SEEDS)
    wanted = parser.parse_args()
    run([one for one in CASES if not wanted.cases or one.name in wanted.cases], wanted.seeds)
    print(small_data())


if __name__ == "__main__":
    main()

"""The rules and Treue on one cell: a job as in peers.py, run by the project's own interpreter.

uv run python tests/benchmarks/quality/ours.py JOB.json
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pareto import ParetoNBD
from scipy.special import expit, logit
from sets import Panel

from treue.models.baselines import BaseRate, BetaGeoNBDRule, RecencyRule
from treue.models.calibration import platt
from treue.training.fit import fit

Job = dict[str, Any]
Fitted = Callable[[pd.DataFrame], np.ndarray]


def base_rate(panel: Panel, train: pd.DataFrame, job: Job) -> Fitted:
    """Everybody has the share of training."""
    return BaseRate().fit(train, train[job["label"]]).predict_proba


def recency_rule(panel: Panel, train: pd.DataFrame, job: Job) -> Fitted:
    """A curve over the days since the last purchase."""
    rule = RecencyRule().fit(train, train[job["label"]], train["customer_id"].to_numpy())
    return rule.predict_proba


def bg_nbd(panel: Panel, train: pd.DataFrame, job: Job) -> Fitted:
    """Fitted on every customer at the latest training cutoff, calibrated on the training rows."""
    everybody = panel.everybody(train["cutoff"].max())
    rule = BetaGeoNBDRule(horizon_days=panel.meta["horizon_days"])
    return rule.fit(train, train[job["label"]], everybody=everybody).predict_proba


def pareto_nbd(panel: Panel, train: pd.DataFrame, job: Job) -> Fitted:
    """As BG/NBD: of everybody, then calibrated; so that both start from the same."""
    known = panel.everybody(train["cutoff"].max())[["x", "t_x", "T"]].to_numpy(dtype=float)
    model = ParetoNBD.fit(*known.T)

    def log_odds(rows: pd.DataFrame) -> np.ndarray:
        tenure = rows["tenure_days"].to_numpy(dtype=float)
        last = np.maximum(tenure - rows["recency_days"].to_numpy(dtype=float), 0.0)
        repeats = np.maximum(rows["purchase_days"].to_numpy(dtype=float) - 1, 0.0)
        last = np.where(repeats == 0, 0.0, last)
        p = model.probability_no_purchase(panel.meta["horizon_days"], repeats, last, tenure)
        return logit(np.clip(p, 1e-9, 1 - 1e-9))

    curve = platt(log_odds(train), train[job["label"]].to_numpy())

    def predict(rows: pd.DataFrame) -> np.ndarray:
        p = expit(curve.log_odds(log_odds(rows)))
        return np.column_stack([1 - p, p])

    return predict


def treue(panel: Panel, train: pd.DataFrame, job: Job) -> Fitted:
    """Treue with its defaults."""
    return fit(train, job["target"], config=panel.config).model.predict_proba


METHODS = {one.__name__: one for one in (base_rate, recency_rule, bg_nbd, pareto_nbd, treue)}


def main() -> None:
    """Read the job, run its method, write predictions and result."""
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    path = Path(job["panel"])
    panel = Panel(path, json.loads(path.with_suffix(".json").read_text(encoding="utf-8")))
    rows = panel.frame()
    train = rows[rows["cutoff"].isin(pd.to_datetime(job["train_cutoffs"]))]
    test = rows[rows["cutoff"] == pd.Timestamp(job["cutoff"])]
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_utime
    found = METHODS[job["method"]](panel, train, job)(test)[:, 1]
    seconds = time.perf_counter() - started
    cpu = resource.getrusage(resource.RUSAGE_SELF).ru_utime - before
    predicted = pd.DataFrame(
        {"customer_id": test["customer_id"], "outcome": test[job["label"]].astype(int), "p": found}
    )
    predicted.to_parquet(job["predictions"], index=False)
    result = {"seconds": seconds, "cpu_seconds": cpu, "rows": len(train), "said": {}}
    Path(job["result"]).write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main()

"""What training costs beside a plain LightGBM: same rows, same folds, same parameters.

    uv run python tests/benchmarks/quality/time_to_train.py

Online Retail II, every monthly cutoff. Plain is what is left of `fit` when only its trees are: the
encoded panel binned once, one booster a fold of customers, stopped early on it. The two take turns,
and the medians of their times are compared. Kept in build/quality/time_to_train.json for the table.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable

import lightgbm as lgb
import numpy as np
from asides import TIMES, time_to_train
from sets import SETS, panel_of

from treue.models.columns import Columns
from treue.models.folds import customer_folds
from treue.training.fit import fit

ROUNDS = 5


def main() -> None:
    """Time both in turn."""
    panel = panel_of(next(one for one in SETS if one.name == "or90"))
    rows, config = panel.frame(), panel.config
    names = panel.columns(panel.cutoffs[-1])
    target, customers = rows["churned"].to_numpy(dtype=int), rows["customer_id"].to_numpy()
    columns = Columns.of(rows[names])
    encoded = columns.encode(rows[names])
    model = config.model

    def plain() -> None:
        fold = customer_folds(target, customers, n_folds=model.n_folds, seed=model.random_state)
        parameters = {
            "objective": "binary",
            "metric": "binary_logloss",
            "num_leaves": model.num_leaves,
            "min_data_in_leaf": model.min_child_samples,
            "feature_fraction": model.feature_fraction,
            "lambda_l2": model.lambda_l2,
            "learning_rate": model.learning_rate,
            "num_threads": model.num_threads,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        }
        data = lgb.Dataset(
            encoded,
            target,
            categorical_feature=columns.categorical_positions,
            params=parameters,
            free_raw_data=False,
        ).construct()
        for k in range(model.n_folds):
            lgb.train(
                parameters,
                data.subset(np.flatnonzero(fold != k).tolist()),
                model.n_estimators,
                valid_sets=[data.subset(np.flatnonzero(fold == k).tolist())],
                callbacks=[lgb.early_stopping(model.early_stopping_rounds, verbose=False)],
            )

    def ours() -> None:
        fit(rows, "churn", config=config)

    seconds: dict[str, list[tuple[float, float]]] = {"plain": [], "ours": []}
    for turn in range(ROUNDS):
        for name, work in (("plain", plain), ("ours", ours)):
            seconds[name].append(timed(work))
            took = seconds[name][-1]
            print(f"{turn + 1} {name}: {took[0]:.1f} s, {took[1]:.1f} s of CPU", flush=True)
    wall = {name: statistics.median(one[0] for one in times) for name, times in seconds.items()}
    cpu = {name: statistics.median(one[1] for one in times) for name, times in seconds.items()}
    found = {
        "rounds": ROUNDS,
        "rows": len(rows),
        "cutoffs": len(panel.cutoffs),
        "columns": len(names),
        "wall": wall,
        "cpu": cpu,
        "wall_ratio": wall["ours"] / wall["plain"],
        "cpu_ratio": cpu["ours"] / cpu["plain"],
    }
    TIMES.write_text(json.dumps(found, indent=1), encoding="utf-8")
    print(time_to_train())


def timed(work: Callable[[], None]) -> tuple[float, float]:
    """Wall seconds and seconds of all processors."""
    started, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - started, time.process_time() - used


if __name__ == "__main__":
    main()

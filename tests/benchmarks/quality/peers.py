"""One method on one cell: run by the peers' own interpreter, which knows nothing of Treue.

    build/quality/peers/bin/python tests/benchmarks/quality/peers.py JOB.json

The job names the panel (one row a customer and cutoff), the rows to learn from and to predict, the
feature columns and the method. Written are the probabilities of the judged rows and, as JSON, what
the method has to say of itself. Wherever a method lets one say which rows validate, whole customers
are held back: the same customer at two cutoffs is nearly the same row.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

FOLDS = 5


class Cell:
    """The rows of one job: `train` and `test` frames of features, `y`, customers."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.job = job
        self.threads: int = job["threads"]
        self.limit_s: int = job["limit_s"]
        self.seed: int = job["seed"]
        self.columns: list[str] = job["columns"]
        self.categorical: list[str] = [name for name in job["categorical"] if name in self.columns]
        panel = pd.read_parquet(job["panel"])
        cutoff = pd.to_datetime(panel["cutoff"])
        known = cutoff.isin(pd.to_datetime(job["train_cutoffs"]))
        judged = cutoff == pd.Timestamp(job["cutoff"])
        features = panel[self.columns].copy()
        for name in self.columns:
            if name in self.categorical:
                features[name] = features[name].astype(object).fillna("unknown").astype(str)
            else:
                features[name] = features[name].astype(float)
        self.train, self.test = (features[rows].reset_index(drop=True) for rows in (known, judged))
        self.y = panel.loc[known, job["label"]].astype(int).to_numpy()
        self.customers = panel.loc[known, "customer_id"].astype(str).to_numpy()
        self.keys = panel.loc[judged, ["customer_id"]].reset_index(drop=True)
        self.keys["outcome"] = panel.loc[judged, job["label"]].astype(int).to_numpy()

    @property
    def fold(self) -> np.ndarray:
        """The fold of each training row, the same for all rows of a customer."""
        return np.array(
            [zlib.crc32(f"{self.seed} {one}".encode()) % FOLDS for one in self.customers]
        )

    def typed(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame with pandas categories, the levels those seen in training."""
        frame = frame.copy()
        for name in self.categorical:
            frame[name] = pd.Categorical(frame[name], categories=sorted(set(self.train[name])))
        return frame


Found = tuple[np.ndarray, dict[str, Any]]


def spline_logistic(cell: Cell) -> Found:
    """Cubic splines on ranks, logistic regression; its penalty chosen on held-back customers."""
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, QuantileTransformer, SplineTransformer

    def terms() -> Any:
        numbers = make_pipeline(
            SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
            QuantileTransformer(n_quantiles=500, subsample=50_000, random_state=cell.seed),
            SplineTransformer(n_knots=5, extrapolation="constant", include_bias=False),
        )
        numeric = [name for name in cell.columns if name not in cell.categorical]
        return make_column_transformer(
            (numbers, numeric),
            (OneHotEncoder(handle_unknown="ignore", min_frequency=20), cell.categorical),
        )

    held = cell.fold == 0
    seen = terms().fit(cell.train[~held])
    learn, judge = (seen.transform(cell.train[rows]) for rows in (~held, held))
    losses = {
        C: log_loss(
            cell.y[held],
            LogisticRegression(C=C, max_iter=300)
            .fit(learn, cell.y[~held])
            .predict_proba(judge)[:, 1],
            labels=[0, 1],
        )
        for C in (0.001, 0.01, 0.1, 1.0)
    }
    best = min(losses, key=lambda C: losses[C])
    fitted = make_pipeline(terms(), LogisticRegression(C=best, max_iter=300))
    fitted.fit(cell.train, cell.y)
    return fitted.predict_proba(cell.test)[:, 1], {"C": best}


def catboost(cell: Cell) -> Found:
    """Five models, each stopped early on a fifth of the customers; their log-odds averaged."""
    from catboost import CatBoostClassifier, Pool

    fold, log_odds, trees = cell.fold, np.zeros(len(cell.test)), []
    test = Pool(cell.test, cat_features=cell.categorical)
    for k in range(FOLDS):
        learn, stop = (
            Pool(cell.train[rows], cell.y[rows], cat_features=cell.categorical)
            for rows in (fold != k, fold == k)
        )
        model = CatBoostClassifier(
            iterations=2000,
            learning_rate=0.05,
            depth=6,
            l2_leaf_reg=10,
            rsm=0.5,
            early_stopping_rounds=50,
            random_seed=cell.seed,
            thread_count=cell.threads,
            allow_writing_files=False,
            verbose=False,
        ).fit(learn, eval_set=stop, use_best_model=True)
        log_odds += model.predict(test, prediction_type="RawFormulaVal") / FOLDS
        trees.append(model.tree_count_)
    return 1 / (1 + np.exp(-log_odds)), {"trees": trees}


def flaml(cell: Cell) -> Found:
    """FLAML's own search for log loss within its time, customers kept together."""
    from flaml import AutoML

    search = AutoML()
    search.fit(
        cell.typed(cell.train),
        cell.y,
        task="classification",
        metric="log_loss",
        time_budget=cell.limit_s,
        split_type="group",
        groups=pd.factorize(cell.customers)[0],
        n_jobs=cell.threads,
        seed=cell.seed,
        verbose=0,
    )
    return search.predict_proba(cell.typed(cell.test))[:, 1], {"best": search.best_estimator}


def autogluon_medium(cell: Cell) -> Found:
    """AutoGluon's default preset; a fifth of the customers as tuning data."""
    held = cell.fold == 0
    return _autogluon(cell, "medium_quality", ~held, tuning=held)


def autogluon_best(cell: Cell) -> Found:
    """AutoGluon's best_quality: bagged over folds of customers, stacked once."""
    return _autogluon(cell, "best_quality", np.ones(len(cell.y), dtype=bool))


def _autogluon(
    cell: Cell, preset: str, learn: np.ndarray, tuning: np.ndarray | None = None
) -> Found:
    from autogluon.tabular import TabularPredictor

    frame = cell.typed(cell.train).assign(_label=cell.y)
    bagged: dict[str, Any] = {}
    if tuning is None:
        frame["_fold"] = cell.fold
        bagged = {"dynamic_stacking": False, "num_stack_levels": 1}  # it would draw rows, not folds
    with tempfile.TemporaryDirectory() as folder:
        predictor = TabularPredictor(
            "_label",
            problem_type="binary",
            eval_metric="log_loss",
            groups=None if tuning is not None else "_fold",
            path=folder,
            verbosity=1,
        ).fit(
            frame[learn],
            tuning_data=None if tuning is None else frame[tuning],
            presets=preset,
            time_limit=cell.limit_s,
            num_cpus=cell.threads,
            num_gpus=0,
            **bagged,
        )
        found = predictor.predict_proba(cell.typed(cell.test))[1].to_numpy()
        board = predictor.leaderboard(silent=True)
        said = {"best": predictor.model_best, "models": len(board)}
    return found, said


METHODS: dict[str, Callable[[Cell], Found]] = {
    one.__name__: one
    for one in (spline_logistic, catboost, flaml, autogluon_medium, autogluon_best)
}


def main() -> None:
    """Read the job, run its method, write predictions and result."""
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    cell = Cell(job)
    started = time.perf_counter()
    before = _cpu()
    np.random.seed(cell.seed)
    p, said = METHODS[job["method"]](cell)
    seconds = time.perf_counter() - started
    cell.keys.assign(p=p).to_parquet(job["predictions"])
    result = {"seconds": seconds, "cpu_seconds": _cpu() - before, "rows": len(cell.y), "said": said}
    Path(job["result"]).write_text(json.dumps(result, default=str), encoding="utf-8")


def _cpu() -> float:
    """Seconds of processor that this process and its children have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    main()

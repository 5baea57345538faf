"""Peers that make their own features from events: a job as in peers.py, in the second environment.

    build/quality/peers-second/bin/python tests/benchmarks/quality/second.py JOB.json

Both start from orders (lines summed up), complaints, negotiations, contacts and referrals with what
was known when they happened, and from the customers' attributes; both hand their features to
LightGBM, stopped early on customers held back.
"""

from __future__ import annotations

import json
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from peers import FOLDS, Cell, Found

TIMES = {
    "orders": "purchased_at",
    "complaints": "opened_at",
    "negotiations": "negotiated_at",
    "contacts": "contacted_at",
    "referrals": "referred_at",
}
KNOWN = {  # columns known as soon as the event happened
    "complaints": ["category", "severity"],
    "negotiations": ["list_price", "asked_price"],
    "contacts": ["channel", "direction"],
    "referrals": [],
}
RECENT_DAYS = 90


def events_of(job: dict[str, Any]) -> dict[str, pd.DataFrame]:
    """Event tables with `customer_id` as text, a time, and columns known at that time."""
    folder = Path(job["panel"]).with_suffix(".events")
    lines = pd.read_parquet(folder / "purchases.parquet")
    sums = [name for name in ("amount", "quantity", "margin", "list_amount") if name in lines]
    returned = lines["is_return"].fillna(False).astype(float)
    lines = lines.assign(lines=1.0, returned=returned)
    order = ["customer_id", "purchased_at"] + (["order_id"] if "order_id" in lines else [])
    orders = lines.groupby(order, dropna=False)[[*sums, "lines", "returned"]].sum().reset_index()
    found = {"orders": orders.drop(columns="order_id", errors="ignore")}
    for name, columns in KNOWN.items():
        path = folder / f"{name}.parquet"
        if path.exists():
            frame = pd.read_parquet(path).rename(columns={"referrer_id": "customer_id"})
            kept = [column for column in columns if column in frame]
            found[name] = frame[["customer_id", TIMES[name], *kept]].dropna(subset=TIMES[name])
    return {
        name: frame.assign(customer_id=frame["customer_id"].astype(str))
        .sort_values(TIMES[name], kind="stable")
        .reset_index(drop=True)
        for name, frame in found.items()
    }


def population(job: dict[str, Any]) -> pd.DataFrame:
    """`customer_id`, `cutoff`, label and the attributes of every training and judged row."""
    panel = pd.read_parquet(job["panel"])
    attributes = [name for name in job["columns"] if name.startswith("attribute_")]
    known = pd.to_datetime([*job["train_cutoffs"], job["cutoff"]])
    rows = panel[panel["cutoff"].isin(known)]
    rows = rows[["customer_id", "cutoff", job["label"], *attributes]].reset_index(drop=True)
    rows["customer_id"] = rows["customer_id"].astype(str)
    rows[job["label"]] = rows[job["label"]].astype(float)
    return rows


def featuretools(cell: Cell) -> Found:
    """Deep feature synthesis with cutoff times, over all history and over the last 90 days."""
    import featuretools as ft

    rows = population(cell.job)
    entities = ft.EntitySet("company")
    people = pd.DataFrame({"customer_id": rows["customer_id"].unique()})
    key = {"customer_id": "Categorical"}
    entities.add_dataframe(people, "customers", index="customer_id", logical_types=key)
    for name, frame in events_of(cell.job).items():
        frame = frame[frame["customer_id"].isin(people["customer_id"])]
        entities.add_dataframe(
            frame.reset_index(names=f"{name}_id"),
            name,
            index=f"{name}_id",
            time_index=TIMES[name],
            logical_types={
                f"{name}_id": "Integer",
                TIMES[name]: "Datetime",
                **dict.fromkeys(frame.select_dtypes("number").columns, "Double"),
                **dict.fromkeys(frame.select_dtypes("object").columns, "Categorical"),
            },
        )
        entities.add_relationship("customers", "customer_id", name, "customer_id")
    times = rows[["customer_id", "cutoff"]].rename(columns={"cutoff": "time"})
    parts = []
    for window in (None, ft.Timedelta(RECENT_DAYS, "d")):
        matrix, _ = ft.dfs(
            entityset=entities,
            target_dataframe_name="customers",
            cutoff_time=times,
            cutoff_time_in_index=True,
            training_window=window,
            agg_primitives=[
                *("count", "sum", "mean", "max", "min", "std", "trend", "num_unique"),
                *("mode", "percent_true", "time_since_last", "time_since_first"),
                "avg_time_between",
            ],
            trans_primitives=[],
            n_jobs=1,
        )
        matrix = matrix.reindex(pd.MultiIndex.from_frame(times)).reset_index(drop=True)
        parts.append(matrix.add_suffix("" if window is None else f" in {RECENT_DAYS} days"))
    features = pd.concat([*parts, rows.filter(like="attribute_")], axis=1)
    return _lightgbm(cell, rows, features)


def getml(cell: Cell) -> Found:
    """FastProp, the community edition's propositionalisation, over all history and 90 days."""
    import getml as engine

    rows = population(cell.job)
    home = tempfile.mkdtemp()
    engine.engine.launch(launch_browser=False, home_directory=home, in_memory=True, quiet=True)
    try:
        engine.engine.set_project("quality")
        return _lightgbm(cell, rows, _fast_prop(cell, rows, engine))
    finally:
        engine.engine.shutdown()
        shutil.rmtree(home, ignore_errors=True)


def _fast_prop(cell: Cell, rows: pd.DataFrame, engine: Any) -> pd.DataFrame:
    roles, data = engine.data.roles, engine.DataFrame

    def frame(table: pd.DataFrame, name: str, when: str, target: str = "") -> Any:
        numbers = [
            column
            for column in table.select_dtypes("number").columns
            if column not in (target, "customer_id")
        ]
        words = [
            column
            for column in table.select_dtypes(["object", "category", "bool"]).columns
            if column != "customer_id"
        ]
        table = table.assign(**{one: table[one].astype(str) for one in words})
        chosen = {
            roles.join_key: ["customer_id"],
            roles.time_stamp: [when],
            roles.numerical: numbers,
            roles.categorical: words,
        }
        if target:
            chosen[roles.target] = [target]
        return data.from_pandas(table, name=name, roles=chosen)

    judged = rows["cutoff"] == pd.Timestamp(cell.job["cutoff"])
    everyone = frame(rows, "rows", "cutoff", cell.job["label"])
    split = engine.data.split.concat(
        "parts", train=frame(rows[~judged], "train", "cutoff", cell.job["label"])
    )
    events = events_of(cell.job)
    tables = {name: frame(table, name, TIMES[name]) for name, table in events.items()}
    container = engine.data.Container(population=split[0], split=split[1])
    container.add(**tables)
    container.freeze()
    model = engine.data.DataModel(everyone.to_placeholder("population"))
    model.add(engine.data.to_placeholder(**tables))
    for name in tables:
        for memory in (None, engine.data.time.days(RECENT_DAYS)):
            model.population.join(
                getattr(model, name),
                on="customer_id",
                time_stamps=("cutoff", TIMES[name]),
                memory=memory,
            )
    pipeline = engine.pipeline.Pipeline(
        data_model=model,
        preprocessors=[engine.preprocessors.Seasonal()],
        feature_learners=[
            engine.feature_learning.FastProp(
                loss_function=engine.feature_learning.loss_functions.CrossEntropyLoss,
                num_features=200,
                num_threads=cell.threads,
            )
        ],
    )
    pipeline.fit(container.train, check=False)
    found = pipeline.transform(everyone, tables)
    return pd.DataFrame(np.asarray(found), columns=[f"f{i}" for i in range(found.shape[1])])


def _lightgbm(cell: Cell, rows: pd.DataFrame, features: pd.DataFrame) -> Found:
    """The regularised LightGBM that Treue starts from, on five folds of customers, averaged."""
    import lightgbm as lgb

    for name in features.columns:
        if not pd.api.types.is_numeric_dtype(features[name]):
            features[name] = features[name].astype(str).astype("category").cat.codes
    matrix = features.to_numpy(dtype=float, na_value=np.nan)
    judged = (rows["cutoff"] == pd.Timestamp(cell.job["cutoff"])).to_numpy()
    y = rows.loc[~judged, cell.job["label"]].to_numpy()
    learn, fold = matrix[~judged], folds_of(cell, rows.loc[~judged, "customer_id"])
    log_odds = np.zeros(int(judged.sum()))
    for k in range(FOLDS):
        stop = lgb.Dataset(learn[fold == k], y[fold == k])
        model = lgb.train(
            {
                "objective": "binary",
                "num_leaves": 12,
                "min_data_in_leaf": 100,
                "feature_fraction": 0.35,
                "lambda_l2": 15.0,
                "learning_rate": 0.05,
                "num_threads": cell.threads,
                "seed": cell.seed,
                "verbosity": -1,
            },
            lgb.Dataset(learn[fold != k], y[fold != k]),
            1500,
            valid_sets=[stop],
            callbacks=[lgb.early_stopping(50, verbose=False)],
        )
        log_odds += model.predict(matrix[judged], raw_score=True) / FOLDS
    found = pd.Series(1 / (1 + np.exp(-log_odds)), index=rows.loc[judged, "customer_id"])
    wanted = found.reindex(cell.keys["customer_id"].astype(str))
    return wanted.to_numpy(), {"features": matrix.shape[1]}


def folds_of(cell: Cell, customers: pd.Series) -> np.ndarray:
    """The same folds of customers as the other peers have."""
    known = dict(zip(cell.customers, cell.fold, strict=True))
    return customers.map(known).to_numpy()


METHODS = {one.__name__: one for one in (featuretools, getml)}


def main() -> None:
    """Read the job, run its method, write predictions and result."""
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    cell = Cell(job)
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_utime
    p, said = METHODS[job["method"]](cell)
    seconds = time.perf_counter() - started
    cpu = resource.getrusage(resource.RUSAGE_SELF).ru_utime - before
    cell.keys.assign(p=p).to_parquet(job["predictions"])
    result = {"seconds": seconds, "cpu_seconds": cpu, "rows": len(cell.y), "said": said}
    Path(job["result"]).write_text(json.dumps(result, default=str), encoding="utf-8")


if __name__ == "__main__":
    main()

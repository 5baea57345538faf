"""What training costs beside bare LightGBM doing the same fits: a part of docs/benchmarks.md.

    uv run python tests/benchmarks/train.py

First one `treue train` into a store of its own, stage by stage. Then, in turn, `fit` on its
training rows and, as the yardstick, the `lightgbm.train` calls that `fit` makes (recorded once, so
none is forgotten: final members and those of the rolling backtest inside the training rows), one
after another on ready binned data, each with all threads. Everything else of `fit` is its overhead:
encoding, binning, regression, BG/NBD, what is chosen by them, curve and intervals.

Online Retail II, or the simulated company where that data set is absent (see TREUE_DATA).
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest.mock import patch

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
from docs_page import PAGE, ROOT, replace_part

from treue.features.simulate import simulate
from treue.features.tables import Tables
from treue.models.classifier import LoyaltyClassifier
from treue.models.columns import Columns
from treue.training import job
from treue.training import train as training
from treue.training.backtest import split
from treue.training.config import Config, load_config
from treue.training.fit import columns_used, fit, label_of
from treue.training.tracking import Store

ROUNDS = 5
BAR = 1.3
EXAMPLE = ROOT / "docs" / "examples" / "online_retail_ii.toml"
STAGES: Mapping[str, tuple[tuple[Any, str], ...]] = {
    "reading, checking and the panel": ((training, "prepare"),),
    "fitting": ((job, "fit"),),
    "judging, explaining and the model card": (
        (job, "evaluate"),
        (job, "explain"),
        (job.Job, "_with_card"),
        (job.Job, "_decide"),
    ),
    "tracking": ((Store, "__init__"), (training, "_log_parent"), (job.Job, "_log")),
}
"""Functions whose time is a stage's; none calls another of them, but within its own stage."""


@dataclass(frozen=True)
class Call:
    """One call of `lightgbm.train`, and the trees that came of it."""

    parameters: dict[str, Any]
    inside: list[int]
    outside: list[int]
    rounds: int
    patience: int
    trees: int


@dataclass(frozen=True)
class Data:
    """What is trained on."""

    title: str
    config: Config
    tables: Tables | None


def data() -> Data:
    """Online Retail II where it is, else the simulated company."""
    folder = Path(os.environ.get("TREUE_DATA", ROOT.parent / "shared" / "data"))
    if (folder / "online_retail_ii").exists():
        return Data("Online Retail II", load_config(EXAMPLE), None)
    return Data("the simulated company", Config(), simulate(1_000, seed=1).tables)


def staged(one: Data) -> tuple[Any, dict[str, float]]:
    """The panel of one `treue train`, and the seconds of its stages."""
    seconds = dict.fromkeys(STAGES, 0.0)
    inside: list[str] = []

    def timing(stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **options: Any) -> Any:
            if inside:
                return function(*arguments, **options)
            inside.append(stage)
            started = time.perf_counter()
            try:
                return function(*arguments, **options)
            finally:
                seconds[inside.pop()] += time.perf_counter() - started

        return timed

    with ExitStack() as stack, tempfile.TemporaryDirectory(prefix="treue-train-") as folder:
        for stage, functions in STAGES.items():
            for owner, name in functions:
                stack.enter_context(patch.object(owner, name, timing(stage, getattr(owner, name))))
        started = time.perf_counter()
        result = training.train(
            one.config,
            base_dir=EXAMPLE.parent,
            tables=one.tables,
            tracking_uri=f"sqlite:///{folder}/mlflow.db",
            progress=partial(print, flush=True),
        )
        whole = time.perf_counter() - started
    seconds["everything else"] = whole - sum(seconds.values())
    return result.prepared.panel, seconds


def recorded(run: Callable[[], Any]) -> list[Call]:
    """The fits of a run."""
    found: list[Call] = []
    train = lgb.train

    def recording(
        parameters: dict[str, Any], inside: lgb.Dataset, *, callbacks: list[Any], **options: Any
    ) -> lgb.Booster:
        booster = train(parameters, inside, callbacks=callbacks, **options)
        (outside,), (stop,) = options["valid_sets"], callbacks
        found.append(
            Call(
                parameters=parameters,
                inside=list(inside.used_indices),
                outside=list(outside.used_indices),
                rounds=options["num_boost_round"],
                patience=stop.stopping_rounds,
                trees=booster.best_iteration,
            )
        )
        return booster

    with patch.object(lgb, "train", recording):
        run()
    return sorted(found, key=lambda call: -len(call.inside))


def replayed(ready: lgb.Dataset, calls: list[Call], *, num_threads: int) -> None:
    """The same fits by LightGBM alone."""
    for call in calls:
        booster = lgb.train(
            call.parameters | {"num_threads": num_threads},
            ready.subset(call.inside),
            num_boost_round=call.rounds,
            valid_sets=[ready.subset(call.outside)],
            callbacks=[lgb.early_stopping(call.patience, verbose=False)],
            keep_training_booster=True,
        )
        assert booster.best_iteration == call.trees, "not the same fit"


def timed(work: Callable[[], Any]) -> npt.NDArray[np.float64]:
    """Wall seconds and seconds of all processors."""
    started, used = time.perf_counter(), time.process_time()
    work()
    return np.array([time.perf_counter() - started, time.process_time() - used])


def as_markdown(
    title: str,
    rows: int,
    columns: int,
    calls: list[Call],
    turns: npt.NDArray[np.float64],
    seconds: dict[str, float],
) -> str:
    """The page's part; `turns` are (rounds, bare or ours, wall or processors)."""
    ratios = np.median(turns[:, 1] / turns[:, 0], axis=0)
    middle = np.median(turns, axis=0)
    verdict = "met" if ratios[0] <= BAR else "missed"
    versions = ", ".join(f"{name} {version(name)}" for name in ("lightgbm", "numpy", "mlflow"))
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    lines = [
        f"Measured on {machine}; {versions}; {title}, churn: {rows:,} training rows × {columns} "
        f"columns, {len(calls)} fits of {sum(call.trees for call in calls):,} trees; medians of "
        f"{len(turns)} turns, one after the other.",
        "",
        "| | Treue's `fit` | bare LightGBM, the same fits | ratio |",
        "|---|---|---|---|",
        *(
            f"| {what} | {ours:.1f} s | {bare:.1f} s | **{ratio:.2f}** |"
            for what, ours, bare, ratio in zip(
                ("wall", "all processors"), middle[1], middle[0], ratios, strict=True
            )
        ),
        "",
        f"The bar, at most {BAR} × in wall time, is {verdict}. Of the {os.cpu_count()} cores, bare "
        f"LightGBM had {middle[0, 1] / middle[0, 0]:.1f} meanwhile, Treue "
        f"{middle[1, 1] / middle[1, 0]:.1f}; fits side by side save nothing where others hold "
        "them.",
        "",
        "One whole `treue train`, from files to a registered model, in wall time: "
        + "; ".join(f"{name} {found:.1f} s" for name, found in seconds.items())
        + ".",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Train once, time both in turn, write."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    one = data()
    panel, seconds = staged(one)
    print({name: round(found, 1) for name, found in seconds.items()}, flush=True)
    rows, _ = split(panel, config=one.config)
    model = one.config.model
    names, _ = columns_used(rows, "churn", horizon_days=one.config.label.horizon_days)
    ours = partial(fit, rows, "churn", config=one.config)
    calls = recorded(ours)
    columns = Columns.of(rows[names])
    ready = lgb.Dataset(
        columns.encode(rows[names]),
        label_of(rows, "churn"),
        categorical_feature=columns.categorical_positions,
        params=LoyaltyClassifier(**model.classifier()).lightgbm_parameters(model.random_state),
    ).construct()
    bare = partial(replayed, ready, calls, num_threads=model.num_threads)
    turns = []
    for turn in range(ROUNDS):
        turns.append([timed(bare), timed(ours)])
        print(
            turn + 1, *(f"{wall:.1f} s, {cpu:.1f} s of CPU" for wall, cpu in turns[-1]), flush=True
        )
    text = as_markdown(one.title, len(rows), len(names), calls, np.array(turns), seconds)
    print(text)
    page = replace_part(PAGE.read_text(encoding="utf-8"), "train", text)
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

"""How fast rows are explained, against LightGBM and shap: a part of docs/benchmarks.md.

    uv run python tests/benchmarks/treeshap.py

Every figure is the median of interleaved rounds, in each of which all ways run one after another,
so that a ratio compares what one machine did within seconds; CPU seconds of one thread.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
from real_data import PAGE, replace_part

from treue.models.classifier import LoyaltyClassifier
from treue.models.treeshap import Explainer

Floats = npt.NDArray[np.float64]

ROWS, COLUMNS, ROUNDS = 200_000, 60, 5
FEW = 3_000  # from here on we are to be ahead with the set-up counted


@dataclass
class Case:
    """Boosters, and what was measured of them."""

    title: str
    boosters: list[lgb.Booster]
    contrib_rows: int
    rows: int = ROWS
    seconds: dict[str, list[float]] = field(default_factory=dict)
    facts: dict[str, float] = field(default_factory=dict)

    def rate(self, way: str) -> float:
        return float(np.median(self.seconds[way]))

    def ratio(self, way: str, of: str) -> float:
        """Median over the rounds of how much longer another way took a row."""
        return float(np.median(np.divide(self.seconds[of], self.seconds[way])))

    def measure(self, way: str, run: Callable[[], Any], rows: int) -> Any:
        started = time.process_time()
        found = run()
        self.seconds.setdefault(way, []).append((time.process_time() - started) / rows)
        return found


def data() -> tuple[Floats, Floats]:
    """Return 200,000 rows of 60 columns, 3 % missing, and a target of some of them."""
    random = np.random.default_rng(0)
    X = random.normal(size=(ROWS, COLUMNS))
    X[random.random(X.shape) < 0.03] = np.nan
    known = np.nan_to_num(X)
    z = 0.3 * known @ random.normal(size=COLUMNS) + np.sin(2 * known[:, 0]) * known[:, 1]
    return X, (z + known[:, 2] * known[:, 3] + random.normal(size=ROWS) > 0).astype(float)


def train(X: Floats, y: Floats, trees: int, leaves: int) -> lgb.Booster:
    settings = {"objective": "binary", "num_leaves": leaves, "verbosity": -1, "seed": 0}
    return lgb.train(settings, lgb.Dataset(X, y), trees)


def path_dependent(case: Case, X: Floats) -> None:
    """Measure ours against LightGBM's explanation and its prediction."""
    threads = {"num_threads": 1}
    few, fewer = X[: case.contrib_rows], X[: len(X) // 10]
    Explainer(case.boosters, **threads).prepare().shap_values(X[:10_000])  # compiled from now on
    for _ in range(ROUNDS):
        explainer = case.measure("set-up", Explainer(case.boosters, **threads).prepare, 1)
        values = case.measure("ours", lambda e=explainer: e.shap_values(X), len(X))
        case.measure(
            "predict",
            lambda: [b.predict(fewer, raw_score=True, **threads) for b in case.boosters],
            len(fewer),
        )
        contrib = case.measure(
            "contrib",
            lambda: np.mean(
                [b.predict(few, pred_contrib=True, **threads) for b in case.boosters], axis=0
            ),
            len(few),
        )
        fresh = Explainer(case.boosters, **threads)
        case.measure("ours, few", lambda e=fresh: e.shap_values(X[:FEW]), FEW)
        case.measure(
            "one row", lambda e=explainer: [e.shap_values(X[i : i + 1]) for i in range(200)], 200
        )
        case.measure(
            "predict one row",
            lambda: [b.predict(X[i : i + 1], **threads) for i in range(200) for b in case.boosters],
            200,
        )
    scale = np.abs(contrib).max()
    raw = np.mean([b.predict(fewer, raw_score=True) for b in case.boosters], axis=0)
    total = explainer.expected_value + values[: len(fewer)].sum(axis=1)
    plan = explainer._ready["tables"].plan
    case.facts = {
        "deviation": float(np.abs(values[: len(few)] - contrib[:, :-1]).max() / scale),
        "additivity": float(np.abs(total - raw).max() / np.abs(raw).max()),
        "tables MB": plan.table_bytes / 1e6,
        "kept MB": (plan.own_bytes + getattr(explainer._ready["tables"].tables, "nbytes", 0)) / 1e6,
        "leaves": float(explainer._leaves),
    }


def relative(case: Case, X: Floats) -> None:
    """Measure ours against shap's, relative to 100 background rows."""
    import shap

    background, few = X[:100], X[1000:1100]
    reference = shap.TreeExplainer(case.boosters[0], background)
    Explainer(case.boosters, background=background, num_threads=1).prepare().shap_values(X[:9000])
    for _ in range(ROUNDS):
        fresh = Explainer(case.boosters, background=background, num_threads=1)
        explainer = case.measure("set-up", fresh.prepare, 1)
        case.measure("ours", lambda e=explainer: e.shap_values(X), len(X))
        want = case.measure(
            "shap", lambda: reference.shap_values(few, check_additivity=False), len(few)
        )
    got = explainer.shap_values(few)
    total = explainer.predict(few) - case.boosters[0].predict(few, raw_score=True)
    case.facts = {
        "deviation": float(np.abs(got - want).max() / np.abs(want).max()),
        "additivity": float(np.abs(total).max()),
    }


def as_markdown(cases: list[Case], interventional: Case) -> str:
    head = "rows a second | × LightGBM's explanation | × LightGBM's prediction | set-up "
    few = f"| {FEW:,} rows with set-up, × LightGBM's"
    lines = [
        f"| model | {head} {few} | kept | deviation | additivity |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for case in cases:
        kept = f"{case.facts['kept MB']:.0f} MB"
        if case.facts["kept MB"] < case.facts["tables MB"]:
            kept += f" (tables of {case.facts['tables MB']:.0f} MB made in turn)"
        lines.append(
            f"| {case.title} | {1 / case.rate('ours'):,.0f} "
            f"| **{case.ratio('ours', 'contrib'):.0f}** "
            f"| **{case.ratio('ours', 'predict'):.2f}** | {case.rate('set-up'):.1f} s "
            f"| {case.ratio('ours, few', 'contrib'):.1f} | {kept} "
            f"| {case.facts['deviation']:.0e} | {case.facts['additivity']:.0e} |"
        )
    lines += [
        "",
        "LightGBM's own, rows a second: "
        + "; ".join(
            f"{case.title}: {1 / case.rate('contrib'):,.0f} explained, "
            f"{1 / case.rate('predict'):,.0f} predicted"
            for case in cases
        )
        + ".",
        "",
        "One row at a time, its plan ready: "
        + "; ".join(
            f"{case.title}: {1e3 * case.rate('one row'):.2f} ms, "
            f"{case.rate('one row') / case.rate('predict one row'):.1f} × LightGBM's prediction"
            for case in cases
        )
        + ".",
        "",
        f"Relative to 100 background rows ({interventional.title}): "
        f"{1 / interventional.rate('ours'):,.0f} rows a second, "
        f"**{interventional.ratio('ours', 'shap'):,.0f}** × shap's "
        f"{1 / interventional.rate('shap'):,.0f}; set-up {interventional.rate('set-up'):.1f} s, "
        f"deviation from shap, which reckons weights in single precision, "
        f"{interventional.facts['deviation']:.0e}, additivity "
        f"{interventional.facts['additivity']:.0e}.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Train, measure, write."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    X, y = data()
    noisy = np.where(np.random.default_rng(1).random(20_000) < 0.3, 1 - y[:20_000], y[:20_000])
    model = LoyaltyClassifier().fit(X[:20_000], noisy)
    print("fitted", [booster.num_trees() for booster in model.boosters_], flush=True)
    small = train(X, y, 300, 31)
    trees = ", ".join(str(booster.num_trees()) for booster in model.boosters_)
    cases = [
        Case("300 trees × 31 leaves", [small], 2_000),
        Case(f"Treue's default, members of {trees} trees × 12 leaves", model.boosters_, 500),
        Case("600 trees × 63 leaves", [train(X, y, 600, 63)], 300, 100_000),
    ]
    for case in cases:
        path_dependent(case, X[: case.rows])
        print(
            case.title, {k: np.median(v) for k, v in case.seconds.items()}, case.facts, flush=True
        )
    interventional = Case(cases[0].title, [small], 0)
    relative(interventional, X)
    write(cases, interventional)


def write(cases: list[Case], interventional: Case) -> None:
    """Write the page's part."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("lightgbm", "shap", "numba"))
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    text = (
        f"Measured on {machine}; {versions}; {ROWS:,} rows ({cases[-1].rows:,} of the largest "
        f"model) × {COLUMNS} columns, float64, CPU time of one thread, medians of {ROUNDS} "
        "interleaved rounds.\n\n"
    )
    text += as_markdown(cases, interventional)
    print(text)
    page = replace_part(PAGE.read_text(encoding="utf-8"), "treeshap", text)
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

"""How fast rows are explained, against LightGBM and shap: a part of docs/benchmarks.md.

    uv run python tests/benchmarks/treeshap.py

Every figure is the median of interleaved rounds, in each of which all ways run one after another,
so that a ratio compares what one machine did within seconds; CPU seconds of one thread. Ends with
an error where a bar is missed. ``--quick`` runs everything on a few rows and only prints; its
picture goes to the folder for temporary files.
"""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt
from docs_page import PAGE, replace_part
from growth_chart import Panel, growth_chart
from treeshap_growth import growth, train
from treeshap_page import FEW, Case, as_markdown, bars

from treue.models.classifier import LoyaltyClassifier
from treue.models.treeshap import Explainer

Floats = npt.NDArray[np.float64]

ROWS, COLUMNS, ROUNDS = 200_000, 60, 5
CHART = PAGE.with_name("images") / "explaining.svg"


def data(rows: int) -> tuple[Floats, Floats]:
    """Return rows of 60 columns, 3 % missing, and a target of some of them."""
    random = np.random.default_rng(0)
    X = random.normal(size=(rows, COLUMNS))
    X[random.random(X.shape) < 0.03] = np.nan
    known = np.nan_to_num(X)
    z = 0.3 * known @ random.normal(size=COLUMNS) + np.sin(2 * known[:, 0]) * known[:, 1]
    return X, (z + known[:, 2] * known[:, 3] + random.normal(size=rows) > 0).astype(float)


def path_dependent(case: Case, X: Floats) -> None:
    """Measure ours against LightGBM's explanation and its prediction."""
    threads = {"num_threads": 1}
    few, fewer = X[: case.contrib_rows], X[: len(X) // 10]
    Explainer(case.boosters, **threads).prepare().shap_values(X[:10_000])  # compiled from now on
    for _ in range(ROUNDS):
        explainer = case.measure("set-up", lambda: Explainer(case.boosters, **threads).prepare(), 1)
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
        case.measure(
            "ours, few", lambda: Explainer(case.boosters, **threads).shap_values(X[:FEW]), FEW
        )
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
    }


def relative(case: Case, X: Floats) -> None:
    """Measure ours against shap's, relative to 100 background rows."""
    import shap

    background, few = X[:100], X[1000:1100]
    reference = shap.TreeExplainer(case.boosters[0], background)
    Explainer(case.boosters, background=background, num_threads=1).prepare().shap_values(X[:9000])
    for _ in range(ROUNDS):
        explainer = case.measure(
            "set-up",
            lambda: Explainer(case.boosters, background=background, num_threads=1).prepare(),
            1,
        )
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


FRESH = """
import sys
import lightgbm, numpy
booster, way, cache = lightgbm.Booster(model_file=sys.argv[1]), sys.argv[3], sys.argv[4]
X = numpy.load(sys.argv[2])
if way == "contrib":
    booster.predict(X, pred_contrib=True, num_threads=1)
elif way != "nothing":
    from treue.models.treeshap import Explainer
    places = [cache] if way == "ours, cached" else []
    Explainer(booster, num_threads=1, cache=places, method="tables").shap_values(X)
"""


def fresh_processes(case: Case, X: Floats) -> None:
    """Measure processes of their own that explain few rows: what is loaded counts, too.

    What a process takes that only loads LightGBM and the rows is taken off all of them.
    """
    with tempfile.TemporaryDirectory() as folder:
        model, rows, cache = (str(Path(folder, name)) for name in ("model", "rows.npy", "plan"))
        case.boosters[0].save_model(model)
        np.save(rows, X[:FEW])
        Explainer(case.boosters, num_threads=1, cache=cache).prepare()
        for _ in range(ROUNDS):
            found = {}
            for way in ("nothing", "ours, fresh", "ours, cached", "contrib"):
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                subprocess.run([sys.executable, "-c", FRESH, model, rows, way, cache], check=True)
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                found[way] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            for way in ("ours, fresh", "ours, cached", "contrib"):
                spent = (found[way] - found["nothing"]) / FEW
                case.seconds.setdefault(f"process: {way}", []).append(spent)


def main(*, quick: bool = False) -> int:
    """Train, measure, write; return whether a bar was missed."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    rows, shrink = (20_000, 10) if quick else (ROWS, 1)
    X, y = data(rows)
    noisy = np.where(np.random.default_rng(1).random(20_000) < 0.3, 1 - y[:20_000], y[:20_000])
    estimators = {"n_estimators": 150} if quick else {}
    model = LoyaltyClassifier(**estimators).fit(X[:20_000], noisy)
    trees = ", ".join(str(booster.num_trees()) for booster in model.boosters_)
    print("fitted", trees, flush=True)
    small, large = (train(X, y, n // shrink, leaves) for n, leaves in ((300, 31), (600, 63)))
    cases = [
        Case("300 trees × 31 leaves", [small], 2_000 // shrink, 140),
        Case(
            f"Treue's default, members of {trees} trees × 12 leaves",
            model.boosters_,
            500 // shrink,
            160,
        ),
        Case("600 trees × 63 leaves", [large], 300 // shrink, 60),
    ]
    for case in cases:
        path_dependent(case, X)
        print(
            case.title, {k: np.median(v) for k, v in case.seconds.items()}, case.facts, flush=True
        )
    fresh_processes(cases[0], X)
    interventional = Case(cases[0].title, [small], 0)
    relative(interventional, X)
    panels = growth(X, y, small, shrink=shrink)
    text = report(cases, interventional)
    print(text)
    if quick:
        Path(tempfile.gettempdir(), CHART.name).write_text(chart(panels), encoding="utf-8")
    else:
        write(text, panels)
    missed = [bar for bar in bars(cases, interventional) if not bar.reached]
    for bar in missed:
        print("missed:", bar.as_row())
    return int(bool(missed))


def report(cases: list[Case], interventional: Case) -> str:
    """Return the page's part."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("lightgbm", "shap", "numba"))
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    return (
        f"Measured on {machine}; {versions}; {ROWS:,} rows × {COLUMNS} columns, float64, CPU time "
        f"of one thread, medians of {ROUNDS} interleaved rounds.\n\n"
        + as_markdown(cases, interventional)
        + "\n![Growth in rows, trees, leaves and threads](images/explaining.svg)\n"
    )


def chart(panels: list[Panel]) -> str:
    """Return the picture of growth."""
    label = "How explaining grows with rows, trees, leaves and threads, beside LightGBM"
    return growth_chart(panels, label=label)


def write(text: str, panels: list[Panel]) -> None:
    """Write the page's part and its picture."""
    CHART.write_text(chart(panels), encoding="utf-8")
    page = replace_part(PAGE.read_text(encoding="utf-8"), "treeshap", text)
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(quick="--quick" in sys.argv))

"""Quality on real data, time-forward, beside simple rules: writes a part of docs/benchmarks.md.

    uv run python tests/benchmarks/real_data.py

One fixed configuration for all sets: what docs/examples says of tables, lookback and horizon, and
Treue's defaults for everything else. Needs the data sets (see TREUE_DATA in the README).
"""

from __future__ import annotations

import os
import platform
import re
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from treue.training.backtest import BacktestResult, backtest
from treue.training.config import Config, load_config
from treue.training.prepare import prepare

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "benchmarks.md"
METRICS = ("auroc", "log_loss", "average_precision", "ece", "lift_10")


@dataclass(frozen=True)
class Case:
    """One data set, horizon and number of held-out cutoffs, the latest ones."""

    title: str
    example: str
    horizon_days: int
    cutoffs: int


CASES = (
    Case("CDNOW, 180 days", "cdnow", 180, 1),
    Case("CDNOW, 90 days", "cdnow", 90, 1),
    Case("Online Retail II, 90 days", "online_retail_ii", 90, 4),
    Case("AdventureWorks resellers, 180 days", "adventureworks_resellers", 180, 6),
)


def run(case: Case) -> tuple[BacktestResult, Config, float]:
    """Backtest one case; seconds include reading and the panel."""
    started = time.perf_counter()
    path = ROOT / "docs" / "examples" / f"{case.example}.toml"
    config = load_config(path)
    label = config.label.model_copy(update={"horizon_days": case.horizon_days})
    evaluation = config.evaluation.model_copy(update={"backtest_cutoffs": case.cutoffs})
    config = config.model_copy(update={"label": label, "evaluation": evaluation})
    prepared = prepare(config, base_dir=path.parent)
    result = backtest(
        prepared.panel, "churn", config=config, tables=prepared.tables, progress=print
    )
    return result, config, time.perf_counter() - started


def as_markdown(case: Case, result: BacktestResult, config: Config, seconds: float) -> str:
    """One table: a row a held-out cutoff and model."""
    lines = [
        f"### {case.title}",
        "",
        f"Eligible: bought in the last {config.label.lookback_days} days. Churned: no purchase in "
        f"the next {config.label.horizon_days} days. {seconds:.0f} s from files to figures, "
        f"{len(result.evaluations)} fitted model(s).",
        "",
        "| cutoff | rows | churned | model | AUROC | log loss | average precision | ECE "
        "| lift at 10 % | grade |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in result.evaluations:
        judged = one.overall
        for name, figures in judged.figures.items():
            head = ["", "", ""]
            if name == "model":
                share = judged.positives / judged.rows
                head = [f"{judged.cutoff:%Y-%m-%d}", str(judged.rows), f"{share:.3f}"]
            cells = [
                f"{figures[m].value:.4f} [{figures[m].low:.4f}, {figures[m].high:.4f}]"
                if m in ("auroc", "log_loss")
                else f"{figures[m].value:.3f}"
                for m in METRICS
            ]
            title = "**Treue**" if name == "model" else name.replace("_", " ")
            letter = judged.grade.letter if name == "model" else ""
            lines.append("| " + " | ".join([*head, title, *cells, letter]) + " |")
    if len(result.evaluations) > 1:
        lines += ["", "Mean over the cutoffs:", "", "| model | AUROC | log loss |", "|---|---|---|"]
        table = result.table().pivot_table(index="model", columns="metric", values="value")
        for name in result.evaluations[0].overall.figures:
            row = table.loc[name]
            lines.append(f"| {name} | {row['auroc']:.4f} | {row['log_loss']:.4f} |")
    return "\n".join(lines) + "\n"


def replace_part(page: str, name: str, text: str) -> str:
    """The page with the part between its two markers replaced."""
    pattern = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    assert pattern.search(page), f"docs/benchmarks.md lacks the markers of {name}"
    return pattern.sub(lambda found: f"{found[1]}\n{text}\n{found[2]}", page)


def main() -> None:
    """Run all cases and write their part of the page."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    versions = ", ".join(
        f"{name} {version(name)}" for name in ("lightgbm", "scikit-learn", "pandas", "duckdb")
    )
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    parts = [f"Measured on {machine}; {versions}.\n"]
    for case in CASES:
        result, config, seconds = run(case)
        print(f"\n{case.title} ({seconds:.0f} s)\n{result.to_text()}\n", flush=True)
        parts.append(as_markdown(case, result, config, seconds))
    page = replace_part(PAGE.read_text(encoding="utf-8"), "real data", "\n".join(parts))
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

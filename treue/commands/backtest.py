"""``treue backtest``: how good the models would have been at past cutoffs."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from treue.commands.project import open_project
from treue.commands.shared import config_option, global_options, step, typed, write

if TYPE_CHECKING:
    from treue.training.backtest import BacktestResult


@click.command(
    "backtest",
    epilog="""\b
Examples:
  treue backtest
  treue backtest -c shop/treue.toml --out backtest
""",
)
@config_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the tables as JSON, CSV and Markdown into this folder.",
)
@global_options
def command(config_path: Path, out: Path | None) -> None:
    """Train and judge at several past cutoffs, beside simple rules.

    Each cutoff is judged as if it had been today: trained only on what had passed by then.
    """
    from treue.features.errors import TreueError
    from treue.training.backtest import backtest
    from treue.training.fit import LABELS
    from treue.training.prepare import prepare

    project = open_project(config_path)
    prepared = prepare(project.config, base_dir=project.base_dir, progress=step)
    found: dict[str, BacktestResult] = {}
    for target, label in LABELS.items():
        if label not in prepared.panel:
            step(f"{target}: left out, there is no {label} in the data")
            continue
        try:
            found[target] = backtest(
                prepared.panel,
                target,
                config=project.config,
                tables=prepared.tables,
                progress=step,
            )
        except TreueError as error:
            if not found:
                raise
            step(f"{target}: left out, {error}")
    for target, result in found.items():
        click.echo(f"{target}\n{result.to_text()}\n")
    for result in found.values():
        click.echo(conclusion(result))
    if out is not None:
        _write(found, out)
    else:
        where = "" if config_path == Path("treue.toml") else f" -c {shlex.quote(str(config_path))}"
        click.echo(f"Nothing was written; to keep it: {typed(f'treue backtest{where} --out DIR')}")


def conclusion(result: BacktestResult) -> str:
    """Say in one line what all cutoffs together show.

    The best simple rule is that of each cutoff, as in its grade; logistic regression is none.
    """
    grades = [one.overall.grade for one in result.evaluations]
    letters = ", ".join(one.letter for one in grades)
    parts = []
    for name, compared in (
        ("AUROC", [one.auroc for one in grades]),
        ("log loss", [one.log_loss for one in grades]),
    ):
        model, rule = (
            sum(getattr(one, who) for one in compared) / len(compared) for who in ("model", "rule")
        )
        parts.append(f"{name} {model:.3f} against {rule:.3f}")
    held_out = "1 held-out set" if len(grades) == 1 else f"{len(grades)} cutoffs, oldest first"
    return (
        f"{result.target}: grades {letters} ({held_out}); on average {', '.join(parts)} of the "
        "best simple rule"
    )


def _write(found: dict[str, BacktestResult], out: Path) -> None:
    """Write all figures as JSON, one row a figure as CSV, and the table for reading."""
    figures = {
        target: [one.as_dict() for one in result.evaluations] for target, result in found.items()
    }
    write(out / "backtest.json", json.dumps(figures, indent=2, ensure_ascii=False))
    for target, result in found.items():
        write(out / f"{target}.csv", result.table().to_csv(index=False))
    tables = (f"## {target}\n\n```\n{one.to_text()}\n```\n" for target, one in found.items())
    write(out / "backtest.md", "# Backtest\n\n" + "\n".join(tables))

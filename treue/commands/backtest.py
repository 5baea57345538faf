"""``treue backtest``: how good the models would have been at past cutoffs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from treue.commands.project import open_project
from treue.commands.shared import config_option, global_options, step, write

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
            found[target] = backtest(prepared.panel, target, config=project.config, progress=step)
        except TreueError as error:
            if not found:
                raise
            step(f"{target}: left out, {error}")
    for target, result in found.items():
        click.echo(f"{target}\n{result.to_text()}\n")
    if out is not None:
        _write(found, out)


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

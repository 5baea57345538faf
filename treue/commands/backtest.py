"""``treue backtest``: how good the models would have been at past cutoffs."""

from __future__ import annotations

import json
from collections.abc import Callable
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
  treue backtest -c shop/treue.toml --report reports --out backtest
  treue backtest --json > backtest.json
""",
)
@config_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the tables as JSON, CSV and Markdown into this folder.",
)
@click.option(
    "--report",
    "report",
    type=click.Path(path_type=Path),
    help="Folder of the HTML reports, or the file where there is one target [default: "
    "backtest-churn.html and backtest-referral.html beside treue.toml].",
)
@click.option("--no-report", is_flag=True, help="Write no HTML report.")
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON, nothing else.")
@global_options
def command(
    config_path: Path, out: Path | None, report: Path | None, no_report: bool, as_json: bool
) -> None:
    """Train and judge at several past cutoffs, beside simple rules.

    Each cutoff is judged as if it had been today: trained only on what had passed by then. The
    report says in three sentences whether to trust the model, and shows what they follow from.
    """
    from treue.features.errors import TreueError
    from treue.training.backtest import backtest
    from treue.training.backtest_report import backtest_report, told_of
    from treue.training.backtest_report_findings import findings
    from treue.training.fit import LABELS
    from treue.training.prepare import prepare

    if report is not None and no_report:
        raise click.UsageError("--report and --no-report exclude each other; leave one out")
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
                segments=prepared.segments,
                sensitive=prepared.sensitive,
                progress=step,
            )
        except TreueError as error:
            if not found:
                raise
            step(f"{target}: left out, {error}")
    figures = {target: findings(one, config=project.config) for target, one in found.items()}
    told = {
        target: told_of(one, config=project.config, language=project.config.language)
        for target, one in figures.items()
    }
    say = step if as_json else click.echo
    if as_json:
        content = {
            target: one.as_dict() | {"sentences": told[target]} for target, one in found.items()
        }
        click.echo(json.dumps(content, indent=2, ensure_ascii=False, default=str))
    else:
        for target, result in found.items():
            lines = (f"- {sentence}" for sentence in told[target])
            click.echo("\n".join([target, result.to_text(), "", *lines, ""]))
        for result in found.values():
            click.echo(conclusion(result))
    if out is not None:
        _write(found, out, say)
    for target, result in found.items() if not no_report else ():
        place = _place(report or project.base_dir, target, several=len(found) > 1)
        html = backtest_report(result, config=project.config, found=figures[target])
        write(place, html, say=say)


def _place(path: Path, target: str, *, several: bool) -> Path:
    """The file of a report: in a folder, or the named file, told apart where there are several."""
    if path.suffix.lower() not in (".html", ".htm"):
        return path / f"backtest-{target}.html"
    return path.with_stem(f"{path.stem}-{target}") if several else path


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


def _write(found: dict[str, BacktestResult], out: Path, say: Callable[[str], object]) -> None:
    """Write all figures as JSON, one row a figure as CSV, and the table for reading."""
    figures = {
        target: [one.as_dict() for one in result.evaluations] for target, result in found.items()
    }
    write(out / "backtest.json", json.dumps(figures, indent=2, ensure_ascii=False), say=say)
    for target, result in found.items():
        write(out / f"{target}.csv", result.table().to_csv(index=False), say=say)
    tables = (f"## {target}\n\n```\n{one.to_text()}\n```\n" for target, one in found.items())
    write(out / "backtest.md", "# Backtest\n\n" + "\n".join(tables), say=say)

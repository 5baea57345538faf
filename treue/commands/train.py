"""``treue train``: both models, judged on held-out cutoffs, registered in MLflow."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from treue.commands.project import Project, open_project
from treue.commands.shared import config_option, global_options, step, typed

if TYPE_CHECKING:
    from treue.training.train import TrainingResult


@click.command(
    "train",
    epilog="""\b
Examples:
  treue train
  treue train -c shop/treue.toml
""",
)
@config_option
@global_options
def command(config_path: Path) -> None:
    """Train both models, judge them, and decide which are used.

    Everything is logged to MLflow: MLFLOW_TRACKING_URI, else mlflow.db beside treue.toml.
    """
    project = open_project(config_path)
    result = run(project)
    click.echo(told(result, project.config.language))
    where = f" -c {shlex.quote(str(config_path))}" if config_path != Path("treue.toml") else ""
    interface = shlex.join(["mlflow", "ui", "--backend-store-uri", result.tracking_uri])
    click.echo(f"""
Next:
  scores and reasons of all customers    {typed(f"treue score{where}")}
  the same judged at past cutoffs        {typed(f"treue backtest{where}")}
  the models in MLflow                   {typed(interface)}""")


def run(project: Project) -> TrainingResult:
    """Train as `project` says, with a line on stderr for each step."""
    from treue.training.train import train

    return train(
        project.config,
        base_dir=project.base_dir,
        tracking_uri=project.tracking_uri,
        progress=step,
    )


def told(result: TrainingResult, language: Literal["de", "en"]) -> str:
    """Each model beside the simple rules, its grade and whether it is used."""
    from treue.training.backtest import BacktestResult
    from treue.training.beside_logistic import from_differences
    from treue.training.decision_words import WORDS

    words, parts = WORDS[language], []
    for target, one in result.targets.items():
        grade = one.evaluation.overall.grade
        lines = [
            f"{target}: {one.name} version {one.version}",
            BacktestResult(target, (one.evaluation,)).to_text(),
            grade.reasons[language][0],
            *filter(None, [from_differences(one.evaluation.overall.differences, language)]),
            *grade.reasons[language][1:],
            f"Champion: {one.decision.reason}.",
            *(f"{words['remark']}: {warning}" for warning in one.decision.warnings),
        ]
        parts.append("\n".join(lines))
    parts += [f"{words[f'no {target} model']}: {why}" for target, why in result.left_out.items()]
    return "\n\n".join(parts)

"""``treue models``: which versions there are, and which one is in use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from treue.commands.project import Project, open_project
from treue.commands.shared import config_option, global_options

if TYPE_CHECKING:
    from treue.training.tracking import Store

target_argument = click.argument("target", type=click.Choice(["churn", "referral"]))


@click.group("models")
@global_options
def command() -> None:
    """List trained models, promote one, or roll back."""


@command.command(
    "list",
    epilog="""\b
Example:
  treue models list
""",
)
@config_option
@global_options
def list_(config_path: Path) -> None:
    """List all versions, newest first, with their grade and which one is champion."""
    from treue.training.promote import list_models

    project = open_project(config_path)
    names = [project.model_name(target) for target in ("churn", "referral")]
    versions = list_models(_store(project), names)
    if not versions:
        click.echo("No models yet; run treue train.")
    for one in versions:
        grade = one.tags.get("treue.grade", "")
        click.echo(
            f"{one.name:<20} {one.version:>4}  {one.created:%Y-%m-%d %H:%M}"
            f"  {'grade ' + grade if grade else '':<8}  {', '.join(one.aliases)}".rstrip()
        )


@command.command(
    epilog="""\b
Example:
  treue models promote churn 3
""",
)
@target_argument
@click.argument("version", type=click.IntRange(min=1))
@config_option
@global_options
def promote(target: str, version: int, config_path: Path) -> None:
    """Make VERSION of the churn or referral model the champion."""
    from treue.training import promote as gate

    project = open_project(config_path)
    before = gate.promote(_store(project), project.model_name(target), version)
    told = "it was already" if before == version else f"before: {before or 'none'}"
    click.echo(f"{project.model_name(target)}: version {version} is champion ({told}).")


@command.command(
    "roll-back",
    epilog="""\b
Example:
  treue models roll-back churn
""",
)
@target_argument
@config_option
@global_options
def roll_back(target: str, config_path: Path) -> None:
    """Make the previous champion champion again."""
    from treue.training import promote as gate

    project = open_project(config_path)
    version = gate.roll_back(_store(project), project.model_name(target))
    click.echo(f"{project.model_name(target)}: version {version} is champion again.")


def _store(project: Project) -> Store:
    from treue.serving.registry import require_store
    from treue.training.tracking import Store

    uri = require_store(project.tracking_uri)
    return Store(experiment=project.config.tracking.experiment, uri=uri)

"""``treue tune``: a search for parameters that suit these data better, within a time limit."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from treue.commands.project import TARGETS, open_project
from treue.commands.shared import config_option, global_options, step, typed

_INTERRUPTED = 130


@click.command(
    "tune",
    epilog="""\b
Examples:
  treue tune --minutes 20
  treue tune -c shop/treue.toml --target referral --minutes 60
""",
)
@config_option
@click.option(
    "--minutes",
    type=click.FloatRange(min=0, min_open=True),
    default=20.0,
    show_default=True,
    help="Time limit, counted from when the panel is ready.",
)
@click.option(
    "--target",
    type=click.Choice(TARGETS),
    default="churn",
    show_default=True,
    help="The model whose log loss is to fall.",
)
@click.option("--trials", type=click.IntRange(min=1), help="Most trials, besides the time limit.")
@click.option(
    "--study",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File that keeps the trials [default: treue-tune.db beside treue.toml].",
)
@global_options
@click.pass_context
def command(
    ctx: click.Context,
    config_path: Path,
    minutes: float,
    target: str,
    trials: int | None,
    study: Path | None,
) -> None:
    """Search for better parameters of the model than those in use.

    Nobody has to: training and backtest never search. Only training rows are looked at, and a
    find is recommended only if it is better for customers that had no part in the choice. Started
    again, the search goes on where it ended; treue.toml is never changed.

    Needs Optuna: pip install "treue[tune]".
    """
    from treue.training.prepare import prepare
    from treue.training.tune import tune
    from treue.training.tune_study import check_optuna

    project = open_project(config_path)
    check_optuna()
    prepared = prepare(project.config, base_dir=project.base_dir, progress=step)
    storage = study or project.base_dir / "treue-tune.db"
    found = tune(
        prepared.panel,
        target,
        config=project.config,
        storage=storage,
        seconds=60 * minutes,
        trials=trials,
        progress=step,
    )
    click.echo(found.to_text())
    where = f" -c {shlex.quote(str(config_path))}" if config_path != Path("treue.toml") else ""
    if found.recommended:
        click.echo(
            "\nThese lines in treue.toml hold for both models; judge them on held-out cutoffs by\n"
            f"  {typed(f'treue backtest{where}')}"
        )
    click.echo(f"\nThe trials are kept in {storage}; the same command goes on from there.")
    if found.stopped == "interrupted":
        ctx.exit(_INTERRUPTED)

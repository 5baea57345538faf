"""``treue score``: one file with the scores and reasons of all eligible customers."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from treue.commands import call_first, grades
from treue.commands.project import open_project
from treue.commands.publishing import open_store, publish_ready_panel, publish_scores
from treue.commands.shared import config_option, cutoff_option, global_options, progress_bar, step


@click.command(
    "score",
    epilog="""\b
Examples:
  treue score
  treue score -c shop/treue.toml --cutoff 2024-12-01 --out december.parquet
""",
)
@config_option
@cutoff_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write [default: scores-<cutoff>.parquet beside treue.toml].",
)
@click.option("--force", is_flag=True, help="Replace a file made from other data or models.")
@click.option(
    "--no-store", is_flag=True, help="Write the file only, and leave the store of the pages alone."
)
@click.option(
    "--history",
    type=click.IntRange(min=0),
    default=2,
    show_default=True,
    help="Earlier months to publish too, where the store has nothing before the cutoff.",
)
@global_options
def command(
    config_path: Path,
    cutoff: datetime | None,
    out: Path | None,
    force: bool,
    no_store: bool,
    history: int,
) -> None:
    """Score and explain all eligible customers with the models in use.

    Ends with the ten customers to call first, those with most at risk. The scores are also
    published for the pages of treue serve, in the store that [pages] names; into an empty one
    earlier months too, so that what has changed can be told from the first day.

    The file appears complete or not at all; a second start for the same data and models does
    nothing.
    """
    from treue.serving.assembly import assumptions_over
    from treue.serving.batch import read_metadata, score, score_panel

    project = open_project(config_path)
    predictors = project.champions()
    if not no_store:
        open_store(project).close()  # rather now than after the scoring
    language = project.config.language
    tables = None
    if project.config.panel is not None:
        panel = project.ready_panel()
        out = out or project.base_dir / "scores.parquet"
        before = _written_at(out)
        with progress_bar("Scoring") as progress:
            score_panel(panel, predictors, out, force=force, progress=progress)
    else:
        step("reading the tables")
        tables = project.tables()
        moment = cutoff or tables.observed_until
        how = "as asked" if cutoff else "up to when the data were observed"
        step(f"cutoff: {moment:%Y-%m-%d %H:%M} UTC, {how}")
        out = out or project.base_dir / f"scores-{moment:%Y-%m-%d}.parquet"
        before = _written_at(out)
        with progress_bar("scoring") as progress:
            score(
                tables,
                moment,
                predictors,
                out,
                assumptions=assumptions_over(predictors, project.config.value),
                margin_share=project.config.value.margin_share,
                force=force,
                progress=progress,
            )
    for warning in grades.warnings(predictors, language):
        click.echo(click.style(warning, fg="yellow"), err=True)
    rows = read_metadata(out)["rows"]
    if before == _written_at(out):
        click.echo(f"Nothing to do: the scores of {rows:,} customers are already in {out}")
    else:
        click.echo(f"Wrote the scores of {rows:,} customers to {out}")
    if not no_store and tables is not None:
        publish_scores(project, predictors, tables=tables, cutoff=moment, history_months=history)
    elif not no_store:
        publish_ready_panel(project, predictors, panel=panel, cutoff=cutoff)
    first, text = call_first.of_project(project, predictors, out, tables)
    if not first.empty:
        click.echo("\n" + text)


def _written_at(path: Path) -> int | None:
    return path.stat().st_mtime_ns if path.exists() else None

"""Publishing finished scores into the store that ``[pages]`` names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from treue.commands.project import Project
from treue.commands.shared import progress_bar, step

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from treue.features.tables import Tables
    from treue.serving.predict import Predictor
    from treue.serving.publishing import About
    from treue.serving.store import Store


def open_store(project: Project) -> Store:
    """Open the store; a SQLite file is made beside treue.toml if it is not there."""
    from treue.serving.store import Store

    return Store.open(project.config.pages.store, base_dir=project.base_dir)


def publish_scores(
    project: Project,
    predictors: Mapping[str, Predictor],
    *,
    tables: Tables,
    cutoff: datetime,
    history_months: int,
) -> None:
    """Publish the scores of all customers eligible at a cutoff, and say so."""
    from treue.serving.publishing import publish

    with open_store(project) as store:
        written = publish(
            store,
            tables,
            cutoff,
            predictors,
            _about(project, predictors),
            history_months=history_months,
            progress=lambda moment: progress_bar(f"publishing {moment}"),
        )
        _say(written, store)


def publish_ready_panel(
    project: Project,
    predictors: Mapping[str, Predictor],
    *,
    panel: pd.DataFrame,
    cutoff: datetime | None,
) -> None:
    """Publish the scores of a ready panel, and say so."""
    from treue.serving.publishing import publish_panel

    with open_store(project) as store:
        written = publish_panel(
            store,
            panel,
            predictors,
            _about(project, predictors),
            cutoff=cutoff,
            progress=lambda moment: progress_bar(f"publishing {moment}"),
        )
        _say(written, store)


def now() -> datetime:
    """The time of the command line, in UTC without zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def _about(project: Project, predictors: Mapping[str, Predictor]) -> About:
    from treue.serving.assembly import Sections
    from treue.serving.publishing import About
    from treue.serving.run_files import run_files
    from treue.serving.store import Company

    config = project.config
    return About(
        published_at=now(),
        language=config.language,
        sections=Sections(value=config.value, map=config.map, approach=config.approach),
        company=Company(name=config.pages.company, privacy_contact=config.pages.privacy_contact),
        files={
            target: run_files(each.source, tracking_uri=project.tracking_uri)
            for target, each in predictors.items()
        },
    )


def _say(written: list[datetime], store: Store) -> None:
    if not written:
        step(f"the pages have these scores already, in {store.place}")
        return
    *earlier, last = (f"{moment:%Y-%m-%d}" for moment in written)
    told = f"{', '.join(earlier)} and {last}" if earlier else last
    click.echo(f"Published the scores of {told} for the pages, in {store.place}")

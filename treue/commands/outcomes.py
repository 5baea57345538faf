"""``treue outcomes``: what came of contacts, as a table for the next training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from treue.commands.project import open_project
from treue.commands.publishing import open_store
from treue.commands.shared import config_option, global_options, step

if TYPE_CHECKING:
    import pandas as pd
    from pydantic import BaseModel


def _table_file(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    if value is not None and value.suffix not in (".csv", ".parquet"):
        raise click.BadParameter(f"{value.name} ends in neither .csv nor .parquet", ctx, param)
    return value


@click.command(
    "outcomes",
    epilog="""\b
Examples:
  treue outcomes --out contacts.parquet --plans plans.csv
  treue outcomes --effect
""",
)
@config_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    callback=_table_file,
    help="CSV or Parquet file with one row a contact.",
)
@click.option(
    "--plans",
    type=click.Path(path_type=Path, dir_okay=False),
    callback=_table_file,
    help="CSV or Parquet file with all who were planned: called, or held out at random.",
)
@click.option(
    "--effect",
    is_flag=True,
    help="Say what calling did: who left among the called and among those held out.",
)
@global_options
def command(config_path: Path, out: Path | None, plans: Path | None, effect: bool) -> None:
    """Write what was noted about contacts, and say what calling did.

    The file has the columns of the table contacts (name it as another of its sources), and besides
    the result, the concession, and whether the customer was to be called or held out. With --effect
    the called and those held out at random are compared, once the label's horizon is over; nothing
    in treue.toml is changed by that. --plans writes both for a comparison of your own.
    No text of a CSV file acts as a formula in a spreadsheet; Parquet keeps texts as noted.
    """
    from treue.serving.store.records import OutcomeRow, PlanRow
    from treue.serving.viewer import Viewer

    if out is None and plans is None and not effect:
        raise click.UsageError("Nothing to do: give --out, --plans or --effect.")
    project = open_project(config_path)
    everybody = Viewer("treue outcomes", "lead")
    with open_store(project) as store:
        noted = store.export_outcomes(everybody)
        planned = store.export_plans(everybody)
    if out is not None:
        _write(out, noted, OutcomeRow)
    if plans is not None:
        _write(plans, planned, PlanRow)
    if effect:
        from treue.commands.effect import effect_of_project

        click.echo(effect_of_project(project, planned))


def _write(path: Path, rows: Sequence[BaseModel], kind: type[BaseModel]) -> None:
    """Write rows with one column a field, also where there are none yet."""
    import pandas as pd

    from treue.serving.files import replacing

    frame = pd.DataFrame([row.model_dump() for row in rows], columns=list(kind.model_fields))
    with replacing(path) as partial:
        if path.suffix == ".csv":
            _harmless(frame).to_csv(partial, index=False)
        else:
            frame.to_parquet(partial, index=False)
    click.echo(f"Wrote {len(frame)} row{'' if len(frame) == 1 else 's'} to {path}")


def _harmless(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with no text that a spreadsheet would run; say it where that changes an id."""
    from treue.serving.table_files import harmless

    safe = frame.map(lambda cell: harmless(cell) if isinstance(cell, str) else cell)
    changed = frame["customer_id"][safe["customer_id"] != frame["customer_id"]].unique()
    if len(changed):
        step(
            f"{len(changed)} customer ids begin like a formula and were changed, such as "
            f"{changed[0]!r}; for training write .parquet, which keeps them."
        )
    return safe

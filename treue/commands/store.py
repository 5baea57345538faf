"""``treue store``: what the pages' database keeps, and deleting it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import click

from treue.commands.project import open_project
from treue.commands.publishing import now, open_store
from treue.commands.shared import Date, config_option, global_options

yes_option = click.option("--yes", is_flag=True, help="Do not ask back.")


@click.group("store")
@global_options
def command() -> None:
    """List and delete what the store of the pages keeps."""


@command.command(
    "list",
    epilog="""\b
Example:
  treue store list
""",
)
@config_option
@global_options
def list_(config_path: Path) -> None:
    """List the published cutoffs, newest first."""
    with open_store(open_project(config_path)) as store:
        found = store.published()
    if not found:
        click.echo("No scores yet; publish them with treue score.")
    for each in found:
        told = f"{each.cutoff:%Y-%m-%d}  {_count(each.customers, 'customer'):>18}  "
        told += f"published {each.published_at:%Y-%m-%d %H:%M} UTC"
        click.echo(f"{told}, backfilled" if each.backfilled else told)


@command.command(
    epilog="""\b
Example:
  treue store remove 2024-12-01
""",
)
@click.argument("cutoff", type=Date(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y"]))
@yes_option
@config_option
@global_options
def remove(cutoff: datetime, yes: bool, config_path: Path) -> None:
    """Delete the scores published for CUTOFF; outcomes, plans and views stay."""
    with open_store(open_project(config_path)) as store:
        if not yes:
            click.confirm(f"Delete the scores of {cutoff:%Y-%m-%d} in {store.place}?", abort=True)
        store.remove(cutoff)
    click.echo(f"Deleted the scores of {cutoff:%Y-%m-%d}; treue score can publish them again.")


@command.command(
    epilog="""\b
Example:
  treue store forget C-1042
""",
)
@click.argument("customer_id", metavar="CUSTOMER")
@yes_option
@config_option
@global_options
def forget(customer_id: str, yes: bool, config_path: Path) -> None:
    """Delete all that the store keeps about CUSTOMER (GDPR, Article 17).

    These are scores with reasons and amounts, notes and outcomes, places on plans, and the log of
    who looked. Tables, scores files and models lie elsewhere and are not touched.
    """
    with open_store(open_project(config_path)) as store:
        if not yes:
            click.confirm(f"Delete all about {customer_id} in {store.place}?", abort=True)
        gone = store.forget(customer_id)
    counted = (
        _count(gone.estimates.count, "score"),
        _count(gone.outcomes.count, "outcome"),
        _count(gone.planned.count, "place on a plan", "places on plans"),
        _count(gone.views.count, "view"),
    )
    click.echo(f"Deleted about {customer_id}: {', '.join(counted)}.")
    click.echo(
        "Not touched: your tables (from which treue score would publish the customer again),\n"
        "scores-*.parquet and other exports, backups, and models, which learnt from all customers\n"
        "together. Delete there too what must go."
    )


@command.command(
    epilog="""\b
Example:
  treue store prune --older-than 365
""",
)
@click.option(
    "--older-than",
    "days",
    type=click.IntRange(min=1),
    required=True,
    metavar="DAYS",
    help="Delete cutoffs and views that are older.",
)
@config_option
@global_options
def prune(days: int, config_path: Path) -> None:
    """Delete old scores and the log of who looked; for a job that runs each month.

    The newest cutoff stays, however old. Outcomes and plans stay; treue store forget deletes those
    of a customer.
    """
    with open_store(open_project(config_path)) as store:
        cutoffs, seen = store.prune(before=now() - timedelta(days=days))
    named = f" ({', '.join(f'{each:%Y-%m-%d}' for each in cutoffs)})" if cutoffs else ""
    click.echo(f"Deleted {_count(len(cutoffs), 'cutoff')}{named} and {_count(seen, 'view')}.")


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"

"""``treue tokens``: with which services read the pages' data, or score, over HTTP."""

from __future__ import annotations

from pathlib import Path

import click

from treue.commands.project import open_project
from treue.commands.publishing import now, open_store
from treue.commands.shared import config_option, global_options


@click.group("tokens")
@global_options
def command() -> None:
    """Make, list and revoke the tokens of services that ask over HTTP."""


@command.command(
    epilog="""\b
Examples:
  treue tokens add shop --scope predict
  treue tokens add crm --scope read --scope predict
""",
)
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(["read", "predict"]),
    multiple=True,
    required=True,
    help="What it may do: read all pages' data, or score; may be repeated.",
)
@config_option
@global_options
def add(name: str, scopes: tuple[str, ...], config_path: Path) -> None:
    """Make a token for the service NAME; it is shown once, only its hash is kept."""
    with open_store(open_project(config_path)) as store:
        token = store.add_token(name, scopes, at=now())
    click.echo(token)
    click.echo(
        "Keep it now, it cannot be shown again. Services send it as\n"
        "  Authorization: Bearer <token>",
        err=True,
    )


@command.command(
    "list",
    epilog="""\b
Example:
  treue tokens list
""",
)
@config_option
@global_options
def list_(config_path: Path) -> None:
    """List all tokens, without the tokens themselves."""
    with open_store(open_project(config_path)) as store:
        found = store.tokens()
    if not found:
        click.echo("No tokens yet; make one with treue tokens add.")
    for each in found:
        state = f"revoked {each.revoked_at:%Y-%m-%d}" if each.revoked_at else "in use"
        scopes = ", ".join(each.scopes)
        click.echo(f"{each.name:<20} {scopes:<14} made {each.created_at:%Y-%m-%d}  {state}")


@command.command(
    epilog="""\b
Example:
  treue tokens revoke shop
""",
)
@click.argument("name")
@config_option
@global_options
def revoke(name: str, config_path: Path) -> None:
    """Make the token of the service NAME worthless, at once."""
    with open_store(open_project(config_path)) as store:
        store.revoke_token(name, at=now())
    click.echo(f"The token of {name} is revoked.")

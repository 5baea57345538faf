"""The page docs/cli.md, made from the help of every command."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from treue.cli import main

WIDTH = 90

INTRODUCTION = """\
# The command treue

<!-- Written by `python -m treue.reference docs/cli.md`; do not edit. -->

Exit codes: 0 done; 1 something in the data or the configuration must be mended; 2 an option is
wrong; 70 a fault of Treue or of the machine; 130 interrupted.
"""


def cli_reference() -> str:
    """Return the page as Markdown: the help of each command, in the order of the work."""
    sections = [
        f"## {name}\n\n```text\n{help_text.rstrip()}\n```\n"
        for name, help_text in _helps(main, "treue", None)
    ]
    return "\n".join([INTRODUCTION, *sections])


def _helps(
    command: click.Command, name: str, parent: click.Context | None
) -> Iterator[tuple[str, str]]:
    ctx = click.Context(
        command, parent, info_name=name, terminal_width=WIDTH, **command.context_settings
    )
    yield ctx.command_path, command.get_help(ctx)
    if isinstance(command, click.Group):
        for child in command.list_commands(ctx):
            yield from _helps(command.commands[child], child, ctx)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(cli_reference(), encoding="utf-8")

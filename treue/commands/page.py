"""The page docs/cli.md, made from the help of every command: ``python -m treue.commands.page``."""

from __future__ import annotations

from collections.abc import Iterator

import click

WIDTH = 90

INTRODUCTION = """\
# The command `treue`

Made from `treue --help` by `python -m treue.commands.page > docs/cli.md`; a test holds it up to
date. Exit codes: 0 done, 1 something in the data or the configuration must be mended, 2 an option
is wrong, 70 a fault of Treue or of the machine, 130 interrupted.
"""


def page() -> str:
    """Return the page as Markdown."""
    from treue.cli import main

    sections = [
        f"## `{name}`\n\n```text\n{help_text.rstrip()}\n```\n"
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
    click.echo(page(), nl=False)

"""What the commands share: common options, progress and written paths."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import click

Decorated = TypeVar("Decorated", bound=Callable)


def _remember(ctx: click.Context, option: click.Parameter, value: bool) -> None:
    settings = ctx.ensure_object(dict)
    if value and not settings.get(option.name):
        settings[option.name] = True
        if option.name == "verbose":
            _log_to_stderr(ctx.find_root())


def _log_to_stderr(ctx: click.Context) -> None:
    logger = logging.getLogger("treue")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s", "%H:%M:%S"))
    level_before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)

    @ctx.call_on_close
    def _restore() -> None:
        logger.removeHandler(handler)
        logger.setLevel(level_before)


def global_options(command: Decorated) -> Decorated:
    """Add ``--verbose`` and ``--traceback``, which stand before or after a command's name."""
    for flags, text in (
        (("--traceback",), "Show where an error arose."),
        (("-v", "--verbose"), "Show every step with rows, columns and seconds."),
    ):
        command = click.option(
            *flags, is_flag=True, expose_value=False, is_eager=True, callback=_remember, help=text
        )(command)
    return command


config_option = click.option(
    "-c",
    "--config",
    "config_path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("treue.toml"),
    show_default=True,
    help="The file that describes the tables, churn and the model.",
)


class Date(click.DateTime):
    """A day or a moment; what is none is refused with an example."""

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return the moment that was written."""
        try:
            moment: datetime = super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r} is no date; write it as 2024-12-31", param, ctx)
        return moment


cutoff_option = click.option(
    "--cutoff",
    metavar="DATE",
    type=Date(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y"]),
    help="The moment of knowledge, as 2024-12-31 [default: up to when data were observed].",
)


language_option = click.option(
    "--language",
    type=click.Choice(["de", "en"]),
    help="Language of the reasons [default: as in treue.toml].",
)


def step(text: str) -> None:
    """Say on stderr what is being done now; stdout keeps to results."""
    click.echo(click.style(text, dim=True), err=True)


def typed(command: str) -> str:
    """Return a command as it works where the user is: through uv if uv started this process."""
    by_uv = "UV_RUN_RECURSION_DEPTH" in os.environ or "UV" in os.environ
    return f"uv run {command}" if by_uv else command


def write(path: Path, text: str, *, say: Callable[[str], object] = click.echo) -> None:
    """Write a text file, with its folder, and say so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    say(f"Wrote {path}")


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """Give a callback (done, in all) that draws a bar on stderr; a line only, if no one looks."""
    if not sys.stderr.isatty():
        step(f"{label} ...")
        yield lambda done, total: None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def advance(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield advance

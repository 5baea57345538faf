"""The command ``treue``: its options, its errors and its exit codes.

Only click is imported here and at the top of each command, so that ``treue --help`` is quick;
pandas, LightGBM and MLflow load inside the commands that need them.
"""

import os

import click

from treue.commands.backtest import command as backtest
from treue.commands.check import command as check
from treue.commands.demo import command as demo
from treue.commands.explain import command as explain
from treue.commands.models import command as models
from treue.commands.outcomes import command as outcomes
from treue.commands.score import command as score
from treue.commands.serve import command as serve
from treue.commands.shared import global_options
from treue.commands.store import command as store
from treue.commands.tokens import command as tokens
from treue.commands.train import command as train
from treue.commands.tune import command as tune

MISTAKE = 1
"""Exit code: the data, the configuration or the registry must be mended by the user."""
UNEXPECTED = 70
"""Exit code: a fault of Treue or of the machine (EX_SOFTWARE of sysexits.h)."""
INTERRUPTED = 130
"""Exit code: stopped by Ctrl-C (128 + SIGINT)."""

ENVIRONMENT = {
    "OMP_WAIT_POLICY": "PASSIVE",  # idle threads give their core back
    "MLFLOW_DISABLE_TELEMETRY": "true",  # nothing is sent anywhere
    "DO_NOT_TRACK": "true",
    "MLFLOW_LOGGING_LEVEL": "ERROR",  # Treue says itself what was written where
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
"""Read when OpenMP and MLflow load, which is after the command line; the user's own values win."""


class Treue(click.Group):
    """The group of commands, in the order of the work; it turns exceptions into messages."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order in which they were added."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; say in one message what went wrong, and exit accordingly."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            click.echo("\nInterrupted; no half-written scores were left behind.", err=True)
            ctx.exit(INTERRUPTED)
        except Exception as error:
            if ctx.ensure_object(dict).get("traceback"):
                raise
            if _is_mistake(error):
                click.echo(f"{click.style('Error:', fg='red')} {error}", err=True)
                ctx.exit(MISTAKE)
            click.echo(
                f"{click.style('Unexpected:', fg='red')} {type(error).__name__}: {error}\n"
                "This should not happen. Repeat the command with --traceback to see where.",
                err=True,
            )
            ctx.exit(UNEXPECTED)


def _is_mistake(error: Exception) -> bool:
    from treue.features.errors import TreueError
    from treue.models.errors import ModelError

    return isinstance(error, (TreueError, ModelError))


@click.group(
    cls=Treue,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Begin without any data:        treue demo
With your own tables:          treue check, then treue train, then treue score
More about one command:        treue train --help
""",
)
@click.version_option(package_name="treue", message="treue %(version)s")
@global_options
def main() -> None:
    """Which customers will leave, which will recommend you, and why.

    The tables, the meaning of churn and the model are described in treue.toml.
    """
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)


for command in (
    demo,
    check,
    train,
    backtest,
    score,
    explain,
    serve,
    outcomes,
    tokens,
    store,
    models,
    tune,
):
    main.add_command(command)

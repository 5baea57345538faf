"""``treue demo``: from nothing to the customers to call first, without data or network."""

from __future__ import annotations

import shlex
import time
from pathlib import Path

import click

from treue.commands import call_first, serve, train
from treue.commands.project import Project, open_project
from treue.commands.publishing import publish_scores
from treue.commands.shared import global_options, progress_bar, step, typed, write

GERMAN = {
    "industry": "Branche",
    "employees": "Mitarbeiter",
    "region": "Region",
    "invoice_format": "Rechnungsformat",
}
"""Attributes are shown by their names, which are therefore the readers'."""

FIRST_LINE = "# A simulated company of"
CONFIGURATION = """\
# A simulated company of {customers} customers, written by treue demo.
language = "{language}"
currency = "EUR"

[data]
observed_until = {observed_until:%Y-%m-%d}
attributes = {attributes}
sensitive = {sensitive}

[tables]
{tables}

[label]                    # who is asked about, and what is asked
churn = "inactivity"       # left means: no purchase in the horizon
horizon_days = 90
lookback_days = 180        # bought within so many days: still a customer

[cutoffs]
every_months = 2           # 1, the default, is hardly better here and takes twice as long
"""


@click.command(
    "demo",
    epilog="""\b
Examples:
  treue demo
  treue demo --serve
  treue demo --folder demo-500 --customers 500 --language de
""",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("treue-demo"),
    show_default=True,
    help="Where tables, treue.toml, models and scores are written.",
)
@click.option(
    "--customers",
    type=click.IntRange(min=100),
    default=2000,
    show_default=True,
    help="Size of the simulated company.",
)
@click.option(
    "--language",
    type=click.Choice(["de", "en"]),
    default="en",
    show_default=True,
    help="Language of the reasons.",
)
@click.option(
    "--serve", "then_serve", is_flag=True, help="Then show the pages in a browser, as treue serve."
)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=serve.PORT,
    show_default=True,
    help="Port of the pages.",
)
@global_options
def command(folder: Path, customers: int, language: str, then_serve: bool, port: int) -> None:
    """Simulate a company, train, score, and list whom to call.

    Needs no data and no network; the same steps as with your own tables.
    """
    from treue.serving.assembly import assumptions_over
    from treue.serving.batch import score
    from treue.serving.publishing import HISTORY_MONTHS

    if then_serve:
        serve.check_free("127.0.0.1", port)  # rather now than after the training
    started = time.perf_counter()
    project = simulated_company(folder, customers=customers, language=language)
    result = train.run(project)
    click.echo(train.told(result, project.config.language))
    tables = result.prepared.tables
    assert tables is not None
    cutoff = tables.observed_until
    out = folder / f"scores-{cutoff:%Y-%m-%d}.parquet"
    predictors = project.champions()
    with progress_bar("scoring") as progress:
        score(
            tables,
            cutoff,
            predictors,
            out,
            assumptions=assumptions_over(predictors, project.config.value),
            margin_share=project.config.value.margin_share,
            force=True,
            progress=progress,
        )
    publish_scores(project, predictors, tables=tables, cutoff=cutoff, history_months=HISTORY_MONTHS)
    first, text = call_first.of_project(project, predictors, out, tables)
    click.echo("\n" + text)
    where = shlex.join(["-c", str(project.path)])
    example = shlex.join([first["customer_id"].iloc[0], "-c", str(project.path)])
    interface = shlex.join(["mlflow", "ui", "--backend-store-uri", result.tracking_uri])
    click.echo(f"""
Made in {time.perf_counter() - started:.0f} s. Open next:
  the pages in a browser     {typed(f"treue serve {where}")}
  all scores and reasons     {out}
  one customer               {typed(f"treue explain {example}")}
  the models in MLflow       {typed(interface)}
  your own tables            copy {project.path} and name your files in it""")
    if then_serve:
        serve.run(project, host="127.0.0.1", port=port)


def simulated_company(folder: Path, *, customers: int, language: str) -> Project:
    """Write the tables of a simulated company and its treue.toml."""
    from treue.features.errors import TreueError
    from treue.features.simulate import ATTRIBUTES, SENSITIVE, simulate

    path = folder / "treue.toml"
    if folder.exists() and any(folder.iterdir()) and not _of_a_demo(path):
        raise TreueError(f"{folder} is not empty; name a new --folder")
    step(f"simulating a company of {customers:,} customers")
    company = simulate(customers)
    names = GERMAN if language == "de" else {name: name for name in ATTRIBUTES}
    tables = [f'{name}.path = "data/{name}.parquet"' for name in company.frames]
    renamed = [f'{name} = "{source}"' for source, name in names.items() if name != source]
    if renamed:  # Treue's name = the column's
        tables.append(f"customers.columns = {{ {', '.join(renamed)} }}")
    text = CONFIGURATION.format(
        customers=customers,
        language=language,
        observed_until=company.observed_until,
        attributes=_toml(tuple(names[name] for name in ATTRIBUTES)),
        sensitive=_toml(SENSITIVE),
        tables="\n".join(tables),
    )
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise TreueError(f"{path} is there and describes another company; name a new --folder")
    (folder / "data").mkdir(parents=True, exist_ok=True)
    for name, frame in company.frames.items():
        frame.to_parquet(folder / "data" / f"{name}.parquet", index=False)
    click.echo(f"Wrote {len(company.frames)} tables to {folder / 'data'}")
    write(path, text)
    return open_project(path)


def _of_a_demo(path: Path) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8").startswith(FIRST_LINE)


def _toml(names: tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"

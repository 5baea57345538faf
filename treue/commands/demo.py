"""``treue demo``: from nothing to the customers to call first, without data or network."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from treue.commands import train
from treue.commands.project import Project, open_project
from treue.commands.shared import global_options, progress_bar, step, write

if TYPE_CHECKING:
    import pandas as pd

    from treue.features.tables import Tables

TO_CALL = 10
REASONS = 3

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

WORDS = {
    "en": {
        "title": "Call these {n} first (likelihood of leaving × margin of the last year)",
        "leaving": "leaving",
        "recommending": "recommending",
        "margin": "margin",
        "at_risk": "at risk",
    },
    "de": {
        "title": "Diese {n} zuerst anrufen (Abwanderung × Deckungsbeitrag des letzten Jahres)",
        "leaving": "Abwanderung",
        "recommending": "Empfehlung",
        "margin": "Deckungsbeitrag",
        "at_risk": "gefährdet",
    },
}


@click.command(
    "demo",
    epilog="""\b
Examples:
  treue demo
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
@global_options
def command(folder: Path, customers: int, language: str) -> None:
    """Simulate a company, train, score, and list whom to call.

    Needs no data and no network; the same steps as with your own tables.
    """
    from treue.serving.batch import score

    started = time.perf_counter()
    project = simulated_company(folder, customers=customers, language=language)
    result = train.run(project)
    click.echo(train.told(result, project.config.language))
    tables = result.prepared.tables
    assert tables is not None
    cutoff = tables.observed_until
    out = folder / f"scores-{cutoff:%Y-%m-%d}.parquet"
    with progress_bar("scoring") as progress:
        score(tables, cutoff, project.champions(), out, force=True, progress=progress)
    first = to_call_first(out, tables)
    click.echo("\n" + told(first, project.config.language))
    example = first["customer_id"].iloc[0]
    click.echo(f"""
Made in {time.perf_counter() - started:.0f} s. Open next:
  all scores and reasons     {out}
  one customer               treue explain {example} -c {project.path}
  the models in MLflow       mlflow ui --backend-store-uri {result.tracking_uri}
  your own tables            copy {project.path} and name your files in it""")


def simulated_company(folder: Path, *, customers: int, language: str) -> Project:
    """Write the tables of a simulated company and its treue.toml."""
    from treue.features.errors import TreueError
    from treue.features.simulate import ATTRIBUTES, SENSITIVE, simulate

    path = folder / "treue.toml"
    step(f"simulating a company of {customers:,} customers")
    company = simulate(customers)
    text = CONFIGURATION.format(
        customers=customers,
        language=language,
        observed_until=company.observed_until,
        attributes=_toml(ATTRIBUTES),
        sensitive=_toml(SENSITIVE),
        tables="\n".join(f'{name}.path = "data/{name}.parquet"' for name in company.frames),
    )
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise TreueError(
            f"{path} is there and describes another company; delete {folder} or name another "
            "--folder"
        )
    (folder / "data").mkdir(parents=True, exist_ok=True)
    for name, frame in company.frames.items():
        frame.to_parquet(folder / "data" / f"{name}.parquet", index=False)
    click.echo(f"Wrote {len(company.frames)} tables to {folder / 'data'}")
    write(path, text)
    return open_project(path)


def to_call_first(scores: Path, tables: Tables) -> pd.DataFrame:
    """Rank customers by margin at risk: likelihood of leaving x margin of the last year.

    Returns
    -------
    pandas.DataFrame
        The scores of the first ten with ``name``, ``margin`` and ``at_risk``.
    """
    import pandas as pd

    found = pd.read_parquet(scores)
    cutoff = found["cutoff"].iloc[0]
    bought = tables.known_at(cutoff.to_pydatetime()).frames["purchases"].to_pandas()
    last_year = bought[bought["purchased_at"] > cutoff - timedelta(days=365)]
    margin = last_year.groupby("customer_id")["margin"].sum()
    names = tables.frames["customers"].to_pandas().set_index("customer_id")["name"]
    found["name"] = found["customer_id"].map(names)
    found["margin"] = found["customer_id"].map(margin).fillna(0.0)
    found["at_risk"] = found["churn_probability"] * found["margin"]
    return found.sort_values("at_risk", ascending=False).head(TO_CALL)


def told(first: pd.DataFrame, language: str) -> str:
    """Customers to call with their likelihoods, margin and reasons."""
    from treue.serving.reasons import format_value

    words = WORDS[language]
    lines = [words["title"].format(n=len(first)), ""]
    for place, row in enumerate(first.to_dict("records"), start=1):
        shown = [f"{words['leaving']} {format_value(row['churn_probability'], 'share', language)}"]
        if "referral_probability" in row:
            referral = format_value(row["referral_probability"], "share", language)
            shown.append(f"{words['recommending']} {referral}")
        shown += [
            f"{words[name]} {format_value(row[name], 'money', language)}"
            for name in ("margin", "at_risk")
        ]
        lines.append(f"{place:>2}. {row['name']} ({row['customer_id']}): {', '.join(shown)}")
        lines += [f"      - {reason}" for reason in row[f"churn_reasons_{language}"][:REASONS]]
    return "\n".join(lines)


def _toml(names: tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"

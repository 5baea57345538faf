"""``treue check``: what the tables are good for, and what to mend."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from treue.commands.project import Project, open_project
from treue.commands.shared import config_option, global_options, step, write

if TYPE_CHECKING:
    from treue.features.report import Report
    from treue.features.usability import Usability

LABELS = ("churned", "referred")
MEND = {
    "en": "Mend the errors, then check again.",
    "de": "Erst die Fehler beheben, dann noch einmal prüfen (treue check).",
}
TOO_LITTLE = {
    "en": (
        "Too little for a churn model ({}); bring more customers or a longer history, or change "
        "[label], then check again."
    ),
    "de": (
        "Zu wenig für ein Modell der Abwanderung ({}): mehr Kunden oder eine längere Vorgeschichte "
        "beschaffen, oder [label] ändern, dann noch einmal prüfen."
    ),
}


@click.command(
    "check",
    epilog="""\b
Examples:
  treue check
  treue check -c shop/treue.toml --json report.json --set-aside set-aside
""",
)
@config_option
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Also write as JSON.")
@click.option(
    "--set-aside",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write rows that cannot be used, with the reason, into this folder.",
)
@global_options
@click.pass_context
def command(
    ctx: click.Context, config_path: Path, json_path: Path | None, set_aside: Path | None
) -> None:
    """Check the tables and say in plain words what they are good for.

    Ends with 1 if something must be mended before training.
    """
    project = open_project(config_path)
    found = _panel(project) if project.config.panel is not None else _tables(project)
    click.echo(found.text)
    if json_path is not None:
        write(json_path, json.dumps(found.content, indent=2, ensure_ascii=False))
    if set_aside is not None:
        for path in found.report.write_set_aside(set_aside):
            click.echo(f"Wrote {path}")
    if found.refusal:
        click.echo(f"\n{found.refusal}", err=True)
        ctx.exit(1)


@dataclass(frozen=True)
class Found:
    """What a check found, for reading and for JSON, and why training is refused (if it is)."""

    report: Report
    text: str
    content: dict[str, Any]
    refusal: str = ""


def _panel(project: Project) -> Found:
    from treue.features.words import Words
    from treue.training.ready_panel import read_ready_panel

    step("reading the panel")
    assert project.config.panel is not None
    language = project.config.language
    ready = read_ready_panel(project.config.panel, base_dir=project.base_dir)
    labels = {name: int(ready.panel[name].sum()) for name in LABELS if name in ready.panel}
    counted = [Words("{n} rows", "{n} Zeilen").of(n=len(ready.panel))]
    with_label = Words("{n} with {name} = yes", "{n} mit {name} = ja")
    counted += [with_label.of(n=count, name=name) for name, count in labels.items()]
    told = ", ".join(each.in_(language) for each in counted)
    return Found(
        ready.report,
        f"{told}\n\n{ready.report.to_text(language)}",
        {**ready.report.as_dict(), "rows": len(ready.panel), "positives": labels},
    )


def _tables(project: Project) -> Found:
    from treue.features.errors import TreueError
    from treue.features.report import TablesError
    from treue.training.prepare import choose_cutoffs, labelled_panel, usability_of

    language = project.config.language
    step("reading and checking the tables")
    try:
        tables = project.tables()
    except TablesError as refused:
        report = refused.report
        return Found(report, report.to_text(language), report.as_dict(), MEND[language])
    findings = tables.report.to_text(language)
    content = tables.report.as_dict()
    try:
        cutoffs = choose_cutoffs(tables, project.config)
    except TreueError as error:
        return Found(tables.report, findings, content, str(error))
    step(f"counting customers at {len(cutoffs)} cutoffs")
    outcomes = labelled_panel(tables, cutoffs, project.config, families=())
    useful = usability_of(tables, outcomes, project.config)
    return Found(
        tables.report,
        f"{findings}\n\n{useful.to_text(language)}",
        {**content, "usability": json.loads(useful.to_json())},
        _too_little(useful, language),
    )


def _too_little(useful: Usability, language: str) -> str:
    """Say what a churn model lacks; empty if it lacks nothing."""
    from treue.features.usability_words import MODEL

    lacking = [need for need in useful.needs if need.use == MODEL["churned"] and not need.met]
    if not lacking:
        return ""
    return TOO_LITTLE[language].format("; ".join(one.compared.in_(language) for one in lacking))

"""``treue explain``: one customer, both likelihoods and the reasons."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from treue.commands import grades
from treue.commands.for_customer import write_page
from treue.commands.grades import TARGETS
from treue.commands.project import Project, open_project
from treue.commands.publishing import now
from treue.commands.shared import config_option, cutoff_option, global_options, language_option

if TYPE_CHECKING:
    from treue.features.tables import Tables
    from treue.serving.absent import Absence
    from treue.serving.dossier import Language
    from treue.serving.explanation import CustomerExplanation
    from treue.serving.predict import Predictor

WORDS = {
    "de": {
        "customer": "Kunde",
        "at": "Stand",
        "base": "Ausgangswert",
        "asked": "gefragt ist",
        "others": "weitere Gründe zusammen",
        "families": "nach Bereichen",
        "points": "Punkte",
        "note": (
            "+8 Punkte: hebt die Wahrscheinlichkeit um 8 Prozentpunkte gegenüber dem "
            "Ausgangswert.\n"
            "Ausgangswert: ohne Besonderheiten des Kunden.\n"
            "Die Gründe gehen mit dem Wert einher; sie sind nicht seine Ursachen."
        ),
    },
    "en": {
        "customer": "Customer",
        "at": "as of",
        "base": "base value",
        "asked": "asked is",
        "others": "all other reasons together",
        "families": "by area",
        "points": "points",
        "note": (
            "+8 points: raises the likelihood by 8 percentage points over the base value.\n"
            "Base value: without anything particular to the customer.\n"
            "The reasons go together with the likelihood; they are not its causes."
        ),
    },
}


@click.command(
    "explain",
    epilog="""\b
Examples:
  treue explain C-1042
  treue explain C-1042 -c shop/treue.toml --cutoff 2024-12-01 --language de
  treue explain C-1042 --for-customer --out auskunft.pdf
""",
)
@click.argument("customer_id", metavar="CUSTOMER")
@config_option
@cutoff_option
@language_option
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option(
    "--for-customer",
    is_flag=True,
    help="Write the page for the customer: which data were used, how, and how to object.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File of that page, .html or .pdf [default: auskunft- or information-CUSTOMER.html].",
)
@global_options
def command(
    customer_id: str,
    config_path: Path,
    cutoff: datetime | None,
    language: Language | None,
    as_json: bool,
    for_customer: bool,
    out: Path | None,
) -> None:
    """Say how likely CUSTOMER is to leave and to recommend, and why."""
    from treue.serving.absent import Absence, NotScoredError
    from treue.serving.formats import format_day

    if out is not None and not for_customer:
        raise click.UsageError("--out belongs to --for-customer; add it")
    if for_customer and as_json:
        raise click.UsageError("--json and --for-customer exclude each other; leave one out")
    project = open_project(config_path)
    predictors = project.champions()
    language = language or project.config.language
    tables = None if project.config.panel is not None else project.tables()
    explained: list[CustomerExplanation] | Absence
    try:
        explained = list(_explained(project, predictors, customer_id, tables, cutoff))
    except NotScoredError as error:
        if not for_customer:
            raise
        explained = error.absence
    if for_customer:
        write_page(project, explained, tables, language=language, out=out, issued_at=now())
        return
    assert not isinstance(explained, Absence)
    explanations = {found.target: found for found in explained}
    if as_json:
        content = {target: found.to_dict(language) for target, found in explanations.items()}
        click.echo(json.dumps(content, indent=2, ensure_ascii=False))
        return
    words = WORDS[language]
    for warning in grades.warnings(predictors, language):
        click.echo(warning)
    known = next(iter(explanations.values())).cutoff
    when = f", {words['at']} {format_day(known.date(), language)}" if known else ""
    click.echo(f"{words['customer']} {customer_id}{when}")
    unusual = False
    for found in explanations.values():
        click.echo(f"\n{told(found, language, say_unusual=not unusual)}")
        unusual = unusual or (found.sure is not None and found.sure.unlike)
    click.echo(f"\n{words['note']}")


def _explained(
    project: Project,
    predictors: dict[str, Predictor],
    customer_id: str,
    tables: Tables | None,
    cutoff: datetime | None,
) -> Iterator[CustomerExplanation]:
    """Explain the customer with each model, from one panel for all of them."""
    from treue.serving.comparison import compare
    from treue.serving.predict import shared_panel

    if tables is None:
        panel = project.ready_panel()
        for predictor in predictors.values():
            predictor.predict_panel(panel)
            yield predictor.explain(customer_id)
        return
    moment = cutoff or tables.observed_until
    panel = shared_panel(predictors, tables, moment)
    comparison = None
    if customer_id in set(panel["customer_id"]):
        own = next(iter(predictors.values())).own_families
        comparison = compare(tables, moment, panel, own_families=own, customers=[customer_id])
    for predictor in predictors.values():
        predictor.predict(tables, moment, panel=panel)
        yield predictor.explain(customer_id, comparison=comparison)


def told(found: CustomerExplanation, language: Language, *, say_unusual: bool = True) -> str:
    """Likelihood, what is asked, reasons and family sums of one target; the points add up."""
    from treue.features.catalogue import FAMILY_PHRASES
    from treue.serving.formats import LANGUAGES, format_points, format_sum, format_value
    from treue.serving.sure import care
    from treue.serving.when import later, line

    words = WORDS[language]
    probability, base = (
        format_value(share, "share", language)
        for share in (found.probability, found.base_probability)
    )
    names = {
        family: phrases[LANGUAGES.index(language)] for family, phrases in FAMILY_PHRASES.items()
    }
    lines = [f"{TARGETS[language][found.target]}: {probability} ({words['base']} {base})"]
    if found.question:
        heading = found.question.heading()
        asked = f"{words['asked']}: {found.question.to_text(language)}"
        lines.append(f"  {heading.in_(language) if heading else asked}")
    if found.sure:
        lines.append(f"  {found.sure.stated.in_(language)}")
    unusual = care(found.sure) if say_unusual else None
    if unusual:
        lines.append(f"  ! {unusual.in_(language)}")
    again = later(found.curve, found.question)
    if again:
        lines.append(f"  {again.in_(language)}")
    if found.curve:
        lines.append(f"  {line(found.curve, language)}")
    lines += [f"  - {sentence}" for sentence in found.reasons(language)]
    others = found.other_points()
    if others:
        lines.append(f"  - {words['others']}: {format_sum(others, language)}")
    families = [
        f"{names.get(family, family)} {format_points(points, language).split()[0]}"
        for family, points in found.family_points.items()
        if round(points, 1) != 0
    ]
    if families:
        lines.append(f"  {words['families']} ({words['points']}): {', '.join(families)}")
    return "\n".join(lines)

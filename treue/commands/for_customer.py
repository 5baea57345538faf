"""What ``treue explain --for-customer`` does: the page for the person concerned."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from treue.commands.project import Project
from treue.commands.shared import step

if TYPE_CHECKING:
    from treue.features.tables import Tables
    from treue.serving.dossier import Language
    from treue.serving.explanation import CustomerExplanation

_FILES = {"de": "auskunft", "en": "information"}
_DATABASE = {"de": "Datenbank", "en": "database"}


def write_page(
    project: Project,
    explanations: Sequence[CustomerExplanation],
    tables: Tables | None,
    *,
    language: Language,
    out: Path | None,
) -> None:
    """Write the page for the person concerned as HTML, or as PDF where `out` ends so.

    Raises
    ------
    TreueError
        If `out` has another ending.
    """
    from treue.features.errors import TreueError
    from treue.serving.person import person_page

    customer_id = explanations[0].customer_id
    if out is None:
        safe = re.sub(r"[^\w.-]+", "_", customer_id)
        out = Path(f"{_FILES[language]}-{safe}.html")
    if out.suffix not in (".html", ".pdf"):
        raise TreueError(f"{out}: write the page for a customer to a file .html or .pdf")
    pages = project.config.pages
    for key in ("company", "privacy_contact"):
        if not getattr(pages, key):
            step(f"pages.{key} is not set in {project.path}; the page says it in general words.")
    page = person_page(
        explanations,
        tables=tables,
        sources=_sources(project, language),
        name=_name(tables, customer_id),
        company=pages.company,
        privacy_contact=pages.privacy_contact,
        language=language,
        currency=project.config.currency,
    )
    content = page.to_html().encode() if out.suffix == ".html" else page.to_pdf()
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(content)
    click.echo(f"Wrote {out}")


def _sources(project: Project, language: str) -> dict[str, str]:
    """Where each table lies, in a word: the file's name, never a path or a URL."""
    return {
        name: ", ".join(
            dict.fromkeys(
                Path(source.path).name if source.path else _DATABASE[language] for source in sources
            )
        )
        for name, sources in project.config.tables.items()
    }


def _name(tables: Tables | None, customer_id: str) -> str | None:
    if tables is None or not tables.has("customers", "name"):
        return None
    rows = tables.frames["customers"].select(["customer_id", "name"]).to_pylist()
    found: str | None = next(
        (row["name"] for row in rows if row["customer_id"] == customer_id), None
    )
    return found

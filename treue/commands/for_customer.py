"""What ``treue explain --for-customer`` does: the page for the person concerned."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from treue.commands.project import Project
from treue.commands.shared import step

if TYPE_CHECKING:
    from treue.features.sources import Source
    from treue.features.tables import Tables
    from treue.serving.absent import Absence
    from treue.serving.dossier import Language
    from treue.serving.explanation import CustomerExplanation
    from treue.serving.store import Kept

_FILES = {"de": "auskunft", "en": "information"}


def write_page(
    project: Project,
    explained: Sequence[CustomerExplanation] | Absence,
    tables: Tables | None,
    *,
    language: Language,
    out: Path | None,
    issued_at: datetime,
) -> None:
    """Write the page for the person concerned as HTML, or as PDF where `out` ends so.

    Raises
    ------
    TreueError
        If `out` has another ending.
    """
    from treue.features.errors import TreueError
    from treue.serving.absent import Absence
    from treue.serving.person import person_page

    first = explained if isinstance(explained, Absence) else explained[0]
    customer_id = first.customer_id
    if out is None:
        safe = re.sub(r"[^\w.-]+", "_", customer_id)
        out = Path(f"{_FILES[language]}-{safe}.html")
    if out.suffix not in (".html", ".pdf"):
        raise TreueError(f"{out}: write the page for a customer to a file .html or .pdf")
    pages = project.config.pages
    for key in ("company", "privacy_contact"):
        if not getattr(pages, key):
            step(f"pages.{key} is not set in {project.path}; the page has a line to fill in.")
    page = person_page(
        explained,
        issued_at=issued_at,
        tables=tables,
        kept=_kept(project, customer_id),
        name=_name(tables, customer_id),
        company=pages.company,
        privacy_contact=pages.privacy_contact,
        language=language,
        currency=project.config.currency,
    )
    if tables is not None:
        step(f"Read from: {_sources(project, language)}; the page names no files.")
    content = page.to_html().encode() if out.suffix == ".html" else page.to_pdf()
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(content)
    click.echo(f"Wrote {out}")


def _kept(project: Project, customer_id: str) -> Kept | None:
    """What the store keeps about the customer; None, and a word of it, where there is no store."""
    from treue.commands.publishing import open_store
    from treue.features.errors import TreueError
    from treue.serving.store.upkeep import is_there

    try:
        if is_there(project.config.pages.store, base_dir=project.base_dir):
            with open_store(project) as store:
                return store.kept(customer_id)
        told = "there is no store yet"
    except TreueError as error:
        told = str(error)
    step(f"{told}; the page tells what is kept besides the tables without numbers.")
    return None


def _sources(project: Project, language: Language) -> str:
    """Where each table lies: the file's name, never a path or a URL."""
    from treue.serving.person_words import SOURCES

    return ", ".join(
        f"{SOURCES[name].in_(language)} ({', '.join(_places(sources))})"
        for name, sources in project.config.tables.items()
    )


def _places(sources: Sequence[Source]) -> dict[str, None]:
    return dict.fromkeys(
        Path(source.path).name if source.path else "database" if source.url else "query"
        for source in sources
    )


def _name(tables: Tables | None, customer_id: str) -> str | None:
    if tables is None or not tables.has("customers", "name"):
        return None
    rows = tables.frames["customers"].select(["customer_id", "name"]).to_pylist()
    found: str | None = next(
        (row["name"] for row in rows if row["customer_id"] == customer_id), None
    )
    return found

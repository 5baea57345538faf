"""What reading the tables found: errors, warnings, notes, and the rows that were set aside."""

import json
import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.csv

from treue.features.errors import TreueError
from treue.features.findings_german import in_german

log = logging.getLogger(__name__)

Level = Literal["error", "warning", "note"]

_HEADINGS = {
    "en": {"error": "Errors", "warning": "Warnings", "note": "Notes", "none": "Nothing to report."},
    "de": {"error": "Fehler", "warning": "Warnungen", "note": "Hinweise", "none": "Keine Befunde."},
}
_CUSTOMERS = {"en": ("customer", "customers"), "de": ("Kunde", "Kunden")}


@dataclass(frozen=True)
class Finding:
    """One thing found in the tables.

    Attributes
    ----------
    level
        ``error``: the tables are refused; ``warning``: something was done to some rows;
        ``note``: something the reader should know.
    rows
        How many rows it is about (0: it is not about rows).
    ids
        Up to five customers concerned.
    remedy
        How to mend it.
    """

    level: Level
    table: str
    column: str | None
    rows: int
    ids: tuple[str, ...]
    message: str
    remedy: str

    def __str__(self) -> str:
        return self.in_("en")

    def in_(self, language: str) -> str:
        """Return the finding as a line, in ``en`` or ``de``."""
        message, remedy = self.message, self.remedy
        if language == "de":
            message, remedy = in_german(message) or message, in_german(remedy) or remedy
        place = f"{self.table}.{self.column}" if self.column else self.table
        one, many = _CUSTOMERS[language]
        who = f" ({one if len(self.ids) == 1 else many} {', '.join(self.ids)})" if self.ids else ""
        return f"{place}: {message}{who}" + (f"; {remedy}" if remedy else "")


class TablesError(TreueError):
    """The tables have at least one error; ``report`` holds everything that was found."""

    def __init__(self, report: "Report") -> None:
        count = len(report.errors)
        noun = "error" if count == 1 else "errors"
        super().__init__(f"{count} {noun} in the tables\n\n{report.to_text()}")
        self.report = report


@dataclass
class Report:
    """Findings in the order in which they were made, and the rows set aside with the reason."""

    findings: list[Finding] = field(default_factory=list)
    set_aside: dict[str, pa.Table] = field(default_factory=dict)

    def add(
        self,
        level: Level,
        table: str,
        column: str | None,
        message: str,
        remedy: str = "",
        *,
        rows: int = 0,
        ids: Iterable[str | None] = (),
        first: bool = False,
    ) -> None:
        """Record a finding, or put it ``first``; of ``ids`` five different ones are kept."""
        known = (i for i in ids if i is not None)
        few = tuple(dict.fromkeys(known))[:5]
        finding = Finding(level, table, column, rows, few, message, remedy)
        self.findings.insert(0 if first else len(self.findings), finding)

    def put_aside(self, table: str, rows: pa.Table, reason: str) -> None:
        """Keep ``rows`` of ``table`` out of the data, with the reason."""
        rows = rows.append_column("reason", pa.array([reason] * rows.num_rows, pa.string()))
        before = [self.set_aside[table]] if table in self.set_aside else []
        self.set_aside[table] = pa.concat_tables([*before, rows], promote_options="default")
        log.info("%s: %d rows set aside: %s", table, rows.num_rows, reason)

    def refused(self, table: str) -> set[str | None]:
        """Return the columns of ``table`` that have an error (None: the table itself)."""
        return {finding.column for finding in self.errors if finding.table == table}

    @property
    def errors(self) -> list[Finding]:
        """The findings for which the tables are refused."""
        return [finding for finding in self.findings if finding.level == "error"]

    @property
    def warnings(self) -> list[Finding]:
        """The findings that say what was done to which rows."""
        return [finding for finding in self.findings if finding.level == "warning"]

    def to_text(self, language: str = "en") -> str:
        """Return all findings as lines under headings, in ``en`` or ``de``."""
        headings = _HEADINGS[language]
        parts = []
        for level in ("error", "warning", "note"):
            lines = [f"  {one.in_(language)}" for one in self.findings if one.level == level]
            if lines:
                parts.append("\n".join([f"{headings[level]} ({len(lines)})", *lines]))
        return "\n\n".join(parts) or headings["none"]

    def as_dict(self) -> dict[str, Any]:
        """Return the findings and the number of rows set aside per table, ready for JSON."""
        return {
            "findings": [asdict(finding) | {"text": str(finding)} for finding in self.findings],
            "set_aside": {name: rows.num_rows for name, rows in self.set_aside.items()},
        }

    def to_json(self) -> str:
        """Return :meth:`as_dict` as JSON text."""
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=2)

    def write_set_aside(self, folder: Path) -> list[Path]:
        """Write the rows set aside, one CSV a table with the column ``reason``; return the paths.

        Parameters
        ----------
        folder
            Made if it does not exist.
        """
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for name, rows in self.set_aside.items():
            path = folder / f"{name}.csv"
            pyarrow.csv.write_csv(rows, path)
            paths.append(path)
        return paths

"""Tables as CSV and Excel files in which no text can act as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from treue.serving.dossier import Language

Cell = str | float | datetime | None

FORMULA = "=+-@＝＋－＠|"
"""What a spreadsheet may take for the beginning of a formula, the wide forms included."""
INVISIBLE = dict.fromkeys(
    [*range(0x20), 0x7F, 0x61C, *range(0x200B, 0x2010), *range(0x202A, 0x202F),
     0x2060, *range(0x2066, 0x206A), 0xFEFF], " "
)  # fmt: skip
"""Control characters, and those that turn or hide the text around them."""


def harmless(text: str) -> str:
    """Return the text with nothing that a spreadsheet would run or that would turn its line.

    >>> harmless("=cmd|' /C calc'!A0"), harmless(" +49 761"), harmless("Müller & Co")
    ("'=cmd|' /C calc'!A0", "'+49 761", 'Müller & Co')
    """
    plain = text.encode("utf-8", "replace").decode().translate(INVISIBLE).strip()
    return f"'{plain}" if plain.startswith(tuple(FORMULA)) else plain


def to_csv(head: Sequence[str], rows: Sequence[Sequence[Cell]], language: Language) -> bytes:
    """Return a CSV file as Excel opens it by a double click in that language.

    UTF-8 with a byte order mark; in German separated by semicolons, with decimal commas.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";" if language == "de" else ",", lineterminator="\r\n")
    writer.writerow([harmless(name) for name in head])
    writer.writerows([_written(cell, language) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _written(cell: Cell, language: Language) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell:%d.%m.%Y}" if language == "de" else f"{cell:%Y-%m-%d}"
    if isinstance(cell, str):
        return harmless(cell)
    number = f"{cell:.4f}".rstrip("0").rstrip(".")
    return number.replace(".", ",") if language == "de" else number


def to_xlsx(
    head: Sequence[str], rows: Sequence[Sequence[Cell]], *, sheet: str, notice: str
) -> bytes:
    """Return an Excel file with one sheet; `notice` stands above the table and on each page."""
    import xlsxwriter

    target = io.BytesIO()
    options: dict[str, Any] = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(target, options) as book:
        bold, date = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        page = book.add_worksheet(sheet)
        page.set_header(f"&C{notice}")
        page.write_string(0, 0, notice, bold)
        for column, name in enumerate(head):
            page.write_string(2, column, name, bold)
            page.set_column(column, column, max(12, min(60, 2 + _widest(name, rows, column))))
        for place, row in enumerate(rows, start=3):
            for column, cell in enumerate(row):
                if isinstance(cell, datetime):
                    page.write_datetime(place, column, cell, date)
                elif isinstance(cell, str):
                    page.write_string(place, column, harmless(cell))
                elif cell is not None:
                    page.write_number(place, column, cell)
        page.freeze_panes(3, 0)
        page.autofilter(2, 0, 2 + len(rows), len(head) - 1)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.repeat_rows(2)
    return target.getvalue()


def _widest(name: str, rows: Sequence[Sequence[Cell]], column: int) -> int:
    return max([len(name), *(len(str(row[column])) for row in rows[:200])])

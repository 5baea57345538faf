"""The page for the person concerned as PDF, with headings and tables that screen readers find."""

from __future__ import annotations

from datetime import UTC
from importlib.util import find_spec
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, TableHeadingsDisplay, VAlign, XPos, YPos
from fpdf.fonts import FontFace

from treue.features.errors import TreueError
from treue.serving.person import PersonPage
from treue.serving.person_parts import Block

FONT = "DejaVu"
INK, SOFT, RULE, TINT = (28, 32, 36), (90, 98, 106), (200, 206, 212), (240, 244, 247)
LINE = 5.2
WITH_HEADING, WHOLE_NOTICE = 24, 64
"""Millimetres that a heading needs with its first lines, and with a notice that stays whole."""
_DATA_WIDTHS = (15, 34, 16, 11, 24)
_FACTOR_WIDTHS = (52, 24, 24)


def pdf(page: PersonPage) -> bytes:
    """Return the page as an A4 document; the same page gives the same bytes."""
    document = _Document(page)
    document.add_page()
    document.heading(page)
    for section in page.sections:
        document.section(section.heading, section.blocks)
    document.ln(4)
    document.write_text(page.end, size=8.5, color=SOFT)
    return bytes(document.output())


class _Document(FPDF):
    """A4 portrait with the fonts that matplotlib ships, which know every letter of a name."""

    def __init__(self, page: PersonPage) -> None:
        super().__init__(format="A4")
        fonts = _fonts()
        self.add_font(FONT, "", fonts / "DejaVuSans.ttf")
        self.add_font(FONT, "B", fonts / "DejaVuSans-Bold.ttf")
        self.set_margins(22, 20, 22)
        self.set_auto_page_break(True, margin=22)
        self.set_title(page.title)
        self.set_lang(page.language)
        self.set_creator("Treue")
        self.set_creation_date(page.issued_at.replace(tzinfo=UTC))

    def footer(self) -> None:
        """Number the pages."""
        self.set_y(-14)
        self.set_font(FONT, "", 8)
        self.set_text_color(*SOFT)
        self.cell(0, 5, f"{self.page_no()} / {{nb}}", align="C")

    def heading(self, page: PersonPage) -> None:
        """Title, what it is, and for whom."""
        self.write_text(page.title, size=18, style="B", line=8)
        self.ln(1)
        self.write_text(page.lead, size=9.5, color=SOFT)
        self.ln(3)
        for name, value in page.facts:
            self.set_font(FONT, "", 9.5)
            self.set_text_color(*SOFT)
            self.cell(38, LINE, name)
            self.set_text_color(*INK)
            self.multi_cell(0, LINE, value, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")

    def section(self, heading: str, blocks: tuple[Block, ...]) -> None:
        """Write a heading, never alone at the foot of a page, and what stands under it."""
        noticed = any(block.kind == "notice" for block in blocks)
        if self.will_page_break(WHOLE_NOTICE if noticed else WITH_HEADING):
            self.add_page()
        else:
            self.ln(5)
        self.start_section(heading)
        self.write_text(heading, size=12, style="B", line=6)
        self.ln(1)
        for block in blocks:
            getattr(self, f"_{block.kind}")(block)
            self.ln(1.5)

    def write_text(
        self,
        text: str,
        *,
        size: float = 9.5,
        style: str = "",
        color: tuple[int, int, int] = INK,
        line: float = LINE,
    ) -> None:
        """Write a paragraph over the whole width."""
        self.set_font(FONT, style, size)
        self.set_text_color(*color)
        self.multi_cell(0, line, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")

    def _text(self, block: Block) -> None:
        self.write_text(block.text)

    def _list(self, block: Block) -> None:
        for item in block.items:
            self.set_font(FONT, "", 9.5)
            self.set_text_color(*INK)
            self.cell(5, LINE, "•")
            self.multi_cell(0, LINE, item, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")

    def _notice(self, block: Block) -> None:
        self.set_font(FONT, "B", 9.5)
        self.set_text_color(*INK)
        self.set_fill_color(*TINT)
        self.set_draw_color(*SOFT)
        self.multi_cell(
            0,
            LINE,
            block.text,
            border=1,
            fill=True,
            padding=3,
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
            align="L",
        )

    def _table(self, block: Block) -> None:
        self.set_font(FONT, "", 8.5)
        self.set_text_color(*INK)
        self.set_draw_color(*RULE)
        widths = _DATA_WIDTHS if len(block.head) == len(_DATA_WIDTHS) else _FACTOR_WIDTHS
        with self.table(
            col_widths=widths,
            text_align="LEFT",
            v_align=VAlign.T,
            line_height=4.4,
            padding=1.2,
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            headings_style=FontFace(emphasis="BOLD", fill_color=TINT),
            repeat_headings=TableHeadingsDisplay.ON_TOP_OF_EVERY_PAGE,
        ) as table:
            for cells in (block.head, *block.rows):
                row = table.row()
                for cell in cells:
                    row.cell(cell)


def _fonts() -> Path:
    """The folder of the DejaVu fonts, without loading matplotlib."""
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise TreueError("the PDF needs the fonts of matplotlib; install it, or write HTML")
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"

"""Model cards and reports as HTML: the few marks that ours use, everything else as plain text.

Nothing of the text reaches the page unescaped, links and pictures are left as they are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from markupsafe import Markup, escape

_SPAN = re.compile(r"\*\*(?P<bold>.+?)\*\*|`(?P<code>[^`]+)`")
_RULE = re.compile(r"[ :|-]+")


def markdown(text: str) -> Markup:
    r"""HTML of headings, lists, tables, paragraphs, bold and code.

    >>> print(markdown("# A card\n\nOf **one** & all."))
    <h3>A card</h3>
    <p>Of <b>one</b> &amp; all.</p>
    """
    blocks = []
    for kind, lines in groupby(text.splitlines(), key=_kind):
        rows = [line.strip() for line in lines]
        if kind == "heading":
            blocks += [_heading(row) for row in rows]
        elif kind == "list":
            items = Markup("").join(Markup("<li>{}</li>").format(_spans(r[2:])) for r in rows)
            blocks.append(Markup("<ul>{}</ul>").format(items))
        elif kind == "table":
            blocks.append(_table(rows))
        elif kind == "text":
            blocks.append(Markup("<p>{}</p>").format(_spans(" ".join(rows))))
    return Markup("\n").join(blocks)


def outline(text: str) -> Markup:
    """HTML of a report whose lines are indented below their headings."""
    blocks: list[Markup] = []
    items: list[Markup] = []

    def close() -> None:
        if items:
            blocks.append(Markup("<ul>{}</ul>").format(Markup("").join(items)))
            items.clear()

    lines = [line for line in text.splitlines() if line.strip()]
    depths = [len(line) - len(line.lstrip()) for line in lines]
    for line, depth, below in zip(lines, depths, [*depths[1:], 0], strict=False):
        if depth == 0:
            close()
            blocks.append(Markup("<h3>{}</h3>").format(line.strip()))
        else:
            kind = "deeper" if depth > 2 else "first" if below > depth else "only"
            items.append(Markup('<li class="{}">{}</li>').format(kind, line.strip()))
    close()
    return Markup("\n").join(blocks)


def _kind(line: str) -> str:
    line = line.strip()
    if not line:
        return "gap"
    if line.startswith("#"):
        return "heading"
    if line.startswith(("- ", "* ")):
        return "list"
    return "table" if line.startswith("|") else "text"


def _heading(row: str) -> Markup:
    """The page has headings of the first two levels already."""
    level = min(len(row) - len(row.lstrip("#")) + 2, 4)
    return Markup("<h{0}>{1}</h{0}>").format(level, _spans(row.lstrip("#").strip()))


def _table(rows: Sequence[str]) -> Markup:
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    cells = [row for row in cells if not all(_RULE.fullmatch(cell) for cell in row)]
    head, *body = cells

    def line(row: Sequence[str], tag: str, scope: str) -> Iterator[Markup]:
        for i, cell in enumerate(row):
            if tag == "th" or i == 0:
                filled = Markup('<th scope="{}">{}</th>') if cell else Markup("<td></td>")
                yield filled.format(scope, _spans(cell)) if cell else filled
            else:
                yield Markup("<td>{}</td>").format(_spans(cell))

    top = Markup("").join(line(head, "th", "col"))
    below = Markup("").join(
        Markup("<tr>{}</tr>").format(Markup("").join(line(row, "td", "row"))) for row in body
    )
    return Markup(
        '<div class="table"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
    ).format(top, below)


def _spans(text: str) -> Markup:
    parts, end = [], 0
    for found in _SPAN.finditer(text):
        parts.append(escape(text[end : found.start()]))
        bold, code = found["bold"], found["code"]
        parts.append(Markup("<b>{}</b>" if bold else "<code>{}</code>").format(bold or code))
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])

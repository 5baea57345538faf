"""The page of figures, docs/benchmarks.md: every benchmark replaces its own part."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "benchmarks.md"


def replace_part(page: str, name: str, text: str) -> str:
    """The page with the part between its two markers replaced."""
    pattern = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    assert pattern.search(page), f"docs/benchmarks.md lacks the markers of {name}"
    return pattern.sub(lambda found: f"{found[1]}\n{text}\n{found[2]}", page)

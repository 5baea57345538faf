"""Write docs/features.md: ``python -m treue.features.reference > docs/features.md``."""

from __future__ import annotations

import sys

from treue.features.catalogue import CATALOGUE, FAMILY_PHRASES

HEAD = """# Features

Generated from `treue.features.catalogue` by `python -m treue.features.reference`; do not edit.

Every feature is computed from what was known at the cutoff. A window of *w* days is
`(cutoff - w, cutoff]`. A missing value means that there is nothing to measure, never zero.
A family is there when its table is, a feature when its columns are.
"""


def reference() -> str:
    """The reference page as Markdown."""
    parts = [HEAD]
    for family, (de, en) in FAMILY_PHRASES.items():
        features = [f for f in CATALOGUE.values() if f.family == family]
        parts.append(f"\n## {family} ({de} / {en}): {len(features)} features\n")
        parts.append("| feature | unit | meaning | German | English |\n|---|---|---|---|---|")
        parts += [f"| `{f.name}` | {f.unit} | {f.meaning} | {f.de} | {f.en} |" for f in features]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.stdout.write(reference())

"""Write docs/features.md: ``python -m treue.features.reference > docs/features.md``."""

from __future__ import annotations

import sys

from treue.features.catalogue import CATALOGUE, FAMILY_PHRASES
from treue.features.topics import TELLINGS, TOPICS, topic_of

HEAD = """# Features

Generated from `treue.features.catalogue` by `python -m treue.features.reference`; do not edit.

Every feature is computed from what was known at the cutoff. A window of *w* days is
`(cutoff - w, cutoff]`. A missing value means that there is nothing to measure, never zero.
A family is there when its table is, a feature when its columns are.

Features of one topic say much the same: a reason tells the topic once, with the points of all of
them, by one of its features that are marked with *.
"""


def reference() -> str:
    """The reference page as Markdown."""
    parts = [HEAD]
    for family, (de, en) in FAMILY_PHRASES.items():
        features = [f for f in CATALOGUE.values() if f.family == family]
        parts.append(f"\n## {family} ({de} / {en}): {len(features)} features\n")
        parts.append("| feature | unit | topic | meaning | German | English |")
        parts.append("|---|---|---|---|---|---|")
        parts += [
            f"| `{f.name}`{' *' if f.name in TELLINGS else ''} | {f.unit} | {topic_of(f).key} "
            f"| {f.meaning} | {f.de} | {f.en} |"
            for f in features
        ]
    parts.append("\n## topics\n")
    parts.append("| topic | German | English | told by, best first |\n|---|---|---|---|")
    for topic in TOPICS.values():
        told = ", ".join(f"`{name}`" for name in TELLINGS if topic.holds(name))
        parts.append(f"| {topic.key} | {topic.de} | {topic.en} | {told or 'never told'} |")
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.stdout.write(reference())

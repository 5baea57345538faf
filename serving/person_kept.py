"""What the pages keep about a person besides the tables, for the page of the person concerned."""

from __future__ import annotations

from collections.abc import Callable

from treue.serving.dossier import Language
from treue.serving.formats import format_day, format_value
from treue.serving.person_parts import Block, Section
from treue.serving.store.upkeep import Entries, Kept

PARTS = ("outcomes", "planned", "held_out", "estimates", "approaches", "views")


def kept_section(kept: Kept | None, language: Language, say: Callable[[str], str]) -> Section:
    """Return the section: kinds of entries with period and number, or the kinds alone.

    Parameters
    ----------
    kept
        What was counted; None where it could not be.
    say
        The page's words by key.
    """
    text = Block("text", say("kept_text"))
    if kept is None:
        kinds = tuple(say(f"kept_{part}") for part in PARTS if part != "held_out")
        blocks = (text, Block("list", items=kinds), Block("text", say("not_counted")))
        return Section(say("kept"), blocks)
    rows = []
    for part in PARTS:
        found = getattr(kept, part)
        entries = found if isinstance(found, Entries) else Entries(found)
        if part != "held_out" or entries.count:
            number = format_value(entries.count, "whole", language)
            rows.append((say(f"kept_{part}"), _period(entries, language), number))
    head = tuple(say(key) for key in ("sort", "period", "rows"))
    return Section(say("kept"), (text, Block("table", head=head, rows=tuple(rows))))


def _period(entries: Entries, language: Language) -> str:
    if entries.first is None or entries.last is None:
        return "–"
    days = [format_day(moment, language) for moment in (entries.first, entries.last)]
    return "\xa0– ".join(day.replace(" ", "\xa0") for day in dict.fromkeys(days))

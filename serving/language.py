"""The language a reader chose; without a choice the company's."""

from __future__ import annotations

from typing import cast

from fastapi import Request

from treue.serving.dossier import Language

COOKIE = "treue_language"


def language_of(request: Request) -> Language:
    """Return the language of the pages for this reader."""
    chosen = request.cookies.get(COOKIE)
    if chosen in ("de", "en"):
        return cast(Language, chosen)
    language: Language = request.app.state.settings.language
    return language

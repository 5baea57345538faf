"""How texts are searched and dossiers are kept."""

from __future__ import annotations

import re
import unicodedata
import zlib

from treue.serving.dossier import Dossier

COMPRESSION = 1  # twice as fast as 6, for a fifth more room


def searchable(text: str) -> str:
    """Text to search in or for: small letters without accents.

    >>> searchable("Müller & Söhne"), searchable("STRASSE"), searchable("Straße")
    ('muller & sohne', 'strasse', 'strasse')
    """
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


def search_text(name: str | None, customer_id: str, account_manager: str | None) -> str:
    """What a search for a customer looks through; numbers also without leading zeros.

    >>> search_text("Café Ost", "K0818", "Anna Berg")
    'cafe ost k0818 k818 anna berg'
    """
    short = re.sub(r"(?<!\d)0+(?=\d)", "", customer_id)
    ids = dict.fromkeys((customer_id, short))
    return searchable(" ".join(filter(None, (name, *ids, account_manager))))


def packed(dossier: Dossier) -> bytes:
    """A dossier as it is kept."""
    return zlib.compress(dossier.model_dump_json().encode(), COMPRESSION)


def unpacked(content: bytes) -> Dossier:
    """A dossier out of what `packed` made."""
    return Dossier.model_validate_json(zlib.decompress(content))

"""Types of what comes in from outside: moments in UTC, texts without characters nobody writes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, Field


def naive_utc(moment: datetime) -> datetime:
    """Return the moment in UTC without zone, as the store keeps it.

    Raises
    ------
    ValueError
        For a moment at the rim of the calendar whose UTC lies beyond it.
    """
    if moment.tzinfo is None:
        return moment
    try:
        return moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        raise ValueError("lies beyond the calendar; write it in UTC") from None


def writable(text: str) -> str:
    """Return the text, if a database and a page can hold it.

    Raises
    ------
    ValueError
        For NUL, and for halves of characters (lone surrogates).
    """
    if "\0" in text:
        raise ValueError("holds a NUL character; leave it out")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("holds half a character (a lone surrogate); leave it out") from None
    return text


Moment = Annotated[datetime, AfterValidator(naive_utc)]
Words = Annotated[str, Field(max_length=200), AfterValidator(writable)]
"""A name, an id, words to search for."""
LongText = Annotated[str, Field(max_length=2_000), AfterValidator(writable)]

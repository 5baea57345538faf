"""The guard before everything that customers read: no internal word passes.

A score, a segment or a rank is for colleagues. What is said to a customer, and what is exported
for customers, is checked here, in both languages, inflected and compounded, also when a word is
broken up by soft hyphens, invisible characters, spaced letters or letters that only look alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping

from treue.features.errors import TreueError

PIECES = (
    # scores and what they are made of
    "(?<!under)scor(?:e|ing)",
    "risi[ck]o",
    "risiken",
    "wahrscheinlichkeit",
    "probabilit",
    "likelihood",
    "perzentil",
    "percentile",
    "quantil",
    "dezil(?!iter)",
    "decile",
    "prozentpunkt",
    "percentage~point",
    "log~odds",
    "(?:konfidenz|prognose|vorhersage)~intervall",
    "(?:confidence|prediction)~interval",
    "unlike~any(?:one|body)",
    "anders~als~alle(?!~ander)",
    # segments and ranks
    "segment",
    "quadrant",
    "kunden-?wert(?!voll|ig|sch)",
    "customer~(?:lifetime~)?value",
    "lifetime~value",
    "kunden-?(?:klass|gruppier|cluster|rang|einstufung)",
    "rang-?(?:liste|folge|platz|ordnung|stufe)",
    "ranking",
    # the names on the map
    "fokus-?kund",
    "focus~customer",
    r"gef(?:a|ae|ä)hrdet\w{0,2}~(?:empfehl|kund|promot)",
    "promoter",
    r"still\w{0,2}~stamm~?kund",
    "quiet~regular",
    "preis-?j(?:a|ae|ä)ger",
    "price~hunt",
    # leaving
    "abwander",
    "absprung",
    "churn",
    "attrition",
    "likely~to~leave",
    "k(?:u|ue|ü)ndigungs-?gef",
    "silent~leaver",
    # money that is ours to know
    "deckungs-?beitr(?:a|ae|ä)g",
    "contribution~margin",
    "empfehlungs-?wert",
    "reference~value",
    "unprofitab",
    "unrentab",
    r"erwartet\w{0,2}~gewinn",
    "expected~profit",
    "kulanz-?(?:ober)?grenze",
    "goodwill~ceiling",
    # how people are spoken of, and whom one calls
    "feilsch",
    "haggl",
    "work-?list",
    "anruf-?liste",
    "call~list",
    "kontroll-?gruppe",
    "control~group",
    "hold-?out",
)
"""Pieces of words that no text for customers holds; ~ is any gap between words, or none."""

WORDS = (
    "risks?",
    "risk(?:y|ier|iest|ed|ing)",
    r"riskant\w*",
    r"riskier\w*",
    "ranks?",
    "ranked",
    "rangs?",
    "ränge[ns]?",
    "margins?",
    "margen?",
    "clt?v",
    "shap",
    r"[abc]-kunde\w*",
    "[abc]-customers?",
)
"""Whole words; as pieces they would also stand in harmless words such as Vorrang or marginal."""

_INTERNAL = re.compile(
    "|".join(piece.replace("~", r"[\s\-_‐‑–]*") for piece in PIECES)
    + rf"|(?<!\w)(?:{'|'.join(WORDS)})(?!\w)"
    + r"|[+\-−–]\s?\d+(?:[.,]\d+)?\s(?:punkte?|points?)\b"
)
_WITH_LETTERS = re.compile(r"\S*[^\W\d_]\S*")
_SPACED = re.compile(r"(?<!\w)\w(?:[ ._*·/|-]{1,2}\w){3,}(?!\w)")

_LOOK_ALIKES = str.maketrans(
    "аеорсухкмтвнпгіѕјԁԛԝһӏ" + "οαεικνρτυχη" + "ıɩɑєʀɡ",
    "aeopcyxkmtbhnrisjdqwhl" + "oaeikvptuxh" + "iiaerg",
)
"""Cyrillic, Greek and other letters that look like Latin ones (small, after case folding)."""
_DIGITS = str.maketrans("013457@$!€", "oieastasie")


def check_sayable(text: str, *, names: Collection[str] = ()) -> None:
    """Refuse a text that says an internal word to a customer.

    Parameters
    ----------
    text
        What a customer would read, in German or English.
    names
        Proper names in it (the company's, the customer's), which are set aside: Segmenta AG may
        be called by its name.

    Raises
    ------
    TreueError
        Naming the word and where it stands.
    """
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = text.replace(name, " ")
    found = internal_word(text)
    if found is not None:
        shown = text if len(text) <= 80 else f"{text[:77]}..."
        raise TreueError(
            f"{shown!r} would tell a customer the internal word {found!r}; say it in other words"
        )


def refuse_internal(
    columns: Iterable[str],
    rows: Iterable[Mapping[str, object]] = (),
    *,
    names: Collection[str] = (),
) -> None:
    """Refuse an export for customers whose columns or texts hold an internal word.

    Parameters
    ----------
    columns
        Headings of the export.
    rows
        Its rows by column; only texts are looked at.
    names
        Columns that hold proper names or ids, which are not looked at.

    Raises
    ------
    TreueError
        Naming the column, and for a text the row, counted from 1.
    """
    for column in columns:
        found = internal_word(column.replace("_", " "))
        if found is not None:
            raise TreueError(
                f"the export for customers has a column {column!r}, which tells the internal word "
                f"{found!r}; leave it out"
            )
    for number, row in enumerate(rows, start=1):
        for column, value in row.items():
            if column in names or not isinstance(value, str):
                continue
            found = internal_word(value)
            if found is not None:
                raise TreueError(
                    f"the export for customers tells the internal word {found!r} in the column "
                    f"{column!r}, row {number}; say it in other words or leave it out"
                )


def internal_word(text: str) -> str | None:
    r"""Return the internal word in a text as it was recognised; None where there is none.

    >>> internal_word("Ihr Ri\u00adsiko ist klein"), internal_word("S c o r e")
    ('risiko', 'score')
    >>> internal_word("Die Orange hat Vorrang") is None
    True
    """
    for reading in _readings(text):
        found = _INTERNAL.search(reading)
        if found is not None:
            return found.group()
    return None


def _readings(text: str) -> Iterator[str]:
    """The text as a reader may take it: as it stands, spaced letters joined, letters looked at."""
    plain = _plain(text)
    joined = _SPACED.sub(lambda found: re.sub(r"[\W_]", "", found.group()), plain)
    alike = joined.translate(_LOOK_ALIKES)
    readings = [plain, joined]
    for kept in ("\u0308", ""):  # with its dots "Ränge" is no English "range"
        bare = "".join(
            character
            for character in unicodedata.normalize("NFKD", alike)
            if character == kept or not unicodedata.combining(character)
        )
        bare = unicodedata.normalize("NFC", bare)
        readings += [bare, _WITH_LETTERS.sub(lambda it: it.group().translate(_DIGITS), bare)]
    yield from dict.fromkeys(readings)


def _plain(text: str) -> str:
    """Fold case and forms of letters; drop what cannot be seen, and hyphens at line ends."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    seen = "".join(
        character
        for character in folded
        if character in "\n\t" or unicodedata.category(character)[0] != "C"
    )
    return re.sub(r"-[ \t]*\n\s*", "", seen)

"""What is said in English and in German."""

from typing import NamedTuple, Self

from treue.numbers import Numbers


class Words(NamedTuple):
    """The same in both languages; what stands in braces is filled in by `of`.

    >>> Words("{n} rows of {what}", "{n} Zeilen mit {what}").of(
    ...     n=1200, what=Words("churn", "Abwanderung")
    ... )
    Words(en='1,200 rows of churn', de='1.200 Zeilen mit Abwanderung')
    """

    en: str
    de: str

    def in_(self, language: str) -> str:
        """Return the words of a language, ``en`` or ``de``."""
        return self.de if language == "de" else self.en

    def of(self, **values: "int | str | Words") -> Self:
        """Fill in numbers, written as in each language, texts, and words of their own."""
        return type(self)(
            self.en.format(**{name: _in("en", value) for name, value in values.items()}),
            self.de.format(**{name: _in("de", value) for name, value in values.items()}),
        )


def _in(language: str, value: "int | str | Words") -> str:
    if isinstance(value, Words):
        return value.in_(language)
    if isinstance(value, int):
        return Numbers("de" if language == "de" else "en").number(value, 0)
    return value

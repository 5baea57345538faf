"""What is said in English and in German."""

from datetime import date
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

    def of(self, **values: "int | float | date | str | Words") -> Self:
        """Fill in texts, words, and numbers, shares (floats) and days as each language has them."""
        return type(self)(
            self.en.format(**{name: _in("en", value) for name, value in values.items()}),
            self.de.format(**{name: _in("de", value) for name, value in values.items()}),
        )


def n_rows(count: int) -> Words:
    """Return ``1 row`` or ``1,234 rows``."""
    one, many = Words("{n} row", "{n} Zeile"), Words("{n} rows", "{n} Zeilen")
    return (one if count == 1 else many).of(n=count)


def of_customers(count: int) -> Words:
    """Return ``of 1 customer`` or ``of 1,234 customers``."""
    if count == 1:
        return Words("of 1 customer", "von einem Kunden")
    return Words("of {n} customers", "von {n} Kunden").of(n=count)


def _in(language: str, value: "int | float | date | str | Words") -> str:
    numbers = Numbers("de" if language == "de" else "en")
    match value:
        case Words():
            return value.in_(language)
        case int():
            return numbers.number(value, 0)
        case float():
            return numbers.share(value)
        case date():
            return f"{value:%Y-%m-%d}" if language == "en" else numbers.date(value)
    return value

"""Numbers, money and dates as German and English readers write them on the pages."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

from babel.dates import format_date
from babel.numbers import format_compact_currency, format_currency, format_decimal

from treue.serving.dossier import Language
from treue.serving.formats import format_day, format_value


@dataclass(frozen=True)
class Formats:
    r"""How one language and currency write numbers.

    >>> german = Formats("de", "EUR")
    >>> german.money(-1234.5), german.share(0.634), german.points(-2.0)
    ('−1.234\xa0€', '63\xa0%', '−2 Punkte')
    >>> Formats("en", "EUR").fine_share(0.007), Formats("en", "EUR").short_money(812_345)
    ('0.7%', '€812K')
    """

    language: Language
    currency: str

    def money(self, amount: float) -> str:
        """Write money without cents."""
        return format_value(round(amount) + 0.0, "money", self.language, self.currency)

    def exact_money(self, amount: float) -> str:
        r"""Write money with its cents, if there are any.

        >>> Formats("de", "EUR").exact_money(1120.5), Formats("en", "EUR").exact_money(120)
        ('1.120,50\xa0€', '€120')
        """
        if amount == round(amount):
            return self.money(amount)
        pattern = {"de": "#,##0.00\xa0¤", "en": "¤#,##0.00"}[self.language]
        return str(
            format_currency(
                amount, self.currency, pattern, locale=self.language, currency_digits=False
            )
        )

    def short_money(self, amount: float) -> str:
        """Write money in four or five digits at most, for charts."""
        if abs(amount) < 99_999.5:
            return self.money(amount)
        if abs(amount) < 999_500:
            thousands = self.money(amount / 1_000)
            if self.language == "de":
                return thousands.replace("\xa0", "\xa0T")
            return thousands + "K"
        return str(
            format_compact_currency(amount, self.currency, locale=self.language, fraction_digits=1)
        )

    def share(self, share: float) -> str:
        """Write a share in whole per cent, as the reasons do."""
        return format_value(share, "share", self.language)

    def fine_share(self, share: float) -> str:
        """Write a share to a tenth of a per cent below 1 %, so that a small one is not 0 %."""
        if not 0 < share < 0.00995:
            return self.share(share)
        gap = "\xa0" if self.language == "de" else ""
        return self.exact(100 * share, 1) + gap + "%"

    def number(self, value: float, digits: int = 1) -> str:
        """Write a number to so many decimals at most."""
        pattern = "#,##0." + "#" * digits if digits else "#,##0"
        return str(format_decimal(value, f"{pattern};−{pattern}", locale=self.language))

    def exact(self, value: float, digits: int) -> str:
        """Write a number to just so many decimals."""
        return str(format_decimal(value, "#,##0." + "0" * digits, locale=self.language))

    @lru_cache(maxsize=4_096)  # noqa: B019 (a few Formats live as long as the process)
    def signed(self, points: float) -> str:
        """Write points with their sign, without the word."""
        points = round(points, 1)
        if points == 0:
            return "±0"
        return str(format_decimal(points, "+#,##0.#;−#,##0.#", locale=self.language))

    def points(self, points: float) -> str:
        """Write points with their sign and the word."""
        one, many = {"de": ("Punkt", "Punkte"), "en": ("point", "points")}[self.language]
        return f"{self.signed(points)} {one if abs(round(points, 1)) == 1 else many}"

    @lru_cache(maxsize=4_096)  # noqa: B019
    def date(self, moment: dt.date) -> str:
        """Write a day in short: 01.10.2024 or 1 Oct 2024."""
        return format_day(moment, self.language)

    def long_date(self, moment: dt.date) -> str:
        """Write a day with the month's name."""
        pattern = {"de": "d. MMMM yyyy", "en": "d MMMM yyyy"}[self.language]
        return str(format_date(moment, pattern, locale=self.language))

    def month(self, moment: dt.date) -> str:
        """Write a month and year for an axis."""
        return str(format_date(moment, "MMM yy", locale=self.language))

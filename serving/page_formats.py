"""Numbers, money and dates as German and English readers write them on the pages."""

from __future__ import annotations

from dataclasses import dataclass

from babel.numbers import format_compact_currency, format_currency

from treue.numbers import Numbers
from treue.serving.formats import format_value


@dataclass(frozen=True)
class Formats(Numbers):
    r"""How one language and currency write numbers.

    >>> german = Formats("de", "EUR")
    >>> german.money(-1234.5), german.share(0.634), german.points(-2.0)
    ('−1.234\xa0€', '63\xa0%', '−2 Punkte')
    >>> Formats("en", "EUR").fine_share(0.007), Formats("en", "EUR").short_money(812_345)
    ('0.7%', '€812K')
    """

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

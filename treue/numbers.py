"""Numbers, shares and dates as German and English readers write them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from math import isnan
from typing import Literal

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent


@dataclass(frozen=True)
class Numbers:
    r"""How one language writes numbers.

    >>> german = Numbers("de")
    >>> german.share(0.634), german.points(-2.0), german.exact(0.5, 3)
    ('63\xa0%', '−2 Punkte', '0,500')
    >>> Numbers("en").fine_share(0.007)
    '0.7%'
    """

    language: Literal["de", "en"]

    def share(self, share: float) -> str:
        """Write a share in whole per cent, as the reasons do."""
        pattern = {"de": "#,##0\xa0%;−#,##0\xa0%", "en": "#,##0%;−#,##0%"}[self.language]
        return str(format_percent(share, pattern, locale=self.language))

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
        pattern = "#,##0." + "0" * digits
        return str(format_decimal(value, f"{pattern};−{pattern}", locale=self.language))

    def money(self, amount: float) -> str:
        """Write money in whole units, with cents below 100 where there are any.

        >>> [Numbers("en").money(amount) for amount in (36.666, -0.2, 36.0, 12345.6, -0.001)]
        ['36.67', '−0.20', '36', '12,346', '0']
        """
        amount = round(amount, 2 if abs(amount) < 100 else 0) + 0.0  # 0.0 makes of −0 a 0
        return self.exact(amount, 2 if abs(amount) < 100 and amount != round(amount) else 0)

    def money_between(self, value: float, low: float, high: float) -> str:
        """Write money with its interval, without where that is not known.

        >>> Numbers("en").money_between(1204.4, 980.0, 1431.0)
        '1,204 [980, 1,431]'
        """
        if isnan(low + high):
            return self.money(value)
        ends = "; " if self.language == "de" else ", "
        return f"{self.money(value)} [{self.money(low)}{ends}{self.money(high)}]"

    @lru_cache(maxsize=4_096)  # noqa: B019 (a few of them live as long as the process)
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
        pattern = {"de": "dd.MM.yyyy", "en": "d MMM yyyy"}[self.language]
        return str(format_date(moment, pattern, locale=self.language))

    def long_date(self, moment: dt.date) -> str:
        """Write a day with the month's name."""
        pattern = {"de": "d. MMMM yyyy", "en": "d MMMM yyyy"}[self.language]
        return str(format_date(moment, pattern, locale=self.language))

    def month(self, moment: dt.date) -> str:
        """Write a month and year for an axis."""
        return str(format_date(moment, "MMM yy", locale=self.language))

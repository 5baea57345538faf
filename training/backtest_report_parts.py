"""What the parts of the report are made of, and how they word names, figures and dates."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

from markupsafe import Markup

from treue.models.grade_words import RULE_NAMES
from treue.models.intervals import Interval
from treue.numbers import Numbers
from treue.training.backtest_report_findings import Cutoff, Findings
from treue.training.backtest_report_words import Language, word
from treue.training.rules import RULES
from treue.training.segments import MODEL


@dataclass(frozen=True)
class Table:
    """Heads and rows of text; the first cell of a row names it.

    `words` says that the cells hold words to read instead of figures to compare.
    """

    heads: Sequence[str]
    rows: Sequence[Sequence[str | Markup]]
    words: bool = False


@dataclass(frozen=True)
class Panel:
    """A chart with the table that holds its figures.

    `up` and `along` name its axes, `legend` the shapes of its series.
    """

    title: str
    note: str
    chart: Markup
    table: Table
    legend: Sequence[tuple[Markup, str]] = ()
    up: str = ""
    along: str = ""


@dataclass(frozen=True)
class Tile:
    """One large figure."""

    name: str
    value: str
    under: str
    interval: str


class Worded:
    """The figures of a backtest with the words of one language."""

    def __init__(self, found: Findings, language: Language) -> None:
        self.found = found
        self.language = language
        self.numbers = Numbers(language)

    def word(self, key: str, **values: object) -> str:
        """The words for a key."""
        return word(key, self.language, **values)

    def name(self, name: str) -> str:
        """The model's or a rule's name."""
        return self.word("model") if name == MODEL else self.rule(RULES[name])

    def rule(self, english: str) -> str:
        """A rule by its English name, as grades hold it."""
        return RULE_NAMES[self.language].get(english, english)

    def figure(self, found: Interval, digits: int = 3) -> str:
        """A figure with its interval."""
        if isnan(found.value):
            return "–"
        if isnan(found.low + found.high):
            return self._exact(found.value, digits)
        low, high = (self._exact(end, digits) for end in (found.low, found.high))
        ends = "; " if self.language == "de" else ", "
        return f"{self._exact(found.value, digits)} [{low}{ends}{high}]"

    def _exact(self, value: float, digits: int) -> str:
        return self.numbers.exact(round(value, digits) + 0.0, digits)  # 0.0 makes of −0 a 0

    def when(self, cutoff: Cutoff) -> str:
        """The date of a cutoff."""
        return self.numbers.date(cutoff.when) if cutoff.when else self.word("held_out")

    def short(self, cutoff: Cutoff) -> str:
        """The month of a cutoff."""
        return self.numbers.month(cutoff.when) if cutoff.when else self.word("held_out")

    def range(self, low: float, high: float) -> str:
        """From one share to another; nothing where they are not known."""
        share = self.numbers.fine_share
        return "–" if isnan(low + high) else self.word("range", low=share(low), high=share(high))

    def level(self, value: float) -> str:
        """A value on a scale."""
        return self.numbers.exact(value, 3 if round(value * 100, 6) % 1 else 2)

    def part(self, share: float) -> str:
        """A share on a scale, with a tenth of a per cent where its step has one."""
        if round(share * 100, 6) % 1 == 0:
            return self.numbers.share(share)
        gap = "\xa0" if self.language == "de" else ""
        return f"{self.numbers.exact(100 * share, 1)}{gap}%"

    def told(self, key: str, values: Sequence[float]) -> str:
        """What is read out instead of a chart."""
        return f"{self.word(key)}: " + ", ".join(
            "–" if isnan(value) else self.numbers.exact(value, 3) for value in values
        )

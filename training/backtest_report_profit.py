"""The report's section on money: what the chosen list promised and brought, cutoff by cutoff."""

from math import isnan

from treue.models.intervals import Interval
from treue.training import backtest_report_charts as charts
from treue.training.backtest_report_findings import Cutoff
from treue.training.backtest_report_parts import Panel, Table, Worded
from treue.training.config import Config
from treue.training.profit import Profit

_ROWS = 8  # of the curve's table


class Money(Worded):
    """Profit under the company's own assumptions, where it was judged at every cutoff."""

    def judged(self) -> list[tuple[Cutoff, Profit]]:
        """Each held-out cutoff with its profit; nothing unless each has one of its own."""
        evaluations = self.found.result.evaluations
        found = [
            (cutoff, evaluation.profit)
            for cutoff, evaluation in zip(self.found.cutoffs, evaluations, strict=False)
            if evaluation.profit is not None
        ]
        return found if len(found) == len(self.found.cutoffs) else []

    def note(self, config: Config) -> str:
        """The assumptions."""
        profit = self.judged()[-1][1]
        assumed, numbers = profit.assumptions, self.numbers
        told = self.word(
            "profit_note",
            contact=self._money(assumed.contact_cost),
            concession=self._money(assumed.concession_cost),
            effect=numbers.share(assumed.effect),
            days=assumed.days,
            currency=config.currency,
        )
        if profit.known_margins >= 1:
            return told
        unknown = self.word(
            "profit_unknown",
            share=numbers.fine_share(1 - profit.known_margins),
            value=self._money(config.value.customer_value),
            currency=config.currency,
        )
        return f"{told} {unknown}"

    def panels(self, config: Config) -> list[Panel]:
        """Profit by cutoff, and by length of the list at the last one."""
        return [self._over(config.currency), self._curve(config.currency)]

    def _over(self, currency: str) -> Panel:
        judged = self.judged()
        nan = float("nan")
        series = [
            charts.Series("stated", [(one.chosen.expected, nan, nan) for _, one in judged]),
            charts.Series("came", [_point(one.chosen.realised) for _, one in judged]),
        ]
        names = [
            name
            for name in ("by_probability", "recency_rule", "everybody")
            if all(name in one.others for _, one in judged)
        ]
        return Panel(
            self.word("profit_over", currency=currency),
            self.word("profit_over_note"),
            charts.over_cutoffs(
                series,
                [self.short(cutoff) for cutoff, _ in judged],
                shown=self._money,
                label=f"{self.word('profit_over', currency=currency)}: "
                + ", ".join(
                    f"{self._money(one.chosen.expected)} → {self._money(one.chosen.realised.value)}"
                    for _, one in judged
                ),
                zero=True,
            ),
            Table(
                [
                    *(self.word(key) for key in ("cutoff", "contacted", "expected", "realised")),
                    *(self.word(f"more_than_{name}") for name in names),
                ],
                [
                    [
                        self.when(cutoff),
                        f"{self.numbers.number(one.chosen.contacted, 0)} "
                        f"({self.numbers.fine_share(one.list_share)})",
                        self._money(one.chosen.expected),
                        self._interval(one.chosen.realised),
                        *(self._interval(one.others[name].chosen_minus) for name in names),
                    ]
                    for cutoff, one in judged
                ],
            ),
            [
                (charts.key("stated"), self.word("expected")),
                (charts.key("came"), self.word("realised")),
            ],
        )

    def _curve(self, currency: str) -> Panel:
        cutoff, profit = self.judged()[-1]
        curve = profit.curve
        at = sorted({round(i * (len(curve) - 1) / (_ROWS - 1)) for i in range(_ROWS)})
        at = sorted({*at, int(curve["chosen"].to_numpy().argmax())})
        title = self.word("profit_curve", date=self.when(cutoff), currency=currency)
        rows = curve.iloc[at].to_dict("records")
        return Panel(
            title,
            self.word("profit_curve_note"),
            charts.profit_curve(
                curve,
                list_share=profit.list_share,
                shown=self._money,
                along=self.numbers.share,
                label=f"{title}: "
                + ", ".join(
                    f"{self.numbers.share(row['share'])} → {self._money(row['realised'])}"
                    for row in rows
                ),
            ),
            Table(
                [self.word(key) for key in ("contacted", "expected", "realised")],
                [
                    [
                        f"{self.numbers.number(row['contacted'], 0)} "
                        f"({self.numbers.fine_share(row['share'])})",
                        self._money(row["expected"]),
                        self._interval(Interval(row["realised"], row["low"], row["high"])),
                    ]
                    for row in rows
                ],
            ),
            [
                (charts.key("stated"), self.word("expected")),
                (charts.key("came"), self.word("realised")),
            ],
            along=self.word("contacted_share"),
        )

    def _money(self, amount: float) -> str:
        small = 0 < abs(amount) < 10 and amount != round(amount)
        return (
            self.numbers.exact(amount, 2) if small else self.numbers.number(round(amount) + 0.0, 0)
        )

    def _interval(self, found: Interval | None) -> str:
        if found is None or isnan(found.value):
            return "–"
        if isnan(found.low + found.high):
            return self._money(found.value)
        ends = "; " if self.language == "de" else ", "
        return (
            f"{self._money(found.value)} [{self._money(found.low)}{ends}{self._money(found.high)}]"
        )


def _point(found: Interval) -> charts.Point:
    return float(found.value), float(found.low), float(found.high)

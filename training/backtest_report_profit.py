"""The report's section on money: what the chosen list promised and brought, cutoff by cutoff."""

from math import isnan

from treue.models.intervals import Interval
from treue.training import backtest_report_charts as charts
from treue.training.assumed import source
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
        profit, numbers = self.judged()[-1][1], self.numbers
        told = self.word("profit_note", assumed=self._assumed(config), days=profit.assumptions.days)
        if profit.known_margins >= 1:
            return told
        unknown = self.word(
            "profit_unknown",
            share=numbers.fine_share(1 - profit.known_margins),
            value=self.numbers.money(config.value.customer_value),
            currency=config.currency,
        )
        return f"{told} {unknown}"

    def sentence(self, config: Config) -> str:
        """What the newest list would have brought beside others, and what has not been measured."""
        cutoff, profit = self.judged()[-1]
        when, assumed = self.when(cutoff), self._assumed(config)
        if profit.chosen.contacted == 0:
            return self.word("money_empty", when=when, assumed=assumed)
        compared = [
            self.word(f"money_{name}", more=self._more(more))
            for name in ("everybody", "recency_rule")
            if name in profit.others and (more := profit.others[name].chosen_minus) is not None
        ]
        return self.word(
            "money",
            when=when,
            realised=self._interval(profit.chosen.realised),
            currency=config.currency,
            compared=self.word("money_and").join(compared),
            assumed=assumed,
        )

    def _assumed(self, config: Config) -> str:
        assumed = self.judged()[-1][1].assumptions
        return self.word(
            f"assumed_{source(config)}",
            contact=self.numbers.money(assumed.contact_cost),
            concession=self.numbers.money(assumed.concession_cost),
            effect=self.numbers.share(assumed.effect),
            currency=config.currency,
        )

    def _more(self, more: Interval) -> str:
        return ("+" if more.value > 0 else "") + self._interval(more)

    def panels(self, config: Config) -> list[Panel]:
        """Profit by cutoff, and by length of the list at the last one."""
        return [self._over(config.currency), self._curve(config.currency)]

    def _over(self, currency: str) -> Panel:
        judged = self.judged()
        nan = float("nan")
        series = [
            charts.Series("stated", [(one.chosen.expected, nan, nan) for _, one in judged]),
            charts.Series("came", [charts.point(one.chosen.realised) for _, one in judged]),
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
                shown=self.numbers.money,
                label=f"{self.word('profit_over', currency=currency)}: "
                + ", ".join(
                    f"{self.numbers.money(one.chosen.expected)} → "
                    f"{self.numbers.money(one.chosen.realised.value)}"
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
                        self.numbers.money(one.chosen.expected),
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
                shown=self.numbers.money,
                along=self.numbers.share,
                label=f"{title}: "
                + ", ".join(
                    f"{self.numbers.share(row['share'])} → {self.numbers.money(row['realised'])}"
                    for row in rows
                ),
            ),
            Table(
                [self.word(key) for key in ("contacted", "expected", "realised")],
                [
                    [
                        f"{self.numbers.number(row['contacted'], 0)} "
                        f"({self.numbers.fine_share(row['share'])})",
                        self.numbers.money(row["expected"]),
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

    def _interval(self, found: Interval | None) -> str:
        if found is None or isnan(found.value):
            return "–"
        return self.numbers.money_between(found.value, found.low, found.high)

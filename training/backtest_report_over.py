"""What happened cutoff by cutoff: figures, the advantage over simple rules, the base rate."""

from math import isnan

from treue.models.intervals import LOWER_IS_BETTER, Interval
from treue.training import backtest_report_charts as charts
from treue.training.backtest_report_findings import Cutoff
from treue.training.backtest_report_parts import Panel, Table, Worded


class Over(Worded):
    """Figures by cutoff."""

    def metric_over(self, metric: str) -> Panel:
        """A metric of the model and the rules at each cutoff."""
        cutoffs = self.found.cutoffs
        names = [n for n in self.found.names if not (metric == "auroc" and n == "base_rate")]
        series = [
            charts.Series(name, [charts.point(one.judged.figures[name][metric]) for one in cutoffs])
            for name in names
        ]
        return Panel(
            self.word(f"over_{metric}"),
            "",
            charts.over_cutoffs(
                series,
                [self.short(one) for one in cutoffs],
                shown=self.level,
                label=self.told(f"over_{metric}", [p[0] for p in series[0].points]),
            ),
            Table(
                [self.word("cutoff"), *map(self.name, names)],
                [
                    [
                        self.when(one),
                        *(self.figure(one.judged.figures[name][metric]) for name in names),
                    ]
                    for one in cutoffs
                ],
            ),
            [(charts.key(name), self.name(name)) for name in names],
        )

    def advantage_over(self, metric: str) -> Panel:
        """How far ahead of the best simple rule at each cutoff."""
        cutoffs = self.found.cutoffs
        compared = [getattr(one.grade, metric) for one in cutoffs]
        series = [charts.Series("advantage", [charts.point(one.advantage) for one in compared])]
        beside = [self._beside_logistic(one, metric) for one in cutoffs]
        logistic = [one for one in beside if one is not None]
        legend = [(charts.key("advantage"), self.word("ahead_of_best"))]
        heads = ["cutoff", f"advantage_{metric}", "best_rule"]
        if len(logistic) == len(cutoffs):
            series.append(charts.Series("logistic", [charts.point(one) for one in logistic]))
            legend.append((charts.key("logistic"), self.word("ahead_of_logistic")))
            heads.append("ahead_of_logistic")
        return Panel(
            self.word(f"over_advantage_{metric}"),
            self.word("advantage_note"),
            charts.over_cutoffs(
                series,
                [self.short(one) for one in cutoffs],
                shown=self.level,
                label=self.told(f"over_advantage_{metric}", [p[0] for p in series[0].points]),
                zero=True,
            ),
            Table(
                [self.word(head) for head in heads],
                [
                    [
                        self.when(one),
                        self.figure(each.advantage),
                        self.rule(each.rule_name),
                        *([self.figure(ahead)] if len(series) > 1 and ahead else []),
                    ]
                    for one, each, ahead in zip(cutoffs, compared, beside, strict=True)
                ],
            ),
            legend,
        )

    def _beside_logistic(self, cutoff: Cutoff, metric: str) -> Interval | None:
        minus = cutoff.judged.differences.get("logistic", {}).get(metric)
        if minus is None or metric not in LOWER_IS_BETTER:
            return minus
        return Interval(-minus.value, -minus.high, -minus.low)

    def counts(self) -> Table:
        """Rows, events and grade of each cutoff."""
        target = self.found.result.target
        return Table(
            [
                *(self.word("cutoff"), self.word("customers"), self.word(f"positives_{target}")),
                *(self.word("grade"), self.word("ece"), self.word("ece_by_chance")),
                self.word("drifted"),
            ],
            [
                [
                    self.when(one),
                    self.numbers.number(one.judged.customers, 0),
                    f"{self.numbers.number(one.judged.positives, 0)} "
                    f"({self.numbers.fine_share(one.came.value)})",
                    one.grade.letter if one.ranked else "–",
                    self.numbers.exact(100 * one.grade.ece, 1),
                    self.numbers.exact(100 * one.grade.ece_by_chance, 1),
                    f"{one.drifted} / {len(one.drift)}",
                ]
                for one in self.found.cutoffs
            ],
        )

    def base_rate(self) -> Panel:
        """Stated, observed and training share at each cutoff."""
        cutoffs, share = self.found.cutoffs, self.numbers.fine_share
        nan = float("nan")
        series = [
            charts.Series("stated", [(one.stated, nan, nan) for one in cutoffs]),
            charts.Series("came", [charts.point(one.came) for one in cutoffs]),
            charts.Series("training", [(one.training_share, nan, nan) for one in cutoffs]),
        ]
        return Panel(
            self.word("base_rate"),
            self.word("base_rate_note"),
            charts.over_cutoffs(
                series,
                [self.short(one) for one in cutoffs],
                shown=self.part,
                label=f"{self.word('base_rate')}: "
                + ", ".join(f"{share(one.stated)} → {share(one.came.value)}" for one in cutoffs),
            ),
            Table(
                [self.word(key) for key in ("cutoff", "stated", "came", "training")],
                [
                    [
                        self.when(one),
                        share(one.stated),
                        f"{share(one.came.value)} ({self.range(one.came.low, one.came.high)})",
                        "–" if isnan(one.training_share) else share(one.training_share),
                    ]
                    for one in cutoffs
                ],
            ),
            [(charts.key(one.kind), self.word(one.kind)) for one in series],
        )

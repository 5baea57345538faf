"""The report's sections on how sure the percentages are, and on when it happens."""

from collections.abc import Sequence
from math import isnan, nan

import numpy as np
import pandas as pd

from treue.training import backtest_report_charts as charts
from treue.training.backtest_report_findings import Cutoff
from treue.training.backtest_report_parts import Panel, Table, Worded
from treue.training.certain import Sureness

_DRAWN_GROUPS = 15
_WIDE = 0.6  # beyond it an interval tells little


class Sure(Worded):
    """Coverage of the intervals, and the curve at each horizon."""

    def intervals(self) -> list[tuple[Cutoff, Sureness]]:
        """Each cutoff whose intervals could be judged."""
        evaluations = self.found.result.evaluations
        if len(evaluations) != len(self.found.cutoffs):
            return []
        return [
            (cutoff, one.sureness)
            for cutoff, one in zip(self.found.cutoffs, evaluations, strict=True)
            if one.sureness is not None and not isnan(one.sureness.coverage)
        ]

    def coverage_note(self) -> str:
        """What was stated and what held, over all groups of like customers."""
        judged = [one for _, one in self.intervals()]
        groups = sum(one.groups for one in judged)
        held = sum(one.coverage * one.groups for one in judged) / groups
        counts = [one.groups for one in judged]
        width = float(np.average([one.width for one in judged], weights=counts))
        return self.word(
            "coverage_note",
            width=self.numbers.number(100 * width, 0),
            wide=self.word("coverage_wide") if width > _WIDE else "",
            level=self.numbers.share(judged[-1].level),
            held=self.numbers.share(held),
            groups=self.numbers.number(groups, 0),
            size=judged[-1].group_size,
        )

    def enough_to_draw(self) -> bool:
        """Whether each cutoff has so many groups that a line says more than chance."""
        return min(one.groups for _, one in self.intervals()) >= _DRAWN_GROUPS

    def coverage(self) -> Panel:
        """Stated and held coverage at each cutoff."""
        judged, share = self.intervals(), self.numbers.fine_share
        series = [
            charts.Series("stated", [(one.level, nan, nan) for _, one in judged]),
            charts.Series("came", [(one.coverage, nan, nan) for _, one in judged]),
        ]
        return Panel(
            self.word("coverage_over"),
            "",
            charts.over_cutoffs(
                series,
                [self.short(cutoff) for cutoff, _ in judged],
                shown=self.part,
                label=f"{self.word('coverage_over')}: "
                + ", ".join(f"{share(one.level)} → {share(one.coverage)}" for _, one in judged),
            ),
            Table(
                [
                    self.word(key)
                    for key in ("cutoff", "promised", "held", "alike", "width", "unlike")
                ],
                [
                    [
                        self.when(cutoff),
                        share(one.level),
                        share(one.coverage),
                        self.numbers.number(one.groups, 0),
                        self.numbers.exact(100 * one.width, 0),
                        share(one.unlike),
                    ]
                    for cutoff, one in judged
                ],
            ),
            [
                (charts.key("stated"), self.word("promised")),
                (charts.key("came"), self.word("held")),
            ],
        )

    def horizons(self) -> pd.DataFrame:
        """The curve at each horizon, each cutoff with the weight of its rows.

        Shares and log loss are those of all rows together; ``calibration_error`` is a mean over the
        cutoffs, which is more than that of all rows where errors of cutoffs offset each other.
        """
        parts = self._curves()
        if not parts:
            return pd.DataFrame()
        together = pd.concat(parts, ignore_index=True)
        return pd.DataFrame(
            [
                {
                    "days": days,
                    "rows": rows["rows"].sum(),
                    **{
                        name: float(np.average(rows[name], weights=rows["rows"]))
                        for name in ("happened", "predicted", "calibration_error", "log_loss")
                    },
                }
                for days, rows in together.groupby("days")
            ]
        )

    def _curves(self) -> list[pd.DataFrame]:
        return [one.curve for one in self.found.result.evaluations if len(one.curve)]

    def when_table(self) -> Table:
        """Stated and observed shares by horizon."""
        share, exact = self.numbers.fine_share, self.numbers.exact
        ece = "ece_mean" if len(self._curves()) > 1 else "ece"
        heads = ("within", "rows", "stated", "came", ece, "metric_log_loss")
        return Table(
            [self.word(key) for key in heads],
            [
                [
                    self.word("days", n=int(row["days"])),
                    self.numbers.number(row["rows"], 0),
                    share(row["predicted"]),
                    share(row["happened"]),
                    exact(100 * row["calibration_error"], 1),
                    exact(row["log_loss"], 3),
                ]
                for row in self.horizons().to_dict("records")
            ],
        )

    def when_note(self, churn: str) -> str:
        """What the curve is of."""
        target: Sequence[str] = (
            ("referral",) if self.found.result.target == "referral" else ("churn", churn)
        )
        return self.word(f"when_note_{'_'.join(target)}")

"""What all cutoffs show together: large figures, means, calibration, what a call list finds."""

from collections.abc import Callable, Mapping
from math import isnan

from treue.models.grade import calibrated_to
from treue.models.intervals import Interval
from treue.models.ranked import Floats
from treue.training import backtest_report_charts as charts
from treue.training.backtest_report_findings import MEAN_METRICS, SHARES
from treue.training.backtest_report_parts import Panel, Table, Tile, Worded
from treue.training.segments import MODEL

_LENGTHS = (2, 4, 10, 20, 30, 50, 70)  # per cent of the customers


class Together(Worded):
    """Figures of all cutoffs together."""

    def tiles(self) -> list[Tile]:
        """Four figures that say most, as means over the cutoffs."""
        found, numbers = self.found, self.numbers
        means, best = found.means[MODEL], found.best_rule
        closest = min(
            (name for name in self.found.names if name not in (MODEL, "logistic")),
            key=lambda name: found.means[name]["log_loss"].value,
        )
        return [
            Tile(
                self.word("tile_list"),
                numbers.fine_share(found.listed.value),
                self.word(
                    "tile_list_under",
                    share=numbers.fine_share(found.list_share),
                    rule=self.name(found.list_rule),
                    value=numbers.fine_share(found.rule_listed[found.list_rule]),
                    base=numbers.fine_share(found.base),
                ),
                self._ends(found.listed, numbers.fine_share),
            ),
            *(
                Tile(
                    self.word(f"tile_{metric}"),
                    self._mean(means[metric].value),
                    self.word("tile_rule_under", value=self._mean(found.means[rule][metric].value)),
                    self._ends(means[metric], lambda value: numbers.exact(value, 3)),
                )
                for metric, rule in (("auroc", best), ("log_loss", closest))
            ),
            Tile(
                self.word("tile_ece"),
                numbers.exact(100 * means["ece"].value, 1),
                self.word("tile_ece_under", limit=numbers.number(100 * calibrated_to(found.base))),
                "",  # resampling makes bins noisier, so that its interval lies too high
            ),
        ]

    def _mean(self, value: float) -> str:
        return "–" if isnan(value) else self.numbers.exact(value, 3)

    def _ends(self, found: Interval, shown: Callable[[float], str]) -> str:
        if isnan(found.low + found.high):
            return ""
        return self.word("interval", low=shown(found.low), high=shown(found.high))

    def means(self) -> Table:
        """Each metric of the model and the rules, mean over the cutoffs."""
        means = self.found.means
        return Table(
            [self.word("who"), *(self.word(f"metric_{metric}") for metric in MEAN_METRICS)],
            [
                [self.name(name), *(self.figure(means[name][metric]) for metric in MEAN_METRICS)]
                for name in self.found.names
            ],
        )

    def calibration(self) -> Panel:
        """Stated and observed shares of all cutoffs together."""
        bins = self.found.calibration
        share = self.numbers.fine_share
        rows = bins.to_dict("records")
        return Panel(
            self.word("calibration"),
            self.word("calibration_note"),
            charts.calibration(
                bins,
                shown=self.numbers.share,
                label=f"{self.word('calibration')}: "
                + ", ".join(f"{share(r['predicted'])} → {share(r['observed'])}" for r in rows),
            ),
            Table(
                [self.word("stated"), self.word("came"), "95 %", self.word("rows")],
                [
                    [
                        share(row["predicted"]),
                        share(row["observed"]),
                        self.range(row["low"], row["high"]),
                        self.numbers.number(row["rows"], 0),
                    ]
                    for row in rows
                ],
            ),
            up=self.word("came"),
            along=self.word("stated"),
        )

    def gain(self) -> Panel:
        """Share of all events that lists of each length hold."""
        return self._over_lists("list", self.found.gain, (0.0, 1.0), up="axis_found")

    def hits(self) -> Panel:
        """Share of events on lists of each length."""
        base = self.found.base
        hits = {name: gain * base / SHARES for name, gain in self.found.gain.items()}
        return self._over_lists("list_hits", hits, (base, base), up="axis_hits")

    def _over_lists(
        self, key: str, curves: Mapping[str, Floats], expected: tuple[float, float], *, up: str
    ) -> Panel:
        share = self.numbers.fine_share
        names = [name for name in self.found.names if name != "base_rate"]
        rows = [i for i, part in enumerate(SHARES) if round(100 * part) in _LENGTHS]
        return Panel(
            self.word(key if key != "list" else "list_gain"),
            self.word(f"{key}_note", share=share(self.found.list_share)),
            charts.over_lists(
                {name: curves[name] for name in names},
                SHARES,
                expected=expected,
                list_share=self.found.list_share,
                shown=self.numbers.share,
                label=f"{self.word(up)}: "
                + ", ".join(f"{share(SHARES[i])} → {share(curves[MODEL][i])}" for i in rows),
            ),
            Table(
                [self.word("axis_called"), *map(self.name, names)],
                [[share(SHARES[i]), *(share(curves[name][i]) for name in names)] for i in rows],
            ),
            [(charts.key(name), self.name(name)) for name in names],
            up=self.word(up),
            along=self.word("axis_called"),
        )

"""The report's table of features that have moved."""

from math import isnan

import pandas as pd
from markupsafe import Markup

from treue.features.catalogue import describe
from treue.training import backtest_report_charts as charts
from treue.training.backtest_report_parts import Table, Worded
from treue.training.drift import LARGE, NOTICEABLE

_MOST_FEATURES = 12
_REACH = 1.0  # a bar is full from here on


class Moved(Worded):
    """The features that have moved farthest at the last cutoff."""

    def note(self) -> str:
        """How many have moved; empty where nothing is known of features."""
        last = self.found.cutoffs[-1]
        if last.drift.empty:
            return ""
        return self.word(
            "drift_note" if last.when else "drift_note_customers",
            some=self.numbers.exact(NOTICEABLE, 1),
            large=self.numbers.exact(LARGE, 2),
            date=self.when(last),
            n=last.drifted,
            all=len(last.drift),
        )

    def table(self) -> Table:
        """Feature, index, and what it was and is."""
        rows = []
        for row in self.found.cutoffs[-1].drift.head(_MOST_FEATURES).to_dict("records"):
            feature = describe(row["feature"])
            name = feature.de if self.language == "de" else feature.en
            unit = feature.unit
            if isinstance(row["level"], str):
                name, unit = f"{name}: {self.word('share_of', level=row['level'])}", "share"
            bar = charts.drift_bar(row["psi"], _REACH, (NOTICEABLE, LARGE))
            rows.append(
                [
                    name[:1].upper() + name[1:],
                    Markup('<span class="with-bar">{}<span>{}</span></span>').format(
                        bar, self.numbers.exact(row["psi"], 2)
                    ),
                    self._measured(row["before"], unit, row["before_missing"]),
                    self._measured(row["now"], unit, row["now_missing"]),
                ]
            )
        heads = [self.word(key) for key in ("feature", "psi", "before", "now")]
        return Table(heads, rows)

    def _measured(self, value: float, unit: str, missing: float) -> str:
        """A median or share, and how many values are missing."""
        numbers = self.numbers
        if pd.isna(value):
            told = "–"
        elif unit == "share":
            told = numbers.fine_share(value)
        elif unit == "change":  # (now - before) / (now + before), told as the change
            change = max(2 * value / (1 - value), -1.0) if value < 1 else float("inf")
            told = self.word("from_nothing") if change > 10 else numbers.share(change)
            told = f"+{told}" if 0 < change <= 10 else told
        else:
            told = numbers.number(value, 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2)
        if isnan(missing) or missing < 0.005:
            return told
        return f"{told} ({self.word('none_missing', share=numbers.share(missing))})"

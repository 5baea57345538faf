"""What was measured of explaining, what is asked of it, and both as a part of a page."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import lightgbm as lgb
import numpy as np

FEW = 3_000  # from here on we are to be ahead with the set-up counted


@dataclass
class Case:
    """Boosters, and what was measured of them."""

    title: str
    boosters: list[lgb.Booster]
    contrib_rows: int
    least: float = 0.0
    seconds: dict[str, list[float]] = field(default_factory=dict)
    facts: dict[str, float] = field(default_factory=dict)

    def rate(self, way: str) -> float:
        return float(np.median(self.seconds[way]))

    def ratio(self, way: str, of: str) -> float:
        """Median over the rounds of how much longer another way took a row."""
        return float(np.median(np.divide(self.seconds[of], self.seconds[way])))

    def measure(self, way: str, run: Callable[[], Any], rows: int) -> Any:
        started = time.process_time()
        found = run()
        self.seconds.setdefault(way, []).append((time.process_time() - started) / rows)
        return found


@dataclass(frozen=True)
class Bar:
    """A figure with what it must reach."""

    what: str
    found: float
    least: float | None = None
    most: float | None = None

    @property
    def reached(self) -> bool:
        return (self.least is None or self.found >= self.least) and (
            self.most is None or self.found <= self.most
        )

    def as_row(self) -> str:
        asked = f"≥ {self.least:,g}" if self.least is not None else f"≤ {self.most:,g}"
        number = f"{self.found:.0e}" if self.found < 1e-3 else f"{self.found:,.3g}"
        if self.found >= 100:
            number = f"{self.found:,.0f}"
        return f"| {self.what} | {asked} | {number} | {'yes' if self.reached else '**missed**'} |"


def bars(cases: list[Case], interventional: Case) -> list[Bar]:
    """Return what is asked of the figures."""
    small = cases[0]
    worst = {
        fact: max(case.facts[fact] for case in cases)
        for fact in ("deviation", "additivity", "kept MB")
    }
    return [
        *(
            Bar(
                f"{case.title}: × LightGBM's explanation", case.ratio("ours", "contrib"), case.least
            )
            for case in cases
        ),
        Bar(f"{small.title}: × LightGBM's prediction", small.ratio("ours", "predict"), 2),
        Bar("Relative to 100 background rows: × shap", interventional.ratio("ours", "shap"), 1_000),
        Bar(f"{small.title}: set-up, s of CPU", small.rate("set-up"), most=5),
        Bar(
            f"{FEW:,} rows with set-up: × LightGBM's explanation, least of the models",
            min(case.ratio("ours, few", "contrib") for case in cases),
            1,
        ),
        Bar("Largest deviation from LightGBM", worst["deviation"], most=1e-11),
        Bar("Largest miss of additivity", worst["additivity"], most=1e-11),
        Bar("Memory that a plan keeps, MB", worst["kept MB"], most=100),
    ]


def as_markdown(cases: list[Case], interventional: Case) -> str:
    head = "rows a second | × LightGBM's explanation | × LightGBM's prediction | set-up "
    few = f"| {FEW:,} rows with set-up, × LightGBM's"
    small = cases[0]
    lines = [
        "| asked | bar | found | reached |",
        "|---|---|---|---|",
        *(bar.as_row() for bar in bars(cases, interventional)),
        "",
        f"| model | {head} {few} | kept | deviation | additivity |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for case in cases:
        kept = f"{case.facts['kept MB']:.0f} MB"
        if case.facts["kept MB"] < case.facts["tables MB"]:
            kept += f" (tables of {case.facts['tables MB']:.0f} MB made in turn)"
        lines.append(
            f"| {case.title} | {1 / case.rate('ours'):,.0f} "
            f"| **{case.ratio('ours', 'contrib'):.0f}** "
            f"| **{case.ratio('ours', 'predict'):.2f}** | {case.rate('set-up'):.1f} s "
            f"| {case.ratio('ours, few', 'contrib'):.1f} | {kept} "
            f"| {case.facts['deviation']:.0e} | {case.facts['additivity']:.0e} |"
        )
    lines += [
        "",
        "LightGBM's own, rows a second: "
        + "; ".join(
            f"{case.title}: {1 / case.rate('contrib'):,.0f} explained, "
            f"{1 / case.rate('predict'):,.0f} predicted"
            for case in cases
        )
        + ".",
        "",
        "One row at a time, its plan ready: "
        + "; ".join(
            f"{case.title}: {1e3 * case.rate('one row'):.2f} ms, "
            f"{case.rate('one row') / case.rate('predict one row'):.1f} × LightGBM's prediction"
            for case in cases
        )
        + ".",
        "",
        f"{FEW:,} rows in a process of its own, what it loads counted (numba, compiled functions; "
        f"{small.title}): {FEW * small.rate('process: ours, fresh'):.1f} s of CPU, "
        f"**{small.ratio('process: ours, fresh', 'process: contrib'):.1f}** × LightGBM's "
        f"{FEW * small.rate('process: contrib'):.1f} s; with the plan from its file "
        f"{FEW * small.rate('process: ours, cached'):.1f} s, "
        f"**{small.ratio('process: ours, cached', 'process: contrib'):.1f}** ×.",
        "",
        f"Relative to 100 background rows ({interventional.title}): "
        f"{1 / interventional.rate('ours'):,.0f} rows a second, "
        f"**{interventional.ratio('ours', 'shap'):,.0f}** × shap's "
        f"{1 / interventional.rate('shap'):,.0f}; set-up {interventional.rate('set-up'):.1f} s, "
        f"deviation from shap, which reckons weights in single precision, "
        f"{interventional.facts['deviation']:.0e}, additivity "
        f"{interventional.facts['additivity']:.0e}.",
    ]
    return "\n".join(lines) + "\n"

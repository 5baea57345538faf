"""The tables of the bench, from what is kept; runs nothing."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from asides import intervals_held, small_data, time_to_train
from cells import LEAST_SHARE, METHODS, TREUE, Cell, Method
from judge import SHOWN, Figures, ece_by_chance, figures
from sets import PANELS, ROOT, SETS, Set, panel_of

from treue.models.intervals import LOWER_IS_BETTER

sys.path.insert(0, str(ROOT / "tests" / "benchmarks"))
from docs_page import PAGE, replace_part

HEADS = {
    "auroc": "AUROC",
    "average_precision": "average precision",
    "log_loss": "log loss",
    "brier": "Brier",
    "ece": "ECE",
    "lift_10": "lift at 10 %",
    "empc": "EMPC",
}
RULES = ("base_rate", "recency_rule")


@dataclass(frozen=True)
class Judged:
    """All that is kept of one set: method -> cutoff -> figures."""

    one: Set
    cutoffs: list[datetime]
    found: dict[str, dict[datetime, Figures]]
    failed: dict[str, dict[datetime, str]]
    stale: set[str]
    robbed: set[str]
    seconds: dict[str, float]
    rows: dict[datetime, tuple[int, float]]

    def gap(self, peer: str, metric: str) -> tuple[float, np.ndarray] | None:
        """Ours minus a peer's and its replicates, on the mean over the cutoffs that both have."""
        ours, theirs = self.found.get(TREUE, {}), self.found.get(peer, {})
        both = [(ours[one], theirs[one]) for one in self.cutoffs if one in ours and one in theirs]
        if not both:
            return None
        draws = np.mean([a.draws[metric] - b.draws[metric] for a, b in both], axis=0)
        return float(np.mean([a.value[metric] - b.value[metric] for a, b in both])), draws


def told(gaps: list[tuple[float, np.ndarray]], metric: str) -> str:
    """The mean of differences with its interval: bold where ours is ahead beyond noise."""
    if not gaps:
        return "–"
    value = float(np.mean([gap for gap, _ in gaps]))
    low, high = np.nanquantile(np.mean([draws for _, draws in gaps], axis=0), [0.025, 0.975])
    words = f"{value:+.4f} [{low:+.4f}, {high:+.4f}]"
    if metric in LOWER_IS_BETTER:
        low, high = -high, -low
    return f"**{words}**" if low > 0 else f"*{words}* (behind)" if high < 0 else words


def judged(one: Set) -> Judged | None:
    """What is kept of a set; None where it has no panel yet."""
    if not (PANELS / f"{one.panel or one.name}.json").exists():
        return None
    panel = panel_of(one)
    cutoffs = panel.judged(one)
    kept = {
        (method.name, cutoff): cell
        for method in METHODS
        for cutoff in cutoffs
        if comparable(cell := Cell(one, panel, cutoff, method))
    }
    everyone: set[str] = set()
    for cutoff in cutoffs:
        there = [cell for (_, when), cell in kept.items() if when == cutoff]
        if any(cell.predictions.exists() for cell in there):
            first = next(cell for cell in there if cell.predictions.exists())
            everyone |= set(first.frame().index)
    customers = pd.Index(sorted(everyone))
    result = Judged(one, cutoffs, {}, {}, set(), set(), {}, {})
    for (name, cutoff), cell in kept.items():
        facts = cell.kept()
        assert facts is not None
        if facts["failed"]:
            result.failed.setdefault(name, {})[cutoff] = facts["failed"]
            continue
        if not cell.fresh():
            result.stale.add(name)
        if cell.robbed():
            result.robbed.add(name)
        frame = cell.frame()
        result.rows[cutoff] = (len(frame), float(frame["outcome"].mean()))
        result.found.setdefault(name, {})[cutoff] = figures(cell, customers)
        result.seconds[name] = result.seconds.get(name, 0.0) + facts["cpu_seconds"]
    return result


def comparable(cell: Cell) -> bool:
    """Whether something is kept that was made of today's panel and columns."""
    facts = cell.kept()
    if facts is None:
        return False
    now, then = cell.identity(), facts["identity"]
    return all(then[name] == now[name] for name in ("panel", "columns", "target"))


def text() -> str:
    """All tables as Markdown."""
    there = [judged(one) for one in SETS if one.available]
    found = [result for result in there if result is not None and result.found]
    if not found:
        return "nothing is there yet\n"
    counted = [one for one in found if not one.one.note]
    parts = [versions(), "#### Treue minus each peer, mean over the cutoffs that both have\n"]
    parts += [gaps(found, "auroc"), gaps(found, "log_loss"), together(counted)]
    parts += [of_set(one) for one in found]
    parts += [few_customers(), intervals(), time_to_train(), failures(found)]
    return "\n".join(part for part in parts if part)


def gaps(found: list[Judged], metric: str) -> str:
    """A row a peer, a column a set: ours minus theirs."""
    peers = [m for m in METHODS if m.name != TREUE and any(m.name in one.found for one in found)]
    names = [one.one.name + " †" * bool(one.one.note) for one in found]
    lines = [f"| {HEADS[metric]}: Treue minus | mean | " + " | ".join(names) + " |"]
    lines.append("|---" * (len(names) + 2) + "|")
    for peer in peers:
        gaps_of = {one.one.name: one.gap(peer.name, metric) for one in found}
        counted = [gaps_of[one.one.name] for one in found if not one.one.note]
        cells = [told([gap for gap in counted if gap is not None], metric)]
        cells += [told([gap] if gap is not None else [], metric) for gap in gaps_of.values()]
        lines.append(f"| {peer.title} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def together(found: list[Judged]) -> str:
    """Mean over sets and cutoffs of the methods that have every cutoff that Treue has."""
    there = [one for one in found if TREUE in one.found]
    whole = [
        method
        for method in METHODS
        if all(set(one.found[TREUE]) <= set(one.found.get(method.name, {})) for one in there)
    ]
    if not there:
        return ""
    names = ", ".join(one.one.name for one in there)
    lines = [f"#### Mean over {names}, each set weighing the same\n"]
    lines += ["Only methods that have every cutoff of them.\n"]
    lines += ["| method | " + " | ".join(HEADS.values()) + " |"]
    lines.append("|---" * (len(HEADS) + 1) + "|")
    for method in whole:
        means = [
            float(np.mean([mean_of(one, method, metric) for one in there])) for metric in SHOWN
        ]
        cells = [shown(metric, x) for metric, x in zip(SHOWN, means, strict=True)]
        lines.append(f"| {method.title} | " + " | ".join(cells) + " |")
    (ours,) = (method for method in METHODS if method.name == TREUE)
    chance = [
        np.mean([ece_by_chance(Cell(one.one, panel_of(one.one), at, ours)) for at in one.cutoffs])
        for one in there
    ]
    lines.append(
        f"\nProbabilities as right as can be would have a mean ECE of {np.mean(chance):.3f} on "
        f"these customers by chance alone, {max(chance):.3f} on the smallest set (outcomes drawn "
        "from Treue's probabilities)."
    )
    return "\n".join(lines) + "\n"


def mean_of(one: Judged, method: Method, metric: str) -> float:
    """Mean of a metric over the cutoffs that a method has."""
    return float(np.mean([cell.value[metric] for cell in one.found[method.name].values()]))


def shown(metric: str, value: float) -> str:
    """A figure with the digits that its metric deserves."""
    return f"{value:.4f}" if metric in ("auroc", "log_loss", "brier") else f"{value:.3f}"


def of_set(one: Judged) -> str:
    """Every method's means, then AUROC and log loss cutoff by cutoff."""
    days = ", ".join(f"{cutoff:%Y-%m-%d}" for cutoff in one.cutoffs)
    rows = "; ".join(f"{n:,} customers, {share:.3f}" for n, share in one.rows.values())
    lines = [f"#### {one.one.title} (`{one.one.name}`)\n"]
    lines += [f"† {one.one.note}.\n"] if one.one.note else []
    what = "left" if one.one.target == "churn" else "recommended"
    lines += [f"Cutoffs {days}; judged {rows} of them {what}.\n"]
    lines += ["| method | cutoffs | " + " | ".join(HEADS.values()) + " | CPU s a cutoff |"]
    lines.append("|---" * (len(HEADS) + 3) + "|")
    for method in METHODS:
        there = one.found.get(method.name)
        if not there:
            continue
        star = " ‡" * (method.name in one.stale) + " §" * (method.name in one.robbed)
        means = [shown(metric, mean_of(one, method, metric)) for metric in SHOWN]
        seconds = f"{one.seconds[method.name] / len(there):.0f}"
        lines.append(
            f"| {method.title}{star} | {len(there)} of {len(one.cutoffs)} | "
            + " | ".join([*means, seconds])
            + " |"
        )
    if len(one.cutoffs) > 1:
        lines += ["", by_cutoff(one)]
    if one.stale:
        lines += ["", "‡ made by earlier sources or versions."]
    if one.robbed:
        had = f"{LEAST_SHARE:.0%}".replace("%", " %")
        lines += ["", f"§ other work on the machine left it under {had} of its time limit."]
    return "\n".join(lines) + "\n"


def by_cutoff(one: Judged) -> str:
    """AUROC / log loss of every method at every cutoff."""
    lines = ["| AUROC / log loss | " + " | ".join(f"{c:%Y-%m-%d}" for c in one.cutoffs) + " |"]
    lines.append("|---" * (len(one.cutoffs) + 1) + "|")
    for method in METHODS:
        there = one.found.get(method.name)
        if not there or method.name in RULES:
            continue
        cells = [
            f"{there[c].value['auroc']:.4f} / {there[c].value['log_loss']:.4f}"
            if c in there
            else "–"
            for c in one.cutoffs
        ]
        lines.append(f"| {method.title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def few_customers() -> str:
    """The table of small_data.py under its heading."""
    table = small_data()
    return f"#### Few customers: Treue minus each simple rule, mean over seeds\n\n{table}" * bool(
        table
    )


def intervals() -> str:
    """The table of intervals_held.py under its heading."""
    table = intervals_held()
    if not table:
        return ""
    return (
        "#### Intervals: groups of like customers that lay in theirs\n\n"
        "At every cutoff before which three label windows had ended (of some sets every second or "
        "fourth one), not only where methods are compared: groups of one horizon rise and fall "
        "together, so that horizons are what is drawn for the 95 % intervals. The mean is of sets "
        "without †. Grocery cohort, donors, Complete Journey, cosmetics and retail transactions "
        "are public data read from `TREUE_EXTRA_DATA`; how intervals are made was chosen without "
        f"them.\n\n{table}"
    )


def failures(found: list[Judged]) -> str:
    """Cells that failed, with their reasons; and methods that could not be had at all."""
    lines = [
        f"- {one.one.name}, {method.title}, {cutoff:%Y-%m-%d}: {why.replace(f'{ROOT}/', '')}"
        for one in found
        for method in METHODS
        for cutoff, why in one.failed.get(method.name, {}).items()
    ]
    return "\n".join(["#### What failed\n", *lines]) + "\n" if lines else ""


def versions() -> str:
    """The peers' versions, as locked."""
    names = {f"{method.package} {method.locked()}" for method in METHODS if not method.ours}
    return "Peers: " + ", ".join(sorted(names)) + ".\n"


def write_page() -> None:
    """Replace the part of docs/benchmarks.md."""
    page = replace_part(PAGE.read_text(encoding="utf-8"), "quality", text())
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    print(text())

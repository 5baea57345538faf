"""The tables of the bench, from what is kept; runs nothing."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from cells import METHODS, TREUE, Cell, Method, locked
from judge import SHOWN, Figures, difference, figures
from sets import PANELS, ROOT, SETS, Set, panel_of

sys.path.insert(0, str(ROOT / "tests" / "benchmarks"))
from real_data import PAGE, replace_part

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
    seconds: dict[str, float]
    rows: dict[datetime, tuple[int, float]]

    def versus(self, peer: str, metric: str, cutoffs: list[datetime] | None = None) -> str:
        """Ours minus a peer's with its interval, over the cutoffs that both have."""
        ours, theirs = self.found.get(TREUE, {}), self.found.get(peer, {})
        both = [one for one in cutoffs or self.cutoffs if one in ours and one in theirs]
        if not both:
            return "–"
        gap = difference([ours[one] for one in both], [theirs[one] for one in both], metric)
        told = f"{gap.value:+.4f} [{gap.low:+.4f}, {gap.high:+.4f}]"
        better = gap.high < 0 if metric == "log_loss" else gap.low > 0
        worse = gap.low > 0 if metric == "log_loss" else gap.high < 0
        return f"**{told}**" if better else f"*{told}* (behind)" if worse else told


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
        cell = next((cell for (_, when), cell in kept.items() if when == cutoff), None)
        if cell is not None and cell.predictions.exists():
            everyone |= set(cell.frame().index)
    customers = pd.Index(sorted(everyone))
    result = Judged(one, cutoffs, {}, {}, set(), {}, {})
    for (name, cutoff), cell in kept.items():
        facts = cell.kept()
        assert facts is not None
        if facts["failed"]:
            result.failed.setdefault(name, {})[cutoff] = facts["failed"]
            continue
        if not cell.fresh():
            result.stale.add(name)
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
    found = [result for one in SETS if (result := judged(one)) is not None and result.found]
    if not found:
        return "nothing is there yet\n"
    counted = [one for one in found if not one.one.note]
    parts = [versions(), "#### Treue minus each peer, mean over the cutoffs of a set\n"]
    parts += [gaps(found, "auroc"), gaps(found, "log_loss"), together(counted)]
    parts += [of_set(one) for one in found]
    parts.append(failures(found))
    return "\n".join(part for part in parts if part)


def gaps(found: list[Judged], metric: str) -> str:
    """A row a peer, a column a set: ours minus theirs."""
    peers = [m for m in METHODS if m.name != TREUE and any(m.name in one.found for one in found)]
    names = [one.one.name + (" †" if one.one.note else "") for one in found]
    lines = [f"| {HEADS[metric]}: Treue minus | " + " | ".join(names) + " |"]
    lines.append("|---" * (len(names) + 1) + "|")
    for peer in peers:
        cells = [one.versus(peer.name, metric) for one in found]
        lines.append(f"| {peer.title} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def together(found: list[Judged]) -> str:
    """Mean over sets and cutoffs of every method that has them all, sets weighing the same."""
    lines = ["#### Mean over the sets that count, each set weighing the same\n"]
    lines += ["| method | sets | " + " | ".join(HEADS.values()) + " |"]
    lines.append("|---" * (len(HEADS) + 2) + "|")
    for method in METHODS:
        there = [one for one in found if method.name in one.found]
        if not there:
            continue
        means = [np.mean([mean_of(one, method, metric) for one in there]) for metric in SHOWN]
        lines.append(
            f"| {method.title} | {len(there)} of {len(found)} | "
            + " | ".join(shown(metric, x) for metric, x in zip(SHOWN, means, strict=True))
            + " |"
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
        star = " ‡" if method.name in one.stale else ""
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


def failures(found: list[Judged]) -> str:
    """Cells that failed, with their reasons; and methods that could not be had at all."""
    lines = [
        f"- {one.one.name}, {method.title}, {cutoff:%Y-%m-%d}: {why}"
        for one in found
        for method in METHODS
        for cutoff, why in one.failed.get(method.name, {}).items()
    ]
    return "\n".join(["#### What failed\n", *lines]) + "\n" if lines else ""


def versions() -> str:
    """The peers' versions, as locked."""
    names = {method.package for method in METHODS if not method.ours}
    return "Peers: " + ", ".join(f"{name} {locked(name)}" for name in sorted(names)) + ".\n"


def write_page() -> None:
    """Replace the part of docs/benchmarks.md."""
    page = replace_part(PAGE.read_text(encoding="utf-8"), "quality", text())
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    print(text())

"""What small_data.py, intervals_held.py and time_to_train.py found, as text for the page."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from sets import BUILD

SMALL = BUILD / "small"
TIMES = BUILD / "time_to_train.json"
INTERVALS = BUILD / "intervals"
RULES = {
    "base_rate": "base rate",
    "recency_rule": "recency rule",
    "bg_nbd": "BG/NBD",
    "logistic": "logistic",
}


def small_data() -> str:
    """A row a set, size and simple rule: Treue minus the rule, its mean over seeds."""
    cases: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for path in sorted(SMALL.glob("*.json")):
        seed = json.loads(path.read_text(encoding="utf-8"))
        cases.setdefault((seed["customers"], seed["set"]), []).append(seed["figures"])
    rows = []
    for (customers, title), found in sorted(cases.items()):
        for rule, words in RULES.items():
            both = [one for one in found if "treue" in one and rule in one]
            if len(both) < 2:
                continue
            cells = [
                over_seeds([one["treue"][metric] - one[rule][metric] for one in both], sign)
                for metric, sign in (("auroc", 1), ("log_loss", -1))
            ]
            rows.append(" | ".join([title, f"{customers:,}", str(len(both)), words, *cells]))
    if not rows:
        return ""
    heads = (
        "| set | customers | seeds | Treue minus | AUROC | log loss |\n|---|---|---|---|---|---|\n"
    )
    return heads + "".join(f"| {row} |\n" for row in rows)


def over_seeds(gaps: list[float], sign: int) -> str:
    """A mean with its 95 % interval by Student's t; bold where ahead, `sign` saying which way."""
    mean = float(np.mean(gaps))
    half = stats.t.ppf(0.975, len(gaps) - 1) * np.std(gaps, ddof=1) / np.sqrt(len(gaps))
    words = f"{mean:+.4f} [{mean - half:+.4f}, {mean + half:+.4f}]"
    if sign * mean - half > 0:
        return f"**{words}**"
    return f"*{words}* (behind)" if sign * mean + half < 0 else words


def intervals_held() -> str:
    """A row a set: the share of groups of like customers that lay in their interval.

    The interval of the mean is of the sets with more than one horizon to draw.
    """
    found = [json.loads(path.read_text(encoding="utf-8")) for path in INTERVALS.glob("*/*.json")]
    sets: dict[str, list[dict[str, Any]]] = {}
    for one in sorted(found, key=lambda one: (not one["counted"], one["title"], one["cutoff"])):
        sets.setdefault(one["title"], []).append(one)
    if not sets:
        return ""
    rng = np.random.default_rng(0)
    drawn = {title: _redrawn(cutoffs, rng) for title, cutoffs in sets.items()}
    rows = [_held(title, cutoffs, drawn[title]) for title, cutoffs in sets.items()]
    counted = [title for title, cutoffs in sets.items() if cutoffs[0]["counted"]]
    held = float(np.mean([_share(sets[title]) for title in counted]))
    off = [drawn[title] - _share(sets[title]) for title in counted if drawn[title].std() > 0]
    low, high = held + np.quantile(np.mean(off, axis=0), [0.025, 0.975])
    rows.append(
        f"| **mean of those that count** | | | | | **{held:.3f} [{low:.3f}, {high:.3f}]** | |\n"
    )
    head = "| set | cutoffs | horizons | groups | stated | held | mean width |\n"
    return head + "|---|---|---|---|---|---|---|\n" + "".join(rows)


def _share(cutoffs: list[dict[str, Any]]) -> float:
    """Share of groups held, each cutoff weighing the same."""
    return float(np.nanmean([one["coverage"] for one in cutoffs]))


def _horizons(cutoffs: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Cutoffs of one horizon together: their label windows overlap."""
    days = [pd.Timestamp(one["cutoff"]) for one in cutoffs]
    length = pd.Timedelta(days=cutoffs[0]["horizon_days"])
    blocks: dict[int, list[dict[str, Any]]] = {}
    for day, one in zip(days, cutoffs, strict=True):
        blocks.setdefault((day - days[0]) // length, []).append(one)
    return list(blocks.values())


def _redrawn(cutoffs: list[dict[str, Any]], rng: np.random.Generator) -> np.ndarray:
    """The share held on 2,000 draws of horizons, with replacement."""
    blocks = _horizons(cutoffs)
    drawn = rng.integers(len(blocks), size=(2_000, len(blocks)))
    return np.array([_share([one for at in draw for one in blocks[at]]) for draw in drawn])


def _held(title: str, cutoffs: list[dict[str, Any]], drawn: np.ndarray) -> str:
    groups = sum(one["groups"] for one in cutoffs)
    width = float(np.mean([one["width"] for one in cutoffs]))
    blocks = len(_horizons(cutoffs))
    held = f"{_share(cutoffs):.3f}"
    if blocks > 1:
        held += " [{:.3f}, {:.3f}]".format(*np.quantile(drawn, [0.025, 0.975]))
    title += "" if cutoffs[0]["counted"] else " †"
    cells = (title, len(cutoffs), blocks, groups, f"{cutoffs[0]['level']:.2f}", held)
    return f"| {' | '.join(map(str, cells))} | {width:.2f} |\n"


def time_to_train() -> str:
    """One paragraph; empty where nothing was timed."""
    if not TIMES.exists():
        return ""
    found = json.loads(TIMES.read_text(encoding="utf-8"))
    return (
        f"Training on Online Retail II ({found['rows']:,} rows of {found['cutoffs']} monthly "
        f"cutoffs, {found['columns']} columns) takes {found['wall']['ours']:.1f} s, a plain "
        f"LightGBM with the same folds and parameters {found['wall']['plain']:.1f} s: "
        f"**{found['wall_ratio']:.2f} times** (of CPU time {found['cpu_ratio']:.2f} times); "
        f"medians of {found['rounds']} turns, one after the other.\n"
    )

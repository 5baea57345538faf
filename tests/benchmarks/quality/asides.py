"""What small_data.py, intervals_held.py and time_to_train.py found, as text for the page."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from scipy import stats
from sets import BUILD

SMALL = BUILD / "small"
TIMES = BUILD / "time_to_train.json"
INTERVALS = BUILD / "intervals.json"
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
    """A row a set: how many groups of like customers lay in their interval."""
    if not INTERVALS.exists():
        return ""
    found = json.loads(INTERVALS.read_text(encoding="utf-8"))
    sets: dict[str, list[dict[str, Any]]] = {}
    for one in found:
        sets.setdefault(one["title"], []).append(one)
    rows = [_held(title, cutoffs) for title, cutoffs in sets.items()]
    head = "| set | cutoffs | groups | stated | held | mean width |\n|---|---|---|---|---|---|\n"
    return head + "".join(rows)


def _held(title: str, cutoffs: list[dict[str, Any]]) -> str:
    groups = np.array([one["groups"] for one in cutoffs])
    held = float(groups @ np.array([one["coverage"] for one in cutoffs]) / groups.sum())
    width = float(np.mean([one["width"] for one in cutoffs]))
    cells = (title, len(cutoffs), groups.sum(), f"{cutoffs[0]['level']:.2f}")
    return f"| {' | '.join(map(str, cells))} | {held:.3f} | {width:.2f} |\n"


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

"""Whether intervals hold what they state, at every cutoff of the bench's sets that can be judged.

    uv run python tests/benchmarks/quality/intervals_held.py [--sets NAME ...] [--every N]

Customers of a judged cutoff stand in the order of their probability, in groups of the size that the
interval speaks of; counted is how many groups' shares lay in their interval. Groups of one cutoff
rise and fall together, and cutoffs within one horizon too, so that the few cutoffs that methods are
compared at prove nothing of nine in ten: here every cutoff is judged before which at least three
label windows had ended. Results are kept under build/quality/intervals, and made anew when Treue's
sources or the panel change.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from datetime import datetime

import numpy as np
import pandas as pd
from asides import INTERVALS, intervals_held
from cells import sources_of
from scipy.special import logit
from sets import LABELS, SETS, Panel, Set, panel_of

from treue.models.level import level_observed
from treue.training.certain import sureness_of
from treue.training.fit import fit

LEAST_CUTOFFS = 3
"""Training cutoffs: with fewer there is no rolling backtest to learn intervals from."""


def judged(one: Set, panel: Panel, every: int) -> list[datetime]:
    """Every cutoff with a past to learn from, from the latest backwards.

    A set made of a longer stretch of another set's data is judged where the bench judges it.
    """
    if one.name == "aw2013":
        return panel.judged(one)
    able = [c for c in panel.cutoffs if len(panel.train_cutoffs(c)) >= LEAST_CUTOFFS]
    return able[::-1][::every]


def main() -> None:
    """Fit at every judged cutoff, and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="+", choices=[one.name for one in SETS])
    parser.add_argument("--every", type=int, default=1, help="only each so-many-th cutoff")
    given = parser.parse_args()
    sources = sources_of("training/certain.py") + sources_of("training/fit.py")
    for one in SETS:
        if not one.available or (given.sets and one.name not in given.sets):
            continue
        panel, label = panel_of(one), LABELS[one.target]
        rows = panel.frame()
        for cutoff in judged(one, panel, given.every):
            stamp = f"{sources} {panel.meta['fingerprint']}"
            path = INTERVALS / one.name / f"{cutoff:%Y-%m-%d}.json"
            if path.exists() and json.loads(path.read_text(encoding="utf-8"))["stamp"] == stamp:
                continue
            known = pd.to_datetime(panel.train_cutoffs(cutoff))
            bundle = fit(rows[rows["cutoff"].isin(known)], one.target, config=panel.config)
            test = rows[rows["cutoff"] == pd.Timestamp(cutoff)]
            outcome = test[label].to_numpy(dtype=float)
            p = bundle.model.predict_proba(test)[:, 1]
            sure = sureness_of(bundle, test, outcome, p)
            assert sure is not None
            shift = level_observed(logit(np.clip(p, 1e-9, 1 - 1e-9)), outcome)
            found = {
                "stamp": stamp,
                "set": one.name,
                "title": one.title,
                "counted": not one.note,
                "cutoff": cutoff.isoformat(),
                "horizon_days": panel.meta["horizon_days"],
                "shift": shift,
                "drift": bundle.certainty.drift if bundle.certainty else None,
                **asdict(sure),
            }
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(found, indent=1), encoding="utf-8")
            print(one.name, f"{cutoff:%Y-%m-%d} {sure.coverage:.3f} of {sure.groups}", flush=True)
    print(intervals_held())


if __name__ == "__main__":
    main()

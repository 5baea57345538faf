"""Whether intervals hold what they state, on the bench's sets and cutoffs.

    uv run python tests/benchmarks/quality/intervals_held.py

Customers of a judged cutoff stand in the order of their probability, in groups of the size that the
interval speaks of; counted is how many groups' shares lay in their interval. Groups of one cutoff
rise and fall together, so that few cutoffs prove little. Kept in build/quality/intervals.json.
"""

from __future__ import annotations

import json
from dataclasses import asdict

import pandas as pd
from asides import INTERVALS, intervals_held
from sets import LABELS, SETS, panel_of

from treue.training.certain import sureness_of
from treue.training.fit import fit


def main() -> None:
    """Fit at every judged cutoff, and count."""
    found = []
    for one in SETS:
        if not one.available:
            continue
        panel, label = panel_of(one), LABELS[one.target]
        rows = panel.frame()
        for cutoff in panel.judged(one):
            known = pd.to_datetime(panel.train_cutoffs(cutoff))
            bundle = fit(rows[rows["cutoff"].isin(known)], one.target, config=panel.config)
            test = rows[rows["cutoff"] == pd.Timestamp(cutoff)]
            p = bundle.model.predict_proba(test)[:, 1]
            sure = sureness_of(bundle, test, test[label].astype(int), p)
            assert sure is not None
            found.append({"set": one.name, "title": one.title, **asdict(sure)})
            print(one.name, f"{cutoff:%Y-%m-%d}", f"{sure.coverage:.3f} of {sure.groups}")
    INTERVALS.write_text(json.dumps(found, indent=1), encoding="utf-8")
    print(intervals_held())


if __name__ == "__main__":
    main()

"""How near the models come to the truth that only a simulation knows: a part of docs/benchmarks.md.

    uv run python tests/benchmarks/simulated.py

20,000 simulated customers, Treue's defaults, cutoffs two months apart, judged at the last one.
"""

from __future__ import annotations

import os
import sys

import numpy as np
import pandas as pd
from docs_page import PAGE, replace_part

from treue.features.simulate import KNOWN_DRIVERS, simulate
from treue.models.explain import explain
from treue.models.intervals import paired_difference, summary
from treue.training.backtest import split
from treue.training.config import Config
from treue.training.fit import fit
from treue.training.prepare import prepare

CUSTOMERS = 20_000
LATEST = 9  # cutoffs used, the last of them held out


def main() -> None:
    """Simulate, fit, compare with the oracle, write."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    company = simulate(CUSTOMERS, seed=1)
    config = Config.model_validate({"cutoffs": {"every_months": 2}})
    first = pd.Timestamp(company.observed_until) - pd.DateOffset(days=90, months=2 * (LATEST - 1))
    cutoffs = config.cutoffs.model_copy(update={"first": first.to_pydatetime()})
    config = config.model_copy(update={"cutoffs": cutoffs})
    prepared = prepare(config, base_dir=PAGE.parent, tables=company.tables, progress=print)
    training, held_out = split(prepared.panel, config=config)
    cutoff = held_out["cutoff"].iloc[0].to_pydatetime()
    print(f"fitting on {len(training)} rows, judging {len(held_out)} at {cutoff:%Y-%m-%d}")
    bundle = fit(training, "churn", config=config, families=prepared.families)
    found = bundle.model.predict_proba(held_out)[:, 1]
    truth = company.true_churn_probability(cutoff, horizon=config.label.horizon_days)
    oracle = truth.reindex(held_out["customer_id"]).to_numpy()
    outcome = held_out["churned"].to_numpy()
    figures = {
        name: summary(outcome, p)
        for name, p in (("**Treue**", found), ("true probability", oracle))
    }
    lines = ["| | AUROC | log loss | ECE |", "|---|---|---|---|"]
    for name, one in figures.items():
        cells = [
            f"{one[m].value:.4f} [{one[m].low:.4f}, {one[m].high:.4f}]"
            for m in ("auroc", "log_loss", "ece")
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    gap = paired_difference("log_loss", outcome, found, oracle)
    base = figures["true probability"]["log_loss"].value
    lines += [
        "",
        f"{len(held_out):,} held-out customers at {cutoff:%Y-%m-%d}, {outcome.mean():.3f} churned, "
        f"{len(training):,} training rows. Treue's log loss is {100 * gap.value / base:.1f} % "
        f"[{100 * gap.low / base:.1f}, {100 * gap.high / base:.1f}] above the true probability's.",
        "",
        "| known driver | its rank among the features | correlation of value and contribution |",
        "|---|---|---|",
    ]
    sample = held_out.sample(4000, random_state=0)
    explained = explain(bundle.model, sample)
    sizes = pd.Series(np.abs(explained.contributions).mean(axis=0), explained.feature_names)
    ranks = sizes.rank(ascending=False).astype(int)
    for name, sign in KNOWN_DRIVERS.items():
        place = list(explained.feature_names).index(name)
        effect = pd.Series(explained.contributions[:, place])
        correlation = sample[name].reset_index(drop=True).corr(effect, method="spearman")
        arrow = "raises" if sign > 0 else "lowers"
        lines.append(
            f"| `{name}` ({arrow} churn) | {ranks[name]} of {len(ranks)} | {correlation:+.2f} |"
        )
    text = "\n".join(lines) + "\n"
    print(text)
    page = replace_part(PAGE.read_text(encoding="utf-8"), "simulated", text)
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

"""The bench against peers: what is kept is made again when, and only when, it must be."""

import json
import os
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import cells
import judge
import numpy as np
import pandas as pd
import pytest
from pareto import ParetoNBD
from sets import Panel, Set

from treue.models.bgnbd import rfm_summary
from treue.models.intervals import paired_difference

ROOT = Path(__file__).resolve().parents[2]
CUTOFFS = [datetime(2024, month, 1) for month in (1, 4, 7)]
TWO = Set("two", "Two", lambda: pytest.fail("nothing is read here"), 1)
SAMPLE = Path(os.environ.get("TREUE_DATA", ROOT.parent / "shared" / "data"), "cdnow/sample.parquet")


@pytest.fixture
def cell(tmp_path, monkeypatch):
    monkeypatch.setattr(cells, "BUILD", tmp_path)
    meta = {
        "fingerprint": "of the panel",
        "horizon_days": 90,
        "cutoffs": [cutoff.isoformat() for cutoff in CUTOFFS],
        "features": ["recency_days", "always_one", "calendar_sin"],
        "categorical": [],
        "constant": {cutoff.isoformat(): ["always_one"] for cutoff in CUTOFFS},
    }
    method = cells.Method("recency_rule", "recency rule", "ours.py", "models/baselines.py")
    return cells.Cell(TWO, Panel(tmp_path / "two.parquet", meta), CUTOFFS[-1], method)


def keep(cell, p, *, outcome=None):
    cell.folder.mkdir(parents=True, exist_ok=True)
    kept = {"identity": cell.identity(), "failed": "", "seconds": 1.0}
    cell.result.write_text(json.dumps(kept), encoding="utf-8")
    n = len(p)
    frame = pd.DataFrame({"customer_id": [f"{i:03}" for i in range(n)], "outcome": outcome, "p": p})
    frame.to_parquet(cell.predictions, index=False)


def test_what_is_kept_is_fresh_until_something_it_was_made_of_changes(cell):
    assert not cell.fresh()
    keep(cell, np.array([0.5]), outcome=[1])
    assert cell.fresh()
    cell.panel.meta["fingerprint"] = "of another panel"
    assert not cell.fresh()


def test_only_cutoffs_whose_windows_have_ended_teach_and_only_columns_that_vary(cell):
    assert cell.panel.train_cutoffs(CUTOFFS[-1]) == CUTOFFS[:2]
    assert cell.panel.columns(CUTOFFS[-1]) == ["recency_days"]


def test_sources_behind_fit_are_followed_through_imports(tmp_path, monkeypatch):
    for folder in ("models", "training"):
        (tmp_path / folder).mkdir()
    (tmp_path / "training" / "fit.py").write_text("from treue.models.trees import Trees\n")
    (tmp_path / "models" / "trees.py").write_text("LEAVES = 12\n")
    (tmp_path / "models" / "pages.py").write_text("TITLE = 'a'\n")
    monkeypatch.setattr(cells, "ROOT", tmp_path)
    before = cells.sources_of.__wrapped__("training/fit.py")
    (tmp_path / "models" / "pages.py").write_text("TITLE = 'b'\n")
    assert cells.sources_of.__wrapped__("training/fit.py") == before
    (tmp_path / "models" / "trees.py").write_text("LEAVES = 13\n")
    assert cells.sources_of.__wrapped__("training/fit.py") != before


def test_a_method_that_had_little_of_its_time_is_said_to_be_robbed(cell):
    timed = cells.Cell(cell.one, cell.panel, cell.cutoff, SimpleNamespace(name="a", limit_s=100))
    timed.folder.mkdir(parents=True)
    for seconds, cpu, robbed in ((200, 40, True), (200, 90, False), (90, 40, False)):
        kept = {"failed": "", "slowdown": 2.0, "seconds": seconds, "cpu_seconds": cpu}
        timed.result.write_text(json.dumps(kept), encoding="utf-8")
        assert timed.robbed() is robbed


def test_replicates_differ_as_the_paired_bootstrap_of_the_models_does(cell):
    rng = np.random.default_rng(0)
    outcome = rng.integers(2, size=300)
    ids = pd.Index([f"{i:03}" for i in range(300)])
    found, predictions = [], []
    for noise in (0.8, 1.2):
        p = 1 / (1 + np.exp(-(2 * outcome - 1 + rng.normal(0, noise, 300))))
        keep(cell, p, outcome=outcome)
        predictions.append(p)
        found.append(judge.figures(cell, ids))
    draws = found[0].draws["auroc"] - found[1].draws["auroc"]
    expected = paired_difference("auroc", outcome, *predictions, groups=ids)
    assert found[0].value["auroc"] - found[1].value["auroc"] == pytest.approx(expected.value)
    low, high = np.quantile(draws, [0.025, 0.975])
    assert [low, high] == pytest.approx([expected.low, expected.high], abs=0.015)


@pytest.mark.skipif(not SAMPLE.exists(), reason=f"no {SAMPLE}; set TREUE_DATA")
def test_pareto_nbd_finds_the_parameters_published_for_cdnow():
    sample = pd.read_parquet(SAMPLE).rename(columns={"date": "purchased_at"})
    known = rfm_summary(sample, pd.Timestamp("1997-09-30"))[["x", "t_x", "T"]].to_numpy(float)
    found = ParetoNBD.fit(*known.T)
    assert found == pytest.approx((0.553, 10.578, 0.606, 11.669), rel=2e-3)
    assert found.log_likelihood(*known.T).sum() == pytest.approx(-9595.0, abs=0.1)
    p = found.probability_no_purchase(13, *known.T)
    assert ((p > 0) & (p <= 1)).all()

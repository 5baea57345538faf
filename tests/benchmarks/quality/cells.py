"""One cell is one method at one cutoff of one set: its identity, its run, what is kept of it.

What is kept (``build/quality/cells/SET/CUTOFF/METHOD.json`` and the predictions beside it) holds
the identity it was made under. A cell is run again when its identity has changed: another panel,
other columns, another version of the method, or, for Treue, other sources behind `fit`.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from sets import BUILD, LABELS, ROOT, Panel, Set

HERE = Path(__file__).resolve().parent
ENVIRONMENTS = {"peers.py": HERE, "second.py": HERE / "second"}  # runner -> its project
SEED = 0
LEAST_SHARE = 0.6  # of its limit that a method must have had in CPU time, else it was robbed
_SLOWEST = 8.0  # a limit is stretched at most so much while the machine has other work


@dataclass(frozen=True)
class Method:
    """How a method is run, and what makes its result a new one.

    Attributes
    ----------
    runner
        Script of this folder; `ours.py` runs in the project's own environment.
    package
        Whose locked version belongs to the identity; or, for our own, the module whose imports do.
    limit_s
        Time limit that the method itself keeps, in seconds of an idle machine; 0: it has none.
    revision
        Raised when the runner's code for it changes in effect.
    last
        Only the so many latest cutoffs of a set; None: all.
    churn_only
        It says nothing of recommendations.
    """

    name: str
    title: str
    runner: str
    package: str
    limit_s: int = 0
    revision: int = 1
    last: int | None = None
    churn_only: bool = False

    @property
    def ours(self) -> bool:
        """Run by the project's own interpreter."""
        return self.runner == "ours.py"

    def version(self) -> str:
        """What makes a result of this method a new one."""
        if self.ours:
            return f"{sources_of(self.package)} {self.revision}"
        return f"{self.package} {self.locked()} {self.limit_s} s {self.revision}"

    def locked(self) -> str:
        """The version of its package that the lock of its environment names."""
        return locked(ENVIRONMENTS[self.runner] / "uv.lock")[self.package]


METHODS = (
    Method("base_rate", "base rate", "ours.py", "models/baselines.py"),
    Method("recency_rule", "recency rule", "ours.py", "models/baselines.py"),
    Method("bg_nbd", "BG/NBD", "ours.py", "models/baselines.py", churn_only=True),
    Method(
        "pareto_nbd",
        "Pareto/NBD",
        "ours.py",
        "tests/benchmarks/quality/pareto.py",
        churn_only=True,
    ),
    Method("treue", "**Treue**", "ours.py", "training/fit.py"),
    Method("spline_logistic", "spline logistic", "peers.py", "scikit-learn"),
    Method("catboost", "CatBoost", "peers.py", "catboost"),
    Method("flaml", "FLAML", "peers.py", "flaml", limit_s=60),
    Method("autogluon_medium", "AutoGluon medium", "peers.py", "autogluon-tabular", limit_s=120),
    Method("autogluon_best", "AutoGluon best", "peers.py", "autogluon-tabular", 300, last=2),
    Method("featuretools", "featuretools", "second.py", "featuretools", last=2),
    Method("getml", "getML", "second.py", "getml", last=2),
)
TREUE = "treue"


@dataclass(frozen=True)
class Cell:
    """One method at one cutoff of one set."""

    one: Set
    panel: Panel
    cutoff: datetime
    method: Method

    @property
    def folder(self) -> Path:
        """Where its cutoff's results lie."""
        return BUILD / "cells" / self.one.name / f"{self.cutoff:%Y-%m-%d}"

    @property
    def result(self) -> Path:
        """The small file with what is known of the run."""
        return self.folder / f"{self.method.name}.json"

    @property
    def predictions(self) -> Path:
        """``customer_id, outcome, p`` of every judged row."""
        return self.folder / f"{self.method.name}.parquet"

    def identity(self) -> dict[str, str]:
        """All that the result depends on."""
        columns = " ".join(self.panel.columns(self.cutoff))
        return {
            "set": self.one.name,
            "target": self.one.target,
            "cutoff": self.cutoff.isoformat(),
            "method": self.method.name,
            "version": self.method.version(),
            "panel": self.panel.meta["fingerprint"],
            "columns": hashlib.sha256(columns.encode()).hexdigest()[:16],
        }

    def kept(self) -> dict[str, Any] | None:
        """What is kept, of whatever identity; None where nothing is."""
        if not self.result.exists():
            return None
        return dict(json.loads(self.result.read_text(encoding="utf-8")))

    def fresh(self) -> bool:
        """Whether what is kept is still what a run would give."""
        kept = self.kept()
        return kept is not None and kept["identity"] == self.identity()

    def robbed(self) -> bool:
        """Whether the machine's other work took a time-limited method's time: worth a retry."""
        kept = self.kept()
        if kept is None or kept["failed"] or not self.method.limit_s:
            return False
        at_the_limit = kept["seconds"] >= 0.9 * kept["slowdown"] * self.method.limit_s
        return bool(at_the_limit and kept["cpu_seconds"] < LEAST_SHARE * self.method.limit_s)

    def frame(self) -> pd.DataFrame:
        """The kept predictions, by customer."""
        return pd.read_parquet(self.predictions).set_index("customer_id").sort_index()

    def run(self, *, threads: int, limit_s: int) -> dict[str, Any]:
        """Run it in a process of its own, keep what came of it, a failure with its reason."""
        self.folder.mkdir(parents=True, exist_ok=True)
        identity = self.identity()
        drafts = self.folder / f".{self.method.name}.{os.getpid()}"
        slowdown = _slowdown() if self.method.limit_s else 1.0
        job = {
            "panel": str(self.panel.path),
            "cutoff": self.cutoff.isoformat(),
            "train_cutoffs": [one.isoformat() for one in self.panel.train_cutoffs(self.cutoff)],
            "columns": self.panel.columns(self.cutoff),
            "categorical": self.panel.meta["categorical"],
            "horizon_days": self.panel.meta["horizon_days"],
            "target": self.one.target,
            "label": LABELS[self.one.target],
            "method": self.method.name,
            "limit_s": round(self.method.limit_s * slowdown),
            "threads": threads,
            "seed": SEED,
            "predictions": f"{drafts}.parquet",
            "result": f"{drafts}.result",
        }
        note = Path(f"{drafts}.job")
        note.write_text(json.dumps(job), encoding="utf-8")
        runner = self.method.runner
        python = sys.executable if self.method.ours else str(environment(runner) / "bin" / "python")
        failed, started = "", time.perf_counter()
        try:
            done = subprocess.run(
                [python, str(HERE / runner), str(note)],
                timeout=max(limit_s, 3 * job["limit_s"] + 300),
                capture_output=True,
                text=True,
                env={**os.environ, "OMP_NUM_THREADS": str(threads)},
                cwd=HERE,
            )
            if done.returncode:
                failed = (done.stderr.strip() or f"exit {done.returncode}").splitlines()[-1][:300]
        except subprocess.TimeoutExpired as late:
            failed = f"stopped after {late.timeout:.0f} s"
        kept: dict[str, Any] = {"identity": identity, "failed": failed, "slowdown": slowdown}
        kept["wall_seconds"] = time.perf_counter() - started
        if not failed:
            kept |= json.loads(Path(job["result"]).read_text(encoding="utf-8"))
            Path(job["predictions"]).replace(self.predictions)
        self.result.write_text(json.dumps(kept, indent=1), encoding="utf-8")
        for leftover in self.folder.glob(f"{drafts.name}.*"):
            leftover.unlink()
        return kept


def _slowdown() -> float:
    """How many wall seconds a second of this process takes: a limit in wall time is stretched."""
    started, used = time.perf_counter(), time.process_time()
    while time.process_time() - used < 1.0 and time.perf_counter() - started < 30:
        sum(range(10_000))
    share = (time.perf_counter() - started) / max(time.process_time() - used, 1e-3)
    return min(max(share, 1.0), _SLOWEST)


@cache
def locked(lock: Path) -> dict[str, str]:
    """Package -> version in a lock."""
    packages = tomllib.loads(lock.read_text(encoding="utf-8"))["package"]
    return {one["name"]: one["version"] for one in packages}


def environment(runner: str) -> Path:
    """Where the environment of a runner lies."""
    return BUILD / runner.removesuffix(".py")


@cache
def sources_of(module: str) -> str:
    """Fingerprint of a module and of all of models/ and training/ that it comes to import."""
    seen: dict[Path, bytes] = {}
    waiting = [ROOT / module]
    while waiting:
        path = waiting.pop()
        if path in seen or not path.exists():
            continue
        seen[path] = path.read_bytes()
        for node in ast.walk(ast.parse(seen[path])):
            names = []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{one.name}" for one in node.names)]
            elif isinstance(node, ast.Import):
                names = [one.name for one in node.names]
            for name in names:
                if name.startswith(("treue.models", "treue.training")):
                    stem = ROOT.joinpath(*name.split(".")[1:])
                    waiting += [stem.with_suffix(".py"), stem / "__init__.py"]
    digest = hashlib.sha256()
    for path in sorted(seen):
        digest.update(str(path.relative_to(ROOT)).encode() + seen[path])
    return digest.hexdigest()[:16]

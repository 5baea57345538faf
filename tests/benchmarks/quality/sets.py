"""The sets that methods are compared on, and their panels, kept under build/quality/panels."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from treue.features.panel import feature_columns
from treue.features.simulate import simulate
from treue.features.tables import Tables
from treue.models.bgnbd import rfm_summary
from treue.training.config import Config, load_config
from treue.training.prepare import Prepared, prepare

ROOT = Path(__file__).resolve().parents[3]
BUILD = ROOT / "build" / "quality"
PANELS = BUILD / "panels"
EXTRA = os.environ.get("TREUE_EXTRA_DATA")
LABELS = {"churn": "churned", "referral": "referred"}
_YEAR = timedelta(days=365)


Read = Callable[[], tuple[Config, Prepared]]


@dataclass(frozen=True)
class Set:
    """One data set, horizon and target, judged at `cutoffs` of its panel.

    Attributes
    ----------
    cutoffs
        Days (YYYY-MM-DD) judged, or how many of the latest.
    note
        Why it is shown but left out of means; empty where it counts.
    panel
        Name of the set whose panel it shares.
    extra
        Folder under TREUE_EXTRA_DATA that it needs, if any.
    """

    name: str
    title: str
    read: Read
    cutoffs: tuple[str, ...] | int
    target: str = "churn"
    note: str = ""
    panel: str = ""
    extra: str = ""

    @property
    def available(self) -> bool:
        """Whether its data may be had; those of others only where TREUE_EXTRA_DATA names them."""
        return not self.extra or (EXTRA is not None and Path(EXTRA, self.extra).is_dir())


def example(name: str, horizon_days: int, **cutoffs: Any) -> Read:
    """A set of docs/examples at a horizon."""
    path = ROOT / "docs" / "examples" / f"{name}.toml"

    def read() -> tuple[Config, Prepared]:
        config = load_config(path)
        label = config.label.model_copy(update={"horizon_days": horizon_days})
        moved = config.cutoffs.model_copy(update=cutoffs)
        config = config.model_copy(update={"label": label, "cutoffs": moved})
        return config, prepare(config, base_dir=path.parent)

    return read


def company(customers: int) -> Read:
    """The simulator's company."""

    def read() -> tuple[Config, Prepared]:
        tables = simulate(customers, seed=1).tables
        return Config(), prepare(Config(), base_dir=ROOT, tables=tables)

    return read


def extra(name: str) -> Read:
    """A folder of TREUE_EXTRA_DATA with a treue.toml of its own."""

    def read() -> tuple[Config, Prepared]:
        folder = Path(str(EXTRA)) / name
        config = load_config(folder / "treue.toml")
        return config, prepare(config, base_dir=folder)

    return read


def _extra(name: str, title: str, cutoffs: int, note: str = "") -> Set:
    return Set(f"x_{name}", title, extra(name), cutoffs, note=note, extra=name)


GENERATED = "generated data: shown, not counted"
SETS: tuple[Set, ...] = (
    Set(
        "cdnow180",
        "CDNOW, 180 days",
        example("cdnow", 180),
        ("1997-12-01", "1998-01-01"),
    ),
    Set(
        "cdnow90",
        "CDNOW, 90 days",
        example("cdnow", 90),
        ("1998-02-01", "1998-03-01", "1998-04-01"),
    ),
    Set("or90", "Online Retail II, 90 days", example("online_retail_ii", 90), 4),
    Set("aw180", "AdventureWorks resellers, 180 days", example("adventureworks_resellers", 180), 6),
    Set(
        "aw2013",
        "AdventureWorks resellers, 180 days, 2013",
        example("adventureworks_resellers", 180, last=None),
        1,
        note="orders of 2013 follow a generated schedule: shown, not counted, not to be quoted",
    ),
    Set("company", "Simulated company, churn, 90 days", company(3000), 2, note=GENERATED),
    Set(
        "company_referral",
        "Simulated company, referral, 90 days",
        company(3000),
        2,
        target="referral",
        note=GENERATED,
        panel="company",
    ),
    _extra("grocery_elog", "Grocery cohort, 90 days", 2),
    _extra("essec_donors", "Donors, 365 days", 2),
    _extra("completejourney", "Complete Journey households, 14 days", 2),
    _extra("completejourney_deli", "Complete Journey, deli counter, 30 days", 2),
    _extra("shopify_cosmetics", "Cosmetics shop", 2),
    _extra("retail_cs", "Retail transactions, 60 days", 2, note=GENERATED),
)


@dataclass(frozen=True)
class Panel:
    """A set's panel as kept on disk: what a cell needs without reading it."""

    path: Path
    meta: dict[str, Any]

    @property
    def config(self) -> Config:
        """Today's defaults with the label and the cutoffs of the set."""
        return Config.model_validate(self.meta["config"])

    def frame(self) -> pd.DataFrame:
        """The rows."""
        panel = pd.read_parquet(self.path)
        for name in self.meta["categorical"]:
            panel[name] = panel[name].astype("category")
        return panel

    def everybody(self, cutoff: datetime) -> pd.DataFrame:
        """``x, t_x, T`` in days of every customer at a cutoff; see `rfm_summary`."""
        rows = pd.read_parquet(self.path.with_suffix(".everybody.parquet"))
        return rows[rows["cutoff"] == pd.Timestamp(cutoff)].drop(columns="cutoff")

    def train_cutoffs(self, cutoff: datetime) -> list[datetime]:
        """Cutoffs whose label window had ended."""
        horizon = timedelta(days=self.meta["horizon_days"])
        return [known for known in self.cutoffs if known + horizon <= cutoff]

    @property
    def cutoffs(self) -> list[datetime]:
        """All of them, oldest first."""
        return [datetime.fromisoformat(one) for one in self.meta["cutoffs"]]

    def judged(self, one: Set) -> list[datetime]:
        """The cutoffs that a set judges at."""
        if isinstance(one.cutoffs, int):
            return self.cutoffs[-one.cutoffs :]
        return [known for known in self.cutoffs if f"{known:%Y-%m-%d}" in one.cutoffs]

    def columns(self, cutoff: datetime) -> list[str]:
        """Feature columns that vary in training; no calendar where the labels cover under a year.

        The same for every method: a season seen once only misleads all of them.
        """
        train = self.train_cutoffs(cutoff)
        covered = train[-1] + timedelta(days=self.meta["horizon_days"]) - train[0]
        constant = self.meta["constant"][train[-1].isoformat()]
        left_out = {*constant, *(("calendar_sin", "calendar_cos") if covered < _YEAR else ())}
        return [name for name in self.meta["features"] if name not in left_out]


def panel_of(one: Set, *, rebuild: bool = False) -> Panel:
    """The kept panel of a set, built where there is none."""
    path = PANELS / f"{one.panel or one.name}.parquet"
    if rebuild or not path.with_suffix(".json").exists():
        config, prepared = one.read()
        assert prepared.tables is not None
        keep(path, prepared.panel, prepared.tables, config)
    return Panel(path, json.loads(path.with_suffix(".json").read_text(encoding="utf-8")))


def keep(path: Path, panel: pd.DataFrame, tables: Tables, config: Config) -> None:
    """Write a panel, what BG/NBD asks of everybody, the events, and what a cell needs to know."""
    path.parent.mkdir(parents=True, exist_ok=True)
    features = feature_columns(panel)
    cutoffs = sorted(pd.to_datetime(panel["cutoff"].unique()))
    constant = {
        cutoff.isoformat(): [
            name
            for name, levels in panel.loc[panel["cutoff"] <= cutoff, features]
            .nunique(dropna=False)
            .items()
            if levels < 2
        ]
        for cutoff in cutoffs
    }
    categorical = [name for name in features if isinstance(panel[name].dtype, pd.CategoricalDtype)]
    panel = panel.astype(dict.fromkeys(categorical, object))
    panel.to_parquet(path, index=False)
    everybody = [_everybody(tables, cutoff).assign(cutoff=cutoff) for cutoff in cutoffs]
    pd.concat(everybody).to_parquet(path.with_suffix(".everybody.parquet"), index=False)
    events = path.with_suffix(".events")
    events.mkdir(exist_ok=True)
    for name, frame in tables.frames.items():
        frame.to_pandas().to_parquet(events / f"{name}.parquet", index=False)
    unset = config.model_dump(mode="json", exclude_unset=True)
    hashed = pd.util.hash_pandas_object(panel.astype(str), index=False).to_numpy().tobytes()
    meta = {
        "fingerprint": hashlib.sha256(hashed).hexdigest()[:16],
        "horizon_days": config.label.horizon_days,
        "config": {name: unset[name] for name in ("label", "cutoffs") if name in unset},
        "labels": [name for name in LABELS.values() if name in panel],
        "cutoffs": [cutoff.isoformat() for cutoff in cutoffs],
        "features": features,
        "categorical": categorical,
        "constant": constant,
    }
    path.with_suffix(".json").write_text(json.dumps(meta, indent=1), encoding="utf-8")


def _everybody(tables: Tables, cutoff: pd.Timestamp) -> pd.DataFrame:
    rows = tables.known_at(cutoff.to_pydatetime()).frames["purchases"].to_pandas()
    if "is_return" in rows:
        rows = rows[~rows["is_return"].fillna(False).astype(bool)]
    return rfm_summary(rows[["customer_id", "purchased_at"]], cutoff, unit="1D")

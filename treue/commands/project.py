"""A treue.toml with what lies around it: tables beside it, and its models in MLflow."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from treue.commands.shared import step

if TYPE_CHECKING:
    import pandas as pd

    from treue.features.tables import Tables
    from treue.serving.predict import Predictor
    from treue.training.config import Config

TARGETS = ("churn", "referral")


@dataclass(frozen=True)
class Project:
    """The configuration, where it lies, and the MLflow store of its models.

    Attributes
    ----------
    config, path
        What treue.toml says, and the file itself; paths in it are relative to its folder.
    tracking_uri
        MLFLOW_TRACKING_URI, else a SQLite file beside treue.toml.
    """

    config: Config
    path: Path
    tracking_uri: str

    @property
    def base_dir(self) -> Path:
        """The folder of treue.toml."""
        return self.path.parent

    def model_name(self, target: str) -> str:
        """Name under which the models of a target are registered."""
        return f"{self.config.tracking.model_prefix}-{target}"

    def tables(self) -> Tables:
        """Read and check the tables."""
        from treue.training.prepare import read

        return read(self.config, base_dir=self.base_dir)

    def ready_panel(self) -> pd.DataFrame:
        """Read the panel that [panel] names."""
        from treue.training.ready_panel import read_ready_panel

        assert self.config.panel is not None
        return read_ready_panel(self.config.panel, base_dir=self.base_dir).panel

    def champions(self) -> dict[str, Predictor]:
        """Load the models in use by target; at least one, and it is said which one is missing."""
        load_lightgbm()
        from treue.features.catalogue import load_family
        from treue.serving.predict import Predictor
        from treue.serving.registry import NoModelError

        own = [load_family(self.base_dir / path) for path in self.config.features.families]
        found: dict[str, Predictor] = {}
        missing: dict[str, NoModelError] = {}
        for target in TARGETS:
            uri = f"models:/{self.model_name(target)}@champion"
            try:
                found[target] = Predictor.load(
                    uri, tracking_uri=self.tracking_uri, own_families=own
                )
            except NoModelError as error:
                missing[target] = error
        if not found:
            raise missing[TARGETS[0]]
        for target in missing:
            if target == "referral" and not self._knows_referrals:
                continue
            step(f"There is no {target} model in use; going on without it.")
        return found

    @property
    def _knows_referrals(self) -> bool:
        """Whether there is anything a referral model could be trained on."""
        if self.config.panel is not None:
            return self.config.panel.referred is not None
        return "referrals" in self.config.tables


def load_lightgbm() -> None:
    """Load LightGBM without scikit-learn, which it takes along wherever that is installed.

    It takes a second to load, for LightGBM's wrappers, which no command needs. The library leaves
    LightGBM as it is: a program that uses Treue may want them.
    """
    if "lightgbm" in sys.modules or "sklearn" in sys.modules:
        return
    sys.modules["sklearn"] = None  # type: ignore[assignment]  # meanwhile it cannot be imported
    try:
        import lightgbm  # noqa: F401
    finally:
        del sys.modules["sklearn"]


def open_project(path: Path) -> Project:
    """Read treue.toml; a missing one is a mistake whose message says where to find a first."""
    from treue.features.errors import TreueError
    from treue.training.config import load_config

    if not path.exists():
        raise TreueError(
            f"{path}: no such file; treue demo writes an example into treue-demo/treue.toml, "
            "-c names another one"
        )
    beside = f"sqlite:///{path.parent.resolve() / 'mlflow.db'}"
    return Project(load_config(path), path, os.environ.get("MLFLOW_TRACKING_URI") or beside)

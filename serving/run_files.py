"""What a training left in MLflow beside a model: its pictures, and what the data are good for."""

from __future__ import annotations

import logging
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from treue.serving.registry import is_registry_uri, require_store

log = logging.getLogger(__name__)

USABILITY = "usability.txt"
_PARENT = "mlflow.parentRunId"


@dataclass(frozen=True)
class RunFiles:
    """Pictures of a model's training by name, PNG, and the usability of its data as text."""

    pictures: dict[str, bytes] = field(default_factory=dict)
    usability: str = ""


def run_files(source: str, *, tracking_uri: str | None = None) -> RunFiles:
    """Fetch what lies beside a model in MLflow; nothing of it is needed to score.

    Parameters
    ----------
    source
        ``models:/<name>@<alias>`` or ``models:/<name>/<version>``, as of `Predictor.source`; a
        folder has nothing beside it.
    tracking_uri
        The store; without it MLFLOW_TRACKING_URI, else ``sqlite:///mlflow.db``.
    """
    if not is_registry_uri(source) or source.startswith("runs:/"):
        return RunFiles()
    store = require_store(tracking_uri)
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    client = MlflowClient(store, os.environ.get("MLFLOW_REGISTRY_URI") or store)
    name, at, alias = source.removeprefix("models:/").partition("@")
    if not at:
        name, _, alias = name.partition("/")
    try:
        version = client.get_registered_model(name).aliases[alias] if at else alias
        run = client.get_run(client.get_model_version(name, str(version)).run_id)
        pictures = {
            each.removesuffix(".png"): _read(client, run.info.run_id, each)
            for each in _names(client, run.info.run_id)
            if each.endswith(".png")
        }
        parent = run.data.tags.get(_PARENT)
        usable = parent is not None and USABILITY in _names(client, parent)
        usability = _read(client, parent, USABILITY).decode() if usable else ""
    except (MlflowException, OSError, KeyError) as error:
        log.warning("no pictures of %s: %s", source, error)
        return RunFiles()
    return RunFiles(pictures, usability)


def _names(client: object, run_id: str) -> list[str]:
    return [each.path for each in client.list_artifacts(run_id)]  # type: ignore[attr-defined]


def _read(client: object, run_id: str | None, path: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="treue-run-") as folder:
        found = client.download_artifacts(run_id, path, folder)  # type: ignore[attr-defined]
        return Path(found).read_bytes()

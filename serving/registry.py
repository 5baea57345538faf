"""Bundles out of an MLflow registry; MLflow is imported only when one is asked for."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from treue.features.errors import TreueError

if TYPE_CHECKING:
    from mlflow import MlflowClient


class NoModelError(TreueError):
    """The store, the model or its alias is not there (yet)."""


REGISTRY_SCHEMES = ("models:/", "runs:/")
BUNDLE_FOLDER = "bundle"
"""Inside a logged model, beside MLflow's own files."""


def is_registry_uri(location: str) -> bool:
    """Whether `location` names a model in MLflow rather than a folder."""
    return location.startswith(REGISTRY_SCHEMES)


@contextmanager
def fetched_bundle(uri: str, *, tracking_uri: str | None = None) -> Iterator[Path]:
    """Folder of the bundle behind ``models:/...`` or ``runs:/...``, gone again afterwards.

    Parameters
    ----------
    uri
        For example ``models:/treue-churn@champion`` or ``models:/treue-churn/3``.
    tracking_uri
        The store; without it MLFLOW_TRACKING_URI, else ``sqlite:///mlflow.db``.

    Raises
    ------
    TreueError
        If the store, the model, its alias or its files are not there.
    """
    store = require_store(tracking_uri)
    # a few small text files need no bar of progress
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    from mlflow import MlflowClient
    from mlflow.artifacts import download_artifacts
    from mlflow.exceptions import MlflowException

    client = MlflowClient(store, os.environ.get("MLFLOW_REGISTRY_URI") or store)
    with tempfile.TemporaryDirectory(prefix="treue-bundle-") as folder:
        try:
            downloaded = download_artifacts(
                _location(client, uri), dst_path=folder, tracking_uri=store
            )
        except (MlflowException, OSError) as error:
            raise _refusal(uri, store, error) from error
        yield _bundle_folder(Path(downloaded), uri)


def _location(client: MlflowClient, uri: str) -> str:
    """Find where the files of a run or of a registered version lie.

    Only with calls that keep to the client's store: some of MLflow's look into the global one.
    """
    if uri.startswith("runs:/"):
        run_id, _, path = uri.removeprefix("runs:/").partition("/")
        return f"{client.get_run(run_id).info.artifact_uri}/{path}"
    name, at, alias = uri.removeprefix("models:/").partition("@")
    if at:
        found = client.get_registered_model(name).aliases.get(alias)
        if found is None:
            raise NoModelError(
                f"{uri}: {name} has no {alias!r} in {client.tracking_uri}; see treue models list, "
                "then treue models promote, or train one with treue train"
            )
        version = str(found)
    else:
        name, _, version = name.partition("/")
    return str(client.get_model_version_download_uri(name, version))


def require_store(tracking_uri: str | None = None) -> str:
    """URI of the MLflow store; a missing SQLite file is refused, since MLflow would make one.

    Parameters
    ----------
    tracking_uri
        The store; without it MLFLOW_TRACKING_URI, else ``sqlite:///mlflow.db``.
    """
    store = tracking_uri or os.environ.get("MLFLOW_TRACKING_URI") or "sqlite:///mlflow.db"
    if store.startswith("sqlite:///"):
        database = Path(store.removeprefix("sqlite:///"))
        if not database.exists():
            raise NoModelError(
                f"the MLflow store {database} is not there; run treue train first, go to the "
                "folder that has it, or set MLFLOW_TRACKING_URI to where the models are kept"
            )
    return store


def _refusal(uri: str, store: str, error: Exception) -> TreueError:
    """Say what `error` means and what to run."""
    if getattr(error, "error_code", None) == "RESOURCE_DOES_NOT_EXIST":
        return NoModelError(
            f"{uri}: there is no such model in {store}; see treue models list, train one with "
            "treue train, or set MLFLOW_TRACKING_URI to where the models are kept"
        )
    return TreueError(
        f"{uri}: could not be read from {store} ({type(error).__name__}: {error}); check that "
        "MLFLOW_TRACKING_URI is right and that the store can be reached"
    )


def _bundle_folder(downloaded: Path, uri: str) -> Path:
    if (downloaded / BUNDLE_FOLDER).is_dir():
        return downloaded / BUNDLE_FOLDER
    if (downloaded / "MLmodel").exists():
        raise TreueError(f"{uri}: is not a model of Treue; name one that treue train registered")
    return downloaded

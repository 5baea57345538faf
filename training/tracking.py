"""Runs, models and aliases in MLflow: the only module of the training side that imports it.

Only `mlflow.MlflowClient` is used, never the global active run, so nothing of a user's own MLflow
session is touched. A model is logged as a folder of text files (our bundle) with an ``MLmodel``
that names the signature and an input example; there is no flavor that could run code, hence
nothing that ``MLFLOW_ALLOW_PICKLE_DESERIALIZATION=false`` or
``MLFLOW_ALLOW_MODEL_CODE_EXECUTION=false`` could refuse.
"""

import json
import logging
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # read when mlflow is imported
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")  # no warning on machines without git

import mlflow
import pandas as pd
from mlflow.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModelOutput,
    LoggedModelStatus,
    Metric,
    Param,
    RunTag,
)
from mlflow.exceptions import MlflowException
from mlflow.models import Model, ModelSignature
from mlflow.types.schema import ColSpec, DataType, Schema

from treue.features.errors import TreueError
from treue.training.fingerprint import Fingerprint

log = logging.getLogger(__name__)

BUNDLE_FOLDER = "bundle"  # inside the logged model, beside MLmodel
_DEFAULT_STORE = "sqlite:///mlflow.db"
_CHATTY = ("mlflow.store", "mlflow.tracking", "alembic")
_METRICS_A_CALL = 1000
_LONGEST_PARAM = 6000


@dataclass(frozen=True)
class Version:
    """A registered model version as `treue models` lists it."""

    name: str
    version: int
    run_id: str
    source: str  # models:/<logged model>
    created: datetime  # UTC, naive
    aliases: tuple[str, ...]
    tags: Mapping[str, str]


class Store:
    """A tracking server or file with its model registry, for one experiment.

    Parameters
    ----------
    experiment
        Name of the experiment; made at the first run.
    uri
        Tracking URI; without it MLFLOW_TRACKING_URI or ``sqlite:///mlflow.db`` in the working
        folder.
    """

    def __init__(self, *, experiment: str = "treue", uri: str | None = None) -> None:
        for name in _CHATTY:
            logging.getLogger(name).setLevel(logging.WARNING)
        self.experiment = experiment
        self.uri = uri or os.environ.get("MLFLOW_TRACKING_URI") or _DEFAULT_STORE
        database = self._database()
        if database is not None and database.is_dir():
            raise TreueError(f"MLflow store {database} is a folder; name a file that may be made")
        try:
            if database is not None:
                database.parent.mkdir(parents=True, exist_ok=True)
            self.client = mlflow.MlflowClient(tracking_uri=self.uri, registry_uri=self.uri)
            self.client.search_experiments(max_results=1)
        except Exception as error:  # SQLAlchemy, requests and MLflow each raise their own
            raise TreueError(
                f"MLflow store {self.uri} cannot be opened: {error}; "
                "set MLFLOW_TRACKING_URI to one that can"
            ) from error

    def experiment_id(self) -> str:
        """Id of the experiment; a new one in a SQLite store keeps its files beside the database."""
        found = self.client.get_experiment_by_name(self.experiment)
        if found is not None:
            if found.lifecycle_stage != "active":
                raise TreueError(
                    f"MLflow experiment {self.experiment!r} was deleted; restore it "
                    "or name another under tracking.experiment"
                )
            return str(found.experiment_id)
        database = self._database()
        location = (database.parent / "mlartifacts").as_uri() if database is not None else None
        return str(self.client.create_experiment(self.experiment, artifact_location=location))

    @contextmanager
    def run(
        self, name: str, *, parent: str | None = None, tags: Mapping[str, str] | None = None
    ) -> Iterator[str]:
        """A run, closed as finished, or as failed when the block raises; yields its id."""
        all_tags = {**(tags or {}), **({"mlflow.parentRunId": parent} if parent else {})}
        run = self.client.create_run(self.experiment_id(), run_name=name, tags=all_tags)
        run_id = str(run.info.run_id)
        try:
            yield run_id
        except BaseException:
            self.client.set_terminated(run_id, "FAILED")
            raise
        self.client.set_terminated(run_id, "FINISHED")

    def log(
        self,
        run_id: str,
        *,
        params: Mapping[str, object] | None = None,
        metrics: Mapping[str, float] | None = None,
        tags: Mapping[str, str] | None = None,
        data: Sequence[Fingerprint] = (),
        artifacts: Path | None = None,
    ) -> None:
        """Log to a run: parameters, metrics, tags, data set fingerprints, the files of a folder."""
        self.client.log_batch(
            run_id,
            params=[
                Param(key, str(value)[:_LONGEST_PARAM]) for key, value in (params or {}).items()
            ],
            tags=[RunTag(key, value) for key, value in (tags or {}).items()],
        )
        self._log_metrics(run_id, metrics or {})
        if data:
            self.client.log_inputs(run_id, datasets=[_dataset(one) for one in data])
        if artifacts is not None:
            self.client.log_artifacts(run_id, str(artifacts))

    def _log_metrics(
        self, run_id: str, metrics: Mapping[str, float], *, model_id: str | None = None
    ) -> None:
        now = int(time.time() * 1000)
        rows = [
            Metric(metric_name(key), float(value), now, 0, model_id=model_id, run_id=run_id)
            for key, value in metrics.items()
        ]
        for start in range(0, len(rows), _METRICS_A_CALL):
            self.client.log_batch(run_id, metrics=rows[start : start + _METRICS_A_CALL])

    def register(
        self,
        run_id: str,
        name: str,
        bundle: Path,
        *,
        example: pd.DataFrame,
        metrics: Mapping[str, float],
        tags: Mapping[str, str],
        description: str,
    ) -> int:
        """Log the bundle folder as a model of the run and register it; returns the version."""
        client = self.client
        logged = client.create_logged_model(
            self.experiment_id(), name=name, source_run_id=run_id, model_type="treue"
        )
        with tempfile.TemporaryDirectory() as folder:
            model = Model(
                artifact_path=logged.artifact_location,
                run_id=run_id,
                model_uuid=logged.model_id,
                model_id=logged.model_id,
                signature=_signature(example),
                saved_input_example_info={
                    "artifact_path": "input_example.json",
                    "type": "dataframe",
                    "pandas_orient": "split",
                },
            )
            model.add_flavor("treue", bundle=BUNDLE_FOLDER)
            model.save(str(Path(folder, "MLmodel")))
            Path(folder, "input_example.json").write_text(
                example.to_json(orient="split", index=False), encoding="utf-8"
            )
            shutil.copytree(bundle, Path(folder, BUNDLE_FOLDER))
            client.log_model_artifacts(logged.model_id, folder)
        client.finalize_logged_model(logged.model_id, LoggedModelStatus.READY)
        client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, step=0)])
        self._log_metrics(run_id, metrics, model_id=logged.model_id)
        if self._registered(name) is None:
            client.create_registered_model(name)
        with self._as_current():
            made = client.create_model_version(
                name,
                source=f"models:/{logged.model_id}",
                run_id=run_id,
                model_id=logged.model_id,
                tags=dict(tags),
                description=description,
            )
        return int(made.version)

    def versions(self, name: str) -> list[Version]:
        """All versions registered under `name`, newest first; none when there is no such model."""
        model = self._registered(name)
        if model is None:
            return []
        aliases: dict[int, list[str]] = {}
        for alias, version in model.aliases.items():
            aliases.setdefault(int(version), []).append(alias)
        found = [
            Version(
                name=name,
                version=int(one.version),
                run_id=one.run_id,
                source=one.source,
                created=datetime.fromtimestamp(one.creation_timestamp / 1000, UTC).replace(
                    tzinfo=None
                ),
                aliases=tuple(sorted(aliases.get(int(one.version), []))),
                tags=dict(one.tags),
            )
            for one in self.client.search_model_versions(f"name='{name}'")
        ]
        return sorted(found, key=lambda one: -one.version)

    def alias(self, name: str, alias: str) -> int | None:
        """The version that an alias points to, or None."""
        model = self._registered(name)
        version = model.aliases.get(alias) if model is not None else None
        return None if version is None else int(version)

    def set_alias(self, name: str, alias: str, version: int | None) -> None:
        """Point an alias to a version; None takes it away."""
        if version is None:
            self.client.delete_registered_model_alias(name, alias)
        else:
            self.client.set_registered_model_alias(name, alias, str(version))

    def tag_version(self, name: str, version: int, tags: Mapping[str, str]) -> None:
        """Tag a registered version."""
        for key, value in tags.items():
            self.client.set_model_version_tag(name, str(version), key, value)

    @contextmanager
    def bundle(self, name: str, version: int) -> Iterator[Path]:
        """The bundle folder of a registered version, gone again afterwards."""
        with tempfile.TemporaryDirectory() as folder:
            location = self.client.get_model_version_download_uri(name, str(version))
            downloaded = mlflow.artifacts.download_artifacts(
                location, dst_path=folder, tracking_uri=self.uri
            )
            yield Path(downloaded, BUNDLE_FOLDER)

    def _database(self) -> Path | None:
        """The file of a SQLite store."""
        if not self.uri.startswith("sqlite:///"):
            return None
        return Path(self.uri.removeprefix("sqlite:///")).absolute()

    @contextmanager
    def _as_current(self) -> Iterator[None]:
        """MLflow looks a logged model up in the current store, whichever client is asked."""
        # MLflow writes the store into this variable too; None clears both
        before = os.environ.get("MLFLOW_TRACKING_URI")
        mlflow.set_tracking_uri(self.uri)
        try:
            yield
        finally:
            mlflow.set_tracking_uri(before)

    def _registered(self, name: str) -> Any | None:
        try:
            return self.client.get_registered_model(name)
        except MlflowException as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                return None
            raise


def metric_name(text: str) -> str:
    """`text` with everything that MLflow allows in no metric's name replaced by ``_``."""
    return re.sub(r"[^A-Za-z0-9_\-. :/]", "_", text)[:250]


def _dataset(one: Fingerprint) -> DatasetInput:
    columns = [{"name": name, "type": kind} for name, kind in one.columns.items()]
    dataset = Dataset(
        name=one.name,
        digest=one.digest,
        source_type="local",
        source=json.dumps({"uri": one.name}),
        schema=json.dumps({"mlflow_colspec": columns}),
        profile=json.dumps({"num_rows": one.rows, "num_elements": one.rows * len(columns)}),
    )
    return DatasetInput(dataset, [InputTag("mlflow.data.context", one.context)])


def _signature(example: pd.DataFrame) -> ModelSignature:
    """Feature columns in, one probability out; every feature may be missing in a row."""
    inputs = [
        ColSpec(
            DataType.string
            if isinstance(example[name].dtype, pd.CategoricalDtype)
            else DataType.double,
            name,
            required=False,
        )
        for name in example.columns
    ]
    return ModelSignature(
        inputs=Schema(inputs), outputs=Schema([ColSpec(DataType.double, "probability")])
    )

"""Bundles out of an MLflow registry, and what is said when they are not there."""

import subprocess
import sys

import pytest
from mlflow import MlflowClient

from treue.features.errors import TreueError
from treue.serving.predict import Predictor
from treue.serving.registry import NoModelError
from treue.training.promote import promote
from treue.training.tracking import Store


@pytest.fixture(scope="module")
def store(tmp_path_factory, bundles, panel):
    """A store with two churn models, the first of them champion, and a foreign model."""
    folder = tmp_path_factory.mktemp("registry")
    store = Store(uri=f"sqlite:///{folder / 'mlflow.db'}")
    example = panel[list(bundles["churn"].model.columns_.names)].head(2)
    with store.run("training") as run_id:
        for target in ("churn", "referral"):
            store.register(
                run_id,
                "treue-churn",
                bundles[target].save(folder / target),
                example=example,
                metrics={},
                tags={},
                description="",
            )
        (folder / "foreign").mkdir()
        (folder / "foreign" / "MLmodel").write_text("flavors: {}\n")
        client = MlflowClient(store.uri, store.uri)
        client.log_artifacts(run_id, str(folder / "foreign"), "foreign")
        client.create_registered_model("not-scored")
    promote(store, "treue-churn", 1)
    store.foreign = f"runs:/{run_id}/foreign"
    return store


def test_the_champion_is_the_bundle_that_was_registered(store, bundles):
    found = Predictor.load("models:/treue-churn@champion", tracking_uri=store.uri)
    assert found.fingerprint == bundles["churn"].fingerprint
    assert found.source == "models:/treue-churn@champion"


def test_a_version_is_loaded_by_its_number(store, bundles):
    found = Predictor.load("models:/treue-churn/2", tracking_uri=store.uri)
    assert found.fingerprint == bundles["referral"].fingerprint


def test_the_store_of_the_environment_is_used(store, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    assert Predictor.load("models:/treue-churn@champion").target == "churn"


def test_a_missing_store_is_refused_and_not_made(tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NoModelError, match=r"mlflow\.db is not there; run treue train first"):
        Predictor.load("models:/treue-churn@champion")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("models:/treue-churn@second", "treue-churn has no 'second' in .*; see treue models list"),
        ("models:/treue-nothing@champion", "there is no such model in .*; see treue models list"),
        ("models:/treue-churn/7", "there is no such model in .*; see treue models list"),
        ("models:/not-scored@champion", "not-scored has no 'champion' in"),
        ("runs:/0123/bundle", "there is no such model in .*; see treue models list"),
    ],
)
def test_a_missing_model_is_told_with_what_to_run(store, uri, message):
    with pytest.raises(NoModelError, match=message):
        Predictor.load(uri, tracking_uri=store.uri)


def test_a_model_of_others_is_refused(store):
    with pytest.raises(TreueError, match="is not a model of Treue; name one that treue train"):
        Predictor.load(store.foreign, tracking_uri=store.uri)


def test_a_store_that_cannot_be_reached_is_told(monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(
        TreueError, match=r"could not be read from http://127\.0\.0\.1:9 .*MLFLOW_TRACK"
    ):
        Predictor.load("models:/treue-churn@champion", tracking_uri="http://127.0.0.1:9")


def test_a_bundle_from_a_folder_loads_without_mlflow(bundles, tmp_path):
    bundles["churn"].save(tmp_path / "bundle")
    code = (
        "import sys\nfrom treue.serving.predict import Predictor\n"
        "Predictor.load(sys.argv[1])\nprint('mlflow' in sys.modules)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "bundle"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert found.stdout == "False\n"

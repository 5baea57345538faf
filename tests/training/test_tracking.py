"""Runs, models and aliases in a real SQLite store, with every unsafe way of MLflow shut."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from treue.features.errors import TreueError
from treue.training.fingerprint import Fingerprint
from treue.training.promote import CHAMPION, promote
from treue.training.tracking import BUNDLE_FOLDER, Store, metric_name

EXAMPLE = pd.DataFrame(
    {"orders_90": [1.0, None], "region": pd.Categorical(["north", None], categories=["north"])}
)


@pytest.fixture(scope="module", autouse=True)
def nothing_unsafe_and_no_network():
    def refuse(*_):
        raise AssertionError("the network was touched")

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
        patch.setenv("MLFLOW_ALLOW_MODEL_CODE_EXECUTION", "false")
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.setattr(socket.socket, "connect", refuse)
        yield


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    return Store(experiment="tests", uri=f"sqlite:///{folder / 'mlflow.db'}")


@pytest.fixture(scope="module")
def bundle_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "bundle"
    folder.mkdir()
    (folder / "bundle.json").write_text('{"format": "treue-bundle"}')
    return folder


@pytest.fixture(scope="module")
def registered(store, bundle_folder):
    with store.run("churn") as run_id:
        version = store.register(
            run_id,
            "tests-churn",
            bundle_folder,
            example=EXAMPLE,
            metrics={"auroc": 0.75},
            tags={"treue.grade": "A"},
            description="Grade A.",
        )
    return run_id, version


def test_files_lie_beside_the_database(store):
    location = store.client.get_experiment(store.experiment_id()).artifact_location
    assert location == (Path(store.uri.removeprefix("sqlite:///")).parent / "mlartifacts").as_uri()


def test_a_child_run_names_its_parent(store):
    with store.run("training") as parent, store.run("churn", parent=parent) as child:
        pass
    assert store.client.get_run(child).data.tags["mlflow.parentRunId"] == parent
    assert store.client.get_run(parent).info.status == "FINISHED"


def test_a_run_whose_block_raises_is_marked_as_failed(store):
    with pytest.raises(KeyError), store.run("training") as run_id:
        raise KeyError("broken")
    assert store.client.get_run(run_id).info.status == "FAILED"


def test_parameters_metrics_tags_data_and_files_are_logged(store, tmp_path):
    (tmp_path / "card.md").write_text("# Card")
    data = Fingerprint.of(EXAMPLE, name="panel-training", context="training")
    with store.run("churn") as run_id:
        store.log(
            run_id,
            params={"model.num_leaves": 12},
            metrics={"auroc": 0.75, "segment_size/1–9 %/auroc": 0.7},
            tags={"treue.grade": "A"},
            data=[data],
            artifacts=tmp_path,
        )
    run = store.client.get_run(run_id)
    assert run.data.params == {"model.num_leaves": "12"}
    assert run.data.metrics == {"auroc": 0.75, "segment_size/1_9 _/auroc": 0.7}
    assert run.data.tags["treue.grade"] == "A"
    assert [one.path for one in store.client.list_artifacts(run_id)] == ["card.md"]
    logged = run.inputs.dataset_inputs[0]
    assert (logged.dataset.name, logged.dataset.digest) == ("panel-training", data.digest)
    assert json.loads(logged.dataset.profile) == {"num_rows": 2, "num_elements": 4}
    assert {(tag.key, tag.value) for tag in logged.tags} == {("mlflow.data.context", "training")}


def test_more_metrics_than_one_call_takes_are_all_logged(store):
    with store.run("churn") as run_id:
        store.log(run_id, metrics={f"metric_{number}": number for number in range(1200)})
    assert len(store.client.get_run(run_id).data.metrics) == 1200


def test_a_registered_model_leads_to_its_run_and_shows_signature_and_example(store, registered):
    run_id, version = registered
    made = store.client.get_model_version("tests-churn", str(version))
    assert made.run_id == run_id
    assert made.description == "Grade A."
    assert store.client.get_run(run_id).outputs.model_outputs[0].model_id in made.source
    with store.bundle("tests-churn", version) as folder:
        model = mlflow.models.Model.load(str(folder.parent))
        example = json.loads((folder.parent / "input_example.json").read_text())
        assert (folder / "bundle.json").read_text() == '{"format": "treue-bundle"}'
    assert model.flavors == {"treue": {"bundle": BUNDLE_FOLDER}}
    assert [(one.name, one.type.name, one.required) for one in model.signature.inputs] == [
        ("orders_90", "double", False),
        ("region", "string", False),
    ]
    assert [one.name for one in model.signature.outputs] == ["probability"]
    assert example == {"columns": ["orders_90", "region"], "data": [[1.0, "north"], [None, None]]}


def test_figures_stand_beside_the_logged_model_too(store, registered):
    run_id, _ = registered
    model_id = store.client.get_run(run_id).outputs.model_outputs[0].model_id
    logged = store.client.get_logged_model(model_id)
    assert {one.key: one.value for one in logged.metrics} == {"auroc": 0.75}
    assert logged.status.name == "READY"


def test_the_logged_model_holds_nothing_that_could_be_run(store, registered):
    with store.bundle("tests-churn", registered[1]) as folder:
        names = {path.name for path in folder.parent.rglob("*") if path.is_file()}
    assert names == {"MLmodel", "input_example.json", "bundle.json"}


def test_versions_count_up_and_are_listed_with_aliases_newest_first(
    store, registered, bundle_folder
):
    _, first = registered
    with store.run("churn") as run_id:
        second = store.register(
            run_id,
            "tests-churn",
            bundle_folder,
            example=EXAMPLE,
            metrics={},
            tags={"treue.grade": "B"},
            description="",
        )
    promote(store, "tests-churn", first)
    promote(store, "tests-churn", second, reason="better")
    found = store.versions("tests-churn")
    assert [one.version for one in found] == [second, first]
    assert [one.aliases for one in found] == [("champion",), ("previous",)]
    assert found[0].tags == {"treue.grade": "B", "treue.promoted": "better"}
    assert store.alias("tests-churn", CHAMPION) == second
    store.set_alias("tests-churn", CHAMPION, None)
    assert store.alias("tests-churn", CHAMPION) is None


def test_a_model_that_was_never_registered_has_no_versions(store):
    assert store.versions("tests-nothing") == []
    assert store.alias("tests-nothing", CHAMPION) is None


def test_a_deleted_experiment_is_named(store):
    other = Store(experiment="gone", uri=store.uri)
    store.client.delete_experiment(other.experiment_id())
    with pytest.raises(TreueError, match="experiment 'gone' was deleted; restore it"):
        other.experiment_id()


def test_a_folder_in_the_place_of_the_store_is_named(tmp_path):
    with pytest.raises(TreueError, match=r"MLflow store .* is a folder"):
        Store(uri=f"sqlite:///{tmp_path}")


def test_a_store_that_is_no_database_is_named(tmp_path):
    (tmp_path / "mlflow.db").write_text("not a database at all" * 100)
    with pytest.raises(TreueError, match=r"MLflow store sqlite:.* cannot be opened"):
        Store(uri=f"sqlite:///{tmp_path / 'mlflow.db'}")


def test_registering_leaves_the_environment_as_it_was(store, registered):
    assert "MLFLOW_TRACKING_URI" not in os.environ


def test_the_users_own_current_store_stays_as_it_was(store, registered):
    assert mlflow.get_tracking_uri() != store.uri


@pytest.mark.parametrize(
    ("text", "name"),
    [("auroc", "auroc"), ("segment_a/1 & 2/ece", "segment_a/1 _ 2/ece"), ("größe", "gr__e")],
)
def test_metric_names_hold_only_what_mlflow_allows(text, name):
    assert metric_name(text) == name


def test_a_fingerprint_is_the_same_for_the_same_rows_and_another_for_others():
    first = Fingerprint.of(EXAMPLE, name="a", context="table")
    again = Fingerprint.of(EXAMPLE.copy(), name="b", context="training")
    other = Fingerprint.of(EXAMPLE.assign(orders_90=[1.0, 2.0]), name="a", context="table")
    renamed = Fingerprint.of(EXAMPLE.rename(columns={"region": "r"}), name="a", context="table")
    assert first.digest == again.digest
    assert len({first.digest, other.digest, renamed.digest}) == 3
    assert (first.rows, len(first.digest)) == (2, 32)


def test_importing_it_sends_nothing_and_says_nothing():
    switches = ("MLFLOW", "PYTEST", "CI", "GITHUB", "DO_NOT_TRACK")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(switches)}
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import treue.training.tracking, os\n"
            "from mlflow.telemetry import get_telemetry_client\n"
            "print(os.environ['MLFLOW_DISABLE_TELEMETRY'], get_telemetry_client())",
        ],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    assert done.stdout.split() == ["true", "None"]
    assert done.stderr == ""


def test_the_environment_names_the_store(store, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    assert Store().uri == store.uri

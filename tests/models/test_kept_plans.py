"""What explains a bundle is kept beside it, and is no part of it."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from treue.models import booster_shares, kept_plans
from treue.models.bundle import Bundle
from treue.models.classifier import LoyaltyClassifier
from treue.models.kept_plans import own_folder


@pytest.fixture(scope="module", name="X")
def rows() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(200, 3))


@pytest.fixture(scope="module", name="saved")
def saved_once(X: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = LoyaltyClassifier(n_folds=2, n_estimators=8, min_child_samples=10, num_threads=1)
    bundle = Bundle(target="churn", model=model.fit(X, X[:, 0] > 0.2))
    return bundle.save(tmp_path_factory.mktemp("bundles") / "churn")


@pytest.fixture
def folder(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TREUE_CACHE_DIR", str(tmp_path / "own"))
    monkeypatch.setattr(booster_shares, "MANY_ROWS", 100)
    return Path(shutil.copytree(saved, tmp_path / "models" / "churn"))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_tables_are_kept_beside_the_bundle_which_stays_as_it_was(folder, X):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    bundle = Bundle.load(folder)
    bundle.model.contributions(X[:50])
    assert names(folder.parent) == ["churn"]  # few rows need none
    base, values = bundle.model.contributions(X)
    assert names(folder.parent) == [".churn.tables.npz", "churn"]
    kept = folder.parent / ".churn.tables.npz"
    written = kept.stat().st_ino
    again = Bundle.load(folder)
    assert again.fingerprint == bundle.fingerprint
    assert again.model.contributions(X)[0] == base
    np.testing.assert_array_equal(again.model.contributions(X)[1], values)
    assert kept.stat().st_ino == written
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert not (folder.parent.parent / "own").exists()


def test_another_model_in_the_same_place_is_explained_by_its_own_tables(folder, X):
    Bundle.load(folder).model.contributions(X)
    other = LoyaltyClassifier(n_folds=2, n_estimators=8, min_child_samples=10, num_threads=1)
    Bundle(target="churn", model=other.fit(X, X[:, 1] > 0.2)).save(folder)
    base, values = Bundle.load(folder).model.contributions(X)
    np.testing.assert_allclose(base + values.sum(axis=1), other.decision_function(X), atol=1e-12)
    assert np.abs(values).sum(axis=0).argmax() == 1


def test_a_bundle_that_was_only_there_for_a_moment_is_kept_in_the_users_own_folder(
    folder, X, tmp_path
):
    model = Bundle.load(folder).model
    shutil.rmtree(folder.parent)
    model.contributions(X)
    assert not folder.parent.exists()
    (kept,) = (tmp_path / "own").iterdir()
    assert kept.name.endswith(".tables.npz")


def test_a_place_that_cannot_be_written_costs_no_result(folder, X, tmp_path, monkeypatch):
    model = Bundle.load(folder).model
    want = model.contributions(X)[1]
    (folder.parent / ".churn.tables.npz").unlink()
    (folder.parent / ".churn.tables.npz").mkdir()  # nobody can write there, root neither
    (tmp_path / "own").touch()
    np.testing.assert_array_equal(Bundle.load(folder).model.contributions(X)[1], want)
    monkeypatch.setenv("TREUE_CACHE_DIR", "")
    assert own_folder() is None
    np.testing.assert_array_equal(Bundle.load(folder).model.contributions(X)[1], want)


def test_nothing_is_laid_beside_mlflows_files(folder, X, tmp_path):
    (folder.parent / "MLmodel").touch()
    Bundle.load(folder).model.contributions(X)
    assert names(folder.parent) == ["MLmodel", "churn"]
    assert len(names(tmp_path / "own")) == 1


def aged(file: Path, days: float) -> None:
    file.touch()
    os.utime(file, (time.time() - 86_400 * days, time.time() - 86_400 * days))


def kept_name(number: int) -> str:
    return f"{number:032x}.tables.npz"


def test_the_users_own_folder_keeps_the_latest_few(folder, X, tmp_path):
    own, model = tmp_path / "own", Bundle.load(folder).model
    own.mkdir()
    for age in range(9):
        aged(own / kept_name(age), age)
    shutil.rmtree(folder.parent)
    model.contributions(X)
    old = {kept_name(age) for age in range(5)}
    assert len(names(own)) == 6
    assert set(names(own)) > old


def test_a_file_that_is_used_is_none_of_the_oldest(folder, X, tmp_path):
    own, model = tmp_path / "own", Bundle.load(folder).model
    gone = folder.parent.rename(tmp_path / "gone")
    model.contributions(X)
    (kept,) = own.iterdir()
    aged(kept, 30)
    gone.rename(folder.parent)
    again = Bundle.load(folder).model
    shutil.rmtree(folder.parent)
    again.contributions(X)
    assert time.time() - kept.stat().st_mtime < 3600


def test_what_is_not_ours_stays_in_the_users_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TREUE_CACHE_DIR", str(tmp_path))
    part, place = ".0123456789abcdef.part", kept_name(99)
    theirs = [f".m{number}.tables.npz" for number in range(9)]
    theirs += [f"{number}.tables.npz" for number in range(9)]
    theirs += ["notes.part", f".m1.tables.npz{part}", f"{kept_name(1)}.part", "something else"]
    for name in theirs:
        aged(tmp_path / name, 400)
    aged(tmp_path / f"{kept_name(1)}{part}", 2)
    aged(tmp_path / f"{kept_name(2)}{part}", 0.5)  # somebody may be writing it
    kept = kept_plans.KeptPlans(None, place)
    kept.before_writing(*kept.places())
    assert names(tmp_path) == sorted([*theirs, f"{kept_name(2)}{part}"])


def test_asking_where_tables_are_makes_and_deletes_nothing(tmp_path, monkeypatch):
    own = tmp_path / "own"
    monkeypatch.setenv("TREUE_CACHE_DIR", str(own))
    kept = kept_plans.KeptPlans(tmp_path / ".churn.tables.npz", kept_name(99))
    assert kept.places() == (tmp_path / ".churn.tables.npz", own / kept_name(99))
    kept.before_writing(tmp_path / ".churn.tables.npz")
    assert not own.exists()
    kept.before_writing(own / kept_name(99))
    for age in range(9):
        aged(own / kept_name(age), age)
    kept.places()
    assert len(names(own)) == 9


def test_a_prepared_model_explains_single_rows_by_its_tables(folder, X):
    few, model = Bundle.load(folder).model, Bundle.load(folder).model.prepare_explaining()
    assert names(folder.parent) == [".churn.tables.npz", "churn"]
    np.testing.assert_array_equal(model.contributions(X[:1])[1], model.contributions(X)[1][:1])
    assert model.contributions(X[:1])[0] == few.contributions(X[:1])[0]
    np.testing.assert_allclose(
        model.contributions(X[:1])[1], few.contributions(X[:1])[1], rtol=0, atol=1e-13
    )

"""Plans in files: fitting or made anew, never trusted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boosters import train
from test_treeshap import data

from treue.models.treeshap import Explainer, TreeShapError
from treue.models.treeshap.build import plan_of
from treue.models.treeshap.cache import key_of, load_plan, save_plan
from treue.models.treeshap.check import check_plan
from treue.models.treeshap.probe import probe_rows
from treue.models.treeshap.trees import read_model


def test_a_cached_plan_explains_to_the_bit_as_a_new_one(tmp_path: Path) -> None:
    X, y = data(300, 4, 0)
    booster, file = train(X, y, 5), tmp_path / "plan.npz"
    fresh = Explainer(booster, cache=file).prepare().shap_values(X)
    written = file.stat().st_ino
    again = Explainer(booster, cache=file)
    assert again.method(1) == "tables"
    np.testing.assert_array_equal(again.shap_values(X), fresh)
    assert file.stat().st_ino == written
    assert [path.name for path in file.parent.iterdir()] == ["plan.npz"]


@pytest.mark.parametrize("harm", ["another model", "cut", "changed", "pickled", "no archive"])
def test_a_plan_that_does_not_fit_is_made_anew(tmp_path: Path, harm: str) -> None:
    X, y = data(300, 4, 0)
    booster, file = train(X, y, 5), tmp_path / "plan.npz"
    want = Explainer(booster, cache=file).prepare().shap_values(X)
    content = file.read_bytes()
    if harm == "another model":
        Explainer(train(X, -y, 5), cache=file).prepare()
    elif harm == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif harm == "changed":
        middle = len(content) // 2
        file.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    elif harm == "pickled":
        np.savez(file, key=np.array([{"a": 1}], dtype=object))
    else:
        file.write_text("not an archive")
    again = Explainer(booster, cache=file, method="tables")
    np.testing.assert_array_equal(again.shap_values(X), want)
    key = key_of([booster.model_to_string()], None)
    Explainer(booster, cache=file).prepare()
    assert load_plan(file, key) is not None


def test_tables_that_are_not_the_boosters_are_made_anew(tmp_path: Path, caplog: Any) -> None:
    """Sound arrays, the right key, other numbers: only explaining tells."""
    X, y = data(300, 4, 0)
    boosters, file = [train(X, y, 5), train(X, y, 5, seed=2, feature_fraction=0.5)], tmp_path / "p"
    want = Explainer(boosters, cache=file).prepare().shap_values(X)
    with np.load(file) as opened:
        sound = dict(opened)
    assert {"tables", "base", "n_columns"} <= set(sound)
    for harm in (
        {"tables": sound["tables"] * -3.0},
        {"tables": sound["tables"] * (1 + 1e-8)},
        {"tables": np.full_like(sound["tables"], np.nan)},
        {"tables": sound["tables"][::-1]},
        {"base": sound["base"] + 0.1},
        {"n_columns": np.array(5)},
    ):
        with file.open("wb") as opened:
            np.savez(opened, **(sound | harm))
        caplog.clear()
        got = Explainer(boosters, cache=file, method="tables").shap_values(X)
        np.testing.assert_array_equal(got, want, err_msg=str(harm))
        assert "p does not fit its model; what it keeps is made anew" in caplog.text
        with np.load(file) as opened:
            np.testing.assert_array_equal(opened["tables"], sound["tables"])


@pytest.mark.parametrize("case", ["categories", "classes", "background", "one text", "no tables"])
def test_what_is_kept_of_any_booster_fits_it(tmp_path: Path, caplog: Any, case: str) -> None:
    X, y = data(300, 4, 0)
    X[:, 1], model, options = np.arange(300) % 7, train(X, y, 5), {}
    if case == "categories":
        model = train(X, y + X[:, 1] % 3, 5, categorical=[1])
    elif case == "classes":
        model = train(X, np.arange(300) % 3, 4, objective="multiclass", num_class=3)
    elif case == "background":
        options = {"background": X[:9]}
    elif case == "one text":
        model = model.model_to_string()
    else:
        options = {"memory_limit": 1}
    for _ in range(2):
        Explainer(model, cache=tmp_path / "plan", method="tables", **options).shap_values(X[:5])
    assert (tmp_path / "plan").exists()
    assert "does not fit" not in caplog.text


def test_rows_that_probe_a_plan_are_fixed_and_lie_within_what_was_trained() -> None:
    X, y = data(300, 4, 0)
    X[:, 1], X[:, 2] = np.arange(300) % 7, 1.0
    model = read_model(train(X, y, 3, categorical=[1]).model_to_string())
    rows = probe_rows(model)
    np.testing.assert_array_equal(rows, probe_rows(model))
    assert np.isnan(rows[0]).all()
    assert np.isnan(rows).any(axis=1).sum() < len(rows)
    assert set(rows[1:, 1][~np.isnan(rows[1:, 1])]) <= set(range(-1, 7))
    for column in (0, 3):
        inside = rows[1:, column][~np.isnan(rows[1:, column])]
        low, high = np.nanmin(X[:, column]), np.nanmax(X[:, column])
        assert ((low <= inside) & (inside <= high)).all()
        assert len(set(inside)) > 3


def test_no_changed_byte_of_a_file_harms_whoever_reads_it(tmp_path: Path) -> None:
    X, y = data(60, 2, 0)
    booster, file = train(X, y, 1, num_leaves=3), tmp_path / "plan.npz"
    want = Explainer(booster, cache=file, method="tables").shap_values(X[:5])
    content = file.read_bytes()
    for place in np.random.default_rng(0).integers(0, len(content), 80).tolist():
        changed = bytes([content[place] ^ 0xFF])
        file.write_bytes(content[:place] + changed + content[place + 1 :])
        got = Explainer(booster, cache=file, method="tables").shap_values(X[:5])
        np.testing.assert_array_equal(got, want, err_msg=str(place))


def test_a_plan_goes_to_the_first_place_that_takes_it(tmp_path: Path) -> None:
    X, y = data(100, 3, 0)
    booster = train(X, y, 2)
    in_the_way = tmp_path / "a file, no folder"
    in_the_way.touch()
    gone, blocked, good = tmp_path / "gone" / "plan", in_the_way / "plan", tmp_path / "plan"
    want = Explainer(booster, cache=[gone, blocked, good]).prepare().shap_values(X)
    assert {path.name for path in tmp_path.iterdir()} == {"plan", in_the_way.name}
    content = good.read_bytes()
    again = Explainer(booster, cache=[gone, blocked, good])
    assert again.method(1) == "tables"  # no set-up is counted
    np.testing.assert_array_equal(again.shap_values(X), want)
    assert good.read_bytes() == content
    nowhere = Explainer(booster, cache=[gone, blocked], method="tables")
    np.testing.assert_array_equal(nowhere.shap_values(X), want)


def test_only_a_plan_that_fits_counts_as_ready(tmp_path: Path) -> None:
    X, y = data(100, 3, 0)
    Explainer(train(X, y, 2), cache=tmp_path / "plan").prepare()
    assert Explainer(train(X, -y, 2), cache=tmp_path / "plan").method(1) == "lightgbm"


def test_who_writes_at_once_leaves_one_sound_plan(tmp_path: Path) -> None:
    X, y = data(100, 3, 0)
    booster, file = train(X, y, 2), tmp_path / "plan"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: Explainer(booster, cache=file).prepare(), range(16)))
    assert list(tmp_path.iterdir()) == [file]
    assert load_plan(file, key_of([booster.model_to_string()], None)) is not None


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: Any) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    X, y = data(100, 3, 0)
    booster = train(X, y, 2)
    monkeypatch.setattr(np, "savez", fail)
    explainer = Explainer(booster, cache=tmp_path / "plan", method="tables")
    assert explainer.shap_values(X).shape == X.shape
    assert list(tmp_path.iterdir()) == []


def test_the_key_follows_from_trees_and_background_alone() -> None:
    X, y = data(300, 4, 0)
    one, other = train(X, y, 5).model_to_string(), train(X, y, 6).model_to_string()
    assert key_of([one], None) == key_of([one + "\nanything after"], None)
    keys = {key_of(t, b) for t in ([one], [other], [one, other]) for b in (None, X[:5], X[:6])}
    assert len(keys) == 9


@pytest.mark.parametrize("background", [False, True])
def test_a_plan_that_points_outside_itself_is_refused(tmp_path: Path, background: bool) -> None:
    X, y = data(2000, 6, 0)
    X[:, 0] = np.arange(2000) % 30
    y += np.random.default_rng(0).normal(size=30)[X[:, 0].astype(int)]
    text = train(X, y, 8, categorical=[0], num_leaves=40).model_to_string()
    model = read_model(text)
    for tables in (True, False):
        plan = plan_of([model], tables=tables, background=X[:9] if background else None)
        check_plan(plan, None)
        save_plan(tmp_path / "plan.npz", "k", plan, None)
        assert load_plan(tmp_path / "plan.npz", "k") is not None
        refused, harmless = 0, set()
        for name in ("encoding", "cells", "pieces", "leaves", "conditions", "nests", "patterns"):
            group: Any = getattr(plan, name)
            for field in group._fields:
                array = getattr(group, field)
                if not len(array) or array.dtype.kind == "f" or field in {"met", "inside", "cut"}:
                    continue  # any value of these is within bounds
                broken = array.copy()
                broken[-1] = np.iinfo(array.dtype).max if array.dtype.kind in "iu" else True
                if array[-1] == broken[-1] or (field == "value" and name == "conditions"):
                    continue
                object.__setattr__(plan, name, group._replace(**{field: broken}))
                try:
                    check_plan(plan, None)
                except (TreeShapError, ValueError):
                    refused += 1
                else:
                    harmless.add((name, field))
                object.__setattr__(plan, name, group)
        assert refused > 10
        # another reading of values, but none outside
        assert harmless <= {
            *(("encoding", "categorical"), ("encoding", "kind")),
            *(("cells", "weight"), ("cells", "value")),
        }

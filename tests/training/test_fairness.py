"""Gaps between a group and everybody else."""

import numpy as np
import pandas as pd
import pytest
from backtests import CUTOFFS, predictions_of
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from treue.training.fairness import fairness_gaps, on_the_list


@pytest.fixture
def predictions():
    rng = np.random.default_rng(1)
    parts = [predictions_of(rng, 200, cutoff, signal=0.8) for cutoff in CUTOFFS[:2]]
    return pd.concat(parts, ignore_index=True)


def test_a_gap_is_the_group_minus_all_others(predictions, quick):
    sex = pd.DataFrame({"sex": np.where(np.arange(400) % 4, "m", "f")})
    found = fairness_gaps(predictions, sex, config=quick).set_index("level").loc["f"]
    inside = (sex["sex"] == "f").to_numpy()
    group, others = predictions[inside], predictions[~inside]

    def auroc(part):
        return roc_auc_score(part["outcome"], part["model"])

    def off(part):
        return (part["outcome"] - part["model"]).mean()

    assert (found["rows"], found["customers"]) == (100, 50)
    assert found["auroc_gap"] == pytest.approx(auroc(group) - auroc(others))
    assert found["calibration_gap"] == pytest.approx(off(group) - off(others))
    chosen = on_the_list(predictions, 0.1)
    assert found["selection_gap"] == pytest.approx(chosen[inside].mean() - chosen[~inside].mean())
    for measure in ("auroc", "calibration", "selection"):
        assert found[f"{measure}_gap_low"] <= found[f"{measure}_gap_high"]


def test_two_groups_mirror_one_another(predictions, quick):
    sex = pd.DataFrame({"sex": np.where(np.arange(400) % 2, "m", "f")})
    f, m = fairness_gaps(predictions, sex, config=quick).to_dict("records")
    for measure in ("auroc", "calibration", "selection"):
        assert f[f"{measure}_gap"] == pytest.approx(-m[f"{measure}_gap"])
        assert f[f"{measure}_gap_low"] == pytest.approx(-m[f"{measure}_gap_high"])


def test_a_model_that_is_too_low_for_a_group_is_found(predictions, quick):
    sex = pd.DataFrame({"sex": np.where(np.arange(400) % 2, "m", "f")})
    unfair = predictions.assign(
        model=np.where(sex["sex"] == "f", predictions["model"] * 0.4, predictions["model"])
    )
    found = fairness_gaps(unfair, sex, config=quick).set_index("level").loc["f"]
    assert found["calibration_gap_low"] > 0
    assert found["selection_gap_high"] < 0


def test_small_groups_have_counts_only(predictions, quick):
    sex = pd.DataFrame({"sex": ["x"] * 10 + ["m"] * 390})
    found = fairness_gaps(predictions, sex, config=quick)
    assert list(found["rows"]) == [390, 10]
    assert found["auroc_gap"].isna().all()  # nor is there anybody to compare the large one with


def test_without_sensitive_columns_there_is_nothing(predictions, quick):
    assert fairness_gaps(predictions, None, config=quick).empty
    nothing = pd.DataFrame(index=predictions.index)
    assert fairness_gaps(predictions, nothing, config=quick).empty


@given(
    st.lists(st.sampled_from([0.1, 0.2, 0.5, 0.9]), min_size=1, max_size=30),
    st.floats(0.05, 1.0),
)
def test_a_list_is_as_long_as_asked_for_and_takes_the_highest(p, share):
    predictions = pd.DataFrame({"model": p})
    chosen = on_the_list(predictions, share)
    assert chosen.sum() == pytest.approx(share * len(p))
    assert ((chosen >= 0) & (chosen <= 1)).all()
    order = np.argsort(p)
    assert (np.diff(chosen[order]) >= -1e-12).all()

"""How far features have moved."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treue.training.drift import feature_drift, moved, stability_index

counts = st.lists(st.integers(0, 500), min_size=2, max_size=10).filter(lambda each: sum(each) > 0)


def rows(**columns):
    size = len(next(iter(columns.values())))
    return pd.DataFrame({"customer_id": np.arange(size).astype(str), **columns})


def test_the_index_of_a_hand_worked_shift():
    before, now = np.array([8000.0, 2000.0]), np.array([6000.0, 4000.0])
    by_hand = (0.6 - 0.8) * np.log(0.6 / 0.8) + (0.4 - 0.2) * np.log(0.4 / 0.2)
    assert stability_index(before, now) == pytest.approx(by_hand, abs=1e-3)


@given(counts)
def test_nothing_has_moved_where_the_shares_are_the_same(found):
    assert stability_index(np.array(found, float), np.array(found, float)) == pytest.approx(0)


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=2, max_size=10))
def test_the_index_is_never_negative_and_the_same_both_ways(pairs):
    before, now = np.array(pairs, dtype=float).T
    if not (before + now).any():
        return
    index = stability_index(before, now)
    assert index >= -1e-12
    assert index == pytest.approx(stability_index(now, before))


def test_what_moved_comes_first_and_what_did_not_is_below_chance():
    rng = np.random.default_rng(0)
    training = rows(
        same=rng.normal(size=2000), higher=rng.normal(size=2000), calendar_sin=np.zeros(2000)
    )
    held_out = rows(
        same=rng.normal(size=500), higher=rng.normal(size=500) + 1, calendar_sin=np.ones(500)
    )
    drift = feature_drift(training, held_out, ["same", "higher", "calendar_sin"])
    assert list(drift["feature"]) == ["higher", "same"]  # a cutoff has one date: no drift
    assert drift.loc[0, "now"] - drift.loc[0, "before"] == pytest.approx(1, abs=0.15)
    assert drift.loc[1, "psi"] < drift.loc[1, "by_chance"] * 1.5
    assert list(moved(drift)["feature"]) == ["higher"]


def test_a_category_is_told_by_the_level_that_moved_most():
    training = rows(region=pd.Categorical(["north"] * 60 + ["south"] * 40))
    held_out = rows(region=pd.Categorical(["north"] * 30 + ["south"] * 60 + ["west"] * 10))
    (found,) = feature_drift(training, held_out, ["region"]).to_dict("records")
    assert (found["level"], found["before"], found["now"]) == ("north", 0.6, 0.3)


def test_values_that_go_missing_count_as_a_shift():
    training, held_out = rows(gap=np.arange(200.0)), rows(gap=np.arange(200.0))
    held_out.loc[:79, "gap"] = np.nan
    (found,) = feature_drift(training, held_out, ["gap"]).to_dict("records")
    assert found["psi"] > 0.25
    assert (found["before_missing"], found["now_missing"]) == (0.0, 0.4)


def test_a_column_without_any_value_has_not_moved():
    empty = rows(gap=np.full(50, np.nan))
    (found,) = feature_drift(empty, empty, ["gap"]).to_dict("records")
    assert found["psi"] == pytest.approx(0)
    assert np.isnan(found["before"])

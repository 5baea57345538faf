"""Rows binned once serve every fit on a part of them, side by side or in turn."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from threadpoolctl import threadpool_limits

from treue.models import boosting
from treue.models.boosting import Binned, Bins
from treue.models.classifier import LoyaltyClassifier
from treue.models.columns import Columns
from treue.models.threads import available, side_by_side

ROWS = 900


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "recency_days": rng.exponential(60, ROWS),
            "gap_mean_days": np.where(rng.random(ROWS) < 0.2, np.nan, rng.exponential(30, ROWS)),
            "region": pd.Categorical(rng.choice(["north", "south", "west"], ROWS)),
        }
    )
    z = 0.03 * (X["recency_days"] - 60) + 1.5 * (X["region"] == "west")
    return X, (rng.random(ROWS) < expit(z)).astype(int), np.arange(ROWS) // 3


@pytest.fixture(scope="module")
def binned(frame):
    X, _, _ = frame
    columns = Columns.of(X)
    return Binned.of(columns, columns.encode(X), quick().lightgbm_parameters(0))


def quick():
    return LoyaltyClassifier(n_folds=3, n_estimators=15, min_child_samples=20, num_threads=1)


def texts(model):
    return [booster.model_to_string() for booster in model.boosters_]


def test_a_model_on_binned_rows_is_the_one_on_the_panel(binned, frame):
    X, y, customers = frame
    here = quick().fit(X, y, groups=customers, damped=("region",))
    there = quick().fit_binned(binned, y, groups=customers, damped=("region",))
    assert texts(here) == texts(there)
    np.testing.assert_array_equal(here.oof_raw_, there.oof_raw_)
    np.testing.assert_array_equal(here.decision_function(X), there.decision_function(X))
    np.testing.assert_array_equal(there.decision_function(X), there.log_odds(binned.encoded))


def test_a_part_knows_nothing_of_the_other_rows(binned, frame):
    """Neither their labels nor, beyond the bins, their values: later rows change places."""
    X, y, customers = frame
    part = np.flatnonzero(customers % 2 == 0)
    first = quick().fit_binned(binned, y[part], groups=customers[part], rows=part)
    assert len(first.oof_raw_) == len(part)
    others = np.flatnonzero(customers % 2)
    mixed = X.copy()
    mixed.iloc[others] = X.iloc[np.random.default_rng(1).permutation(others)].to_numpy()
    mixed["region"] = mixed["region"].astype("category")
    encoded = binned.columns.encode(mixed)
    assert not np.array_equal(encoded, binned.encoded, equal_nan=True)
    again = Binned.of(binned.columns, encoded, quick().lightgbm_parameters(0))
    second = quick().fit_binned(again, y[part], groups=customers[part], rows=part)
    assert texts(first) == texts(second)


def test_members_are_the_same_side_by_side_and_in_turn(binned, frame, monkeypatch):
    _, y, customers = frame
    asked = []

    def noted(jobs, *, in_turn):
        asked.append((in_turn, available()))
        return side_by_side(jobs, in_turn=in_turn)

    monkeypatch.setattr(boosting, "side_by_side", noted)
    several = quick().set_params(num_threads=3)
    with threadpool_limits(3, user_api="openmp"):
        together = texts(several.fit_binned(binned, y, groups=customers))
        monkeypatch.setattr(boosting, "MANY_CELLS", 0)
        in_turn = texts(several.fit_binned(binned, y, groups=customers))
    assert asked == [(False, 3), (True, 3)]
    assert in_turn == together


def test_both_targets_share_the_bins(binned, frame):
    X, y, customers = frame
    other = 1 - y
    other[:90] = 0
    shared = quick().fit_binned(binned, other, groups=customers)
    assert texts(shared) == texts(quick().fit(X, other, groups=customers))
    assert texts(quick().fit_binned(binned, y, groups=customers)) != texts(shared)


def test_the_very_same_rows_are_binned_once_and_others_anew(frame):
    X, _, _ = frame
    bins, names, parameters = Bins(), list(X.columns), quick().lightgbm_parameters(0)
    first = bins.of(X, names, parameters)
    assert bins.of(X, names, parameters) is first
    np.testing.assert_array_equal(first.encoded, first.columns.encode(X))
    for asked in (
        (X.copy(), names, parameters),
        (X, names[:2], parameters),
        (X, names[:2], {**parameters, "max_bin": 7}),
    ):
        kept = bins.of(*asked)
        assert kept is not first
        assert kept.columns.names == tuple(asked[1])
        first = kept

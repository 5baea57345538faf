"""Groups of customers like each other, and how far predictions missed them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from treue.models.like_groups import coverage, like_groups, missed


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 400), st.integers(1, 50), st.integers(0, 9))
def test_groups_are_neighbours_of_one_cutoff_and_about_as_large_as_asked(rows, size, seed):
    rng = np.random.default_rng(seed)
    score, when = rng.normal(size=rows), rng.integers(0, 3, rows).astype(float)
    group = like_groups(score, when, size=size)
    for one in np.unique(group):
        inside = group == one
        assert len(np.unique(when[inside])) == 1
        same = when == when[inside][0]
        between = same & (score >= score[inside].min()) & (score <= score[inside].max())
        assert (between == inside).all()
        assert inside.sum() <= 1.5 * size + 1


def drifting(shifts, *, spread=0.0, rows=4000, seed=0):
    rng = np.random.default_rng(seed)
    when = np.repeat(np.arange(len(shifts), dtype=float), rows)
    log_odds = rng.normal(-0.5, 1.0, len(when))
    group = like_groups(log_odds, when, size=100)
    own = rng.normal(0, spread, group.max() + 1)[group]
    truth = log_odds + np.repeat(shifts, rows) + own
    return (rng.random(len(when)) < expit(truth)).astype(float), log_odds, when


def test_shifts_of_cutoffs_and_the_spread_of_groups_are_found():
    outcome, log_odds, when = drifting([0.0, 0.8, -0.4], spread=0.3)
    found = missed(outcome, log_odds, when, thin=when == 1, size=100)
    assert found.shifts == pytest.approx([0.0, 0.8, -0.4], abs=0.15)
    assert np.sqrt(found.spread) == pytest.approx(0.3, abs=0.08)
    assert found.thin_misses > 2 * found.all_misses > 0


def test_nothing_is_missed_beyond_chance_where_probabilities_are_true():
    outcome, log_odds, when = drifting([0.0, 0.0])
    found = missed(outcome, log_odds, when, thin=np.zeros(len(when), bool), size=100)
    assert np.abs(found.shifts).max() < 0.1
    assert found.spread < 0.01
    assert found.thin_misses == 0


def test_a_group_is_held_if_its_share_lies_between_the_ends():
    outcome = np.repeat([1.0, 0.0], [3, 7])
    ends = [(0.2, 0.5, 1), (0.3, 0.5, 0.5), (0.34, 0.5, 0.5), (0.36, 0.5, 0), (0.1, 0.24, 0)]
    for low, high, held in ends:
        p = np.full(10, 0.3)
        found = coverage(outcome, np.full(10, low), np.full(10, high), p, np.zeros(10), size=10)
        assert found["held"].tolist() == [held]
        assert found["observed"].tolist() == [0.3]
        assert found["rows"].tolist() == [10]


def test_a_group_too_small_to_judge_by_is_left_out():
    p = np.full(4, 0.3)
    assert coverage(np.ones(4), p, p, p, np.zeros(4), size=10).empty

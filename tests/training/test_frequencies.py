"""What became of held-out customers, by the probability that they were given."""

import numpy as np
import pytest

from treue.training.frequencies import LEAST_ROWS, WIDEST, frequencies


def test_a_bin_with_enough_rows_stands_alone():
    outcome = [1] * 20 + [0] * 40 + [1] * 15 + [0] * 45
    probability = [0.25] * 60 + [0.35] * 60
    found = frequencies(outcome, probability)
    assert [(each.low, each.high, each.rows) for each in found] == [(0.2, 0.3, 60), (0.3, 0.4, 60)]
    assert [each.observed for each in found] == [pytest.approx(1 / 3), 0.25]
    assert [each.predicted for each in found] == [pytest.approx(0.25), pytest.approx(0.35)]


def test_few_rows_are_put_together_with_the_next_ones():
    found = frequencies([0, 1] * 30, [0.55] * 30 + [0.65] * 30)
    assert [(each.low, each.high, each.rows) for each in found] == [(0.5, 0.7, 60)]


def test_no_bin_becomes_so_wide_that_its_customers_are_not_alike():
    found = frequencies([1] * 6, [0.45, 0.55, 0.65, 0.75, 0.85, 0.95])
    assert [(each.low, each.high, each.rows) for each in found] == [
        (0.4, 0.7, 3),
        (0.7, 1.0, 3),
    ]


def test_every_row_is_in_one_bin_also_those_at_nought_and_one():
    chance = np.random.default_rng(0)
    probability = np.concatenate(([0.0, 1.0], chance.random(700) ** 2))
    outcome = chance.random(702) < probability
    found = frequencies(outcome, probability)
    assert sum(each.rows for each in found) == 702
    assert all(each.low <= each.predicted <= each.high for each in found)
    assert all(each.rows >= LEAST_ROWS or each.high - each.low <= WIDEST + 1e-9 for each in found)
    assert sum(each.rows * each.observed for each in found) == pytest.approx(outcome.sum())

"""The effect of contacts, measured where the truth is known."""

import builtins
import doctest

import numpy as np
import pytest

from treue.models import uplift
from treue.models.errors import ModelError
from treue.models.uplift import Trial, by_band, held_out_needed, measure, qini


def drawn(effect, *, rows=1_500, share=0.8, seed=0, honest=True):
    """A trial whose called customers are kept with a known probability."""
    rng = np.random.default_rng(seed)
    p = rng.beta(2, 3, rows)
    called = rng.permutation(np.arange(rows) < share * rows)
    left = rng.uniform(size=rows) < p * np.where(called, 1 - effect, 1)
    trial, kept = Trial.of(
        customers=[f"C{i}" for i in range(rows)],
        left=left,
        called=called,
        draw=np.zeros(rows),
        likelihood=p if honest else rng.uniform(size=rows),
    )
    assert kept.all()
    return trial


@pytest.mark.parametrize("effect", [0.0, 0.3])
def test_the_interval_covers_the_true_effect_about_as_often_as_it_says(effect):
    found = [
        measure(drawn(effect, rows=600, seed=seed), n_bootstrap=120).effect for seed in range(60)
    ]
    covered = sum(one.low <= effect <= one.high for one in found)
    assert covered >= 52  # 57 expected; fewer than 52 once in some hundred
    assert np.mean([one.value for one in found]) == pytest.approx(effect, abs=0.05)


def test_likelihoods_make_the_interval_narrower_and_wrong_ones_do_not_move_it():
    told, misled = measure(drawn(0.3)), measure(drawn(0.3, honest=False))
    assert told.effect.high - told.effect.low < misled.effect.high - misled.effect.low
    assert misled.effect.low < 0.3 < misled.effect.high


def test_draws_of_different_shares_are_weighted():
    """Many of those likely to leave are called, few of the others: shares alone would mislead."""
    rng = np.random.default_rng(1)
    rows = 20_000
    likely = rng.uniform(size=rows) < 0.5
    p = np.where(likely, 0.8, 0.2)
    called = rng.uniform(size=rows) < np.where(likely, 0.9, 0.5)
    left = rng.uniform(size=rows) < p * np.where(called, 0.7, 1)
    trial, _ = Trial.of(
        customers=np.arange(rows), left=left, called=called, draw=likely, likelihood=[0.5] * rows
    )
    assert measure(trial, n_bootstrap=20).effect.value == pytest.approx(0.3, abs=0.03)
    assert left[called].mean() > left[~called].mean()  # what a bare comparison would say


def test_draws_that_hold_nobody_out_tell_nothing():
    trial, kept = Trial.of(
        customers=["A", "B", "C", "D"],
        left=[1, 0, 1, 0],
        called=[1, 1, 1, 0],
        draw=[1, 1, 2, 2],
        likelihood=[0.5] * 4,
    )
    assert kept.tolist() == [False, False, True, True]
    assert trial.share.tolist() == [0.5, 0.5]


def test_with_few_customers_only_their_numbers_are_told():
    found = measure(drawn(0.3, rows=60))
    assert not found.enough
    assert found.called + found.held_out == 60
    assert np.isnan(found.effect.value)
    assert found.effect.reason == "too few customers"


def test_bands_go_from_the_least_to_the_most_likely():
    found = by_band(drawn(0.3, rows=3_000), n_bootstrap=20)
    assert len(found) == 3
    ends = [end for band, _ in found for end in band]
    assert ends == sorted(ends)
    assert sum(effect.called + effect.held_out for _, effect in found) == 3_000
    same, _ = Trial.of(
        customers=range(4), left=[0] * 4, called=[1, 0, 1, 0], draw=[1] * 4, likelihood=[0.5] * 4
    )
    assert len(by_band(same)) == 1


def test_the_number_needed_finds_the_effect_in_8_of_10_trials():
    needed = held_out_needed(0.3, left=0.4, called_each=4.0)
    rng = np.random.default_rng(0)
    found = 0
    for _ in range(400):
        held, called = rng.binomial(needed, 0.4), rng.binomial(4 * needed, 0.28)
        error = np.sqrt(1 / held - 1 / needed + 1 / called - 1 / (4 * needed))
        found += np.log(held / needed) - np.log(called / (4 * needed)) > 1.96 * error
    assert found / 400 == pytest.approx(0.8, abs=0.06)
    assert held_out_needed(0.0, left=0.4, called_each=4.0) is None


def test_a_ranking_that_knows_whom_a_contact_keeps_has_a_qini_above_0():
    rng = np.random.default_rng(3)
    rows = 4_000
    saved = rng.uniform(size=rows)  # the share that a contact keeps
    called = rng.uniform(size=rows) < 0.5
    left = rng.uniform(size=rows) < 0.6 * np.where(called, 1 - saved, 1)
    trial, _ = Trial.of(
        customers=np.arange(rows),
        left=left,
        called=called,
        draw=[0] * rows,
        likelihood=[0.5] * rows,
    )
    knows, at_random, inverse = (
        qini(trial, rank) for rank in (saved, rng.uniform(size=rows), -saved)
    )
    # kept of the highest q: 0.6 * (1 - q / 2) * q, at random 0.3 * q: the area between is 0.05
    assert knows.low < 0.05 < knows.high
    assert knows.low > 0
    assert at_random.low < 0 < at_random.high
    assert inverse.high < 0
    assert qini(trial, np.ones(rows)).reason == "all ranks are the same"


def test_without_econml_the_extra_is_named(monkeypatch):
    real = builtins.__import__

    def missing(name, *args, **options):
        if name.startswith("econml"):
            raise ModuleNotFoundError("No module named 'econml'", name="econml")
        return real(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(
        ModelError, match=r'package econml; install it with pip .*"treue\[uplift\]"'
    ):
        qini(drawn(0.3, rows=100), np.zeros(100))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"left": [0, 2]}, "left: 1 of 2 values neither 0 nor 1"),
        ({"called": [1]}, "called: 1 values beside 2 outcomes"),
        ({"likelihood": [0.1, np.nan]}, "likelihood: 1 of 2 values missing"),
    ],
)
def test_trials_that_make_no_sense_are_refused(changed, message):
    sound = {
        "customers": ["A", "B"],
        "left": [0, 1],
        "called": [1, 0],
        "draw": [1, 1],
        "likelihood": [0.2, 0.3],
    }
    with pytest.raises(ModelError, match=message):
        Trial.of(**{**sound, **changed})


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(uplift).failed == 0

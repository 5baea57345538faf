"""What later cutoffs support is chosen; everything else stays off, with the reason."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from treue.training.choose import ALONE, choose, combined
from treue.training.verdict import gained

HORIZON = 90


def forward(
    rng, *, cutoffs=4, rows=600, tree_noise=1.0, linear_noise=0.2, level=0.0, apart=90, drift=()
):
    """Predictions of `cutoffs` months: both members see the truth, each with noise of its own."""
    parts = []
    for i in range(cutoffs):
        truth = rng.normal(0, 1.2, rows)
        moved = level + (drift[i] if drift else 0.0)
        parts.append(
            pd.DataFrame(
                {
                    "cutoff": pd.Timestamp("2023-01-01") + pd.Timedelta(days=apart * i),
                    "outcome": (rng.random(rows) < expit(truth + moved)).astype(int),
                    "tree": truth + rng.normal(0, tree_noise, rows),
                    "linear": truth + rng.normal(0, linear_noise, rows),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def chosen(table, customers=None):
    ids = np.arange(len(table)) if customers is None else customers
    return choose(table, ids, horizon_days=HORIZON)


def test_a_member_that_helps_at_every_cutoff_is_blended(rng):
    table = forward(rng)
    found = chosen(table)
    assert found.weights["linear"] > found.weights.get("tree", 0.0)
    assert found.blended
    blend, level = found.decisions
    assert "at 4 of them" in blend.reason
    assert "linear" in blend.chosen
    assert (level.chosen, found.shift) == ("none", 0.0)


def test_a_blend_keeps_the_level_of_the_trees(rng):
    table = forward(rng)
    found = chosen(table)
    assert expit(found.log_odds).mean() == pytest.approx(expit(table["tree"]).mean(), abs=1e-9)


def test_what_helps_nowhere_or_only_somewhere_is_not_blended(rng):
    worse = forward(rng, tree_noise=0.1, linear_noise=3.0)
    assert chosen(worse).weights == ALONE
    mixed = forward(rng, tree_noise=0.1, linear_noise=3.0)
    last = mixed["cutoff"] == mixed["cutoff"].max()
    mixed.loc[last, ["tree", "linear"]] = mixed.loc[last, ["linear", "tree"]].to_numpy()
    found = chosen(mixed)
    assert found.weights == ALONE
    assert not found.blended
    np.testing.assert_array_equal(found.log_odds, mixed["tree"])


def test_two_cutoffs_are_too_few_to_judge_by(rng):
    found = chosen(forward(rng, cutoffs=2))
    assert found.weights == ALONE
    assert found.decisions[0].reason == "cutoffs to judge members at: 2; 3 are needed"


def test_where_the_level_moves_much_nothing_is_blended(rng):
    found = chosen(forward(rng, drift=(1.0, -1.0, 1.0, -1.0)))
    assert found.weights == ALONE
    assert "too much to learn weights" in found.decisions[0].reason


def test_many_rows_of_few_customers_are_little_evidence(rng):
    table = forward(rng, rows=300, tree_noise=0.6, linear_noise=0.4)
    many = pd.concat([table] * 20, ignore_index=True)
    alone = choose(many, np.arange(len(many)), horizon_days=HORIZON)
    together = choose(many, np.tile(np.arange(len(table)), 20), horizon_days=HORIZON)
    assert error_of(together) > 3 * error_of(alone)


def test_a_level_that_stays_off_is_shifted_by_half_its_last_error(rng):
    table = forward(rng, cutoffs=6, tree_noise=0.0, linear_noise=3.0, level=0.8)
    found = chosen(table)
    assert 0.25 < found.shift < 0.55
    assert found.decisions[1].chosen.startswith("+0.")


def test_a_level_that_swings_is_left_alone(rng):
    table = forward(
        rng, cutoffs=6, tree_noise=0.0, linear_noise=3.0, drift=(0.8, -0.8, 0.8, -0.8, 0.8, -0.8)
    )
    assert chosen(table).shift == 0.0


def test_a_level_nobody_could_foretell_yet_is_no_evidence(rng):
    table = forward(rng, cutoffs=6, tree_noise=0.0, linear_noise=3.0, level=0.8, apart=20)
    found = chosen(table)
    assert found.shift == 0.0
    assert "3 are needed" in found.decisions[1].reason


def test_a_gain_that_is_the_same_everywhere_is_certain():
    part = np.repeat([0, 1], [100, 2000])
    found = gained(np.full(2100, 0.01), part, np.arange(2100))
    assert found.gain == pytest.approx(0.01)
    assert found.error == pytest.approx(0.0, abs=1e-12)


def test_a_member_that_is_not_there_everywhere_is_left_out(rng):
    table = forward(rng)
    table.loc[table["cutoff"] == table["cutoff"].min(), "linear"] = np.nan
    found = chosen(table)
    assert found.weights == ALONE
    assert "no other member could be fitted" in found.decisions[0].reason


def test_trees_alone_are_taken_as_they_are():
    trees = np.array([0.3, -2.0])
    assert combined({"tree": trees}, ALONE) is trees


def error_of(found):
    return float(re.search(r"standard error ([0-9.]+)", found.decisions[0].reason)[1])


@pytest.fixture
def rng():
    return np.random.default_rng(5)

import doctest
from fractions import Fraction
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk

from treue.models import metrics
from treue.models.curves import calibration_curve, lift_curve
from treue.models.errors import ModelError

ALL = {
    "auroc": metrics.auroc,
    "average_precision": metrics.average_precision,
    "log_loss": metrics.log_loss,
    "brier": metrics.brier,
    "ece": metrics.expected_calibration_error,
    "lift_10": lambda y, p: metrics.lift_at(y, p, 0.10),
}


def drawn(seed: int, n: int = 300, decimals: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes and rounded, hence tied, probabilities."""
    rng = np.random.default_rng(seed)
    p = np.round(rng.beta(1, 3, n), decimals)
    return (rng.random(n) < p).astype(int), p


def test_auroc_counts_pairs_and_ties_half():
    y, p = drawn(1)
    pairs = [(a > b) + (a == b) / 2 for a in p[y == 1] for b in p[y == 0]]
    assert metrics.auroc(y, p) == pytest.approx(np.mean(pairs), abs=1e-14)


@pytest.mark.parametrize("decimals", [1, 2, 15])
@pytest.mark.parametrize(
    ("name", "oracle"),
    [
        ("auroc", sk.roc_auc_score),
        ("average_precision", sk.average_precision_score),
        ("log_loss", sk.log_loss),
        ("brier", sk.brier_score_loss),
    ],
)
def test_the_well_known_metrics_equal_scikit_learn(name, oracle, decimals):
    y, p = drawn(2, decimals=decimals)
    assert ALL[name](y, p) == pytest.approx(oracle(y, p), rel=1e-12)


def test_log_loss_of_a_certain_error_is_large_but_finite():
    assert metrics.log_loss([1, 0], [0.0, 0.0]) == pytest.approx(sk.log_loss([1, 0], [0.0, 0.0]))
    assert 18 < metrics.log_loss([1, 0], [0.0, 0.0]) < 18.1


def test_brier_by_hand():
    assert metrics.brier([1, 0, 1, 0], [0.9, 0.2, 0.5, 0.5]) == pytest.approx(0.55 / 4)


def slow_calibration_error(y, p, bins):
    """Bin by bin in exact fractions: a run of equal p goes where the middle of its rows lies."""
    binned: dict[int, list[int]] = {}
    for value in sorted(set(p)):
        rows = [i for i in range(len(p)) if p[i] == value]
        below = sum(q < value for q in p)
        middle = Fraction(2 * below + len(rows), 2 * len(p))
        binned.setdefault(min(int(middle * bins), bins - 1), []).extend(rows)
    return sum(
        len(rows) / len(p) * abs(np.mean([y[i] for i in rows]) - np.mean([p[i] for i in rows]))
        for rows in binned.values()
    )


@pytest.mark.parametrize("bins", [1, 2, 7, 10])
@pytest.mark.parametrize("decimals", [1, 2, 15])
def test_calibration_error_equals_the_slow_one(bins, decimals):
    y, p = drawn(3, n=137, decimals=decimals)
    fast = metrics.expected_calibration_error(y, p, bins=bins)
    assert fast == pytest.approx(slow_calibration_error(y, p, bins), abs=1e-14)


def test_calibration_error_by_hand():
    # two bins of two rows: |0.2 - 0.5| and |0.7 - 1.0|, half the mass each
    y, p = [0, 1, 1, 1], [0.1, 0.3, 0.6, 0.8]
    assert metrics.expected_calibration_error(y, p, bins=2) == pytest.approx(0.3)


def test_rows_of_one_probability_are_one_bin_even_when_ten_are_asked_for():
    y = [1, 0, 0, 0, 1, 0, 0, 0, 1, 0]
    assert metrics.expected_calibration_error(y, [0.3] * 10) == pytest.approx(0.0, abs=1e-15)
    assert calibration_curve(y, [0.3] * 10)["rows"].tolist() == [10]


@pytest.mark.parametrize("name", ALL)
def test_row_order_changes_nothing_to_the_last_bit(name):
    y, p = drawn(4, decimals=1)
    shuffled = np.random.default_rng(0).permutation(len(y))
    assert ALL[name](y, p) == ALL[name](y[shuffled], p[shuffled])


@pytest.mark.parametrize("rows", [1, 2, 3, 5])
def test_lift_is_the_average_over_all_orders_of_tied_rows(rows):
    y = np.array([1, 0, 1, 0, 0, 1])
    p = np.array([0.9, 0.5, 0.5, 0.5, 0.5, 0.1])
    hits = [
        sum(y[list(order)][:rows])
        for order in permutations(range(6))
        if all(np.diff(p[list(order)]) <= 0)
    ]
    expected = np.mean(hits) / rows / y.mean()
    assert metrics.lift_at(y, p, rows / 6) == pytest.approx(expected)


def test_lift_of_a_share_that_ends_inside_a_row_takes_that_part_of_it():
    # a quarter of six rows: the first row, and half of the second
    assert metrics.lift_at([1, 0, 1, 0, 0, 0], [6, 5, 4, 3, 2, 1], 0.25) == pytest.approx(2.0)
    assert metrics.lift_at([1, 1, 0, 0, 0, 0], [6, 5, 4, 3, 2, 1], 0.25) == pytest.approx(3.0)


def test_lift_of_everybody_and_of_a_constant_score_is_one():
    y, p = drawn(5)
    assert metrics.lift_at(y, p, 1) == pytest.approx(1.0)
    assert metrics.lift_at(y, np.full(len(y), 0.4), 0.05) == pytest.approx(1.0)


@pytest.mark.parametrize("outcome", [0, 1])
def test_ranking_metrics_of_one_class_are_nan_and_the_others_are_not(outcome):
    y, p = [outcome] * 3, [0.2, 0.3, 0.4]
    for name in ("auroc", "average_precision", "lift_10"):
        assert np.isnan(ALL[name](y, p))
    for name in ("log_loss", "brier", "ece"):
        assert np.isfinite(ALL[name](y, p))
    assert lift_curve(y, p)["gain"].isna().all()


def test_ranking_metrics_take_any_score_and_only_its_order():
    y, p = drawn(6, decimals=1)
    scores = np.log(p + 0.01) * 7
    for name in ("auroc", "average_precision", "lift_10"):
        assert ALL[name](y, scores) == ALL[name](y, p)


@pytest.mark.parametrize(
    ("y", "p", "message"),
    [
        ([], [], "y: no rows, so there is nothing to measure"),
        ([1, 0], [0.1], "p: 1 values beside 2 outcomes; hand in one value for each row"),
        ([1, 2], [0.1, 0.2], r"y: 1 of 2 values neither 0 nor 1 \(rows 1\); code the event as 1"),
        ([1, 0], [0.1, np.nan], r"p: 1 of 2 values missing or infinite \(rows 1\)"),
        ([1, 0], [-0.1, 1.2], r"p: 2 of 2 values outside 0..1 \(rows 0, 1\); hand in probabil"),
        ([0] * 7, [2.0] * 7, r"p: 7 of 7 values outside 0..1 \(rows 0, 1, 2, 3, 4, \.\.\.\)"),
        (["yes", "no"], [0.1, 0.2], "y: not numbers"),
        ([1, 0], [[0.1, 0.9], [0.8, 0.2]], r"p: one column is needed, not .* shape \(2, 2\)"),
    ],
)
def test_wrong_input_is_refused_with_the_rows_named(y, p, message):
    with pytest.raises(ModelError, match=message):
        metrics.log_loss(y, p)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: metrics.lift_at([1, 0], [0.1, 0.2], 5), "share: 5 is outside 0..1; ask for 0.05"),
        (lambda: metrics.expected_calibration_error([1], [0.1], bins=0), "bins: 0 is no number of"),
        (lambda: calibration_curve([1], [0.1], bins=0), "bins: 0 is no number of bins"),
        (lambda: lift_curve([1], [0.1], points=0), "points: 0 is no number of points"),
    ],
)
def test_wrong_options_are_refused(call, message):
    with pytest.raises(ModelError, match=message):
        call()


def test_calibration_curve_shows_the_bins_of_the_calibration_error():
    y, p = drawn(7, n=500)
    curve = calibration_curve(y, p)
    gap = (curve["predicted"] - curve["observed"]).abs()
    assert curve["rows"].sum() == 500
    assert (curve["predicted"].diff().dropna() > 0).all()
    assert np.average(gap, weights=curve["rows"]) == pytest.approx(ALL["ece"](y, p))


def test_calibration_curve_has_wilson_intervals():
    # 3 of 10: the textbook's 95 % Wilson interval is 0.108 to 0.603
    curve = calibration_curve([1, 1, 1, 0, 0, 0, 0, 0, 0, 0], [0.3] * 10)
    expected = pd.DataFrame(
        {"rows": [10], "predicted": [0.3], "observed": [0.3], "low": [0.108], "high": [0.603]}
    )
    pd.testing.assert_frame_equal(curve, expected, atol=5e-4, check_exact=False)


def test_lift_curve_meets_lift_at_and_ends_with_everybody():
    y, p = drawn(8)
    curve = lift_curve(y, p, points=20).set_index("share")
    assert curve.loc[0.05, "lift"] == pytest.approx(metrics.lift_at(y, p, 0.05))
    assert curve.loc[0.10, "lift"] == pytest.approx(metrics.lift_at(y, p, 0.10))
    assert curve.loc[1.0].tolist() == [1.0, 1.0]
    assert (curve["gain"].diff().dropna() >= 0).all()


def test_the_examples_in_the_docstrings_hold():
    result = doctest.testmod(metrics)
    assert result.attempted > 0
    assert result.failed == 0

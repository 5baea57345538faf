import json
import logging
import math

import numpy as np
import pytest
from scipy.special import expit
from sklearn import metrics as sk

from treue.models import metrics
from treue.models.errors import ModelError
from treue.models.intervals import METRICS, Interval, interval, paired_difference, summary
from treue.models.profit import empc
from treue.models.ranked import rank

PLAIN = {
    "auroc": sk.roc_auc_score,
    "average_precision": sk.average_precision_score,
    "log_loss": sk.log_loss,
    "brier": sk.brier_score_loss,
    "ece": metrics.expected_calibration_error,
    "lift_1": lambda y, p: metrics.lift_at(y, p, 0.01),
    "lift_5": lambda y, p: metrics.lift_at(y, p, 0.05),
    "lift_10": lambda y, p: metrics.lift_at(y, p, 0.10),
    "empc": empc,
}


def drawn(seed, n=400, decimals=2):
    rng = np.random.default_rng(seed)
    p = np.round(rng.beta(1, 3, n), decimals)
    return (rng.random(n) < p).astype(int), p


@pytest.mark.parametrize("decimals", [1, 15])
@pytest.mark.parametrize("name", METRICS)
def test_a_replicate_equals_the_metric_on_the_rows_drawn(name, decimals):
    y, p = drawn(1, decimals=decimals)
    rng = np.random.default_rng(2)
    for _ in range(3):
        rows = rng.integers(len(y), size=len(y))
        ranked = rank(y, p)
        counts = np.bincount(rows, minlength=len(y)).astype(float)
        fast = METRICS[name](ranked, counts[ranked.order])
        assert fast == pytest.approx(PLAIN[name](y[rows], p[rows]), rel=1e-10)


def test_a_replicate_of_profit_draws_margins_with_their_rows():
    y, p = drawn(3, decimals=1)
    rng = np.random.default_rng(4)
    margin, rows = rng.normal(100, 80, len(y)), rng.integers(len(y), size=len(y))
    ranked = rank(y, p, margin=margin)
    counts = np.bincount(rows, minlength=len(y)).astype(float)
    fast = METRICS["empc"](ranked, counts[ranked.order])
    assert fast == pytest.approx(empc(y[rows], p[rows], clv=margin[rows]), rel=1e-10)


def test_summary_holds_every_metric_over_all_rows_with_its_interval():
    y, p = drawn(5)
    found = summary(y, p, n_bootstrap=100)
    assert list(found) == list(PLAIN)
    for name, one in found.items():
        assert one.value == pytest.approx(PLAIN[name](y, p), rel=1e-10)
        assert one.low < one.high
        assert (one.level, one.replicates, one.skipped, one.reason) == (0.95, 100, 0, "")
    for name in ("auroc", "log_loss", "brier", "empc"):
        assert found[name].low < found[name].value < found[name].high


def test_summary_uses_the_margins_and_costs_of_the_company():
    y, p = drawn(6)
    margin = np.random.default_rng(0).gamma(2, 100, len(y))
    own = summary(y, p, margin=margin, incentive=25, contact_cost=4, n_bootstrap=20)["empc"]
    assert own.value == pytest.approx(empc(y, p, clv=margin, incentive=25, contact_cost=4))
    assert own.low < own.value < own.high
    one_for_all = summary(y, p, margin=300, n_bootstrap=0)["empc"]
    assert one_for_all.value == pytest.approx(empc(y, p, clv=300))


def test_the_interval_of_a_mean_is_as_wide_as_theory_says():
    y, p = drawn(7, n=2000)
    squared = (y - p) ** 2
    found = interval("brier", y, p, n_bootstrap=2000)
    half_width = 1.96 * squared.std() / math.sqrt(len(y))
    assert found.high - found.value == pytest.approx(half_width, rel=0.08)
    assert found.value - found.low == pytest.approx(half_width, rel=0.08)


def test_the_interval_of_auroc_is_as_wide_as_delong_says():
    rng = np.random.default_rng(8)
    y = np.repeat([0, 1], [900, 300])
    p = expit(rng.normal(y, 1))
    found = interval("auroc", y, p, n_bootstrap=1000)
    beats = p[y == 1][:, None] > p[y == 0][None, :]
    variance = beats.mean(axis=1).var(ddof=1) / 300 + beats.mean(axis=0).var(ddof=1) / 900
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(math.sqrt(variance), rel=0.08)


def test_customers_are_drawn_with_all_their_rows():
    y, p = drawn(9, n=200, decimals=15)
    y, p = y[np.lexsort((p, y))], p[np.lexsort((p, y))]
    customers = np.array([f"c{number:03d}" for number in range(200)])
    once = summary(y, p, n_bootstrap=50)
    twice = summary(np.tile(y, 2), np.tile(p, 2), groups=np.tile(customers, 2), n_bootstrap=50)
    for name in METRICS:
        assert twice[name].low == pytest.approx(once[name].low, rel=1e-10)
        assert twice[name].high == pytest.approx(once[name].high, rel=1e-10)


def test_repeated_rows_taken_for_new_ones_would_feign_precision():
    y, p = drawn(10, n=200)
    honest = interval("auroc", np.tile(y, 4), np.tile(p, 4), groups=np.tile(np.arange(200), 4))
    feigned = interval("auroc", np.tile(y, 4), np.tile(p, 4))
    width, feigned_width = honest.high - honest.low, feigned.high - feigned.low
    assert feigned_width / width == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("grouped", [False, True])
def test_row_order_changes_neither_figures_nor_intervals(grouped):
    y, p = drawn(11, decimals=1)
    rng = np.random.default_rng(0)
    margin, p_b = rng.normal(100, 50, len(y)), np.round(rng.random(len(y)), 1)
    groups = rng.integers(100, size=len(y)).astype(str) if grouped else None
    shuffled = rng.permutation(len(y))
    again = None if groups is None else groups[shuffled]
    assert summary(
        y[shuffled], p[shuffled], margin=margin[shuffled], groups=again, n_bootstrap=20
    ) == summary(y, p, margin=margin, groups=groups, n_bootstrap=20)
    assert paired_difference(
        "auroc", y[shuffled], p[shuffled], p_b[shuffled], groups=again, n_bootstrap=20
    ) == paired_difference("auroc", y, p, p_b, groups=groups, n_bootstrap=20)


def test_the_seed_alone_decides_the_replicates():
    y, p = drawn(12)
    first = interval("auroc", y, p, n_bootstrap=50, seed=1)
    assert interval("auroc", y, p, n_bootstrap=50, seed=1) == first
    assert interval("auroc", y, p, n_bootstrap=50, seed=2).low != first.low


def test_interval_and_summary_agree():
    y, p = drawn(13)
    assert interval("lift_10", y, p, n_bootstrap=40) == summary(y, p, n_bootstrap=40)["lift_10"]


def test_a_wider_level_holds_the_narrower_one():
    y, p = drawn(14)
    narrow, wide = (interval("auroc", y, p, level=level) for level in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.value < narrow.high < wide.high
    assert narrow.level == 0.5


def test_replicates_with_one_class_are_skipped_and_counted():
    # no event is drawn in (4/5)^5 = 33 % of the replicates, five times the event in 1 of 3125
    y, p = [1, 0, 0, 0, 0], [0.5, 0.4, 0.3, 0.2, 0.6]
    found = summary(y, p, n_bootstrap=1000)
    for name in ("auroc", "average_precision", "lift_1"):
        assert found[name].skipped == pytest.approx(328, abs=45)
        assert found[name].replicates + found[name].skipped == 1000
        assert 0 <= found[name].low <= found[name].high
    assert (found["log_loss"].skipped, found["log_loss"].replicates) == (0, 1000)


def test_one_class_gives_nan_with_the_reason_and_null_in_json():
    found = summary([0, 0, 0], [0.1, 0.2, 0.3], n_bootstrap=10)
    assert math.isnan(found["auroc"].value)
    assert json.loads(json.dumps(found["auroc"].as_dict(), allow_nan=False)) == {
        "value": None,
        "low": None,
        "high": None,
        "level": 0.95,
        "replicates": 0,
        "skipped": 10,
        "reason": "all outcomes are the same",
    }
    assert found["brier"].value == pytest.approx(0.14 / 3)
    assert found["brier"].reason == ""


def test_one_customer_has_figures_but_no_interval():
    found = interval("auroc", [0, 1, 1], [0.1, 0.2, 0.3], groups=["a", "a", "a"])
    assert found.value == 1.0
    assert math.isnan(found.low)
    assert found.reason == "no interval: one customer cannot be resampled"


def test_no_replicates_give_figures_alone():
    found = interval("brier", [0, 1], [0.1, 0.2], n_bootstrap=0)
    assert found.value == pytest.approx((0.01 + 0.64) / 2)
    assert (found.replicates, found.reason) == (0, "no interval asked for")


def test_a_model_beside_itself_differs_by_nothing():
    y, p = drawn(15)
    for name in METRICS:
        same = paired_difference(name, y, p, p, n_bootstrap=20)
        assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)


def test_a_paired_difference_is_the_difference_on_the_rows_drawn():
    y, p_a = drawn(16, n=30, decimals=1)
    p_b = np.round(np.random.default_rng(1).random(30), 1)
    customers = np.arange(30)
    found = paired_difference("brier", y, p_a, p_b, groups=customers, n_bootstrap=200, seed=3)
    rng = np.random.default_rng(3)
    slow = []
    for _ in range(200):
        rows = rng.integers(30, size=30)
        a, b = (sk.brier_score_loss(y[rows], p[rows]) for p in (p_a, p_b))
        slow.append(a - b)
    assert found.value == pytest.approx(
        sk.brier_score_loss(y, p_a) - sk.brier_score_loss(y, p_b), abs=1e-12
    )
    assert [found.low, found.high] == pytest.approx(np.quantile(slow, [0.025, 0.975]), abs=1e-12)


def test_pairing_is_narrower_than_two_separate_intervals():
    y, p = drawn(17)
    nearly = np.clip(p + np.random.default_rng(0).normal(0, 0.03, len(p)), 0, 1)
    paired = paired_difference("auroc", y, p, nearly)
    alone = interval("auroc", y, p)
    assert paired.high - paired.low < (alone.high - alone.low) / 3


def test_swapping_the_models_turns_the_sign():
    y, p_a = drawn(18)
    p_b = np.full(len(y), y.mean())
    groups = np.arange(len(y))
    forth = paired_difference("log_loss", y, p_a, p_b, groups=groups, n_bootstrap=60)
    back = paired_difference("log_loss", y, p_b, p_a, groups=groups, n_bootstrap=60)
    assert (back.value, back.low, back.high) == pytest.approx(
        (-forth.value, -forth.high, -forth.low)
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: interval("f1", [1, 0], [0.1, 0.2]), "metric: there is no 'f1'; known are auroc, "),
        (lambda: interval("auroc", [1, 0], [0.1, 0.2], level=95), "level: 95 is outside 0..1"),
        (
            lambda: summary([1, 0], [0.1, 0.2], n_bootstrap=-1),
            "n_bootstrap: -1 is negative; ask for 0 to have no intervals",
        ),
        (
            lambda: summary([1, 0], [0.1, 0.2], groups=["a"]),
            "groups: 1 ids beside 2 rows; hand in one for each row",
        ),
        (
            lambda: summary([1, 0], [0.1, 0.2], groups=["a", None]),
            r"groups: 1 of 2 values missing \(rows 1\); leave out rows without a customer",
        ),
        (lambda: summary([1, 0], [0.1, 0.2], contact_cost=0), "contact_cost: 0 is not above 0"),
        (lambda: summary([1, 0], [0.1, 1.2]), r"p: 1 of 2 values outside 0..1 \(rows 1\)"),
        (
            lambda: paired_difference("auroc", [1, 0], [0.1, 0.2], [0.1]),
            "p: 1 values beside 2 outcomes",
        ),
    ],
)
def test_what_cannot_be_measured_is_refused(call, message):
    with pytest.raises(ModelError, match=message):
        call()


def test_summary_logs_one_line_with_rows_and_seconds(caplog):
    with caplog.at_level(logging.INFO, logger="treue.models.intervals"):
        summary([1, 0, 1], [0.1, 0.2, 0.3], n_bootstrap=2)
    assert [record.message[:45] for record in caplog.records] == [
        "9 metrics over 3 rows with 2 replicates in 0."
    ]


def test_an_interval_is_ready_for_json():
    assert Interval(0.5, 0.4, 0.6, replicates=300).as_dict() == {
        "value": 0.5,
        "low": 0.4,
        "high": 0.6,
        "level": 0.95,
        "replicates": 300,
        "skipped": 0,
        "reason": "",
    }

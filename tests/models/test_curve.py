"""The curve: monotone, anchored, learnt only from what was known."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.special import expit, logit

from treue.models.curve import Curve, Point
from treue.models.curve_fit import fit_curve
from treue.models.curve_terms import INPUTS, NAMES, terms, typical_values

FIRST = datetime(2024, 1, 1)
NO_COLUMNS = dict.fromkeys(INPUTS["buys_again"], 10.0)


def point(days, intercept=0.0, **weights):
    return Point(days=days, rows=100, intercept=intercept, weights=weights)


def curve(*points, event="buys_again", anchor_days=90):
    typical = dict.fromkeys(INPUTS[event], 10.0)
    return Curve(event=event, anchor_days=anchor_days, typical=typical, points=list(points))


numbers = st.floats(-30, 30)
weights = st.fixed_dictionaries(dict.fromkeys(NAMES["buys_again"], numbers))
values = st.one_of(st.just(float("nan")), st.floats(0, 5000))


@given(
    log_odds=numbers,
    intercepts=st.lists(numbers, min_size=4, max_size=4),
    chosen=st.lists(weights, min_size=4, max_size=4),
    row=st.fixed_dictionaries(dict.fromkeys(INPUTS["buys_again"], values)),
)
def test_no_curve_ever_decreases_and_each_keeps_its_anchor(log_odds, intercepts, chosen, row):
    days = (30, 60, 180, 365)
    made = curve(*(point(d, i, **w) for d, i, w in zip(days, intercepts, chosen, strict=True)))
    (found,) = made.within([log_odds], pd.DataFrame([row]))
    assert made.days == [30, 60, 90, 180, 365]
    assert (np.diff(found) >= 0).all()
    assert found[2] == pytest.approx(1 - expit(log_odds), abs=1e-12)


def test_a_point_is_what_its_weights_say():
    made = curve(point(30, -1.0, log_odds=0.5, log_recency=-0.25))
    panel = pd.DataFrame({"recency_days": [np.e - 1, np.nan]})
    found = made.within([-0.4, -0.4], panel)
    unknown = expit(-1.0 + 0.5 * 0.4 - 0.25 * np.log(11))
    np.testing.assert_allclose(found[:, 0], [expit(-1.0 + 0.5 * 0.4 - 0.25), unknown])
    np.testing.assert_allclose(found[:, 1], expit(0.4))


@pytest.mark.parametrize("event", ["has_left", "has_recommended"])
def test_leaving_and_recommending_keep_the_sign_of_the_label(event):
    made = curve(point(30, -2.0, log_odds=1.0), event=event)
    np.testing.assert_allclose(made.within([0.3], pd.DataFrame(index=[0])), [expit([-1.7, 0.3])])


@pytest.mark.parametrize("event", list(NAMES))
def test_terms_have_names_and_stay_finite_without_any_column(event):
    panel = pd.DataFrame(index=range(3))
    typical = typical_values(event, panel)
    found = terms(event, np.array([-40.0, 0.0, 40.0]), panel, days=30, typical=typical)
    assert found.shape == (3, len(NAMES[event]))
    assert np.isfinite(found).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"points": [point(60), point(30)]}, "do not ascend"),
        ({"points": [point(30), point(30)]}, "do not ascend"),
        ({"points": [point(90)]}, "beside the anchor 90"),
        ({"points": [point(30, ends_within=1.0)]}, "no term 'ends_within' of buys_again"),
        ({"typical": {}}, "no typical gap_mean_days"),
    ],
)
def test_a_curve_that_means_nothing_is_refused(change, message):
    told = {"event": "buys_again", "anchor_days": 90, "typical": NO_COLUMNS, "points": []}
    with pytest.raises(ValidationError, match=message):
        Curve(**(told | change))


def company(n_customers=400, cutoffs=6, seed=0):
    """Customers who buy at a rate of their own, with exactly right log-odds for 90 days."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(1.0, 1 / 90, n_customers)
    rows = []
    for month in range(cutoffs):
        frame = pd.DataFrame({"customer_id": np.arange(n_customers)})
        frame["cutoff"] = FIRST + timedelta(days=30 * month)
        frame["after"] = rng.exponential(1 / rate)
        frame["log_odds"] = logit(np.exp(-90 * rate).clip(1e-9, 1 - 1e-9))
        rows.append(frame)
    return pd.concat(rows, ignore_index=True), rate


def fitted(panel, **options):
    settings = {"event": "buys_again", "after": "after", "anchor_days": 90, "smallest": 30}
    return fit_curve(panel, panel["log_odds"], **(settings | options))


def test_other_horizons_are_learnt():
    panel, rate = company()
    made = fitted(panel)
    assert made.days == [30, 60, 90, 180]
    found = made.within(panel["log_odds"][: len(rate)], panel[: len(rate)])
    for days, column in zip(made.days, found.T, strict=True):
        truth = 1 - np.exp(-days * rate)
        assert np.abs(column - truth).mean() < 0.03
        assert column.mean() == pytest.approx(truth.mean(), abs=0.02)


def test_what_tells_the_timing_is_used_where_it_did_better_at_later_cutoffs():
    panel, _ = company()
    rng = np.random.default_rng(1)
    # half of the customers buy soon or never, the others evenly over the window
    soon = (panel["customer_id"] % 2).astype(bool)
    panel["gap_mean_days"] = np.where(soon, 5.0, 500.0)
    panel["recency_days"] = 4.0
    panel["after"] = np.where(
        soon & (panel["after"] <= 90), rng.uniform(0, 9, len(panel)), panel.after
    )
    shown = {p.days: set(p.weights) for p in fitted(panel).points}
    assert shown[30] == set(NAMES["buys_again"])
    noise, _ = company()
    noise["recency_days"] = rng.uniform(0, 180, len(noise))
    for each in fitted(noise.query("cutoff < '2024-01-15'")).points:
        assert set(each.weights) == {"log_odds"}  # one cutoff: nothing to try it on


def test_what_was_not_known_when_the_labels_were_changes_nothing():
    panel, _ = company()
    known_until = (panel["cutoff"].max() + timedelta(days=90) - panel["cutoff"]).dt.days
    later = panel.assign(after=panel["after"].where(panel["after"] <= known_until))
    assert fitted(panel) == fitted(later)
    moved = panel["after"].where(panel["after"] <= known_until, panel["after"] + 1000)
    assert fitted(panel) == fitted(panel.assign(after=moved))


def test_a_horizon_without_enough_customers_of_both_outcomes_is_left_out():
    panel, _ = company()
    panel["after"] = np.where(panel["customer_id"] < 20, 10.0, 70.0)
    assert fitted(panel, smallest=20).days == [30, 60, 90]
    assert fitted(panel, smallest=21).days == [90]
    assert fitted(panel.assign(after=np.nan)).days == [90]


def test_many_rows_are_drawn_by_customer(monkeypatch):
    monkeypatch.setattr("treue.models.curve_fit.MOST_ROWS", 1200)
    panel, _ = company()
    rows = fitted(panel).points[0].rows
    assert rows % 6 == 0
    assert 900 < rows < 1500

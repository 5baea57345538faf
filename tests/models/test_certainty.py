"""Intervals that hold what they state, and are wide where little is known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from treue.models.certainty import GROUP_SIZE, LEVEL, PRIOR_DRIFT, Certainty
from treue.models.columns import Columns
from treue.models.errors import ModelError
from treue.models.like_groups import coverage

HORIZON = 90


def world(*, cutoffs=12, rows=1000, drift=0.3, spread=0.2, seed=0, thin_noise=0.0):
    """Predictions that miss every cutoff by its own shift, and every region of features too."""
    rng = np.random.default_rng(seed)
    parts = []
    for i in range(cutoffs):
        X = pd.DataFrame(rng.normal(size=(rows, 3)), columns=["a", "b", "c"])
        X.loc[rng.random(rows) < 0.15, ["b", "c"]] = np.nan
        log_odds = 1.2 * X["a"] - 0.5
        region = rng.normal(0, spread, 20)[(X["a"].rank(pct=True) * 19.99).astype(int)]
        thin = X["b"].isna() * rng.normal(0, thin_noise)
        truth = expit(log_odds + rng.normal(0, drift) + region + thin)
        parts.append(
            X.assign(
                customer_id=np.arange(rows),
                cutoff=pd.Timestamp("2024-01-01") + pd.Timedelta(days=HORIZON * i),
                log_odds=log_odds,
                outcome=(rng.random(rows) < truth).astype(int),
            )
        )
    return pd.concat(parts, ignore_index=True)


COLUMNS = Columns(("a", "b", "c"), ("numeric", "numeric", "numeric"))


def fitted(frame, **options):
    return Certainty.fit(
        frame[["a", "b", "c"]],
        COLUMNS,
        frame[["cutoff", "outcome", "log_odds"]],
        customers=frame["customer_id"],
        cutoff=frame["cutoff"],
        horizon_days=HORIZON,
        **options,
    )


def held(certainty, later):
    found = certainty.assess(later, COLUMNS, later["log_odds"].to_numpy())
    return coverage(
        later["outcome"],
        found.low,
        found.high,
        expit(later["log_odds"]),
        later["cutoff"].astype("int64"),
        size=certainty.group_size,
    )["held"].mean()


@pytest.mark.parametrize("level", [0.8, 0.9])
def test_coverage_on_later_cutoffs_is_what_is_stated(level):
    found = []
    for seed in range(6):
        frame = world(cutoffs=50, rows=300, seed=seed)
        later = frame["cutoff"] > frame["cutoff"].unique()[24]
        found.append(held(fitted(frame[~later], level=level), frame[later]))
    assert np.mean(found) == pytest.approx(level, abs=0.04)


@pytest.fixture(scope="module")
def certainty():
    return fitted(world())


def plain(log_odds):
    no = np.zeros(len(log_odds), dtype=bool)
    return {"thin": no, "unlike": no}


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(-30, 30), min_size=1, max_size=20))
def test_an_interval_holds_its_probability_and_stays_between_0_and_1(certainty, values):
    log_odds = np.array(values)
    low, high = certainty.interval(log_odds, **plain(log_odds))
    p = expit(log_odds)
    assert ((low >= 0) & (low <= p) & (p <= high) & (high <= 1)).all()


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(-6, 6), min_size=2, max_size=20))
def test_the_rank_of_customers_is_the_rank_of_their_ends(certainty, values):
    certain = certainty.model_copy(update={"customers": 10**9, "scores": [-20.0, 20.0]})
    log_odds = np.sort(np.array(values))
    for end in certain.interval(log_odds, **plain(log_odds)):
        assert (np.diff(end) >= -1e-9).all()


def width(certainty, log_odds=0.0, *, thin=False, unlike=False):
    low, high = certainty.interval(
        np.array([log_odds]), thin=np.array([thin]), unlike=np.array([unlike])
    )
    return float(high[0] - low[0])


def test_it_is_wider_where_cutoffs_moved_more():
    assert width(fitted(world(drift=0.8))) > 1.2 * width(fitted(world(drift=0.1)))


def test_it_is_wider_for_thin_rows_where_those_were_missed_more():
    certain = fitted(world(drift=0.1, spread=0.0, thin_noise=1.0))
    assert certain.thin_factor > 1.2
    assert width(certain, thin=True) > width(certain) + 0.02


def test_it_is_wider_for_rows_unlike_anyone_seen(certainty):
    X = world(cutoffs=1).head(100).assign(a=500.0)
    found = certainty.assess(X, COLUMNS, np.zeros(len(X)))
    assert found.unlike.all()
    assert (found.high - found.low).min() > 1.3 * width(certainty)


def test_it_is_wide_with_few_customers_and_where_no_score_was():
    few = world(cutoffs=1, rows=40)
    assert width(fitted(few)) > 1.2 * width(fitted(world(drift=0.0, spread=0.0)))
    many = fitted(world())
    assert width(many.model_copy(update={"scores": [4.0, 5.0]})) > 1.4 * width(many)


def test_without_cutoffs_no_drift_is_said_and_without_a_rolling_backtest_the_prior():
    frame = world(cutoffs=1, drift=0.0)
    forward = frame[["outcome", "log_odds"]]
    arguments = (frame[["a", "b", "c"]], COLUMNS, forward)
    ready = Certainty.fit(*arguments, customers=frame["customer_id"])
    assert (ready.drift, ready.cutoffs) == (0.0, 0)
    young = Certainty.fit(
        *arguments, customers=frame["customer_id"], cutoff=frame["cutoff"], horizon_days=HORIZON
    )
    assert (young.drift, young.cutoffs) == (pytest.approx(PRIOR_DRIFT), 0)
    assert width(young) > width(ready)


def test_cutoffs_that_overlap_tell_less():
    frame = world(cutoffs=6)
    dense = frame.assign(
        cutoff=pd.Timestamp("2024-01-01") + (frame["cutoff"] - frame["cutoff"].min()) / 30
    )
    assert fitted(dense).degrees < fitted(frame).degrees


def test_predictions_of_other_rows_are_refused():
    frame = world(cutoffs=1)
    with pytest.raises(ModelError, match="not of the training rows"):
        Certainty.fit(
            frame[["a", "b", "c"]].head(10),
            COLUMNS,
            frame[["outcome", "log_odds"]],
            customers=frame["customer_id"].head(10),
        )


def test_it_is_plain_numbers_and_comes_back_the_same(certainty):
    assert Certainty.model_validate_json(certainty.model_dump_json()) == certainty
    assert (certainty.level, certainty.group_size) == (LEVEL, GROUP_SIZE)

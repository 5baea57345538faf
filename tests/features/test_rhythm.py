"""Whoever counts as left and buys again all the same is followed, and told of."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from treue.features.rhythm import Pause, rhythm

MAY = datetime(2024, 5, 1)


def panel(after, cutoff=MAY):
    return pd.DataFrame({"cutoff": pd.Timestamp(cutoff), "churned_after": after})


def test_those_who_count_as_left_are_followed_for_a_year():
    after = [10.0] * 20 + [90.0] * 5 + [90.5] * 30 + [365.0] * 10 + [366.0] * 4 + [np.nan] * 31
    found = rhythm(panel(after), MAY + timedelta(days=500), horizon=90)
    assert found.asked == Pause(90, left=75, back=40)
    assert found.followed_days == 365
    assert found.cutoff == MAY
    assert found.too_short


def test_the_latest_cutoff_that_can_be_followed_is_taken():
    both = pd.concat([panel([np.nan] * 40), panel([100.0] * 40, MAY + timedelta(days=30))])
    end = MAY + timedelta(days=395)
    assert rhythm(both, end, horizon=90).asked.back == 40
    assert rhythm(both, end - timedelta(days=1), horizon=90).asked.back == 0


@pytest.mark.parametrize(("days", "seen"), [(179, False), (180, True)])
def test_two_horizons_must_have_passed(days, seen):
    found = rhythm(panel([np.nan] * 40), MAY + timedelta(days=days), horizon=90)
    assert (found is not None) is seen


@pytest.mark.parametrize(("left", "seen"), [(29, False), (30, True)])
def test_a_share_of_a_handful_is_not_told(left, seen):
    found = rhythm(panel([np.nan] * left + [1.0] * 90), MAY + timedelta(days=400), horizon=90)
    assert (found is not None) is seen


def test_without_cutoffs_nothing_can_be_said():
    assert rhythm(panel([]), MAY, horizon=90) is None


def test_the_shortest_longer_horizon_that_fits_is_proposed():
    after = [100.0] * 60 + [np.nan] * 40
    found = rhythm(panel(after), MAY + timedelta(days=400), horizon=90)
    assert found.longer == Pause(180, left=40, back=0)
    assert "label.horizon_days = 180 would leave 0%" in found.to_text()
    never = rhythm(panel([300.0] * 60), MAY + timedelta(days=400), horizon=90)
    assert never.longer is None
    assert "label.horizon_days =" not in never.to_text()


def test_the_text_says_what_churned_means():
    few = rhythm(panel([100.0] + [np.nan] * 99), MAY + timedelta(days=400), horizon=90)
    assert few.to_text() == (
        "Does the horizon fit how customers buy\n"
        "  of 100 customers without a purchase in the 90 days after 2024-05-01, 1% bought again by "
        "day 365: few enough to call them lost"
    )
    many = rhythm(panel([100.0] * 62 + [np.nan] * 38), MAY + timedelta(days=400), horizon=90)
    assert many.to_text("de").splitlines()[:2] == [
        "Ob der Prognosezeitraum zum Kaufrhythmus passt",
        "  von 100 Kunden ohne Kauf in den 90 Tagen nach dem 01.05.2024 haben 62\xa0% bis zum Tag "
        "365 wieder gekauft: zu viele, um sie verloren zu nennen; „abgewandert“ bedeutet hier nur "
        "eine Pause, und Geld, das auf dem Spiel steht, ist noch nicht verloren",
    ]

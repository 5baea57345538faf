"""The simulated company: recommendations kept off the record by chance, traits passed on."""

import pandas as pd
import pytest

from treue.features.errors import TreueError
from treue.features.simulate import Simulation, simulate


@pytest.fixture(scope="module")
def company() -> Simulation:
    return simulate(800, seed=5)


def test_half_recorded_holds_half_of_the_same_recommendations_and_all_else(
    company: Simulation,
) -> None:
    half = simulate(800, seed=5, recorded=0.5)
    for name, frame in company.frames.items():
        if name != "referrals":
            pd.testing.assert_frame_equal(frame, half.frames[name])
    whole, kept = company.frames["referrals"], half.frames["referrals"]
    assert 0.4 < len(kept) / len(whole) < 0.6
    assert len(whole.merge(kept)) == len(kept)


def test_those_recommended_resemble_whoever_recommended_them_only_where_asked(
    company: Simulation,
) -> None:
    def likeness(of: Simulation) -> float:
        loyalty = of.drivers.set_index("customer_id")["loyalty"]
        led = of.frames["referrals"].dropna(subset="referred_id")
        who, whom = loyalty[led["referrer_id"]], loyalty[led["referred_id"]]
        return float(who.reset_index(drop=True).corr(whom.reset_index(drop=True)))

    assert abs(likeness(company)) < 0.25
    assert likeness(simulate(800, seed=5, likeness=0.9)) > 0.7


def test_a_share_above_one_is_refused() -> None:
    with pytest.raises(TreueError, match=r"simulate: recorded is 1\.5; give a share between"):
        simulate(50, recorded=1.5)

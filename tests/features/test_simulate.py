from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from treue.features.errors import TreueError
from treue.features.labels import latest_cutoff
from treue.features.simulate import Simulation, simulate, simulate_to_parquet
from treue.features.simulate_names import company_names
from treue.features.simulate_world import World

CUTOFF = datetime(2024, 7, 3)
DAY = pd.Timedelta(days=1)


@pytest.fixture(scope="module")
def company() -> Simulation:
    return simulate(3000, seed=11)


def orders(company: Simulation) -> pd.DataFrame:
    bought = company.frames["purchases"]
    return bought[~bought["is_return"]].drop_duplicates("order_id")


def outcome(company: Simulation, cutoff: datetime) -> pd.Series:
    """Churned or not, by customer, of those who bought in the 180 days up to the cutoff."""
    placed = orders(company)
    age = cutoff - placed["purchased_at"]
    eligible = placed.loc[(age >= 0 * DAY) & (age <= 180 * DAY), "customer_id"].unique()
    stayed = placed.loc[(age < 0 * DAY) & (age >= -90 * DAY), "customer_id"]
    return pd.Series(~np.isin(eligible, stayed), index=pd.Index(eligible, name="customer_id"))


def like_one(n: int, **state: float) -> World:
    """Make a world of equal, average customers in the given state."""
    world = World(n, np.random.default_rng(5), industries=6)
    for name in ("loyalty", "price_sensitivity"):
        setattr(world, name, np.zeros(n))
    world.base, world.base_slope = np.full(n, 0.05), np.full(n, 2.2)
    world.active = np.ones(n, dtype=bool)
    world.contract, world.log = np.full(n, -1), None
    for name, value in state.items():
        getattr(world, name)[:] = value
    return world


def live(world: World, days: int) -> World:
    for day in range(days):
        world.step(day, season=1.0, without="order")
    return world


def test_same_seed_gives_the_same_company_and_another_seed_another():
    first, again, other = (simulate(60, seed=seed, months=12) for seed in (1, 1, 2))
    for name, frame in first.frames.items():
        pd.testing.assert_frame_equal(frame, again.frames[name])
        assert not frame.equals(other.frames[name])


def test_tables_pass_every_check_without_error_or_warning(company: Simulation):
    tables = company.tables
    assert {finding.level for finding in tables.report.findings} <= {"note"}
    assert set(tables.frames) == {
        "customers",
        "purchases",
        "negotiations",
        "complaints",
        "referrals",
        "payments",
        "contacts",
        "contracts",
    }
    assert tables.attributes == ("industry", "employees", "region", "invoice_format")
    assert tables.sensitive == ("owner_age_group",)
    assert latest_cutoff(tables, 90) == datetime(2024, 10, 3)


def test_every_event_belongs_to_a_customer_who_had_joined(company: Simulation):
    since = company.frames["customers"].set_index("customer_id")["since"]
    assert since.index.is_unique
    for name, moment in (
        ("purchases", "purchased_at"),
        ("negotiations", "negotiated_at"),
        ("complaints", "opened_at"),
        ("contacts", "contacted_at"),
        ("contracts", "started_at"),
    ):
        events = company.frames[name]
        assert (events[moment] >= events["customer_id"].map(since)).all(), name
        assert (events[moment] < company.observed_until).all(), name


def test_a_converted_referral_ends_in_the_first_order_of_a_new_customer(company: Simulation):
    referrals = company.frames["referrals"].dropna(subset=["converted_at"])
    first = orders(company).groupby("customer_id")["purchased_at"].min()
    assert len(referrals) > 200
    assert referrals["referred_id"].is_unique
    assert (referrals["referred_id"].map(first) == referrals["converted_at"]).all()
    assert (referrals["converted_at"] > referrals["referred_at"]).all()


def test_the_price_agreed_for_an_order_is_what_its_lines_add_up_to(company: Simulation):
    haggled = company.frames["negotiations"].dropna(subset=["order_id"]).set_index("order_id")
    lines = company.frames["purchases"].groupby("order_id")[["list_amount", "amount"]].sum()
    lines = lines.loc[haggled.index]
    assert (haggled["outcome"] == "won").all()
    np.testing.assert_allclose(haggled["list_price"], lines["list_amount"], atol=0.006)
    np.testing.assert_allclose(haggled["agreed_price"], lines["amount"], atol=0.006)
    assert (haggled["asked_price"] < haggled["agreed_price"]).all()


def test_returns_are_negative_and_goods(company: Simulation):
    bought = company.frames["purchases"]
    back = bought[bought["is_return"]]
    assert len(back) > 100
    assert (back["amount"] < 0).all()
    assert (back["kind"] == "goods").all()
    assert (bought.loc[~bought["is_return"], "amount"] > 0).all()


def test_some_customers_lose_money_and_still_bring_others(company: Simulation):
    margin = company.frames["purchases"].groupby("customer_id")["margin"].sum()
    bringing = company.frames["referrals"].dropna(subset=["referred_id"])["referrer_id"]
    at_a_loss = set(margin.index[margin < 0])
    assert 0.04 < len(at_a_loss) / len(margin) < 0.10
    assert len(at_a_loss & set(bringing)) >= 10


def test_complaints_are_recorded_some_time_after_they_were_made(company: Simulation):
    complaints = company.frames["complaints"]
    delay = complaints["recorded_at"] - complaints["opened_at"]
    assert (delay >= 0 * DAY).all()
    assert 0.3 * DAY < delay.median() < 2 * DAY


def test_the_longer_a_complaint_stays_open_the_less_is_ordered():
    orders_a_day = [
        like_one(1, complaint_age=age, weight=1.0).step(0, season=1.0)[0] for age in (-1, 0, 9, 20)
    ]
    assert orders_a_day[0] > 1.3 * orders_a_day[1]
    assert orders_a_day[1] > 2 * orders_a_day[2]
    assert orders_a_day[2] > 2 * orders_a_day[3]


def test_good_resolution_does_not_fully_heal_and_a_late_one_heals_less():
    good, late = (like_one(4000, complaint_age=age, weight=1.0) for age in (3, 30))
    left = []
    for world in (good, late):
        before = world.discontent.copy()
        solved = live(world, 1).complaint_age < 0
        assert 20 < solved.sum() < 600
        left.append((world.discontent[solved] / before[solved]).mean())
    assert 0.3 < left[0] < left[1] - 0.1 < 0.7


def test_discontent_raises_haggling_before_it_ends_orders():
    content, discontented = (live(like_one(4000, hurt=hurt), 40) for hurt in (0.0, 1.0))
    assert discontented.numbers["talk"] > 4 * content.numbers["talk"] > 100


def test_those_who_leave_had_haggled_and_waited_for_answers_more(company: Simulation):
    churned = outcome(company, CUTOFF)
    talks = company.frames["negotiations"]
    age = CUTOFF - talks["negotiated_at"]
    talks = talks[talks["order_id"].isna() & (age > 0 * DAY) & (age < 90 * DAY)]
    complaints = company.frames["complaints"]
    open_ = complaints[
        (complaints["opened_at"] < CUTOFF - 20 * DAY) & ~(complaints["resolved_at"] < CUTOFF)
    ]
    for signs in (talks, open_):
        shows = churned.index.isin(signs["customer_id"])
        assert churned[shows].mean() > 1.5 * churned[~shows].mean()


def test_recommendations_come_in_bursts_and_from_the_satisfied(company: Simulation):
    made = company.frames["referrals"].sort_values(["referrer_id", "referred_at"])
    gap = made.groupby("referrer_id")["referred_at"].diff().dropna()
    by_chance = made.groupby("referrer_id").size().sub(1).sum() * 30 / 1096
    assert (gap < 30 * DAY).sum() > 3 * by_chance

    content, discontented = (live(like_one(4000, hurt=h, burst=1.0), 30) for h in (0.0, 1.0))
    assert content.numbers["referral"] > 3 * discontented.numbers["referral"]


def test_noise_attributes_have_nothing_to_do_with_leaving(company: Simulation):
    churned = outcome(company, CUTOFF)
    customers = company.frames["customers"].set_index("customer_id")
    for name in company.noise:
        groups = churned.groupby(customers[name].reindex(churned.index))
        spread = np.sqrt(churned.mean() * (1 - churned.mean()) / groups.size())
        z = (groups.mean() - churned.mean()) / spread
        assert (z**2).sum() < 3 * len(z), name


@pytest.mark.parametrize("cutoff", [CUTOFF, datetime(2023, 5, 20)])
def test_true_churn_probability_is_calibrated(company: Simulation, cutoff: datetime):
    churned = outcome(company, cutoff)
    truth = company.true_churn_probability(cutoff, replicates=12)[churned.index]
    assert 0.15 < churned.mean() < 0.30
    expected = truth.groupby(pd.qcut(truth, 10, labels=False)).agg(["mean", "size"])
    variance = (truth * (1 - truth)).groupby(pd.qcut(truth, 10, labels=False)).mean()
    seen = churned.groupby(pd.qcut(truth, 10, labels=False)).mean()
    z = (seen - expected["mean"]) / np.sqrt(variance / expected["size"])
    assert abs(z).max() < 3.5
    assert (z**2).sum() < 25
    total = (churned - truth).sum() / np.sqrt((truth * (1 - truth)).sum())
    assert abs(total) < 3


def test_true_referral_probability_is_calibrated(company: Simulation):
    truth = company.true_referral_probability(CUTOFF, replicates=12)
    made = company.frames["referrals"]
    ahead = made["referred_at"] - CUTOFF
    who = made.loc[(ahead > 0 * DAY) & (ahead <= 90 * DAY), "referrer_id"]
    seen = truth.index.isin(who)
    state = company.plan.world(CUTOFF)
    discontent = pd.Series(state.discontent[state.active], index=truth.index)
    for half in (discontent > 0.1, discontent <= 0.1):
        spread = np.sqrt((truth * (1 - truth))[half].sum())
        assert abs(seen[half].sum() - truth[half].sum()) < 3.5 * spread


def test_true_probability_is_told_of_all_who_had_joined_and_falls_with_the_horizon(
    company: Simulation,
):
    month, quarter = (
        company.true_churn_probability(CUTOFF, horizon, replicates=3) for horizon in (30, 90)
    )
    assert (month >= quarter).all()
    assert month.between(0, 1).all()
    joined = company.frames["customers"].query("since < @CUTOFF")["customer_id"]
    assert list(month.index) == list(joined)


def test_a_cutoff_within_a_day_is_refused(company: Simulation):
    with pytest.raises(TreueError, match=r"cutoff 2024-07-03 12:00:00: .* at midnights from"):
        company.true_churn_probability(CUTOFF + timedelta(hours=12))
    with pytest.raises(TreueError, match=r"to 2025-01-01 00:00:00; take one of these"):
        company.true_churn_probability(datetime(2025, 1, 2))


def test_too_small_a_company_is_refused():
    with pytest.raises(TreueError, match="3 customers over 36 months is too small"):
        simulate(3)


def test_parquet_chunks_make_one_company_of_unlike_customers(tmp_path):
    simulate_to_parquet(tmp_path, 70, chunk=30, seed=4, months=8)
    frames = {
        name: pd.read_parquet(tmp_path / name)
        for name in ("customers", "purchases", "contracts", "payments")
    }
    files = sorted(path.name for path in (tmp_path / "purchases").iterdir())
    assert files == ["00000.parquet", "00001.parquet", "00002.parquet"]
    assert frames["customers"]["customer_id"].tolist() == [f"K{k:07d}" for k in range(70)]
    assert frames["customers"]["name"].is_unique
    assert frames["contracts"]["contract_id"].is_unique
    assert frames["payments"]["invoice_id"].is_unique
    assert (frames["purchases"].groupby("order_id")["customer_id"].nunique() == 1).all()
    assert frames["customers"]["acquisition_cost"].is_unique


def test_names_are_unique_beyond_the_number_of_combinations():
    industry = np.zeros(200, dtype=np.int64)
    last = company_names(np.arange(2_591_900, 2_592_100), industry)
    first = company_names(np.arange(200), industry)
    assert len(set(last) | set(first)) == 400
    assert last[-1] == first[99] + " (2)"

"""Labels and eligibility: who may be asked about, and what then happened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pandas as pd
import pytest

from treue.features.errors import TreueError
from treue.features.labels import Definition, latest_cutoff
from treue.features.panel import AFTER, build_panel
from treue.features.tables import Tables

Labels = Callable[..., dict[str, dict[str, int]]]
SECOND = 1 / 86_400

BOUGHT = [("customer_id", "purchased_at", "amount"), ("anna", 10, 50.0)]
NAMED_CONTRACTS = ("customer_id", "started_at", "ends_at", "cancelled_at")


@pytest.fixture(scope="module")
def labels_of(features_of: Callable[..., pd.DataFrame]) -> Labels:
    """The labels of every eligible customer: ``{"churned": {"anna": 1}}``."""

    def labels(frames: dict[str, list[tuple[Any, ...]]], **options: Any) -> dict[str, Any]:
        panel = features_of([], frames, **{"horizon": 90, "lookback": 180, **options})
        panel = panel.drop(columns=[name for name in AFTER if name in panel])
        assert all(dtype == "int8" for dtype in panel.dtypes)
        return {str(name): panel[name].to_dict() for name in panel}

    return labels


@pytest.fixture(scope="module")
def after_of(features_of: Callable[..., pd.DataFrame]) -> Labels:
    """The days of every eligible customer: ``{"churned_after": {"anna": 10.0}}``."""

    def after(frames: dict[str, list[tuple[Any, ...]]], **options: Any) -> dict[str, Any]:
        panel = features_of([], frames, **{"horizon": 90, "lookback": 180, **options})
        names = [name for name in AFTER if name in panel]
        assert all(panel[name].dtype == "float64" for name in names)
        return {name: panel[name].dropna().to_dict() for name in names}

    return after


def test_whoever_buys_in_the_window_after_the_cutoff_stays(labels_of: Labels) -> None:
    rows = [BOUGHT[0]]
    after = {
        "at_cutoff": 0.0,  # known, so not in the window
        "a_second_later": -SECOND,
        "on_the_last_second": -90.0,
        "a_second_too_late": -90 - SECOND,
    }
    for customer, days in after.items():
        rows += [(customer, 20, 5.0), (customer, days, 5.0)]
    assert labels_of({"purchases": rows})["churned"] == {
        "a_second_later": 0,
        "a_second_too_late": 1,
        "at_cutoff": 1,
        "on_the_last_second": 0,
    }


def test_only_who_bought_in_the_lookback_is_eligible(labels_of: Labels) -> None:
    rows = [
        BOUGHT[0],
        ("today", 0, 5.0),
        ("long_ago", 180, 5.0),
        ("just_in", 180 - SECOND, 5.0),
        ("later", -1, 5.0),
    ]
    assert labels_of({"purchases": rows})["churned"] == {"just_in": 1, "today": 1}
    assert set(labels_of({"purchases": rows}, lookback=181)["churned"]) == {
        *("just_in", "long_ago", "today")
    }


def test_a_return_keeps_nobody(labels_of: Labels) -> None:
    rows = [BOUGHT[0], ("anna", 10, 50.0), ("anna", -10, -50.0), ("bert", 10, -50.0)]
    assert labels_of({"purchases": rows})["churned"] == {"anna": 1}


def test_what_is_recorded_late_decides_the_label_but_not_who_is_eligible(
    labels_of: Labels,
) -> None:
    rows = [
        (*BOUGHT[0], "recorded_at"),
        ("anna", 10, 5.0, None),
        ("anna", -10, 5.0, -200),  # recorded long after the window
        ("bert", 10, 5.0, -1),  # nobody knew at the cutoff
    ]
    assert labels_of({"purchases": rows})["churned"] == {"anna": 0}


def test_decline_compares_spend_with_the_window_before(labels_of: Labels) -> None:
    rows = [
        BOUGHT[0],
        *(("half", 89, 100.0), ("half", -5, 30.0), ("half", -90, 20.0)),
        *(("less", 89, 100.0), ("less", -5, 49.99), ("less", -91, 1.0)),
        *(("early", 90, 900.0), ("early", 10, 10.0), ("early", -5, 5.0)),  # 90 days ago is too old
        ("gone", 5, 100.0),
    ]
    expected = {"early": 0, "gone": 1, "half": 0, "less": 1}
    assert labels_of({"purchases": rows}, churn="decline")["churned"] == expected
    found = labels_of({"purchases": rows}, churn="decline", decline_share=0.4)["churned"]
    assert found == {"early": 0, "gone": 1, "half": 0, "less": 0}


def test_decline_without_spend_before_asks_only_for_spend_after(labels_of: Labels) -> None:
    rows = [
        BOUGHT[0],
        *(("back", 120, 100.0), ("back", -5, 1.0)),
        ("gone", 120, 100.0),
        ("gift", 10, 0.0),  # never paid anything: cannot decline
    ]
    assert labels_of({"purchases": rows}, churn="decline")["churned"] == {"back": 0, "gone": 1}


def test_contract_churn_asks_whether_a_contract_runs_at_the_end_of_the_window(
    labels_of: Labels,
) -> None:
    contracts: dict[str, list[tuple[Any, ...]]] = {
        # started, ends, cancelled: so many days before the cutoff
        "runs on": [(300, -91, None)],
        "has no end": [(300, None, None)],
        "cancelled later": [(300, None, -91)],
        "renewed": [(300, -30, None), (-30, -395, None)],
        "replaced by a new one": [(300, -30, None), (-89, -395, None)],
        "replaced on the last day": [(300, -30, None), (-90, -395, None)],
        "another one runs on": [(300, -30, None), (200, -200, None)],
        "ends on the last day": [(300, -90, None)],
        "cancelled in the window": [(300, None, -90)],
        "cancelled and still running": [(300, -200, -30)],
        "the new one comes too late": [(300, -30, None), (-91, -395, None)],
        "renewed and cancelled": [(300, -30, None), (-30, -395, -60)],
        "the new one is over as well": [(300, -30, None), (-30, -60, None)],
        "another one was cancelled before": [(300, -30, None), (200, -200, 10)],
        "over at the cutoff": [(300, 0, None)],
        "cancelled at the cutoff": [(300, -200, 0)],
        "not yet begun": [(-1, -200, None)],
    }
    names = list(contracts)
    rows = [NAMED_CONTRACTS, *((name, *row) for name in names for row in contracts[name])]
    found = labels_of({"purchases": BOUGHT, "contracts": rows}, churn="contract")["churned"]
    assert found == {**dict.fromkeys(names[:7], 0), **dict.fromkeys(names[7:14], 1)}


def test_a_running_contract_that_is_recorded_late_still_decides_the_label(
    labels_of: Labels,
) -> None:
    rows = [
        (*NAMED_CONTRACTS, "recorded_at"),
        ("anna", 300, -30, None, None),
        ("anna", 20, -400, None, -150),  # signed before the cutoff, recorded after the window
    ]
    found = labels_of({"purchases": BOUGHT, "contracts": rows}, churn="contract")
    assert found["churned"] == {"anna": 0}


def test_contract_churn_asks_nothing_of_purchases(labels_of: Labels) -> None:
    rows = [NAMED_CONTRACTS, ("emil", 300, None, None)]
    found = labels_of({"purchases": BOUGHT, "contracts": rows}, churn="contract", lookback=1)
    assert found["churned"] == {"emil": 0}


def test_whoever_recommends_in_the_window_is_marked(labels_of: Labels) -> None:
    named = ("referrer_id", "referred_at", "referred_id", "converted_at")
    bought = [BOUGHT[0], *((name, 10, 1.0) for name in ("anna", "bert", "cleo", "dora"))]
    rows = [
        named,
        ("anna", 0, "x", -10),  # recommended before, converted in the window
        ("bert", -SECOND, "y", -91),  # recommended in the window, converted after it
        ("cleo", -90, "z", -90),  # both on the last second of the window
        ("dora", -90 - SECOND, "w", None),
        ("emil", -10, "v", -10),  # never bought: not eligible
    ]
    frames = {"purchases": bought, "referrals": rows}
    made = labels_of(frames)
    assert made["referred"] == {"anna": 0, "bert": 1, "cleo": 1, "dora": 0}
    assert made["churned"] == {"anna": 1, "bert": 1, "cleo": 1, "dora": 1}
    converted = labels_of(frames, referral="converted")
    assert converted["referred"] == {"anna": 1, "bert": 0, "cleo": 1, "dora": 0}


def test_the_day_of_the_next_purchase_is_kept_however_late(after_of: Labels) -> None:
    rows = [
        (*BOUGHT[0], "is_return"),
        ("anna", 10, 50.0, False),
        ("anna", -10, 50.0, True),  # a return is no purchase
        ("anna", -120.5, 50.0, False),
        ("anna", -130, 50.0, False),
        ("bert", 0, 50.0, False),  # at the cutoff: known
        ("cleo", 5, 50.0, False),
        ("cleo", -SECOND, 50.0, False),
    ]
    found = after_of({"purchases": rows})["churned_after"]
    assert found == {"anna": 120.5, "cleo": pytest.approx(SECOND)}


def test_the_day_of_leaving_is_the_end_of_what_ran(after_of: Labels) -> None:
    contracts: dict[str, list[tuple[Any, ...]]] = {
        # started, ends, cancelled: so many days before the cutoff
        "has no end": [(300, None, None)],
        "ends": [(300, -30, None)],
        "cancelled before its end": [(300, -60, -20)],
        "ends after the window": [(300, -91, None)],
        "renewed without a gap": [(300, -30, None), (-30, -60, None)],
        "two begun on one day": [(300, -30, None), (300, -50, None), (-50, -70, None)],
        "comes back in time": [(300, -30, None), (-40, -200, None)],
        "comes back and goes": [(300, -30, None), (-40, -80, None)],
        "comes back too late": [(300, -30, None), (-91, -200, None)],
        "renewed after the window": [(300, -100, None), (-100, -150, None)],
        "a gap after the window": [(300, -100, None), (-101, -150, None)],
        "a short one beside a long one": [(300, -100, None), (-5, -10, None)],
    }
    rows = [NAMED_CONTRACTS, *((name, *row) for name, found in contracts.items() for row in found)]
    found = after_of({"purchases": BOUGHT, "contracts": rows}, churn="contract")["churned_after"]
    assert found == {
        "ends": 30,
        "cancelled before its end": 20,
        "ends after the window": 91,
        "renewed without a gap": 60,
        "two begun on one day": 70,
        "comes back in time": 200,
        "comes back and goes": 80,
        "comes back too late": 30,
        "renewed after the window": 150,
        "a gap after the window": 100,
        "a short one beside a long one": 100,
    }


def test_the_day_of_the_next_recommendation_is_kept(after_of: Labels) -> None:
    named = ("referrer_id", "referred_at", "referred_id", "converted_at")
    bought = [BOUGHT[0], *((name, 10, 1.0) for name in ("anna", "bert"))]
    rows = [named, ("anna", 5, "x", -10), ("anna", -20, "y", None), ("bert", -95, "z", -100)]
    frames = {"purchases": bought, "referrals": rows}
    assert after_of(frames)["referred_after"] == {"anna": 20, "bert": 95}
    assert after_of(frames, referral="converted")["referred_after"] == {"anna": 10, "bert": 100}


def test_a_decline_has_no_day(after_of: Labels) -> None:
    assert after_of({"purchases": BOUGHT}, churn="decline") == {}


def test_without_referrals_there_is_no_such_label(labels_of: Labels) -> None:
    assert set(labels_of({"purchases": BOUGHT})) == {"churned"}


def tables(**more: pd.DataFrame) -> Tables:
    purchases = pd.DataFrame(
        {"customer_id": ["anna"], "purchased_at": ["2024-06-21"], "amount": [5.0]}
    )
    frames = {"purchases": purchases, **more}
    return Tables.from_frames(frames, observed_until="2024-09-30 18:30")


def test_a_window_that_outruns_the_data_is_refused_with_the_latest_cutoff() -> None:
    assert latest_cutoff(tables(), 90) == datetime(2024, 7, 2, 18, 30)
    with pytest.raises(
        TreueError,
        match=r"cutoffs: 2 too late, the latest of them 2024-08-01 00:00; the data end on "
        r"2024-09-30 18:30 and the label window of 90 days, so the latest possible cutoff is "
        r"2024-07-02 18:30\.",
    ):
        build_panel(
            tables(),
            [datetime(2024, month, 1) for month in (7, 8)] + [datetime(2024, 7, 3)],
            horizon=90,
            families=[],
        )
    last = build_panel(tables(), [datetime(2024, 7, 2, 18, 30)], horizon=90, families=[])
    assert last["churned"].tolist() == [1]


def test_a_cutoff_after_the_data_is_refused_without_labels_too() -> None:
    with pytest.raises(TreueError, match="so the latest possible cutoff is 2024-09-30 18:30"):
        build_panel(tables(), [datetime(2024, 10, 1)], families=[])


def test_converted_without_a_time_of_conversion_is_refused() -> None:
    referrals = pd.DataFrame({"referrer_id": ["anna"], "referred_at": ["2024-06-01"]})
    with pytest.raises(TreueError, match=r"'converted' needs referrals\.converted_at; map it"):
        build_panel(
            tables(referrals=referrals),
            [datetime(2024, 7, 1)],
            horizon=30,
            referral="converted",
            families=[],
        )


@pytest.mark.parametrize("horizon", [None, 30])
def test_contract_churn_without_contracts_or_their_end_is_refused(horizon: int | None) -> None:
    cutoffs = [datetime(2024, 7, 1)]
    with pytest.raises(TreueError, match="'contract' needs a table of contracts; bring one"):
        build_panel(tables(), cutoffs, horizon=horizon, churn="contract", families=[])
    endless = pd.DataFrame({"customer_id": ["anna"], "started_at": ["2024-06-01"]})
    with pytest.raises(TreueError, match=r"contracts\.ends_at or contracts\.cancelled_at"):
        build_panel(
            tables(contracts=endless), cutoffs, horizon=horizon, churn="contract", families=[]
        )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"churn": "silence"}, "label.churn: 'silence' is none of inactivity, contract, decline"),
        ({"referral": "asked"}, "label.referral: 'asked' is none of made, converted"),
        ({"lookback": 0}, "label.lookback: 0 days; give at least 1"),
        ({"decline_share": 0.0}, "label.decline_share: 0.0 is not above 0 and at most 1"),
        ({"decline_share": 1.5}, "label.decline_share: 1.5 is not above 0 and at most 1"),
    ],
)
def test_a_definition_that_means_nothing_is_refused(options: Any, message: str) -> None:
    with pytest.raises(TreueError, match=message):
        Definition(**options)

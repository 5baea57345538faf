"""How much data there is, how much is needed, and for what."""

import json
from datetime import datetime, timedelta

import pandas as pd
import pyarrow as pa
import pytest

from treue.features.panel import build_panel
from treue.features.tables import Tables
from treue.features.usability import usability

MAY, JUNE = datetime(2024, 5, 1), datetime(2024, 6, 1)


def tables(**frames):
    purchases = {
        "customer_id": ["1", "2", "1", "3", "2"],
        "purchased_at": ["2024-01-01", "2024-02-01", "2024-04-01", "2024-04-15", "2024-05-10"],
        "amount": [1.0, 2.0, 3.0, 4.0, 5.0],
    }
    frames = {"purchases": purchases} | frames
    return Tables.from_frames(
        {name: pa.table(columns) for name, columns in frames.items()},
        observed_until="2024-12-31",
    )


def counted(eligible, churned, referred=None):
    return {
        MAY: {"eligible": 200, "churned": 60, "referred": referred},
        JUNE: {"eligible": eligible, "churned": churned, "referred": referred},
    }


REFERRALS = {"referrer_id": ["1"], "referred_at": ["2024-05-05"]}


def panel(counts):
    rows = [
        {"cutoff": pd.Timestamp(cutoff), "churned": i < n["churned"], "churned_after": None}
        | ({} if n["referred"] is None else {"referred": i < n["referred"]})
        for cutoff, n in counts.items()
        for i in range(n["eligible"])
    ]
    return pd.DataFrame(rows, columns=[*rows[0]] if rows else ["cutoff", "churned"])


def report(counts, lookback=90, horizon=30, **frames):
    return usability(tables(**frames), panel(counts), lookback=lookback, horizon=horizon)


@pytest.mark.parametrize(
    ("eligible", "churned", "enough"),
    [(100, 20, True), (99, 20, False), (100, 19, False), (100, 80, True), (100, 81, False)],
)
def test_a_model_needs_a_hundred_customers_and_twenty_of_either_kind(eligible, churned, enough):
    assert report(counted(eligible, churned)).verdicts["a churn model"] is enough


@pytest.mark.parametrize(("churned", "enough"), [(240, True), (239, False)])
def test_explanations_need_three_hundred_rows_of_either_kind(churned, enough):
    verdicts = report(counted(600, churned)).verdicts
    assert verdicts["explanations of a churn model"] is enough


@pytest.mark.parametrize(("lookback", "once", "often"), [(215, True, True), (216, True, False),
                         (305, True, False), (306, False, False)])  # fmt: skip
def test_comparisons_on_later_data_need_a_lookback_and_two_horizons(lookback, once, often):
    # 365 days from the first purchase to 2024-12-31; 2 * 30 for the horizons, 90 for three months
    verdicts = report(counted(200, 60), lookback=lookback).verdicts
    assert verdicts["one comparison on later data"] is once
    assert verdicts["four comparisons on later data"] is often


@pytest.mark.parametrize(("days", "enough"), [(335, True), (334, False)])
def test_features_of_the_season_need_labels_over_a_year(days, enough):
    one = {"eligible": 200, "churned": 60, "referred": None}
    counts = {MAY: one, MAY + timedelta(days=days): one}
    assert report(counts, horizon=30).verdicts["features of the season"] is enough


def test_a_referral_model_is_judged_only_where_there_are_referrals():
    assert "a referral model" not in report(counted(200, 60)).verdicts
    assert report(counted(200, 60, 25), referrals=REFERRALS).verdicts["a referral model"] is True
    assert report(counted(200, 60, 5), referrals=REFERRALS).verdicts["a referral model"] is False


def test_a_family_needs_thirty_customers_with_an_event():
    complaints = {"customer_id": ["1", "1"], "opened_at": ["2024-01-05", "2024-03-05"]}
    found = report(counted(200, 60), complaints=complaints)
    assert found.verdicts["features of complaints"] is False
    assert found.needs[-1].as_dict() == {
        "use": "features of complaints",
        "what": "customers with at least one",
        "have": 1,
        "need": 30,
        "why": "a feature that is empty for nearly everyone cannot be learned",
        "met": False,
    }


def test_without_any_cutoff_there_is_too_little_for_a_model():
    assert report({}).verdicts["a churn model"] is False


def test_eligible_churned_and_referred_customers_are_counted_at_each_cutoff():
    referrals = {"referrer_id": ["1", "3", "3"], "referred_at": ["2024-05-05"] * 3}
    found = counts_of([JUNE, MAY], referrals=referrals)
    # MAY: 1 and 3 bought after 2 March, neither again by 21 May; both recommended
    # JUNE: 3 and 2 bought after 2 April (1 on 1 April did not); nothing happened by 21 June
    assert found == {
        MAY: {"eligible": 2, "churned": 2, "referred": 2},
        JUNE: {"eligible": 2, "churned": 2, "referred": 0},
    }


def test_without_referrals_none_are_counted():
    assert counts_of([MAY]) == {MAY: {"eligible": 2, "churned": 2, "referred": None}}


def counts_of(cutoffs, **frames):
    brought = tables(**frames)
    rows = build_panel(brought, cutoffs, horizon=20, lookback=60, families=())
    return usability(brought, rows, horizon=20, lookback=60).counts


@pytest.mark.parametrize("churn", ["inactivity", "contract"])
def test_a_pause_is_followed_where_churn_is_one(churn):
    rows = panel(counted(200, 60))
    found = usability(tables(), rows, horizon=30, lookback=90, churn=churn)
    assert (found.rhythm is not None) is (churn == "inactivity")
    assert ("Does the horizon fit" in found.to_text()) is (churn == "inactivity")
    assert (found.as_dict()["rhythm"] is not None) is (churn == "inactivity")


def test_the_text_says_how_much_is_there_how_much_is_needed_and_for_what():
    lines = report(counted(99, 25)).to_text().splitlines()
    assert lines[:4] == [
        "What the tables are good for",
        "  a churn model: too little",
        "    customers eligible at the last cutoff: 99, needed 100: too little (with fewer, one "
        "customer moves every share by more than a point)",
        "    of them churned: 25, needed 20: enough (with 20 the standard error of an AUROC is "
        "still 0.06 to 0.07)",
    ]
    assert "  purchases: 5 rows of 3 customers, 2024-01-01 to 2024-05-10" in lines
    assert (
        "  purchases.margin: margins, profit in the metrics, and what is at risk in money" in lines
    )
    assert "  payments: paying late, which often comes before leaving" in lines


def test_the_text_is_german_on_demand():
    lines = report(counted(1200, 25)).to_text("de").splitlines()
    assert lines[:4] == [
        "Wozu die Tabellen taugen",
        "  ein Modell der Abwanderung: genug",
        "    am letzten Stichtag betrachtete Kunden: 1.200, nötig 100: genug (bei "
        "weniger verschiebt ein einziger Kunde jeden Anteil um mehr als einen Prozentpunkt)",
        "    davon mit Abwanderung: 25, nötig 20: genug (bei 20 beträgt der Standardfehler einer "
        "AUROC noch 0,06 bis 0,07)",
    ]
    assert "  purchases: 5 Zeilen von 3 Kunden, 01.01.2024 bis 10.05.2024" in lines
    assert "  payments: verspätete Zahlungen; sie gehen einer Abwanderung oft voraus" in lines


def test_a_single_row_and_a_single_customer_are_told_as_one():
    complaints = {"customer_id": ["1"], "opened_at": ["2024-01-05"]}
    found = report(counted(99, 25), complaints=complaints)
    said = "complaints: 1 row of 1 customer, 2024-01-05 to 2024-01-05"
    assert f"  {said}\n" in found.to_text()
    gesagt = "complaints: 1 Zeile von einem Kunden, 05.01.2024 bis 05.01.2024"
    assert f"  {gesagt}\n" in found.to_text("de")


def test_no_line_is_the_same_in_both_languages():
    complaints = {"customer_id": ["1", "1"], "opened_at": ["2024-01-05", "2024-03-05"]}
    found = report(counted(200, 60, 25), complaints=complaints, referrals=REFERRALS)
    english, german = (found.to_text(language).splitlines() for language in ("en", "de"))
    assert [line for line in german if line and line in english] == []
    assert len(german) == len(english)


def test_the_same_stands_in_json():
    found = json.loads(report(counted(99, 25)).to_json())
    assert found["verdicts"]["a churn model"] is False
    assert found["needs"][0] == {
        "use": "a churn model",
        "what": "customers eligible at the last cutoff",
        "have": 99,
        "need": 100,
        "why": "with fewer, one customer moves every share by more than a point",
        "met": False,
    }
    assert found["cutoffs"][1] == {
        "cutoff": "2024-06-01T00:00:00",
        "eligible": 99,
        "churned": 25,
        "referred": None,
    }
    assert found["tables"][0]["first"] == "2024-01-01T00:00:00"

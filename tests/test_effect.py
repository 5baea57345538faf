"""``treue outcomes --effect``: a company where the truth about calling is known."""

from datetime import datetime, timedelta
from functools import cache

import numpy as np
import pandas as pd
import pytest

from treue.commands.effect import _labels, measure_plans
from treue.commands.effect_words import WORDS, told
from treue.commands.project import Project
from treue.features.simulate import simulate
from treue.serving.store.records import PlanRow
from treue.training.config import config_from

CUTOFFS = [datetime(2023, month, 1) for month in (3, 6, 9)]


@cache
def company():
    """Its likelihoods of leaving are known, and so is what calling would have to change."""
    return simulate(700, seed=5, months=24)


@cache
def likeliest(cutoff):
    p = company().true_churn_probability(cutoff, 90, replicates=6)
    return p.sort_values(ascending=False)


def world(effect, *, seed=0, each=400):
    """Plans of three cutoffs with a fifth held out, and who then left."""
    rng = np.random.default_rng(seed)
    rows, labels = [], []
    for number, cutoff in enumerate(CUTOFFS):
        chosen = likeliest(cutoff).head(each)
        held = set(rng.choice(chosen.index.to_numpy(), each // 5, replace=False))
        for customer_id, likelihood in chosen.items():
            role = "hold_out" if customer_id in held else "call"
            rows.append(
                PlanRow(
                    customer_id=customer_id,
                    planned_at=cutoff + timedelta(days=1),
                    cutoff=cutoff,
                    role=role,
                    churn_probability=likelihood,
                    plan_id=number,
                    drawn=True,
                    margin_at_risk=100 * likelihood,
                )
            )
            leaves = likelihood * (1 - effect if role == "call" else 1)
            labels.append((customer_id, cutoff, int(rng.uniform() < leaves)))
    frame = pd.DataFrame(labels, columns=["customer_id", "cutoff", "churned"])
    return rows, frame.astype({"cutoff": "datetime64[us]"})


@pytest.mark.parametrize("effect", [0.0, 0.3])
def test_the_measured_effect_covers_what_calling_truly_does(effect):
    covered = 0
    for seed in range(10):
        found = measure_plans(*world(effect, seed=seed), n_bootstrap=200).overall
        covered += found.effect.low <= effect <= found.effect.high
    assert covered >= 8


def test_an_effect_is_told_with_its_interval_and_compared_with_the_stated_one():
    measured = measure_plans(*world(0.3, seed=1), n_bootstrap=200)
    text = told(measured, language="en", stated=0.3, days=90)
    assert "960 customers drawn to be called, 240 held out at random" in text
    assert "of 100 customers kept, compared with the hold-out [" in text
    assert "does not contradict it" in text
    far = told(measured, language="de", stated=0.9, days=90)
    share = f"{measured.overall.effect.value:.2f}"
    assert f"[value]\n  concession_effect = {share}" in far
    assert "Gemessene Wirkung" in far


def test_no_effect_is_told_as_none():
    measured = measure_plans(*world(0.0), n_bootstrap=200)
    assert "No effect can be told from chance." in told(
        measured, language="en", stated=0.3, days=90
    )


def test_with_few_customers_it_says_how_many_are_needed():
    rows, labels = world(0.3, each=20)
    text = told(measure_plans(rows, labels), language="en", stated=0.3, days=90)
    assert "Too few to tell an effect" in text
    assert "To tell the stated effect of 30% from none, about" in text
    assert "Measured effect" not in text


def test_who_does_not_count_is_told():
    rows, labels = world(0.3)
    changed = [
        row.model_copy(update={"drawn": False if place < 5 else row.drawn})
        for place, row in enumerate(rows)
    ]
    open_yet = labels[labels["cutoff"] != pd.Timestamp(CUTOFFS[-1])].iloc[10:]
    measured = measure_plans(changed, open_yet, n_bootstrap=20)
    assert (measured.not_drawn, measured.waiting, measured.unknown) == (5, 400, 5)
    text = told(measured, language="de", stated=0.3, days=90)
    assert "400 weitere sind ausgelost; ihre 90 Tage sind noch nicht um." in text
    assert "5 auf Anruflisten zählen nicht mit" in text


def test_plans_that_hold_nobody_out_tell_nothing():
    rows, labels = world(0.3, each=20)
    called = [row for row in rows if row.role == "call"]
    measured = measure_plans(called, labels)
    assert measured.overall.held_out == 0
    assert "Nobody has been drawn yet" in told(measured, language="en", stated=0.3, days=90)
    assert "noch niemand ausgelost" in told(
        measure_plans([], labels), language="de", stated=0.3, days=90
    )


def test_calling_where_it_matters_has_a_qini():
    rows, labels = world(0.5, each=600)
    measured = measure_plans(rows, labels, n_bootstrap=20)
    assert measured.qini is not None
    assert measured.qini.low < measured.qini.value < measured.qini.high
    without = [row.model_copy(update={"margin_at_risk": None}) for row in rows]
    assert measure_plans(without, labels, n_bootstrap=20).qini is None


def test_labels_come_from_the_tables_where_the_horizon_is_over(monkeypatch, tmp_path):
    rows, _ = world(0.3, each=20)
    late = company().tables.observed_until - timedelta(days=30)
    rows.append(rows[0].model_copy(update={"cutoff": late}))
    project = Project(config_from({"label": {"horizon_days": 90}}), tmp_path / "treue.toml", "")
    monkeypatch.setattr(Project, "tables", lambda self: company().tables)
    found = _labels(project, rows)
    assert set(found["cutoff"]) == {pd.Timestamp(cutoff) for cutoff in CUTOFFS}
    assert set(found["churned"]) == {0, 1}
    assert measure_plans(rows, found).waiting == 1
    assert _labels(project, []).empty


def test_both_languages_have_the_same_words():
    assert WORDS["de"].keys() == WORDS["en"].keys()

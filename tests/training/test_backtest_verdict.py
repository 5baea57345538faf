"""What the three sentences say is recomputed from the probabilities, by other means."""

import re
from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from backtests import CUTOFFS, RULES, backtest_of, predictions_of
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from treue.training.backtest_report_findings import findings
from treue.training.backtest_report_verdict import sentences, verdict

SIMPLE = RULES[1:3]


def told(parts, config, language="en", **options):
    result = backtest_of(parts, config=config, **options)
    return sentences(findings(result, config=config), language=language)


def listed(part, name):
    """Events among the tenth of the rows with the highest probabilities."""
    top = part.sort_values(name, ascending=False).head(len(part) // 10)
    return top["outcome"].sum(), len(top)


def share_listed(parts, name):
    events, rows = np.sum([listed(part, name) for part in parts], axis=0)
    return events / rows


def calibration_error(part):
    ordered = part.sort_values("model")
    bins = np.array_split(ordered[["model", "outcome"]].to_numpy(), 10)
    return np.sum([abs((one[:, 0] - one[:, 1]).sum()) for one in bins]) / len(part)


def per_cents(sentence):
    return [int(found) for found in re.findall(r"(\d+)\s?%", sentence)]


strengths = st.lists(
    st.tuples(st.sampled_from([0.0, 0.4, 0.9]), st.sampled_from([0.0, 0.4, 0.9])),
    min_size=2,
    max_size=4,
)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(strengths, st.integers(0, 10_000), st.sampled_from([0.0, 1.0]))
def test_what_the_sentences_say_follows_from_the_probabilities(quick, strengths, seed, shift):
    rng = np.random.default_rng(seed)
    parts = [
        predictions_of(rng, 80, cutoff, signal=model, rules=rules, shift=shift)
        for cutoff, (model, rules) in zip(CUTOFFS, strengths, strict=False)
    ]
    result = backtest_of(parts, config=quick)
    found = findings(result, config=quick)
    calls, beats, holds = sentences(found, language="en")

    base = round(100 * np.mean(np.concatenate([part["outcome"] for part in parts])))
    model = share_listed(parts, "model")
    rules = {name: share_listed(parts, name) for name in SIMPLE}
    figures = per_cents(calls)
    assert figures[0] == 10
    assert figures[-1] == pytest.approx(base, abs=1)
    assert any(figure == pytest.approx(100 * model, abs=1) for figure in figures[1:-1])
    if "simple rule" in calls:
        assert any(figure == pytest.approx(100 * max(rules.values()), abs=1) for figure in figures)
    if calls.startswith("Yes"):
        assert 100 * model > base - 1
        assert found.lift.low > 1
    if "makes a better one" in calls:
        assert max(rules.values()) > model
        assert found.list_advantage.high < 0
    if calls.startswith("No") and "makes a better one" not in calls:
        assert found.lift.low <= 1 or found.means["model"]["auroc"].low <= 0.5

    def auroc(part, name):
        return roc_auc_score(part["outcome"], part[name])

    ahead = [
        auroc(part, "model") - max(0.5, *(auroc(part, name) for name in SIMPLE)) for part in parts
    ]
    assume(min(map(abs, ahead)) > 1e-9)  # of equal ones the last bit would decide
    lost = [cutoff for gap, cutoff in zip(ahead, CUTOFFS, strict=False) if gap < 0]
    if not lost:
        assert beats.startswith(f"At all {len(parts)} cutoffs")
    elif len(lost) == len(parts):
        assert beats.startswith(f"At none of the {len(parts)} cutoffs")
    else:
        assert beats.startswith(f"At {len(parts) - len(lost)} of {len(parts)} cutoffs")
        assert f"{lost[0].day} {lost[0]:%b} {lost[0].year}" in beats.split("did not on ")[1]
    surely = re.search(r"at (\d+) of them beyond chance", beats.replace("at one of", "at 1 of"))
    best = [one.judged.grade.auroc.advantage.low > 0 for one in found.cutoffs]
    if surely:
        assert int(surely[1]) == sum(best)

    ahead = found.advantages["logistic"]["log_loss"].low > 0
    assert ("ogistic regression" in beats) is not ahead
    if calls.startswith("Yes"):
        assert sorted(one.grade.letter for one in found.cutoffs)[len(parts) // 2] != "C"

    rates = [part["outcome"].mean() for part in parts]
    errors = [100 * calibration_error(part) for part in parts]
    limits = [
        max(min(5, 20 * rate), 100 * one.grade.ece_by_chance)
        for rate, one in zip(rates, found.cutoffs, strict=True)
    ]
    if holds.startswith("Its percentages can"):
        assert all(error <= limit for error, limit in zip(errors, limits, strict=True))
        assert np.mean(errors) <= 5
    chance = [100 * one.grade.ece_by_chance for one in found.cutoffs]
    if holds.startswith("With so few customers its percentages cannot be checked"):
        assert np.mean(errors) > 5
        assert all(error <= max(5, most) for error, most in zip(errors, chance, strict=True))
        assert f"chance alone allows up to {max(chance):.1f}" in holds
    if holds.startswith("Its percentages hold roughly"):
        assert all(error <= max(5, most) for error, most in zip(errors, chance, strict=True))
        if "they were too" in holds:
            low = parts[-1]["model"].mean() < rates[-1]
            assert f"they were too {'low' if low else 'high'} (" in holds
    assert f"they were {np.mean(errors):.1f} percentage points off" in holds
    if "taken at their word: on" in holds and not holds.startswith("Do not"):
        assert f"at worst {max(errors):.1f}" in holds
    stated = re.search(r"stated (\d+)% on average and (\d+)% left", holds)
    if stated:
        worst = verdict(found).worst
        part = parts[[one.when for one in found.cutoffs].index(worst.when)]
        assert int(stated[1]) == pytest.approx(100 * part["model"].mean(), abs=0.51)
        assert int(stated[2]) == pytest.approx(100 * part["outcome"].mean(), abs=0.51)


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def test_a_good_model_is_recommended(rng, quick):
    parts = [predictions_of(rng, 1500, cutoff, signal=1.0, rules=0.1) for cutoff in CUTOFFS[:3]]
    calls, beats, holds = told(parts, quick)
    assert calls.startswith("Yes, for a call list: of the 10% of customers")
    assert beats == (
        "At all 3 cutoffs it ranked all customers better than the best simple rule, at all of them "
        "beyond chance."
    )
    assert holds.startswith("Its percentages can be taken at their word")
    german = told(parts, quick, "de")
    assert german[0].startswith("Ja, für eine Anrufliste: Von den 10\xa0% der Kunden")
    assert german[1].endswith("besser als die beste einfache Regel, jedes Mal nachweislich.")
    assert german[2].startswith("Die Prozente darf man beim Wort nehmen")


def test_noise_is_not_recommended(rng, quick):
    parts = [predictions_of(rng, 400, cutoff, signal=0.0, rules=0.0) for cutoff in CUTOFFS[:2]]
    calls, _, _ = told(parts, quick)
    assert calls.startswith("No, not for a call list: that the first places are better than chance")


def test_a_better_rule_is_named(rng, quick):
    parts = [predictions_of(rng, 400, cutoff, signal=0.3, rules=1.0) for cutoff in CUTOFFS[:3]]
    calls, beats, _ = told(parts, quick, "de")
    assert calls.startswith("Nein, nicht für eine kurze Anrufliste, denn eine einfache Regel macht")
    assert beats.startswith("An keinem der 3 Stichtage")
    assert (
        "am 01.01.2024, am 01.02.2024 und am 01.03.2024 war es nachweislich schlechter. Eine "
        "logistische Regression ist hier nachweislich besser (Unterschied im Log-Loss 0,"
    ) in beats


def test_percentages_that_are_too_high_are_not_to_be_trusted(rng, quick):
    parts = [
        predictions_of(rng, 400, cutoff, signal=1.0, rules=0.1, shift=1.5) for cutoff in CUTOFFS[:2]
    ]
    _, _, holds = told(parts, quick)
    assert holds.startswith("Do not take its percentages at their word")
    assert re.search(r"when the model stated \d+% on average and \d+% left\.$", holds)


def test_one_cutoff_and_held_out_customers_are_said_to_prove_little(rng, quick):
    _, beats, _ = told([predictions_of(rng, 400, CUTOFFS[0], signal=1.0)], quick)
    assert beats.startswith("It was judged at one cutoff only, 1 Jan 2024, and one can mislead")
    _, beats, _ = told([predictions_of(rng, 400, None, signal=1.0)], quick)
    assert beats.startswith("It was judged on customers held out, not on later months")


def test_skipped_cutoffs_are_said(rng, quick):
    parts = [predictions_of(rng, 100, CUTOFFS[0], signal=1.0)]
    _, beats, _ = told(parts, quick, skipped={datetime(2023, 12, 1): "too few"})
    assert "; one more cutoff could not be judged." in beats


def test_a_cutoff_where_all_outcomes_are_alike_is_not_judged_and_counts_for_nothing(rng, quick):
    parts = [predictions_of(rng, 400, cutoff, signal=1.0, rules=0.1) for cutoff in CUTOFFS[:3]]
    parts[1]["outcome"] = 0
    outcome = parts[2]["outcome"].copy()
    found = findings(backtest_of(parts, config=quick), config=quick)
    aurocs = [roc_auc_score(part["outcome"], part["model"]) for part in (parts[0], parts[2])]
    mean = found.means["model"]["auroc"]
    assert mean.value == pytest.approx(np.mean(aurocs))
    assert mean.low <= mean.value <= mean.high
    assert [one.ranked for one in found.cutoffs] == [True, False, True]
    assert verdict(found).letter == "A"
    parts[2]["outcome"] = 0
    assert verdict(findings(backtest_of(parts, config=quick), config=quick)).letter == "A"
    parts[2]["outcome"] = outcome
    calls, beats, _ = sentences(found, language="en")
    assert calls.startswith("Yes, for a call list")
    assert beats == (
        "At all 2 cutoffs it ranked all customers better than the best simple rule, at all of them "
        "beyond chance; on 1 Feb 2024 this could not be judged, for the outcome was the same for "
        "all customers."
    )
    german = sentences(found, language="de")[1]
    assert german.endswith(
        "; am 01.02.2024 war das nicht zu prüfen, weil es für alle Kunden gleich ausging."
    )
    _, alone, _ = told(parts[:2], quick)
    assert alone.startswith("It was judged at one cutoff only, 1 Jan 2024")
    assert "; on 1 Feb 2024 this could not be judged" in alone


@pytest.mark.parametrize("outcome", [0, 1])
def test_where_all_outcomes_are_alike_nothing_is_said_of_ranking(rng, quick, outcome):
    parts = [predictions_of(rng, 100, cutoff, signal=1.0) for cutoff in CUTOFFS[:2]]
    calls, beats, _ = told([part.assign(outcome=outcome) for part in parts], quick)
    assert calls.startswith("Whether it serves for a call list could not be judged")
    assert beats.startswith("Whether it ranks customers better")


def test_many_dates_are_cut_short(rng, quick):
    parts = [predictions_of(rng, 200, cutoff, signal=0.0, rules=0.9) for cutoff in CUTOFFS[:5]]
    _, beats, _ = told(parts, quick)
    assert "on 1 Jan 2024, 1 Feb 2024 and 3 others it was worse beyond chance" in beats


def test_percentages_of_rare_events_are_told_beside_their_share(rng, quick):
    part = predictions_of(rng, 400, CUTOFFS[0], signal=1.0)
    rare = rng.random(400) < 0.05
    parts = [part.assign(outcome=rare.astype(int), model=0.05 + 0.01 * rng.random(400))]
    parts += [parts[0].assign(cutoff=CUTOFFS[1])]
    _, _, holds = told(parts, quick, target="referral")
    assert re.search(r"; in all, \d% recommended us\.$", holds)


def parts_of(outcome_share, stated, *, rows=5000):
    """One cutoff where every customer is told the same, and so many events come."""
    rng = np.random.default_rng(0)
    outcome = rng.permutation(np.arange(rows) < outcome_share * rows).astype(int)
    probability = stated + 1e-6 * rng.random(rows)
    rules = {name: np.full(rows, outcome_share) for name in RULES}
    ids = [f"C{number}" for number in range(rows)]
    return [
        pd.DataFrame(
            {
                "customer_id": ids,
                "cutoff": CUTOFFS[0],
                "outcome": outcome,
                "model": probability,
                **rules,
            }
        )
    ]


@pytest.mark.parametrize(
    ("came", "stated", "told_as"),
    [
        (0.25, 0.249, "Its percentages can be taken at their word"),
        (0.25, 0.21, "at the last cutoff they were too low (21% stated, 25% came)."),
        (0.03, 0.05, "at the last cutoff they were too high (5% stated, 3% came)."),
        (0.25, 0.33, "Do not take its percentages at their word"),
    ],
)
def test_percentages_off_by_much_of_the_share_hold_roughly_at_best(quick, came, stated, told_as):
    _, _, holds = told(parts_of(came, stated), quick)
    assert told_as in holds
    assert holds.startswith("Its percentages hold roughly") == ("last cutoff" in told_as)


def test_percentages_of_a_handful_of_customers_cannot_be_checked(rng, quick):
    parts = [predictions_of(rng, 60, cutoff, signal=1.0, rules=0.1) for cutoff in CUTOFFS[:3]]
    assert told(parts, quick)[2].startswith(
        "With so few customers its percentages cannot be checked: on average they were "
    )
    assert "durch Zufall allein wären bis zu" in told(parts, quick, "de")[2]


def test_a_model_of_grade_c_is_not_recommended(rng, quick):
    parts = [predictions_of(rng, 400, cutoff, signal=0.9, rules=0.9) for cutoff in CUTOFFS[:3]]
    assert told(parts, quick)[0].startswith("Do not rely on it (grade C)")
    assert told(parts, quick, "de")[0].startswith("Nicht darauf verlassen (Note C)")

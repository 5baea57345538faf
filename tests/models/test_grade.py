import json

import numpy as np
import pytest
from scipy.special import expit, logit

from treue.models.errors import ModelError
from treue.models.grade import calibration_error_by_chance, grade
from treue.models.metrics import auroc, expected_calibration_error, log_loss


def world(n=3000, seed=0):
    """Outcomes, their true probabilities and a rule that knows half of what drives them."""
    rng = np.random.default_rng(seed)
    seen, unseen = rng.normal(size=(2, n))
    truth = expit(seen + unseen - 1)
    y = (rng.random(n) < truth).astype(int)
    return y, truth, {"recency rule": expit(0.85 * (seen - 1)), "base rate": np.full(n, y.mean())}


def test_a_model_that_knows_the_truth_gets_an_a():
    y, truth, rules = world()
    found = grade(y, truth, rules)
    assert found.letter == "A"
    assert found.auroc.outcome == found.log_loss.outcome == "better"
    assert found.auroc.model == pytest.approx(auroc(y, truth))
    assert found.log_loss.rule == pytest.approx(log_loss(y, rules["recency rule"]))
    assert found.auroc.advantage.value == pytest.approx(
        auroc(y, truth) - auroc(y, rules["recency rule"])
    )
    assert found.log_loss.advantage.value == pytest.approx(
        log_loss(y, rules["recency rule"]) - log_loss(y, truth)
    )


def test_a_model_better_at_both_but_off_in_calibration_gets_a_b():
    y, truth, rules = world()
    found = grade(y, expit(logit(truth) + 0.45), rules)
    assert found.auroc.outcome == found.log_loss.outcome == "better"
    assert found.ece > 0.05
    assert found.ece > found.ece_by_chance
    assert found.letter == "B"


def test_a_model_better_at_ranking_and_not_told_apart_in_closeness_gets_a_b():
    y, truth, rules = world()
    shifts = np.linspace(0, 2, 41)
    rule = log_loss(y, rules["recency rule"])
    level = min(shifts, key=lambda shift: abs(log_loss(y, expit(logit(truth) + shift)) - rule))
    found = grade(y, expit(logit(truth) + level), rules)
    assert (found.auroc.outcome, found.log_loss.outcome) == ("better", "open")
    assert found.letter == "B"


def test_a_model_better_at_ranking_but_worse_in_closeness_gets_a_c():
    y, truth, rules = world()
    found = grade(y, expit(logit(truth) + 2.5), rules)
    assert (found.auroc.outcome, found.log_loss.outcome) == ("better", "worse")
    assert found.letter == "C"


def test_a_model_that_is_the_rule_gets_a_c():
    y, _, rules = world()
    found = grade(y, rules["recency rule"], rules)
    assert found.auroc.outcome == found.log_loss.outcome == "open"
    assert found.letter == "C"


def test_an_advantage_that_few_rows_cannot_show_gets_no_a():
    y, truth, rules = world(n=60, seed=0)
    found = grade(y, truth, rules)
    assert found.auroc.advantage.value > 0
    assert found.auroc.outcome == "open"
    assert found.letter == "C"


def test_few_customers_with_many_rows_are_few():
    y, truth, rules = world(n=60, seed=0)
    rows = np.tile(np.arange(60), 30)
    many = {name: rule[rows] for name, rule in rules.items()}
    assert grade(y[rows], truth[rows], many).auroc.outcome == "better"
    assert grade(y[rows], truth[rows], many, groups=rows).auroc.outcome == "open"


def test_the_best_rule_is_chosen_for_each_metric():
    y, truth, rules = world()
    boastful = expit(4 * logit(rules["recency rule"]))  # the same order, far too sure of itself
    found = grade(y, truth, {"boastful": boastful, "base rate": rules["base rate"]})
    assert found.auroc.rule_name == "boastful"
    assert found.log_loss.rule_name == "base rate"


def test_chance_alone_does_not_cost_the_a():
    # fifteen rows a bin: exactly right probabilities are off by some 7 points on average
    rng = np.random.default_rng(0)
    loyal, leaving = rng.uniform(0.02, 0.25, 150), rng.uniform(0.75, 0.98, 150)
    truth = np.where(rng.random(150) < 0.5, loyal, leaving)
    y = (rng.random(150) < truth).astype(int)
    found = grade(y, truth, {"base rate": np.full(150, y.mean())})
    assert 0.05 < found.ece < found.ece_by_chance
    assert found.letter == "A"


def test_calibration_error_by_chance_is_what_resimulated_outcomes_show():
    rng = np.random.default_rng(6)
    p = rng.uniform(0.1, 0.5, 200)
    slow = [expected_calibration_error((rng.random(200) < p).astype(int), p) for _ in range(1500)]
    assert calibration_error_by_chance(p) == pytest.approx(np.quantile(slow, 0.95), rel=0.06)
    assert calibration_error_by_chance([0.0, 1.0, 1.0]) == 0.0


def test_one_class_gets_a_c_and_says_so_without_numbers():
    found = grade([0, 0, 0], [0.1, 0.2, 0.3], {"base rate": [0.1, 0.1, 0.1]})
    assert found.letter == "C"
    assert found.auroc.advantage.reason == "all outcomes are the same"
    assert "model –, best simple rule “base rate” –" in found.reasons["en"][1]


def test_reasons_say_verdict_ranking_closeness_and_calibration_in_both_languages():
    y, truth, rules = world()
    found = grade(y, truth, rules, n_bootstrap=50)
    a, b, by = found.auroc, found.log_loss, "recency rule"

    def comma(text):
        return text.replace(".", ",")

    assert found.reasons["en"] == (
        "Grade A: the model ranks customers better and states better probabilities than the best "
        "simple rules, beyond noise, and its probabilities hold.",
        f"Ranking (AUROC): model {a.model:.3f}, best simple rule “{by}” {a.rule:.3f}; advantage "
        f"{a.advantage.value:.3f}, 95 % interval {a.advantage.low:.3f} to {a.advantage.high:.3f}: "
        "better beyond noise.",
        f"Probabilities (log loss, lower is better): model {b.model:.3f}, best simple rule “{by}” "
        f"{b.rule:.3f}; advantage {b.advantage.value:.3f}, 95 % interval {b.advantage.low:.3f} to "
        f"{b.advantage.high:.3f}: better beyond noise.",
        f"Calibration: stated probabilities are off by {100 * found.ece:.1f} percentage points on "
        f"average (limit 5.0; by chance alone up to {100 * found.ece_by_chance:.1f}).",
    )
    german = found.reasons["de"]
    assert german[0].startswith("Note A: Das Modell ordnet Kunden nachweislich besser und")
    assert f"Modell {comma(f'{a.model:.3f}')}, beste einfache Regel „Recency-Regel“" in german[1]
    assert german[1].endswith(": nachweislich besser.")
    assert f"im Mittel um {comma(f'{100 * found.ece:.1f}')} Prozentpunkte daneben" in german[3]


def advice(p, rules, y, language="en"):
    return grade(y, p, rules, n_bootstrap=50).reasons[language][0]


def test_a_c_without_a_rule_that_ranks_advises_not_to_rank():
    y = np.array([1, 0, 0, 0] * 50)
    rules = {
        "recency rule": np.where(y == 1, 0.2, 0.3),  # ranks the wrong way round
        "base rate": np.full(200, 0.25),
    }
    assert grade(y, rules["base rate"], rules).ranker == ""
    assert advice(rules["base rate"], rules, y) == (
        "Grade C: the model is not shown to be better than simple rules, nor does any simple rule "
        "rank better than chance: do not rank customers by these data yet; see treue check. For "
        "probabilities alone use “base rate”."
    )
    german = advice(rules["base rate"], rules, y, "de")
    assert "auch keine einfache Regel ordnet Kunden besser als der Zufall" in german
    assert german.endswith("Allein für Wahrscheinlichkeiten verwenden Sie „Grundrate“.")


def test_a_c_names_a_rule_for_ranking_and_another_for_probabilities():
    y, _, rules = world()
    boastful = expit(4 * logit(rules["recency rule"]))
    two = {"boastful": boastful, "base rate": rules["base rate"]}
    assert advice(boastful, {**two}, y).endswith(
        "to rank customers use “boastful”, for probabilities “base rate”."
    )
    assert advice(boastful, two, y, "de").endswith(
        "verwenden Sie für die Rangfolge „boastful“, für Wahrscheinlichkeiten „Grundrate“."
    )


def test_a_c_that_ranks_better_is_advised_against_for_probabilities_only():
    y, truth, rules = world()
    assert advice(expit(logit(truth) + 2.5), rules, y) == (
        "Grade C: the model ranks customers better than simple rules but states worse "
        "probabilities; for probabilities use “recency rule”."
    )


def test_a_c_that_states_better_probabilities_is_advised_against_for_ranking_only():
    y, truth, _ = world()
    boastful = expit(9 * logit(truth))
    rules = {"boastful": boastful, "base rate": np.full(len(y), 0.999)}
    assert advice(np.full(len(y), y.mean()), rules, y) == (
        "Grade C: the model states better probabilities than simple rules but ranks customers "
        "worse; to rank customers use “boastful”."
    )


def test_a_negative_figure_has_a_minus_sign():
    y, truth, rules = world()
    found = grade(y, expit(logit(truth) + 2.5), rules, n_bootstrap=50)
    assert "advantage −0." in found.reasons["en"][2]
    assert "Vorsprung −0," in found.reasons["de"][2]


def test_a_c_names_the_rule_to_use():
    y, _, rules = world()
    found = grade(y, rules["base rate"], rules)
    assert found.reasons["en"][0] == (
        "Grade C: the model is not shown to be better than simple rules; use “recency rule”."
    )
    assert found.reasons["de"][0].endswith("verwenden Sie „Recency-Regel“.")
    assert "worse beyond noise" in found.reasons["en"][2]
    assert "nachweislich schlechter" in found.reasons["de"][2]


def test_a_grade_is_ready_for_json():
    found = grade([0, 0, 0], [0.1, 0.2, 0.3], {"base rate": [0.1, 0.1, 0.1]}, n_bootstrap=5)
    told = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert list(told) == ["letter", "figures", "reasons"]
    assert told["figures"]["auroc"]["model"] is None
    assert told["figures"]["log_loss"]["rule_name"] == "base rate"
    assert told["figures"]["ece"] == pytest.approx(0.2)
    assert len(told["reasons"]["de"]) == 4


def test_a_grade_without_a_simple_rule_is_refused():
    with pytest.raises(
        ModelError, match="baselines: no simple rule to compare with; give at least"
    ):
        grade([1, 0], [0.6, 0.5], {})


def test_a_c_names_a_rule_only_where_it_does_no_worse_than_the_model():
    y, _, rules = world(n=300)
    model = rules["recency rule"].copy()
    order = np.argsort(model)
    place = np.flatnonzero((y[order[:-1]] == 1) & (y[order[1:]] == 0))[0]
    pair = order[place : place + 2]
    model[pair] = model[pair[::-1]]  # one pair put right
    found = grade(y, model, rules, n_bootstrap=50)
    assert (found.letter, found.ranker) == ("C", "recency rule")
    assert found.auroc.model > found.auroc.rule
    assert "“recency rule”" not in found.reasons["en"][0]
    assert "no better rule is known" in found.reasons["en"][0]
    assert "keine bessere Regel bekannt" in found.reasons["de"][0]


@pytest.mark.parametrize(("stated", "calibrated"), [(0.031, True), (0.05, False)])
def test_a_few_points_off_are_many_where_few_do_it(stated, calibrated):
    y = np.random.default_rng(0).permutation(np.arange(5000) < 150).astype(int)
    found = grade(y, np.full(5000, stated), {"base rate": np.full(5000, 0.03)}, n_bootstrap=5)
    assert found.ece < 0.05
    assert found.ece_limit == pytest.approx(0.006)
    assert found.calibrated is calibrated

"""The champion gate decides by a paired comparison, and says when that flatters one side."""

from datetime import datetime
from string import Formatter

import numpy as np
import pytest

from treue.features.errors import TreueError
from treue.training.decision_words import WORDS
from treue.training.promote import (
    Champion,
    decide,
    labels_until,
    list_models,
    promote,
    roll_back,
)
from treue.training.tracking import Version

# 200 customers, every second one leaves; "sharp" knows it better than "dull".
OUTCOME = np.tile([1, 0], 100)
SHARP = np.where(OUTCOME == 1, 0.8, 0.2)
DULL = np.where(OUTCOME == 1, 0.6, 0.4)
CUSTOMERS = np.arange(200)


def decided(challenger, champion, **options):
    given = {"groups": CUSTOMERS, "grade": "A", "n_bootstrap": 50, **options}
    return decide(OUTCOME, challenger, champion, **given)


def test_a_better_challenger_becomes_champion():
    decision = decided(SHARP, Champion(3, DULL))
    assert decision.promoted
    assert decision.champion_version == 3
    assert decision.challenger_log_loss == pytest.approx(-np.log(0.8))
    assert decision.champion_log_loss == pytest.approx(-np.log(0.6))
    assert decision.difference.value == pytest.approx(np.log(0.6 / 0.8))
    assert decision.difference.high < 0
    assert "better than the champion (version 3)" in decision.reason
    assert decision.warnings == ()


def test_a_worse_challenger_leaves_the_champion_where_it_is():
    decision = decided(DULL, Champion(3, SHARP))
    assert not decision.promoted
    assert decision.difference.low > 0
    assert "the champion (version 3) stays: the new model is not surely better" in decision.reason


def test_an_equal_challenger_leaves_the_champion_where_it_is():
    decision = decided(SHARP, Champion(3, SHARP))
    assert not decision.promoted
    assert decision.difference.value == 0


def test_a_challenger_better_for_a_single_customer_is_not_surely_better():
    challenger = SHARP.copy()
    challenger[0] = 0.95  # who left, and is not drawn in a third of the resamples
    decision = decided(challenger, Champion(3, SHARP))
    assert decision.difference.value == pytest.approx(np.log(0.8 / 0.95) / 200)
    assert decision.difference.high == 0
    assert not decision.promoted


def test_the_first_model_becomes_champion():
    decision = decided(DULL, None)
    assert decision.promoted
    assert decision.champion_version is None
    assert decision.difference is None
    assert decision.reason == "the first model of its kind becomes champion"


def test_a_first_model_of_grade_c_becomes_champion_with_a_warning():
    decision = decided(DULL, None, grade="C")
    assert decision.promoted
    assert decision.warnings[0].startswith("the new model has grade C")


def test_a_champion_that_cannot_score_the_rows_stays_and_it_is_said_why():
    decision = decided(SHARP, Champion(3, problem="- orders_90: missing (numeric in the model)"))
    assert not decision.promoted
    assert "cannot score the held-out rows" in decision.reason
    assert "- orders_90: missing" in decision.reason
    assert "treue models promote" in decision.reason


def test_a_champion_whose_labels_reach_past_the_held_out_cutoff_is_flattered():
    champion = Champion(3, SHARP, labels_until=datetime(2024, 9, 30))
    flattered = decided(DULL, champion, held_out_from=datetime(2024, 9, 1))
    assert (
        "trained on labels until 2024-09-30, past the first held-out cutoff 2024-09-01"
        in (flattered.warnings[0])
    )
    fair = decided(DULL, champion, held_out_from=datetime(2024, 9, 30))
    assert fair.warnings == ()


def test_a_decision_is_said_in_german():
    champion = Champion(3, DULL, labels_until=datetime(2024, 9, 30))
    options = {"held_out_from": datetime(2024, 9, 1), "grade": "C", "language": "de"}
    decision = decided(SHARP, champion, **options)
    assert decision.reason == (  # ln 0.8 = -0.2231, ln 0.6 = -0.5108, every customer alike
        "das neue Modell ist auf denselben zurückgehaltenen Zeilen besser als der Champion "
        "(Version 3): Log-Loss 0,2231 gegen 0,5108, Differenz −0,2877 [−0,2877; −0,2877]"
    )
    assert decision.warnings[0].startswith("das neue Modell hat Note C: Es ist nicht gezeigt")
    assert "bis 2024-09-30 trainiert" in decision.warnings[1]
    assert decided(DULL, None, language="de").reason == (
        "das erste Modell seiner Art wird Champion"
    )
    stays = decided(SHARP, Champion(3, problem="- orders_90: missing"), language="de").reason
    assert "daher ist nichts gezeigt (- orders_90: missing)" in stays


def test_an_english_decision_has_a_minus_sign():
    assert "difference −0.2877 [−0.2877, −0.2877]" in decided(SHARP, Champion(3, DULL)).reason
    assert "difference +0.2877" in decided(DULL, Champion(3, SHARP)).reason


def test_both_languages_have_the_same_words_with_the_same_blanks():
    def blanks(text):
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    assert list(WORDS["de"]) == list(WORDS["en"])
    for key, english in WORDS["en"].items():
        assert blanks(WORDS["de"][key]) == blanks(english)


def test_a_decision_is_plain_json():
    found = decided(SHARP, Champion(3, DULL)).as_dict()
    assert found["promoted"] is True
    assert found["difference"]["value"] == pytest.approx(np.log(0.6 / 0.8))
    assert found["warnings"] == []


def test_labels_end_a_horizon_after_the_last_training_cutoff():
    made = {"train_cutoffs": ["2024-01-01T00:00:00", "2024-02-01T00:00:00"], "horizon_days": 30}
    assert labels_until(made) == datetime(2024, 3, 2)
    assert labels_until({"train_cutoffs": [], "horizon_days": None}) is None


class Registry:
    """A registry in memory with three versions of one model."""

    uri = "memory"

    def __init__(self):
        self.aliases = {}
        self.tags = {}

    def versions(self, name):
        if name != "treue-churn":
            return []
        made = datetime(2024, 1, 1)
        return [Version(name, n, "run", "models:/m", made, (), {}) for n in (3, 2, 1)]

    def alias(self, name, alias):
        return self.aliases.get(alias)

    def set_alias(self, name, alias, version):
        self.aliases[alias] = version

    def tag_version(self, name, version, tags):
        self.tags[version] = tags


def test_promoting_keeps_the_champion_before_as_previous():
    registry = Registry()
    assert promote(registry, "treue-churn", 1) is None
    assert registry.aliases == {"champion": 1}
    assert promote(registry, "treue-churn", 3) == 1
    assert registry.aliases == {"champion": 3, "previous": 1}
    assert registry.tags[3] == {"treue.promoted": "by hand"}


def test_promoting_the_champion_again_changes_nothing():
    registry = Registry()
    promote(registry, "treue-churn", 1)
    promote(registry, "treue-churn", 2)
    assert promote(registry, "treue-churn", 2) == 2
    assert registry.aliases == {"champion": 2, "previous": 1}


def test_rolling_back_twice_ends_where_it_began():
    registry = Registry()
    promote(registry, "treue-churn", 1)
    promote(registry, "treue-churn", 2)
    assert roll_back(registry, "treue-churn") == 1
    assert registry.aliases == {"champion": 1, "previous": 2}
    assert roll_back(registry, "treue-churn") == 2
    assert registry.aliases == {"champion": 2, "previous": 1}


def test_a_version_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(TreueError, match="treue-churn has no version 7; there are 3, 2, 1"):
        promote(Registry(), "treue-churn", 7)
    with pytest.raises(TreueError, match="treue-referral has no versions in memory"):
        promote(Registry(), "treue-referral", 1)


def test_rolling_back_without_a_previous_champion_is_refused():
    with pytest.raises(TreueError, match="no previous champion to roll back to"):
        roll_back(Registry(), "treue-churn")


def test_models_are_listed_by_name_and_newest_first():
    found = list_models(Registry(), ["treue-churn", "treue-referral"])
    assert [(one.name, one.version) for one in found] == [
        ("treue-churn", 3),
        ("treue-churn", 2),
        ("treue-churn", 1),
    ]

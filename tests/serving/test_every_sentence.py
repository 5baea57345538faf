"""Every sentence of a thousand simulated customers is taken apart and computed again.

In both languages and for both targets: signs, numbers, comparisons, words of direction and sums.
"""

import re
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from treue.features.catalogue import CATALOGUE, describe
from treue.features.panel import build_panel, feature_columns
from treue.features.simulate import simulate
from treue.features.topics import TELLINGS, TOPICS, topic_of
from treue.models.bundle import Bundle
from treue.models.classifier import LoyaltyClassifier
from treue.serving.changes import change
from treue.serving.comparison import compare
from treue.serving.dossier import Dossier
from treue.serving.formats import format_day
from treue.serving.likelihood import likelihood
from treue.serving.predict import Predictor

BEFORE, CUTOFF = datetime(2024, 6, 1), datetime(2024, 9, 1)
TARGETS = {"churn": "churned", "referral": "referred"}
CONFIG = 'currency = "EUR"\nlanguage = "de"\n'
LEARNT = datetime(2024, 3, 1)


class World:
    """A company of 1,000 customers, two models of it, and all that is said at two cutoffs."""

    def __init__(self):
        self.tables = simulate(1000, seed=11, months=32).tables
        training = build_panel(self.tables, [LEARNT], horizon=90, lookback=360)
        names = feature_columns(training)
        families = {name: describe(name).family for name in names}
        self.panels = {
            cutoff: build_panel(self.tables, [cutoff], lookback=360) for cutoff in (BEFORE, CUTOFF)
        }
        self.comparisons = {
            BEFORE: compare(None, None, self.panels[BEFORE]),
            CUTOFF: compare(self.tables, CUTOFF, self.panels[CUTOFF]),
        }
        self.earlier = {
            days: build_panel(
                self.tables, [CUTOFF - timedelta(days=days)], lookback=10_000
            ).set_index("customer_id")
            for days in (90, 365)
        }
        self.explanations, self.found, self.storytellers = {}, {}, {}
        for target, label in TARGETS.items():
            model = LoyaltyClassifier(
                n_folds=3, n_estimators=12, min_child_samples=20, learning_rate=0.1, num_threads=1
            ).fit(training[names], training[label], groups=training["customer_id"])
            bundle = Bundle(target=target, model=model, config_toml=CONFIG, families=families)
            predictor = Predictor(bundle)
            for cutoff, panel in self.panels.items():
                self._tell(target, predictor, cutoff, panel)

    def _tell(self, target, predictor, cutoff, panel):
        storyteller = self.storytellers[target] = predictor.storyteller(panel)
        explanation = storyteller.explain(panel)
        self.explanations[target, cutoff] = explanation
        for row, values in enumerate(storyteller.values(panel)):
            compared = self.comparisons[cutoff].at(row)
            self.found[target, cutoff, panel["customer_id"].iloc[row]] = likelihood(
                storyteller,
                explanation,
                row,
                values,
                target=target,
                threshold=0.3,
                compared=compared,
            )


@pytest.fixture(scope="module")
def world():
    return World()


def whole(probability):
    return round(Decimal(str(probability)) * 100)


def told(world, target, cutoff=CUTOFF):
    """Row of the panel, likelihood and each reason."""
    for row, customer in enumerate(world.panels[cutoff]["customer_id"]):
        found = world.found[target, cutoff, customer]
        for reason in found.reasons:
            yield row, found, reason


def words(reason, language):
    telling = TELLINGS.get(reason.feature) or next(
        (t for t in TELLINGS.values() if t.shows == reason.feature), None
    )
    return None if telling is None else getattr(telling, language)


def candidates(reason, language):
    """The words that may have told a reason: those of its feature, and of who shows it."""
    return [
        (telling, getattr(telling, language))
        for telling in TELLINGS.values()
        if reason.feature in (telling.feature if not telling.shows else telling.shows,)
    ]


def kind_of(head, words):
    kinds = ("neutral", "more", "less", "high", "low", "zero", "single")
    return {kind for kind in kinds if getattr(words, kind) and _same(getattr(words, kind), head)}


def _same(one, other):
    return one[:1].upper() + one[1:] == other


def test_a_thousand_customers_have_enough_to_tell(world):
    eligible = len(world.panels[CUTOFF])
    assert eligible > 700
    for target in TARGETS:
        counts = [
            len(world.found[target, CUTOFF, c].reasons) for c in world.panels[CUTOFF].customer_id
        ]
        assert max(counts) <= 5
        assert np.mean(np.array(counts) >= 3) > 0.9


@pytest.mark.parametrize("target", TARGETS)
def test_points_are_the_topics_and_have_their_sign(world, target):
    explanation = world.explanations[target, CUTOFF]
    topics = np.array([topic_of(describe(name)).key for name in explanation.feature_names])
    for row, _, reason in told(world, target):
        points = explanation.points[row, topics == reason.topic].sum()
        assert np.sign(points) == np.sign(reason.points)
        assert abs(points - reason.points) <= (0.5 if abs(points) >= 1 else 0.05) + 1e-9
        agreement = explanation.agreement[row, explanation.groups.index(reason.topic)]
        assert reason.uncertain == (agreement < 0.8)


@pytest.mark.parametrize("target", TARGETS)
def test_base_reasons_and_others_are_the_probability_shown(world, target):
    for (of, _, _), found in world.found.items():
        if of == target:
            shown = whole(found.base_probability) + sum(r.points for r in found.reasons)
            assert shown + found.other_points == pytest.approx(whole(found.probability), abs=1e-9)
            families = sum(family.points for family in found.families)
            assert 100 * found.base_probability + families == pytest.approx(
                100 * found.probability, abs=0.01
            )


@pytest.mark.parametrize("target", TARGETS)
def test_the_main_reason_goes_the_way_of_the_difference_and_tells_what_happened(world, target):
    backgrounds = 0
    for (of, _, customer), found in world.found.items():
        if of != target or not found.reasons:
            continue
        main, *others = found.reasons
        background = [_topic(reason.feature).background for reason in found.reasons]
        sums = {}
        for family in found.families:
            for share in family.features:
                key = _topic(share.name)
                sums[key] = sums.get(key, 0.0) + share.points
        way = np.sign(found.probability - found.base_probability)
        its_way = {k: abs(p) for k, p in sums.items() if p * way >= 0.05 and k.tellable}
        if any(weight >= 0.2 for weight in its_way.values()):
            assert np.sign(main.points) == way, customer
        if background[0]:
            backgrounds += 1
            weights = [weight for topic, weight in its_way.items() if not topic.background]
            assert max(weights, default=0.0) < min(1.1, abs(main.points)), customer
        assert sum(background) <= 1
        weights = [abs(reason.points) for reason in others if not _topic(reason.feature).background]
        assert weights == sorted(weights, reverse=True)
        assert not any(background[1:-1]), customer
    assert backgrounds < 0.2 * len(world.found)


def _topic(name):
    return topic_of(describe(name))


@pytest.mark.parametrize("target", TARGETS)
def test_values_earlier_values_and_shares_are_those_of_the_panel(world, target):
    panel = world.panels[CUTOFF]
    for row, _, reason in told(world, target):
        value = panel[reason.feature].iloc[row]
        if reason.value is None:
            assert pd.isna(value)
            continue
        assert reason.value == value
        if not isinstance(value, str):
            known = panel[reason.feature].dropna()
            assert reason.percentile == pytest.approx((known < value).mean())
        if reason.earlier is not None:
            days = CATALOGUE[reason.feature].window_days
            earlier = world.earlier[days].loc[panel["customer_id"].iloc[row]]
            assert reason.earlier == earlier[reason.feature]
            assert earlier["tenure_days"] >= days


@pytest.mark.parametrize("target", TARGETS)
def test_words_of_comparison_hold_for_the_customers_counted_again(world, target):
    panel = world.panels[CUTOFF]
    seen = set()
    for row, _, reason in told(world, target):
        match = re.search(
            r"(\w+(?: her)?)?,? (?:als )?bei (\d+)\xa0% der Kunden( liegt das länger zurück)?",
            reason.sentence.de,
        )
        if match is None:
            assert not re.search(r"% (?:of|of such) customers", reason.sentence.en)
            continue
        kind, percent = "weniger her" if match[3] else match[1], int(match[2])
        assert f" {percent}% of " in reason.sentence.en
        column = panel[reason.feature]
        known, value = column.dropna(), column.iloc[row]
        if reason.value is None:
            share = column.isna().mean()
        elif kind == "wie":
            share = (known == value).mean()
        elif kind in ("mehr", "länger", "länger her", "später"):
            share = (known < value).mean()
        else:
            assert kind in ("weniger", "kürzer", "weniger her", "früher"), reason.sentence.de
            share = (known > value).mean()
        assert percent / 100 <= share + 1e-9 or percent == 1, reason.sentence.de
        assert share < (percent + 1) / 100 + 1e-9, reason.sentence.de
        seen.add(kind)
    assert {"mehr", "weniger", "wie", "weniger her"} <= seen


@pytest.mark.parametrize("target", TARGETS)
def test_heads_tell_what_the_numbers_tell_in_both_languages(world, target):
    panel = world.panels[CUTOFF]
    seen = set()
    for row, _, reason in told(world, target):
        heads = {lang: reason.sentence.in_(lang).split(":")[0] for lang in ("de", "en")}
        fitting = []
        for telling, german in candidates(reason, "de"):
            kinds = kind_of(heads["de"], german) & kind_of(heads["en"], telling.en)
            if kinds:
                fitting.append((telling, kinds))
        if reason.feature not in TELLINGS and not candidates(reason, "de"):
            continue  # an attribute has no direction, or a topic is only named
        if not fitting:
            assert heads["de"] in {topic_of(CATALOGUE[reason.feature]).de}
            continue
        telling, kinds = fitting[0]
        seen |= kinds
        if "neutral" in kinds or reason.value is None:
            continue
        value, known = reason.value, panel[reason.feature].dropna()
        below, above = (known < value).mean(), (known > value).mean()
        other = panel[telling.pair].iloc[row] if telling.pair else reason.earlier
        for kind in kinds:
            if kind == "more":
                assert value > other, reason.sentence.de
            elif kind == "less":
                assert value < other, reason.sentence.de
            elif kind == "high":
                assert below >= 2 / 3, reason.sentence.de
            elif kind == "low":
                assert above >= 2 / 3, reason.sentence.de
            elif kind == "zero":
                assert round(value) == 0, reason.sentence.de
            else:
                assert round(value) == 1, reason.sentence.de
    assert {"neutral", "more", "less", "high", "low"} <= seen


NOTHING = re.compile(
    r"(im Mittel |höchstens |bis zu |die schwerste )?(kein|nichts|kaum|[\w ]*weniger als ein)"
)
NUMBER = r"−?[€]?[\d.,]*\d"


def parsed(text, language):
    """The numbers of a sentence as numbers."""
    text = re.sub(r"(in den letzten|in the last|in den) \d+ (Tagen|Monaten|days|months)", "", text)
    text = re.sub(r"(in the) \d+ (days|months) before", "", text)
    found = []
    for number in re.findall(NUMBER, text):
        plain = number.replace("€", "").replace("−", "-")
        plain = (
            plain.replace(".", "").replace(",", ".") if language == "de" else plain.replace(",", "")
        )
        found.append(float(plain))
    return found


@pytest.mark.parametrize("target", TARGETS)
def test_both_languages_show_the_same_numbers_and_they_are_the_values(world, target):
    for _, _, reason in told(world, target):
        de, en = (reason.sentence.in_(lang).partition(": ")[2] for lang in ("de", "en"))
        if reason.feature.startswith("attribute_") or reason.value is None:
            continue
        numbers = parsed(de, "de")
        assert numbers == parsed(en, "en"), (de, en)
        telling = candidates(reason, "de")[0][0]
        unit = telling.unit or CATALOGUE[reason.feature].unit
        heads = {words.zero for _, words in candidates(reason, "de")} - {""}
        value = reason.value
        if reason.sentence.de.split(":")[0] in heads or unit in ("yes or no", "name"):
            continue
        if telling.detail and value == 1:
            continue  # told by its age
        if NOTHING.match(de):
            assert round(value) == 0 or value < 1, reason.sentence.de
            continue
        if unit in ("span", "until"):
            ahead = 1 if unit == "until" else -1
            value = ahead * ((CUTOFF + ahead * timedelta(days=value)).date() - CUTOFF.date()).days
            days = {"Tag": 1, "Monat": 365.25 / 12, "Jahr": 365.25}
            per = next(days[word] for word in re.findall(r"Tag|Monat|Jahr", de))
            assert per * numbers[0] <= value + 1e-6 < per * (numbers[0] + 1.0), reason.sentence.de
            assert per > 1 or numbers[0] == value, reason.sentence.de
        else:
            scale = 100 if unit == "share" else 1
            assert numbers[0] == pytest.approx(value * scale, abs=0.51), reason.sentence.de


@pytest.mark.parametrize("target", TARGETS)
def test_no_sentence_is_empty_repeated_or_left_in_the_other_language(world, target):
    german = re.compile(r"\b(der|die|in den|bei|letzten|Kunden|kein\w*|Tagen?|seit|vor|als)\b")
    english = re.compile(r"\b(the|of|than|customers|none|days|ago|for|last)\b")
    for cutoff in (BEFORE, CUTOFF):
        for customer in world.panels[cutoff]["customer_id"]:
            sentences = [r.sentence for r in world.found[target, cutoff, customer].reasons]
            for language in ("de", "en"):
                texts = [sentence.in_(language) for sentence in sentences]
                assert len(set(texts)) == len(texts)
                for text in texts:
                    assert text == text.strip()
                    assert text[:1].isupper()
                    assert not re.search(r"nan|None|[{}]|  |: ,|, ,|\(\)|:\s*$", text), text
            for sentence in sentences:
                assert sentence.de != sentence.en
                if not sentence.de.startswith(("Industry", "Region", "Invoice")):
                    assert not german.search(sentence.en), sentence.en
                    assert not english.search(sentence.de), sentence.de


@pytest.mark.parametrize("target", TARGETS)
def test_what_changed_adds_up_and_tells_true_values(world, target):
    both = set(world.panels[BEFORE]["customer_id"]) & set(world.panels[CUTOFF]["customer_id"])
    drivers = 0
    now = world.panels[CUTOFF].set_index("customer_id")
    then = world.panels[BEFORE].set_index("customer_id")
    day = {language: format_day(BEFORE.date(), language) for language in ("de", "en")}
    for customer in sorted(both):
        before, after = (world.found[target, cutoff, customer] for cutoff in (BEFORE, CUTOFF))
        found = change(dossier(customer, **{target: before}), after, world.storytellers[target])
        shown = whole(after.probability) - whole(before.probability)
        assert found.points == shown
        assert sum(d.points for d in found.drivers) + found.other_points == pytest.approx(shown)
        assert found.model_points is None
        topics = dict.fromkeys(world.storytellers[target].topics, 0.0)
        for sign, each in ((1, after), (-1, before)):
            for family in each.families:
                for share in family.features:
                    topics[topic_of(describe(share.name)).key] += sign * share.points
        for driver in found.drivers:
            drivers += 1
            assert np.sign(topics[driver.topic]) == np.sign(driver.points)
            assert driver.points == pytest.approx(topics[driver.topic], abs=0.51)
            for language in ("de", "en"):
                text = driver.sentence.in_(language)
                assert day[language] in text
                assert not re.search(r"nan|None|[{}]|  ", text)
            assert _changed(driver, now.loc[customer], then.loc[customer]), driver.sentence.de
            assert not TOPICS[driver.topic].background
        rest = sum(topics.values())
        if abs(found.points) >= 2 and found.points * rest > 0:
            strongest = max(topics, key=lambda key: topics[key] * np.sign(rest))
            told = [driver.topic for driver in found.drivers if driver.points * rest > 0]
            untold = strongest not in told
            assert not (untold and _can_be_told(strongest, before, after)), customer
    assert drivers > 500


def _changed(driver, now, then):
    """Whether a feature that has such words changed its value."""
    head = driver.sentence.de.split(":")[0]
    shown = {
        telling.shows or name
        for name, telling in TELLINGS.items()
        if _same(telling.de.neutral, head) and _topic(name).key == driver.topic
    }
    return any(now[name] != then[name] for name in shown if name in now)


def _can_be_told(topic, before, after):
    """Whether the feature that tells a topic first changed plainly, so that it must be told."""
    if TOPICS[topic].background or not TOPICS[topic].tellable:
        return False
    first = next(name for name in TELLINGS if _topic(name).key == topic)
    values = [
        {share.name: share.value for family in each.families for share in family.features}
        for each in (before, after)
    ]
    old, new = (each.get(TELLINGS[first].shows or first) for each in values)
    return old is not None and new is not None and abs(new - old) >= 1


def dossier(customer, **likelihoods):
    return Dossier(
        customer_id=customer,
        name=None,
        account_manager=None,
        since=None,
        cutoff=BEFORE,
        currency="EUR",
        churn=likelihoods.get("churn"),
        referral=likelihoods.get("referral"),
        quadrant=None,
        margin_at_risk=None,
        card=[],
        approach=[],
        timeline=[],
    )

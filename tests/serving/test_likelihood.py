"""A likelihood for a dossier, and what changed it."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from treue.models.explain import explain
from treue.serving.changes import change
from treue.serving.comparison import compare
from treue.serving.dossier import (
    Dossier,
    FamilyShare,
    FeatureShare,
    Likelihood,
    Text,
)
from treue.serving.likelihood import likelihood
from treue.serving.question import Question


@pytest.fixture
def storyteller(predictors, panel):
    return predictors["churn"].storyteller(panel)


def first(storyteller, panel, **options):
    explanation = storyteller.explain(panel.head(1))
    return likelihood(
        storyteller,
        explanation,
        0,
        storyteller.values(panel.head(1))[0],
        target="churn",
        threshold=options.pop("threshold", 0.3),
        **options,
    )


def test_a_likelihood_says_what_is_asked_and_on_which_side_the_customer_stands(storyteller, panel):
    found = first(
        storyteller,
        panel,
        frequency=Text(de="7 von 10", en="7 of 10"),
        question=Question("inactivity", 90),
        grade="B",
    )
    assert found.question == Text(
        de="kein Kauf in den nächsten 90 Tagen", en="no purchase in the next 90 days"
    )
    assert (found.frequency.en, found.grade) == ("7 of 10", "B")
    assert first(storyteller, panel, threshold=found.probability).likely
    assert not first(storyteller, panel, threshold=found.probability + 1e-9).likely
    assert first(storyteller, panel).question is None


def test_its_reasons_are_those_of_the_explanation(storyteller, panel, predictors, tables):
    churn = predictors["churn"]
    churn.predict(tables, datetime(2023, 7, 1), panel=panel)
    customer = panel["customer_id"].iloc[0]
    compared = compare(tables, datetime(2023, 7, 1), panel).of(customer)
    assert first(storyteller, panel, compared=compared).reasons == list(
        churn.explain(customer).told
    )


def test_families_hold_the_points_of_all_their_features(storyteller, panel, predictors):
    found = first(storyteller, panel)
    explanation = explain(
        predictors["churn"].bundle.model, panel.head(1), families=storyteller.families
    )
    sums = explanation.by_family().points.iloc[0]
    assert {f.family: f.points for f in found.families} == pytest.approx(dict(sums), abs=1e-4)
    weights = [abs(family.points) for family in found.families]
    assert weights == sorted(weights, reverse=True)
    for family in found.families:
        inside = [abs(share.points) for share in family.features]
        assert inside == sorted(inside, reverse=True)
    left_out = sum(sums) - sum(s.points for f in found.families for s in f.features)
    assert abs(left_out) < 0.05 * len(explanation.feature_names)


def test_a_small_share_is_kept_where_a_later_score_may_tell_it(storyteller, panel):
    kept = {
        share.name for family in first(storyteller, panel).families for share in family.features
    }
    assert {"orders_90", "complaints_open", "recency_days"} <= kept


def made(probability, target="churn", **features):
    """A likelihood of value and points by feature."""
    shares = [FeatureShare(name=n, value=v, points=p) for n, (v, p) in features.items()]
    return Likelihood(
        target=target,
        probability=probability,
        base_probability=0.2,
        likely=False,
        frequency=None,
        question=None,
        grade=None,
        reasons=[],
        other_points=0,
        families=[FamilyShare(family="x", points=0, features=shares)],
    )


def dossier(**likelihoods):
    parts = {"churn": None, "referral": None, **likelihoods}
    return Dossier(
        customer_id="A",
        name=None,
        account_manager=None,
        since=None,
        cutoff=datetime(2023, 4, 1),
        currency="EUR",
        quadrant=None,
        margin_at_risk=None,
        card=[],
        approach=[],
        timeline=[],
        **parts,
    )


THEN = made(0.25, orders_90=(6.0, -2.0), complaints_open=(0.0, -1.0), calendar_sin=(0.5, 3.0))
NOW = made(0.382, orders_90=(2.0, 4.2), complaints_open=(1.0, 4.0), calendar_sin=(-0.5, -1.0))


def test_drivers_and_others_add_up_to_the_whole_change(storyteller):
    found = change(dossier(churn=THEN), NOW, storyteller)
    assert [(d.topic, d.points) for d in found.drivers] == [
        ("order_frequency", 6.0),
        ("open_complaints", 5.0),
    ]
    assert (found.points, found.other_points, found.model_points) == (13.0, 2.0, None)
    assert found.previous_probability == 0.25
    assert found.previous_cutoff == datetime(2023, 4, 1)
    assert found.drivers[0].sentence == Text(
        de="Bestellhäufigkeit: jetzt 2 Aufträge in den letzten 90 Tagen, am 01.04.2023 waren es 6",
        en="Order frequency: now 2 orders in the last 90 days, 6 on 1 Apr 2023",
    )
    assert found.drivers[1].sentence.de == "Offene Reklamationen: jetzt 1, am 01.04.2023 keine"


def test_what_a_new_model_alone_changed_is_separated(storyteller):
    rescored = made(0.31, orders_90=(6.0, 1.0), complaints_open=(0.0, 0.0))
    found = change(dossier(churn=THEN), NOW, storyteller, rescored=rescored)
    assert found.model_points == 6.0  # 31 - 25
    assert [(d.topic, d.points) for d in found.drivers] == [
        ("open_complaints", 4.0),
        ("order_frequency", 3.0),
    ]
    assert found.points == 13.0 == 4.0 + 3.0 + 6.0 + found.other_points


def test_without_a_previous_likelihood_there_is_no_change(storyteller):
    assert change(dossier(), NOW, storyteller) is None
    assert change(dossier(referral=THEN), NOW, storyteller) is None


def test_an_answer_to_another_question_is_no_change(storyteller):
    longer = Text(de="kein Kauf in den nächsten 120 Tagen", en="no purchase in the next 120 days")
    before = THEN.model_copy(update={"question": longer})
    assert change(dossier(churn=before), NOW, storyteller) is None


def test_nothing_changed_has_no_drivers(storyteller):
    found = change(dossier(churn=NOW), NOW, storyteller)
    assert (found.points, found.drivers, found.other_points) == (0.0, [], 0.0)


def test_a_feature_that_was_left_out_before_is_not_told_as_missing(storyteller):
    before = made(0.2, calendar_sin=(0.5, 0.0))
    found = change(dossier(churn=before), made(0.25, orders_90=(2.0, 5.0)), storyteller)
    assert (found.drivers, found.other_points) == ([], 5.0)


def test_what_did_not_change_is_no_change_however_it_weighs(storyteller):
    before = made(0.2, orders_90=(2.0, 1.0), complaints_open=(0.0, 0.0), tenure_days=(90.0, 0.0))
    after = made(0.3, orders_90=(2.0, 5.0), complaints_open=(1.0, 3.0), tenure_days=(180.0, 3.0))
    found = change(dossier(churn=before), after, storyteller)
    assert [(d.topic, d.points) for d in found.drivers] == [("open_complaints", 3.0)]
    assert found.other_points == 7.0


def test_what_moved_a_likelihood_its_way_is_told_however_small(storyteller):
    before = made(0.2, complaints_open=(1.0, 0.0), orders_90=(3.0, 0.0), contacts_90=(2.0, 0.0))
    moved = {"complaints_open": (0.0, -3.0), "orders_90": (2.0, 0.3), "contacts_90": (1.0, 0.2)}
    found = change(dossier(churn=before), made(0.25, **moved), storyteller)
    assert [d.points for d in found.drivers] == [-3.0, 0.3]
    small = change(dossier(churn=before), made(0.21, **moved), storyteller)
    assert [d.points for d in small.drivers] == [-3.0]


def test_the_feature_that_went_the_way_of_its_points_tells_the_change(storyteller):
    before = made(0.2, orders_90=(2.0, 0.0), orders_365=(9.0, 0.0))
    after = made(0.3, orders_90=(3.0, 6.0), orders_365=(5.0, 4.0))
    taught = storyteller
    taught._sides = dict.fromkeys(("orders_90", "orders_365"), -1)  # few orders: more leave
    (driver,) = change(dossier(churn=before), after, taught).drivers
    assert driver.sentence.de.startswith("Bestellhäufigkeit: jetzt 5 Aufträge")
    assert np.sign(driver.points) == 1


def test_likelihoods_can_be_written_and_read(storyteller, panel):
    found = first(storyteller, panel)
    assert Likelihood.model_validate_json(found.model_dump_json()) == found


def test_another_currency_is_told(predictors, panel):
    config = predictors["churn"].bundle.config_toml.replace('"EUR"', '"CHF"')
    predictor = type(predictors["churn"])(replace(predictors["churn"].bundle, config_toml=config))
    assert predictor.storyteller(panel).currency == "CHF"

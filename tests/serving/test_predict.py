"""Scores and explanations of single customers, from raw events and from a ready panel."""

import json
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import narwhals.stable.v2 as nw
import pandas as pd
import pyarrow as pa
import pytest

from treue.features.errors import TreueError
from treue.features.family import Family, Feature, Stream
from treue.models.errors import BundleError, ModelError
from treue.serving.absent import nearest
from treue.serving.comparison import Comparison, Peers, compare
from treue.serving.definition import PanelDefinition
from treue.serving.predict import Predictor, shared_panel

CUTOFF = datetime(2023, 7, 1)


class _Nothing(dict):
    def __missing__(self, key):
        return 0


NOTHING_COMPARED = Comparison(_Nothing(), {}, Peers(pd.DataFrame()))


@pytest.fixture
def churn(predictors):
    return predictors["churn"]


@pytest.fixture
def scores(churn, tables, panel):
    return churn.predict(tables, CUTOFF, panel=panel)


@pytest.fixture
def customer_id(scores):
    return scores["customer_id"].iloc[0]


def changed(predictor, old, new):
    config = predictor.bundle.config_toml
    assert old in config
    return Predictor(replace(predictor.bundle, config_toml=config.replace(old, new)))


def test_the_panel_is_made_as_the_bundle_says(churn):
    definition = changed(churn, "lookback_days = 180", "lookback_days = 30").definition
    assert definition == PanelDefinition(
        lookback=30,
        churn="inactivity",
        decline_share=0.5,
        referral="made",
        left_out=("negotiations", "referrals", "payments", "contracts"),
        own_families=(),
    )


def test_a_shorter_lookback_in_the_bundle_scores_fewer_customers(churn, tables):
    shorter = changed(churn, "lookback_days = 180", "lookback_days = 30")
    assert 0 < len(shorter.predict(tables, CUTOFF)) < len(churn.predict(tables, CUTOFF))


def test_families_outside_the_training_are_not_computed(panel):
    assert not [name for name in panel if name.startswith(("negotiations", "referrals"))]


def test_raw_events_and_the_ready_panel_give_the_same_probabilities(churn, tables, panel):
    from_events = churn.predict(tables, CUTOFF)
    from_panel = churn.predict_panel(panel[list(panel.columns[::-1])])
    pd.testing.assert_frame_equal(from_events, from_panel)
    assert list(from_events) == ["customer_id", "cutoff", "probability", "raw"]
    assert from_events["probability"].between(0, 1).all()


def test_events_after_the_cutoff_change_no_score(churn, tables):
    cutoff = datetime(2023, 5, 1)
    pd.testing.assert_frame_equal(
        churn.predict(tables, cutoff), churn.predict(tables.known_at(cutoff), cutoff)
    )


def test_a_bundle_from_its_folder_scores_as_the_one_in_memory(churn, panel, tmp_path):
    folder = churn.bundle.save(tmp_path / "bundle")
    loaded = Predictor.load(folder)
    pd.testing.assert_frame_equal(loaded.predict_panel(panel), churn.predict_panel(panel))
    assert (loaded.target, loaded.source) == ("churn", str(folder))
    assert loaded.fingerprint == churn.fingerprint


def test_an_explanation_adds_up_in_log_odds_and_in_points(churn, scores):
    for customer_id, probability in scores[["customer_id", "probability"]].head(5).to_numpy():
        found = churn.explain(customer_id)
        assert found.probability == pytest.approx(probability, abs=1e-12)
        total = found.base + sum(found.contributions.values())
        assert total == pytest.approx(found.raw, abs=1e-10)
        shown = 100 * found.base_probability + sum(found.points.values())
        assert shown == pytest.approx(100 * probability, abs=1e-9)
        assert sum(found.family_points.values()) == pytest.approx(sum(found.points.values()))
        assert sum(found.family_contributions.values()) == pytest.approx(
            sum(found.contributions.values())
        )
        assert set(found.family_points) <= {
            *("purchases", "complaints", "contacts", "customer", "calendar")
        }


def test_an_explanation_speaks_the_language_of_the_configuration_or_the_one_asked_for(
    churn, customer_id
):
    found = churn.explain(customer_id)
    assert found.reasons() == found.reasons("de")
    assert "Punkt" in found.reasons()[0]
    assert "point" in found.reasons("en")[0]


def test_an_explanation_can_be_written_as_json(churn, customer_id):
    found = json.loads(json.dumps(churn.explain(customer_id).to_dict("en"), allow_nan=False))
    assert found["customer_id"] == customer_id
    assert found["cutoff"] == "2023-07-01T00:00:00"
    assert None in found["values"].values()
    assert found["reasons"] == churn.explain(customer_id).reasons("en")


def test_explaining_from_tables_needs_no_prediction_before(churn, tables, customer_id):
    fresh = Predictor(churn.bundle)
    assert fresh.explain(customer_id, tables=tables, cutoff=CUTOFF) == churn.explain(customer_id)


def test_a_panel_with_several_cutoffs_explains_the_latest(churn, panel):
    earlier = panel.assign(cutoff=pd.Timestamp(2023, 4, 1), orders_90=99.0)
    churn.predict_panel(pd.concat([panel, earlier]))
    found = churn.explain(panel["customer_id"].iloc[0])
    assert (found.cutoff, found.values["orders_90"]) == (CUTOFF, panel["orders_90"].iloc[0])


def test_a_panel_without_cutoffs_is_scored(churn, panel):
    panel = panel.drop(columns="cutoff")
    assert list(churn.predict_panel(panel)) == ["customer_id", "probability", "raw"]
    assert churn.explain(panel["customer_id"].iloc[0]).cutoff is None


def test_nothing_predicted_yet_is_said(churn):
    with pytest.raises(TreueError, match="nothing was predicted yet; call predict first, or give"):
        churn.explain("K00001")


@pytest.fixture
def asked(churn, tables):
    """Ask why a customer beside the simulated ones is not among the scored."""
    rows = [
        ("C-1041", datetime(2023, 6, 1), 10.0),
        ("C-1042", datetime(2022, 8, 1), 10.0),
        ("C-1043", datetime(2023, 6, 20), 10.0),
    ]
    more = pa.table(
        dict(zip(("customer_id", "purchased_at", "amount"), zip(*rows, strict=True), strict=True))
    )
    purchases = pa.concat_tables([tables.frames["purchases"], more], promote_options="permissive")
    more_tables = replace(tables, frames={**tables.frames, "purchases": purchases})
    churn.predict(more_tables, datetime(2023, 6, 15))

    def ask(customer_id):
        with pytest.raises(TreueError) as caught:
            churn.explain(customer_id)
        return str(caught.value)

    return ask


def test_a_customer_who_bought_too_long_ago_is_told_with_the_days(asked):
    assert asked("C-1042") == (
        "customer 'C-1042' is not scored at 2023-06-15: the last purchase was 318 days before "
        "(2022-08-01), the lookback is 180 days, so there is nobody to lose; choose an earlier "
        "cutoff"
    )


def test_a_customer_who_bought_only_after_the_cutoff_has_never_bought(asked):
    assert asked("C-1043") == (
        "customer 'C-1043' never bought until 2023-06-15, so there is nobody to lose; only buyers "
        "are scored"
    )


def test_an_id_that_nobody_has_is_answered_with_the_nearest(asked):
    assert asked("C-104") == (
        "customer 'C-104' is not in the data; nearest are C-1043, C-1042, C-1041, K0000104"
    )
    assert asked("c-01041") == "customer 'c-01041' is not in the data; did you mean C-1041?"
    assert asked("Miller & Sons") == ("customer 'Miller & Sons' is not in the data; check the id")


def test_a_customer_missing_in_a_ready_panel_is_told_so(churn, panel):
    churn.predict_panel(panel.head(3).assign(customer_id=["a-1", "a-2", "b-77"]))
    with pytest.raises(TreueError, match="customer 'a-3' is not in the panel; nearest are a-"):
        churn.explain("a-3")


def test_a_panel_without_customers_is_refused(churn):
    with pytest.raises(TreueError, match="the panel has no column customer_id"):
        churn.predict_panel(pd.DataFrame({"orders_90": [1.0]}))


def test_a_panel_without_a_feature_of_the_training_is_refused_with_the_difference(churn, panel):
    with pytest.raises(ModelError, match=r"- orders_90: missing \(numeric in the model\)"):
        churn.predict_panel(panel.drop(columns="orders_90"))


def test_a_cutoff_after_the_data_is_refused(churn, tables):
    with pytest.raises(TreueError, match="the latest possible cutoff is 2023-07-01"):
        churn.predict(tables, datetime(2023, 9, 1))


def test_models_of_different_panels_are_not_scored_together(predictors, tables):
    other = changed(predictors["referral"], "lookback_days = 180", "lookback_days = 90")
    with pytest.raises(TreueError, match=r"trained on differently made panels.*one treue.toml"):
        shared_panel({"churn": predictors["churn"], "referral": other}, tables, CUTOFF)


def test_a_bundle_that_does_not_say_how_its_panel_was_made_scores_ready_panels_only(
    churn, tables, panel
):
    bare = Predictor(replace(churn.bundle, config_toml=""))
    with pytest.raises(TreueError, match=r"lacks 'label'.*score a ready panel with predict_panel"):
        bare.predict(tables, CUTOFF)
    assert len(bare.predict_panel(panel)) == len(panel)


def test_own_families_that_a_bundle_names_must_be_given(churn, tables):
    own = changed(churn, "families = []", 'families = ["visits.py"]')
    with pytest.raises(TreueError, match=r"own \(visits.py\), 0 are given; load them with"):
        own.predict(tables, CUTOFF)


def test_own_families_are_computed_beside_the_catalogue_s(churn, tables):
    visits = Family(
        "visits",
        "Besuche",
        "visits",
        {"contacts": Stream(lambda rows: rows["contacts"], ("contacts",))},
        (Feature("visits_all", nw.len(), "visits", "", "Besuche", "visits", stream="contacts"),),
    )
    own = changed(churn, "families = []", 'families = ["visits.py"]')
    given = Predictor(own.bundle, own_families=[visits])
    assert given.build_panel(tables, CUTOFF)["visits_all"].max() > 0


def test_a_folder_that_is_no_bundle_is_refused(tmp_path):
    with pytest.raises(BundleError, match="is not a bundle"):
        Predictor.load(tmp_path)


@pytest.mark.parametrize(
    ("typed", "known"),
    [("cntid_1003", "CNTID_1003"), ("12", "000012"), ("k-7", "K-0007"), ("000012", "12")],
)
def test_case_and_leading_zeros_are_forgiven_in_suggestions(typed, known):
    assert nearest(typed, ["999", "K-8", known]) == f"did you mean {known}?"


def test_base_reasons_and_others_as_shown_add_up_to_the_probability(churn, scores):
    for customer_id in scores["customer_id"].head(20):
        found = churn.explain(customer_id, comparison=NOTHING_COMPARED)
        shown = [float(reason.points) for reason in found.told]
        base, probability = (
            round(Decimal(str(share)) * 100)
            for share in (found.base_probability, found.probability)
        )
        assert base + sum(shown) + found.other_points() == pytest.approx(probability, abs=1e-9)
        assert all(points != 0 for points in shown)


def test_a_comparison_that_was_made_already_is_used(churn, scores, customer_id, tables, panel):
    made = compare(tables, CUTOFF, panel)
    assert churn.explain(customer_id, comparison=made).told == churn.explain(customer_id).told


def test_the_grade_is_that_of_the_held_out_rows(bundles):
    judged = replace(bundles["churn"], metrics={"overall": {"grade": {"letter": "C"}}})
    assert Predictor(judged).grade == "C"
    assert Predictor(bundles["churn"]).grade is None


def test_the_question_of_a_model_is_told_in_words(bundles):
    question = Predictor(bundles["referral"]).question
    assert question.to_text("de") == "eine Empfehlung in den nächsten 90 Tagen"
    of_a_panel = replace(
        bundles["churn"], config_toml=bundles["churn"].config_toml + "\n[panel]\npath = 'x'"
    )
    assert Predictor(of_a_panel).question is None


def test_a_single_row_is_scored_as_in_a_panel_and_adds_up(churn, panel):
    row = panel.iloc[7]
    found = churn.score_row(row.to_dict())
    explained = churn.explain_panel(panel.iloc[[7]])
    assert found.raw == pytest.approx(explained.raw[0], abs=1e-12)
    assert found.base + sum(found.contributions.values()) == pytest.approx(found.raw, abs=1e-12)
    assert list(found.contributions.values()) == pytest.approx(explained.contributions[0])
    assert found.probability == pytest.approx(explained.probability[0], abs=1e-12)


def test_a_warm_predictor_says_the_same(churn, panel):
    row = panel.iloc[3].to_dict()
    cold = churn.score_row(row)
    warm = Predictor(churn.bundle).warm().score_row(row)
    assert warm.raw == pytest.approx(cold.raw, abs=1e-12)
    assert warm.contributions == pytest.approx(cold.contributions, abs=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"orders_90": "many"}, "orders_90: 'many' is no number"),
        ({"orders_90": float("inf")}, "orders_90: infinite"),
    ],
)
def test_a_row_that_does_not_fit_is_refused(churn, panel, change, message):
    row = panel.iloc[0].to_dict()
    with pytest.raises(ModelError, match=message):
        churn.score_row({**row, **change})
    del row["orders_90"]
    with pytest.raises(ModelError, match="the row lacks orders_90; give null"):
        churn.score_row(row)

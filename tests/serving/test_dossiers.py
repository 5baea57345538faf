"""Dossiers put together from tables and models, and their way into the store."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from treue.commands.call_first import to_call_first
from treue.features.errors import TreueError
from treue.serving.assembly import Assembly, Sections, identity_of
from treue.serving.batch import score
from treue.serving.dossiers import make_dossiers
from treue.serving.predict import Predictor
from treue.serving.publishing import About, earlier_cutoffs, publish, publish_panel, run_of
from treue.serving.run_files import RunFiles
from treue.serving.store import Store, WorklistQuery
from treue.serving.viewer import Viewer
from treue.settings import Map, Value

CUTOFF = datetime(2023, 7, 1)
LEAD = Viewer("lena", "lead")


@pytest.fixture(scope="module")
def made(tables, bundles):
    predictors = {target: Predictor(bundle) for target, bundle in bundles.items()}
    return Assembly.of_tables(tables, CUTOFF, predictors)


@pytest.fixture(scope="module")
def dossiers(made):
    return list(make_dossiers(made))


@pytest.fixture
def about():
    return About(
        published_at=datetime(2023, 7, 2),
        files={"churn": RunFiles({"shap_bar": b"PNG"}, "Wozu die Tabellen taugen")},
    )


@pytest.fixture
def store():
    with Store.open("sqlite://") as opened:
        yield opened


def test_every_customer_of_the_panel_has_a_dossier(made, dossiers):
    assert [each.customer_id for each in dossiers] == list(made.panel["customer_id"])
    assert {each.cutoff for each in dossiers} == {CUTOFF}


def test_probabilities_are_those_of_the_models(made, dossiers, tables):
    for target, predictor in made.predictors.items():
        scored = predictor.predict(tables, CUTOFF)["probability"]
        told = [getattr(each, target).probability for each in dossiers]
        assert told == pytest.approx(scored.tolist(), abs=1e-12)


def test_master_data_are_told_but_no_sensitive_column(tables, dossiers):
    known = {row["customer_id"]: row for row in tables.frames["customers"].to_pylist()}
    assert tables.sensitive
    for each in dossiers:
        row = known[each.customer_id]
        assert each.name == row["name"]
        assert each.account_manager == row["account_manager"]
        assert each.since == row["since"]
        assert each.facts == {name: row[name] for name in tables.attributes}
        assert not set(each.facts) & set(tables.sensitive)


def test_the_quadrant_follows_from_the_thresholds(made, dossiers):
    for each in dossiers:
        leaves = each.churn.probability >= made.thresholds.churn
        recommends = each.referral.probability >= made.thresholds.referral
        assert (each.churn.likely, each.referral.likely) == (leaves, recommends)
        expected = {
            (False, True): "focus",
            (True, True): "promoter_at_risk",
            (False, False): "quiet",
            (True, False): "price_hunter",
        }
        assert each.quadrant == expected[leaves, recommends]


def test_margin_at_risk_is_that_of_the_card(dossiers):
    for each in dossiers:
        (line,) = [line for line in each.card if line.key == "margin_at_risk"]
        assert each.margin_at_risk == line.amount


def test_each_dossier_has_events_and_at_most_one_suggestion_of_a_kind(dossiers):
    assert all(each.timeline for each in dossiers)
    assert all(event.at <= CUTOFF for each in dossiers for event in each.timeline)
    assert all(each.approach for each in dossiers)


def test_what_is_said_and_written_follows_from_complaints_and_the_suggested_contact(made, dossiers):
    still_open = dict(zip(made.panel["customer_id"], made.panel["complaints_open"], strict=True))
    written = [each for each in dossiers if each.letter]
    assert written
    for each in written:
        assert each.letter == each.sayable[0]
        assert each.approach[0].key == "write"
        assert not still_open[each.customer_id]
    for each in dossiers:
        assert len(each.sayable) <= 3
        if still_open[each.customer_id]:
            assert "Reklamation" in each.sayable[0].de
            assert len(each.sayable) <= 2


def test_whom_to_call_first_is_in_the_order_of_the_worklist_with_its_numbers(
    tables, made, predictors, about, store, tmp_path
):
    publish(store, tables, CUTOFF, predictors, about, history_months=0)
    rows = store.worklist(LEAD, query=WorklistQuery(per_page=10)).rows
    score(tables, CUTOFF, predictors, tmp_path / "scores.parquet")
    first = to_call_first(tmp_path / "scores.parquet", tables, "de", assumptions=made.assumptions)
    assert first["customer_id"].tolist() == [row.customer_id for row in rows]
    at_risk = [row.margin_at_risk for row in rows]
    assert first["margin_at_risk"].tolist() == pytest.approx(at_risk)


def test_without_a_previous_dossier_nothing_has_changed(dossiers):
    assert all(each.churn.change is None for each in dossiers)


def test_what_lies_after_the_cutoff_changes_no_dossier(tables, made, dossiers):
    cut = tables.known_at(CUTOFF)
    again = make_dossiers(Assembly.of_tables(cut, CUTOFF, made.predictors))
    assert list(again) == dossiers


def test_one_model_alone_gives_no_quadrant(tables, made):
    alone = {"churn": made.predictors["churn"]}
    first = next(make_dossiers(Assembly.of_tables(tables, CUTOFF, alone)))
    assert first.referral is None
    assert first.quadrant is None
    assert first.margin_at_risk is not None


def test_settings_move_the_map(tables, made):
    sections = Sections(map=Map(churn_threshold=0.01, referral_threshold=0.9))
    again = Assembly.of_tables(tables, CUTOFF, made.predictors, sections=sections)
    first = next(make_dossiers(again))
    assert first.quadrant == "price_hunter"


def test_the_identity_changes_with_all_that_makes_a_run(made):
    def identity(data="d", cutoff=CUTOFF, predictors=made.predictors, **sections):
        return identity_of(data, cutoff, predictors, Sections(**sections))

    others = [
        identity(data="e"),
        identity(cutoff=None),
        identity(predictors={"churn": made.predictors["churn"]}),
        identity(value=Value(contact_cost=2.0)),
    ]
    assert identity() == identity()
    assert len({identity(), *others}) == 5


def test_a_first_publication_brings_earlier_months_and_what_changed(
    store, tables, predictors, about
):
    written = publish(store, tables, CUTOFF, predictors, about)
    assert written == [datetime(2023, 5, 1), datetime(2023, 6, 1), CUTOFF]
    assert [run.backfilled for run in store.runs()] == [False, True, True]
    rows = store.worklist(LEAD, query=WorklistQuery(per_page=500)).rows
    changed = [row for row in rows if row.change_points is not None]
    assert len(changed) > 0.8 * len(rows)
    assert any(row.change_points for row in changed)
    one = store.dossier(changed[0].customer_id, viewer=LEAD)
    told = one.churn.change
    assert told.previous_cutoff == datetime(2023, 6, 1)
    before = store.dossier(one.customer_id, viewer=LEAD, cutoff=told.previous_cutoff)
    assert told.previous_probability == before.churn.probability
    sums = sum(driver.points for driver in told.drivers) + told.other_points
    assert sums == pytest.approx(told.points, abs=0.051)
    assert len(store.history(one.customer_id, viewer=LEAD)) >= 2
    assert store.model(LEAD).pictures == ["churn_shap_bar"]


def test_publishing_again_does_nothing_until_the_settings_change(store, tables, predictors, about):
    assert publish(store, tables, CUTOFF, predictors, about, history_months=0) == [CUTOFF]
    assert publish(store, tables, CUTOFF, predictors, about, history_months=0) == []
    dearer = replace(about, sections=Sections(value=Value(contact_cost=20.0)))
    assert publish(store, tables, CUTOFF, predictors, dearer, history_months=0) == [CUTOFF]
    assert len(store.runs()) == 1


def test_a_later_cutoff_brings_no_history_of_its_own(store, tables, predictors, about):
    publish(store, tables, datetime(2023, 6, 1), predictors, about, history_months=0)
    assert publish(store, tables, CUTOFF, predictors, about) == [CUTOFF]
    assert not store.latest().backfilled


def test_a_new_model_is_told_apart_from_what_the_customer_did(
    store, tables, predictors, about, bundles
):
    publish(store, tables, datetime(2023, 6, 1), predictors, about, history_months=0)
    other = replace(bundles["churn"], card="# another one")
    renewed = {"churn": Predictor(other), "referral": predictors["referral"]}
    publish(store, tables, CUTOFF, renewed, about)
    rows = store.worklist(LEAD, query=WorklistQuery(per_page=500)).rows
    found = [store.dossier(row.customer_id, viewer=LEAD) for row in rows]
    changed = [each for each in found if each.churn.change]
    assert changed
    # the same trees with another card: by itself the model changes nothing
    assert all(each.churn.change.model_points == 0.0 for each in changed)
    assert all(each.referral.change.model_points is None for each in changed)


def test_history_begins_when_customers_could_be_known(tables, predictors):
    first = datetime(2022, 1, 1) + timedelta(days=180)
    assert all(
        moment >= first - timedelta(days=3)
        for moment in earlier_cutoffs(tables, datetime(2022, 9, 1), predictors, months=12)
    )
    assert earlier_cutoffs(tables, CUTOFF, predictors, months=0) == []


def test_a_run_says_what_is_known_of_the_models(made, about):
    run = run_of(made, identity="i", about=about)
    assert set(run.targets) == {"churn", "referral"}
    churn = run.targets["churn"]
    assert churn.question.de == "kein Kauf in den nächsten 90 Tagen"
    assert churn.horizon_days == 90
    assert 0 < churn.base_probability < 1
    assert churn.fingerprint == made.predictors["churn"].fingerprint
    assert run.usability == "Wozu die Tabellen taugen"
    assert run.company.customers == len(made.panel)
    assert run.thresholds.churn == made.thresholds.churn


def test_figures_and_frequencies_come_from_the_bundle(tables, bundles):
    figures = {"model": {"auroc": {"value": 0.8}}}
    judged = {"cutoff": "2023-03-01T00:00:00", "rows": 9, "positives": 3, "figures": figures}
    metrics = {
        "overall": {**judged, "grade": {"letter": "A"}},
        "by_cutoff": [judged],
        "calibration": [{"low": 0.0, "high": 1.0, "rows": 90, "predicted": 0.4, "observed": 0.3}],
    }
    predictors = {"churn": Predictor(replace(bundles["churn"], metrics=metrics))}
    made = Assembly.of_tables(tables, CUTOFF, predictors)
    first = next(make_dossiers(made))
    assert first.churn.frequency.de == "7 von 10 solchen Kunden blieben"
    assert first.churn.grade == "A"
    (one,) = run_of(made, identity="i", about=About(datetime(2023, 7, 2))).targets["churn"].figures
    assert (one.cutoff, one.rows, one.figures) == (datetime(2023, 3, 1), 9, {"auroc": 0.8})


def test_a_ready_panel_has_no_card_and_no_timeline(store, panel, predictors, about):
    assert publish_panel(store, panel, predictors, about) == [CUTOFF]
    one = store.dossier(store.worklist(LEAD).rows[0].customer_id, viewer=LEAD)
    assert (one.card, one.timeline, one.margin_at_risk, one.name) == ([], [], None, None)
    assert one.churn.reasons
    rows = store.worklist(LEAD).rows
    likely = [row.churn_probability for row in rows]
    assert likely == sorted(likely, reverse=True)


def test_a_ready_panel_without_cutoffs_is_published_once(store, panel, predictors, about):
    bare = panel.drop(columns="cutoff")
    assert publish_panel(store, bare, predictors, about) == [about.published_at]
    later = replace(about, published_at=datetime(2023, 8, 1))
    assert publish_panel(store, bare, predictors, later) == []


def test_a_rule_that_asks_for_nothing_known_is_refused(tables, made):
    from treue.settings import Approach, Condition, Rule

    rule = Rule(kind="contact", suggest="call", when={"no_such_thing": Condition(at_least=1)})
    sections = Sections(approach=Approach(rules=[rule]))
    again = Assembly.of_tables(tables, CUTOFF, made.predictors, sections=sections)
    with pytest.raises(TreueError, match="no quantity 'no_such_thing'"):
        next(make_dossiers(again))

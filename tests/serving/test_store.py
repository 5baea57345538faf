"""The store: complete or not there at all, and never another one's customer."""

from datetime import datetime, timedelta

import pandas as pd
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from click.testing import CliRunner
from postgresql_server import postgresql_server

from treue.cli import main
from treue.features.errors import TreueError
from treue.features.mapping import suggestion
from treue.features.schema import TABLES as SCHEMAS
from treue.serving.dossier import CardLine, Change, Dossier, Likelihood, Reason, Suggestion, Text
from treue.serving.store import (
    CalibrationBin,
    ContactTerms,
    Entries,
    Kept,
    NotAllowedError,
    NotVisibleError,
    Outcome,
    OutcomeRow,
    Run,
    Store,
    TargetInfo,
    Thresholds,
    WorklistQuery,
)
from treue.serving.store.opening import open_engine
from treue.serving.store.schema import metadata
from treue.serving.viewer import Viewer

OCTOBER, NOVEMBER, DECEMBER = (datetime(2024, month, 1) for month in (10, 11, 12))
LEAD = Viewer("lena", "lead")
ANKE = Viewer("anke", "account_manager", "Anke")
BERND = Viewer("bernd", "account_manager", "Bernd")
READER = Viewer("crm", "service", scopes=frozenset({"read"}))
SCORER = Viewer("shop", "service", scopes=frozenset({"predict"}))
SAME = Text(de="Ruhig", en="Quiet")


@pytest.fixture(scope="session")
def postgresql():
    with postgresql_server() as url:
        yield url.format(password="secret")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/treue.db"
    place = request.getfixturevalue("postgresql")
    engine = sa.create_engine(place.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.exec_driver_sql("drop schema public cascade; create schema public")
    engine.dispose()
    return place


@pytest.fixture
def store(url):
    opened = Store.open(url)
    yield opened
    opened.close()


def likelihood(target, probability, change=None):
    sentence = Text(de="Lange nicht bestellt: vor 74 Tagen", en="No order for long: 74 days ago")
    reason = Reason(
        topic="order_pause",
        sentence=sentence,
        points=12.0,
        feature="recency_days",
        value=74.0,
    )
    return Likelihood(
        target=target,
        probability=probability,
        base_probability=0.2,
        likely=probability > 0.4,
        frequency=None,
        question=None,
        grade="A",
        reasons=[reason],
        other_points=0.0,
        families=[],
        change=change,
    )


def dossier(customer_id, manager, *, cutoff=DECEMBER, churn=0.3, at_risk=100.0, **more):
    change = more.pop("change", None)
    changed = change is not None and Change(
        previous_cutoff=NOVEMBER,
        previous_probability=churn - change / 100,
        points=change,
        drivers=[],
        other_points=change,
    )
    values = {
        "name": f"Firma {customer_id}",
        "since": None,
        "currency": "EUR",
        "referral": likelihood("referral", 0.1),
        "quadrant": "quiet",
        "card": [CardLine(key="margin_365", name=SAME, amount=2 * (at_risk or 0.0), formula=SAME)],
        "approach": [Suggestion(key="call", text=Text(de="Anrufen", en="Call"), rule=SAME)],
        "timeline": [],
    }
    return Dossier(
        customer_id=customer_id,
        account_manager=manager,
        cutoff=cutoff,
        churn=likelihood("churn", churn, changed or None),
        margin_at_risk=at_risk,
        letter=Text(de="Läuft alles, wie es soll?", en="Is everything running as it should?"),
        **values | more,
    )


def run(cutoff=DECEMBER, identity=None, **more):
    bins = [CalibrationBin(low=0.6, high=0.7, rows=50, predicted=0.65, observed=0.64)]
    churn = TargetInfo(
        grade="A",
        base_probability=0.2,
        question=None,
        horizon_days=90,
        fingerprint="f",
        source="models:/treue-churn@champion",
        calibration=bins,
    )
    return Run(
        cutoff=cutoff,
        identity=identity or f"made for {cutoff:%B}",
        language="de",
        currency="EUR",
        published_at=datetime(2024, 12, 2),
        targets={"churn": churn},
        thresholds=Thresholds(churn=0.4, referral=0.2),
        **more,
    )


@pytest.fixture
def filled(store):
    """Two months of three customers: 1 and 2 are Anke's, 3 is Bernd's since December."""
    store.publish(
        run(NOVEMBER, backfilled=True),
        [
            dossier("K1", "Anke", cutoff=NOVEMBER, churn=0.2, at_risk=50.0),
            dossier("K3", "Anke", cutoff=NOVEMBER),
        ],
    )
    store.publish(
        run(),
        [
            dossier("K1", "Anke", churn=0.5, at_risk=300.0, change=30.0, quadrant="price_hunter"),
            dossier("K2", "Anke", churn=0.1, at_risk=20.0, change=-6.0),
            dossier("K3", "Bernd", name="Müller & Söhne", at_risk=80.0, change=1.0),
        ],
        pictures={"churn_shap_bar": b"PNG"},
    )
    return store


def ids(page):
    return [row.customer_id for row in page.rows]


def test_an_empty_store_says_so_everywhere(store):
    assert store.latest() is None
    assert store.runs() == []
    assert store.worklist(LEAD).rows == []
    assert store.portfolio(LEAD).customers == 0
    assert store.model(LEAD).run is None
    assert store.plan(LEAD) is None
    assert store.dossier("K1", viewer=LEAD) is None
    with pytest.raises(TreueError, match="no scores to plan with; publish them with treue score"):
        store.make_plan(LEAD, capacity=3, seed=1, at=DECEMBER)


def test_a_dossier_comes_out_as_it_went_in(filled):
    written = dossier("K2", "Anke", churn=0.1, at_risk=20.0, change=-6.0)
    assert filled.dossier("K2", viewer=LEAD) == written
    assert filled.latest() == run()
    assert [each.cutoff for each in filled.runs()] == [DECEMBER, NOVEMBER]


def test_without_a_cutoff_the_newest_dossier_is_read(filled):
    assert filled.dossier("K1", viewer=LEAD).cutoff == DECEMBER
    assert filled.dossier("K1", viewer=LEAD, cutoff=NOVEMBER).churn.probability == 0.2
    assert filled.dossier("K1", viewer=LEAD, cutoff=OCTOBER) is None


def test_the_same_identity_is_not_published_again_nor_made(filled):
    def never():
        raise AssertionError("a dossier was asked for")
        yield

    assert filled.publish(run(), never()) is False


def test_the_same_cutoff_with_another_identity_is_replaced_whole(filled):
    assert filled.publish(run(identity="new data"), [dossier("K9", "Anke")]) is True
    assert ids(filled.worklist(LEAD)) == ["K9"]
    assert len(filled.runs()) == 2
    assert filled.picture("churn_shap_bar") is None


def test_a_run_that_fails_halfway_leaves_the_one_before(filled):
    def failing():
        yield dossier("K7", "Anke")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        filled.publish(run(identity="broken"), failing())
    assert filled.latest() == run()
    assert filled.worklist(LEAD).total == 3


def test_a_customer_who_stands_twice_leaves_the_run_before(filled):
    with pytest.raises(sa.exc.IntegrityError):
        filled.publish(run(identity="twice"), [dossier("K7", "Anke")] * 2)
    assert filled.worklist(LEAD).total == 3


def test_a_dossier_of_another_cutoff_is_refused(store):
    with pytest.raises(TreueError, match="customer K1: the dossier is of 2024-11-01"):
        store.publish(run(), [dossier("K1", "Anke", cutoff=NOVEMBER)])


@pytest.mark.parametrize(
    ("viewer", "seen"), [(LEAD, "123"), (READER, "123"), (ANKE, "12"), (BERND, "3"), (SCORER, "")]
)
def test_each_viewer_sees_only_their_own_customers(filled, viewer, seen):
    others = set("123") - set(seen)
    assert {name[1] for name in ids(filled.worklist(viewer))} == set(seen)
    assert filled.worklist(viewer).total == len(seen)
    assert filled.portfolio(viewer).customers == len(seen)
    assert {point.customer_id[1] for point in filled.portfolio(viewer).points} == set(seen)
    for other in others:
        assert filled.dossier(f"K{other}", viewer=viewer) is None
        assert filled.dossier(f"K{other}", viewer=viewer, cutoff=NOVEMBER) is None
        assert filled.history(f"K{other}", viewer=viewer) == []
        assert filled.outcomes(f"K{other}", viewer=viewer) == []
        assert ids(filled.worklist(viewer, query=WorklistQuery(search=f"k{other}"))) == []
        with pytest.raises(NotVisibleError, match="is not among the customers you see"):
            filled.record_outcome(f"K{other}", call(), viewer=viewer)
    for own in seen:
        assert filled.dossier(f"K{own}", viewer=viewer) is not None
        assert filled.history(f"K{own}", viewer=viewer)


def test_a_customer_who_changed_hands_takes_the_history_along(filled):
    assert [point.cutoff for point in filled.history("K3", viewer=BERND)] == [NOVEMBER, DECEMBER]
    assert filled.dossier("K3", viewer=ANKE, cutoff=NOVEMBER) is None


def test_publishing_an_older_cutoff_later_gives_no_customer_back(filled):
    filled.publish(run(OCTOBER), [dossier("K3", "Anke", cutoff=OCTOBER)])
    assert filled.dossier("K3", viewer=ANKE) is None
    assert len(filled.history("K3", viewer=BERND)) == 3


def test_account_managers_are_named_only_to_those_who_see_their_customers(filled):
    assert filled.account_managers(LEAD) == ["Anke", "Bernd"]
    assert filled.account_managers(BERND) == ["Bernd"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (WorklistQuery(), ["K1", "K3", "K2"]),
        (WorklistQuery(sort="churn"), ["K1", "K3", "K2"]),
        (WorklistQuery(sort="change"), ["K1", "K3", "K2"]),
        (WorklistQuery(sort="name"), ["K1", "K2", "K3"]),
        (WorklistQuery(sort="referral"), ["K1", "K3", "K2"]),
        (WorklistQuery(quadrant="price_hunter"), ["K1"]),
        (WorklistQuery(changed="up"), ["K1"]),
        (WorklistQuery(changed="down"), ["K2"]),
        (WorklistQuery(account_manager="Bernd"), ["K3"]),
        (WorklistQuery(search="muller"), ["K3"]),
        (WorklistQuery(search="SÖHNE mü"), ["K3"]),
        (WorklistQuery(search="100%_"), []),
        (WorklistQuery(search="bernd"), ["K3"]),
        (WorklistQuery(page=2, per_page=2), ["K2"]),
        (WorklistQuery(page=9), []),
    ],
)
def test_the_worklist_is_filtered_and_sorted(filled, query, expected):
    assert ids(filled.worklist(LEAD, query=query)) == expected


def test_a_row_of_the_worklist_tells_what_stands_out(filled):
    row = filled.worklist(LEAD).rows[0]
    assert (row.churn_probability, row.referral_probability) == (0.5, 0.1)
    assert (row.margin_at_risk, row.change_points) == (300.0, 30.0)
    assert row.main_reason.de == "Lange nicht bestellt: vor 74 Tagen"
    assert row.main_points == 12.0
    assert row.sayable.en == "Is everything running as it should?"
    assert row.approach.de == "Anrufen"
    assert (row.last_outcome, row.on_plan) == (None, None)


def test_sums_of_the_worklist_are_those_of_all_pages(filled):
    page = filled.worklist(LEAD, query=WorklistQuery(per_page=2))
    assert (page.total, page.pages, page.margin_at_risk) == (3, 2, 400.0)


def test_customers_without_a_value_come_last(store):
    scored = [dossier("K1", "Anke", at_risk=None, card=[]), dossier("K2", "Anke")]
    store.publish(run(), scored)
    assert ids(store.worklist(LEAD)) == ["K2", "K1"]


def test_pages_before_the_first_are_refused(filled):
    with pytest.raises(TreueError, match="pages count from 1 and have rows"):
        filled.worklist(LEAD, query=WorklistQuery(page=0))


def test_the_history_says_which_scores_were_made_later(filled):
    points = filled.history("K1", viewer=ANKE)
    assert [(p.cutoff, p.churn_probability, p.backfilled) for p in points] == [
        (NOVEMBER, 0.2, True),
        (DECEMBER, 0.5, False),
    ]


def test_the_portfolio_sums_quadrants_and_runs(filled):
    found = filled.portfolio(LEAD)
    assert [(q.quadrant, q.customers, q.margin, q.margin_at_risk) for q in found.quadrants] == [
        ("price_hunter", 1, 600.0, 300.0),
        ("quiet", 2, 200.0, 100.0),
    ]
    assert [(p.cutoff, p.customers, p.margin_at_risk) for p in found.risk] == [
        (NOVEMBER, 2, 150.0),
        (DECEMBER, 3, 400.0),
    ]
    assert [p.margin_at_risk for p in filled.portfolio(BERND).risk] == [80.0]
    assert found.calibration[0].text.en == "of those we put at 60–70%, 64% left"
    assert found.thresholds == Thresholds(churn=0.4, referral=0.2)


def test_the_portfolio_of_all_is_that_of_the_last_publication(filled):
    assert filled.portfolio(LEAD).customers == 3
    filled.publish(run(identity="new data"), [dossier("K9", "Anke", at_risk=7.0)])
    assert filled.portfolio(LEAD).customers == 1
    assert filled.portfolio(READER).risk[-1].margin_at_risk == 7.0


def test_many_customers_are_put_together_on_the_map(store, monkeypatch):
    from treue.serving.store import portfolio

    monkeypatch.setattr(portfolio, "MOST_POINTS", 5)
    store.publish(
        run(),
        [dossier(f"K{i}", "Anke", churn=0.9 if i < 4 else 0.1, at_risk=10.0) for i in range(6)],
    )
    found = store.portfolio(LEAD)
    assert found.binned
    points = sorted(found.points, key=lambda point: point.churn_probability)
    assert [(round(p.churn_probability, 6), p.customers, p.margin_at_risk) for p in points] == [
        (0.1, 2, 20.0),
        (0.9, 4, 40.0),
    ]
    assert all(point.customer_id is None for point in points)


def test_pictures_belong_to_the_latest_run(filled):
    assert filled.model(ANKE).pictures == ["churn_shap_bar"]
    assert filled.picture("churn_shap_bar") == b"PNG"
    assert filled.picture("../churn") is None


def call(at=datetime(2024, 12, 3, 9, 30), **more):
    return Outcome(at=at, channel="call", result="reached", **more)


def test_an_outcome_is_kept_with_what_was_known_then(filled):
    filled.record_outcome("K1", call(at=datetime(2024, 11, 5)), viewer=ANKE)
    noted = call(note="Wünscht einen Besuch", concession_amount=50.0)
    number = filled.record_outcome("K1", noted, viewer=ANKE)
    newest, oldest = filled.outcomes("K1", viewer=ANKE)
    assert (newest.outcome_id, newest.note, newest.recorded_by) == (
        number,
        "Wünscht einen Besuch",
        "anke",
    )
    assert (newest.cutoff, oldest.cutoff) == (DECEMBER, NOVEMBER)
    row = filled.worklist(ANKE).rows[0]
    assert (row.last_outcome, row.last_result) == (datetime(2024, 12, 3, 9, 30), "reached")
    exported = filled.export_outcomes(LEAD)
    assert [(r.customer_id, r.direction, r.churn_probability) for r in exported] == [
        ("K1", "out", 0.2),
        ("K1", "out", 0.5),
    ]
    assert {row.noted_by for row in exported} == {"anke"}
    assert filled.export_outcomes(BERND) == []


def test_no_column_of_the_export_is_taken_for_another_column_of_contacts():
    contacts = list(SCHEMAS["contacts"].columns)
    others = [name for name in OutcomeRow.model_fields if name not in contacts]
    assert {name: suggestion(name, contacts) for name in others} == dict.fromkeys(others, "")


def test_no_text_of_an_exported_csv_acts_as_a_formula(store, url, tmp_path):
    config = tmp_path / "treue.toml"
    config.write_text(f'[tables]\npurchases.path = "purchases.csv"\n[pages]\nstore = "{url}"\n')
    store.publish(run(), [dossier("K1", "Anke"), dossier("+K2", "Anke")])
    noted = call(note='=HYPERLINK("http://evil")')
    for customer in ("K1", "+K2"):
        store.record_outcome(customer, noted, viewer=Viewer("@anke", "lead"))
    arguments = ["outcomes", "-c", str(config), "--out"]
    found = CliRunner().invoke(main, [*arguments, str(tmp_path / "contacts.csv")])
    assert "1 customer ids begin like a formula and were changed, such as '+K2'" in found.stderr
    rows = pd.read_csv(tmp_path / "contacts.csv")
    assert rows["customer_id"].tolist() == ["K1", "'+K2"]
    assert rows["note"].tolist() == ["'" + noted.note] * 2
    assert rows["noted_by"].tolist() == ["'@anke"] * 2
    assert rows["contacted_at"].tolist() == ["2024-12-03 09:30:00"] * 2
    CliRunner().invoke(main, [*arguments, str(tmp_path / "contacts.parquet")])
    kept = pd.read_parquet(tmp_path / "contacts.parquet")
    assert kept["customer_id"].tolist() == ["K1", "+K2"]
    assert kept["note"].tolist() == [noted.note] * 2


def test_a_time_with_a_zone_is_kept_in_utc():
    assert call(at="2024-12-03T10:30:00+01:00").at == datetime(2024, 12, 3, 9, 30)


def test_notes_and_amounts_have_limits():
    with pytest.raises(ValueError, match="at most 2000 characters"):
        call(note="x" * 2001)
    with pytest.raises(ValueError, match="greater than or equal to 0"):
        call(concession_amount=-1.0)


def test_a_plan_takes_the_first_of_the_worklist(filled):
    plan = filled.make_plan(LEAD, capacity=2, seed=1, at=DECEMBER)
    assert [(e.customer_id, e.role, e.place) for e in plan.entries] == [
        ("K1", "call", 1),
        ("K3", "call", 2),
    ]
    assert filled.plan(LEAD) == plan
    assert [row.on_plan for row in filled.worklist(LEAD).rows] == ["call", "call", None]
    assert filled.plan(ANKE) is None
    assert filled.worklist(ANKE).rows[0].on_plan is None


def test_who_waits_for_an_answer_to_a_complaint_is_never_held_out(store):
    waiting = {"K03", "K07", "K11"}
    made = [
        dossier(f"K{n:02}", "Anke", at_risk=100.0 - n, open_complaint=f"K{n:02}" in waiting)
        for n in range(1, 21)
    ]
    store.publish(run(), made)
    roles = {}
    for seed in range(5):
        plan = store.make_plan(LEAD, capacity=8, hold_out_share=0.4, seed=seed, at=DECEMBER)
        roles |= {entry.customer_id: entry.role for entry in plan.entries}
        assert sum(entry.role == "call" for entry in plan.entries) == 8
        assert [entry.place for entry in plan.entries] == list(range(1, len(plan.entries) + 1))
    assert {roles[customer_id] for customer_id in waiting if customer_id in roles} == {"call"}
    drawn = {row.customer_id: row.drawn for row in store.export_plans(LEAD)}
    assert {customer_id for customer_id in drawn if not drawn[customer_id]} == waiting & set(roles)
    assert "hold_out" in roles.values()


def test_the_worklist_can_end_where_a_contact_no_longer_pays(store):
    made = [dossier(f"K{n}", "Anke", at_risk=at) for n, at in enumerate([300.0, 50.0, 40.0, None])]
    store.publish(run(contact=ContactTerms(effect=0.25, spent=10.0)), made)
    rows = store.worklist(LEAD).rows
    assert [row.expected_profit for row in rows] == [65.0, 2.5, 0.0, None]
    assert [row.worth_contacting for row in rows] == [True, True, False, None]
    cut = store.worklist(LEAD, query=WorklistQuery(worth=True))
    assert (ids(cut), cut.total, cut.expected_profit) == (["K0", "K1"], 2, 67.5)
    assert store.worklist(LEAD).expected_profit is None
    plan = store.make_plan(LEAD, query=WorklistQuery(worth=True), capacity=10, seed=1, at=DECEMBER)
    assert [entry.customer_id for entry in plan.entries] == ["K0", "K1"]
    assert store.worklist(LEAD, query=WorklistQuery(worth=True, account_manager="Bernd")).total == 0


def test_runs_of_an_older_treue_say_nothing_of_profit(filled):
    assert {row.worth_contacting for row in filled.worklist(LEAD).rows} == {None}
    assert filled.worklist(LEAD, query=WorklistQuery(worth=True)).total == 0


def test_falling_customers_begin_with_the_one_who_fell_most(store):
    changes = {"K1": -6.0, "K2": -20.0, "K3": 12.0}
    store.publish(run(), [dossier(who, "Anke", change=each) for who, each in changes.items()])
    query = WorklistQuery(sort="change", changed="down")
    assert ids(store.worklist(LEAD, query=query)) == ["K2", "K1"]


def test_a_plan_holds_no_customer_whom_the_viewer_does_not_see(filled):
    plan = filled.make_plan(BERND, capacity=5, seed=1, at=DECEMBER)
    assert [entry.customer_id for entry in plan.entries] == ["K3"]


def test_hold_outs_are_drawn_besides_the_calls_and_stay_when_planned_again(store):
    store.publish(run(), [dossier(f"K{i:03}", "Anke", at_risk=1000.0 - i) for i in range(200)])
    first = store.make_plan(ANKE, capacity=100, hold_out_share=0.2, seed=7, at=DECEMBER)
    roles = {entry.customer_id: entry.role for entry in first.entries}
    held = [name for name, role in roles.items() if role == "hold_out"]
    assert (len(roles) - len(held), len(held)) == (100, 20)
    assert held != [entry.customer_id for entry in first.entries[-20:]]
    later = DECEMBER + timedelta(days=1)
    again = store.make_plan(LEAD, capacity=100, hold_out_share=0.2, seed=8, at=later)
    assert {entry.customer_id: entry.role for entry in again.entries} == roles
    without = store.make_plan(ANKE, capacity=10, seed=9, at=later)
    assert [e.role for e in without.entries].count("call") == 10
    assert all(roles[entry.customer_id] == entry.role for entry in without.entries)
    exported = store.export_plans(ANKE)
    assert {row.customer_id: row.role for row in exported} == roles
    assert {row.planned_at for row in exported} == {DECEMBER}
    assert {(row.plan_id, row.drawn) for row in exported} == {(first.plan_id, True)}
    assert exported[0].margin_at_risk == 1000.0
    store.record_outcome(held[0], call(at=later), viewer=ANKE)
    assert store.outcomes(held[0], viewer=ANKE)[0].on_plan == "hold_out"


@pytest.mark.parametrize(("calls", "held"), [(7, 1), (4, 0), (8, 1), (15, 2), (25, 3), (90, 9)])
def test_a_tenth_of_the_calls_is_held_out_besides(store, calls, held):
    store.publish(run(), [dossier(f"K{i:03}", "Anke") for i in range(150)])
    plan = store.make_plan(ANKE, capacity=calls, hold_out_share=0.1, seed=3, at=DECEMBER)
    roles = [entry.role for entry in plan.entries]
    assert (roles.count("call"), roles.count("hold_out")) == (calls, held)


def test_a_short_worklist_is_shared_between_calls_and_hold_outs(store):
    store.publish(run(), [dossier(f"K{i}", "Anke") for i in range(12)])
    plan = store.make_plan(ANKE, capacity=100, hold_out_share=0.1, seed=3, at=DECEMBER)
    roles = [entry.role for entry in plan.entries]
    assert (roles.count("call"), roles.count("hold_out")) == (11, 1)


def test_a_plan_for_one_account_manager_leaves_the_others_plans(filled):
    def listed():
        found = filled.worklist(LEAD, query=WorklistQuery(on_plan=True))
        assert found.total == len(found.rows)
        return ids(found)

    for name in ("Anke", "Bernd"):
        one = WorklistQuery(account_manager=name)
        filled.make_plan(LEAD, query=one, capacity=1, seed=1, at=DECEMBER)
    assert listed() == ["K1", "K3"]
    filled.make_plan(LEAD, capacity=1, seed=1, at=DECEMBER)
    assert listed() == ["K1"]


@pytest.mark.parametrize(("capacity", "share"), [(0, 0.0), (5, 1.0), (5, -0.1)])
def test_a_plan_that_makes_no_sense_is_refused(filled, capacity, share):
    with pytest.raises(TreueError, match="plan for one at least, and hold out a share from 0"):
        filled.make_plan(LEAD, capacity=capacity, hold_out_share=share, seed=1, at=DECEMBER)


def test_views_are_kept_and_only_leads_read_them(filled):
    filled.log_view(ANKE, customer_id="K1", route="/customers/K1", at=DECEMBER)
    (seen,) = filled.views("K1", viewer=LEAD)
    assert (seen.viewer, seen.role, seen.route, seen.at) == (
        "anke",
        "account_manager",
        "/customers/K1",
        DECEMBER,
    )
    for viewer in (ANKE, READER):
        with pytest.raises(NotAllowedError, match="may not see this; ask a lead"):
            filled.views("K1", viewer=viewer)


def test_only_the_hash_of_a_token_is_kept(store, url):
    token = store.add_token("shop", ["predict"], at=DECEMBER)
    assert store.token_viewer(token) == SCORER
    assert store.token_viewer(token + "x") is None
    engine = open_engine(url)
    with engine.connect() as connection:
        kept = connection.exec_driver_sql("select * from tokens").all()
    engine.dispose()
    assert token not in repr(kept)
    assert token.removeprefix("treue_") not in repr(kept)
    assert [(each.name, each.scopes) for each in store.tokens()] == [("shop", ["predict"])]


def test_a_revoked_token_is_worth_nothing(store):
    token = store.add_token("shop", ["read", "predict"], at=DECEMBER)
    store.revoke_token("shop", at=DECEMBER)
    assert store.token_viewer(token) is None
    with pytest.raises(TreueError, match="no token 'shop' in use"):
        store.revoke_token("shop", at=DECEMBER)
    with pytest.raises(TreueError, match="'shop' was there and is revoked; choose another name"):
        store.add_token("shop", ["read"], at=DECEMBER)


@pytest.mark.parametrize(
    ("name", "scopes", "told"),
    [
        ("crm", ["write"], "unknown scope 'write'; choose among read, predict"),
        ("crm", [], "no scope; choose among"),
        (" ", ["read"], "a token needs a name of 1 to 100 characters"),
    ],
)
def test_a_token_needs_a_name_and_scopes_that_exist(store, name, scopes, told):
    with pytest.raises(TreueError, match=told):
        store.add_token(name, scopes, at=DECEMBER)


def test_migrating_makes_the_tables_that_the_code_knows(store, url):
    engine = open_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_plans_of_an_older_store_do_not_say_what_was_drawn(filled, url):
    filled.make_plan(LEAD, capacity=2, seed=1, at=DECEMBER)
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("alter table plan_entries drop column drawn")
        for name in ("churn_low", "churn_high", "care_de", "care_en"):
            connection.exec_driver_sql(f"alter table scores drop column {name}")
        connection.exec_driver_sql("update alembic_version set version_num = '0001'")
    engine.dispose()
    with Store.open(url) as newer:
        assert [row.drawn for row in newer.export_plans(LEAD)] == [None, None]
        assert {(row.churn_low, row.care) for row in newer.worklist(LEAD).rows} == {(None, None)}


def test_opening_again_keeps_what_is_there(filled, url):
    again = Store.open(url)
    assert again.worklist(LEAD).total == 3
    again.close()


def test_a_store_of_a_newer_treue_is_refused(store, url):
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")
    engine.dispose()
    with pytest.raises(TreueError, match=r"made by a newer Treue \(schema 9999\); update Treue"):
        Store.open(url)


def test_a_store_that_lacks_a_column_is_refused(store, url):
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("alter table plans drop column capacity")
    engine.dispose()
    with pytest.raises(TreueError, match=r"it lacks plans\.capacity; .* run treue score"):
        Store.open(url)


def test_a_file_that_is_no_database_is_told(tmp_path):
    (tmp_path / "treue.db").write_text("Dear customer, " * 100)
    with pytest.raises(TreueError, match="cannot be opened: file is not a database; correct store"):
        Store.open("sqlite:///treue.db", base_dir=tmp_path)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("treue.db", "pages.store is not the URL of a database; write it as sqlite:///treue.db"),
        ("mysql://host/treue", "cannot lie in mysql; use SQLite or PostgreSQL"),
        ("postgresql://a:${TREUE_NO_SUCH}@host/b", "TREUE_NO_SUCH is not set"),
    ],
)
def test_a_place_where_no_store_can_be_is_told(url, told):
    with pytest.raises(TreueError, match=told):
        Store.open(url)


def test_a_server_that_is_not_there_is_told_without_the_password():
    with pytest.raises(TreueError, match=r"treue:\*\*\*@127.0.0.1:1/x cannot be opened") as refusal:
        Store.open("postgresql://treue:secret@127.0.0.1:1/x")
    assert "secret" not in str(refusal.value)


def test_a_sqlite_file_lies_beside_treue_toml(tmp_path):
    Store.open("sqlite:///data/treue.db", base_dir=tmp_path).close()
    assert (tmp_path / "data" / "treue.db").exists()


def test_readers_go_on_while_a_run_is_written(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path}/treue.db")
    store.publish(run(NOVEMBER), [dossier("K1", "Anke", cutoff=NOVEMBER)])

    def made():
        yield dossier("K1", "Anke")
        store.log_view(ANKE, customer_id="K1", route="/", at=DECEMBER)  # the lock is free
        assert store.latest().cutoff == NOVEMBER
        yield dossier("K2", "Anke")

    assert store.publish(run(), made())
    assert store.worklist(ANKE).total == 2


def rows_about(url, customer_id):
    """Every row of every table that names the customer, in any column."""
    engine = open_engine(url)
    with engine.connect() as connection:
        found = {
            table.name: sum(customer_id in row for row in connection.execute(sa.select(table)))
            for table in metadata.sorted_tables
        }
    engine.dispose()
    return {name: count for name, count in found.items() if count}


def noted(store):
    """An outcome, a plan with a hold-out and two views of K1."""
    store.record_outcome("K1", call(), viewer=ANKE)
    store.make_plan(LEAD, capacity=3, seed=1, at=DECEMBER)
    for month in (NOVEMBER, DECEMBER):
        store.log_view(ANKE, customer_id="K1", route="/customers/K1", at=month)


def test_cutoffs_are_listed_with_their_customers(filled):
    assert [(each.cutoff, each.customers, each.backfilled) for each in filled.published()] == [
        (DECEMBER, 3, False),
        (NOVEMBER, 2, True),
    ]
    assert filled.published()[0].published_at == datetime(2024, 12, 2)


def test_what_is_kept_about_a_customer_is_counted(filled):
    noted(filled)
    at = datetime(2024, 12, 3, 9, 30)
    assert filled.kept("K1") == Kept(
        outcomes=Entries(1, at, at),
        planned=Entries(1, DECEMBER, DECEMBER),
        held_out=0,
        estimates=Entries(2, NOVEMBER, DECEMBER),
        approaches=Entries(2, NOVEMBER, DECEMBER),
        views=Entries(2, NOVEMBER, DECEMBER),
    )
    nothing = Entries(0)
    assert filled.kept("K9") == Kept(nothing, nothing, 0, nothing, nothing, nothing)


def test_a_forgotten_customer_is_in_no_table_any_more(filled, url):
    noted(filled)
    before = filled.portfolio(LEAD)
    assert set(rows_about(url, "K1")) == {
        *("customers", "scores", "dossiers", "outcomes", "plan_entries", "views"),
    }
    assert filled.forget("K1").outcomes.count == 1
    assert rows_about(url, "K1") == {}
    assert ids(filled.worklist(LEAD)) == ["K3", "K2"]
    assert filled.worklist(LEAD).margin_at_risk == 100.0
    assert [each.customers for each in filled.published()] == [2, 1]
    after = filled.portfolio(LEAD)
    assert (before.customers, after.customers) == (3, 2)
    assert [point.margin_at_risk for point in after.risk] == [100.0, 100.0]
    with pytest.raises(TreueError, match="keeps nothing about a customer 'K1'; check the number"):
        filled.forget("K1")


def test_nothing_of_a_forgotten_customer_can_be_read_from_the_file(tmp_path):
    name = "Unverwechselbar & Söhne"
    with Store.open(f"sqlite:///{tmp_path}/treue.db") as store:
        store.publish(run(), [dossier("K1", "Anke", name=name), dossier("K2", "Anke")])
        store.forget("K1")
        files = [path.read_bytes() for path in tmp_path.iterdir()]
    assert [name.encode() in content for content in files].count(True) == 0


def test_after_a_removed_cutoff_everything_is_as_of_the_one_before(filled):
    filled.record_outcome("K2", call(), viewer=ANKE)
    filled.remove(DECEMBER)
    assert filled.latest().cutoff == NOVEMBER
    assert filled.worklist(BERND).rows == []  # K3 was Anke's in November
    assert sorted(ids(filled.worklist(ANKE))) == ["K1", "K3"]
    assert filled.history("K3", viewer=ANKE)[0].cutoff == NOVEMBER
    assert len(filled.export_outcomes(ANKE)) == 1  # K2 is in no cutoff, the outcome stays
    with pytest.raises(TreueError, match="no scores of 2024-12-01; see treue store list"):
        filled.remove(DECEMBER)
    assert filled.publish(run(), [dossier("K1", "Anke")]) is True


def test_a_removed_cutoff_leaves_no_customer_of_whom_nothing_else_is_kept(filled, url):
    filled.remove(DECEMBER)
    assert rows_about(url, "K2") == {}


def test_pruning_deletes_what_is_older_and_keeps_the_newest_cutoff(filled):
    noted(filled)
    assert filled.prune(before=NOVEMBER) == ([], 0)
    assert filled.prune(before=datetime(2024, 11, 15)) == ([NOVEMBER], 1)
    assert filled.prune(before=datetime(2030, 1, 1)) == ([], 1)
    assert [each.cutoff for each in filled.published()] == [DECEMBER]
    assert len(filled.outcomes("K1", viewer=ANKE)) == 1
    assert filled.plan(LEAD) is not None


@pytest.fixture
def typed(filled, url, tmp_path):
    """Type a ``treue store`` command beside a treue.toml that names the filled store."""
    config = tmp_path / "treue.toml"
    config.write_text(f'[tables]\npurchases.path = "purchases.csv"\n[pages]\nstore = "{url}"\n')

    def run(*arguments, **more):
        return CliRunner().invoke(main, ["store", *arguments, "-c", str(config)], **more)

    return run


def test_the_command_lists_cutoffs(typed):
    assert typed("list").stdout.splitlines() == [
        "2024-12-01         3 customers  published 2024-12-02 00:00 UTC",
        "2024-11-01         2 customers  published 2024-12-02 00:00 UTC, backfilled",
    ]


def test_the_command_asks_back_before_it_deletes(typed, filled):
    for arguments in (["remove", "2024-12-01"], ["forget", "K1"]):
        found = typed(*arguments, input="n\n")
        assert (found.exit_code, "[y/N]" in found.output) == (1, True)
    assert [each.customers for each in filled.published()] == [3, 2]
    found = typed("remove", "2024-12-01", "--yes")
    assert found.stdout.startswith("Deleted the scores of 2024-12-01;")
    again = typed("remove", "01.12.2024", "--yes")
    assert (again.exit_code, "no scores of 2024-12-01" in again.stderr) == (1, True)


def test_the_command_says_what_was_forgotten_and_what_lies_elsewhere(typed, filled):
    noted(filled)
    told = typed("forget", "K1", "--yes").stdout
    assert told.startswith(
        "Deleted about K1: 2 scores, 1 outcome, 1 place on a plan, 2 views.\nNot touched: "
    )
    for part in ("your tables", "scores-*.parquet", "backups", "models"):
        assert part in told


def test_the_command_prunes_by_age_and_keeps_the_newest_cutoff(typed, filled):
    noted(filled)
    found = typed("prune", "--older-than", "90")
    assert found.stdout == "Deleted 1 cutoff (2024-11-01) and 2 views.\n"
    assert typed("prune", "--older-than", "0").exit_code == 2

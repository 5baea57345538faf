"""A small company in a store, and browsers signed in as its people."""

import shutil
from datetime import datetime

import pytest
from fastapi.testclient import TestClient

from treue.features.catalogue import FAMILIES, describe
from treue.features.panel import build_panel, feature_columns, monthly_cutoffs
from treue.features.simulate import simulate
from treue.models.bundle import Bundle
from treue.models.classifier import LoyaltyClassifier
from treue.serving.app import create_app
from treue.serving.app_settings import AppSettings
from treue.serving.dossier import (
    CardInput,
    CardLine,
    Change,
    Dossier,
    Driver,
    Event,
    FamilyShare,
    FeatureShare,
    Likelihood,
    Reason,
    Suggestion,
    Text,
)
from treue.serving.predict import Predictor
from treue.serving.store import Company, ContactTerms, Run, Store, TargetInfo, Thresholds
from treue.serving.viewer import Viewer
from treue.settings import Access

CUTOFF, EARLIER = datetime(2025, 1, 1), datetime(2024, 10, 1)
NOW = datetime(2025, 1, 7, 9, 30)
LEAD = Viewer("chef@example.com", "lead")
ANNA = Viewer("anna@example.com", "account_manager", "Anna")
BEN = Viewer("ben@example.com", "account_manager", "Ben")
ACCESS = Access(
    leads=["chef@example.com"],
    account_managers={"anna@example.com": "Anna", "ben@example.com": "Ben"},
)
CUSTOMERS = [
    ("A-1", "Schreinerei Ahorn", "Anna", 0.62, 0.31),
    ("A-2", "Autohaus Adler", "Anna", 0.18, 0.05),
    ("B-1", "Bäckerei Bergmann", "Ben", 0.44, 0.02),
    ("B/2 x", "Blumen Böhm", "Ben", 0.09, 0.28),
    ("C-1", "Niemandes Kunde", None, 0.35, 0.11),
]
"""Id, name, account manager, likelihood of leaving and of recommending."""

SAID = Text(
    de="Wir haben länger nichts von Ihnen gehört.", en="We have not heard from you for a while."
)


def a_likelihood(target, probability, *, change=None):
    sentence = Text(
        de="Bestellt seltener: 2 Aufträge in den letzten 90 Tagen, in den 90 Tagen davor 6",
        en="Orders less often: 2 orders in the last 90 days, 6 in the 90 days before",
    )
    reason = Reason(
        topic="order_rhythm",
        sentence=sentence,
        points=9.0,
        feature="orders_90",
        value=2.0,
        earlier=6.0,
        actionable=True,
    )
    base = 0.2
    return Likelihood(
        target=target,
        probability=probability,
        base_probability=base,
        likely=probability > 0.3,
        frequency=Text(de="6 von 10 solchen Kunden gingen", en="6 out of 10 such customers left"),
        question=Text(de="kein Kauf in 90 Tagen", en="no purchase in 90 days"),
        grade="B",
        reasons=[reason],
        other_points=round(100 * (probability - base)) - 9.0,
        families=[
            FamilyShare(
                family="purchases",
                points=9.0,
                features=[FeatureShare(name="orders_90", value=2.0, points=9.0)],
            )
        ],
        change=change,
    )


def a_dossier(customer_id, name, account_manager, churn, referral, cutoff=CUTOFF):
    complaint = Text(de="Offene Reklamation: jetzt 1", en="Open complaint: now 1")
    driver = Driver(topic="open_complaints", sentence=complaint, points=6.0)
    change = Change(
        previous_cutoff=EARLIER,
        previous_probability=churn - 0.07,
        points=7.0,
        drivers=[driver],
        other_points=1.0,
    )
    margin = Text(de="Deckungsbeitrag, 365 Tage", en="Margin, 365 days")
    line = CardLine(
        key="margin_365",
        name=margin,
        amount=4200.0,
        formula=Text(de="Summe der Aufträge", en="sum of the orders"),
        inputs=[CardInput(name=margin, value=4200.0)],
    )
    visit = Suggestion(
        key="contact",
        text=Text(de="Besuchen Sie den Kunden.", en="Visit the customer."),
        rule=Text(de="Deckungsbeitrag über 2.000 €", en="margin above €2,000"),
    )
    order = Event(
        at=datetime(2024, 9, 3), kind="order", text=Text(de="Auftrag", en="Order"), amount=310.0
    )
    return Dossier(
        customer_id=customer_id,
        name=name,
        account_manager=account_manager,
        since=datetime(2019, 5, 1),
        cutoff=cutoff,
        currency="EUR",
        churn=a_likelihood("churn", churn, change=change if cutoff == CUTOFF else None),
        referral=a_likelihood("referral", referral),
        quadrant="promoter_at_risk" if churn > 0.3 else "focus",
        margin_at_risk=round(4200 * churn, 2),
        card=[line],
        approach=[visit],
        timeline=[order],
        sayable=[SAID],
        letter=SAID,
        facts={"industry": "crafts"},
    )


def a_run(cutoff=CUTOFF, identity="run-2"):
    def info(base):
        return TargetInfo(
            grade="B",
            base_probability=base,
            question=Text(de="kein Kauf in 90 Tagen", en="no purchase in 90 days"),
            horizon_days=90,
            fingerprint="f" * 64,
            source="models:/treue-churn@champion",
        )

    return Run(
        cutoff=cutoff,
        identity=identity,
        language="de",
        currency="EUR",
        published_at=NOW,
        targets={"churn": info(0.2), "referral": info(0.1)},
        thresholds=Thresholds(churn=0.3, referral=0.2),
        company=Company(name="Muster GmbH"),
        contact=ContactTerms(effect=0.3, spent=400.0),
    )


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    """A store's file with two runs; tests get copies of it."""
    path = tmp_path_factory.mktemp("store") / "treue.db"
    store = Store.open(f"sqlite:///{path}")
    store.publish(a_run(EARLIER, "run-1"), [a_dossier(*one, cutoff=EARLIER) for one in CUSTOMERS])
    store.publish(a_run(), [a_dossier(*one) for one in CUSTOMERS])
    store.close()
    return path


@pytest.fixture
def store(published, tmp_path):
    store = Store.open(f"sqlite:///{shutil.copy(published, tmp_path / 'treue.db')}")
    yield store
    store.close()


@pytest.fixture
def app(store):
    """The app as people sign in to it at an identity provider, without one."""
    settings = AppSettings(language="de", access=ACCESS)
    return create_app(store, settings=settings, clock=lambda: NOW, secret="only for tests")


@pytest.fixture
def browser_of(app):
    """A browser signed in as somebody; as nobody without a viewer."""

    def opened(viewer=None, *, app=app, **options):
        client = TestClient(
            app, base_url=app.state.settings.address, follow_redirects=False, **options
        )
        if viewer is not None:
            cookie = app.state.sessions.open(viewer.name)
            client.cookies.set(app.state.settings.cookie, cookie)
        return client

    return opened


@pytest.fixture
def form_token(app):
    """The token that forms of a browser's session carry."""

    def of(client):
        cookie = client.cookies[app.state.settings.cookie]
        return app.state.sessions.form_token(app.state.sessions.read(cookie))

    return of


MODELS = """\
language = "de"
currency = "EUR"

[data]
attributes = ["industry", "employees", "region", "invoice_format"]

[features]
leave_out = ["referrals", "payments", "contracts"]
families = []

[label]
churn = "inactivity"
horizon_days = 90
lookback_days = 180
decline_share = 0.5
referral = "made"
"""


@pytest.fixture(scope="session")
def tables():
    """A simulated company, for scoring over HTTP."""
    return simulate(150, seed=3, months=18).tables


@pytest.fixture(scope="session")
def predictors(tables):
    """Two small models of it."""
    families = [one for one in FAMILIES if one.name not in ("referrals", "payments", "contracts")]
    cutoffs = monthly_cutoffs(datetime(2022, 9, 1), datetime(2023, 3, 1), every_months=6)
    panel = build_panel(tables, cutoffs, horizon=90, lookback=180, families=families)
    names = feature_columns(panel)
    found = {}
    for target, label in (("churn", "churned"), ("referral", "referred")):
        model = LoyaltyClassifier(n_folds=2, n_estimators=8, min_child_samples=10, num_threads=1)
        model.fit(panel[names], panel[label], groups=panel["customer_id"])
        bundle = Bundle(
            target=target,
            model=model,
            config_toml=MODELS,
            families={name: describe(name).family for name in names},
        )
        found[target] = Predictor(bundle)
    return found

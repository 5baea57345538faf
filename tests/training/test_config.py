"""The configuration: readable mistakes, a round trip, and a reference that is up to date."""

from datetime import datetime
from pathlib import Path

import pytest

from treue.features.errors import TreueError
from treue.models.classifier import LoyaltyClassifier
from treue.training.config import Config, config_from, load_config, parse_config
from treue.training.reference import configuration_reference

REFERENCE = Path(__file__).parents[2] / "docs" / "configuration.md"

FULL = """
language = "de"
currency = "CHF"

[data]
observed_until = 2024-12-31
time_zone = "Europe/Vienna"
attributes = ["industry"]
sensitive = ["gender"]

[tables.purchases]
path = "purchases.csv"
columns = { customer_id = "Customer", amount = { sql = "price * quantity" } }

[[tables.complaints]]
path = "complaints.csv"

[[tables.complaints]]
path = "reviews.parquet"
where = "rating <= 2"

[label]
churn = "decline"
horizon_days = 60
decline_share = 0.25

[cutoffs]
first = 2023-01-01T00:00:00+01:00
"""


def test_a_full_file_is_read_into_typed_fields():
    config = parse_config(FULL)
    assert config.language == "de"
    assert config.data.observed_until == datetime(2024, 12, 31)
    assert config.cutoffs.first == datetime(2022, 12, 31, 23)  # UTC
    assert config.tables["purchases"][0].path == "purchases.csv"
    assert [source.path for source in config.tables["complaints"]] == [
        "complaints.csv",
        "reviews.parquet",
    ]
    assert config.label.horizon_days == 60
    assert config.label.lookback_days == 180  # the default


def test_an_empty_file_is_all_defaults():
    assert parse_config("") == Config()


@pytest.mark.parametrize(
    "text",
    [FULL, "", '[panel]\npath = "panel.csv"\nchurned = "left"\nfeatures = ["a", "b"]\n'],
    ids=["tables", "defaults", "panel"],
)
def test_what_is_written_as_toml_is_read_back_the_same(text):
    config = parse_config(text)
    assert parse_config(config.to_toml()) == config


MISTAKES = {
    "a line that is not TOML": (
        "[data]\ntime_zone = Europe/Vienna\n",
        "treue.toml is not TOML: Invalid value (at line 2, column 13); correct that line",
    ),
    "an unknown key": (
        "[label]\nhorizont_days = 30\n",
        "label.horizont_days: unknown key; did you mean horizon_days?",
    ),
    "a key of another section": (
        "[model]\nhorizon_days = 30\n",
        "model.horizon_days: unknown key; did you mean label.horizon_days?",
    ),
    "an unknown key like no other": (
        "[value]\nzzz = 1\n",
        "value.zzz: unknown key; known here are customer_value, contact_cost, concession_cost",
    ),
    "an unknown section": (
        "[lable]\nchurn = 'decline'\n",
        "lable: unknown key; did you mean label?",
    ),
    "a number as text": (
        '[label]\nhorizon_days = "90"\n',
        "label.horizon_days: must be a whole number, not '90' "
        "(days after the cutoff that a label looks at)",
    ),
    "a fraction where days are counted": (
        "[label]\nhorizon_days = 1.5\n",
        "label.horizon_days: must be a whole number, not 1.5",
    ),
    "a number too small": (
        "[cutoffs]\nholdout = 0\n",
        "cutoffs.holdout: must be at least 1, not 0",
    ),
    "a share above one": (
        "[label]\ndecline_share = 1.5\n",
        "label.decline_share: must be at most 1.0, not 1.5",
    ),
    "nothing above nothing": (
        "[value]\ncontact_cost = 0.0\n",
        "value.contact_cost: must be greater than 0.0, not 0.0",
    ),
    "a word that is none of those known": (
        '[label]\nchurn = "silence"\n',
        "label.churn: must be 'inactivity', 'contract' or 'decline', not 'silence'",
    ),
    "text where a list belongs": (
        '[data]\nattributes = "industry"\n',
        "data.attributes: must be a list in [ ], not 'industry'",
    ),
    "a value where a section belongs": (
        "label = 90\n",
        "label: must be a section with keys of its own, not 90",
    ),
    "a date that is none": (
        '[data]\nobserved_until = "yesterday"\n',
        "data.observed_until: must be a date such as 2024-12-31, not 'yesterday'",
    ),
    "a number as a date": (
        "[cutoffs]\nlast = 2024\n",
        "cutoffs.last: must be a date such as 2024-12-31, not 2024",
    ),
    "a time zone that is none": (
        '[data]\ntime_zone = "Europe/Wien"\n',
        "data.time_zone: unknown time zone 'Europe/Wien'; write it like Europe/Vienna",
    ),
    "cutoffs that run backwards": (
        "[cutoffs]\nfirst = 2024-02-01\nlast = 2024-01-01\n",
        "cutoffs: first lies after last; swap them",
    ),
    "a currency in words": (
        'currency = "Euro"\n',
        "currency: must look like ^[A-Z]{3}$, not 'Euro'",
    ),
    "an unknown table": (
        '[tables.purchases]\npath = "a.csv"\n[tables.orders]\npath = "b.csv"\n',
        "tables.orders: unknown table; known are customers, purchases, negotiations",
    ),
    "no purchases": (
        '[tables.complaints]\npath = "a.csv"\n',
        "[tables.purchases] is missing; only this table must be there",
    ),
    "an unknown key of a source": (
        '[tables.purchases]\npaht = "a.csv"\n',
        "tables.purchases.paht: unknown key; did you mean path?",
    ),
    "a mistake in the second of two sources": (
        '[[tables.purchases]]\npath = "a.csv"\n[[tables.purchases]]\npath = 5\n',
        "tables.purchases.2.path: must be text in quotes, not 5",
    ),
    "a column mapped to a number": (
        '[tables.purchases]\npath = "a.csv"\ncolumns = { amount = 3 }\n',
        "tables.purchases.columns.amount: must be text in quotes, not 3",
    ),
    "a password in the file": (
        '[tables.purchases]\nurl = "postgresql://me:secret@db/shop"\nquery = "select 1"\n',
        "tables.purchases.url: holds a password; write ${NAME} in its place",
    ),
    "tables and a panel": (
        '[tables.purchases]\npath = "a.csv"\n[panel]\npath = "b.csv"\nchurned = "left"\n',
        "has both [tables] and [panel]; keep one of them",
    ),
    "a panel without its file": ('[panel]\nchurned = "left"\n', "panel.path: is missing"),
    "a panel without labels": (
        '[panel]\npath = "b.csv"\n',
        "panel: names no label column; set churned or referred",
    ),
}


@pytest.mark.parametrize(("text", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named_with_its_place_and_its_remedy(text, message):
    with pytest.raises(TreueError) as caught:
        parse_config(text)
    assert message in str(caught.value)
    assert "pydantic" not in str(caught.value)


def test_all_mistakes_are_told_at_once():
    with pytest.raises(TreueError) as caught:
        parse_config("[label]\nhorizon = 30\nchurn = 'silence'\n[tables.orders]\npath = 'a'\n")
    assert str(caught.value).splitlines()[0] == "treue.toml has 3 problems:"
    assert len(str(caught.value).splitlines()) == 4


def test_a_password_from_the_environment_is_welcome():
    url = "postgresql://me:${PASSWORD}@db/shop"
    config = parse_config(f'[tables.purchases]\nurl = "{url}"\nquery = "select 1"\n')
    assert config.tables["purchases"][0].url == url


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(TreueError, match=r"nowhere\.toml is not there"):
        load_config(tmp_path / "nowhere.toml")
    with pytest.raises(TreueError, match="is a folder"):
        load_config(tmp_path)


def test_a_file_that_is_not_utf8_is_named(tmp_path):
    path = tmp_path / "treue.toml"
    path.write_bytes('currency = "€"'.encode("cp1252"))
    with pytest.raises(TreueError, match="is not UTF-8 text"):
        load_config(path)


def test_the_models_defaults_are_those_of_the_classifier():
    assert Config().model.classifier() == LoyaltyClassifier().get_params()


def test_every_field_has_a_meaning():
    assert "| None |" not in configuration_reference()
    assert "|  |" not in configuration_reference()


def test_the_written_reference_is_up_to_date():
    assert REFERENCE.read_text(encoding="utf-8") == configuration_reference(), (
        "run python -m treue.training.reference docs/configuration.md"
    )


def test_a_configuration_may_be_made_of_a_mapping():
    config = config_from({"label": {"horizon_days": 30}})
    assert config.label.horizon_days == 30

"""The one typed object behind ``treue.toml``: every field with its default and its meaning."""

import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import tomli_w
from pydantic import (
    BeforeValidator,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from treue.features.errors import TreueError
from treue.features.schema import TABLES
from treue.features.sources import Source
from treue.settings import (
    Access,
    Amount,
    Approach,
    Count,
    Map,
    Pages,
    Positive,
    Section,
    Value,
)
from treue.training.config_problems import problems


def _utc(value: object) -> object:
    """Naive UTC of a TOML date, date-time or ISO text; anything else is left to be refused."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"must be a date such as 2024-12-31, not {value!r}") from None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(UTC).replace(tzinfo=None)
    return value


Moment = Annotated[datetime, BeforeValidator(_utc)]
ONLY_SERVING = {"map", "approach", "pages", "access"}
"""Sections that change no model and are not kept with one: some name people."""


class Data(Section):
    """How the tables are read."""

    observed_until: Moment | None = Field(
        default=None,
        description="up to here events were recorded (UTC); without it: the last event",
    )
    time_zone: str | None = Field(
        default=None, description="zone of times written without one, e.g. Europe/Vienna; else UTC"
    )
    attributes: list[str] = Field(
        default=[], description="columns of customers that become features, e.g. industry"
    )
    sensitive: list[str] = Field(
        default=[],
        description="columns of customers never used as features, only to check fairness",
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                ZoneInfo(value)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                raise ValueError(
                    f"unknown time zone {value!r}; write it like Europe/Vienna"
                ) from None
        return value


class ReadyPanel(Section):
    """A panel made elsewhere: one row a customer (and cutoff), features and labels as columns."""

    path: str = Field(description="CSV or Parquet file, relative to treue.toml")
    customer_id: str = Field(default="customer_id", description="column of the customer")
    cutoff: str | None = Field(
        default=None,
        description="column of the cutoff; without it customers are held out at random",
    )
    churned: str | None = Field(default=None, description="label column: has the customer left?")
    referred: str | None = Field(
        default=None, description="label column: has the customer recommended?"
    )
    positive: str | None = Field(
        default=None, description="value of the label columns that means yes, where they hold words"
    )
    features: list[str] | None = Field(
        default=None, description="feature columns; without it all other columns"
    )
    categorical: list[str] = Field(
        default=[], description="feature columns to take as categories although they hold numbers"
    )
    sensitive: list[str] = Field(
        default=[], description="columns never used as features, only to check fairness"
    )

    @model_validator(mode="after")
    def _has_a_label(self) -> Self:
        if self.churned is None and self.referred is None:
            raise ValueError("names no label column; set churned or referred")
        return self


class Features(Section):
    """Which families of features the panel has, besides what the tables allow."""

    leave_out: list[str] = Field(
        default=[], description="built-in families not to use, e.g. payments"
    )
    families: list[str] = Field(
        default=[],
        description="Python files with families of your own, relative to treue.toml; they are run",
    )


class Label(Section):
    """What is predicted, and for whom."""

    churn: Literal["inactivity", "contract", "decline"] = Field(
        default="inactivity",
        description="left means: no purchase in the horizon, contract ended, or spend declined",
    )
    horizon_days: Count = Field(
        default=90, description="days after the cutoff that a label looks at"
    )
    lookback_days: Count = Field(
        default=180,
        description="days before the cutoff with a purchase that make a customer eligible",
    )
    decline_share: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.5, description="churn by decline: spend under this share of the window before"
    )
    referral: Literal["made", "converted"] = Field(
        default="made",
        description="recommended means: a referral made, or one that became a customer",
    )
    referral_recorded: Annotated[float, Field(gt=0, le=1)] = Field(
        default=1.0,
        description="of the customers who recommend within the horizon, the share on record; your "
        "own statement, best from asking a sample, as no data without it can tell",
    )


class Cutoffs(Section):
    """The moments of knowledge that the panel is made of."""

    every_months: Count = Field(default=1, description="calendar months between cutoffs")
    first: Moment | None = Field(
        default=None, description="no cutoff before this; without it: minimum_history_days of data"
    )
    last: Moment | None = Field(
        default=None, description="last cutoff; without it: the latest whose label window has ended"
    )
    holdout: Count = Field(
        default=1,
        description="last cutoffs held out: judged on, never trained on, by the model in use",
    )
    minimum_history_days: Count = Field(
        default=90, description="days of purchases before the first cutoff"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first is not None and self.last is not None and self.first > self.last:
            raise ValueError("first lies after last; swap them")
        return self


class Model(Section):
    """The regularised LightGBM; the defaults are the ones measured on real data."""

    n_folds: Annotated[int, Field(ge=2)] = Field(default=5, description="folds of customers")
    num_leaves: Annotated[int, Field(ge=2)] = Field(default=12, description="leaves of a tree")
    min_child_samples: Count = Field(default=100, description="least rows in a leaf")
    feature_fraction: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.2, description="share of the features that a tree sees"
    )
    lambda_l2: Amount = Field(default=15.0, description="L2 penalty on leaf values")
    learning_rate: Positive = Field(default=0.05, description="step of each tree")
    n_estimators: Count = Field(
        default=1500, description="most trees a fold; early stopping cuts them"
    )
    early_stopping_rounds: Count = Field(
        default=50, description="trees without improvement before a fold stops"
    )
    num_threads: Annotated[int, Field(ge=0)] = Field(
        default=0, description="threads; 0 means all cores"
    )
    random_state: int = Field(default=0, description="seed; the same seed gives the same model")
    inner_cutoffs: Annotated[int, Field(ge=0)] = Field(
        default=3,
        description="last training cutoffs, half a horizon or more apart, predicted once more by "
        "models that did not know them: what these support is switched on; 0: nothing is",
    )

    def classifier(self) -> dict[str, Any]:
        """Parameters of `LoyaltyClassifier`."""
        return self.model_dump(exclude={"inner_cutoffs"})


class Evaluation(Section):
    """How a model is judged."""

    bootstrap: Annotated[int, Field(ge=20)] = Field(
        default=500, description="resamples of customers behind each interval"
    )
    backtest_cutoffs: Count = Field(
        default=4, description="cutoffs that treue backtest fits and judges anew, the latest ones"
    )
    holdout_share: Annotated[float, Field(gt=0, lt=1)] = Field(
        default=0.25, description="share of customers held out of a ready panel without cutoffs"
    )
    smallest_segment: Count = Field(
        default=100, description="rows under which a segment or group gets no figures of its own"
    )
    smallest_class: Count = Field(
        default=20,
        description="customers of either outcome, in the training rows and in the held-out ones, "
        "under which no model is made",
    )


class Tracking(Section):
    """Where runs and models are kept in MLflow (MLFLOW_TRACKING_URI says on which server)."""

    experiment: str = Field(default="treue", min_length=1, description="name of the experiment")
    model_prefix: str = Field(
        default="treue",
        pattern=r"^[A-Za-z0-9_.-]+$",
        description="models are registered as <prefix>-churn and <prefix>-referral",
    )
    picture_rows: Count = Field(
        default=2000, description="rows drawn as points in the SHAP pictures; bars are of all rows"
    )
    dependence_features: Annotated[int, Field(ge=0)] = Field(
        default=4, description="top features that get a SHAP dependence picture"
    )


def _as_list(value: object) -> object:
    return [value] if isinstance(value, Mapping | Source) else value


class Config(Section):
    """Everything that is settled before a training; saved with the model it made."""

    language: Literal["en", "de"] = Field(
        default="en", description="language of reports and reasons"
    )
    currency: str = Field(
        default="EUR", pattern=r"^[A-Z]{3}$", description="ISO code of the currency"
    )
    data: Data = Data()
    tables: dict[str, Annotated[list[Source], BeforeValidator(_as_list)]] = Field(
        default={}, description="where each table lies; a list of sources is stacked"
    )
    panel: ReadyPanel | None = None
    features: Features = Features()
    label: Label = Label()
    cutoffs: Cutoffs = Cutoffs()
    model: Model = Model()
    evaluation: Evaluation = Evaluation()
    value: Value = Value()
    tracking: Tracking = Tracking()
    map: Map = Map()
    approach: Approach = Approach()
    pages: Pages = Pages()
    access: Access = Access()

    @model_validator(mode="after")
    def _has_data(self) -> Self:
        if self.panel is not None and self.tables:
            raise ValueError("has both [tables] and [panel]; keep one of them")
        if self.tables and "purchases" not in self.tables:
            raise ValueError("[tables.purchases] is missing; only this table must be there")
        return self

    def to_toml(self) -> str:
        """TOML of all that makes a model; nulls and what only serving acts on are left out."""
        content = self.model_dump(exclude={"tables", *ONLY_SERVING}, exclude_none=True)
        for name, sources in self.tables.items():
            written = [source.model_dump(mode="json", exclude_defaults=True) for source in sources]
            content.setdefault("tables", {})[name] = written if len(written) > 1 else written[0]
        return tomli_w.dumps(content)


def parse_config(text: str, *, name: str = "treue.toml") -> Config:
    """The configuration written in `text`.

    Raises
    ------
    TreueError
        With every problem at once: broken TOML with its line, unknown keys with the nearest
        known one, wrong types and values with what is expected.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TreueError(f"{name} is not TOML: {error}; correct that line") from None
    return config_from(content, name=name)


def config_from(content: Mapping[str, Any], *, name: str = "treue.toml") -> Config:
    """The configuration of a nested mapping, checked as `parse_config` does."""
    unknown_tables = [
        table for table in _tables_of(content) if table not in TABLES
    ]  # told together with the rest, not by pydantic
    found: Config | None = None
    lines: list[str] = []
    try:
        found = Config.model_validate(content)
    except ValidationError as error:
        lines = problems(error, Config, content)
    lines += _passwords(found)
    lines += _unknown_quantities(found)
    lines += [
        f"tables.{table}: unknown table; known are {', '.join(TABLES)}" for table in unknown_tables
    ]
    if lines or found is None:
        count = "1 problem" if len(lines) == 1 else f"{len(lines)} problems"
        raise TreueError(f"{name} has {count}:\n" + "\n".join(f"  {line}" for line in lines))
    return found


def _passwords(config: Config | None) -> list[str]:
    """A password in the file would be kept with every model; the environment is its place."""
    return [
        f"tables.{table}.url: holds a password; write ${{NAME}} in its place and set that "
        "environment variable"
        for table, sources in (config.tables if config else {}).items()
        for source in sources
        if re.search(r"://[^/@]*:(?!\$\{)[^/@]+@", source.url or "")
    ]


def _unknown_quantities(config: Config | None) -> list[str]:
    """Rules of approach that ask for what no feature is; own ones are only known when scoring."""
    if config is None or not config.approach.rules or config.panel or config.features.families:
        return []
    from treue.features.catalogue import CATALOGUE  # loads the engine

    return config.approach.unknown(CATALOGUE)


def _tables_of(content: Mapping[str, Any]) -> list[str]:
    tables = content.get("tables")
    return list(tables) if isinstance(tables, Mapping) else []


def load_config(path: str | Path) -> Config:
    """The configuration in the file `path`; raises as `parse_config` does."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise TreueError(f"{path} is not there; write one or name another file") from None
    except IsADirectoryError:
        raise TreueError(f"{path} is a folder; name the TOML file in it") from None
    except UnicodeDecodeError as error:
        raise TreueError(f"{path} is not UTF-8 text ({error.reason}); save it as UTF-8") from None
    return parse_config(text, name=str(path))

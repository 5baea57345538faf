"""What a request to score brings: panel rows or tables, checked and made into frames."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from treue.features.errors import TreueError
from treue.serving.inputs import Moment, Words, writable

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from treue.features.tables import Tables
    from treue.serving.predict import Predictor

MOST_CUSTOMERS = 200
"""Customers in one request; for more there is treue score."""
FIRST, LAST = datetime(1970, 1, 1), datetime(2200, 1, 1)


def _cell(value: Any) -> Any:
    """Refuse what no cell of a table holds."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str) and len(value) <= 200:
        return writable(value)
    if isinstance(value, int | float) and abs(value) < 2**53:  # NaN is below nothing
        return value
    raise ValueError("is no text of up to 200 characters, no number below 2^53, no flag, no null")


SCALAR: dict[str, Any] = {
    "anyOf": [{"type": name} for name in ("string", "number", "boolean", "null")]
}
Cell = Annotated[Any, AfterValidator(_cell), WithJsonSchema(SCALAR)]
Row = Annotated[dict[Words, Cell], Field(min_length=1, max_length=2_000)]


class PredictRequest(BaseModel):
    """Whom to score: ready rows in `panel`, or events in `tables` with the `cutoff`.

    Attributes
    ----------
    panel
        One row a customer with ``customer_id`` and the model's features by name.
    tables
        Rows by table and column, as docs/tables.md names them; an empty list says that there was
        nothing of that kind.
    cutoff
        The moment of knowledge; later events are not seen.
    """

    model_config = ConfigDict(extra="forbid")

    panel: Annotated[list[Row], Field(min_length=1, max_length=MOST_CUSTOMERS)] | None = None
    tables: dict[Words, list[Row]] | None = None
    cutoff: Moment | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.panel is None) == (self.tables is None):
            raise ValueError("give either panel or tables")
        if self.tables is not None and self.cutoff is None:
            raise ValueError("tables need a cutoff, the moment of knowledge")
        if self.cutoff is not None and not FIRST <= self.cutoff <= LAST:
            raise ValueError(f"cutoff lies outside of {FIRST.year} to {LAST.year}")
        return self


def panel_of(rows: list[Row]) -> pd.DataFrame:
    """Return the rows as a panel, each customer once."""
    import pandas as pd

    nameless = [str(place) for place, row in enumerate(rows) if row.get("customer_id") is None]
    if nameless:
        raise TreueError(f"panel: rows {', '.join(nameless[:5])} have no customer_id; add it")
    panel = pd.DataFrame.from_records(rows)
    panel["customer_id"] = [str(row["customer_id"]) for row in rows]
    twice = panel["customer_id"][panel["customer_id"].duplicated()].unique()
    if len(twice):
        raise TreueError(
            f"panel: customers {', '.join(twice[:5])} stand in it twice; send one row a customer"
        )
    if "cutoff" in panel:
        panel["cutoff"] = _moments(panel["cutoff"])
    return panel


def _moments(column: pd.Series) -> pd.Series:
    import pandas as pd

    try:
        moments = pd.to_datetime(column, utc=True, format="ISO8601")
    except (ValueError, TypeError, OverflowError):
        raise TreueError("panel: cutoff holds no dates; write them as 2024-12-31") from None
    if moments.isna().any():
        raise TreueError("panel: cutoff is missing in some rows; leave it out or fill it in")
    return moments.dt.tz_localize(None)


def tables_of(asked: PredictRequest, predictor: Predictor) -> Tables:
    """Return the request's tables as they were known at the cutoff."""
    from treue.features.schema import TABLES
    from treue.features.tables import Tables

    assert asked.tables is not None
    if not asked.tables.get("purchases"):
        raise TreueError("tables: purchases are missing; only buyers are scored")
    trained_on = _config(predictor.bundle.config_toml)
    data = trained_on.get("data", {})
    attributes = data.get("attributes", [])
    _refuse_missing(asked.tables, list(trained_on.get("tables", {})), attributes)
    empty = [name for name, rows in asked.tables.items() if not rows and name in TABLES]
    frames = {name: _frame(rows) for name, rows in asked.tables.items() if name not in empty}
    if "customers" in frames:  # sensitive columns, or ones the model never saw, are not needed
        wanted = {*TABLES["customers"].columns, *attributes} & set(frames["customers"].column_names)
        frames["customers"] = frames["customers"].select(sorted(wanted))
    there = set(frames["customers"].column_names) if "customers" in frames else set()
    tables = Tables.from_frames(
        frames,
        observed_until=asked.cutoff,
        attributes=[name for name in attributes if name in there],
        time_zone=data.get("time_zone"),
    )
    return tables.with_empty(empty)


@lru_cache(maxsize=16)
def _config(text: str) -> dict[str, Any]:
    return tomllib.loads(text)


def _frame(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Return rows in columns, in the order in which their names appear."""
    import pyarrow as pa

    names = dict.fromkeys(name for row in rows for name in row)
    return pa.table({name: _column([row.get(name) for row in rows]) for name in names})


def _column(values: list[Any]) -> pa.Array:
    """Return values of one type, or else all as texts, which are then read."""
    import pyarrow as pa

    try:
        return pa.array(values)
    except pa.ArrowException:
        return pa.array([None if value is None else str(value) for value in values])


def _refuse_missing(
    tables: dict[str, list[Row]], trained_on: list[str], attributes: list[str]
) -> None:
    """A table left out is not a table of nothing: the model would miss its features."""
    missing = [name for name in trained_on if name not in tables]
    if missing:
        raise TreueError(
            f"tables: {', '.join(missing)} are missing, and the model was trained with them; send "
            "an empty list where there was nothing of that kind"
        )
    named = {column for row in tables.get("customers", []) for column in row}
    absent = [name for name in attributes if name not in named]
    if absent and tables.get("customers"):
        raise TreueError(
            f"tables: customers lack {', '.join(absent)}, which the model was trained with under "
            "these names; send them, null where unknown"
        )

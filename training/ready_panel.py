"""A panel that was made elsewhere: one row a customer (and cutoff), features and labels."""

import logging
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import pandas as pd

from treue.features.errors import TreueError
from treue.features.panel import AFTER, KEYS, LABELS
from treue.features.report import Report
from treue.training.config import ReadyPanel

log = logging.getLogger(__name__)

_MANY_LEVELS = 1000
_YES_NO = {"0": 0, "1": 1, "0.0": 0, "1.0": 1, "false": 0, "true": 1}


@dataclass(frozen=True)
class ReadyData:
    """A ready panel in Treue's names.

    Attributes
    ----------
    panel
        ``customer_id`` (str), ``cutoff`` (if there is one), features (float64 or category), and
        ``churned`` and ``referred`` (int8) as far as they were named.
    sensitive
        The sensitive columns, row by row beside `panel`.
    report
        What was done to the columns.
    """

    panel: pd.DataFrame
    sensitive: pd.DataFrame
    report: Report


def read_ready_panel(settings: ReadyPanel, *, base_dir: Path) -> ReadyData:
    """Read the file that ``[panel]`` names; raises as `from_frame` does, or if it is not there."""
    path = base_dir / settings.path
    if not path.is_file():
        raise TreueError(f"panel.path: {path} is not a file; correct the path")
    if path.suffix not in (".csv", ".parquet"):
        raise TreueError(f"panel.path: {path.name} is neither .csv nor .parquet; convert it")
    try:
        frame = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
    except (OSError, ValueError) as error:  # pandas' and pyarrow's parser errors are ValueErrors
        raise TreueError(f"panel.path: {path} cannot be read: {error}") from None
    return from_frame(frame, settings)


def from_frame(frame: pd.DataFrame, settings: ReadyPanel) -> ReadyData:
    """Name, cast and check the columns of a ready panel; `frame` stays as it is.

    Raises
    ------
    TreueError
        If a named column is not there, a customer is missing or stands twice (at a cutoff), a label
        is neither yes nor no, or a feature is neither number, flag nor text.
    """
    report = Report()
    label_columns = {
        label: column
        for label, column in zip(LABELS, (settings.churned, settings.referred), strict=True)
        if column is not None
    }
    _check_there(frame, settings, label_columns)
    keys = {"customer_id": _customers(frame, settings.customer_id)}
    if settings.cutoff is not None:
        keys["cutoff"] = _cutoffs(frame, settings.cutoff)
    panel = pd.DataFrame(keys)
    twice = panel.duplicated()
    if twice.any():
        ids = panel.loc[twice, "customer_id"].unique()
        raise TreueError(
            f"panel.{settings.customer_id}: {int(twice.sum())} rows stand twice "
            f"(customers {', '.join(ids[:5])}); keep one row a customer"
            + (" and cutoff" if "cutoff" in panel else ", or name the column of the cutoff")
        )
    used = {settings.customer_id, settings.cutoff, *label_columns.values(), *settings.sensitive}
    taken = (*KEYS, *LABELS, *AFTER)
    names = settings.features or [
        str(name) for name in frame.columns if name not in used and name not in taken
    ]
    if overlap := [name for name in names if name in used or name in AFTER]:
        raise TreueError(
            f"panel.features: {', '.join(overlap)} is a key, a label or sensitive; take it out"
        )
    features = {
        name: _feature(frame[name], name, name in settings.categorical, report) for name in names
    }
    labels = {
        label: _label(frame, column, settings, panel["customer_id"])
        for label, column in label_columns.items()
    }
    panel = pd.DataFrame({**keys, **features, **labels}).reset_index(drop=True)
    log.info("ready panel: %d rows, %d features", len(panel), len(features))
    return ReadyData(panel, frame[settings.sensitive].reset_index(drop=True), report)


def _check_there(frame: pd.DataFrame, settings: ReadyPanel, label_columns: dict[str, str]) -> None:
    named = {
        "customer_id": [settings.customer_id],
        "cutoff": [settings.cutoff] if settings.cutoff else [],
        **{label: [column] for label, column in label_columns.items()},
        "features": settings.features or [],
        "categorical": settings.categorical,
        "sensitive": settings.sensitive,
    }
    known = [str(name) for name in frame.columns]
    problems = []
    for key, columns in named.items():
        for column in columns:
            if column not in known:
                near = get_close_matches(column, known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known[:10])}"
                problems.append(f"panel.{key}: no column {column!r}; {hint}")
    if frame.empty:
        problems.append("panel: no rows")
    if problems:
        raise TreueError("\n".join(problems))


def _customers(frame: pd.DataFrame, column: str) -> pd.Series:
    missing = frame[column].isna()
    if missing.any():
        raise TreueError(
            f"panel.{column}: {int(missing.sum())} rows without a customer; fill in or drop them"
        )
    ids = frame[column]
    if pd.api.types.is_float_dtype(ids) and (ids % 1 == 0).all():
        ids = ids.astype("int64")
    return ids.astype(str)


def _cutoffs(frame: pd.DataFrame, column: str) -> pd.Series:
    if pd.api.types.is_numeric_dtype(frame[column]):
        raise TreueError(f"panel.{column}: numbers are no cutoffs; write dates as 2024-12-31")
    stamps = pd.to_datetime(
        frame[column], errors="coerce", utc=True, format="ISO8601"
    ).dt.tz_localize(None)
    wrong = stamps.isna()
    if wrong.any():
        example = frame.loc[wrong, column].iloc[0]
        raise TreueError(
            f"panel.{column}: {int(wrong.sum())} of {len(frame)} rows are no dates "
            f"(such as {example!r}); write them as 2024-12-31"
        )
    return stamps.astype("datetime64[us]")


def _label(
    frame: pd.DataFrame, column: str, settings: ReadyPanel, customers: pd.Series
) -> pd.Series:
    texts = frame[column].astype(object).map(str, na_action="ignore").str.strip()
    if settings.positive is not None:
        values = (texts == settings.positive).astype(float).where(texts.notna())
        if not (texts == settings.positive).any():
            raise TreueError(
                f"panel.{column}: no row holds {settings.positive!r} (panel.positive); "
                f"there are {', '.join(map(repr, texts.dropna().unique()[:5]))}"
            )
    else:
        values = texts.str.lower().map(_YES_NO).astype(float)
    wrong = values.isna()
    if wrong.any():
        raise TreueError(
            f"panel.{column}: {int(wrong.sum())} of {len(frame)} rows are neither 0 nor 1 (such "
            f"as {texts[wrong].iloc[0]!r}, customers {', '.join(customers[wrong][:5])}); "
            "leave these rows out, or set panel.positive to the value that means yes"
        )
    return values.astype("int8")


def _feature(values: pd.Series, name: str, categorical: bool, report: Report) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(values):
        raise TreueError(
            f"panel.{name}: a date cannot be a feature; turn it into days before the cutoff, "
            "or leave it out of panel.features"
        )
    numeric = pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values)
    if numeric and not categorical:
        return values.astype("float64")
    levels = values.nunique()
    if not numeric and not categorical:
        many = "; it looks like free text, consider leaving it out" if levels > _MANY_LEVELS else ""
        report.add(
            "warning" if many else "note",
            "panel",
            name,
            f"text taken as {levels} categories{many}",
        )
    texts = values.astype(object).map(str, na_action="ignore")
    return texts.where(values.notna(), None).astype("category")

"""The model's held-out figures by customer attribute: segments, and fairness between groups."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from treue.models.intervals import summary
from treue.training.config import Config

MODEL = "model"  # the column of the model's probabilities, beside those of the rules
_MOST_LEVELS = 12
_QUARTERS = 4


def by_level(
    predictions: pd.DataFrame, attributes: pd.DataFrame | None, *, config: Config
) -> pd.DataFrame:
    """The model's figures for each level of each attribute.

    Returns
    -------
    DataFrame
        ``attribute``, ``level``, ``rows``, ``customers``, ``positives``, ``observed_share``,
        ``predicted_share``, ``calibration_gap`` (predicted minus observed), ``auroc`` and
        ``log_loss`` with ``_low`` and ``_high``. Numbers are cut into quarters; levels smaller than
        ``evaluation.smallest_segment`` rows have counts only.
    """
    found = []
    for inside, row in levels_in(predictions, attributes):
        if inside.sum() >= config.evaluation.smallest_segment:
            row |= _level_figures(predictions[inside], config)
        found.append(row)
    table = pd.DataFrame(found, columns=[*LEVEL_COLUMNS])
    return table.sort_values(["attribute", "level"], ignore_index=True)


_LEVEL_METRICS = ("auroc", "log_loss")
LEVEL_COLUMNS = (
    *("attribute", "level", "rows", "customers", "positives"),
    *("observed_share", "predicted_share", "calibration_gap"),
    *(metric + end for metric in _LEVEL_METRICS for end in ("", "_low", "_high")),
)


def _level_figures(part: pd.DataFrame, config: Config) -> dict[str, float]:
    observed, predicted = float(part["outcome"].mean()), float(part[MODEL].mean())
    figures = {
        "observed_share": observed,
        "predicted_share": predicted,
        "calibration_gap": predicted - observed,
    }
    every = summary(
        part["outcome"],
        part[MODEL],
        groups=part["customer_id"].to_numpy(),
        n_bootstrap=config.evaluation.bootstrap,
    )
    for metric in _LEVEL_METRICS:
        figures |= {
            metric: every[metric].value,
            f"{metric}_low": every[metric].low,
            f"{metric}_high": every[metric].high,
        }
    return figures


def levels_in(
    predictions: pd.DataFrame, attributes: pd.DataFrame | None
) -> Iterator[tuple[npt.NDArray[np.bool_], dict[str, Any]]]:
    """Yield each level of each attribute: which rows it has, and a table's row with its counts."""
    if attributes is None:
        return
    for attribute in attributes.columns:
        levels = levels_of(attributes[attribute]).to_numpy()
        for level in pd.unique(levels):
            inside = levels == level
            part = predictions[inside]
            yield (
                inside,
                {
                    "attribute": attribute,
                    "level": level,
                    "rows": len(part),
                    "customers": part["customer_id"].nunique(),
                    "positives": int(part["outcome"].sum()),
                },
            )


def levels_of(values: pd.Series) -> pd.Series:
    """Levels as text: numbers in quarters, the rarest texts together, missing ones named."""
    if pd.api.types.is_numeric_dtype(values) and values.nunique() > _MOST_LEVELS:
        cut = pd.qcut(values, _QUARTERS, duplicates="drop", precision=2)
        texts = cut.astype(object).map(str, na_action="ignore")
    else:
        texts = values.astype(object).map(str, na_action="ignore")
        common = texts.value_counts().index[:_MOST_LEVELS]
        texts = texts.where(texts.isin(common) | texts.isna(), "(other)")
    return texts.where(texts.notna(), "(missing)")


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table for JSON, what is missing as None."""
    names = [str(name) for name in table.columns]
    rows = (zip(names, row, strict=True) for row in table.itertuples(index=False))
    return [{name: None if pd.isna(value) else value for name, value in row} for row in rows]

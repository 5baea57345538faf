"""The columns that one model brings into a scores file."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from treue.models.recorded import recorded_or_not
from treue.serving.batch_explained import Explained
from treue.serving.comparison import Comparison
from treue.serving.predict import Predictor
from treue.serving.reasons_many import ManyStories
from treue.serving.sure import columns as sure_columns
from treue.serving.sure import described
from treue.serving.when import AGAIN, describe
from treue.serving.when import columns as curve_columns


class Columns:
    """The columns that one target brings into the file."""

    def __init__(
        self, target: str, predictor: Predictor, panel: pd.DataFrame, comparison: Comparison
    ) -> None:
        self._target = target
        self._predictor = predictor
        self._comparison = comparison
        self._names = predictor.feature_names
        self._families = predictor.families
        self._own: dict[str, list[int]] = {}
        for place, name in enumerate(self._names):
            self._own.setdefault(self._families[name], []).append(place)
        self._storyteller = predictor.storyteller(panel)
        self._stories = ManyStories(self._storyteller)
        self._base = self._base_probability = float("nan")

    def explain(self, chunk: pd.DataFrame) -> Explained:
        """Return contributions, intervals and curve of a chunk of the panel."""
        explanation, bundle = self._storyteller.explain(chunk), self._predictor.bundle
        return Explained(
            explanation,
            sure_columns(bundle, explanation.raw, chunk, encoded=explanation.encoded),
            curve_columns(bundle.curve, explanation.raw, chunk),
        )

    def of(self, chunk: pd.DataFrame, start: int, found: Explained) -> dict[str, pa.Array]:
        """Columns of a chunk of the panel, which begins at row `start`, by name."""
        explanation = found.explanation
        self._base, self._base_probability = explanation.base, explanation.base_probability
        prefix = self._target
        columns = {
            f"{prefix}_probability": pa.array(explanation.probability),
            f"{prefix}_raw": pa.array(explanation.raw),
            f"{prefix}_base": pa.array(np.full(len(chunk), explanation.base)),
        }
        if self._predictor.recorded_share < 1:
            of_all = recorded_or_not(explanation.probability, self._predictor.recorded_share)
            columns[f"{prefix}_probability_recorded_or_not"] = pa.array(of_all)
        columns |= {f"{prefix}_{name}": pa.array(values) for name, values in found.sure.items()}
        for name, values in found.curve.items():
            full = name if name.startswith(AGAIN) else f"{prefix}_{name}"
            columns[full] = pa.array(values, mask=np.isnan(values))
        by_column = np.ascontiguousarray(explanation.contributions.T)
        for name, values in zip(self._names, by_column, strict=True):
            columns[f"{prefix}_contribution_{name}"] = pa.array(values)
        for family, own in self._own.items():
            columns[f"{prefix}_points_{family}"] = pa.array(explanation.points[:, own].sum(axis=1))
        told = self._stories.sentences(explanation, chunk, self._comparison.many(start))
        for language, written in told.items():
            columns[f"{prefix}_reasons_{language}"] = written
        return columns

    def describe(self) -> dict[str, Any]:
        """Return what the metadata says of this target."""
        return {
            "base": float(self._base),
            "base_probability": float(self._base_probability),
            "features": self._names,
            "families": self._families,
            "source": self._predictor.source,
            "grade": self._predictor.grade,
            "curve": describe(self._predictor.bundle.curve),
            "certainty": described(self._predictor.bundle),
        }

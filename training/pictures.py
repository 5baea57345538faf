"""The pictures logged beside a model: they draw what was computed elsewhere and return figures."""

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from treue.models.columns import Columns
from treue.models.explain import Explanation

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SIZE = (6.4, 4.8)
_TOP = 20


def draw_calibration(curve: pd.DataFrame, *, title: str) -> "Figure":
    """Stated against observed share, with the interval of each bin (see `calibration_curve`)."""
    figure, axes = _axes(title)
    top = 1.05 * float(max(curve["predicted"].max(), curve["high"].max()))
    axes.plot([0, top], [0, top], color="0.6", linestyle="--", label="as stated")
    below = (curve["observed"] - curve["low"]).clip(lower=0)
    above = (curve["high"] - curve["observed"]).clip(lower=0)
    axes.errorbar(
        curve["predicted"], curve["observed"], yerr=[below, above], fmt="o-", label="observed"
    )
    axes.set(xlabel="probability stated", ylabel="share observed", xlim=(0, top), ylim=(0, top))
    axes.legend()
    return figure


def draw_lift(curves: Mapping[str, pd.DataFrame], *, title: str) -> "Figure":
    """Share of events found in the highest scores, one line a model (see `lift_curve`)."""
    figure, axes = _axes(title)
    axes.plot([0, 1], [0, 1], color="0.6", linestyle="--", label="at random")
    for name, curve in curves.items():
        axes.plot([0, *curve["share"]], [0, *curve["gain"]], label=name)
    axes.set(xlabel="share of customers, highest first", ylabel="share of events found")
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    axes.legend()
    return figure


def draw_profit(curve: pd.DataFrame, *, currency: str, title: str) -> "Figure":
    """Profit over the length of the list, expected and realised (see `Profit.curve`)."""
    figure, axes = _axes(title)
    axes.axhline(0, color="0.6", linestyle="--")
    axes.plot(curve["contacted"], curve["expected"], color="0.3", linestyle=":", label="expected")
    axes.plot(curve["contacted"], curve["realised"], label="realised")
    axes.fill_between(curve["contacted"], curve["low"], curve["high"], alpha=0.2)
    chosen = curve[curve["chosen"]]
    axes.plot(chosen["contacted"], chosen["realised"], "o", color="black", label="chosen list")
    axes.set(xlabel="customers contacted, most profitable first", ylabel=f"profit in {currency}")
    axes.set(xlim=(0, None))
    axes.legend()
    return figure


def draw_families(importance: pd.Series, *, title: str) -> "Figure":
    """Mean size of the contributions of each family, in log-odds."""
    figure, axes = _axes(title)
    ordered = importance.sort_values()
    axes.barh(ordered.index.astype(str), ordered.to_numpy())
    axes.set(xlabel="mean |contribution| in log-odds")
    return figure


def draw_shap(
    explanation: Explanation,
    rows: pd.DataFrame,
    columns: Columns,
    *,
    dependence: int,
    points: int | None = None,
) -> dict[str, "Figure"]:
    """SHAP's own pictures: ``shap_bar``, ``shap_beeswarm`` and ``shap_dependence_<feature>``.

    Parameters
    ----------
    explanation
        Of `rows`, in log-odds.
    rows
        The panel rows explained.
    columns
        The model's columns; categories are drawn at the place of their code.
    dependence
        How many of the top features get a picture of their own.
    points
        How many rows at most are drawn as points, taken at random; more would only cover each
        other. The bars, and which features are the top, are of all rows.

    Only the top features are drawn: the sum of all others would dwarf them.
    """
    pyplot = _pyplot()
    import shap

    largest = np.argsort(-np.abs(explanation.contributions).mean(axis=0))[:_TOP]
    names = [explanation.feature_names[position] for position in largest]
    values = shap.Explanation(
        values=explanation.contributions[:, largest],
        base_values=np.full(len(rows), explanation.base),
        data=columns.encode(rows)[:, largest],
        feature_names=names,
    )
    drawn = values
    if points is not None and len(rows) > points:
        chosen = np.random.default_rng(0).choice(len(rows), points, replace=False)
        drawn = values[np.sort(chosen)]
    figures: dict[str, Figure] = {}
    for name, draw, shown in (
        ("bar", shap.plots.bar, values),
        ("beeswarm", shap.plots.beeswarm, drawn),
    ):
        pyplot.figure()
        draw(shown, max_display=_TOP, show=False)
        figures[f"shap_{name}"] = pyplot.gcf()
    for position, name in enumerate(names[:dependence]):
        figure, axes = _axes("")
        shap.plots.scatter(drawn[:, position], ax=axes, show=False)
        figures[f"shap_dependence_{name}"] = figure
    return figures


def _axes(title: str) -> tuple["Figure", Any]:
    figure, axes = _pyplot().subplots(figsize=_SIZE, layout="constrained")
    axes.set_title(title)
    return figure, axes


def _pyplot() -> Any:
    """Pyplot, without a window where nobody has chosen a backend yet."""
    import matplotlib

    if "matplotlib.pyplot" not in sys.modules and "MPLBACKEND" not in os.environ:
        matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    return plt

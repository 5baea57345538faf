"""The files logged beside a model: tables, curves, pictures and the decision."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from treue.models.bundle import Bundle
from treue.models.curves import calibration_curve, lift_curve
from treue.models.explain import Explanation
from treue.models.intervals import Interval
from treue.training.backtest import BacktestResult
from treue.training.backtest_report import backtest_report
from treue.training.config import Config
from treue.training.evaluate import Evaluation
from treue.training.pictures import (
    draw_calibration,
    draw_families,
    draw_lift,
    draw_profit,
    draw_shap,
)
from treue.training.rules import RULES
from treue.training.segments import MODEL

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from treue.training.promote import Decision


def importance(explanation: Explanation) -> tuple[pd.Series, pd.Series]:
    """Mean size of the contributions in log-odds, by family and by feature, largest first."""
    families = explanation.by_family().contributions.abs().mean()
    features = pd.Series(
        np.abs(explanation.contributions).mean(axis=0), index=list(explanation.feature_names)
    )
    return families.sort_values(ascending=False), features.sort_values(ascending=False)


def contributions_table(explanation: Explanation, rows: pd.DataFrame) -> pd.DataFrame:
    """``customer_id``, ``cutoff``, ``base``, ``raw``, ``probability``, then one column a feature.

    ``base`` plus the features is ``raw``, all in log-odds.
    """
    keys = rows[[name for name in ("customer_id", "cutoff") if name in rows]]
    scores = pd.DataFrame(
        {
            "base": explanation.base,
            "raw": explanation.raw,
            "probability": explanation.probability,
        },
        index=rows.index,
    )
    shares = pd.DataFrame(
        explanation.contributions, columns=list(explanation.feature_names), index=rows.index
    )
    return pd.concat([keys, scores, shares], axis=1).reset_index(drop=True)


def figures_table(evaluation: Evaluation) -> pd.DataFrame:
    """One row a cutoff (empty: all together), model and metric, with the interval."""
    together = [] if len(evaluation.by_cutoff) == 1 else [evaluation.overall]
    return pd.DataFrame(
        [
            {
                "cutoff": judged.cutoff,
                "model": name,
                "metric": metric,
                "value": found.value,
                "low": found.low,
                "high": found.high,
            }
            for judged in (*evaluation.by_cutoff, *together)
            for name, figures in judged.figures.items()
            for metric, found in figures.items()
        ]
    )


def metric_values(evaluation: Evaluation) -> dict[str, float]:
    """Flat names for MLflow: overall, by cutoff, rules, differences, segments; finite ones only."""
    found: dict[str, float] = {}

    def put(name: str, one: Interval) -> None:
        found.update({name: one.value, f"{name}_low": one.low, f"{name}_high": one.high})

    overall = evaluation.overall
    places = {"": overall} | {
        f"cutoff_{judged.cutoff:%Y-%m-%d}/": judged for judged in evaluation.by_cutoff
    }
    for place, judged in places.items():
        for name, figures in judged.figures.items():
            for metric, one in figures.items():
                put(f"{place}{'' if name == MODEL else f'{name}/'}{metric}", one)
    for rule, differences in overall.differences.items():
        for metric, one in differences.items():
            put(f"minus_{rule}/{metric}", one)
    found |= {
        "held_out_rows": overall.rows,
        "held_out_customers": overall.customers,
        "held_out_positives": overall.positives,
    }
    for metric, value in (evaluation.profit.metrics() if evaluation.profit else {}).items():
        if isinstance(value, Interval):
            put(metric, value)
        else:
            found[metric] = value
    found |= evaluation.sureness.metrics() if evaluation.sureness else {}
    for kind, levels in (("segment", evaluation.segments), ("sensitive", evaluation.sensitive)):
        for row in levels.to_dict("records"):
            place = f"{kind}_{row.pop('attribute')}/{row.pop('level')}"
            found |= {f"{place}/{metric}": float(value) for metric, value in row.items()}
    return {name: value for name, value in found.items() if np.isfinite(value)}


def write_artifacts(
    folder: Path,
    *,
    bundle: Bundle,
    evaluation: Evaluation,
    decision: "Decision",
    explanation: Explanation,
    rows: pd.DataFrame,
    config: Config,
) -> None:
    """Write everything that is logged beside the model into `folder`.

    Parameters
    ----------
    explanation
        Of `rows`, the rows of the latest held-out cutoff.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts: Mapping[str, object] = {
        "evaluation.json": evaluation.as_dict(),
        "decision.json": decision.as_dict(),
        "provenance.json": bundle.provenance,
    }
    for name, content in texts.items():
        (folder / name).write_text(json.dumps(content, indent=2, default=str), encoding="utf-8")
    (folder / "model_card.md").write_text(bundle.card, encoding="utf-8")
    report = backtest_report(BacktestResult.of_training(evaluation), config=config, training=True)
    (folder / "report.html").write_text(report, encoding="utf-8")
    families, features = importance(explanation)
    outcome = evaluation.predictions["outcome"]
    names = [
        MODEL,
        *(name for name in RULES if name in evaluation.predictions and name != "base_rate"),
    ]
    lifts = {
        "model" if name == MODEL else RULES[name]: lift_curve(outcome, evaluation.predictions[name])
        for name in names
    }
    calibration = calibration_curve(outcome, evaluation.predictions[MODEL])
    tables = {
        "figures": figures_table(evaluation),
        "segments": evaluation.segments,
        "fairness": evaluation.sensitive,
        "fairness_gaps": evaluation.gaps,
        "drift": evaluation.drift,
        "calibration": calibration,
        "lift": pd.concat(lifts, names=["model"]).reset_index(level=0),
        "family_importance": families.rename("size").rename_axis("family").reset_index(),
        "feature_importance": features.rename("size").rename_axis("feature").reset_index(),
        **({"profit_curve": evaluation.profit.curve} if evaluation.profit else {}),
    }
    for name, table in tables.items():
        if not table.empty:
            table.to_csv(folder / f"{name}.csv", index=False)
    contributions_table(explanation, rows).to_parquet(folder / "contributions.parquet")
    pictures = {
        "calibration": draw_calibration(calibration, title=f"{bundle.target}: calibration"),
        "lift": draw_lift(lifts, title=f"{bundle.target}: events found"),
        "family_importance": draw_families(families, title=f"{bundle.target}: families"),
        **draw_shap(
            explanation,
            rows,
            bundle.model.columns_,
            dependence=config.tracking.dependence_features,
            points=config.tracking.picture_rows,
        ),
    }
    if evaluation.profit:
        pictures["profit_curve"] = draw_profit(
            evaluation.profit.curve, currency=config.currency, title="expected and realised profit"
        )
    save_pictures(pictures, folder)


def save_pictures(pictures: Mapping[str, "Figure"], folder: Path) -> None:
    """Write each picture as PNG and close it."""
    import matplotlib.pyplot as plt

    for name, figure in pictures.items():
        safe = re.sub(r"[^A-Za-z0-9_-]", "_", name)
        figure.savefig(folder / f"{safe}.png", dpi=110, bbox_inches="tight")
        plt.close(figure)

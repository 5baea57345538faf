"""What the model card says of the curve: when, not only whether, and how well it held."""

import pandas as pd

from treue.models.bundle import Bundle
from treue.models.curve import HORIZONS
from treue.training.config import Config

EVENTS = {
    "buys_again": "buys again",
    "has_left": "has no running contract any more",
    "has_recommended": "recommends",
}


def curve_section(bundle: Bundle, judged: pd.DataFrame, config: Config) -> list[str]:
    """Parts of the card: what the curve is of, and its figures on held-out rows.

    Parameters
    ----------
    judged
        Of `treue.training.curve.judge_curve`.
    """
    curve = bundle.curve
    if curve is None:
        if config.panel is not None or bundle.target != "churn" or config.label.churn != "decline":
            return []
        return [
            "## When",
            "Not told: shares of the spend of periods of different lengths cannot be compared.",
        ]
    told = (
        f"The probability that a customer {EVENTS[curve.event]} within so many days, never "
        f"decreasing in the days; at {curve.anchor_days} days it is this model's."
    )
    missing = [str(days) for days in HORIZONS if days not in curve.days]
    if missing:
        told += f" Not told for {', '.join(missing)} days, which the training could not know."
    return ["## When", told, *([_table(judged)] if len(judged) else [])]


def _table(judged: pd.DataFrame) -> str:
    lines = [
        "| within | held-out rows | happened | predicted | calibration error ↓ | log loss ↓ |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {row.days} days | {row.rows} | {row.happened:.1%} | {row.predicted:.1%} "
        f"| {row.calibration_error:.3f} | {row.log_loss:.3f} |"
        for row in judged.itertuples(index=False)
    ]
    return "\n".join(lines)

"""The measured effect of calling: plans of the store and what became of the customers on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from treue.commands.effect_words import told

if TYPE_CHECKING:
    import pandas as pd

    from treue.commands.project import Project
    from treue.models.intervals import Interval
    from treue.models.uplift import Effect
    from treue.serving.store.records import PlanRow


@dataclass(frozen=True)
class Measured:
    """What calling did, and of whom nothing can be said yet.

    Attributes
    ----------
    overall
        Of all who were drawn by chance and whose outcome is known.
    bands
        The same from the least to the most likely to leave, each with its likelihoods.
    qini
        Of calling by margin at risk, and so by expected profit; None where margins are not known
        or too few customers are.
    waiting
        Drawn, but the horizon is not over.
    unknown
        Drawn, but no longer among those of whom the label can be told.
    not_drawn
        On a plan that held nobody out, or called for another reason.
    likelihood
        Of leaving, on average, as stated of those drawn; NaN without any.
    """

    overall: Effect
    bands: Sequence[tuple[tuple[float, float], Effect]]
    qini: Interval | None
    waiting: int
    unknown: int
    not_drawn: int
    likelihood: float


def effect_of_project(project: Project, rows: Sequence[PlanRow]) -> str:
    """What calling did by the plans of a project, in the words of its language.

    Raises
    ------
    TreueError
        If no outcomes can be known: a ready panel without cutoffs.
    """
    config = project.config
    measured = measure_plans(rows, _labels(project, rows), n_bootstrap=config.evaluation.bootstrap)
    return told(
        measured,
        language=config.language,
        stated=config.value.concession_effect,
        days=config.label.horizon_days,
    )


def measure_plans(
    rows: Sequence[PlanRow], labels: pd.DataFrame, *, n_bootstrap: int = 1000
) -> Measured:
    """What calling did.

    Parameters
    ----------
    rows
        As `Store.export_plans` gives them.
    labels
        ``customer_id``, ``cutoff`` and ``churned`` of all cutoffs whose horizon is over.
    """
    import numpy as np
    import pandas as pd

    from treue.models.errors import ModelError
    from treue.models.uplift import Trial, by_band, measure, qini

    names = ["customer_id", "cutoff", "role", "churn_probability", "plan_id", "drawn"]
    names.append("margin_at_risk")
    plans = pd.DataFrame([row.model_dump(include=set(names)) for row in rows], columns=names)
    plans["cutoff"] = pd.to_datetime(plans["cutoff"]).astype("datetime64[us]")
    drawn = plans[plans["drawn"].eq(True) & plans["churn_probability"].notna()]
    held = drawn.groupby("plan_id")["role"].transform(lambda roles: (roles == "hold_out").any())
    drawn = drawn[held.astype(bool)]
    over = drawn["cutoff"].isin(labels["cutoff"])
    seen = drawn[over].merge(labels, on=["customer_id", "cutoff"])
    trial, rows_in = Trial.of(
        customers=seen["customer_id"],
        left=seen["churned"],
        called=seen["role"] == "call",
        draw=seen["plan_id"],
        likelihood=seen["churn_probability"],
    )
    overall = measure(trial, n_bootstrap=n_bootstrap)
    at_risk = seen["margin_at_risk"].to_numpy(dtype=np.float64, na_value=np.nan)[rows_in]
    coefficient = None
    if overall.enough and not np.isnan(at_risk).any():
        try:
            coefficient = qini(trial, at_risk)
        except ModelError as error:
            from treue.models.intervals import Interval

            coefficient = Interval(np.nan, np.nan, np.nan, reason=str(error))
    return Measured(
        overall=overall,
        bands=by_band(trial, n_bootstrap=n_bootstrap) if overall.enough else [],
        qini=coefficient,
        waiting=int((~over).sum()),
        unknown=int(over.sum()) - len(seen),
        not_drawn=len(plans) - len(drawn),
        likelihood=float(trial.likelihood.mean()) if len(trial.left) else float("nan"),
    )


def _labels(project: Project, rows: Sequence[PlanRow]) -> pd.DataFrame:
    """Who left, of all eligible at the plans' cutoffs whose horizon is over."""
    import pandas as pd

    from treue.features.errors import TreueError
    from treue.features.panel import build_panel

    names, label = ["customer_id", "cutoff", "churned"], project.config.label
    if not any(row.drawn for row in rows):
        return pd.DataFrame(columns=names).astype({"cutoff": "datetime64[us]"})
    if project.config.panel is not None:
        panel = project.ready_panel()
        lacking = [name for name in names if name not in panel]
        if lacking:
            raise TreueError(
                f"panel: no column {lacking[0]}, and so it is not known who of those planned left; "
                "name it under [panel] in treue.toml"
            )
        return panel[names].astype({"customer_id": str, "cutoff": "datetime64[us]"})
    tables = project.tables()
    last = tables.observed_until - timedelta(days=label.horizon_days)
    over = sorted({row.cutoff for row in rows if row.drawn and row.cutoff <= last})
    if not over:
        return pd.DataFrame(columns=names).astype({"cutoff": "datetime64[us]"})
    panel = build_panel(
        tables,
        over,
        horizon=label.horizon_days,
        lookback=label.lookback_days,
        churn=label.churn,
        decline_share=label.decline_share,
        families=[],
    )
    return panel[names].astype({"customer_id": str})

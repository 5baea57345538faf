"""The simple rules beside the model: fitted on the same rows, asked about the same rows."""

import logging

import pandas as pd

from treue.features.tables import Tables
from treue.models.baselines import BaseRate, BetaGeoNBDRule, LogisticBaseline, RecencyRule
from treue.models.bgnbd import rfm_summary
from treue.models.bundle import Bundle
from treue.models.errors import ModelError
from treue.models.referral_rule import ReferralRule
from treue.training.config import Config
from treue.training.fit import label_of
from treue.training.segments import MODEL

log = logging.getLogger(__name__)

RULES = {
    "base_rate": "base rate",
    "recency_rule": "recency rule",
    "bg_nbd": "BG/NBD",
    "referral_rule": "earlier recommendations",
    "logistic": "logistic regression",
}


def predict_all(
    bundle: Bundle,
    training: pd.DataFrame,
    held_out: pd.DataFrame,
    *,
    config: Config,
    tables: Tables | None = None,
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Probabilities of the model and of each rule for the held-out rows.

    Returns
    -------
    predictions : DataFrame
        ``customer_id``, ``cutoff`` (where there is one), ``outcome``, ``model`` and the rules.
    left_out : dict
        Rule -> why it is not there.
    """
    keys = [name for name in ("customer_id", "cutoff") if name in held_out]
    predictions = held_out[keys].reset_index(drop=True)
    predictions["outcome"] = label_of(held_out, bundle.target)
    predictions[MODEL] = bundle.model.predict_proba(held_out)[:, 1]
    features = list(bundle.model.columns_.names)
    label, customers = label_of(training, bundle.target), training["customer_id"].to_numpy()
    fits = {
        "base_rate": lambda: BaseRate().fit(training, label),
        "recency_rule": lambda: RecencyRule().fit(training, label, customers),
        "bg_nbd": lambda: BetaGeoNBDRule(horizon_days=config.label.horizon_days).fit(
            training, label, everybody=_everybody(training, tables)
        ),
        "referral_rule": lambda: ReferralRule(horizon_days=config.label.horizon_days).fit(
            training, label
        ),
        "logistic": lambda: LogisticBaseline().fit(training[features], label, customers),
    }
    left_out: dict[str, str] = {}
    if bundle.target == "churn":
        del fits["referral_rule"]
    else:
        left_out["bg_nbd"] = "it says nothing of recommendations"
    for name, fitted in fits.items():
        if name in left_out:
            continue
        try:
            rows = held_out[features] if name == "logistic" else held_out
            predictions[name] = fitted().predict_proba(rows)[:, 1]
        except ModelError as error:
            left_out[name] = str(error)
            log.warning("%s is left out of the comparison: %s", RULES[name], error)
    return predictions, left_out


def _everybody(training: pd.DataFrame, tables: Tables | None) -> pd.DataFrame | None:
    """What BG/NBD asks of every customer at the latest training cutoff, in days."""
    if tables is None:
        return None
    cutoff = pd.Timestamp(training["cutoff"].max())
    purchases = tables.known_at(cutoff.to_pydatetime()).frames["purchases"]
    wanted = [
        name
        for name in ("customer_id", "purchased_at", "is_return")
        if name in purchases.column_names
    ]
    rows = purchases.select(wanted).to_pandas()
    if "is_return" in rows:
        rows = rows[~rows["is_return"].fillna(False).astype(bool)]
    return rfm_summary(rows, cutoff, unit="1D")

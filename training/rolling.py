"""A rolling backtest inside the training rows: what each member would have said of later cutoffs.

Out-of-fold predictions are of other customers, but of the same months; a model in use is asked
about months to come. So the last training cutoffs are predicted once more, each from the rows whose
label windows had passed by then. What a model is made of is chosen by these predictions
(`treue.training.choose`), and how far it drifts is learnt from them (`treue.training.certain`).
"""

import logging
import time
from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from treue.models.classifier import LoyaltyClassifier
from treue.training.config import Config
from treue.training.members import other_members, possible_members

log = logging.getLogger(__name__)

_FOLDS = 2  # halves of the customers: calibrated out of fold, at a quarter of the cost of five
_FASTER = 2  # times the learning rate: half the trees, and members are only compared


def rolling(
    panel: pd.DataFrame,
    names: Sequence[str],
    label: npt.NDArray[np.int64],
    *,
    target: str,
    config: Config,
    damped: Collection[str] = (),
) -> pd.DataFrame:
    """Predict the last training cutoffs by models that did not know how they ended.

    Parameters
    ----------
    panel
        Training rows with ``customer_id`` and ``cutoff``.
    names
        Features among its columns.
    label
        Outcome of each row, 0 or 1.
    target
        ``churn`` or ``referral``.
    config
        ``model.inner_cutoffs`` says how many cutoffs are predicted.
    damped
        As `LoyaltyClassifier.fit`.

    Returns
    -------
    DataFrame
        Indexed by position in `panel`: ``cutoff``, ``outcome`` and the log-odds of each member;
        empty where no cutoff has enough rows before it.
    """
    started = time.perf_counter()
    origins = origins_of(panel, label, config=config)
    parts = [
        _predicted(panel, names, label, origin, target=target, config=config, damped=damped)
        for origin in origins
    ]
    if not parts:
        return pd.DataFrame(
            {"cutoff": [], "outcome": [], "tree": []}, index=pd.Index([], dtype=int)
        )
    found = pd.concat(parts)
    log.info(
        "rolling backtest inside the training rows: %d cutoffs, %d rows, %.1f s",
        *(len(parts), len(found), time.perf_counter() - started),
    )
    return found


def origins_of(
    panel: pd.DataFrame, label: npt.NDArray[np.int64], *, config: Config
) -> list[pd.Timestamp]:
    """The cutoffs to predict, latest first: half a horizon apart or more, so that they differ."""
    if "cutoff" not in panel:
        return []
    cutoff = pd.to_datetime(panel["cutoff"]).to_numpy()
    customers = panel["customer_id"].to_numpy()
    horizon = pd.Timedelta(days=config.label.horizon_days)
    chosen: list[pd.Timestamp] = []
    for origin in pd.to_datetime(np.unique(cutoff))[::-1]:
        if len(chosen) == config.model.inner_cutoffs:
            break
        if chosen and chosen[-1] - origin < horizon / 2:
            continue
        before = cutoff <= (origin - horizon).to_datetime64()
        enough = all(
            len(np.unique(customers[before & (label == value)])) >= config.evaluation.smallest_class
            for value in (0, 1)
        )
        if not enough:
            break
        chosen.append(origin)
    return chosen


def asked_and_known(
    panel: pd.DataFrame, origin: pd.Timestamp, horizon_days: int
) -> tuple[npt.NDArray[np.int_], npt.NDArray[np.int_]]:
    """Positions of the rows of a cutoff, and of those whose label windows had passed by then."""
    cutoff = pd.to_datetime(panel["cutoff"])
    passed = cutoff + pd.Timedelta(days=horizon_days) <= origin
    return np.flatnonzero(cutoff == origin), np.flatnonzero(passed)


def _predicted(
    panel: pd.DataFrame,
    names: Sequence[str],
    label: npt.NDArray[np.int64],
    origin: pd.Timestamp,
    *,
    target: str,
    config: Config,
    damped: Collection[str],
) -> pd.DataFrame:
    asked, before = asked_and_known(panel, origin, config.label.horizon_days)
    training, customers = panel.iloc[before], panel["customer_id"].to_numpy()[before]
    parameters = config.model.classifier() | {
        "n_folds": _FOLDS,
        "learning_rate": _FASTER * config.model.learning_rate,
        "early_stopping_rounds": -(-config.model.early_stopping_rounds // _FASTER),
    }
    tree = LoyaltyClassifier(**parameters).fit(
        training[list(names)], label[before], groups=customers, damped=damped
    )
    rows = panel.iloc[asked]
    encoded = tree.columns_.encode(rows[list(names)])
    found = {
        "cutoff": rows["cutoff"].to_numpy(),
        "outcome": label[asked],
        "tree": tree.decision_function(rows[list(names)]),
    }
    others = other_members(
        tree.columns_,
        training,
        tree.columns_.encode(training[list(names)]),
        label[before],
        possible_members(target, config),
        config=config,
    )
    found |= {name: member.log_odds(encoded) for name, member in others.items()}
    return pd.DataFrame(found, index=asked)

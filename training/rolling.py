"""A rolling backtest inside the training rows: what each member would have said of later cutoffs.

Out-of-fold predictions are of other customers, but of the same months; a model in use is asked
about months to come. So the last training cutoffs are predicted once more, each from the rows whose
label windows had passed by then. What a model is made of is chosen by these predictions
(`treue.training.choose`), and how far it drifts is learnt from them (`treue.training.certain`).
"""

import logging
import time
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from treue.models.boosting import Binned
from treue.models.classifier import LoyaltyClassifier
from treue.models.linear import CHOICE_ROWS, QuantileLogistic
from treue.models.threads import side_by_side
from treue.training.config import Config
from treue.training.members import Members, other_members, possible_members

log = logging.getLogger(__name__)

_FOLDS = 2  # halves of the customers: calibrated out of fold, at a quarter of the cost of five
_FASTER = 2  # times the learning rate: half the trees, and members are only compared


def rolling(
    binned: Binned,
    panel: pd.DataFrame,
    label: npt.NDArray[np.int64],
    *,
    target: str,
    config: Config,
    damped: Collection[str] = (),
) -> tuple[pd.DataFrame, float | None]:
    """Predict the last training cutoffs by models that did not know how they ended.

    What they share is what labels play no part in: the bins. Their edges are quantiles of all
    training rows, so of later feature values, too; no fit sees a later row, nor any outcome. Beside
    bins of the rows known by then, the log loss at eight cutoffs of four public sets differed by
    0.0003 at most, and by 0.00003 on average.

    Parameters
    ----------
    binned
        The training rows.
    panel
        The same with ``customer_id`` and ``cutoff``.
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
    forward : DataFrame
        Indexed by position in `panel`: ``cutoff``, ``outcome`` and the log-odds of each member;
        empty where no cutoff has enough rows before it.
    penalty : float or None
        C of the logistic regression, where the rows known first were enough to settle it.
    """
    started = time.perf_counter()
    horizon = config.label.horizon_days
    origins = origins_of(panel, label, config=config)
    if not origins:
        nothing: dict[str, list[float]] = {"cutoff": [], "outcome": [], "tree": []}
        return pd.DataFrame(nothing, index=pd.Index([], dtype=int)), None
    asked, known = zip(
        *(asked_and_known(panel, origin, horizon) for origin in origins), strict=True
    )
    customers = panel["customer_id"].to_numpy()
    parameters = config.model.classifier() | {
        "n_folds": _FOLDS,
        "learning_rate": _FASTER * config.model.learning_rate,
        "early_stopping_rounds": -(-config.model.early_stopping_rounds // _FASTER),
        "num_threads": 0,  # of its share
    }

    def trees(before: npt.NDArray[np.int_]) -> LoyaltyClassifier:
        return LoyaltyClassifier(**parameters).fit_binned(
            binned, label[before], customers[before], rows=before, damped=damped
        )

    def others() -> tuple[list[Members], float | None]:
        return _others(binned, panel, label, known, possible_members(target, config), config=config)

    jobs: list[Callable[[], Any]] = [others, *(partial(trees, before) for before in known)]
    (beside, penalty), *models = side_by_side(jobs, in_turn=binned.is_large)
    parts = []
    for here, model, members in zip(asked, models, beside, strict=True):
        encoded = binned.encoded[here]
        found = {
            "cutoff": panel["cutoff"].to_numpy()[here],
            "outcome": label[here],
            "tree": model.log_odds(encoded),
        }
        found |= {name: member.log_odds(encoded) for name, member in members.items()}
        parts.append(pd.DataFrame(found, index=here))
    forward = pd.concat(parts)
    log.info(
        "rolling backtest inside the training rows: %d cutoffs, %d rows, %.1f s",
        *(len(parts), len(forward), time.perf_counter() - started),
    )
    return forward, penalty


def _others(
    binned: Binned,
    panel: pd.DataFrame,
    label: npt.NDArray[np.int64],
    known: Sequence[npt.NDArray[np.int_]],
    names: Collection[str],
    *,
    config: Config,
) -> tuple[list[Members], float | None]:
    """The members beside the trees of each origin, latest first, and the penalty if it is settled.

    It is chosen by the rows of the earliest origin, which are known at all of them, and again by
    those of the next as long as they are fewer than a choice looks at.
    """
    penalty: float | None = None
    found: list[Members] = []
    for before in reversed(known):
        members = other_members(
            binned.columns,
            panel.iloc[before],
            binned.encoded[before],
            label[before],
            names,
            config=config,
            penalty=penalty,
        )
        linear = members.get("linear")
        if isinstance(linear, QuantileLogistic) and len(before) >= CHOICE_ROWS:
            penalty = linear.C_
        found.append(members)
    return found[::-1], penalty


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

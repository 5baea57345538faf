"""Members beside the trees: which there may be, and fitting them."""

import logging
from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import pandas as pd

from treue.models.bgnbd_member import BetaGeoMember
from treue.models.columns import Columns
from treue.models.errors import ModelError
from treue.models.linear import QuantileLogistic
from treue.training.config import Config

log = logging.getLogger(__name__)

Members = dict[str, QuantileLogistic | BetaGeoMember]

MEMBERS = ("tree", "linear", "bgnbd")


def possible_members(target: str, config: Config) -> list[str]:
    """Members beside the trees; BG/NBD knows only of purchases that stay away."""
    silent = target == "churn" and config.label.churn == "inactivity"
    return ["linear", "bgnbd"] if silent else ["linear"]


def other_members(
    columns: Columns,
    panel: pd.DataFrame,
    encoded: npt.NDArray[np.float64],
    label: npt.NDArray[np.int64],
    names: Collection[str],
    *,
    config: Config,
    penalty: float | None = None,
) -> Members:
    """Fit members beside the trees on the same rows, given as a panel and encoded by `columns`.

    One that cannot be fitted is left out. `penalty` is the C of the regression; without it the rows
    choose.
    """
    found: Members = {}
    horizon = config.label.horizon_days
    for name in names:
        try:
            if name == "linear":
                found[name] = QuantileLogistic(C=penalty, seed=config.model.random_state).fit(
                    encoded,
                    label,
                    columns.categorical_positions,
                    groups=panel["customer_id"].to_numpy(),
                )
            else:
                found[name] = BetaGeoMember.fit(panel, label, columns=columns, horizon_days=horizon)
        except ModelError as error:
            log.info("%s is no member: %s", name, error)
    return found

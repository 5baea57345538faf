"""Whether a plan from a file says of a few rows what the boosters say of them.

Its key says which trees it was made of; whether its numbers follow from them, only explaining
tells. All of them are not checked that way, but what is not of these trees hardly passes.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from treue.models.treeshap.arrays import F64
from treue.models.treeshap.evaluate import Evaluator, Share
from treue.models.treeshap.trees import Model

if TYPE_CHECKING:
    import lightgbm as lgb

ROWS = 8
TOLERANCE = 1e-9  # of the largest number that is added up; all ways agree to some 1e-12


def agrees(evaluator: Evaluator, boosters: "Sequence[lgb.Booster]", model: Model) -> bool:
    """Return whether base and contributions add up to the raw scores of the probe's rows.

    Parameters
    ----------
    evaluator : Evaluator
        Of a plan that is sound (`treeshap.check`).
    boosters : sequence of lightgbm.Booster
        The members.
    model : Model
        What `look_at` tells of the first of them.
    """
    plan = evaluator.plan
    shape = (len(model.feature_names), len(boosters), model.n_outputs)
    if (plan.n_columns, plan.n_members, plan.n_outputs) != shape:
        return False
    rows = probe_rows(model)
    raw = np.array([booster.predict(rows, raw_score=True, num_threads=1) for booster in boosters])
    want = raw.reshape(plan.n_members, ROWS, plan.n_outputs).transpose(2, 0, 1)
    shares: list[Share] = [
        (plan.parts(output, member), 1.0)
        for output in range(plan.n_outputs)
        for member in range(plan.n_members)
    ]
    found = evaluator.contributions(rows, shares)
    off = np.abs(plan.base[:, None] + found.sum(axis=2) - want.reshape(len(shares), ROWS)).max()
    scale = max(np.abs(part).max() for part in (want, found, plan.base))
    return bool(off <= TOLERANCE * scale)


def probe_rows(model: Model) -> F64:
    """Return rows (`ROWS`, columns), always the same: all missing, then within what was trained."""
    random = np.random.default_rng(0)
    rows = np.empty((ROWS, len(model.feature_names)))
    for place, info in enumerate(model.feature_infos):
        rows[:, place] = _within(info, random.random(ROWS))
    rows[random.random(rows.shape) < 0.125] = np.nan
    rows[0] = np.nan
    return rows


def _within(info: str, shares: F64) -> F64:
    """Return values in LightGBM's ``[lowest:highest]``, more of the low ones, or of categories."""
    numbers = np.array([float(one) for one in info.strip("[]").split(":") if one != "none"])
    if not len(numbers) or not np.isfinite(numbers).all():
        return shares
    if info.startswith("["):
        return numbers[0] + (numbers[-1] - numbers[0]) * shares**3
    return numbers[(shares * len(numbers)).astype(int)]

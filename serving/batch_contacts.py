"""The columns of a scores file that say whom it pays to contact."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from treue.models.value import YEAR_DAYS, Assumptions, kept_margins
from treue.serving.ledger import Ledger

Floats = npt.NDArray[np.float64]


class Contacts:
    """What it brings to contact each customer; the ledger itself is not kept."""

    def __init__(self, ledger: Ledger, assumptions: Assumptions) -> None:
        self._assumptions = assumptions
        self._customers = pd.Index(list(ledger.worths), dtype=object)
        worths = [*ledger.worths.values(), ledger.unknown]
        known = {
            "margin": [worth.margin for worth in worths],
            "earned_days": [
                YEAR_DAYS if worth.tenure_days is None else worth.tenure_days for worth in worths
            ],
            "reference_value": [worth.reference_value for worth in worths],
        }
        arrays = {name: np.array(values, dtype=np.float64) for name, values in known.items()}
        self._kept = kept_margins(**arrays, assumptions=assumptions)

    def of(self, customers: pa.Array, churn_probability: Floats) -> dict[str, pa.Array]:
        """Columns of some customers with these likelihoods of leaving; null without a margin."""
        places = self._customers.get_indexer(customers.to_numpy(zero_copy_only=False))
        at_risk = churn_probability * self._kept[places]  # the last is who is not in the books
        profit = self._assumptions.effect * at_risk - self._assumptions.spent
        unknown = np.isnan(profit)
        return {
            "expected_profit": pa.array(profit, mask=unknown),
            "worth_contacting": pa.array(profit > 0, mask=unknown),
        }

"""The columns of a scores file that say whom it pays to contact."""

from __future__ import annotations

import pyarrow as pa

from treue.models.value import Assumptions
from treue.serving.card import card_of
from treue.serving.ledger import Ledger


class Contacts:
    """What it brings to contact each customer."""

    def __init__(self, ledger: Ledger, assumptions: Assumptions) -> None:
        self._ledger = ledger
        self._assumptions = assumptions

    def of(self, table: pa.Table) -> dict[str, pa.Array]:
        """Columns of a chunk that has the customers and their likelihoods."""
        rows = zip(
            table["customer_id"].to_pylist(), table["churn_probability"].to_pylist(), strict=True
        )
        profits = [
            card_of(
                self._ledger.of(customer), churn_probability=p, assumptions=self._assumptions
            ).expected_profit
            for customer, p in rows
        ]
        worth = [None if profit is None else profit > 0 for profit in profits]
        return {
            "expected_profit": pa.array(profits, pa.float64()),
            "worth_contacting": pa.array(worth, pa.bool_()),
        }

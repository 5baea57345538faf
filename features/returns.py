"""Purchases that take goods or money back: which they are, and their sign."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from treue.features.judge import Flags, Judge, missing, values_of


def mark_returns(rows: pa.Table, judge: Judge) -> pa.Table:
    """Return purchases with ``is_return`` filled, and the amounts of returns not above zero.

    A negative amount is a return where nothing else is said. A return with a positive amount has
    the sign of amount, list_amount, quantity and margin turned, so that sums are net of returns.
    """
    if "amount" not in rows.column_names:
        return rows
    amount = values_of(rows, "amount")
    said, is_return = _said(rows)
    taken = ~said & (amount < 0)
    remedy = 'say which rows are returns with returns = "..." or a column is_return'
    judge.warn(rows, taken, "amount", "below zero, taken as returns", remedy)
    is_return = is_return | taken
    turned = is_return & (amount > 0)
    remedy = "write the amounts of returns below zero"
    if judge.warn(rows, turned, "amount", "above zero in returns, sign turned", remedy):
        for name in {"amount", "list_amount", "quantity", "margin"} & set(rows.column_names):
            value = rows[name]
            below = pc.negate(value if name == "margin" else pc.abs(value))
            rows = _set(rows, name, pc.if_else(pa.array(turned), below, value))
    remedy = "check the sign, or what is marked as a return"
    outside = ~is_return & (amount < 0)
    judge.warn(rows, outside, "amount", "below zero outside returns, kept", remedy)
    remedy = 'leave them out with where = "..." if nothing was bought'
    judge.warn(rows, amount == 0, "amount", "of zero, kept as purchases", remedy)
    remedy = "they count as orders of unknown amount; fill it in if you can"
    judge.warn(rows, missing(rows, "amount"), "amount", "without a value, kept", remedy)
    return _set(rows, "is_return", pa.chunked_array([pa.array(is_return)]))


def _said(rows: pa.Table) -> tuple[Flags, Flags]:
    """Return of which rows (n,) it is said whether they are returns, and which are."""
    if "is_return" not in rows.column_names:
        nothing = np.zeros(rows.num_rows, dtype=bool)
        return nothing, nothing
    given = pc.fill_null(rows["is_return"], False)
    return ~missing(rows, "is_return"), np.asarray(given.to_numpy())


def _set(rows: pa.Table, name: str, values: pa.ChunkedArray) -> pa.Table:
    if name in rows.column_names:
        return rows.set_column(rows.column_names.index(name), name, values)
    return rows.append_column(name, values)

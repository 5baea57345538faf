"""Purchases that take goods or money back: which they are, and their sign."""

import pyarrow as pa
import pyarrow.compute as pc

from treue.features.judge import Judge


def mark_returns(rows: pa.Table, judge: Judge) -> pa.Table:
    """Return purchases with ``is_return`` filled, and the amounts of returns not above zero.

    A negative amount is a return where nothing else is said. A return with a positive amount has
    the sign of amount, list_amount, quantity and margin turned, so that sums are net of returns.
    """
    if "amount" not in rows.column_names:
        return rows
    amount = rows["amount"]
    given = rows["is_return"] if "is_return" in rows.column_names else _nothing(rows)
    taken = pc.fill_null(pc.and_(pc.is_null(given), pc.less(amount, 0)), False)
    remedy = 'say which rows are returns with returns = "..." or a column is_return'
    judge.warn(rows, taken, "amount", "below zero, taken as returns", remedy)
    is_return = pc.or_(taken, pc.fill_null(given, False))
    turned = pc.fill_null(pc.and_(is_return, pc.greater(amount, 0)), False)
    remedy = "write the amounts of returns below zero"
    if judge.warn(rows, turned, "amount", "above zero in returns, sign turned", remedy):
        for name in {"amount", "list_amount", "quantity", "margin"} & set(rows.column_names):
            value = rows[name]
            below = pc.negate(value if name == "margin" else pc.abs(value))
            rows = _set(rows, name, pc.if_else(turned, below, value))
    negative = pc.and_(pc.invert(is_return), pc.less(amount, 0))
    remedy = "check the sign, or what is marked as a return"
    judge.warn(rows, negative, "amount", "below zero outside returns, kept", remedy)
    remedy = 'leave them out with where = "..." if nothing was bought'
    judge.warn(rows, pc.equal(amount, 0), "amount", "of zero, kept as purchases", remedy)
    remedy = "they count as orders of unknown amount; fill it in if you can"
    judge.warn(rows, pc.is_null(amount), "amount", "without a value, kept", remedy)
    return _set(rows, "is_return", is_return)


def _nothing(rows: pa.Table) -> pa.ChunkedArray:
    return pa.chunked_array([pa.nulls(rows.num_rows, pa.bool_())])


def _set(rows: pa.Table, name: str, values: pa.ChunkedArray) -> pa.Table:
    if name in rows.column_names:
        return rows.set_column(rows.column_names.index(name), name, values)
    return rows.append_column(name, values)

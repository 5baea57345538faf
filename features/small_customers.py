"""The customers of a panel, each at each cutoff, and which rows are theirs.

`slot` says which of the cutoffs a row is looked at from; where there is one, it is None.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from treue.features.small_columns import Column
from treue.features.small_groups import LOWEST, Groups

NOBODY = Groups(None, np.zeros(0, np.int64), 0, np.zeros(0, np.int64))
"""The rows of the customers of a panel where none has any."""


def crossed(rows: int, cutoffs: int) -> Any:
    """The rows once for each cutoff."""
    return None if cutoffs == 1 else np.tile(np.arange(rows), cutoffs)


def slots(rows: int, cutoffs: int) -> Column | None:
    """Which cutoff each of the crossed rows is looked at from; None where there is one."""
    return None if cutoffs == 1 else (np.repeat(np.arange(cutoffs), rows), None)


def slot_taken(slot: Column | None, rows: Any) -> Column | None:
    """The cutoff of some of the rows."""
    return slot if slot is None or rows is None else (slot[0][rows], None)


def slot_stacked(a: Column | None, b: Column | None) -> Column | None:
    """The cutoffs of rows below each other."""
    return None if a is None or b is None else (np.concatenate([a[0], b[0]]), None)


def cutoff_of(cutoffs: Any, slot: Column | None) -> Column:
    """The cutoff that each row is looked at from; one number where there is one."""
    return (int(cutoffs[0]) if slot is None else cutoffs[slot[0]]), None


def placed(customer: Column, slot: Column | None, customers: int) -> Any:
    """One number for a customer at a cutoff; unknown customers are below all."""
    codes = customer[0] if customer[1] is None else np.where(customer[1], customer[0], LOWEST)
    return codes if slot is None else codes + slot[0] * customers


def gathered(keys: Any, spine: Any) -> Groups:
    """The rows of the customers of a panel, by customer.

    `keys` and `spine` are numbers as `placed` gives them; `spine` is sorted.
    """
    if not len(spine) or not len(keys):
        return NOBODY
    at = np.minimum(np.searchsorted(spine, keys), len(spine) - 1)
    inside = spine[at] == keys
    order = None
    if np.count_nonzero(inside) < len(inside):
        (order,) = inside.nonzero()
        at = at[order]
        if not len(at):
            return NOBODY
    if len(spine) == 1:
        return Groups(order, np.zeros(1, np.int64), len(at), at[:1])
    if np.count_nonzero(at[1:] < at[:-1]):
        again = np.argsort(at, kind="stable")
        order, at = again if order is None else order[again], at[again]
    starts = np.append(True, at[1:] != at[:-1]).nonzero()[0]
    return Groups(order, starts, len(at), at[starts])


def scattered(a: Column, groups: Groups, spine: Any, *, fill: Any) -> Column:
    """A column of the customers who have rows as one of all customers of the panel."""
    values, known = a
    if len(groups.places) < len(spine):
        found, there = np.zeros(len(spine), values.dtype), np.zeros(len(spine), bool)
        found[groups.places] = values
        there[groups.places] = True if known is None else known
        values, known = found, there
    if fill is None or known is None:
        return values, known
    return np.where(known, values, fill), None


def nothing(spine: Any, *, fill: Any, like: Any) -> Column:
    """The same where no customer has any row; of the type of `like`."""
    if fill is None:
        return np.full(len(spine), like), np.zeros(len(spine), bool)
    return np.full(len(spine), fill), None

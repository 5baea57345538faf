"""Folds that never split a customer."""

from typing import Any

import numpy as np
import numpy.typing as npt


def customer_folds(
    y: npt.NDArray[np.int_], customers: npt.NDArray[Any], *, n_folds: int, seed: int
) -> npt.NDArray[np.int_]:
    """Return each row's fold, 0 … n_folds - 1; all rows of a customer lie in the same one.

    Customers are sorted by their share of positives, then by their number of rows, ties at
    random, and dealt out like cards. So folds hold nearly the same number of customers,
    positives and rows, and as soon as two customers have a class, every training part has it:
    customers with a class stand side by side in that order and go to different folds.
    (scikit-learn's StratifiedGroupKFold balances as well, but loops over customers in Python.)

    Parameters
    ----------
    y : array (n,)
        0 or 1.
    customers : array (n,)
        Customer of each row.

    Examples
    --------
    >>> customer_folds(np.array([0, 0, 1, 1]), np.array(["a", "a", "b", "c"]), n_folds=2, seed=0)
    array([0, 0, 1, 0])
    """
    _, customer, rows = np.unique(customers, return_inverse=True, return_counts=True)
    share = np.bincount(customer, weights=y) / rows
    ties = np.random.default_rng(seed).permutation(len(rows))
    fold = np.empty(len(rows), dtype=np.int_)
    fold[np.lexsort((ties, rows, share))] = np.arange(len(rows)) % n_folds
    return fold[customer]

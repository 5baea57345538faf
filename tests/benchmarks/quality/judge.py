"""Figures of a cell with bootstrap replicates that all cells of a set share.

One replicate draws the customers of all judged cutoffs of a set, so that a customer comes with all
rows or with none, and the same draw judges every method at every cutoff. The difference of two
methods, at one cutoff or on the mean over several, is then the difference of their replicates.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from cells import SEED, Cell

from treue.models.intervals import METRICS
from treue.models.ranked import rank

REPLICATES = 500
_SELF = Path(__file__).read_bytes()  # as it was imported, whatever is on disk by now
SHOWN = ("auroc", "average_precision", "log_loss", "brier", "ece", "lift_10", "empc")


@dataclass(frozen=True)
class Figures:
    """Metric -> the figure and its replicates (n,)."""

    value: dict[str, float]
    draws: dict[str, np.ndarray]


def figures(cell: Cell, customers: pd.Index) -> Figures:
    """What a cell's predictions are worth; reckoned once and kept beside them.

    Parameters
    ----------
    customers
        All customers of all judged cutoffs of the set, sorted.
    """
    path = cell.predictions.with_suffix(".npz")
    made_of = hashlib.sha256(cell.predictions.read_bytes())
    made_of.update(str(pd.util.hash_pandas_object(customers).sum()).encode())
    made_of.update(_SELF)
    stamp = made_of.hexdigest()
    if path.exists():
        with np.load(path) as kept:
            if str(kept["stamp"]) == stamp:
                names = [name for name in kept.files if name != "stamp"]
                return Figures(
                    {name: float(kept[name][0]) for name in names},
                    {name: kept[name][1:] for name in names},
                )
    frame = cell.frame()
    place = customers.get_indexer(frame.index)
    ranked = rank(frame["outcome"].to_numpy(), frame["p"].to_numpy())
    rng = np.random.default_rng([SEED, zlib.crc32(cell.one.name.encode())])
    found = np.full((REPLICATES + 1, len(SHOWN)), np.nan)
    for replicate in range(REPLICATES + 1):
        if replicate:
            drawn = rng.integers(len(customers), size=len(customers))
            counts = np.bincount(drawn, minlength=len(customers))[place].astype(float)
        else:
            counts = np.ones(len(place))
        weights = counts[ranked.order]
        found[replicate] = [METRICS[name](ranked, weights) for name in SHOWN]
    columns = dict(zip(SHOWN, found.T, strict=True))
    arrays: dict[str, Any] = {"stamp": np.array(stamp), **columns}
    np.savez(path, **arrays)
    return Figures(
        {name: float(column[0]) for name, column in columns.items()},
        {name: column[1:] for name, column in columns.items()},
    )


def ece_by_chance(cell: Cell, draws: int = 100) -> float:
    """What the calibration error would be if every probability of the cell were right.

    Its mean over outcomes drawn from the probabilities themselves: with few customers it is not 0.
    """
    p = cell.frame()["p"].to_numpy()
    rng = np.random.default_rng([SEED, zlib.crc32(cell.one.name.encode())])
    drawn = ((rng.random(len(p)) < p).astype(int) for _ in range(draws))
    weights = np.ones(len(p))
    return float(np.mean([METRICS["ece"](rank(outcome, p), weights) for outcome in drawn]))

"""Which way explains some rows soonest, set-up included."""

import sys
from typing import Literal

Method = Literal["lightgbm", "quadrature", "tables"]

# Seconds, roughly, of one core; only the points where one way overtakes another depend on them.
_LIGHTGBM_ROW = 0.28e-6  # a row and a leaf
_QUADRATURE_SET_UP, _QUADRATURE_ROW = 55e-6, 13e-9  # a leaf; a row and a leaf
_TABLES_SET_UP, _TABLES_ROW = 110e-6, 2e-9
_COMPILED = 0.8  # to load what is compiled, once a process


def cheapest(
    rows: int,
    *,
    leaves: int,
    quadrature_ready: bool = False,
    tables_ready: bool = False,
    lightgbm: bool = True,
    threads: int = 1,
) -> Method:
    """Return the way that takes least time.

    Parameters
    ----------
    rows : int
        To explain now, and before in ways that needed no set-up.
    leaves : int
        Of all trees.
    quadrature_ready, tables_ready : bool
        Whether a plan without or with tables is there already.
    lightgbm : bool
        Whether LightGBM's own way gives what is wanted.
    threads : int
    """
    load = 0.0 if f"{__package__}.kernels_tables" in sys.modules else _COMPILED
    seconds: dict[Method, float] = {
        "tables": rows * leaves * _TABLES_ROW / threads
        + (0.0 if tables_ready else leaves * _TABLES_SET_UP + load),
        "quadrature": rows * leaves * _QUADRATURE_ROW / threads
        + (0.0 if quadrature_ready else leaves * _QUADRATURE_SET_UP + load),
    }
    if lightgbm:
        seconds["lightgbm"] = rows * leaves * _LIGHTGBM_ROW / threads
    return min(seconds, key=lambda method: seconds[method])

"""The arrays that a plan is made of, in the forms that compiled functions take."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
U16 = npt.NDArray[np.uint16]
F64 = npt.NDArray[np.float64]


class Steps(NamedTuple):
    """Small numbers that follow from codes, as sums of steps and of look-ups.

    Number n is, modulo 65,536, ``first[n]`` plus ``weight[k]`` for every step k from
    ``start[n]`` to ``start[n + 1]`` with ``code of column[k] > cut[k]``, plus
    ``value[look_at[k] + code of look_column[k]]`` for every look-up k from ``look_start[n]``.
    """

    first: U16
    start: I64
    column: I32
    cut: U16
    weight: U16
    look_start: I64
    look_column: I32
    look_at: I64
    value: U16


class Pieces(NamedTuple):
    """Tables: piece p has a column of `cells[p]` numbers for each of its asked columns.

    The first of them begins at `table_start[p]` of the tables; the asked columns are
    ``column[pair_start[p]:pair_start[p + 1]]`` and have ``states[...]`` states each, the first
    changing fastest from cell to cell. Its leaves are ``leaf_start[p]`` to ``leaf_start[p + 1]``.
    """

    pair_start: I64
    column: I32
    states: I32
    cells: I64
    table_start: I64
    leaf_start: I64


class Leaves(NamedTuple):
    """Leaves of pieces, with what is asked on the way to each.

    On the way to leaf l, for k from ``path_start[l]`` to ``path_start[l + 1]``, the piece's column
    number ``pair[k]`` is asked; the product of its cover ratios is ``ratio[k]``, and
    ``inside[inside_at[k] + state]`` says which of its states stay on the path.
    """

    value: F64
    path_start: I64
    ratio: F64
    pair: I32
    inside_at: I64
    inside: U8


class Nests(NamedTuple):
    """Leaves reckoned by quadrature, nest by nest.

    Of all leaves of nest n the entries ``common_start[n]`` to ``common_end[n]`` are asked, of its
    leaf l, from ``leaf_start[n]`` to ``leaf_start[n + 1]``, also those from ``own_start[l]`` to
    ``own_end[l]``. Entry k asks ``column[k]``, with ``ratio[k]`` the product of cover ratios; it
    is satisfied where number k of the conditions is 1.
    """

    nodes: I64
    common_start: I64
    common_end: I64
    leaf_start: I64
    value: F64
    own_start: I64
    own_end: I64
    column: I32
    ratio: F64


class Patterns(NamedTuple):
    """What background rows satisfy of the ways to leaves, where contributions are relative to them.

    Of nest n, which then is a single leaf, the patterns are those from ``start[n]`` to
    ``start[n + 1]``: bit j of ``met[k]`` says that entry j is satisfied, ``share[k]`` is the share
    of the rows that show the pattern.
    """

    start: I64
    met: I64
    share: F64


class Quadrature(NamedTuple):
    """Gauss-Legendre nodes and weights on (0, 1); those of q nodes begin at ``start[q]``."""

    start: I64
    node: F64
    weight: F64


def quadrature(most: int) -> Quadrature:
    """Return the rules of 1 to `most` nodes."""
    nodes, weights = [], []
    for count in range(1, most + 1):
        node, weight = np.polynomial.legendre.leggauss(count)
        nodes.append((node + 1) / 2)
        weights.append(weight / 2)
    start = np.concatenate([[0], np.cumsum(np.arange(most + 1))]).astype(np.int64)
    return Quadrature(start, np.concatenate(nodes), np.concatenate(weights))

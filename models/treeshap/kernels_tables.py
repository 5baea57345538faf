"""Compiled: fill the tables of pieces, look contributions up in them."""

import numpy as np

from treue.models.treeshap.arrays import F64, U16, Leaves, Pieces, Quadrature, Steps
from treue.models.treeshap.compiled import compiled
from treue.models.treeshap.kernels_codes import add_steps


@compiled()
def look_up(
    codes: U16, phi: F64, cells: Steps, pieces: Pieces, tables: F64, first: int, last: int
) -> None:
    """Add what pieces `first` to `last` give to contributions (asked, rows).

    `tables` begins with the table of piece `first`.
    """
    rows = codes.shape[1]
    cell = np.empty(rows, np.uint16)
    offset = pieces.table_start[first]
    for piece in range(first, last):
        add_steps(cells, piece, codes, cell, rows)
        size = pieces.cells[piece]
        at = pieces.table_start[piece] - offset
        pair, end = pieces.pair_start[piece], pieces.pair_start[piece + 1]
        # two columns at once, so that a row's cell is read once for both
        while pair + 2 <= end:
            table_a, table_b = tables[at : at + size], tables[at + size : at + 2 * size]
            into_a, into_b = phi[pieces.column[pair]], phi[pieces.column[pair + 1]]
            for row in range(rows):
                here = cell[row]
                into_a[row] += table_a[here]
                into_b[row] += table_b[here]
            at += 2 * size
            pair += 2
        if pair < end:
            table, into = tables[at : at + size], phi[pieces.column[pair]]
            for row in range(rows):
                into[row] += table[cell[row]]


@compiled()
def fill(
    pieces: Pieces, leaves: Leaves, rule: Quadrature, tables: F64, first: int, last: int
) -> None:
    """Fill the tables of pieces `first` to `last`; `tables` begins with the first of them.

    Of a leaf with value v, on whose way d columns are asked with cover ratios z, and a row that
    satisfies (o = 1) or fails (o = 0) what is asked, the contributions are

    ``phi_j = v (o_j - z_j) integral over t of product over k != j of (z_k (1 - t) + o_k t)``.
    """
    most = 1
    for piece in range(first, last):
        for leaf in range(pieces.leaf_start[piece], pieces.leaf_start[piece + 1]):
            most = max(most, leaves.path_start[leaf + 1] - leaves.path_start[leaf])
    product = np.empty(1 << most)
    share = np.empty((most, 1 << most))
    fails = np.empty(1 << most)
    offset = pieces.table_start[first]
    for piece in range(first, last):
        begin = pieces.table_start[piece] - offset
        tables[begin : pieces.table_start[piece + 1] - offset] = 0.0
        for leaf in range(pieces.leaf_start[piece], pieces.leaf_start[piece + 1]):
            start = leaves.path_start[leaf]
            d = leaves.path_start[leaf + 1] - start
            leaf_shares(
                leaves.value[leaf], leaves.ratio[start : start + d], rule, product, fails, share
            )
            spread(pieces, leaves, piece, leaf, share, tables[begin:])


@compiled(fastmath={"contract"})
def leaf_shares(
    value: float, ratio: F64, rule: Quadrature, product: F64, fails: F64, share: F64
) -> None:
    """Fill share[j, o]: what column j adds for each pattern o of conditions satisfied."""
    d = len(ratio)
    patterns = 1 << d
    count = max(1, (d + 1) // 2)
    fails[:patterns] = 0.0
    share[:d, :patterns] = 0.0
    for node in range(rule.start[count], rule.start[count] + count):
        t = rule.node[node]
        product[0] = rule.weight[node] * value
        for j in range(d):
            bit = 1 << j
            without = ratio[j] * (1.0 - t)
            for o in range(bit):
                product[o + bit] = product[o] * (without + t)
                product[o] *= without
        # (o_j - z_j) over the factor of j: -1 / (1 - t) where o_j = 0, whatever z_j is
        inverse = 1.0 / (1.0 - t)
        for o in range(patterns):
            fails[o] += product[o] * inverse
        for j in range(d):
            factor = (1.0 - ratio[j]) / (ratio[j] * (1.0 - t) + t)
            into = share[j]
            for o in range(patterns):
                into[o] += product[o] * factor
    for j in range(d):
        bit = 1 << j
        for o in range(patterns):
            if not o & bit:
                share[j, o] = -fails[o]


@compiled()
def spread(pieces: Pieces, leaves: Leaves, piece: int, leaf: int, share: F64, table: F64) -> None:
    """Add a leaf's shares to all cells of its piece."""
    cells = pieces.cells[piece]
    first_pair = pieces.pair_start[piece]
    start, end = leaves.path_start[leaf], leaves.path_start[leaf + 1]
    pattern = np.zeros(cells, np.uint16)
    for k in range(start, end):
        stride = 1
        for pair in range(first_pair, first_pair + leaves.pair[k]):
            stride *= pieces.states[pair]
        states = pieces.states[first_pair + leaves.pair[k]]
        bit = np.uint16(1 << (k - start))
        for state in range(states):
            if leaves.inside[leaves.inside_at[k] + state]:
                for block in range(state * stride, cells, stride * states):
                    for cell in range(block, block + stride):
                        pattern[cell] |= bit
    for k in range(start, end):
        into = table[leaves.pair[k] * cells : (leaves.pair[k] + 1) * cells]
        values = share[k - start]
        for cell in range(cells):
            into[cell] += values[pattern[cell]]

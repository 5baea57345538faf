"""Compiled: contributions relative to the rows of a background.

For a row and a background row that between them satisfy all that is asked on the way to a leaf of
value v, with x of the columns satisfied by the row alone and y by the other alone, each of the
former gets ``v (x - 1)! y! / (x + y)!``, each of the latter ``-v x! (y - 1)! / (x + y)!``.
"""

import numpy as np

from treue.models.treeshap.arrays import F64, U16, Leaves, Nests, Patterns, Pieces, Steps
from treue.models.treeshap.compiled import compiled
from treue.models.treeshap.kernels_codes import add_steps
from treue.models.treeshap.kernels_tables import spread

REMEMBERED = 16  # conditions whose patterns are remembered within a block of rows


@compiled()
def parts_of_orders(most: int) -> F64:
    """Return (x - 1)! y! / (x + y)! for x, y with x + y up to `most`."""
    split = np.zeros((most + 1, most + 1))
    for x in range(1, most + 1):
        split[x, 0] = 1.0 / x
        for y in range(1, most + 1 - x):
            split[x, y] = split[x, y - 1] * y / (x + y)
    return split


@compiled()
def relate(
    codes: U16,
    phi: F64,
    conditions: Steps,
    nests: Nests,
    patterns: Patterns,
    first: int,
    last: int,
) -> None:
    """Add what nests `first` to `last`, single leaves, give to contributions (asked, rows)."""
    rows = codes.shape[1]
    most = 1
    for nest in range(first, last):
        most = max(most, nests.common_end[nest] - nests.common_start[nest])
    split = parts_of_orders(most)
    number = np.empty(rows, np.uint16)
    met = np.empty(rows, np.int64)
    place = np.empty(rows, np.int64)
    shares = np.empty((rows, most))
    known = np.full(1 << min(most, REMEMBERED), -1, np.int64)
    for nest in range(first, last):
        start, end = nests.common_start[nest], nests.common_end[nest]
        d = end - start
        met[:] = 0
        for k in range(start, end):
            add_steps(conditions, k, codes, number, rows)
            shift = k - start
            for row in range(rows):
                met[row] |= np.int64(number[row]) << shift
        value = nests.value[nests.leaf_start[nest]]
        count = 0
        for row in range(rows):
            # rows that satisfy the same get the same
            here = known[met[row]] if d <= REMEMBERED else -1
            if here < 0:
                here = count
                count += 1
                begin, stop = patterns.start[nest], patterns.start[nest + 1]
                relative_to_all(met[row], d, value, patterns, begin, stop, split, shares[here])
                if d <= REMEMBERED:
                    known[met[row]] = here
            place[row] = here
        if d <= REMEMBERED:
            for row in range(rows):
                known[met[row]] = -1
        for k in range(start, end):
            column, j = nests.column[k], k - start
            for row in range(rows):
                phi[column, row] += shares[np.uint64(place[row]), j]


@compiled()
def relative_to_all(
    met: np.int64,
    d: int,
    value: float,
    patterns: Patterns,
    first: int,
    last: int,
    split: F64,
    into: F64,
) -> None:
    """Fill the shares of a row that satisfies `met`, relative to all patterns of the background."""
    everything = (1 << d) - 1
    into[:d] = 0.0
    for k in range(first, last):
        other = patterns.met[k]
        only_row, only_other = everything & ~other, other & ~met
        if met & only_row != only_row:
            continue
        weight = value * patterns.share[k]
        x, y = ones(only_row), ones(only_other)
        for j in range(d):
            if only_row >> j & 1:
                into[j] += weight * split[x, y]
            elif only_other >> j & 1:
                into[j] -= weight * split[y, x]


@compiled()
def ones(pattern: np.int64 | int) -> int:
    """Return how many bits of a pattern are set."""
    count = 0
    while pattern:
        pattern &= pattern - 1
        count += 1
    return count


@compiled()
def fill_relative(
    pieces: Pieces,
    leaves: Leaves,
    cells: Steps,
    background: U16,
    tables: F64,
    first: int,
    last: int,
) -> None:
    """Fill the tables of pieces `first` to `last` relative to rows with codes `background`."""
    rows = background.shape[1]
    most = 1
    for piece in range(first, last):
        for leaf in range(pieces.leaf_start[piece], pieces.leaf_start[piece + 1]):
            most = max(most, leaves.path_start[leaf + 1] - leaves.path_start[leaf])
    split = parts_of_orders(most)
    share = np.empty((most, 1 << most))
    shown = np.zeros(1 << most)
    cell = np.empty(rows, np.uint16)
    offset = pieces.table_start[first]
    for piece in range(first, last):
        begin = pieces.table_start[piece] - offset
        tables[begin : pieces.table_start[piece + 1] - offset] = 0.0
        add_steps(cells, piece, background, cell, rows)
        for leaf in range(pieces.leaf_start[piece], pieces.leaf_start[piece + 1]):
            start, end = leaves.path_start[leaf], leaves.path_start[leaf + 1]
            d = end - start
            shown[: 1 << d] = 0.0
            share[:d, : 1 << d] = 0.0
            for row in range(rows):
                shown[pattern_of(pieces, leaves, piece, start, end, int(cell[row]))] += 1.0
            for met in range(1 << d):
                if shown[met] > 0.0:
                    weight = leaves.value[leaf] * shown[met] / rows
                    relative_shares(met, d, weight, split, share)
            spread(pieces, leaves, piece, leaf, share, tables[begin:])


@compiled()
def pattern_of(pieces: Pieces, leaves: Leaves, piece: int, start: int, end: int, cell: int) -> int:
    """Return which of a leaf's conditions hold in a cell of its piece, one bit each."""
    pattern = 0
    first_pair = pieces.pair_start[piece]
    for k in range(start, end):
        rest = cell
        for pair in range(first_pair, first_pair + leaves.pair[k]):
            rest //= pieces.states[pair]
        state = rest % pieces.states[first_pair + leaves.pair[k]]
        if leaves.inside[leaves.inside_at[k] + state]:
            pattern |= 1 << (k - start)
    return pattern


@compiled()
def relative_shares(met: int, d: int, value: float, split: F64, share: F64) -> None:
    """Add shares relative to background rows that satisfy the conditions `met`."""
    only_row = ((1 << d) - 1) & ~met
    x = ones(only_row)
    subset = met  # of the background's conditions, those that the row satisfies too
    while True:
        only_other = met & ~subset
        y = ones(only_other)
        pattern = only_row | subset
        for j in range(d):
            if only_row >> j & 1:
                share[j, pattern] += value * split[x, y]
            elif only_other >> j & 1:
                share[j, pattern] -= value * split[y, x]
        if subset == 0:
            break
        subset = (subset - 1) & met

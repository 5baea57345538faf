"""Compiled: contributions of leaves by quadrature, without tables.

A view of an array is counted, which costs more than some rows' work: so rows of scratch arrays are
named by two indices, and nothing is allocated on the way.
"""

import numpy as np

from treue.models.treeshap.arrays import F64, U16, Nests, Quadrature, Steps
from treue.models.treeshap.compiled import compiled

STRIP = 256  # rows reckoned at once, so that all stays in the inner caches


@compiled(fastmath={"contract"})
def reckon(
    codes: U16, phi: F64, conditions: Steps, nests: Nests, rule: Quadrature, first: int, last: int
) -> None:
    """Add what nests `first` to `last` give to contributions (asked, rows).

    The formula is that of `kernels_tables.fill`. What all leaves of a nest ask is a factor of each
    leaf's product; the contributions of the columns so asked follow from the sum of the products.
    """
    rows = codes.shape[1]
    most, nodes = 1, 1
    for nest in range(first, last):
        most = max(most, nests.common_end[nest] - nests.common_start[nest])
        nodes = max(nodes, nests.nodes[nest])
        for leaf in range(nests.leaf_start[nest], nests.leaf_start[nest + 1]):
            most = max(most, nests.own_end[leaf] - nests.own_start[leaf])
    met, met_own = np.empty((most, STRIP)), np.empty((most, STRIP))
    shared, product = np.empty((nodes, STRIP)), np.empty((nodes, STRIP))
    total, work = np.empty((nodes, STRIP)), np.empty((3, STRIP))
    factor = np.empty(nodes)
    for start in range(0, rows, STRIP):
        size = min(STRIP, rows - start)
        for nest in range(first, last):
            count, at = nests.nodes[nest], rule.start[nests.nodes[nest]]
            a, b = nests.common_start[nest], nests.common_end[nest]
            satisfy(conditions, a, b, codes, start, met, size)
            for node in range(count):
                for row in range(size):
                    shared[node, row] = rule.weight[at + node]
                    total[node, row] = 0.0
                multiply(met, nests.ratio, a, b, rule.node[at + node], shared, node, size)
            for leaf in range(nests.leaf_start[nest], nests.leaf_start[nest + 1]):
                c, d = nests.own_start[leaf], nests.own_end[leaf]
                satisfy(conditions, c, d, codes, start, met_own, size)
                for node in range(count):
                    for row in range(size):
                        product[node, row] = shared[node, row] * nests.value[leaf]
                    multiply(met_own, nests.ratio, c, d, rule.node[at + node], product, node, size)
                    for row in range(size):
                        total[node, row] += product[node, row]
                if d > c:
                    give(
                        product,
                        rule,
                        at,
                        count,
                        met_own,
                        nests,
                        c,
                        d,
                        phi,
                        start,
                        size,
                        work,
                        factor,
                    )
            give(total, rule, at, count, met, nests, a, b, phi, start, size, work, factor)


@compiled()
def satisfy(
    conditions: Steps, first: int, last: int, codes: U16, start: int, met: F64, size: int
) -> None:
    """Fill whether each row satisfies conditions `first` to `last`, as 1 or 0."""
    for k in range(first, last):
        number = k - first
        base = np.float64(conditions.first[k])
        for row in range(size):
            met[number, row] = base
        for s in range(conditions.start[k], conditions.start[k + 1]):
            column, cut = conditions.column[s], conditions.cut[s]
            weight = np.float64(np.int16(conditions.weight[s]))
            for row in range(size):
                met[number, row] += weight if codes[column, start + row] > cut else 0.0
        for s in range(conditions.look_start[k], conditions.look_start[k + 1]):
            column, at = conditions.look_column[s], conditions.look_at[s]
            for row in range(size):
                value = conditions.value[at + codes[column, start + row]]
                met[number, row] += np.float64(np.int16(value))


@compiled(fastmath={"contract"})
def multiply(
    met: F64, ratio: F64, first: int, last: int, t: float, into: F64, node: int, size: int
) -> None:
    """Multiply by the factors of entries `first` to `last` at a node t, four at a time."""
    rest = 1.0 - t
    k = first
    while k + 4 <= last:
        a, b, c, d = ratio[k] * rest, ratio[k + 1] * rest, ratio[k + 2] * rest, ratio[k + 3] * rest
        j = k - first
        for row in range(size):
            one = (a + t * met[j, row]) * (b + t * met[j + 1, row])
            other = (c + t * met[j + 2, row]) * (d + t * met[j + 3, row])
            into[node, row] *= one * other
        k += 4
    while k < last:
        a, j = ratio[k] * rest, k - first
        for row in range(size):
            into[node, row] *= a + t * met[j, row]
        k += 1


@compiled(fastmath={"contract"})
def give(
    product: F64,
    rule: Quadrature,
    at: int,
    count: int,
    met: F64,
    nests: Nests,
    first: int,
    last: int,
    phi: F64,
    start: int,
    size: int,
    work: F64,
    factor: F64,
) -> None:
    """Add to the contributions of entries `first` to `last` what follows from the products."""
    for node in range(count):
        factor[node] = 1.0 / (1.0 - rule.node[at + node])
    combine(product, factor, count, work, 0, size)
    for k in range(first, last):
        ratio = nests.ratio[k]
        for node in range(count):
            t = rule.node[at + node]
            factor[node] = (1.0 - ratio) / (ratio * (1.0 - t) + t)
        combine(product, factor, count, work, 1, size)
        column, j = nests.column[k], k - first
        for row in range(size):
            share = met[j, row] * (work[1, row] + work[0, row]) - work[0, row]
            phi[column, start + row] += share


@compiled(fastmath={"contract"})
def combine(product: F64, factor: F64, count: int, into: F64, place: int, size: int) -> None:
    """Fill the sum of the products of all nodes, each times its factor."""
    a = factor[0]
    for row in range(size):
        into[place, row] = product[0, row] * a
    n = 1
    while n + 3 <= count:
        a, b, c = factor[n], factor[n + 1], factor[n + 2]
        for row in range(size):
            into[place, row] += (
                product[n, row] * a + product[n + 1, row] * b + product[n + 2, row] * c
            )
        n += 3
    while n < count:
        a = factor[n]
        for row in range(size):
            into[place, row] += product[n, row] * a
        n += 1

"""Trees cut into pieces, each of which is looked up in one table or reckoned leaf by leaf.

What a piece of a tree adds to the contributions depends on a row only through the *state* of each
column that the piece, or the path to it, asks. The product of the numbers of states is the number
of cells of the piece's table. Dynamic programming from the leaves up finds the cut that costs
least time a row.
"""

from dataclasses import dataclass
from math import prod
from typing import TypeAlias

import numpy as np

from treue.models.treeshap.codes import CodeSpace
from treue.models.treeshap.trees import Tree

MOST_CELLS = 4096  # a table's column then stays in the innermost cache

# Nanoseconds a row, roughly; only their ratios matter.
_LOOK_UP = 0.45  # one column of one table
_FAR = 1.8  # what that costs more where a table is as large as MOST_CELLS
_STEP = 0.1  # one step of a state
_PIECE = 0.3
_NODE = 0.7  # one column of one leaf at one quadrature node
_RELATIVE = 60.0  # one leaf, held against all patterns of a background

Path: TypeAlias = dict[int, tuple[int, float]]
"""Of each column asked on the way: the codes let through, and the product of cover ratios."""

States: TypeAlias = dict[int, list[int]]
"""Of each column: sets of codes that a piece cannot tell apart; together all codes."""


@dataclass(frozen=True)
class Leaf:
    """A leaf and the way to it."""

    value: float
    path: Path
    node: int = 0  # as its tree numbers it


@dataclass(frozen=True)
class Piece:
    """Leaves with the states of all columns asked on the ways to them.

    `lone` is a leaf that is reckoned by quadrature, as no table would be quicker.
    """

    states: States
    leaves: list[Leaf]
    cost: float
    lone: bool = False


@dataclass(frozen=True)
class _Choice:
    cost: float
    roots: tuple[tuple[int, States, float, bool], ...]


def quadrature_nodes(columns: int) -> int:
    """Return the nodes that integrate a polynomial of degree `columns - 1` exactly."""
    return max(1, (columns + 1) // 2)


def cut(tree: Tree, space: CodeSpace, *, relative: bool = False) -> list[Piece]:
    """Return the pieces of a tree, whose leaves together are the tree's.

    Parameters
    ----------
    tree : Tree
    space : CodeSpace
    relative : bool
        Whether contributions are relative to background rows.
    """
    order = from_the_root(tree)
    left = [space.left(tree, split) for split in range(len(tree.feature))]
    paths = node_paths(tree, space, left)
    leaves = {
        node: Leaf(float(tree.leaf_value[~node]), paths[node], node) for node in order if node < 0
    }
    partitions: dict[int, States | None] = {}
    best: dict[int, _Choice] = {}
    for node in reversed(order):
        if node < 0:
            partitions[node] = {}
            states = _states({}, paths[node], space)
            lone = _RELATIVE if relative else leaf_cost(paths[node])
            tabled = table_cost(states)
            cost = min(lone, tabled)
            best[node] = _Choice(cost, ((node, states, cost, lone < tabled),))
            continue
        below = int(tree.left[node]), int(tree.right[node])
        apart = _Choice(
            best[below[0]].cost + best[below[1]].cost, best[below[0]].roots + best[below[1]].roots
        )
        partition = _merge(
            partitions[below[0]],
            partitions[below[1]],
            _column(tree, node, space),
            left[node],
            space,
        )
        partitions[node] = partition
        best[node] = apart
        if partition is not None:
            states = _states(partition, paths[node], space)
            if (cost := table_cost(states)) <= apart.cost:
                best[node] = _Choice(cost, ((node, states, cost, False),))
            if prod(len(s) for s in states.values()) > MOST_CELLS:
                partitions[node] = None  # no node above can have fewer cells
    return [
        Piece(states, [leaves[leaf] for leaf in _leaves_below(tree, root)], cost, lone)
        for root, states, cost, lone in best[0].roots
    ]


def from_the_root(tree: Tree) -> list[int]:
    """Return all nodes, each after its parent."""
    order = [0]
    for node in order:
        if node >= 0:
            order += [int(tree.left[node]), int(tree.right[node])]
    return order


def _leaves_below(tree: Tree, root: int) -> list[int]:
    found, open_nodes = [], [root]
    while open_nodes:
        node = open_nodes.pop()
        if node < 0:
            found.append(node)
        else:
            open_nodes += [int(tree.right[node]), int(tree.left[node])]
    return found


def _column(tree: Tree, node: int, space: CodeSpace) -> int:
    return space.of_column[int(tree.feature[node])]


def node_paths(tree: Tree, space: CodeSpace, left: list[int]) -> dict[int, Path]:
    """Return the way to each split (0, 1, …) and leaf (-1, -2, …)."""
    order = from_the_root(tree)
    paths: dict[int, Path] = {0: {}}
    cover = {
        node: float(tree.cover[node] if node >= 0 else tree.leaf_cover[~node]) for node in order
    }
    for node in order:
        if node < 0:
            continue
        column = _column(tree, node, space)
        everything = space.everything(int(tree.feature[node]))
        codes, ratio = paths[node].get(column, (everything, 1.0))
        for child, side in (
            (int(tree.left[node]), left[node]),
            (int(tree.right[node]), everything & ~left[node]),
        ):
            share = cover[child] / cover[node] if cover[node] else 0.0
            paths[child] = {**paths[node], column: (codes & side, ratio * share)}
    return paths


def _merge(
    one: States | None, other: States | None, column: int, left: int, space: CodeSpace
) -> States | None:
    """Return the coarsest partition that is finer than both and than a split; None is too fine."""
    if one is None or other is None:
        return None
    merged = dict(one)
    for asked, sets in other.items():
        merged[asked] = finer(merged[asked], sets) if asked in merged else sets
    everything = space.everything(space.columns[column])
    split = [side for side in (left, everything & ~left) if side]
    merged[column] = finer(merged[column], split) if column in merged else split
    return merged


def finer(one: list[int], other: list[int]) -> list[int]:
    """Return the sets that both partitions tell apart."""
    return [both for a in one for b in other if (both := a & b)]


def _states(partition: States, path: Path, space: CodeSpace) -> States:
    """Return what a piece tells apart: on its path, all codes that leave the path are one state."""
    states = dict(partition)
    for column, (codes, _) in path.items():
        outside = space.everything(space.columns[column]) & ~codes
        inside = [both for s in partition.get(column, (codes,)) if (both := s & codes)]
        states[column] = [*inside, outside] if outside else inside
    return states


def leaf_cost(path: Path) -> float:
    """Return what reckoning a leaf by quadrature costs."""
    return _NODE * len(path) * quadrature_nodes(len(path))


def table_cost(states: States) -> float:
    """Return what looking up all columns of a table costs; infinity if it is too large."""
    # a column that lets every row through still takes a bit of a leaf's pattern
    cells = prod(max(2, len(s)) for s in states.values())
    if cells > MOST_CELLS:
        return np.inf
    steps = sum(len(s) for s in states.values()) - len(states)
    return _PIECE + _STEP * steps + len(states) * (_LOOK_UP + _FAR * cells / MOST_CELLS)

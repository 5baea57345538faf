"""Leaves reckoned by quadrature, gathered into nests that share what is asked on the way.

What is asked alike on the ways to all leaves of a nest is multiplied and summed once for all of
them, as if the nest were one leaf with several values.
"""

from collections.abc import Collection
from dataclasses import dataclass

from treue.models.treeshap.codes import CodeSpace
from treue.models.treeshap.cut import Leaf, Path, from_the_root, node_paths, quadrature_nodes
from treue.models.treeshap.trees import Tree

_LEAF = 2  # what a leaf costs besides what is asked, in columns asked


@dataclass(frozen=True)
class Nest:
    """Leaves, each with what only its own way asks, and what is asked of all of them."""

    common: Path
    leaves: list[Leaf]

    @property
    def nodes(self) -> int:
        """Return how many quadrature nodes make the integrals of all leaves exact."""
        return max(quadrature_nodes(len(self.common) + len(leaf.path)) for leaf in self.leaves)


def nests(leaves: Collection[Leaf], tree: Tree) -> list[Nest]:
    """Return nests of leaves of one tree that cost least time.

    Parameters
    ----------
    leaves : collection of Leaf
        Not all of the tree's leaves need be among them.
    tree : Tree
    """
    best: dict[int, tuple[float, list[Nest]]] = {}
    whole: dict[int, Nest] = {}
    for leaf in leaves:
        whole[leaf.node] = Nest(leaf.path, [Leaf(leaf.value, {})])
        best[leaf.node] = _cost(whole[leaf.node]), [whole[leaf.node]]
    for node in reversed(from_the_root(tree)):
        if node < 0:
            continue
        below = [child for child in (int(tree.left[node]), int(tree.right[node])) if child in best]
        if len(below) < 2:
            for child in below:
                best[node] = best[child]
                if child in whole:
                    whole[node] = whole[child]
            continue
        one, other = below
        best[node] = best[one][0] + best[other][0], best[one][1] + best[other][1]
        if one in whole and other in whole:
            together = _join(whole[one], whole[other])
            if (cost := _cost(together)) <= best[node][0]:
                best[node] = cost, [together]
            if together.common:
                whole[node] = together
    return best[0][1] if 0 in best else []


def all_leaves(tree: Tree, space: CodeSpace) -> list[Leaf]:
    """Return every leaf of a tree, as `nests` takes them."""
    left = [space.left(tree, split) for split in range(len(tree.feature))]
    paths = node_paths(tree, space, left)
    return [Leaf(float(tree.leaf_value[~n]), path, n) for n, path in paths.items() if n < 0]


def _join(one: Nest, other: Nest) -> Nest:
    common = dict(one.common.items() & other.common.items())
    leaves = [
        Leaf(leaf.value, {**_without(nest.common, common), **leaf.path})
        for nest in (one, other)
        for leaf in nest.leaves
    ]
    return Nest(common, leaves)


def _without(path: Path, common: Path) -> Path:
    return {column: way for column, way in path.items() if column not in common}


def _cost(nest: Nest) -> float:
    asked = len(nest.common) + sum(len(leaf.path) + _LEAF for leaf in nest.leaves)
    return asked * nest.nodes

"""Trees as arrays, read from LightGBM's text."""

import json
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from treue.models.treeshap.errors import TreeShapError

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

CATEGORICAL = 1  # bits of decision_type; the missing type stands above them
DEFAULT_LEFT = 2
MISSING_NONE, MISSING_ZERO, MISSING_NAN = 0, 1, 2


@dataclass(frozen=True)
class Tree:
    """One tree; nodes are numbered from 0, the root, and leaf i is written -1 - i.

    Attributes
    ----------
    feature, threshold, decision : array (splits,)
        Column asked; threshold or, where the split is categorical, number of its set; decision
        bits.
    left, right : array (splits,)
        Children.
    cover, leaf_cover : array (splits,), (leaves,)
        Training rows that came through a split or ended in a leaf.
    leaf_value : array (leaves,)
    set_bounds, set_words : array
        The categories that go left, one bit each: words `set_bounds[s]` to `set_bounds[s + 1]`
        belong to set s.
    """

    feature: Ints
    threshold: Floats
    decision: Ints
    left: Ints
    right: Ints
    cover: Floats
    leaf_cover: Floats
    leaf_value: Floats
    set_bounds: Ints
    set_words: npt.NDArray[np.uint32]

    @property
    def expected_value(self) -> float:
        """Return the mean over the training rows."""
        if len(self.feature) == 0:
            return float(self.leaf_value[0])
        return float(self.leaf_value @ self.leaf_cover) / float(self.cover[0])

    def words(self, split: int) -> npt.NDArray[np.uint32]:
        """Return the bitset of the categories that go left at a categorical split."""
        number = int(self.threshold[split])
        return self.set_words[self.set_bounds[number] : self.set_bounds[number + 1]]

    def missing_type(self, split: int) -> int:
        """Return what counts as missing at a split: nothing, zero and NaN, or NaN."""
        return int(self.decision[split]) >> 2 & 3


@dataclass(frozen=True)
class Model:
    """One booster: trees in turn for each output, columns and what each held in training.

    `feature_infos` are LightGBM's: ``[lowest:highest]``, categories ``3:1:2`` or ``none``;
    `pandas_categories` those that pandas brought.
    """

    trees: tuple[Tree, ...]
    n_outputs: int
    feature_names: tuple[str, ...]
    feature_infos: tuple[str, ...]
    pandas_categories: tuple[list[Any], ...]


class Look(NamedTuple):
    """What few rows need of a booster: a model with its first trees, and about how many leaves."""

    model: Model
    leaves: int


def look_at(booster: Any) -> Look:
    """Return what the first trees of a booster, or its whole text, say; raise as `read_model`."""
    if isinstance(booster, str):
        model = read_model(booster)
        return Look(model, sum(len(tree.leaf_value) for tree in model.trees))
    model = read_model(booster.model_to_string(num_iteration=1))
    leaves = sum(len(tree.leaf_value) for tree in model.trees)
    return Look(model, round(leaves * booster.num_trees() / max(1, len(model.trees))))


def read_model(text: str) -> Model:
    """Return a booster's text as arrays.

    Raises
    ------
    TreeShapError
        If it is no complete booster, or one with linear trees.
    """
    head, *blocks = text.partition("\nend of trees")[0].split("\nTree=")
    if not text.startswith("tree") or "\nend of trees" not in text:
        raise TreeShapError("the text is not a complete LightGBM booster; save the model again")
    header = _entries(head)
    try:
        names = tuple(header["feature_names"].split(" "))
        if len(names) != int(header["max_feature_idx"]) + 1:
            names = tuple(f"Column_{i}" for i in range(int(header["max_feature_idx"]) + 1))
        infos = tuple(header.get("feature_infos", "").split(" "))
        if len(infos) != len(names):
            infos = ("none",) * len(names)
        trees = tuple(_read_tree(_entries(block), number) for number, block in enumerate(blocks))
        outputs = int(header["num_tree_per_iteration"])
    except (KeyError, IndexError) as error:
        raise TreeShapError(
            f"the text of the booster lacks {error}; save the model again"
        ) from None
    if any((tree.feature >= len(names)).any() or (tree.feature < 0).any() for tree in trees):
        raise TreeShapError("a tree asks a column that the booster does not have")
    return Model(trees, outputs, names, infos, _pandas_categories(text))


def _read_tree(entries: dict[str, str], number: int) -> Tree:
    if entries.get("is_linear", "0") != "0":
        raise TreeShapError(
            f"tree {number} has linear leaves (linear_tree=true), whose Shapley values are not "
            "those of a tree; train with linear_tree=false"
        )
    leaves = int(entries["num_leaves"])
    splits = leaves - 1

    def column(key: str, length: int, kind: Any = np.int64) -> npt.NDArray[Any]:
        values = np.array(entries.get(key, "").split()[:length], dtype=kind)
        if len(values) != length:
            raise TreeShapError(f"tree {number}: {key} has {len(values)} numbers, not {length}")
        return values

    sets = int(entries.get("num_cat", 0))
    tree = Tree(
        feature=column("split_feature", splits),
        threshold=column("threshold", splits, np.float64),
        decision=column("decision_type", splits),
        left=column("left_child", splits),
        right=column("right_child", splits),
        cover=column("internal_count", splits, np.float64),
        leaf_cover=column("leaf_count", leaves if splits else 0, np.float64),
        leaf_value=column("leaf_value", leaves, np.float64),
        set_bounds=column("cat_boundaries", sets + 1) if sets else np.zeros(1, np.int64),
        set_words=np.array(entries["cat_threshold"].split() if sets else [], dtype=np.uint32),
    )
    children = np.sort(np.r_[tree.left, tree.right])
    if splits and not np.array_equal(children, np.r_[np.arange(-leaves, 0), np.arange(1, splits)]):
        raise TreeShapError(f"tree {number}: left_child and right_child do not make a tree")
    return tree


def _entries(block: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in block.splitlines())
    return {key: value for key, _, value in pairs}


def _pandas_categories(text: str) -> tuple[list[Any], ...]:
    _, found, tail = text.rpartition("\npandas_categorical:")
    return tuple(json.loads(tail.partition("\n")[0]) or ()) if found else ()

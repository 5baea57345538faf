"""LightGBM's text of a booster: what is kept of it, and the check before LightGBM reads it.

LightGBM trusts its own format: a child or column number outside its range makes it read foreign
memory. So everything that it uses as a position is checked here first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from treue.models.errors import ModelError

if TYPE_CHECKING:
    import lightgbm as lgb

END = "end of trees\n"
_HEADER = {
    "version": "v4",
    "num_class": "1",
    "num_tree_per_iteration": "1",
    "label_index": "0",
    "objective": "binary sigmoid:1",
}
_LARGEST_TREE = 10_000  # leaves; Tree SHAP recurses as deep as a tree may be


def booster_text(booster: lgb.Booster) -> str:
    """Return the trees of a booster as text.

    What LightGBM writes after them (importances, all training parameters with the number of
    threads, pandas' categories) is left out: it plays no part in a score.
    """
    text = booster.model_to_string()
    return text[: text.index(END) + len(END)]


def read_booster(text: str, *, n_columns: int) -> lgb.Booster:
    """Return the booster that `booster_text` wrote.

    Raises
    ------
    ModelError
        If the text is not a complete binary booster over `n_columns` columns.
    """
    check_booster_text(text, n_columns=n_columns)
    import lightgbm as lgb

    try:
        return lgb.Booster(model_str=text)
    except lgb.basic.LightGBMError as error:
        raise ModelError(f"LightGBM cannot read it: {error}") from error


def check_booster_text(text: str, *, n_columns: int) -> None:
    """Check that LightGBM can read a text without leaving its memory.

    Raises
    ------
    ModelError
        What is wrong, and in which tree.
    """
    if not text.isascii():
        raise ModelError("it holds characters that LightGBM does not write")
    if not text.startswith("tree\n") or not text.endswith("\n" + END):
        raise ModelError(
            'it does not run from "tree" to "end of trees"; it was cut or is no booster'
        )
    header_text, _, trees = text[len("tree\n") : -len(END)].partition("\n\n")
    header = _entries(header_text, "the header")
    for key, value in _HEADER.items():
        if header.get(key) != value:
            raise ModelError(f"{key} is {header.get(key)!r}, not {value!r}")
    if (columns := _integers(header, "max_feature_idx", 1, "the header")[0] + 1) != n_columns:
        raise ModelError(f"it reads {columns} columns, columns.json lists {n_columns}")
    for key in ("feature_names", "feature_infos"):
        if len(header.get(key, "").split(" ")) != n_columns:
            raise ModelError(f"{key} does not list {n_columns} columns")
    sizes = _integers(header, "tree_sizes", None, "the header")
    if len(sizes) == 0 or (sizes <= 0).any() or sizes.sum() != len(trees):
        raise ModelError("tree_sizes does not fit the trees that follow")
    ends = np.cumsum(sizes)
    for i, (start, end) in enumerate(zip(ends - sizes, ends, strict=True)):
        where = f"tree {i}"
        first, _, block = trees[start:end].partition("\n")
        if first != f"Tree={i}":
            raise ModelError(f"{where} does not begin where tree_sizes says")
        _check_tree(_entries(block.rstrip("\n"), where), n_columns, where)


def _check_tree(tree: dict[str, str], n_columns: int, where: str) -> None:
    leaves = int(_integers(tree, "num_leaves", 1, where)[0])
    if not 1 <= leaves <= _LARGEST_TREE:
        raise ModelError(f"{where}: num_leaves is {leaves}")
    if tree.get("is_linear") != "0":
        raise ModelError(f"{where}: is_linear is {tree.get('is_linear')!r}, not '0'")
    splits = leaves - 1
    _floats(tree, "leaf_value", leaves, where)
    _floats(tree, "shrinkage", 1, where)
    if splits == 0:
        return
    for key in ("leaf_weight", "internal_value", "internal_weight", "split_gain"):
        _floats(tree, key, splits if key != "leaf_weight" else leaves, where)
    _within(_integers(tree, "leaf_count", leaves, where), 0, 2**31, "leaf_count", where)
    _within(_integers(tree, "internal_count", splits, where), 1, 2**31, "internal_count", where)
    _within(_integers(tree, "split_feature", splits, where), 0, n_columns, "split_feature", where)
    _check_shape(tree, splits, where)
    decision = _integers(tree, "decision_type", splits, where)
    _within(decision, 0, 12, "decision_type", where)
    _check_categories(tree, decision % 2 == 1, where)


def _check_shape(tree: dict[str, str], splits: int, where: str) -> None:
    """Every split but the first, and every leaf (written -1 - leaf), hangs below one split."""
    children = np.stack(
        [_integers(tree, key, splits, where) for key in ("left_child", "right_child")]
    )
    each_once = np.r_[np.arange(-splits - 1, 0), np.arange(1, splits)]
    below_itself = (children >= 0) & (children <= np.arange(splits))
    if below_itself.any() or not np.array_equal(np.sort(children, axis=None), each_once):
        raise ModelError(f"{where}: left_child and right_child do not make a tree")


def _check_categories(tree: dict[str, str], categorical: npt.NDArray[np.bool_], where: str) -> None:
    # where a split parts all known numbers from the missing ones, its threshold is inf
    thresholds = _floats(tree, "threshold", len(categorical), where, endless=True)
    n_sets = int(_integers(tree, "num_cat", 1, where)[0])
    if n_sets == 0 and not categorical.any():
        return
    _within(np.array([n_sets]), 1, len(categorical) + 1, "num_cat", where)
    _within(thresholds[categorical], 0, n_sets, "threshold", where)
    bounds = _integers(tree, "cat_boundaries", n_sets + 1, where)
    words = _integers(tree, "cat_threshold", None, where)
    if bounds[0] != 0 or (np.diff(bounds) < 0).any() or bounds[-1] != len(words):
        raise ModelError(f"{where}: cat_boundaries does not fit cat_threshold")
    _within(words, 0, 2**32, "cat_threshold", where)


def _entries(block: str, where: str) -> dict[str, str]:
    entries: dict[str, str] = {}
    for line in block.split("\n"):
        key, equals, value = line.partition("=")
        if not equals or "=" in value or key in entries:
            raise ModelError(f"{where}: unexpected line {line[:60]!r}")
        entries[key] = value
    return entries


def _integers(
    entries: dict[str, str], key: str, length: int | None, where: str
) -> npt.NDArray[np.int64]:
    return _numbers(entries, key, length, where, r"-?\d{1,18}", np.int64)


def _floats(
    entries: dict[str, str], key: str, length: int, where: str, *, endless: bool = False
) -> npt.NDArray[np.float64]:
    pattern = r"-?\d+(?:\.\d+)?(?:e[-+]\d+)?" + ("|inf" if endless else "")
    numbers = _numbers(entries, key, length, where, f"(?:{pattern})", np.float64)
    if not endless and not np.isfinite(numbers).all():
        raise ModelError(f"{where}: {key} is not finite")
    return numbers


def _numbers(
    entries: dict[str, str], key: str, length: int | None, where: str, pattern: str, kind: Any
) -> npt.NDArray[Any]:
    text = entries.get(key, "")
    if not re.fullmatch(f"{pattern}( {pattern})*", text):
        raise ModelError(f"{where}: {key} is missing or not a list of finite numbers")
    numbers = np.array(text.split(" ")).astype(kind)
    if length is not None and len(numbers) != length:
        raise ModelError(f"{where}: {key} has {len(numbers)} numbers, not {length}")
    return numbers


def _within(numbers: npt.NDArray[Any], low: int, high: int, key: str, where: str) -> None:
    wrong = numbers[(numbers < low) | (numbers >= high)]
    if len(wrong):
        raise ModelError(f"{where}: {key} {wrong[0]} lies outside {low} … {high - 1}")

"""Values as codes: the few kinds of value that a model can tell apart.

Sets of codes are whole numbers: bit c of the number says whether code c is in the set.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from treue.models.treeshap.errors import TreeShapError
from treue.models.treeshap.trees import (
    CATEGORICAL,
    DEFAULT_LEFT,
    MISSING_NAN,
    MISSING_NONE,
    MISSING_ZERO,
    Tree,
)

NONE = -1  # a value that has no code of its own
MOST_CODES = 65_535


class Encoding(NamedTuple):
    """How a value becomes a code, as arrays over the columns that the model asks.

    Attributes
    ----------
    column : array (asked,) of int64
        Number of the column in the data.
    start : array (asked + 1,) of int64
        Where a column's part of `threshold` or, of a categorical one, of `kind` begins.
    categorical : array (asked,) of bool
    threshold : array of float64
        A number's code is how many of its column's thresholds lie below it.
    kind : array of uint16
        Code of each category.
    code_nan, code_zero : array (asked,) of int32
        Code of NaN and of zero where they have their own, else -1: NaN then counts as zero, and
        zero as a number like others. Of a categorical column the first is the code of all that
        is no known category.
    n_codes : array (asked,) of int64
    """

    column: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]
    categorical: npt.NDArray[np.bool_]
    threshold: npt.NDArray[np.float64]
    kind: npt.NDArray[np.uint16]
    code_nan: npt.NDArray[np.int32]
    code_zero: npt.NDArray[np.int32]
    n_codes: npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Numeric:
    thresholds: npt.NDArray[np.float64]
    code_nan: int
    code_zero: int
    n_codes: int


@dataclass(frozen=True)
class _Categorical:
    kind: npt.NDArray[np.uint16]
    code_nan: int
    n_codes: int
    sets: dict[bytes, int]  # bitset of a split, trailing zeros off -> the codes that go left


class CodeSpace:
    """The codes of all columns that some trees ask.

    Parameters
    ----------
    trees : sequence of Tree

    Raises
    ------
    TreeShapError
        If one tree takes a column as numeric and another as categorical, or a column has too
        many codes.
    """

    def __init__(self, trees: Sequence[Tree]) -> None:
        thresholds: dict[int, set[float]] = {}
        missing: dict[int, set[int]] = {}
        sets: dict[int, set[bytes]] = {}
        for tree in trees:
            for split, (column, decision) in enumerate(
                zip(tree.feature.tolist(), tree.decision.tolist(), strict=True)
            ):
                if decision & CATEGORICAL:
                    sets.setdefault(column, set()).add(_key(tree, split))
                else:
                    thresholds.setdefault(column, set()).add(float(tree.threshold[split]))
                    missing.setdefault(column, set()).add(tree.missing_type(split))
        if both := sorted(thresholds.keys() & sets.keys()):
            raise TreeShapError(
                f"column {both[0]} is numeric in one tree and categorical in another; "
                "explain these boosters one by one"
            )
        self.columns: list[int] = sorted(thresholds.keys() | sets.keys())
        self.of_column: dict[int, int] = {column: i for i, column in enumerate(self.columns)}
        self._codes: list[_Numeric | _Categorical] = [
            _numeric(thresholds[column], missing[column])
            if column in thresholds
            else _categorical(sets[column])
            for column in self.columns
        ]
        for column, codes in zip(self.columns, self._codes, strict=True):
            if codes.n_codes > MOST_CODES:
                raise TreeShapError(
                    f"column {column} is split at {codes.n_codes} places; at most "
                    f"{MOST_CODES} can be told apart: train with a smaller max_bin"
                )

    def left(self, tree: Tree, split: int) -> int:
        """Return the set of codes that go left at a split."""
        codes = self._codes[self.of_column[int(tree.feature[split])]]
        if isinstance(codes, _Categorical):
            return codes.sets[_key(tree, split)]
        threshold = float(tree.threshold[split])
        below = (1 << int(np.searchsorted(codes.thresholds, threshold)) + 1) - 1
        missing = tree.missing_type(split)
        default = bool(int(tree.decision[split]) & DEFAULT_LEFT)
        zero_left = default if missing == MISSING_ZERO else threshold >= 0.0
        if codes.code_zero != NONE and zero_left:
            below |= 1 << codes.code_zero
        if codes.code_nan != NONE and (zero_left if missing != MISSING_NAN else default):
            below |= 1 << codes.code_nan
        return below

    def everything(self, column: int) -> int:
        """Return the set of all codes of a column."""
        return (1 << self._codes[self.of_column[column]].n_codes) - 1

    def encoding(self) -> Encoding:
        """Return how values become codes, as plain arrays."""
        numeric = [c.thresholds if isinstance(c, _Numeric) else np.zeros(0) for c in self._codes]
        kinds = [
            c.kind if isinstance(c, _Categorical) else np.zeros(0, np.uint16) for c in self._codes
        ]
        # one start for both: the part of a column in the other array is padding
        lengths = [len(a) + len(b) for a, b in zip(numeric, kinds, strict=True)]
        start = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        threshold = np.zeros(int(start[-1]))
        kind = np.zeros(int(start[-1]), np.uint16)
        for i, (a, b) in enumerate(zip(numeric, kinds, strict=True)):
            threshold[start[i] : start[i] + len(a)] = a
            kind[start[i] : start[i] + len(b)] = b
        return Encoding(
            column=np.array(self.columns, dtype=np.int64),
            start=start,
            categorical=np.array([isinstance(c, _Categorical) for c in self._codes], dtype=bool),
            threshold=threshold,
            kind=kind,
            code_nan=np.array([c.code_nan for c in self._codes], dtype=np.int32),
            code_zero=np.array(
                [c.code_zero if isinstance(c, _Numeric) else NONE for c in self._codes],
                dtype=np.int32,
            ),
            n_codes=np.array([c.n_codes for c in self._codes], dtype=np.int64),
        )


def _numeric(thresholds: set[float], missing: set[int]) -> _Numeric:
    n_codes = len(thresholds) + 1
    code_nan = code_zero = NONE
    if MISSING_NAN in missing:
        code_nan, n_codes = n_codes, n_codes + 1
    if MISSING_ZERO in missing:
        code_zero, n_codes = n_codes, n_codes + 1
    assert missing <= {MISSING_NONE, MISSING_ZERO, MISSING_NAN}
    return _Numeric(np.array(sorted(thresholds)), code_nan, code_zero, n_codes)


def _categorical(sets: set[bytes]) -> _Categorical:
    """Give categories that every split sends the same way one code; the last is all the rest."""
    ordered = sorted(sets)
    size = max(len(key) for key in ordered) * 8
    member = np.zeros((size + 1, len(ordered)), dtype=bool)  # the last row: no known category
    for i, key in enumerate(ordered):
        bits = np.unpackbits(np.frombuffer(key, np.uint8), bitorder="little")
        member[: len(bits), i] = bits
    kinds, code = np.unique(np.packbits(member, axis=1), axis=0, return_inverse=True)
    code = code.ravel()
    first = np.zeros(len(kinds), np.int64)
    first[code] = np.arange(size + 1)
    left = member[first]
    return _Categorical(
        kind=code[:-1].astype(np.uint16),
        code_nan=int(code[-1]),
        n_codes=len(kinds),
        sets={
            key: sum(1 << int(c) for c in np.flatnonzero(left[:, i]))
            for i, key in enumerate(ordered)
        },
    )


def _key(tree: Tree, split: int) -> bytes:
    return tree.words(split).astype("<u4").tobytes().rstrip(b"\0")

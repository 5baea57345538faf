"""Rows that interventional contributions are relative to."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from treue.models.treeshap.arrays import U16
from treue.models.treeshap.codes import CodeSpace
from treue.models.treeshap.cut import Path, from_the_root
from treue.models.treeshap.errors import TreeShapError
from treue.models.treeshap.trees import Tree

MOST_ASKED = 62


@dataclass(frozen=True)
class Background:
    """Codes (asked, rows) of the rows, with what trees make of them."""

    space: CodeSpace
    codes: U16

    @classmethod
    def of(cls, X: npt.NDArray[np.float64] | None, space: CodeSpace) -> Self | None:
        """Return the background of values (rows, columns), or none of none."""
        if X is None:
            return None
        from treue.models.treeshap.kernels_codes import encode

        codes = np.empty((len(space.columns), len(X)), np.uint16)
        encode(X, space.encoding(), codes)
        return cls(space, codes)

    def mean(self, tree: Tree) -> float:
        """Return a tree's mean over the rows."""
        rows = {0: np.arange(self.codes.shape[1])}
        total = 0.0
        for node in from_the_root(tree):
            here = rows.pop(node)
            if node < 0:
                total += float(tree.leaf_value[~node]) * len(here)
                continue
            column = self.space.of_column[int(tree.feature[node])]
            goes_left = self._among(self.space.left(tree, node), column)[here]
            rows[int(tree.left[node])] = here[goes_left]
            rows[int(tree.right[node])] = here[~goes_left]
        return total / self.codes.shape[1]

    def patterns(self, path: Path) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Return which patterns of satisfied conditions the rows show, and what share does.

        Raises
        ------
        TreeShapError
            If more columns are asked than a pattern has bits.
        """
        if len(path) > MOST_ASKED:
            raise TreeShapError(
                f"{len(path)} columns are asked on the way to a leaf; relative to a background at "
                f"most {MOST_ASKED} can be: leave the background out"
            )
        pattern = np.zeros(self.codes.shape[1], np.int64)
        for j, (column, (codes, _)) in enumerate(path.items()):
            pattern |= self._among(codes, column).astype(np.int64) << np.int64(j)
        met, counts = np.unique(pattern, return_counts=True)
        return met, counts / self.codes.shape[1]

    def _among(self, codes: int, column: int) -> npt.NDArray[np.bool_]:
        size = self.space.everything(self.space.columns[column]).bit_length()
        member = np.frombuffer(codes.to_bytes((size + 7) // 8, "little"), np.uint8)
        return np.unpackbits(member, bitorder="little")[self.codes[column]].astype(bool)

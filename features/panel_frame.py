"""The panel as one pandas frame that is filled cutoff by cutoff.

How many rows there will be is known before the first is computed. So every number is written where
it stays: a panel of a million rows is held once, and never beside the parts that it was made of.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import groupby

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa


class PanelFrame:
    """Takes tables of the same columns and makes one frame of them.

    Parameters
    ----------
    size
        Rows of all tables together.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._filled = 0
        self._runs: list[tuple[pa.DataType, list[str]]] = []
        self._blocks: list[npt.NDArray[np.float64]] = []
        self._numbers: dict[str, npt.NDArray[np.float64]] = {}
        self._others: dict[str, list[pa.Array]] = {}

    def add(self, part: pa.Table) -> None:
        """Write the rows of a table below those that are there."""
        if not self._runs:
            self._begin(part.schema)
        end = self._filled + part.num_rows
        for name, column in zip(part.column_names, part.itercolumns(), strict=True):
            if name in self._numbers:
                self._numbers[name][self._filled : end] = column.to_numpy()
            else:
                self._others[name] += column.chunks
        self._filled = end

    def _begin(self, schema: pa.Schema) -> None:
        for kind, run in groupby(schema, key=lambda column: column.type):
            names = [column.name for column in run]
            self._runs.append((kind, names))
            if kind == pa.float64():
                block = np.empty((len(names), self._size))  # pandas, too, holds a column in a row
                self._blocks.append(block)
                self._numbers |= zip(names, block, strict=True)
            else:
                self._others |= {name: [] for name in names}

    def to_pandas(self, categorical: Collection[str]) -> pd.DataFrame:
        """Return the frame, columns in the order of the tables."""
        blocks = iter(self._blocks)
        runs: list[pd.DataFrame] = []
        for kind, names in self._runs:
            if kind == pa.float64():
                runs.append(pd.DataFrame(next(blocks).T, columns=names, copy=False))
            else:
                columns = {name: pa.chunked_array(self._others[name], kind) for name in names}
                runs.append(pa.table(columns).to_pandas())
        panel = pd.concat(runs, axis=1)
        return panel.astype(dict.fromkeys(categorical, "category")) if categorical else panel

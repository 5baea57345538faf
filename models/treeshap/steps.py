"""Numbers that follow from codes, written as steps (the form that vectorises best)."""

from collections.abc import Iterable

import numpy as np

from treue.models.treeshap.arrays import Steps

MOST_STEPS = 6  # of one column; beyond it a look-up is quicker


class StepWriter:
    """Collects numbers, each a sum of what its columns give, as `Steps`."""

    def __init__(self, n_codes: list[int]) -> None:
        self._n_codes = n_codes
        self._first: list[int] = []
        self._start = [0]
        self._steps: list[tuple[int, int, int]] = []
        self._look_start = [0]
        self._looks: list[tuple[int, int]] = []
        self._values: list[np.ndarray] = []
        self._size = 0

    def add(self, parts: Iterable[tuple[int, Iterable[tuple[int, int]]]]) -> None:
        """Add one number.

        Parameters
        ----------
        parts : iterable of (column, iterable of (set of codes, what these codes add))
            The sets of a column do not meet; codes in none of them add 0.
        """
        first = 0
        for column, sets in parts:
            change: dict[int, int] = {}
            for codes, weight in sets:
                edges = codes ^ codes << 1
                while edges:
                    lowest = edges & -edges
                    at = lowest.bit_length() - 1
                    sign = weight if codes & lowest else -weight
                    change[at] = change.get(at, 0) + sign
                    edges ^= lowest
            first += change.pop(0, 0)
            change.pop(self._n_codes[column], None)
            cuts = [(at, weight) for at, weight in sorted(change.items()) if weight]
            if len(cuts) <= MOST_STEPS:
                self._steps += [(column, at - 1, weight) for at, weight in cuts]
            else:
                jumps = np.zeros(self._n_codes[column], np.int64)
                for at, weight in cuts:
                    jumps[at] = weight
                self._values.append(np.cumsum(jumps))
                self._looks.append((column, self._size))
                self._size += len(jumps)
        self._first.append(first)
        self._start.append(len(self._steps))
        self._look_start.append(len(self._looks))

    def arrays(self) -> Steps:
        """Return all numbers added so far, in their order."""
        steps = np.array(self._steps, dtype=np.int64).reshape(-1, 3)
        looks = np.array(self._looks, dtype=np.int64).reshape(-1, 2)
        values = np.concatenate(self._values) if self._values else np.zeros(0, np.int64)
        return Steps(
            first=np.array(self._first, dtype=np.int64).astype(np.uint16),
            start=np.array(self._start, dtype=np.int64),
            column=steps[:, 0].astype(np.int32),
            cut=steps[:, 1].astype(np.uint16),
            weight=steps[:, 2].astype(np.uint16),
            look_start=np.array(self._look_start, dtype=np.int64),
            look_column=looks[:, 0].astype(np.int32),
            look_at=np.ascontiguousarray(looks[:, 1]),
            value=values.astype(np.uint16),
        )

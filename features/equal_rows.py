"""Which of a few rows are equal."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

EQUAL = "equal rows:"
"""Column of a number that is the same for equal rows; called as no company calls one."""


def row_numbers(rows: pa.Table) -> npt.NDArray[np.int64]:
    """Return a number for each row (n,), the same for equal rows; nothing equals nothing.

    >>> rows = pa.table({"customer_id": ["7", "7", None, None], "amount": [1.0, 2.0, 0.0, -0.0]})
    >>> row_numbers(rows).tolist()
    [0, 1, 2, 2]
    """
    numbers = np.zeros(rows.num_rows, dtype=np.int64)
    different = min(rows.num_rows, 1)
    for column in rows.itercolumns():
        if different == rows.num_rows:  # the other columns cannot make them equal
            break
        codes, count = _codes(column)
        if different == 1:
            numbers, different = codes, count
        elif count > 1:
            values, numbers = np.unique(numbers * count + codes, return_inverse=True)
            different = len(values)
    return numbers


def all_different(rows: pa.Table) -> bool:
    """Return whether no row equals another."""
    return rows.num_rows < 2 or len(np.unique(row_numbers(rows))) == rows.num_rows


def _codes(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.int64], int]:
    """Return a number for each value (n,), the same for equal ones, and how many there are."""
    values = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    if pa.types.is_floating(values.type):  # zero and minus zero are equal
        values = pc.add(values, 0.0)
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    encoded = values.dictionary_encode(null_encoding="encode")
    return encoded.indices.to_numpy().astype(np.int64), len(encoded.dictionary)

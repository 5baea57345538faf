"""Compiled: values to codes, codes to cells, contributions to the result."""

import numpy as np

from treue.models.treeshap.arrays import F64, I64, U16, Steps
from treue.models.treeshap.codes import Encoding
from treue.models.treeshap.compiled import compiled

ZERO = 1.0000000180025095e-35  # LightGBM takes what is not beyond this as zero
TILE = 64  # rows whose values stay in the innermost cache


@compiled()
def encode(X: F64, encoding: Encoding, codes: U16) -> None:
    """Fill codes (asked, rows) from values (rows, columns)."""
    rows = X.shape[0]
    values = np.empty(TILE)
    for tile in range(0, rows, TILE):
        size = min(TILE, rows - tile)
        for asked in range(codes.shape[0]):
            column = encoding.column[asked]
            for row in range(size):
                values[row] = X[tile + row, column]
            into = codes[asked, tile : tile + size]
            begin, end = encoding.start[asked], encoding.start[asked + 1]
            code_nan, code_zero = encoding.code_nan[asked], encoding.code_zero[asked]
            if encoding.categorical[asked]:
                categories(values, encoding.kind[begin:end], code_nan, into)
            else:
                numbers(values, encoding.threshold[begin:end], code_nan, code_zero, into)


@compiled()
def categories(values: F64, kind: U16, code_other: int, into: U16) -> None:
    """Fill the codes of categories; a number is cut towards zero, so -0.5 is category 0."""
    for row in range(len(into)):
        x = values[row]
        into[row] = kind[np.int64(x)] if x > -1.0 and x < len(kind) else code_other


@compiled()
def numbers(values: F64, threshold: F64, code_nan: int, code_zero: int, into: U16) -> None:
    """Fill the codes of numbers: a bisection of all rows at once, which vectorises."""
    x, key = np.empty(TILE), np.empty(TILE)
    low = np.zeros(TILE, np.int64)
    for row in range(TILE):
        x[row] = values[row] if abs(values[row]) > ZERO else 0.0  # NaN too
    size = len(threshold)
    # the loads apart from the comparisons: else it branches, and mispredicts
    while size > 1:
        half = size >> 1
        for row in range(TILE):
            key[row] = threshold[np.uint64(low[row] + half - 1)]
        for row in range(TILE):
            low[row] += half * np.int64(key[row] < x[row])
        size -= half
    for row in range(TILE):
        key[row] = threshold[np.uint64(low[row])]
    for row in range(len(into)):
        into[row] = low[row] + np.int64(key[row] < x[row])
    if code_zero >= 0:
        for row in range(len(into)):
            if x[row] == 0.0:
                into[row] = code_zero
    if code_nan >= 0:
        for row in range(len(into)):
            if values[row] != values[row]:
                into[row] = code_nan


@compiled()
def add_steps(steps: Steps, number: int, codes: U16, into: U16, rows: int) -> None:
    """Fill `into` with one number of each row."""
    zero = np.uint16(0)
    first = steps.first[number]
    for row in range(rows):
        into[row] = first
    k, end = steps.start[number], steps.start[number + 1]
    while k + 4 <= end:
        a, cut_a, weight_a = codes[steps.column[k]], steps.cut[k], steps.weight[k]
        b, cut_b, weight_b = codes[steps.column[k + 1]], steps.cut[k + 1], steps.weight[k + 1]
        c, cut_c, weight_c = codes[steps.column[k + 2]], steps.cut[k + 2], steps.weight[k + 2]
        d, cut_d, weight_d = codes[steps.column[k + 3]], steps.cut[k + 3], steps.weight[k + 3]
        for row in range(rows):
            into[row] += (
                (weight_a if a[row] > cut_a else zero)
                + (weight_b if b[row] > cut_b else zero)
                + (weight_c if c[row] > cut_c else zero)
                + (weight_d if d[row] > cut_d else zero)
            )
        k += 4
    while k < end:
        a, cut_a, weight_a = codes[steps.column[k]], steps.cut[k], steps.weight[k]
        for row in range(rows):
            into[row] += weight_a if a[row] > cut_a else zero
        k += 1
    for k in range(steps.look_start[number], steps.look_start[number + 1]):
        code, value = codes[steps.look_column[k]], steps.value[steps.look_at[k] :]
        for row in range(rows):
            into[row] += value[code[row]]


@compiled()
def write(phi: F64, column: I64, scale: float, out: F64) -> None:
    """Write contributions (asked, rows), scaled, into their columns of (rows, columns)."""
    rows = out.shape[0]
    for tile in range(0, rows, TILE):
        end = min(tile + TILE, rows)
        for row in range(tile, end):
            out[row] = 0.0
        for asked in range(phi.shape[0]):
            place = column[asked]
            for row in range(tile, end):
                out[row, place] = phi[asked, row] * scale

"""Any data frame a user may hold, as an Arrow table that DuckDB can read."""

from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from treue.features.report import Report


def frame_to_arrow(frame: Any, table: str, report: Report) -> pa.Table | None:
    """Return a pandas, Polars, Arrow or DuckDB frame as Arrow; None with an error finding if not.

    Parameters
    ----------
    frame
        Also anything with the Arrow PyCapsule interface (``__arrow_c_stream__``). Never changed.
    table
        Its name in findings.
    """
    try:
        arrow = _convert(frame)
    except (pa.ArrowException, TypeError, ValueError, duckdb.Error) as error:
        report.add(
            "error",
            table,
            None,
            f"the frame cannot be read ({str(error).splitlines()[0]})",
            "hand in columns that hold one type each",
        )
        return None
    if arrow is None:
        report.add(
            "error",
            table,
            None,
            f"a {type(frame).__module__.split('.')[0]} {type(frame).__name__} is not a table",
            "hand in a pandas, Polars or Arrow table, a DuckDB relation, or use read_tables",
        )
        return None
    names = [str(name) for name in arrow.column_names]
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        report.add("error", table, twice[0], "this column is there twice", "rename or drop one")
        return None
    return _readable(arrow.rename_columns(names))


def _convert(frame: Any) -> pa.Table | None:
    if isinstance(frame, pa.Table):
        return frame
    if isinstance(frame, pa.RecordBatch):
        return pa.Table.from_batches([frame])
    if isinstance(frame, duckdb.DuckDBPyRelation):
        return frame.to_arrow_table()
    kind = f"{type(frame).__module__.split('.')[0]}.{type(frame).__name__}"
    if kind == "pandas.DataFrame":
        return _pandas_to_arrow(frame)
    if kind == "polars.LazyFrame":
        frame = frame.collect()
    if hasattr(frame, "__arrow_c_stream__"):
        return pa.table(frame)
    return None


def _pandas_to_arrow(frame: Any) -> pa.Table:
    """Return a pandas frame as Arrow; columns of mixed objects become text, which is then cast."""
    columns, names = [], []
    for name, series in frame.items():
        names.append(str(name))
        if isinstance(series.dtype, np.dtype) and series.dtype.kind in "biufM":
            columns.append(pa.array(series.to_numpy(), from_pandas=True))
            continue
        try:
            column = pa.Array.from_pandas(series)
        except (pa.ArrowException, TypeError, OverflowError):
            column = _texts(series)
        if pa.types.is_timestamp(column.type) and series.dtype == object and _mixes_zones(series):
            column = _texts(series)
        columns.append(column)
    return pa.Table.from_arrays(columns, names=names)


def _texts(series: Any) -> pa.Array:
    return pa.array([None if value is None else str(value) for value in series], pa.string())


def _mixes_zones(series: Any) -> bool:
    """Return whether some times have a zone and others none, which Arrow would not mind."""
    return len({getattr(value, "tzinfo", None) is None for value in series.dropna()}) > 1


def _readable(arrow: pa.Table) -> pa.Table:
    """Return the table without types that DuckDB does not read."""
    for position, column in enumerate(arrow.schema):
        values = arrow.column(position)
        if pa.types.is_decimal256(column.type):
            values = values.cast(pa.float64())
        elif pa.types.is_float16(column.type):
            values = values.cast(pa.float32())
        elif not _fits(values):  # as texts they can be told
            values = pa.chunked_array([np.datetime_as_string(values.to_numpy())])
        else:
            continue
        arrow = arrow.set_column(position, column.name, values)
    return arrow


def _fits(values: pa.ChunkedArray) -> bool:
    """Return whether dates and times lie in the years that microseconds reach."""
    is_time = pa.types.is_timestamp(values.type) and values.type.unit in ("s", "ms")
    if not is_time and not pa.types.is_date(values.type):
        return True
    try:
        values.cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        return False
    return True

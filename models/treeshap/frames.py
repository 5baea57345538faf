"""Data of any kind as a matrix of numbers, as LightGBM would read it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from treue.models.treeshap.errors import TreeShapError


def as_matrix(
    X: Any, *, feature_names: Sequence[str], pandas_categories: Sequence[list[Any]] = ()
) -> npt.NDArray[np.float64]:
    """Return data as (rows, columns), C-contiguous; what is missing is NaN.

    Parameters
    ----------
    X : array, pandas.DataFrame, pyarrow.Table or anything that offers itself as an Arrow stream
    feature_names : sequence of str
        The booster's columns.
    pandas_categories : sequence of list
        Of each categorical column of the frame that the booster was trained on, in their order:
        a category is its place in this list, one not in it is missing.

    Raises
    ------
    TreeShapError
        If the columns are not the booster's, or not numbers.
    """
    if hasattr(X, "iloc") and hasattr(X, "dtypes"):
        return _checked(_from_pandas(X, feature_names, pandas_categories), feature_names)
    if hasattr(X, "__arrow_c_stream__") or type(X).__module__.startswith("pyarrow"):
        import pyarrow as pa

        table = pa.table(X)
        if any(pa.types.is_dictionary(field.type) for field in table.schema):
            return as_matrix(
                table.to_pandas(), feature_names=feature_names, pandas_categories=pandas_categories
            )
        _check_order(table.column_names, feature_names)
        return _checked(_from_arrow(table), feature_names)
    try:
        matrix = np.ascontiguousarray(X, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TreeShapError(f"the data are no numbers: {error}") from None
    return _checked(matrix, feature_names)


def _checked(
    matrix: npt.NDArray[np.float64], feature_names: Sequence[str]
) -> npt.NDArray[np.float64]:
    if matrix.ndim != 2:
        raise TreeShapError(f"the data have {matrix.ndim} dimensions; give rows and columns")
    if matrix.shape[1] != len(feature_names):
        raise TreeShapError(
            f"the data have {matrix.shape[1]} columns, the booster {len(feature_names)}"
        )
    return matrix


def _check_order(names: Sequence[Any], feature_names: Sequence[str]) -> None:
    """Refuse the booster's columns in another order, which LightGBM would take as they come."""
    given = [str(name).replace(" ", "_") for name in names]
    if given != list(feature_names) and sorted(given) == sorted(feature_names):
        raise TreeShapError("the columns are the booster's in another order; put them in its order")


def _from_pandas(
    X: Any, feature_names: Sequence[str], pandas_categories: Sequence[list[Any]]
) -> npt.NDArray[np.float64]:
    _check_order(list(X.columns), feature_names)
    categorical = [i for i, kind in enumerate(X.dtypes) if str(kind) == "category"]
    if len(categorical) != len(pandas_categories):
        raise TreeShapError(
            f"the frame has {len(categorical)} categorical columns, the booster was trained on "
            f"{len(pandas_categories)}; give the columns the types they had in training"
        )
    matrix = np.empty(X.shape)
    known = dict(zip(categorical, pandas_categories, strict=True))
    for i, name in enumerate(X.columns):
        column = X.iloc[:, i]
        if i in known:
            codes = column.cat.set_categories(known[i]).cat.codes.to_numpy()
            matrix[:, i] = np.where(codes < 0, np.nan, codes)
            continue
        try:
            matrix[:, i] = column.to_numpy(dtype=np.float64, na_value=np.nan)
        except (TypeError, ValueError):
            raise TreeShapError(f"column {name!r} holds {column.dtype}, not numbers") from None
    return matrix


def _from_arrow(table: Any) -> npt.NDArray[np.float64]:
    import pyarrow as pa

    matrix = np.empty((table.num_rows, table.num_columns))
    for i, name in enumerate(table.column_names):
        try:
            column = table.column(i).cast(pa.float64(), safe=False)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            kind = table.column(i).type
            raise TreeShapError(f"column {name!r} holds {kind}, not numbers") from None
        matrix[:, i] = column.to_numpy()
    return matrix

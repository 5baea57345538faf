"""The columns a model was fitted on, and the check that a panel still has them."""

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from treue.models.errors import ModelError

Kind = Literal["numeric", "categorical"]
Floats = npt.NDArray[np.float64]

NO_FEATURES = frozenset(
    {"customer_id", "cutoff", "churned", "referred", "churned_after", "referred_after"}
)
"""Keys and labels of a panel."""

_ABSENT = object()
_BLOCK_ROWS = 8_192
_NUMBERS = (int, float, np.integer, np.floating, np.bool_, Decimal)
"""What a numeric column may hold; pandas takes no other kind of number for one."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Columns:
    """Names, kinds and known categories of a model's columns, in the model's order.

    A category is known by its text: ``3`` and ``"3"`` are the same category. One that was not
    seen in training, or a missing one, becomes NaN, on purpose: the trees then send the row the
    way of missing values, and the log says how many rows that were.

    Attributes
    ----------
    names : tuple of str
    kinds : tuple of {"numeric", "categorical"}
        Numbers and flags are numeric; ``category`` and text columns are categorical.
    categories : mapping of str to tuple of str
        For every categorical column its categories, sorted; a category's code is its position.

    Examples
    --------
    >>> columns = Columns.of(pd.DataFrame({"orders_90": [1, 2], "region": ["north", "south"]}))
    >>> columns.kinds
    ('numeric', 'categorical')
    >>> columns.encode(pd.DataFrame({"region": ["south", "moon"], "orders_90": [3, 4]}))
    array([[ 3.,  1.],
           [ 4., nan]])
    """

    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, X: pd.DataFrame) -> Self:
        """Return the columns of a training panel.

        Raises
        ------
        ModelError
            If a name stands twice, or a column is neither numbers, flags nor categories.
        """
        names = tuple(str(name) for name in X.columns)
        _check_unique(names)
        kinds: list[Kind] = []
        categories: dict[str, tuple[str, ...]] = {}
        for position, name in enumerate(names):
            column = X.iloc[:, position]
            kind = _kind(column)
            if kind == "categorical":
                codes, texts = _factorized(column)
                categories[name] = tuple(
                    sorted({texts[code] for code in np.unique(codes[codes >= 0])})
                )
            elif kind not in ("numeric", "nothing"):
                raise ModelError(
                    f"{name}: a column of {kind} cannot be a feature; "
                    "turn it into numbers or categories, or leave it out"
                )
            kinds.append("categorical" if kind == "categorical" else "numeric")
        return cls(names, tuple(kinds), categories)

    @classmethod
    def numbered(cls, n_columns: int) -> Self:
        """Return numeric columns ``x0, x1, …`` for a matrix without names."""
        kinds: list[Kind] = ["numeric"] * n_columns
        return cls(tuple(f"x{i}" for i in range(n_columns)), tuple(kinds))

    @property
    def categorical_positions(self) -> list[int]:
        """Positions of the categorical columns."""
        return [i for i, kind in enumerate(self.kinds) if kind == "categorical"]

    def difference(self, X: pd.DataFrame) -> str:
        """Return how a panel differs from these columns, one line a column; "" when it fits.

        Order does not matter and additional columns do no harm; they are listed only beside a
        missing one, since one of them may be it under another name; keys and labels may not, and
        are not listed. A column without any value fits every kind.
        """
        found = _places(X)
        dtypes = X.dtypes.tolist()
        lines = []
        for name, kind in zip(self.names, self.kinds, strict=True):
            if name not in found:
                lines.append(f"- {name}: missing ({kind} in the model)")
                continue
            if kind == "numeric" and _is_plain(dtypes[found[name]]):
                continue
            column = X.iloc[:, found[name]]
            there = _kind(column)
            if there not in (kind, "nothing") and not column.isna().all():
                lines.append(f"! {name}: {kind} in the model, {there} here")
        if any(line.startswith("-") for line in lines):
            additional = [name for name in found if name not in NO_FEATURES.union(self.names)]
            lines += [f"+ {name}: not in the model" for name in additional[:10]]
            if len(additional) > 10:
                lines.append(f"+ … and {len(additional) - 10} more that are not in the model")
        return "\n".join(lines)

    def encode(self, X: pd.DataFrame) -> Floats:
        """Return a panel as the (rows, columns) matrix the trees read.

        Numbers and flags as they are, categories as codes, null as NaN.

        Raises
        ------
        ModelError
            If the panel differs (the difference is in the message) or holds infinite numbers.
        """
        own = set(self.names)
        _check_unique(tuple(name for name in map(str, X.columns.tolist()) if name in own))
        if difference := self.difference(X):
            raise ModelError(
                f"the panel does not fit the model's {len(self.names)} columns:\n{difference}"
            )
        found = _places(X)
        encoded = np.empty((len(X), len(self.names)))
        dtypes = X.dtypes.tolist()
        plain = [
            i
            for i, (name, kind) in enumerate(zip(self.names, self.kinds, strict=True))
            if kind == "numeric" and _is_plain(dtypes[found[name]])
        ]
        places = [found[self.names[i]] for i in plain]
        infinite = False
        for start in range(0, len(X), _BLOCK_ROWS):  # a whole second matrix may not fit
            rows = slice(start, start + _BLOCK_ROWS)
            block = X.iloc[rows, places].to_numpy(dtype=np.float64)
            infinite = infinite or bool(np.isinf(block).any())
            encoded[rows, plain] = block
        if infinite:
            plain = []  # one by one, to say which
        for i in sorted(set(range(len(self.names))) - set(plain)):
            column = X.iloc[:, found[self.names[i]]]
            read = self._codes if self.kinds[i] == "categorical" else _numbers
            encoded[:, i] = read(self.names[i], column)
        return encoded

    def encode_row(self, values: Mapping[str, Any]) -> Floats:
        """Return one row, given by column, as the (1, columns) matrix that `encode` makes of it.

        Raises
        ------
        ModelError
            If a column is missing, a numeric one holds no finite number or a categorical one no
            text, where it is not null.
        """
        row = []
        for name, kind in zip(self.names, self.kinds, strict=True):
            value = values.get(name, _ABSENT)
            plain = type(value) is float and kind == "numeric" and not math.isinf(value)
            row.append(value if plain else self._value(name, kind, value))
        return np.array([row], dtype=np.float64)

    def _value(self, name: str, kind: Kind, value: Any) -> float:
        if value is _ABSENT:
            raise ModelError(f"the row lacks {name}; give null where it is unknown")
        if _is_null(value):
            return np.nan
        return self._code(name, value) if kind == "categorical" else _number(name, value)

    def _code(self, name: str, value: Any) -> float:
        if not isinstance(value, str):
            raise ModelError(f"{name}: {value!r} is no text, as its categories are in the model")
        code = self._code_of[name].get(str(value), np.nan)
        if np.isnan(code):
            _log_unseen(name, 1, 1, str(value))
        return code

    @cached_property
    def _code_of(self) -> dict[str, dict[str, float]]:
        return {
            name: {text: float(code) for code, text in enumerate(texts)}
            for name, texts in self.categories.items()
        }

    def _codes(self, name: str, column: pd.Series) -> Floats:
        codes, texts = _factorized(column)
        known = {text: float(code) for code, text in enumerate(self.categories[name])}
        encoded = np.array([*(known.get(text, np.nan) for text in texts), np.nan])[codes]
        unseen = np.flatnonzero(np.isnan(encoded) & (codes >= 0))
        if len(unseen):
            _log_unseen(name, len(unseen), len(column), texts[codes[unseen[0]]])
        return encoded


def _places(X: pd.DataFrame) -> dict[str, int]:
    """Return the position of each column by name."""
    return {str(name): position for position, name in enumerate(X.columns.tolist())}


def _is_plain(dtype: Any) -> bool:
    """Whether a column holds numpy's own numbers or flags, which any reader takes as they are."""
    return isinstance(dtype, np.dtype) and dtype.kind in "biuf" and dtype.itemsize <= 8


def _kind(column: pd.Series) -> str:
    """Return "numeric", "categorical", "nothing" (no value at all) or pandas' word for the rest."""
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return "categorical"
    if pd.api.types.is_complex_dtype(dtype):
        return str(dtype)
    if pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_bool_dtype(dtype):
        return "numeric"
    inferred = pd.api.types.infer_dtype(column, skipna=True)
    words = {"string": "categorical", "empty": "nothing"} | dict.fromkeys(
        ("integer", "floating", "mixed-integer-float", "boolean", "decimal"), "numeric"
    )
    return words.get(inferred, inferred)


def _factorized(column: pd.Series) -> tuple[npt.NDArray[np.integer], list[str]]:
    """Return each row's place in a list of category texts (-1: null), and that list."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy(), [str(v) for v in column.cat.categories]
    codes, values = pd.factorize(column)
    return codes, [str(value) for value in values]


def _numbers(name: str, column: pd.Series) -> Floats:
    if column.dtype.kind not in "biuf" and column.isna().all():
        return np.full(len(column), np.nan)  # NaT, too, which else is a number far below zero
    try:
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    except OverflowError:
        raise ModelError(f"{name}: a number above 1e308; replace it by null") from None
    if infinite := int(np.isinf(values).sum()):
        raise ModelError(f"{name}: {infinite} infinite values; replace them by null")
    return values


def _number(name: str, value: Any) -> float:
    # a timedelta64 is an integer to numpy
    if not isinstance(value, _NUMBERS) or isinstance(value, np.timedelta64):
        raise ModelError(f"{name}: {value!r} is no number, as in the model")
    try:
        number = float(value)
    except OverflowError:
        raise ModelError(f"{name}: a number above 1e308; give null instead") from None
    if math.isinf(number):
        raise ModelError(f"{name}: infinite; give null instead")
    return number


def _is_null(value: Any) -> bool:
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def _log_unseen(name: str, unseen: int, rows: int, text: str) -> None:
    logger.warning(
        "%s: %d of %d rows have a category not seen in training (such as %r); "
        "they are scored as if it were missing",
        *(name, unseen, rows, text),
    )


def _check_unique(names: tuple[str, ...]) -> None:
    if len(set(names)) == len(names):
        return
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ModelError(f"columns that stand twice: {', '.join(twice)}; rename or drop one")

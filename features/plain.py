"""Columns that need no reading, cast in Arrow: few rows have no need of a database.

What is plain here becomes exactly what `treue.features.casting` makes of it in DuckDB. All else
(dates in other forms, numbers in texts, values that are refused) is left to that module, which
tells the user what it found.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from treue.features.casting import ARROW_TYPES, MISSING, TEXTS
from treue.features.equal_rows import EQUAL, row_numbers
from treue.features.schema import Kind
from treue.features.zones import to_utc_by_day

_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?"
_ZONE = r"(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])"
_MOMENT = re.compile(rf"[12][0-9]{{3}}-[0-9]{{2}}-[0-9]{{2}}(?:[ T]{_CLOCK})?")
_MOMENT_IN_ZONE = re.compile(rf"[12][0-9]{{3}}-[0-9]{{2}}-[0-9]{{2}}[ T]{_CLOCK}{_ZONE}")
SPACES = "".join(map(chr, (0x20, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)))
"""What SQL's trim takes off the ends of a text: tabs stay."""
_FLAGS = ("true", "false")


class NotPlainError(Exception):
    """A column has to be read by DuckDB."""


def plain_rows(
    frame: pa.Table, kinds: Mapping[str, Kind], *, time_zone: str | None
) -> tuple[pa.Table, dict[str, bool]]:
    """Return the columns of `kinds` cast, and which time columns had a zone, as `cast_columns`.

    Parameters
    ----------
    frame
        Rows as they were brought; `EQUAL` in the result is equal for equal ones.
    time_zone
        Zone of times that carry none; None: UTC.

    Raises
    ------
    NotPlainError
        If a value has to be read, or may be wrong.
    """
    zoned: dict[str, bool] = {}
    columns: list[pa.Array] = []
    try:
        for name, kind in kinds.items():
            column = _whole(frame[name])
            if kind == "time":
                cast, zoned[name] = _times(column, time_zone)
            else:
                cast = _cast(column, kind)
            columns.append(cast)
        columns.append(pa.array(row_numbers(frame), pa.uint64()))
    except (pa.ArrowException, duckdb.Error, ValueError, OverflowError) as error:
        raise NotPlainError from error
    return pa.Table.from_arrays(columns, names=[*kinds, EQUAL]), zoned


def kind_of(data_type: pa.DataType) -> Kind:
    """Return how an attribute of a plain type is held: number or category."""
    numeric = pa.types.is_integer(data_type) or pa.types.is_floating(data_type)
    return "number" if numeric else "category"


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _cast(column: pa.Array, kind: Kind) -> pa.Array:
    if pa.types.is_null(column.type):
        return pa.nulls(len(column), ARROW_TYPES[kind])
    if kind in TEXTS:
        return _texts(column, kind)
    if pa.types.is_boolean(column.type) and kind == "flag":
        return column
    numbers = _numbers(column)
    if kind == "integer":
        return numbers.cast(pa.int64())  # refuses fractions
    if kind == "flag":
        return _flags(numbers)
    return numbers


def _numbers(column: pa.Array) -> pa.Array:
    """Return finite numbers as float64, NaN as null."""
    if pa.types.is_integer(column.type):
        return column.cast(pa.float64())  # refuses those that float64 cannot hold
    if not pa.types.is_floating(column.type):
        raise NotPlainError
    column = column.cast(pa.float64())
    values = column.to_numpy(zero_copy_only=False)
    if np.isfinite(values).all():
        return column
    if np.isinf(values).any():
        raise NotPlainError
    return pa.array(values, pa.float64(), from_pandas=True)


def _flags(numbers: pa.Array) -> pa.Array:
    values = numbers.drop_null().to_numpy()
    if not ((values == 0) | (values == 1)).all():
        raise NotPlainError
    return pc.equal(numbers, 1.0)


def _texts(column: pa.Array, kind: Kind) -> pa.Array:
    """Return trimmed texts, what stands for nothing as null."""
    if pa.types.is_floating(column.type) and kind == "id":
        column = _numbers(column).cast(pa.int64())  # a gap made floats of them
    if pa.types.is_integer(column.type):
        return column.cast(pa.string())
    if pa.types.is_boolean(column.type) and kind != "id":
        return column.cast(pa.string())
    given = _strings(column)
    read = _READ[kind]
    texts = [None if value is None else read(value) for value in given]
    if texts == given and column.type == pa.string():
        return column
    return pa.array(texts, pa.string())


def _strings(column: pa.Array) -> list[str | None]:
    data_type = column.type
    if pa.types.is_dictionary(data_type):
        data_type = data_type.value_type
    if not (
        pa.types.is_string(data_type)
        or pa.types.is_large_string(data_type)
        or pa.types.is_string_view(data_type)
    ):
        raise NotPlainError
    values: list[str | None] = column.to_pylist()
    return values


def _identifier(value: str) -> str | None:
    if value.endswith(".0"):  # a whole number, if all the others are
        raise NotPlainError
    return _filled(value)


def _filled(value: str) -> str | None:
    text = value.strip(SPACES)
    return None if text.lower() in MISSING else text


def _plain_text(value: str) -> str | None:
    return value.strip(SPACES) or None


def _category(value: str) -> str | None:
    text = value.strip(SPACES)
    lower = text.lower()
    return lower if lower in _FLAGS else text or None


_READ: dict[Kind, Callable[[str], str | None]] = {
    "id": _identifier,
    "text": _plain_text,
    "category": _category,
}


def _times(column: pa.Array, time_zone: str | None) -> tuple[pa.Array, bool]:
    """Return moments in UTC without zone, and whether they had one."""
    kind = ARROW_TYPES["time"]
    if pa.types.is_null(column.type):
        return pa.nulls(len(column), kind), False
    if pa.types.is_timestamp(column.type):
        zone = column.type.tz
        if zone is not None:
            return column.cast(pa.timestamp("us", zone)).cast(pa.int64()).cast(kind), True
        return _in_utc(column.cast(kind), time_zone), False
    if pa.types.is_date32(column.type):
        return _in_utc(column.cast(kind), time_zone), False
    texts = [None if value is None else _filled(value) for value in _strings(column)]
    told = [text for text in texts if text is not None]
    if told and _MOMENT_IN_ZONE.fullmatch(told[0]):
        return _in_zones(texts, told), True
    if not all(map(_MOMENT.fullmatch, told)):
        raise NotPlainError
    moments = pa.array(np.array(texts, dtype="datetime64[us]"), kind)
    return _in_utc(moments, time_zone), False


def _in_zones(texts: Sequence[str | None], told: Sequence[str]) -> pa.Array:
    if not all(map(_MOMENT_IN_ZONE.fullmatch, told)):
        raise NotPlainError
    moments = [None if text is None else datetime.fromisoformat(text) for text in texts]
    in_utc = [moment and moment.astimezone(UTC).replace(tzinfo=None) for moment in moments]
    return pa.array(in_utc, ARROW_TYPES["time"])


def _in_utc(moments: pa.Array, time_zone: str | None) -> pa.Array:
    if time_zone is None:
        return moments
    in_utc = to_utc_by_day(moments.to_numpy(zero_copy_only=False), time_zone)
    if in_utc is None:
        raise NotPlainError
    return pa.array(in_utc, moments.type)

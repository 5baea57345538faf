"""A table without rows that notes by which keys rows are brought together.

It stands behind narwhals' `LazyFrame`, so that a family's streams run on it unchanged, whatever
the operation: it follows only which columns say whose a row is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals.stable.v2 as nw

from treue.features.small_record import Namespace, Record

_OF_SEVERAL = frozenset(
    (
        *("sum", "mean", "median", "std", "var", "skew", "kurtosis", "min", "max", "quantile"),
        *("count", "n_unique", "null_count", "len", "any", "all", "mode", "first", "last"),
        *("any_value", "corr", "cov", "rank", "is_unique", "is_duplicated"),
    )
)
"""Operations on several rows that can do without `over`."""


class OthersError(Exception):
    """Rows of several customers are brought together; the text says by what."""


@dataclass(frozen=True)
class WatchedFrame:
    """A table without rows; narwhals calls it as it calls any lazy frame.

    Attributes
    ----------
    kinds
        Type of each column, unknown where it is computed.
    whose
        Columns that say whose a row is, each with the column that it was once.
    """

    kinds: Mapping[str, Any]
    whose: Mapping[str, str]
    _version: Any = None

    def __narwhals_lazyframe__(self) -> WatchedFrame:
        return self

    def __narwhals_namespace__(self) -> Namespace:
        return Namespace()

    def _with_version(self, version: Any) -> WatchedFrame:
        return replace(self, _version=version)

    @property
    def _native_frame(self) -> WatchedFrame:
        return self

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return list(self.kinds)

    def collect_schema(self) -> dict[str, Any]:
        """Names and types."""
        return dict(self.kinds)

    schema = property(collect_schema)

    # the same rows, or some of them

    def select(self, *records: Record) -> WatchedFrame:
        """Other columns."""
        frame = self.watched(records)
        made = [(name, origin) for each in records for name, origin in _made(each, self.columns)]
        whose = {name: frame.whose[o] for name, o in made if o in frame.whose}
        kinds = {name: self.kinds.get(o, nw.Unknown()) for name, o in made}
        return replace(frame, kinds=kinds, whose=whose)

    def aggregate(self, *records: Record) -> WatchedFrame:
        """One row of all."""
        return self.watched(records)

    def simple_select(self, *names: str) -> WatchedFrame:
        """Some columns."""
        return self.select(*(Record("col", (name,)) for name in names))

    def with_columns(self, *records: Record) -> WatchedFrame:
        """More columns."""
        new = self.select(*records)
        kept = {
            name: source
            for name, source in self.whose.items()
            if name not in new.kinds and source in self.watched(records).whose.values()
        }
        return replace(self, kinds={**self.kinds, **new.kinds}, whose=kept | dict(new.whose))

    def filter(self, condition: Record) -> WatchedFrame:
        """Some rows."""
        return self.watched([condition])

    def drop_nulls(self, *_: Any, **__: Any) -> WatchedFrame:
        """Some rows."""
        return self

    sort = explode = drop_nulls

    def drop(self, names: Sequence[str], *, strict: bool) -> WatchedFrame:
        """All but some columns."""
        return self.simple_select(*(name for name in self.columns if name not in names))

    def rename(self, mapping: Mapping[str, str]) -> WatchedFrame:
        """Other names."""
        cells = [(mapping.get(name, name), name) for name in self.columns]
        whose = {new: self.whose[old] for new, old in cells if old in self.whose}
        return replace(self, kinds={new: self.kinds[old] for new, old in cells}, whose=whose)

    def head(self, *_: Any, **__: Any) -> WatchedFrame:
        """Rows by their place in the whole table."""
        raise OthersError("rows by their place among those of all customers")

    tail = top_k = gather_every = with_row_index = head

    # rows that are brought together

    def unique(self, subset: Sequence[str] | None, **_: Any) -> WatchedFrame:
        """One row for each of certain values."""
        return self.kept_apart("unique", subset or self.columns)

    def group_by(self, keys: Sequence[Any], **_: Any) -> WatchedGroups:
        """Groups of rows with equal keys."""
        records = [Record("col", (key,)) if isinstance(key, str) else key for key in keys]
        named = [origin for record in records for _, origin in _made(record, self.columns)]
        return WatchedGroups(self.kept_apart("group_by", named), records)

    def join(
        self,
        other: WatchedFrame,
        *,
        how: str,
        left_on: Sequence[str] | None,
        right_on: Sequence[str] | None,
        suffix: str,
    ) -> WatchedFrame:
        """Rows beside those of another frame that have the same keys."""
        pairs = list(zip(left_on or (), right_on or (), strict=True))
        same = {
            other.whose[right]: self.whose[left]
            for left, right in pairs
            if left in self.whose and right in other.whose
        }
        if not same:
            raise OthersError(_by(f"join ({how})", left_on or ()))
        whose = {name: source for name, source in self.whose.items() if source in same.values()}
        if how in ("semi", "anti"):
            return replace(self, whose=whose)
        added = {
            name: name + suffix if name in self.kinds else name
            for name in other.columns
            if name not in dict(map(reversed, pairs)) or how == "full"  # type: ignore[arg-type]
        }
        whose |= {
            new: same[other.whose[old]]
            for old, new in added.items()
            if other.whose.get(old) in same
        }
        kinds = {**self.kinds, **{new: other.kinds[old] for old, new in added.items()}}
        return replace(self, kinds=kinds, whose=whose)

    def join_asof(
        self,
        other: WatchedFrame,
        *,
        left_on: str,
        right_on: str,
        by_left: Sequence[str] | None,
        by_right: Sequence[str] | None,
        strategy: str,
        suffix: str,
    ) -> WatchedFrame:
        """Rows beside the nearest of another frame."""
        return self.join(other, how=strategy, left_on=by_left, right_on=by_right, suffix=suffix)

    def stack(self, others: Sequence[WatchedFrame], how: str) -> WatchedFrame:
        """The rows of others below these."""
        found = self
        for other in others:
            shared = [name for name in found.whose if name in other.whose]
            whose = {
                name: "|".join({found.whose[name]: 0, other.whose[name]: 0}) for name in shared
            }
            found = replace(found, kinds={**other.kinds, **found.kinds}, whose=whose)
        return found

    # the law

    def watched(self, records: Iterable[Record]) -> WatchedFrame:
        """The frame, whose rows are those of the customers that expressions go by."""
        frame = self
        for record in records:
            frame = frame._followed(record)
        return frame

    def _followed(self, record: Record) -> WatchedFrame:
        if record.name == "over":
            given = [*record.args[1:], record.params.get("partition_by")]
            return self.kept_apart("over", given[0] or ())
        if record.name in _OF_SEVERAL and (record.args or record.name == "len"):
            raise OthersError(f"{record.name} over the whole table")
        inner = (*record.args, *record.params.values())
        return self.watched(each for each in inner if isinstance(each, Record))

    def kept_apart(self, what: str, keys: Sequence[Any]) -> WatchedFrame:
        """The frame, whose rows are those of the customers among the keys."""
        sources = {self.whose[key] for key in keys if key in self.whose}
        if not sources:
            raise OthersError(_by(what, keys))
        whose = {name: source for name, source in self.whose.items() if source in sources}
        return replace(self, whose=whose)


@dataclass(frozen=True)
class WatchedGroups:
    """The groups of such a frame."""

    frame: WatchedFrame
    keys: Sequence[Record]

    def agg(self, *records: Record) -> WatchedFrame:
        """One row a group: its keys and aggregates."""
        names = [name for record in records for name, _ in _made(record, self.frame.columns)]
        found = self.frame.select(*self.keys)
        return replace(found, kinds={**found.kinds, **dict.fromkeys(names, nw.Unknown())})


def _made(record: Record, columns: Sequence[str]) -> list[tuple[str, str]]:
    """The columns that it makes, each with the column that it only copies, if any."""
    if record.name == "all" and not record.args:
        return [(name, name) for name in columns]
    if record.name == "col":
        return [(name, name) for name in record.args]
    inner = record
    while inner.name in ("alias", "broadcast"):
        inner = inner.args[0]
    copied = inner.name == "col" and len(inner.args) == 1
    return [(record.output, inner.args[0] if copied else "")]


def _by(what: str, keys: Sequence[Any]) -> str:
    return f"{what} {', '.join(map(str, keys)) or 'no key'}"

"""From the record of an expression to the steps that compute it on a frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial, reduce
from typing import TYPE_CHECKING, Any

from treue.features import small_columns as columns
from treue.features import small_groups as groups
from treue.features.small_columns import UnsureError
from treue.features.small_graph import Node
from treue.features.small_record import Record
from treue.features.small_rules import ARITHMETIC, COMPARISONS, LIMIT, Rules

if TYPE_CHECKING:
    from treue.features.small_frame import SmallFrame


class Moment(Enum):
    """What a literal can stand for beside a value."""

    CUTOFF = "the cutoff of each row"


TIMES = 2.0**59
"""Bound of times in microseconds."""
AGGREGATES = frozenset(("sum", "count", "min", "max", "mean", "n_unique", "any", "all"))
FUNCTIONS = {
    "abs": columns.absolute,
    "__neg__": columns.negative,
    "exp": columns.exponential,
    "sqrt": columns.square_root,
}


@dataclass(frozen=True)
class Expressions:
    """Evaluates records on the rows of a frame, or on its groups.

    Attributes
    ----------
    frame
        The rows; sorted by group where there are groups.
    groups
        The groups that aggregates are taken of; None: there are no aggregates.
    """

    frame: SmallFrame
    groups: Node | None = None

    @property
    def rules(self) -> Rules:
        """The steps of operations in the frame's graph."""
        return Rules(self.frame.graph)

    def node(self, record: Any) -> Node:
        """The step that computes it."""
        if not isinstance(record, Record):
            raise UnsureError(f"{record!r} in an expression")
        known = _KNOWN.get(record.name)
        if known is None:
            raise UnsureError(f"the operation {record.name}")
        return known(self, record)

    def nodes(self, record: Record) -> list[Node]:
        """The steps of what an operation is called on and with."""
        return [self.node(arg) for arg in record.args]

    def column(self, record: Record) -> Node:
        """A column of the rows."""
        if self.groups is not None or len(record.args) != 1:
            raise UnsureError("a column beside aggregates, or several in one")
        return self.frame.named(record.args[0])

    def literal(self, record: Record) -> Node:
        """One value for all rows."""
        value, dtype = _arguments(record, ("value", None), ("dtype", None))
        if value is Moment.CUTOFF:
            return self.frame.cutoff()
        node = self.frame.graph.literal(value)
        return node if dtype is None else self.rules.cast(node, dtype)

    def inner(self, record: Record) -> Node:
        """What is only called otherwise, or stands for every row by itself."""
        return self.node(record.args[0])

    def arithmetic(self, record: Record) -> Node:
        """Sum, difference, product, of two values in turn."""
        a, b = self.nodes(record)
        if record.name == "__rsub__":
            return self.rules.arithmetic("__sub__", b, a)
        return self.rules.arithmetic(record.name, a, b)

    def case(self, record: Record) -> Node:
        """A value by a condition."""
        found = [self.node(arg) for arg in record.args if arg is not None]
        return self.rules.case(*found, *(self.node(p) for p in record.params.values() if p))

    def conjunction(self, record: Record) -> Node:
        """Whether all hold."""
        if record.params.get("ignore_nulls"):
            raise UnsureError("conditions of which unknown ones are passed over")
        return reduce(partial(self.rules.logical, "__and__"), self.nodes(record))

    def filled(self, record: Record) -> Node:
        """A value in place of unknown ones."""
        given = [arg for arg in (*record.args[1:], *record.params.values()) if arg is not None]
        if len(given) != 1:
            raise UnsureError("filled from neighbours")
        return self.rules.filled(self.node(record.args[0]), self.node(given[0]))

    def clip(self, record: Record) -> Node:
        """Bounds of a value."""
        a, *edges = self.nodes(record)
        low = edges[0] if record.name != "clip_upper" else None
        return self.rules.clip(a, low, edges[-1] if record.name != "clip_lower" else None)

    def rounded(self, record: Record) -> Node:
        """A whole number."""
        (decimals,) = _arguments(record, ("decimals", 0), skip=1)
        return self.rules.rounded(self.node(record.args[0]), decimals)

    def cast(self, record: Record) -> Node:
        """A value of another type."""
        (dtype,) = _arguments(record, ("dtype", None), skip=1)
        return self.rules.cast(self.node(record.args[0]), dtype)

    def function(self, record: Record) -> Node:
        """A function of one number."""
        return self.rules.function(FUNCTIONS[record.name], self.node(record.args[0]))

    def is_between(self, record: Record) -> Node:
        """Whether a value lies between two others."""
        a, low, high = self.nodes(record)
        closed = record.params.get("closed", "both")
        above = self.rules.compare("__ge__" if closed in ("both", "left") else "__gt__", a, low)
        below = self.rules.compare("__le__" if closed in ("both", "right") else "__lt__", a, high)
        return self.rules.logical("__and__", above, below)

    def is_in(self, record: Record) -> Node:
        """Whether a value is one of a list."""
        (values,) = _arguments(record, ("other", ()), skip=1)
        return self.rules.is_in(self.node(record.args[0]), values)

    def aggregate(self, record: Record) -> Node:
        """One value for each group."""
        if self.groups is None or len(record.args) != 1 or record.params:
            raise UnsureError(f"{record.name} without groups")
        a = Expressions(self.frame).node(record.args[0])
        return self.rules.aggregate(record.name, a, self.groups)

    def length(self, record: Record) -> Node:
        """Rows of each group."""
        if self.groups is None or record.args:
            raise UnsureError("a number of rows without groups")
        return self.frame.graph.add(groups.sizes, self.groups, kind="int", bound=LIMIT)

    def over(self, record: Record) -> Node:
        """What is computed within the rows of equal keys, for each row."""
        partition, order = _arguments(record, ("partition_by", ()), ("order_by", ()), skip=1)
        inner = record.args[0]
        while inner.name == "alias":
            inner = inner.args[0]
        graph, frame = self.frame.graph, self.frame
        if inner.name in AGGREGATES or inner.name == "len":
            if order:
                raise UnsureError(f"{inner.name} up to each row")
            found = frame.grouped(partition)
            of_group = Expressions(frame.sorted_by(found), found).node(inner)
            return frame.taken(of_group, graph.add(groups.group_of_rows, found))
        if inner.name not in ("shift", "diff") or not order:
            raise UnsureError(f"{inner.name} within rows")
        (by,) = _arguments(inner, ("n", 1), skip=1)
        kernel = partial(groups.neighbour, by=by)
        rows = graph.add(kernel, frame.grouped(partition, order), name="neighbour", key=by)
        a = self.node(inner.args[0])
        if a.is_literal:
            raise UnsureError("a literal before or after")
        before = graph.add(columns.looked_up, a, rows, kind=a.kind, bound=a.bound)
        return before if inner.name == "shift" else self.rules.arithmetic("__sub__", a, before)


def _arguments(record: Record, *wanted: tuple[str, Any], skip: int = 0) -> tuple[Any, ...]:
    """Arguments by place or by name; none may be left over."""
    given = record.args[skip:]
    names = [name for name, _ in wanted]
    if len(given) > len(names) or not set(record.params) <= set(names[len(given) :]):
        raise UnsureError(f"{record.name} with {', '.join(record.params)}")
    found = dict(wanted) | dict(zip(names, given, strict=False)) | record.params
    return tuple(found[name] for name in names)


def _of_two(name: str) -> Callable[[Expressions, Record], Node]:
    def known(self: Expressions, record: Record) -> Node:
        found: Node = getattr(self.rules, name)(*self.nodes(record))
        return found

    return known


def _named(name: str) -> Callable[[Expressions, Record], Node]:
    def known(self: Expressions, record: Record) -> Node:
        function = getattr(self.rules, name)
        return reduce(partial(function, record.name), self.nodes(record))

    return known


_KNOWN: dict[str, Callable[[Expressions, Record], Node]] = {
    "col": Expressions.column,
    "lit": Expressions.literal,
    "alias": Expressions.inner,
    "broadcast": Expressions.inner,
    "over": Expressions.over,
    "len": Expressions.length,
    "when_then": Expressions.case,
    "all_horizontal": Expressions.conjunction,
    "fill_null": Expressions.filled,
    "coalesce": lambda self, record: reduce(self.rules.filled, self.nodes(record)),
    "clip": Expressions.clip,
    "clip_lower": Expressions.clip,
    "clip_upper": Expressions.clip,
    "round": Expressions.rounded,
    "cast": Expressions.cast,
    "is_in": Expressions.is_in,
    "is_between": Expressions.is_between,
    "is_null": _of_two("is_null"),
    "__invert__": _of_two("invert"),
    "__truediv__": _of_two("divide"),
    "__rtruediv__": lambda self, record: self.rules.divide(*self.nodes(record)[::-1]),
    "__floordiv__": _of_two("floor_divide"),
    "__mod__": _of_two("modulo"),
    "__and__": _named("logical"),
    "__or__": _named("logical"),
    "min_horizontal": _named("extreme"),
    "max_horizontal": _named("extreme"),
    "__rsub__": Expressions.arithmetic,
    **dict.fromkeys(ARITHMETIC, Expressions.arithmetic),
    **dict.fromkeys(COMPARISONS, _named("compare")),
    **dict.fromkeys(AGGREGATES, Expressions.aggregate),
    **dict.fromkeys(FUNCTIONS, Expressions.function),
}

"""Which step computes an operation of an expression, so that the result is DuckDB's.

What is not here, or might come out otherwise than there, is refused (`UnsureError`). Numbers carry
a bound, so that integers are only checked for overflow, and floats for NaN, where they can be it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from treue.features import small_columns as columns
from treue.features import small_groups as groups
from treue.features.small_columns import UnsureError
from treue.features.small_graph import Graph, Kind, Node

LIMIT = 2.0**62
"""Integers stay below it."""
CAST = 2.0**48
"""Floats that are not known to be smaller than this are not made integers."""
SOME = 1e300
"""Bound of a float that is a number."""
NUMBERS = ("int", "float")

ARITHMETIC = {"__add__": operator.add, "__sub__": operator.sub, "__mul__": operator.mul}
COMPARISONS = {
    "__eq__": np.equal,
    "__ne__": np.not_equal,
    "__lt__": np.less,
    "__le__": np.less_equal,
    "__gt__": np.greater,
    "__ge__": np.greater_equal,
}


@dataclass
class Rules:
    """The steps of operations in one graph."""

    graph: Graph

    def arithmetic(self, name: str, a: Node, b: Node) -> Node:
        """Sum, difference, product."""
        function = ARITHMETIC[name]
        kind = self._number(a, b)
        if a.is_literal and b.is_literal:
            return self.graph.literal(function(a.value, b.value))
        bound = a.bound * b.bound if name == "__mul__" else a.bound + b.bound
        if kind == "int" and not bound < LIMIT:
            kernel = columns.certain(function)
            return self.graph.add(kernel, a, b, kind=kind, bound=LIMIT, name=name, key="certain")
        kernel = columns.elementwise(function)
        return self.graph.add(kernel, a, b, kind=kind, bound=_finite(bound), name=name)

    def divide(self, a: Node, b: Node) -> Node:
        """Quotient, always a float."""
        self._number(a, b)
        bound = float("inf")
        if b.is_literal:
            if not b.value or a.is_literal:
                raise UnsureError("a division of literals, or by zero")
            bound = _finite(a.bound / abs(b.value))
        kernel = columns.elementwise(operator.truediv)
        a = a.args[0] if a.name == "to_float" else a  # the division does the same
        return self.graph.add(kernel, a, b, kind="float", bound=bound, name="divide")

    def floor_divide(self, a: Node, b: Node) -> Node:
        """Whole quotient of integers."""
        self._integers(a, b)
        return self.graph.add(columns.floor_divide, a, b, kind="int", bound=a.bound + 1)

    def modulo(self, a: Node, b: Node) -> Node:
        """Rest of a floored division of integers."""
        self._integers(a, b)
        return self.graph.add(columns.modulo, a, b, kind="int", bound=b.bound)

    def compare(self, name: str, a: Node, b: Node) -> Node:
        """Condition on two values of one kind."""
        if a.is_literal and b.is_literal:
            raise UnsureError("literals compared")
        if not (a.kind == b.kind and a.kind in ("text", "bool", "code")):
            self._number(a, b)
        kernel = columns.elementwise(COMPARISONS[name])
        return self.graph.add(kernel, self.solid(a), self.solid(b), kind="bool", name=name)

    def is_in(self, a: Node, values: Any) -> Node:
        """Whether a value is one of a list."""
        found = [self.compare("__eq__", a, self.graph.literal(value)) for value in values]
        if not found or any(value is None for value in values):
            raise UnsureError("an empty list, or one with an unknown value")
        return reduce(partial(self.logical, "__or__"), found)

    def logical(self, name: str, a: Node, b: Node) -> Node:
        """Three-valued and, or."""
        self._conditions(a, b)
        kernel = columns.conjunction if name == "__and__" else columns.disjunction
        return self.graph.add(kernel, a, b, kind="bool")

    def invert(self, a: Node) -> Node:
        """Three-valued not."""
        self._conditions(a)
        if a.name == "as_column" and a.args[0].name == "is_null":
            return self._certain_condition(columns.is_known, a.args[0].args[0])
        return self.graph.add(columns.negation, a, kind="bool")

    def is_null(self, a: Node) -> Node:
        """Whether a value is unknown."""
        if a.is_literal:
            raise UnsureError("a literal that is asked whether it is known")
        return self._certain_condition(columns.is_null, a)

    def _certain_condition(self, kernel: Callable[..., Any], a: Node) -> Node:
        return self.graph.add(columns.as_column, self.graph.add(kernel, a), kind="bool")

    def truth(self, a: Node) -> Node:
        """Where a condition is known to hold: simpler than what it is where unknown."""
        self._conditions(a)
        if a.name == "as_column":
            return a.args[0]
        if a.name in ("conjunction", "disjunction"):
            both = operator.and_ if a.name == "conjunction" else operator.or_
            return self.graph.add(both, *(self.truth(arg) for arg in a.args))
        if a.name == "negation":
            inner = a.args[0]
            if inner.name == "as_column":
                return self.graph.add(operator.invert, inner.args[0])
            return self.graph.add(columns.fails, inner)
        if a.name == "filled" and a.args[1].is_literal and a.args[1].value is False:
            return self.truth(a.args[0])
        return self.graph.add(columns.holds, a)

    def case(self, condition: Node, then: Node, otherwise: Node | None = None) -> Node:
        """A value where a condition holds; else another, or none."""
        truth = self.truth(condition)
        if then.kind == "null":
            raise UnsureError("a case without a value")
        if otherwise is None or otherwise.kind == "null":
            bound = SOME if _guarded(condition, then) else then.bound
            return self.graph.add(columns.where, truth, then, kind=then.kind, bound=bound)
        then, otherwise = self._alike(then, otherwise)
        bound = max(then.bound, otherwise.bound)
        return self.graph.add(columns.choose, truth, then, otherwise, kind=then.kind, bound=bound)

    def filled(self, a: Node, b: Node) -> Node:
        """The first value, or the second where that is unknown."""
        if a.is_literal:
            raise UnsureError("a literal that is filled")
        a, b = self._alike(a, b)
        return self.graph.add(columns.filled, a, b, kind=a.kind, bound=max(a.bound, b.bound))

    def extreme(self, name: str, a: Node, b: Node) -> Node:
        """The smaller or larger of two values, of which one may be unknown."""
        a, b = self._alike(self.solid(a), self.solid(b))
        if a.is_literal or b.is_literal or a.kind == "bool":
            raise UnsureError("literals or conditions compared for the larger")
        kernel = columns.least if name == "min_horizontal" else columns.greatest
        return self.graph.add(kernel, a, b, kind=a.kind, bound=max(a.bound, b.bound))

    def clip(self, a: Node, low: Node | None, high: Node | None) -> Node:
        """Values no smaller than `low` and no larger than `high`."""
        kind = a.kind
        for edge in (low, high):
            if edge is not None and not edge.is_literal:
                raise UnsureError("bounds that are no literals")
            if edge is not None and self._number(a, edge) == "float":
                kind = "float"
        if kind == "float":
            a = self.cast(a, nw.Float64)
        edges = [None if edge is None else edge.value for edge in (low, high)]
        kernel = partial(columns.clipped, low=edges[0], high=edges[1])
        bound = max(a.bound, *(edge.bound for edge in (low, high) if edge is not None))
        return self.graph.add(
            kernel,
            self.solid(a),
            kind=kind,
            bound=bound,
            name="clip",
            value=edges[0],
            key=tuple(map(repr, edges)),
        )

    def rounded(self, a: Node, decimals: int) -> Node:
        """Whole number, half away from zero."""
        if a.kind != "float" or decimals:
            raise UnsureError("rounding to decimals")
        return self.graph.add(columns.rounded, a, kind="float", bound=a.bound + 1)

    def function(self, kernel: Callable[..., Any], a: Node) -> Node:
        """Power of e, square root, size, or the sign turned."""
        self._number(a, a)
        if a.is_literal:
            raise UnsureError("a function of a literal")
        if kernel in (columns.absolute, columns.negative):
            return self.graph.add(kernel, a, kind=a.kind, bound=a.bound)
        a, bound = self.cast(a, nw.Float64), float("inf")
        if kernel is columns.square_root and a.name == "clip" and (a.value or 0) >= 0:
            bound = a.bound if a.value is not None else bound
        return self.graph.add(kernel, a, kind="float", bound=bound)

    def cast(self, a: Node, dtype: Any) -> Node:
        """A number or condition as float64 or as an integer of at least 64 bits."""
        if dtype == nw.Float64 and a.kind in ("int", "bool", "float"):
            if a.kind == "float":
                return a
            if a.is_literal:
                return self.graph.literal(float(a.value))
            bound = 1.0 if a.kind == "bool" else a.bound
            return self.graph.add(columns.to_float, a, kind="float", bound=bound)
        if dtype in (nw.Int64, nw.Int128) and a.kind in ("int", "bool", "float"):
            if a.kind == "int":
                return a
            if a.is_literal:
                raise UnsureError("a literal that is made an integer")
            bound = 1.0 if a.kind == "bool" else a.bound
            if bound < LIMIT:
                return self.graph.add(columns.to_int, a, kind="int", bound=bound + 1)
            return self.graph.add(columns.to_int_if_it_fits, a, kind="int", bound=CAST)
        raise UnsureError(f"a {a.kind} cast to {dtype}")

    def solid(self, a: Node) -> Node:
        """The same values, refused where a float among them is no number."""
        if a.kind != "float" or a.bound <= SOME:
            return a
        return self.graph.add(columns.solid, a, kind="float", bound=SOME)

    def aggregate(self, name: str, a: Node, rows: Node) -> Node:
        """One value for each group."""
        if a.is_literal:
            raise UnsureError("an aggregate of a literal")
        if name == "count":
            return self.graph.add(groups.count, a, rows, kind="int", bound=CAST)
        if name in ("sum", "mean"):
            self._integers(a)
            function = groups.total if name == "sum" else groups.mean
            kind: Kind = "int" if name == "sum" else "float"
            kernel = partial(function, bound=a.bound)
            return self.graph.add(
                kernel, a, rows, kind=kind, bound=LIMIT, name=f"group {name}", key=a.bound
            )
        if name in ("min", "max") and a.kind != "bool":
            extreme = groups.smallest if name == "min" else groups.largest
            return self.graph.add(extreme, self.solid(a), rows, kind=a.kind, bound=a.bound)
        if name == "n_unique":
            return self.graph.add(groups.distinct, self.solid(a), rows, kind="int", bound=CAST)
        if name == "any":
            found = self.graph.add(groups.any_holds, self.truth(a), rows)
            return self.graph.add(columns.as_column, found, kind="bool")
        if name == "all":
            failing = self.truth(self.invert(a))
            found = self.graph.add(groups.all_hold, failing, rows)
            return self.graph.add(columns.as_column, found, kind="bool")
        raise UnsureError(f"{name} of a {a.kind}")

    def _number(self, *nodes: Node) -> Kind:
        if any(node.kind not in NUMBERS for node in nodes):
            raise UnsureError(f"numbers expected, not {', '.join(node.kind for node in nodes)}")
        return "float" if any(node.kind == "float" for node in nodes) else "int"

    def _integers(self, *nodes: Node) -> None:
        if any(node.kind != "int" for node in nodes):
            raise UnsureError(f"integers expected, not {', '.join(node.kind for node in nodes)}")

    def _conditions(self, *nodes: Node) -> None:
        if any(node.kind != "bool" or node.is_literal for node in nodes):
            raise UnsureError("a condition expected")

    def _alike(self, a: Node, b: Node) -> tuple[Node, Node]:
        """Both of one kind: integers beside floats become floats."""
        if a.kind == b.kind:
            return a, b
        self._number(a, b)
        return self.cast(a, nw.Float64), self.cast(b, nw.Float64)


def _finite(bound: float) -> float:
    return float("inf") if bound != bound or bound > SOME else bound


def _guarded(condition: Node, then: Node) -> bool:
    """Whether a quotient is only taken where its divisor is above zero."""
    return (
        then.name == "divide"
        and condition.name == "__gt__"
        and condition.args[1].is_literal
        and condition.args[1].value >= 0
        and condition.args[0] in (then.args[1], *_unsolid(then.args[1], condition.args[0]))
        and all(arg.bound <= SOME or arg is then.args[1] for arg in then.args)
    )


def _unsolid(divisor: Node, asked: Node) -> tuple[Node, ...]:
    return (asked,) if asked.name == "solid" and asked.args[0] is divisor else ()

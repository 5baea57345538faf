"""What is to be computed, as a graph: each step once, however many features need it.

The graph is written down once for a company's columns; `Program` runs it for any rows.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from treue.features.small_columns import Unsure

Kind = Literal["int", "float", "bool", "text", "null", "other"]
"""What a column holds; ``other`` is no column: rows, groups, a number."""
Kernel = Callable[..., Any]


@dataclass(frozen=True, eq=False, slots=True)
class Node:
    """One step.

    Attributes
    ----------
    kernel
        Function of the results of `args`; None for what is given when the program runs.
    name
        What the step does, for rules that look for a certain step.
    bound
        No result is larger than this (either sign); infinite where a float may also be NaN.
    value
        The number or text of a literal; what is given, for what is given.
    number
        Place in the graph: a step stands behind those it needs.
    """

    kernel: Kernel | None
    name: str
    args: tuple[Node, ...]
    kind: Kind
    bound: float
    value: Any
    number: int

    @property
    def is_literal(self) -> bool:
        """Whether it is one number, not a column."""
        return self.name == "literal"


@dataclass
class Graph:
    """Steps, each of which exists once."""

    nodes: list[Node] = field(default_factory=list)
    _known: dict[Hashable, Node] = field(default_factory=dict)

    def add(
        self,
        kernel: Kernel | None,
        *args: Node,
        kind: Kind = "other",
        bound: float = float("inf"),
        name: str = "",
        value: Hashable = None,
        key: Hashable = None,
    ) -> Node:
        """The step, made if there is none like it; `key` tells kernels of one name apart."""
        name = name or getattr(kernel, "__name__", "")
        told = key if key is not None else (type(value), value)
        same = (name, told, *(arg.number for arg in args))
        if same not in self._known:
            node = Node(kernel, name, args, kind, bound, value, len(self.nodes))
            self.nodes.append(node)
            self._known[same] = node
        return self._known[same]

    def given(self, *value: Hashable, kind: Kind = "other", bound: float = float("inf")) -> Node:
        """What is given when the program runs."""
        return self.add(None, kind=kind, bound=bound, name="given", value=value)

    def literal(self, value: Any) -> Node:
        """One number, condition or text; None is unknown."""
        kind: Kind = "null"
        if isinstance(value, bool):
            kind = "bool"
        elif isinstance(value, int):
            kind = "int"
        elif isinstance(value, float):
            kind = "float"
        elif isinstance(value, str):
            kind = "text"
        elif value is not None:
            raise Unsure(f"a literal of {type(value).__name__}")
        bound = abs(float(value)) if kind in ("int", "float") else float("inf")
        return self.add(None, kind=kind, bound=bound, name="literal", value=value)


Step = tuple[int, Kernel, tuple[int, ...]]


@dataclass(frozen=True)
class Block:
    """Steps that are skipped together, where the customers have no rows of a kind.

    Attributes
    ----------
    gate
        The step whose groups are looked at; None: never skipped.
    absent
        What then stands for results that are needed outside.
    """

    gate: int | None
    steps: tuple[Step, ...]
    absent: tuple[Step, ...] = ()


class Program:
    """The steps that certain results need, in an order in which they can be run.

    Parameters
    ----------
    graph
        Where they stand.
    outputs
        The results.
    """

    def __init__(self, graph: Graph, outputs: Iterable[Node]) -> None:
        self.outputs = tuple(outputs)
        needed = _needed(self.outputs)
        self.size = len(graph.nodes)
        self.given = {node.value: node.number for node in needed if node.name == "given"}
        self.texts = {n.number: n.value for n in needed if n.is_literal and n.kind == "text"}
        self.constants = {
            node.number: (node.value, None)
            for node in needed
            if node.is_literal and node.number not in self.texts
        }
        self.blocks = _blocks([node for node in needed if node.kernel is not None])

    def run(self, values: dict[Hashable, Any], texts: dict[str, int]) -> list[Any]:
        """The results, from what is given by name and the numbers of texts."""
        found: list[Any] = [None] * self.size
        for number, constant in self.constants.items():
            found[number] = constant
        for number, text in self.texts.items():
            found[number] = (texts[text], None)
        for name, number in self.given.items():
            found[number] = values[name]
        for block in self.blocks:
            steps = block.steps
            if block.gate is not None and not len(found[block.gate].starts):
                steps = block.absent
            for number, kernel, args in steps:
                found[number] = kernel(*[found[arg] for arg in args])
        return [found[node.number] for node in self.outputs]


def _needed(outputs: Sequence[Node]) -> list[Node]:
    found: dict[int, Node] = {}
    waiting = list(outputs)
    while waiting:
        node = waiting.pop()
        if node.number not in found:
            found[node.number] = node
            waiting += node.args
    return [found[number] for number in sorted(found)]


def _blocks(nodes: Sequence[Node]) -> tuple[Block, ...]:
    """First what leads to the gates, then what stands behind each, then what all that leads to."""
    gates: dict[int, int | None] = {}
    late: set[int] = set()
    first: list[Step] = []
    last: list[Step] = []
    behind: dict[int, list[Step]] = {}
    absent: dict[int, list[Step]] = {}
    for node in nodes:
        assert node.kernel is not None
        step = (node.number, node.kernel, tuple(arg.number for arg in node.args))
        if any(arg.number in late for arg in node.args):
            late.add(node.number)
            last.append(step)
            continue
        passed = {gates.get(arg.number) for arg in node.args} - {None}
        if len(passed) > 1:
            raise Unsure("rows of two streams in one")
        gate = next(iter(passed), None)
        if gate is None:
            first.append(step)
            gates[node.number] = node.number if node.name == "gathered" else None
            continue
        behind.setdefault(gate, []).append(step)
        if node.name == "scattered":
            absent.setdefault(gate, []).append((node.number, node.value, (node.args[-1].number,)))
            late.add(node.number)
        else:
            gates[node.number] = gate
    return (
        Block(None, tuple(first)),
        *(Block(gate, tuple(steps), tuple(absent.get(gate, ()))) for gate, steps in behind.items()),
        Block(None, tuple(last)),
    )

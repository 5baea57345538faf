"""What is to be computed, as a graph: each step once, however many features need it.

The graph is written down once for a company's columns; `Program` runs it for any rows.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from treue.features.small_columns import UnsureError
from treue.features.small_customers import NOBODY

Kind = Literal["int", "float", "bool", "text", "code", "null", "other"]
"""What a column holds: ``code`` is a customer, ``other`` no column (rows, groups, a number).

Another engine numbers customers otherwise, in the same order: codes can be compared, but are no
numbers."""
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
            raise UnsureError(f"a literal of {type(value).__name__}")
        bound = abs(float(value)) if kind in ("int", "float") else float("inf")
        return self.add(None, kind=kind, bound=bound, name="literal", value=value)


Step = tuple[int, Kernel, tuple[int, ...]]
Run = Callable[[list[Any]], None]
"""Computes steps one after another, from and into a list of results by number."""


@dataclass(frozen=True)
class Block:
    """Steps that are skipped together.

    Attributes
    ----------
    gates
        Steps that find the rows of the customers. Where none of them finds any, nobody needs the
        block; without gates it is never skipped.
    absent
        What then stands for results that are needed outside.
    """

    gates: tuple[int, ...]
    steps: Run
    absent: Run


class Program:
    """The steps that certain results need, in an order in which they can be run.

    Parameters
    ----------
    graph
        Where they stand.
    outputs
        The results.
    gates
        The steps that find the rows of the customers in a stream, each with the numbers of rows
        of which none may be zero, or else it finds nothing.
    """

    def __init__(
        self, graph: Graph, outputs: Iterable[Node], gates: Mapping[Node, Iterable[Node]]
    ) -> None:
        self.outputs = tuple(outputs)
        needed = _behind(self.outputs)
        self.size = len(graph.nodes)
        self.given = {node.value: node.number for node in needed if node.name == "given"}
        self.texts = {n.number: n.value for n in needed if n.is_literal and n.kind == "text"}
        self.constants = {
            node.number: (node.value, None)
            for node in needed
            if node.is_literal and node.number not in self.texts
        }
        self.gates = {gate.number: tuple(n.number for n in rows) for gate, rows in gates.items()}
        self.blocks = _blocks([node for node in needed if node.kernel is not None])

    def run(self, values: Mapping[Hashable, Any], texts: Mapping[str, int]) -> list[Any]:
        """The results, from what is given by name and the places of texts."""
        found: list[Any] = [None] * self.size
        for number, constant in self.constants.items():
            found[number] = constant
        for number, text in self.texts.items():
            found[number] = (texts[text], None)
        for name, number in self.given.items():
            found[number] = values[name]
        for gate, rows in self.gates.items():
            if not all(found[number] for number in rows):
                found[gate] = NOBODY
        for block in self.blocks:
            skipped = block.gates and all(found[gate] is NOBODY for gate in block.gates)
            if skipped:
                block.absent(found)
            else:
                block.steps(found)
        return [found[node.number] for node in self.outputs]


def _behind(nodes: Iterable[Node]) -> list[Node]:
    """The nodes and all that they need, in the order of the graph."""
    found: dict[int, Node] = {}
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node.number not in found:
            found[node.number] = node
            waiting += node.args
    return [found[number] for number in sorted(found)]


def _blocks(nodes: Sequence[Node]) -> tuple[Block, ...]:
    """First what leads to the gates, then what stands behind each, then what all that leads to."""
    first, late, behind = _stages(nodes)
    users: dict[int, set[int]] = {node.number: set() for node in first}
    for gate, stage in behind.items():
        for node in _behind(arg for step in stage for arg in step.args):
            if node.number in users:
                users[node.number].add(gate)
    always = [arg for node in late for arg in node.args if arg.number in users]
    always += [node.args[-1] for stage in behind.values() for node in stage if _leaves(node)]
    for node in _behind(always):
        if node.number in users:
            users[node.number].clear()
    sets: dict[tuple[int, ...], list[Node]] = {}
    for node in first:
        sets.setdefault(tuple(sorted(users[node.number])), []).append(node)
    # what several streams need stands before what one of them needs alone
    shared = sorted(sets, key=lambda gates: (bool(gates), -len(gates)))
    return (
        *(Block(gates, _run(_steps(sets[gates])), _run(())) for gates in shared),
        *(
            Block((gate,), _run(_steps(stage)), _run(_absent(stage)))
            for gate, stage in behind.items()
        ),
        Block((), _run(_steps(late)), _run(())),
    )


def _run(steps: Sequence[Step]) -> Run:
    """The steps as one function: a loop over them would take as long as the steps themselves."""
    lines = [
        f" f[{number}] = k{number}({', '.join(f'f[{arg}]' for arg in args)})"
        for number, _, args in steps
    ]
    written: dict[str, Any] = {f"k{number}": kernel for number, kernel, _ in steps}
    exec("\n".join(["def run(f):", *lines, " return"]), written)  # numbers only: nothing foreign
    run: Run = written["run"]
    return run


def _stages(nodes: Sequence[Node]) -> tuple[list[Node], list[Node], dict[int, list[Node]]]:
    """Steps that no gate leads to, steps that need results of several, and those behind each."""
    gates: dict[int, int | None] = {}
    after: set[int] = set()
    first: list[Node] = []
    late: list[Node] = []
    behind: dict[int, list[Node]] = {}
    for node in nodes:
        if any(arg.number in after for arg in node.args):
            after.add(node.number)
            late.append(node)
            continue
        passed = {gates.get(arg.number) for arg in node.args} - {None}
        if len(passed) > 1:
            raise UnsureError("rows of two streams in one")
        gate = next(iter(passed), None)
        if gate is None:
            first.append(node)
            gates[node.number] = node.number if node.name == "gathered" else None
            continue
        behind.setdefault(gate, []).append(node)
        if _leaves(node):
            after.add(node.number)
        else:
            gates[node.number] = gate
    return first, late, behind


def _leaves(node: Node) -> bool:
    """Whether a step makes one value for each customer of the panel, of those with rows."""
    return node.name == "scattered"


def _absent(nodes: Sequence[Node]) -> tuple[Step, ...]:
    """What stands for results where nobody has rows."""
    return tuple((n.number, n.value, (n.args[-1].number,)) for n in nodes if _leaves(n))


def _steps(nodes: Sequence[Node]) -> tuple[Step, ...]:
    return tuple(
        (node.number, node.kernel, tuple(arg.number for arg in node.args))
        for node in nodes
        if node.kernel is not None
    )

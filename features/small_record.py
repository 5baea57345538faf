"""What narwhals is handed as an expression: a record of what was asked, evaluated later.

narwhals turns ``nw.col("amount").sum()`` into calls of a backend's objects. Here these only note
the calls, so nothing of narwhals' own insides is read, and an operation that is new to us is a name
that `treue.features.small_expressions` does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

OPERATORS = frozenset(
    f"__{name}__"
    for name in (
        *("add", "sub", "rsub", "mul", "truediv", "rtruediv", "floordiv", "rfloordiv", "mod"),
        *("rmod", "pow", "rpow", "and", "or", "xor", "invert", "neg"),
    )
)


class Record:
    """One call: its name, the records it was called on and with, and its other arguments."""

    _opt_metadata: Any = None

    def __init__(
        self, name: str, args: Sequence[Any] = (), params: Mapping[str, Any] | None = None
    ) -> None:
        self.name = name
        self.args = tuple(args)
        self.params = dict(params or {})

    @property
    def _metadata(self) -> Any:
        """What narwhals notes of the expression."""
        return self._opt_metadata

    def __getattr__(self, name: str) -> Callable[..., Record]:
        if name.startswith("_") and name not in OPERATORS:
            raise AttributeError(name)
        return Call(self, name)

    # these exist on every object, so that they are never asked of __getattr__
    def __eq__(self, other: object) -> Record:  # type: ignore[override]
        return Record("__eq__", (self, other))

    def __ne__(self, other: object) -> Record:  # type: ignore[override]
        return Record("__ne__", (self, other))

    def __lt__(self, other: object) -> Record:
        return Record("__lt__", (self, other))

    def __le__(self, other: object) -> Record:
        return Record("__le__", (self, other))

    def __gt__(self, other: object) -> Record:
        return Record("__gt__", (self, other))

    def __ge__(self, other: object) -> Record:
        return Record("__ge__", (self, other))

    __hash__ = object.__hash__

    def asks_for(self, value: object) -> bool:
        """Whether a literal of this value stands anywhere in it."""
        if self.name == "lit":
            return (*self.args, self.params.get("value"))[0] is value
        return any(arg.asks_for(value) for arg in self.args if isinstance(arg, Record))

    @property
    def output(self) -> str:
        """The name of the column it makes."""
        if self.name == "alias":
            return str(self.params["name"] if "name" in self.params else self.args[1])
        if self.name == "col":
            (name,) = self.args
            return str(name)
        if self.name in ("len", "lit"):
            return "len" if self.name == "len" else "literal"
        if self.name.startswith("__r"):
            return "literal"
        inner = self.args[1] if self.name == "when_then" else self.args[0]
        return str(inner.output)


class Call:
    """An operation on a record, or the name of several (``str`` in ``str.to_uppercase``)."""

    def __init__(self, on: Record, name: str) -> None:
        self._on = on
        self._name = name

    def __call__(self, *args: Any, **params: Any) -> Record:
        """The record of the call."""
        return Record(self._name, (self._on, *args), params)

    def __getattr__(self, name: str) -> Call:
        return Call(self._on, f"{self._name}.{name}")


class Namespace:
    """The functions of a backend, as records too."""

    def __getattr__(self, name: str) -> Callable[..., Record]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args, **params: Record(name, args, params)

    def concat(self, items: Sequence[Any], *, how: str) -> Any:
        """Frames below each other."""
        first, *others = items
        return first.stack(others, how)

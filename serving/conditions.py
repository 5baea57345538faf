"""Whether a customer's value fulfils a condition of treue.toml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from treue.serving.missing import is_missing
from treue.settings import Condition


def hold(conditions: Mapping[str, Condition], facts: Mapping[str, Any]) -> bool:
    """Whether all conditions hold; a quantity that is not there has a missing value."""
    return all(holds(condition, facts.get(name)) for name, condition in conditions.items())


def holds(condition: Condition, value: float | str | bool | None) -> bool:
    """Whether a value fulfils a condition; a missing one does only with ``or_missing``.

    >>> holds(Condition(at_least=4), 4), holds(Condition(at_least=4, below=6), 6)
    (True, False)
    >>> holds(Condition(at_most=0), None), holds(Condition(at_most=0, or_missing=True), None)
    (False, True)
    """
    if value is None or is_missing(value):
        return condition.or_missing
    if isinstance(value, str):
        return value in condition.one_of
    return not condition.one_of and (
        (condition.at_least is None or value >= condition.at_least)
        and (condition.above is None or value > condition.above)
        and (condition.at_most is None or value <= condition.at_most)
        and (condition.below is None or value < condition.below)
    )

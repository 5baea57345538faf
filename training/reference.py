"""The reference of ``treue.toml``, written from the fields themselves.

``python -m treue.training.reference docs/configuration.md`` writes it anew.
"""

import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from treue.features.schema import TABLES
from treue.features.sources import Source
from treue.training.config import Config
from treue.training.config_problems import section_of

_WORDS = {
    "int": "whole number",
    "float": "number",
    "str": "text",
    "bool": "true or false",
    "datetime": "date or time",
    "list": "list",
    "tuple": "list",
    "Path": "path",
}
_HEAD = """# treue.toml

<!-- Written by `python -m treue.training.reference docs/configuration.md`; do not edit. -->

Every key has a default unless it is marked *required*; unknown keys are refused.
Exactly one of `[tables.purchases]` (events) and `[panel]` (a table of features and labels that
is ready) must be there. Paths are relative to the file. A date means the start of that day.

```toml
language = "en"

[tables.purchases]
path = "purchases.csv"
columns = { customer_id = "Customer", purchased_at = "Date", amount = "Total" }

[label]
horizon_days = 90
```
"""


def configuration_reference() -> str:
    """Markdown: every section of ``treue.toml`` with its keys, types, defaults and meanings."""
    top = {n: f for n, f in Config.model_fields.items() if section_of(f.annotation) is None}
    parts = [_HEAD, "## Top of the file\n", _table(top)]
    for name, field in Config.model_fields.items():
        section = section_of(field.annotation)
        if section is None:
            continue
        if section is Source:
            tables = ", ".join(f"`{table}`" for table in TABLES)
            parts.append(
                f"## [tables.<name>]\n\nWhere a table lies; a list of such sections is stacked. "
                f"Tables: {tables}.\n"
            )
        else:
            parts.append(f"## [{name}]\n\n{(section.__doc__ or '').strip()}\n")
        parts += [_table(section.model_fields), *_inner(section, name)]
    return "\n".join(parts)


def _inner(section: type[BaseModel], path: str) -> Iterator[str]:
    """The tables of sections inside a section, such as ``[[approach.rules]]``."""
    for name, field in section.model_fields.items():
        inner = section_of(field.annotation)
        if inner is None:
            continue
        listed = typing.get_origin(field.annotation) is list
        key = f"{path}.{name}" + (".<name>" if "dict" in str(field.annotation) else "")
        yield f"### {f'[[{key}]]' if listed else f'[{key}]'}\n\n{(inner.__doc__ or '').strip()}\n"
        yield _table(inner.model_fields)
        yield from _inner(inner, key)


def _table(fields: dict[str, FieldInfo]) -> str:
    rows = ["| key | type | default | meaning |", "|---|---|---|---|"]
    rows += [
        f"| `{name}` | {_type(field.annotation)} | {_default(field)} | {_meaning(field)} |"
        for name, field in fields.items()
    ]
    return "\n".join(rows) + "\n"


def _type(annotation: Any) -> str:
    origin = typing.get_origin(annotation)
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in typing.get_args(annotation))
    if origin is typing.Annotated:
        return _type(typing.get_args(annotation)[0])
    if origin in (UnionType, typing.Union):
        kinds = [_type(part) for part in typing.get_args(annotation) if part is not type(None)]
        return " or ".join(dict.fromkeys(kinds))
    if origin in (list, tuple):
        return f"list of {_type(typing.get_args(annotation)[0])}"
    if origin is dict or (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        return "section"
    return _WORDS.get(getattr(annotation, "__name__", ""), str(annotation))


def _meaning(field: FieldInfo) -> str:
    return (field.description or "").rstrip(".")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "*required*"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ([], {}, ()):
        return "–"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(configuration_reference(), encoding="utf-8")

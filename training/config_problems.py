"""What is wrong in a configuration, in one readable line a problem."""

import typing
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from types import UnionType
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

_EXPECTED = {
    "int": "a whole number",
    "float": "a number",
    "string": "text in quotes",
    "bool": "true or false",
    "list": "a list in [ ]",
    "tuple": "a list in [ ]",
    "dict": "a section with keys of its own",
    "model": "a section with keys of its own",
    "datetime": "a date such as 2024-12-31",
    "finite": "a finite number",
}
_LIMITS = {
    "greater_than": "greater than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
}


def problems(
    error: ValidationError, model: type[BaseModel], content: Mapping[str, Any]
) -> list[str]:
    """One line for each place pydantic refused, as ``section.key: what; how to mend it``.

    `content` is what stood in the file: it tells keys of the file from pydantic's own path parts
    (members of unions, the list made of a single section).
    """
    lines: dict[str, str] = {}
    for detail in error.errors():
        path = _written(detail, content)
        where = ".".join(str(part + 1) if isinstance(part, int) else part for part in path)
        lines.setdefault(where, _line(detail, path, where, model))
    return list(lines.values())


def _written(detail: Any, content: Any) -> list[Any]:
    """The parts of pydantic's path that stand in the file."""
    path: list[Any] = []
    for part in detail["loc"]:
        inside = isinstance(content, Mapping) and part in content
        if inside or (isinstance(content, list) and isinstance(part, int)):
            content = content[part]
            path.append(part)
    return [*path, detail["loc"][-1]] if detail["type"] == "missing" else path


def _line(detail: Any, path: list[Any], where: str, model: type[BaseModel]) -> str:
    if detail["type"] == "extra_forbidden":
        return f"{where}: unknown key{_nearest(path, model)}"
    field = _field(path, model)
    told = f" ({field.description.rstrip('.')})" if field is not None and field.description else ""
    text = f"{_what(detail)}{told}"
    return f"{where}: {text}" if where else text


def _what(detail: Any) -> str:
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    shown = repr(value) if not isinstance(value, dict | list) else f"a {_container(value)}"
    if kind == "missing":
        return "is missing"
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        return f"must be {context['expected']}, not {shown}"
    if kind in _LIMITS:
        return f"must be {_LIMITS[kind].format(**context)}, not {shown}"
    if kind == "string_pattern_mismatch":
        return f"must look like {context['pattern']}, not {shown}"
    expected = _EXPECTED.get(kind.split("_")[0])
    return f"must be {expected}, not {shown}" if expected else f"{detail['msg']}, not {shown}"


def _container(value: dict[str, Any] | list[Any]) -> str:
    return "section" if isinstance(value, dict) else "list"


def _field(path: list[Any], model: type[BaseModel]) -> FieldInfo | None:
    """The field that `path` leads to, as far as it is one."""
    field: FieldInfo | None = None
    current: type[BaseModel] | None = model
    for part in path:
        if current is None:
            return field
        if part in current.model_fields:
            field = current.model_fields[part]
            current = section_of(field.annotation)
    return field


def section_of(annotation: Any) -> type[BaseModel] | None:
    """The section model inside an annotation such as ``Panel | None`` or ``dict[str, Source]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if isinstance(annotation, UnionType) or typing.get_origin(annotation) is not None:
        for part in typing.get_args(annotation):
            if (found := section_of(part)) is not None:
                return found
    return None


def _nearest(path: list[Any], model: type[BaseModel]) -> str:
    """The known key most like the unknown one: in its own section first, then in any."""
    wrong = str(path[-1])
    parent = model
    for part in path[:-1]:
        if part in parent.model_fields:
            parent = section_of(parent.model_fields[part].annotation) or parent
    here = get_close_matches(wrong, parent.model_fields, n=1, cutoff=0.5)
    if here:
        return f"; did you mean {here[0]}?"
    everywhere = {key: full for full, key in _keys(model)}
    other = get_close_matches(wrong, everywhere, n=1, cutoff=0.7)
    if other:
        return f"; did you mean {everywhere[other[0]]}?"
    return f"; known here are {', '.join(parent.model_fields)}"


def _keys(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, field in model.model_fields.items():
        yield prefix + name, name
        section = section_of(field.annotation)
        if section is not None and "dict" not in str(field.annotation):
            yield from _keys(section, f"{prefix}{name}.")

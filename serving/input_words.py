"""What is wrong with a value that was sent, in German; pydantic says it in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from treue.serving.dossier import Text

_GERMAN = {
    "literal_error": "erlaubt ist {expected}",
    "int_parsing": "hier gehört eine ganze Zahl hin",
    "int_from_float": "hier gehört eine ganze Zahl hin",
    "int_parsing_size": "diese Zahl ist zu groß",
    "float_parsing": "hier gehört eine Zahl hin",
    "finite_number": "hier gehört eine Zahl hin",
    "bool_parsing": "hier gehört true oder false hin",
    "greater_than_equal": "mindestens {ge}",
    "less_than_equal": "höchstens {le}",
    "string_too_long": "höchstens {max_length} Zeichen",
    "missing": "fehlt",
    "value_error": "enthält etwas, das sich nicht speichern lässt",
}
_DATE = "hier gehört ein Datum hin, etwa 2025-01-31"
_OTHER = "das ließ sich nicht lesen"


def mistake(problem: Mapping[str, Any]) -> Text:
    """What is wrong and where, from one of pydantic's errors.

    >>> mistake({"loc": ("query", "page"), "type": "greater_than_equal", "ctx": {"ge": 1},
    ...          "msg": "Input should be greater than or equal to 1"}).de
    'page: mindestens 1'
    """
    place = ".".join(str(part) for part in problem["loc"])
    kind = problem["type"]
    told = _DATE if kind.startswith(("date", "datetime")) else _GERMAN.get(kind, _OTHER)
    details = {name: str(value) for name, value in problem.get("ctx", {}).items()}
    german = told.format(**details).replace(" or ", " oder ")
    return Text(
        de=f"{problem['loc'][-1]}: {german}",
        en=f"{place}: {problem['msg'].removeprefix('Value error, ')}",
    )

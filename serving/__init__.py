"""From a champion to explained scores.

>>> from treue.serving import Predictor, score

Each name is loaded when it is first asked for, so that `import treue.serving` loads nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from treue.serving.batch import read_metadata, score, score_panel
    from treue.serving.predict import Predictor, shared_panel

__all__ = ["Predictor", "read_metadata", "score", "score_panel", "shared_panel"]

_MODULES = {
    "Predictor": "predict",
    "shared_panel": "predict",
    "read_metadata": "batch",
    "score": "batch",
    "score_panel": "batch",
}


def __getattr__(name: str) -> Any:
    """Load what is asked for (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return __all__

"""How functions are compiled: once a machine, where numba finds a folder to keep them in."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])

logger = logging.getLogger(__name__)

_told: list[str] = []


def compiled(**options: Any) -> Callable[[Function], Function]:
    """Compile a function at its first call and keep the result for later processes.

    Numba keeps it beside the source, else in the user's cache folder, else in ``NUMBA_CACHE_DIR``.
    Where none of them can be written the function is compiled in every process that calls it,
    which takes seconds: it works, and is said once.
    """
    settings = {"nogil": True, "error_model": "numpy", **options}

    def decorate(function: Function) -> Function:
        try:
            made: Function = njit(cache=True, **settings)(function)
        except RuntimeError as error:  # numba's only word for "no folder that can be written"
            if not _told:
                _told.append(str(error))
                logger.warning(
                    "compiled functions cannot be kept (%s), so every process compiles them anew; "
                    "set NUMBA_CACHE_DIR to a folder that can be written",
                    error,
                )
            made = njit(**settings)(function)
        return made

    return decorate

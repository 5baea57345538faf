"""Plans kept in files: plain arrays, no pickle, checked before use.

A file is written beside its place and renamed, so that whoever reads meanwhile, and whoever else
writes, sees a whole one. A place that cannot be read or written costs time, never an error.
"""

import hashlib
import logging
import os
import secrets
import zipfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from treue.models.treeshap.arrays import F64, Leaves, Nests, Patterns, Pieces, Quadrature, Steps
from treue.models.treeshap.check import check_plan
from treue.models.treeshap.codes import Encoding
from treue.models.treeshap.cut import MOST_CELLS
from treue.models.treeshap.errors import TreeShapError
from treue.models.treeshap.plan import Plan

FORMAT = 1  # to be raised whenever plans change
_GROUPS: dict[str, Any] = {
    "encoding": Encoding,
    "cells": Steps,
    "pieces": Pieces,
    "leaves": Leaves,
    "conditions": Steps,
    "nests": Nests,
    "patterns": Patterns,
    "rule": Quadrature,
}
_NUMBERS = ("n_columns", "n_members", "n_outputs")

# what numpy and zipfile raise of damaged archives
_UNREADABLE = (
    *(OSError, EOFError, KeyError, ValueError, TypeError, IndexError),
    *(RuntimeError, MemoryError, zipfile.BadZipFile),
)

Ready = TypeVar("Ready")

logger = logging.getLogger(__name__)


class PlanFiles:
    """The places where one model's plan may be kept, the best first.

    Parameters
    ----------
    places : sequence of path
        A folder that is not there is not made: it may have been a temporary one.
    key : str
        Of the model (`key_of`); a file with another key does not fit.
    before_writing : callable, optional
        Called with a place before it is written; an OSError says that it cannot be.
    """

    def __init__(
        self,
        places: Sequence[str | os.PathLike[str]],
        key: str,
        before_writing: Callable[[Path], None] | None = None,
    ) -> None:
        self.places = [Path(place) for place in places]
        self.key = key
        self._before_writing = before_writing

    def fit(self) -> bool:
        """Return whether a file is there that says it is of this model; no more is read of it."""
        return any(_key_in(place) == self.key for place in self.places)

    def load(self, ready: Callable[[Plan, F64 | None], Ready | None]) -> Ready | None:
        """Return what `ready` makes of the first sound plan of this model, and its tables.

        Where it makes nothing of them, they do not fit, and the next file is asked. The file taken
        gets the time of now, which tells what is in use from what may go.
        """
        for place in self.places:
            if (found := load_plan(place, self.key)) is None:
                continue
            if (made := ready(*found)) is not None:
                with suppress(OSError):
                    os.utime(place)
                return made
            logger.warning("%s does not fit its model; what it keeps is made anew", place)
        return None

    def save(self, plan: Plan, tables: F64 | None) -> Path | None:
        """Write the plan to the first place that takes it; return which one did."""
        for place in self.places:
            try:
                if self._before_writing is not None:
                    self._before_writing(place)
                save_plan(place, self.key, plan, tables)
            except OSError as error:
                logger.info("%s cannot keep a plan: %s", place, error)
            else:
                logger.info("wrote %s", place)
                return place
        return None


def key_of(texts: Iterable[str], background: F64 | None) -> str:
    """Return the hash of all that a plan follows from."""
    digest = hashlib.sha256(f"treeshap {FORMAT} {MOST_CELLS}".encode())
    for text in texts:
        trees = text.partition("\nend of trees")[0].encode()
        digest.update(f"\n{len(trees)} ".encode() + trees)
    if background is not None:
        digest.update(f"\nbackground {background.shape} ".encode() + background.tobytes())
    return digest.hexdigest()


def save_plan(file: Path, key: str, plan: Plan, tables: F64 | None) -> None:
    """Write a plan; the file appears complete or not at all.

    Raises
    ------
    OSError
        If its folder is not there or cannot be written.
    """
    arrays: dict[str, Any] = {"key": np.array(key)}
    for field in fields(Plan):
        value = getattr(plan, field.name)
        if field.name in _GROUPS:
            for name, array in zip(value._fields, value, strict=True):
                arrays[f"{field.name}.{name}"] = array
        else:
            arrays[field.name] = np.array(value)
    if tables is not None:
        arrays["tables"] = tables
    # named at random, not by mkstemp: whoever may read the folder may read the plan
    part = file.with_name(f"{file.name}.{secrets.token_hex(8)}.part")
    try:
        with part.open("xb") as opened:
            np.savez(opened, allow_pickle=False, **arrays)
        part.replace(file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def load_plan(file: Path, key: str) -> tuple[Plan, F64 | None] | None:
    """Return a plan and its tables; nothing if the file is missing, damaged or of another model."""
    try:
        with np.load(file, allow_pickle=False) as arrays:
            if str(arrays["key"]) != key:
                return None
            parts: dict[str, Any] = {}
            for field in fields(Plan):
                if group := _GROUPS.get(field.name):
                    parts[field.name] = group(
                        *(arrays[f"{field.name}.{name}"] for name in group._fields)
                    )
                elif field.name in _NUMBERS:
                    parts[field.name] = int(arrays[field.name])
                else:
                    parts[field.name] = arrays[field.name]
            tables = arrays.get("tables")
        plan = Plan(**parts)
        check_plan(plan, tables)
    except (*_UNREADABLE, TreeShapError):
        return None
    return plan, tables


def _key_in(file: Path) -> str | None:
    try:
        with np.load(file, allow_pickle=False) as arrays:
            return str(arrays["key"])
    except _UNREADABLE:
        return None

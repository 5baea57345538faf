"""Plans kept in files: plain arrays, no pickle, checked before use."""

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

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
    """Write a plan; the file appears complete or not at all."""
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
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=file.name, suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as opened:
            np.savez(opened, allow_pickle=False, **arrays)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
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
    except (OSError, KeyError, ValueError, TypeError, zipfile.BadZipFile, TreeShapError):
        return None
    return plan, tables

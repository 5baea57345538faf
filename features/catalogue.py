"""Every feature once: where it comes from, what it means, how readers call it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path

import narwhals.stable.v2 as nw

from treue.features.complaints import COMPLAINTS
from treue.features.contacts import CONTACTS
from treue.features.contracts import CONTRACTS
from treue.features.customer import CUSTOMER, attribute
from treue.features.errors import TreueError
from treue.features.family import Family, Feature
from treue.features.negotiations import NEGOTIATIONS
from treue.features.payments import PAYMENTS
from treue.features.purchases import PURCHASES
from treue.features.referrals import REFERRALS

CALENDAR = Family(
    "calendar",
    "Jahreszeit",
    "season",
    {},
    tuple(
        Feature(
            f"calendar_{wave}",
            nw.lit(0.0),
            "wave",
            f"{wave.capitalize()}e of the cutoff's day of the year; used by a model only where its "
            "labels cover a year",
            "Jahreszeit",
            "season",
        )
        for wave in ("sin", "cos")
    ),
)

FAMILIES: tuple[Family, ...] = (
    PURCHASES,
    CUSTOMER,
    NEGOTIATIONS,
    COMPLAINTS,
    REFERRALS,
    PAYMENTS,
    CONTACTS,
    CONTRACTS,
)
"""Families that are computed from tables. Combinations may use features of earlier families."""


def _shown(families: Sequence[Family]) -> dict[str, Feature]:
    found: dict[str, Feature] = {}
    for family in families:
        for feature in family.features:
            if feature.name in found:
                raise TreueError(
                    f"feature {feature.name!r} stands in the families "
                    f"{found[feature.name].family!r} and {family.name!r}; rename one"
                )
            if feature.shown:
                found[feature.name] = feature
    return found


CATALOGUE: dict[str, Feature] = _shown((*FAMILIES, CALENDAR))
FAMILY_PHRASES: dict[str, tuple[str, str]] = {
    family.name: (family.de, family.en) for family in (*FAMILIES, CALENDAR)
}


def describe(name: str, families: Sequence[Family] = ()) -> Feature:
    """The feature of that name: from the catalogue, from `families`, or a named column.

    A column that neither knows (an attribute, or a column of a ready panel) is described by its
    own name, so that explanations never fail for want of a phrase.
    """
    own = _shown(families) if families else {}
    if name in own or name in CATALOGUE:
        return own.get(name) or CATALOGUE[name]
    if name.startswith("attribute_"):
        return attribute(name.removeprefix("attribute_"), categorical=True)
    return Feature(name, nw.col(name), "", f"Column `{name}`", name, name, family="other")


def load_family(path: Path) -> Family:
    """A family of your own from a Python file that defines ``FAMILY``.

    The file is code and is run: name only files that you trust.

    Raises
    ------
    TreueError
        If the file is absent, does not run, or defines no ``FAMILY``.
    """
    if not path.is_file():
        raise TreueError(f"features.families: no file {path}; give a path relative to treue.toml")
    spec = importlib.util.spec_from_file_location(f"treue_family_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as problem:
        raise TreueError(
            f"features.families: {path} does not run: {type(problem).__name__}: {problem}"
        ) from problem
    family = getattr(module, "FAMILY", None)
    if not isinstance(family, Family):
        raise TreueError(
            f"features.families: {path} defines no FAMILY; "
            "assign one of treue.features.family.Family"
        )
    return family

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
from treue.features.own_rows import check_combination
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
            f"{full} of the day of the year; used by a model only where its labels cover a year",
            "Jahreszeit",
            "season",
        )
        for wave, full in (("sin", "Sine"), ("cos", "Cosine"))
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


def _named(families: Sequence[Family]) -> dict[str, Feature]:
    """All features by name, steps among them."""
    found: dict[str, Feature] = {}
    for family in families:
        for feature in family.features:
            if feature.name in found:
                raise TreueError(
                    f"feature {feature.name!r} stands in the families "
                    f"{found[feature.name].family!r} and {family.name!r}; rename one"
                )
            found[feature.name] = feature
    return found


def _shown(families: Sequence[Family]) -> dict[str, Feature]:
    return {name: feature for name, feature in _named(families).items() if feature.shown}


_TAKEN = (
    *("customer_id", "cutoff", "churned", "referred"),
    *("churned_after", "referred_after"),
)
CATALOGUE: dict[str, Feature] = _shown((*FAMILIES, CALENDAR))
FAMILY_PHRASES: dict[str, tuple[str, str]] = {
    family.name: (family.de, family.en) for family in (*FAMILIES, CALENDAR)
}


def check_families(families: Sequence[Family]) -> None:
    """Refuse families that cannot stand together in one panel.

    Raises
    ------
    TreueError
        If a name of a family or of a feature is used twice or is the panel's own, or a feature is
        made of one that no family has, or compares customers with each other.
    """
    names = [family.name for family in families]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise TreueError(f"family {twice[0]!r} is given twice; rename one")
    found = _named((*families, CALENDAR))
    known = found.keys() | _named(FAMILIES).keys()
    for feature in found.values():
        if feature.name in _TAKEN:
            raise TreueError(
                f"feature {feature.name!r} of the family {feature.family!r} has the name of a key "
                "or a label; rename it"
            )
        unknown = [name for name in feature.of if name not in known]
        if unknown:
            raise TreueError(
                f"feature {feature.name!r} of the family {feature.family!r} is made of "
                f"{unknown[0]!r}, which no family has; correct `of`"
            )
        if not feature.stream:
            check_combination(feature)


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

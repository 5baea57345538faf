"""A bundle: a fitted model as a folder of text files, which can be read but not run."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import Field, FiniteFloat

from treue.models.blend import Blend
from treue.models.booster_text import booster_text, check_booster_text, read_booster
from treue.models.bundle_files import (
    FORMAT,
    MANIFEST,
    VERSION,
    Manifest,
    Part,
    as_json,
    as_text,
    dump,
    parse,
    read_folder,
    sha256_of,
    write_folder,
)
from treue.models.calibration import Calibration
from treue.models.certainty import Certainty
from treue.models.columns import Columns
from treue.models.curve import Curve
from treue.models.errors import BundleError, ModelError
from treue.models.explain import OTHER
from treue.models.kept_plans import KeptPlans
from treue.models.scorer import Scorer, fitted_with


class _Calibration(Part):
    slope: Annotated[FiniteFloat, Field(gt=0)]
    intercept: FiniteFloat
    classes: Annotated[list[bool | int | float | str], Field(min_length=2, max_length=2)]


class _Column(Part):
    name: str
    kind: Literal["numeric", "categorical"]
    family: str
    categories: list[str] | None = None


class _Columns(Part):
    named: bool
    columns: Annotated[list[_Column], Field(min_length=1)]


_PARTS: Mapping[str, type[Part]] = {"curve": Curve, "certainty": Certainty}
"""Fields that may be None, each a JSON file of its name that may be missing."""


@dataclass(kw_only=True)
class Bundle:
    """A fitted model with all that belongs to it.

    Attributes
    ----------
    target : str
        ``churn`` or ``referral``.
    model : Scorer
        A fitted `LoyaltyClassifier`; a loaded one scores and explains the same to the bit, but
        cannot be fitted anew, and its out-of-fold scores stay behind.
    config_toml : str
        The configuration that made the model.
    metrics : dict
        Figures of its evaluation. Numbers that are not finite become null.
    card : str
        The model card, Markdown.
    families : mapping of str to str
        Family of each column.
    provenance : mapping
        Library versions, code version, data fingerprints and the like.
    curve : Curve, optional
        When, not only whether; None where there is no such curve.
    certainty : Certainty, optional
        How sure; None where intervals and flags were not learnt.

    Notes
    -----
    The files are ``bundle.json`` (format, target, parameters, provenance, and of every other
    file its size and SHA-256), ``booster_0.txt`` …, ``calibration.json``, ``columns.json``,
    ``config.toml``, ``metrics.json`` and ``model_card.md``, and ``blend.json`` (weights, knots
    and coefficients of the members beside the boosters), ``curve.json`` and ``certainty.json``
    where there are such.
    """

    target: str
    model: Scorer
    config_toml: str = ""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    card: str = ""
    families: Mapping[str, str] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    curve: Curve | None = None
    certainty: Certainty | None = None

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the manifest, and so of every byte of the bundle."""
        return sha256_of(self._files()[MANIFEST])

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write the bundle and return its folder.

        The folder appears complete or not at all; a bundle already there is replaced.

        Raises
        ------
        BundleError
            If the folder holds something else, or a value cannot be written as JSON.
        """
        write_folder(Path(folder), self._files())
        return Path(folder)

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> Self:
        """Return the bundle in a folder, after checking every file; no code in it can run.

        What explaining needs besides is kept between processes (`treue.models.kept_plans`).

        Raises
        ------
        BundleError
            If a file is missing, changed, cut, foreign or not what its name says. The message
            names it.
        """
        manifest, contents = read_folder(Path(folder))
        columns = parse(_Columns, contents, "columns.json")
        calibration = parse(_Calibration, contents, "calibration.json")
        metrics = as_json(contents, "metrics.json")
        if not isinstance(metrics, dict):
            raise BundleError("metrics.json: not a JSON object")
        model = _assemble(manifest, columns, calibration, contents)
        model.keep_plans(KeptPlans.of(Path(folder), manifest))
        return cls(
            target=manifest.target,
            model=model,
            config_toml=as_text(contents, "config.toml"),
            metrics=metrics,
            card=as_text(contents, "model_card.md"),
            families={column.name: column.family for column in columns.columns},
            provenance=manifest.provenance,
            **_parts(contents, columns),
        )

    def _files(self) -> dict[str, bytes]:
        """Return the content of every file, the manifest last."""
        columns, calibration = self.model.columns_, self.model.calibration_
        texts = {
            f"booster_{i}.txt": booster_text(booster)
            for i, booster in enumerate(self.model.boosters_)
        }
        for text in texts.values():
            check_booster_text(text, n_columns=len(columns.names))
        texts["calibration.json"] = dump(
            {
                "slope": calibration.slope,
                "intercept": calibration.intercept,
                "classes": self.model.classes_.tolist(),
            }
        )
        texts["columns.json"] = dump(
            {
                "named": hasattr(self.model, "feature_names_in_"),
                "columns": [
                    {"name": name, "kind": kind, "family": self.families.get(name, OTHER)}
                    | ({"categories": columns.categories[name]} if kind == "categorical" else {})
                    for name, kind in zip(columns.names, columns.kinds, strict=True)
                ],
            }
        )
        texts["config.toml"] = self.config_toml
        texts["metrics.json"] = dump(self.metrics)
        texts["model_card.md"] = self.card
        parts = {name: getattr(self, name) for name in _PARTS} | {"blend": self.model.blend_}
        for name, part in parts.items():
            if part is not None:
                texts[f"{name}.json"] = dump(part.model_dump())
        files = {name: text.encode() for name, text in texts.items()}
        manifest = {
            "format": FORMAT,
            "version": VERSION,
            "target": self.target,
            "parameters": self.model.get_params(),
            "provenance": self.provenance,
            "files": {
                name: {"sha256": sha256_of(content), "bytes": len(content)}
                for name, content in files.items()
            },
        }
        return {**files, MANIFEST: dump(manifest).encode()}


def _parts(contents: dict[str, bytes], columns: _Columns) -> dict[str, Any]:
    """Return those parts that may be missing and are there, by field."""
    found: dict[str, Any] = {
        name: parse(part, contents, f"{name}.json")
        for name, part in _PARTS.items()
        if f"{name}.json" in contents
    }
    if "certainty" in found:
        known = [column.name for column in found["certainty"].familiar.columns]
        if known != [column.name for column in columns.columns]:
            raise BundleError("certainty.json: its columns are not those of columns.json")
    return found


def _assemble(
    manifest: Manifest, columns: _Columns, calibration: _Calibration, contents: dict[str, bytes]
) -> Scorer:
    """Return the model, fitted as it was saved."""
    names = tuple(column.name for column in columns.columns)
    if len(set(names)) < len(names):
        raise BundleError("columns.json: a column stands twice")
    if calibration.classes[0] == calibration.classes[1]:
        raise BundleError("calibration.json: the two classes are the same")
    try:
        model = fitted_with(manifest.parameters)
    except ModelError as error:
        raise BundleError(f"{MANIFEST}: parameters: {error}") from error
    model.boosters_ = []
    n_boosters = sum(name.startswith("booster_") for name in manifest.files)
    for name in (f"booster_{i}.txt" for i in range(n_boosters)):
        text = as_text(contents, name)
        try:
            booster = read_booster(text, n_columns=len(names))
        except ModelError as error:
            raise BundleError(f"{name}: {error}") from error
        model.boosters_.append(booster)
    model.columns_ = Columns(
        names,
        tuple(column.kind for column in columns.columns),
        {c.name: tuple(c.categories or ()) for c in columns.columns if c.kind == "categorical"},
    )
    model.calibration_ = Calibration(calibration.slope, calibration.intercept)
    model.blend_ = _blend(contents, names)
    model.classes_ = np.array(calibration.classes)
    model.n_features_in_ = len(names)
    if columns.named:
        model.feature_names_in_ = np.array(names, dtype=object)
    return model


def _blend(contents: dict[str, bytes], names: Sequence[str]) -> Blend | None:
    """Return the members beside the boosters, if there are any."""
    if "blend.json" not in contents:
        return None
    blend = parse(Blend, contents, "blend.json")
    if misfit := blend.misfit(names):
        raise BundleError(f"blend.json: {misfit}")
    return blend

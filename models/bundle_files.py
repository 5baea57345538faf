"""The files of a bundle: written at once, read only after every byte is checked."""

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from treue.models.errors import BundleError

MANIFEST = "bundle.json"
FORMAT, VERSION = "treue-bundle", 1
TEXTS = ("calibration.json", "columns.json", "config.toml", "metrics.json", "model_card.md")
OPTIONAL = ("blend.json", "curve.json", "certainty.json")
"""Files that a bundle may lack."""
_LARGEST_MANIFEST = 10_000_000  # bytes


class Part(BaseModel):
    """A JSON file of a bundle: nothing unknown, nothing converted.

    What is derived from its fields and kept (`functools.cached_property`) plays no part in
    equality, and is not copied to where fields may differ.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        fields = type(self).model_fields
        return all(getattr(self, name) == getattr(other, name) for name in fields)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with some fields replaced."""
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[name]
        return copied


class _File(Part):
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    bytes: Annotated[int, Field(ge=0)]


class Manifest(Part):
    """What `bundle.json` holds."""

    format: str
    version: int
    target: str
    parameters: dict[str, int | float | None]
    provenance: dict[str, Any]
    files: dict[str, _File]


Parsed = TypeVar("Parsed", bound=Part)


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a bundle's files, complete or not at all: written beside, then renamed.

    A bundle already there is replaced; between the two renames there is none for a moment.

    Raises
    ------
    BundleError
        If the folder holds something else.
    """
    if folder.exists() and not _is_replaceable(folder):
        raise BundleError(
            f"{folder} exists and is not a bundle; nothing was written. Choose another folder"
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        written, replaced = beside / "new", beside / "old"
        written.mkdir()
        for name, content in files.items():
            (written / name).write_bytes(content)
        if folder.exists():
            folder.rename(replaced)
        written.rename(folder)
    finally:
        if replaced.exists() and not folder.exists():
            replaced.rename(folder)
        shutil.rmtree(beside, ignore_errors=True)


def read_folder(folder: Path) -> tuple[Manifest, dict[str, bytes]]:
    """Return a bundle's manifest and the bytes of the files it lists, all of them checked."""
    manifest = _read_manifest(folder)
    return manifest, {
        name: _read_file(folder, name, size=file.bytes, sha256=file.sha256)
        for name, file in manifest.files.items()
    }


def _is_replaceable(folder: Path) -> bool:
    if not folder.is_dir() or folder.is_symlink():
        return False
    if not any(folder.iterdir()):
        return True
    try:
        _read_manifest(folder)
    except BundleError:
        return False
    return True


def _read_manifest(folder: Path) -> Manifest:
    """Return the manifest, checked against the folder's list of files."""
    if not folder.is_dir():
        raise BundleError(f"{folder} is not a folder; a bundle is a folder with a {MANIFEST}")
    if not (folder / MANIFEST).exists():
        raise BundleError(f"{folder} is not a bundle: it has no {MANIFEST}")
    contents = {MANIFEST: _read_file(folder, MANIFEST)}
    raw = as_json(contents, MANIFEST)
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise BundleError(f'{MANIFEST}: not the manifest of a bundle ("format" is not "{FORMAT}")')
    if isinstance(raw.get("version"), int) and raw["version"] > VERSION:
        raise BundleError(
            f"{MANIFEST}: bundle version {raw['version']}, this Treue reads up to {VERSION}; "
            "update treue"
        )
    manifest = parse(Manifest, contents, MANIFEST)
    boosters = [name for name in manifest.files if re.fullmatch(r"booster_\d+\.txt", name)]
    expected = {*TEXTS, *(f"booster_{i}.txt" for i in range(max(1, len(boosters))))}
    expected |= set(OPTIONAL) & set(manifest.files)
    if unknown := sorted(set(manifest.files) - expected):
        raise BundleError(f"{MANIFEST}: lists {unknown[0]!r}, which does not belong to a bundle")
    if unlisted := sorted(expected - set(manifest.files)):
        raise BundleError(f"{MANIFEST}: does not list {unlisted[0]}")
    there = {path.name for path in folder.iterdir()}
    if missing := sorted(expected - there):
        raise BundleError(f"{missing[0]}: missing in {folder}")
    if foreign := sorted(there - expected - {MANIFEST}):
        raise BundleError(f"{foreign[0]}: does not belong to the bundle in {folder}")
    return manifest


def _read_file(
    folder: Path, name: str, *, size: int | None = None, sha256: str | None = None
) -> bytes:
    """Return a file's bytes, read once, after checking them against the manifest."""
    path = folder / name
    if path.is_symlink() or not path.is_file():
        raise BundleError(f"{name}: not a plain file")
    found = path.stat().st_size
    if size is None and found > _LARGEST_MANIFEST:
        raise BundleError(f"{name}: {found} bytes are too many for a manifest")
    if size is not None and found != size:
        kind = "cut" if found < size else "changed"
        raise BundleError(f"{name}: {kind}: {found} bytes, not {size}")
    content = path.read_bytes()
    if sha256 is not None and sha256_of(content) != sha256:
        raise BundleError(f"{name}: changed since it was saved (SHA-256 differs)")
    return content


def as_text(contents: Mapping[str, bytes], name: str) -> str:
    """Return a file as text."""
    try:
        return contents[name].decode()
    except UnicodeDecodeError as error:
        raise BundleError(f"{name}: not UTF-8 text") from error


def as_json(contents: Mapping[str, bytes], name: str) -> Any:
    """Return a file's JSON value; NaN and the infinities, which JSON does not know, are refused."""

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not a number")

    text = as_text(contents, name)
    try:
        return json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{name}: not JSON ({error})") from error


def parse(part: type[Parsed], contents: Mapping[str, bytes], name: str) -> Parsed:
    """Return a JSON file as the part it must be."""
    try:
        return part.model_validate(as_json(contents, name))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise BundleError(f"{name}: {where}: {first['msg']}") from error


def dump(value: Any) -> str:
    """Return a value as JSON text; numbers that are not finite become null."""
    return json.dumps(_plain(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    """Return a value in JSON's own types."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, str | int):
        return value
    raise BundleError(f"a value of type {type(value).__name__} cannot be written as JSON")


def sha256_of(content: bytes) -> str:
    """Return the SHA-256 of bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()

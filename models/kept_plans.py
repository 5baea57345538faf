"""Where the tables that explain a bundle's model are kept between processes.

They follow from the bundle and are no part of it: beside it, so that bundle, hashes and MLflow's
artefacts stay as they were saved. What is kept says which trees it was made of (`treeshap.cache`),
and is made anew when it does not fit.
"""

import os
import re
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from treue.models.bundle_files import Manifest, sha256_of

FOLDER_VARIABLE = "TREUE_CACHE_DIR"
_MOST_KEPT = 6  # in the user's own folder, some 50 MB each
_SUFFIX = ".tables.npz"
_NAME = r"[0-9a-f]{32}\.tables\.npz"  # of our files in the user's own folder; no other is touched
_PART = r"\.[0-9a-f]{16}\.part"  # behind it, while a file is being written (`treeshap.cache`)
_LEFT_BEHIND = 86_400  # seconds after which nobody is writing a part any more


@dataclass(frozen=True)
class KeptPlans:
    """The files that may keep what explains one bundle's model.

    Attributes
    ----------
    beside : Path or None
        Next to the bundle's folder, for all who use it; None inside a logged model, where it would
        be taken for one of MLflow's artefacts.
    name : str
        In the user's own folder, after the hashes of the boosters: for bundles whose surroundings
        cannot be written or do not last, such as those fetched from MLflow.
    """

    beside: Path | None
    name: str

    @classmethod
    def of(cls, bundle: Path, manifest: Manifest) -> Self:
        """Return those of the bundle in a folder."""
        folder = bundle.absolute()
        logged = (folder.parent / "MLmodel").exists()
        trees = [file.sha256 for name, file in manifest.files.items() if name.startswith("booster")]
        return cls(
            None if logged else folder.parent / f".{folder.name}{_SUFFIX}",
            f"{sha256_of(' '.join(trees).encode())[:32]}{_SUFFIX}",
        )

    def places(self) -> tuple[Path, ...]:
        """Return the files, the best first; nothing is made or deleted."""
        found = [] if self.beside is None else [self.beside]
        if (own := own_folder()) is not None:
            found.append(own / self.name)
        return tuple(found)

    def before_writing(self, place: Path) -> None:
        """Make the user's own folder, if the place is there, and room for one more file.

        Raises
        ------
        OSError
            If the folder cannot be made.
        """
        if place != self.beside:
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _make_room(place)


def own_folder() -> Path | None:
    """Return the user's folder for what can be made again, whether it is there or not.

    ``TREUE_CACHE_DIR`` names it; left empty it says that there is to be none. None, too, where
    the user has no home.
    """
    named = os.environ.get(FOLDER_VARIABLE)
    if named == "":
        return None
    try:
        return Path(named) if named else _usual_folder()
    except RuntimeError:
        return None


def _usual_folder() -> Path:
    if sys.platform == "win32" and "LOCALAPPDATA" in os.environ:
        return Path(os.environ["LOCALAPPDATA"], "treue", "Cache")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "treue"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "treue"


def _make_room(place: Path) -> None:
    """Delete all but the latest used few of the other files, and parts that were left behind."""
    with suppress(OSError):  # another process is at it, or the files belong to someone else
        dated = sorted((file.stat().st_mtime, file) for file in place.parent.iterdir())
        whole = [f for _, f in dated if re.fullmatch(_NAME, f.name) and f != place]
        long_ago = time.time() - _LEFT_BEHIND
        parts = [f for at, f in dated if re.fullmatch(_NAME + _PART, f.name) and at < long_ago]
        for file in (*whole[: 1 - _MOST_KEPT], *parts):
            file.unlink(missing_ok=True)

"""Where the tables that explain a bundle's model are kept between processes.

They follow from the bundle and are no part of it: beside it, so that bundle, hashes and MLflow's
artefacts stay as they were saved. What is kept says which trees it was made of (`treeshap.cache`),
and is made anew when it does not fit.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from treue.models.bundle_files import Manifest, sha256_of

FOLDER_VARIABLE = "TREUE_CACHE_DIR"
_MOST_KEPT = 6  # in the user's own folder, some 50 MB each
_SUFFIX = ".tables.npz"


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
        """Return the files, the best first; the user's own folder is made if need be."""
        found = [] if self.beside is None else [self.beside]
        if (own := own_folder()) is not None:
            _forget_the_oldest(own)
            found.append(own / self.name)
        return tuple(found)


def own_folder() -> Path | None:
    """Return the user's folder for what can be made again, made if need be; None without one.

    ``TREUE_CACHE_DIR`` names it; left empty it says that there is to be none.
    """
    named = os.environ.get(FOLDER_VARIABLE)
    if named == "":
        return None
    try:
        folder = Path(named) if named else _usual_folder()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except (OSError, RuntimeError):  # no home, or none that can be written
        return None
    return folder


def _usual_folder() -> Path:
    if sys.platform == "win32" and "LOCALAPPDATA" in os.environ:
        return Path(os.environ["LOCALAPPDATA"], "treue", "Cache")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "treue"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "treue"


def _forget_the_oldest(folder: Path) -> None:
    """Delete all but the latest few files, so that the folder does not grow with every training."""
    try:
        dated = sorted((file.stat().st_mtime, file) for file in folder.glob(f"*{_SUFFIX}"))
        for _, file in dated[:-_MOST_KEPT]:
            file.unlink(missing_ok=True)
    except OSError:
        return  # another process is at it, or the files are not ours

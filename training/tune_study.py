"""The trials of a search, kept by Optuna in a SQLite file."""

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treue.features.errors import TreueError
from treue.training.config import Model

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.trial import FrozenTrial

RANGES: Mapping[str, tuple[float, float]] = {
    "num_leaves": (4, 64),
    "min_child_samples": (10, 400),
    "feature_fraction": (0.1, 1.0),
    "lambda_l2": (0.1, 100.0),
    "learning_rate": (0.02, 0.15),
}
"""Least and largest value of what is searched, on a logarithmic scale."""

_BASELINE = "as_configured"


class Trials:
    """Trials of one study: which come next, and which are finished.

    Parameters
    ----------
    path
        SQLite file; it is made if it is not there.
    name
        Of the study; one of the same name in the file is continued.
    model
        The configuration that is the first trial.

    Raises
    ------
    TreueError
        If Optuna is not installed, or the file cannot be written or is none of Optuna's.
    """

    def __init__(self, path: Path, name: str, *, model: Model) -> None:
        self.study = _open_study(path, name)
        self._model = model
        self._known: list[FrozenTrial] = []
        self._read()

    @property
    def finished(self) -> "list[FrozenTrial]":
        """Measured to the end, or ended early because others were better."""
        return self._in_state("COMPLETE", "PRUNED")

    @property
    def pruned(self) -> int:
        """How many were ended early."""
        return len(self._in_state("PRUNED"))

    @property
    def baseline(self) -> "FrozenTrial | None":
        """The configuration as it is, once it is measured."""
        return next(filter(_is_baseline, self._in_state("COMPLETE")), None)

    @property
    def best(self) -> "FrozenTrial | None":
        """The lowest log loss of the searching half; the earlier one of equals."""
        return min(
            self._in_state("COMPLETE"), key=lambda one: (one.value, one.number), default=None
        )

    def ask(self) -> "tuple[Trial, dict[str, Any]]":
        """Begin a trial: it, and its parameters where they differ from the configuration."""
        from optuna.samplers import TPESampler

        first = self.baseline is None
        if first and not any(map(_is_baseline, self._in_state("WAITING"))):
            self.study.enqueue_trial(self._nearest(), user_attrs={_BASELINE: True})
        # A sampler for each trial, so that an interrupted search draws the same ones as another.
        seed = zlib.crc32(f"{self._model.random_state}/{len(self.finished)}".encode())
        self.study.sampler = TPESampler(seed=seed, constant_liar=False)
        trial = self.study.ask()
        drawn = {name: _drawn(trial, name) for name in RANGES}
        changed = {} if first else drawn
        trial.set_user_attr("parameters", changed)
        return trial, changed

    def complete(
        self, trial: "Trial", difference: float, searched: list[float], judged: list[float]
    ) -> None:
        """Keep a trial that was measured to the end."""
        trial.set_user_attr("searched", searched)
        trial.set_user_attr("judged", judged)
        self.study.tell(trial, difference)
        self._read()

    def prune(self, trial: "Trial") -> None:
        """Keep a trial that was ended early."""
        self._end(trial, "PRUNED")

    def abandon(self, trial: "Trial") -> None:
        """Keep nothing of a trial: it was interrupted."""
        self._end(trial, "FAIL")

    def _end(self, trial: "Trial", state: str) -> None:
        from optuna.trial import TrialState

        self.study.tell(trial, state=TrialState[state])
        self._read()

    def _read(self) -> None:
        self._known = self.study.get_trials(deepcopy=False)

    def _in_state(self, *states: str) -> "list[FrozenTrial]":
        return [one for one in self._known if one.state.name in states]

    def _nearest(self) -> dict[str, float]:
        """The point of the searched ranges nearest to the configuration."""
        return {
            name: min(max(getattr(self._model, name), low), high)
            for name, (low, high) in RANGES.items()
        }


def _drawn(trial: "Trial", name: str) -> float:
    low, high = RANGES[name]
    if isinstance(low, int) and isinstance(high, int):
        return trial.suggest_int(name, low, high, log=True)
    # Rounded as it is printed, so that what is printed is what was measured.
    return float(f"{trial.suggest_float(name, low, high, log=True):.3g}")


def _is_baseline(trial: "FrozenTrial") -> bool:
    return bool(trial.user_attrs.get(_BASELINE))


def check_optuna() -> None:
    """Refuse to begin without Optuna, which is not installed with Treue.

    Raises
    ------
    TreueError
        If it is not there.
    """
    try:
        import optuna  # noqa: F401
    except ModuleNotFoundError as error:
        raise TreueError(
            f"a search for parameters needs the package {error.name}; install it with "
            'pip install "treue[tune]"'
        ) from None


def _open_study(path: Path, name: str) -> "Study":
    check_optuna()
    import optuna
    from sqlalchemy import URL
    from sqlalchemy.exc import SQLAlchemyError

    optuna.logging.set_verbosity(optuna.logging.WARNING)  # each trial is told by us
    url = URL.create("sqlite", database=str(path)).render_as_string()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return optuna.create_study(
            storage=optuna.storages.RDBStorage(url),
            study_name=name,
            load_if_exists=True,
            direction="minimize",
            pruner=optuna.pruners.MedianPruner(n_startup_trials=5),
        )
    except (SQLAlchemyError, OSError, RuntimeError) as error:
        why = str(error).splitlines()[0]
        raise TreueError(
            f"{path}: no file for the trials of a search ({why}); name another one by --study"
        ) from None

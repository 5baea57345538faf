"""A search for parameters that suit one company's data better, within a time limit.

Off by default: the parameters as they are were chosen on several data sets and stand without it.
It sees the training rows only. The configuration as it is, is the first trial; every other one is
measured by how much lower its log loss is, and stopped early where earlier trials were better by
then (Optuna's tree-structured Parzen estimator and median pruner; Akiba et al. 2019, Optuna: A
next-generation hyperparameter optimization framework). The best is recommended only if it is better
for customers that had no part in the choice (`treue.training.tune_rounds`).
"""

import logging
import math
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lightgbm as lgb
import numpy as np
import pandas as pd

from treue.features.errors import TreueError
from treue.training.backtest import split
from treue.training.config import Config
from treue.training.fingerprint import Fingerprint
from treue.training.fit import code_version
from treue.training.tune_rounds import Floats, Round, Rounds
from treue.training.tune_study import RANGES, Trials
from treue.training.tuned import Measured, Tuned
from treue.training.verdict import Gain, gained

if TYPE_CHECKING:
    from optuna import Trial
    from optuna.trial import FrozenTrial

log = logging.getLogger(__name__)


class _TimeOver(Exception):  # noqa: N818 - no error: the limit that was asked for
    """The time limit has passed in the middle of a trial."""


def tune(
    panel: pd.DataFrame,
    target: str,
    *,
    config: Config,
    storage: Path,
    seconds: float,
    trials: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> Tuned:
    """Search parameters of the classifier by the log loss of later cutoffs among training rows.

    Parameters
    ----------
    panel
        Labelled panel of all cutoffs; the held-out ones are left out before anything is looked at.
    target
        ``churn`` or ``referral``.
    config
        ``model`` is what the search starts from and is compared with.
    storage
        SQLite file of finished trials. A search goes on where an earlier one of the same data,
        configuration and version of Treue ended, as if it had not been interrupted.
    seconds
        Time limit. The first trial is always finished.
    trials
        Most trials of this call; without it only time ends the search.
    progress
        Called with a line for each trial.

    Returns
    -------
    Tuned
        Ctrl-C ends the search, too: the result is then that of the trials finished so far.

    Raises
    ------
    TreueError
        If Optuna is not installed, the file is none of Optuna's, or the training rows are too few.
    """
    if trials is not None and trials < 1:
        raise TreueError(f"trials is {trials}; at least 1 is needed")
    started, say = time.monotonic(), progress or (lambda _: None)
    training, _ = split(panel, config=config)
    rounds = Rounds(training, target, config=config)
    name = study_name(training, target, rounds, config=config)
    study = Trials(storage, name, model=config.model)
    earlier = len(study.finished)
    if earlier:
        say(f"{target}: going on after {earlier} trials in {storage}")
    search = _Search(rounds, study, say=say)
    stopped = search.until(started + seconds, trials)
    judged, baseline, best = search.gain(), study.baseline, study.best
    assert baseline is not None
    assert best is not None
    result = Tuned(
        target=target,
        study=name,
        storage=storage,
        parts=tuple(one.name for one in rounds.rounds),
        time_forward=rounds.time_forward,
        baseline=_measured(baseline),
        best=_measured(best) if judged is not None else None,
        gain=judged,
        trials=len(study.finished),
        earlier=earlier,
        pruned=study.pruned,
        seconds=time.monotonic() - started,
        stopped=stopped,
    )
    log.info("tuned %s: %d trials, %.1f s", target, result.trials, result.seconds)
    return result


def study_name(training: pd.DataFrame, target: str, rounds: Rounds, *, config: Config) -> str:
    """Target and digest of all that a trial's figures depend on: other data, another study."""
    keys = [name for name in ("customer_id", "cutoff") if name in training]
    rows = training[[*keys, *rounds.names]].assign(label=rounds.label)
    told = (
        Fingerprint.of(rows, name=target, context="training").digest,
        *(config.model.model_dump(exclude={"num_threads"}), config.label.horizon_days),
        *(config.evaluation.smallest_class, code_version(), lgb.__version__, dict(RANGES)),
    )
    return f"{target}-{sha256(repr(told).encode()).hexdigest()[:16]}"


class _Search:
    """The loop over trials, with the row-wise losses of the two that are compared at its end."""

    def __init__(self, rounds: Rounds, trials: Trials, *, say: Callable[[str], None]) -> None:
        self.rounds, self.trials, self.say = rounds, trials, say
        self.kept: dict[int, list[Floats]] = {}  # by number of the trial

    def until(self, deadline: float, most: int | None) -> str:
        """Run trials and return what ended them."""
        before = len(self.trials.finished)
        stopped = ""
        while not stopped:
            if most is not None and len(self.trials.finished) - before >= most:
                return "trials"
            if self.trials.baseline is not None and time.monotonic() >= deadline:
                return "time"
            stopped = self._trial(deadline)
        return stopped

    def _trial(self, deadline: float) -> str:
        """Run one trial; return why no other should follow, "" if there is no reason."""
        baseline, number = self.trials.baseline, len(self.trials.finished) + 1
        trial, changed = self.trials.ask()
        try:
            told = self._measure(trial, changed, baseline, deadline if baseline else math.inf)
        except _TimeOver:
            self.trials.abandon(trial)
            return "time"
        except BaseException as error:
            self.trials.abandon(trial)
            if isinstance(error, KeyboardInterrupt) and baseline is not None:
                return "interrupted"
            raise
        self.say(f"trial {number}: {told}")
        return ""

    def _measure(
        self,
        trial: "Trial",
        changed: Mapping[str, Any],
        baseline: "FrozenTrial | None",
        deadline: float,
    ) -> str:
        losses: list[Floats] = []
        searched: list[float] = []
        judged: list[float] = []
        rounds, difference = self.rounds.rounds, 0.0
        for step, one in enumerate(rounds):
            losses.append(self._losses(changed, one, deadline))
            half = self.rounds.searching[one.asked]
            searched.append(float(losses[-1][half].mean()))
            judged.append(float(losses[-1][~half].mean()))
            if baseline is not None:
                known = baseline.user_attrs["searched"][: step + 1]
                difference = float(np.subtract(searched, known).mean())
            trial.report(difference, step)
            if baseline is not None and step + 1 < len(rounds) and trial.should_prune():
                self.trials.prune(trial)
                return f"ended after {step + 1} of {len(rounds)} ({difference:+.4f} by then)"
        best = self.trials.best
        self.trials.complete(trial, difference, searched, judged)
        told = f"log loss {np.mean(searched):.4f}"
        if baseline is None or best is None or best.value is None:
            self.kept[trial.number] = losses
            return f"{told}, the configuration as it is"
        if difference < best.value:
            if best.number != baseline.number:
                self.kept.pop(best.number, None)
            self.kept[trial.number] = losses
            return f"{told} ({difference:+.4f}), the best so far"
        return f"{told} ({difference:+.4f})"

    def _losses(self, changed: Mapping[str, Any], one: Round, deadline: float) -> Floats:
        def in_time(_: Any) -> None:
            if time.monotonic() >= deadline:
                raise _TimeOver

        return self.rounds.losses(changed, one, after_each_tree=in_time)

    def rows_of(self, trial: "FrozenTrial") -> Floats:
        """Row-wise losses of a trial in all rounds, measured again if an earlier call had them."""
        if trial.number not in self.kept:
            changed = trial.user_attrs["parameters"]
            self.kept[trial.number] = [
                self._losses(changed, one, math.inf) for one in self.rounds.rounds
            ]
        return np.concatenate(self.kept[trial.number])

    def gain(self) -> Gain | None:
        """What the best trial gains over the configuration for the half that did not search."""
        baseline, best = self.trials.baseline, self.trials.best
        if baseline is None or best is None or best.number == baseline.number:
            return None
        asked = np.concatenate([one.asked for one in self.rounds.rounds])
        sizes = [len(one.asked) for one in self.rounds.rounds]
        part = np.repeat(np.arange(len(sizes)), sizes)
        others = ~self.rounds.searching[asked]
        gain = self.rows_of(baseline) - self.rows_of(best)
        return gained(gain[others], part[others], self.rounds.customers[asked[others]])


def _measured(trial: "FrozenTrial") -> Measured:
    kept = trial.user_attrs
    return Measured(kept["parameters"], tuple(kept["searched"]), tuple(kept["judged"]))

"""What a search for parameters found, and whether it is worth keeping."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from treue.training.verdict import Gain

STOPPED = {
    "time": "the time limit",
    "trials": "the number of trials asked for",
    "interrupted": "Ctrl-C",
}


@dataclass(frozen=True)
class Measured:
    """One set of parameters and its log loss.

    Attributes
    ----------
    parameters
        Where they differ from the configuration; empty for the configuration as it is.
    searched, judged
        Log loss at each part, of the customers it was searched by and of the others.
    """

    parameters: Mapping[str, Any]
    searched: tuple[float, ...]
    judged: tuple[float, ...]


@dataclass(frozen=True)
class Tuned:
    """The result of a search.

    Attributes
    ----------
    target, study, storage
        What was searched for, under which name and in which file the trials are kept.
    parts
        Later cutoffs, or groups of customers where `time_forward` is false.
    baseline
        The configuration as it is.
    best
        What had the lowest log loss; None if nothing was better than the configuration.
    gain
        The gain of the best for customers that had no part in the choice.
    trials, earlier, pruned
        Trials in all, those of earlier calls among them, those ended early among them.
    seconds, stopped
        How long this call took, and what ended it: ``time``, ``trials`` or ``interrupted``.
    """

    target: str
    study: str
    storage: Path
    parts: tuple[str, ...]
    time_forward: bool
    baseline: Measured
    best: Measured | None
    gain: Gain | None
    trials: int
    earlier: int
    pruned: int
    seconds: float
    stopped: str

    @property
    def recommended(self) -> bool:
        """Whether the best is better at every part, by more than chance, for other customers."""
        return self.gain is not None and self.gain.helps

    def snippet(self) -> str:
        """The best as a section of treue.toml; "" without one."""
        if self.best is None:
            return ""
        return "\n".join(
            ["[model]", *(f"{name} = {value}" for name, value in self.best.parameters.items())]
        )

    def to_text(self) -> str:
        """What was done and measured, and what follows from it."""
        earlier = f", {self.earlier} of them earlier" if self.earlier else ""
        count = "1 trial" if self.trials == 1 else f"{self.trials} trials"
        head = (
            f"{self.target}: {count}{earlier}, {self.pruned} ended early; "
            f"{self.seconds / 60:.1f} minutes, ended by {STOPPED[self.stopped]}"
        )
        return "\n\n".join([head, self._table(), *self._conclusion()])

    def _table(self) -> str:
        columns = [self.baseline.searched, self.baseline.judged]
        heads = ["log loss", "as it is", "as it is*"]
        if self.best is not None:
            columns = [columns[0], self.best.searched, columns[1], self.best.judged]
            heads = ["log loss", "as it is", "best", "as it is*", "best*"]
        rows = [heads] + [
            [name, *(f"{column[i]:.4f}" for column in columns)] for i, name in enumerate(self.parts)
        ]
        rows.append(["mean", *(f"{np.mean(column):.4f}" for column in columns)])
        widths = [max(len(row[i]) for row in rows) for i in range(len(heads))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        return "\n".join(lines) + "\n* of the customers that had no part in the choice"

    def _conclusion(self) -> list[str]:
        if self.trials == 1:
            return ["Only the configuration as it is was measured: give the search more time."]
        if self.best is None or self.gain is None:
            return ["Nothing was better than the configuration as it is: keep it."]
        parts = "later cutoffs" if self.time_forward else "groups of customers"
        told = self.gain.told(parts)
        told = f"For customers that had no part in the choice: {told}."
        if self.recommended:
            return [told, "Better than the configuration as it is:", self.snippet()]
        return [
            f"{told} That is not shown to be better: keep the configuration as it is.",
            "Not recommended, for the record:\n" + self.snippet().replace("[model]\n", ""),
        ]

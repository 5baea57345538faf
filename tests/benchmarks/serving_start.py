"""What starting costs, beside a process that imports pandas."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np
from docs_page import PAGE

STARTS = {
    "`import pandas`": ["-c", "import pandas"],
    "**`treue --help`**": ["-m", "treue", "--help"],
    "`treue explain --help`": ["-m", "treue", "explain", "--help"],
    "**`import treue.serving`**": ["-c", "import treue.serving"],
    "`import treue.serving.predict`": ["-c", "import treue.serving.predict"],
    "`import lightgbm`": ["-c", "import lightgbm"],
}


def start(rounds: int) -> list[str]:
    """How long processes take that only begin, beside one that imports pandas.

    All modules are byte-compiled, as they are from the second start on: the first round, which
    does not count, writes that into a folder of its own.
    """
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in STARTS}
    with tempfile.TemporaryDirectory(prefix="treue-compiled-") as compiled:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": compiled}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for _ in range(rounds + 1):
            for name, arguments in STARTS.items():
                before = _children()
                started = time.perf_counter()
                subprocess.run(
                    [sys.executable, *arguments],
                    check=True,
                    stdout=subprocess.DEVNULL,
                    cwd=PAGE.parent,
                    env=environment,
                )
                took[name].append((time.perf_counter() - started, _children() - before))
    median = {name: np.median(found[1:], axis=0) for name, found in took.items()}
    wall, cpu = median["`import pandas`"]
    return [
        "| process | seconds | seconds of CPU | × `import pandas` (CPU) |",
        "|---|---|---|---|",
        *(
            f"| {name} | {found[0]:.2f} | {found[1]:.2f} | {found[0] / wall:.2f} "
            f"({found[1] / cpu:.2f}) |"
            for name, found in median.items()
        ),
    ]


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime

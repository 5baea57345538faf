"""What is reckoned of the chunks of a scores file, each while the one before it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import pandas as pd

from treue.models.explain import Explanation


class Explained(NamedTuple):
    """What is reckoned of a chunk before it is told."""

    explanation: Explanation
    sure: dict[str, Any]
    curve: dict[str, Any]


Explain = Callable[[pd.DataFrame], Explained]


def explained_ahead(
    panel: pd.DataFrame, explain: Mapping[str, Explain], chunk_rows: int
) -> Iterator[tuple[int, pd.DataFrame, dict[str, Explained]]]:
    """Yield each chunk's first row, the chunk and what was reckoned of it by target.

    While one chunk is told and written, the next is reckoned on another core.
    """

    def reckon(start: int) -> tuple[int, pd.DataFrame, dict[str, Explained]]:
        chunk = panel.iloc[start : start + chunk_rows]
        return start, chunk, {target: each(chunk) for target, each in explain.items()}

    with ThreadPoolExecutor(1) as worker:
        coming = worker.submit(reckon, 0)
        for start in range(chunk_rows, len(panel), chunk_rows):
            found = coming.result()
            coming = worker.submit(reckon, start)
            yield found
        yield coming.result()

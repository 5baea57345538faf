"""Models that load while the pages are already served."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from treue.serving.predict import Predictor


class LoadedLater(Mapping[str, "Predictor"]):
    """Models by target, loaded in the background from now on; whoever asks for one waits."""

    def __init__(self, load: Callable[[], Mapping[str, Predictor]]) -> None:
        self._load = load
        self._found: Future[Mapping[str, Predictor]] = Future()
        threading.Thread(target=self._run, name="loading models", daemon=True).start()

    def _run(self) -> None:
        try:
            self._found.set_result(self._load())
        except BaseException as error:
            self._found.set_exception(error)  # raised where a model is asked for

    def __getitem__(self, target: str) -> Predictor:
        return self._found.result()[target]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found.result())

    def __len__(self) -> int:
        return len(self._found.result())

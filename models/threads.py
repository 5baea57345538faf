"""Threads shared out: fits side by side, each with its part of what there is.

Many small fits use the cores better side by side than one after another, each on all threads: a
tree of some thousand rows is grown before its threads have met. The share is a limit of OpenMP's
that counts for the calling thread only, so LightGBM must be asked for its default (`num_threads`
0) wherever fits run side by side; any other number it would take as one for the whole process.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock
from typing import TypeVar

from threadpoolctl import threadpool_info, threadpool_limits

T = TypeVar("T")


def available() -> int:
    """Return how many threads LightGBM takes here by default."""
    found = [one["num_threads"] for one in threadpool_info() if one["user_api"] == "openmp"]
    return max(found, default=1)


def at_most(num_threads: int) -> threadpool_limits:
    """Limit LightGBM's default, as a context of the calling thread; 0 leaves it as it is."""
    return threadpool_limits(num_threads if num_threads > 0 else None, user_api="openmp")


class _OneForAlgebra:
    """Who keeps linear algebra to one thread: the first limits it, the last to leave frees it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._users = 0
        self._limits: threadpool_limits | None = None

    def enter(self) -> None:
        with self._lock:
            if self._limits is None:
                self._limits = threadpool_limits(1, user_api="blas")
            self._users += 1

    def leave(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0 and self._limits is not None:
                self._limits.restore_original_limits()
                self._limits = None


_one_for_algebra = _OneForAlgebra()


@contextmanager
def one_for_algebra() -> Iterator[None]:
    """Limit linear algebra to one thread, for the whole process, until all who asked have left.

    Two share products as small as ours to no one's gain, and where another process has the second
    core, they wait for one another: then a regression takes twenty times as long.
    """
    _one_for_algebra.enter()
    try:
        yield
    finally:
        _one_for_algebra.leave()


def side_by_side(jobs: Sequence[Callable[[], T]], *, in_turn: bool = False) -> list[T]:
    """Run jobs on the threads available, and return what they return, in their order.

    `in_turn` runs one after another instead, each on all threads.
    """
    threads = available()
    workers = 1 if in_turn else min(len(jobs), threads)
    if workers < 2:
        return [job() for job in jobs]
    share = threads // workers
    with ThreadPoolExecutor(
        workers, initializer=threadpool_limits, initargs=(share, "openmp")
    ) as pool:
        return list(pool.map(lambda job: job(), jobs))

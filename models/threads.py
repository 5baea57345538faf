"""Threads shared out: fits side by side, each with its part of what there is.

Many small fits use the cores better side by side than one after another, each on all threads: a
tree of some thousand rows is grown before its threads have met. The share is a limit of OpenMP's
that counts for the calling thread only, so LightGBM must be asked for its default (`num_threads`
0) wherever fits run side by side; any other number it would take as one for the whole process.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
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


@contextmanager
def one_for_algebra() -> Iterator[None]:
    """Limit linear algebra to one thread, for the whole process.

    Two share products as small as ours to no one's gain, and where another process has the second
    core, they wait for one another: then a regression takes twenty times as long.
    """
    with threadpool_limits(1, user_api="blas"):
        yield


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

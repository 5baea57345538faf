"""Threads are shared out, and what is limited is free again afterwards."""

import lightgbm  # noqa: F401  # brings the OpenMP that is shared out
import numpy  # noqa: F401  # brings the linear algebra that is limited
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from treue.models.threads import at_most, available, one_for_algebra, side_by_side


@pytest.mark.parametrize(("jobs", "share"), [(1, 4), (2, 2), (3, 1), (6, 1)])
def test_each_job_has_its_share_and_answers_in_its_place(jobs, share):
    with threadpool_limits(4, user_api="openmp"):
        found = side_by_side(
            [lambda number=number: (number, available()) for number in range(jobs)]
        )
        assert found == [(number, share) for number in range(jobs)]
        assert available() == 4


def test_in_turn_each_job_has_all_threads():
    with threadpool_limits(3, user_api="openmp"):
        assert side_by_side([available, available], in_turn=True) == [3, 3]


def test_what_a_job_raises_is_raised():
    def fails():
        raise ValueError("not this one")

    with threadpool_limits(2, user_api="openmp"), pytest.raises(ValueError, match="not this one"):
        side_by_side([available, fails])


def test_a_limit_ends_with_its_context_and_none_limits_nothing():
    with threadpool_limits(4, user_api="openmp"):
        with at_most(2):
            assert available() == 2
        with at_most(0):
            assert available() == 4


def threads_of_algebra():
    return [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]


def test_linear_algebra_has_one_thread_for_a_while():
    with threadpool_limits(2, user_api="blas"):
        before = threads_of_algebra()
        with one_for_algebra():
            assert set(threads_of_algebra()) == {1}
        assert threads_of_algebra() == before
        assert 2 in before


def test_fits_that_overlap_free_linear_algebra_when_the_last_has_left():
    with threadpool_limits(2, user_api="blas"):
        before = threads_of_algebra()
        first, second = one_for_algebra(), one_for_algebra()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert set(threads_of_algebra()) == {1}
        second.__exit__(None, None, None)
        assert threads_of_algebra() == before

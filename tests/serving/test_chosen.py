"""Topics are chosen at once for many customers as one would choose them for each in turn."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from treue.serving.chosen import (
    AT_LEAST,
    AT_MOST,
    BESIDE_BACKGROUND,
    TELLING_POINTS,
    Rules,
    choose,
)
from treue.serving.formats import shown_points

TOPICS = 7
WEIGHTS = st.sampled_from([-30, -3, -1, -0.5, -0.05, 0.04, 0, 0.05, 0.5, 1, 2, 3, 40])
ROWS = st.lists(st.lists(WEIGHTS, min_size=TOPICS, max_size=TOPICS), min_size=1, max_size=6)
FLAGS = st.lists(st.booleans(), min_size=TOPICS, max_size=TOPICS)


def in_turn(sums, left_out, tellable, background):
    """The topics of one customer, chosen one after another: the oracle."""
    left = 0.0
    for number in sums:
        left += number
    shown = [i for i in range(TOPICS) if tellable[i] and shown_points(sums[i]) and not left_out[i]]
    shown.sort(key=lambda i: -abs(sums[i]))
    found = []
    while shown and len(found) < AT_MOST:
        described = any(background[i] for i in found)
        beside = [i for i in shown if not background[i] or (sums[i] * left > 0 and not described)]
        if not found:
            at = main(shown, sums, left, background)
        elif len(found) < AT_LEAST:
            at = next(iter(beside), None)
        else:
            at = also(beside, sums, left)
        if at is None:
            break
        found.append(at)
        shown.remove(at)
        left -= sums[at]
    return found[:1] + sorted(found[1:], key=lambda i: (background[i], -abs(sums[i])))


def main(shown, sums, left, background):
    its_way = [i for i in shown if sums[i] * left > 0] or shown
    heaviest = its_way[0]
    least = min(TELLING_POINTS, BESIDE_BACKGROUND * abs(sums[heaviest]))
    first = next((i for i in its_way if not background[i]), heaviest)
    return first if abs(sums[first]) >= least else heaviest


def also(beside, sums, left):
    if not beside:
        return None
    nearer = [i for i in beside if sums[i] * left > 0]
    if abs(left) >= TELLING_POINTS and nearer:
        return nearer[0]
    return beside[0] if abs(sums[beside[0]]) >= TELLING_POINTS else None


@settings(max_examples=300, deadline=None)
@given(rows=ROWS, tellable=FLAGS, background=FLAGS, waiting=st.booleans())
def test_the_topics_of_many_are_those_of_each_chosen_in_turn(rows, tellable, background, waiting):
    left_out = np.zeros((len(rows), TOPICS), bool)
    left_out[::2, 3] = waiting
    rules = Rules(np.array(tellable), np.array(background))
    found = choose(np.array(rows, float), left_out, rules)
    for row, chosen in enumerate(found):
        expected = in_turn(rows[row], left_out[row], tellable, background)
        assert chosen[: len(expected)].tolist() == expected
        assert (chosen[len(expected) :] == -1).all()

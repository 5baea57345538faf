"""Pieces put together where one table for both is quicker than two.

Pieces of one tree often ask the same columns at the same places, small pieces of different trees
at least the same columns. A merged piece tells apart all that either did.
"""

from treue.models.treeshap.cut import MOST_CELLS, Piece, States, finer, table_cost


def merge(pieces: list[Piece]) -> list[Piece]:
    """Return pieces with the same leaves that cost no more; the best merger goes first."""
    open_pieces = dict(enumerate(pieces))
    gains: dict[tuple[int, int], tuple[float, Piece]] = {}

    def weigh(i: int, j: int) -> None:
        one, other = open_pieces[i], open_pieces[j]
        together = merged_states(one.states, other.states)
        if together is not None:
            piece = Piece(together, one.leaves + other.leaves, table_cost(together))
            gain = one.cost + other.cost - piece.cost
            if gain > 0:
                gains[i, j] = gain, piece

    numbers = sorted(open_pieces)
    for place, i in enumerate(numbers):
        for j in numbers[place + 1 :]:
            weigh(i, j)
    following = len(numbers)
    while gains:
        i, j = max(gains, key=lambda pair: gains[pair][0])
        piece = gains[i, j][1]
        gains = {pair: gain for pair, gain in gains.items() if not {i, j} & set(pair)}
        del open_pieces[i], open_pieces[j]
        others = sorted(open_pieces)
        open_pieces[following] = piece
        for other in others:
            weigh(other, following)
        following += 1
    return list(open_pieces.values())


def merged_states(one: States, other: States) -> States | None:
    """Return what both tell apart, or nothing if that makes too many cells."""
    cells = 1
    merged: States = {}
    for column, sets in one.items():
        merged[column] = finer(sets, other[column]) if column in other else sets
        cells *= max(2, len(merged[column]))
        if cells > MOST_CELLS:
            return None
    for column, sets in other.items():
        if column not in one:
            merged[column] = sets
            cells *= max(2, len(sets))
    return merged if cells <= MOST_CELLS else None

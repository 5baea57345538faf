"""The plan of some boosters: everything that explaining needs, as plain arrays."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from treue.models.treeshap.arrays import U16, Leaves, Nests, Patterns, Pieces, Quadrature, Steps
from treue.models.treeshap.codes import Encoding


@dataclass(frozen=True)
class Plan:
    """What the trees of all members and outputs give, cut into pieces.

    A *part* is what one member says of one output; part ``output * n_members + member`` has the
    pieces from ``piece_bounds[part]`` to ``piece_bounds[part + 1]``, and the nests alike.

    Attributes
    ----------
    n_columns, n_members, n_outputs : int
    base : array (parts,)
        What a member says of an output before anything is known.
    encoding : Encoding
    cells : Steps
        Number p is the cell of piece p.
    pieces : Pieces
    leaves : Leaves
    conditions : Steps
        Number k is 1 where what entry k of the nests asks is satisfied, else 0.
    nests : Nests
    patterns : Patterns
    rule : Quadrature
    background : array (asked, rows) of uint16
        Codes of the rows that contributions are relative to; none where they are path-dependent.
    """

    n_columns: int
    n_members: int
    n_outputs: int
    base: npt.NDArray[np.float64]
    piece_bounds: npt.NDArray[np.int64]
    nest_bounds: npt.NDArray[np.int64]
    encoding: Encoding
    cells: Steps
    pieces: Pieces
    leaves: Leaves
    conditions: Steps
    nests: Nests
    patterns: Patterns
    rule: Quadrature
    background: U16

    @property
    def n_asked(self) -> int:
        """Return how many columns any tree asks."""
        return len(self.encoding.column)

    @property
    def table_bytes(self) -> int:
        """Return the size of all tables."""
        return 8 * int(self.pieces.table_start[-1])

    @property
    def own_bytes(self) -> int:
        """Return the size of all the rest."""
        groups = (
            *(self.encoding, self.cells, self.pieces, self.leaves),
            *(self.conditions, self.nests, self.patterns, self.rule),
        )
        return sum(array.nbytes for group in groups for array in group) + self.background.nbytes

    def parts(self, output: int, member: int | None = None) -> slice:
        """Return the parts of an output, of all members or of one."""
        first = output * self.n_members
        return (
            slice(first, first + self.n_members)
            if member is None
            else slice(first + member, first + member + 1)
        )

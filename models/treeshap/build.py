"""Boosters made into a plan: pieces and nests written down as arrays."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from treue.models.treeshap.arrays import Leaves, Nests, Patterns, Pieces, quadrature
from treue.models.treeshap.background import Background
from treue.models.treeshap.codes import CodeSpace
from treue.models.treeshap.cut import Leaf, Path, Piece, cut
from treue.models.treeshap.errors import TreeShapError
from treue.models.treeshap.merge import merge
from treue.models.treeshap.nests import Nest, all_leaves, nests
from treue.models.treeshap.plan import Plan
from treue.models.treeshap.steps import StepWriter
from treue.models.treeshap.trees import Model, Tree


def plan_of(
    models: Sequence[Model],
    *,
    tables: bool = True,
    background: npt.NDArray[np.float64] | None = None,
) -> Plan:
    """Return the plan of some boosters of the same columns and outputs.

    Parameters
    ----------
    models : sequence of Model
    tables : bool
        False makes a plan without tables, all leaves in nests: ready sooner, slower a row.
    background : array (rows, columns), optional
        Makes the contributions interventional: relative to the mean over these rows.

    Raises
    ------
    TreeShapError
        If they do not fit each other.
    """
    first = models[0]
    for model in models[1:]:
        if len(model.feature_names) != len(first.feature_names):
            raise TreeShapError(
                f"one booster has {len(first.feature_names)} columns, another "
                f"{len(model.feature_names)}; explain them one by one"
            )
        if model.n_outputs != first.n_outputs:
            raise TreeShapError(
                f"one booster has {first.n_outputs} outputs, another {model.n_outputs}; "
                "explain them one by one"
            )
    space = CodeSpace([tree for model in models for tree in model.trees])
    builder = _Builder(space, tables, Background.of(background, space))
    for output in range(first.n_outputs):
        for model in models:
            builder.add_part(model.trees[output :: model.n_outputs])
    return builder.plan(len(first.feature_names), len(models), first.n_outputs)


class _Builder:
    def __init__(self, space: CodeSpace, tables: bool, background: Background | None) -> None:
        self._space, self._tables, self._background = space, tables, background
        n_codes = [space.everything(column).bit_length() for column in space.columns]
        self._cells, self._conditions = StepWriter(n_codes), StepWriter(n_codes)
        self._base: list[float] = []
        self._piece_bounds, self._nest_bounds = [0], [0]
        # pieces and their leaves
        self._pair_start, self._columns, self._states = [0], list[int](), list[int]()
        self._n_cells, self._table_start, self._leaf_start = list[int](), [0], [0]
        self._values, self._path_start, self._ratios = list[float](), [0], list[float]()
        self._pairs, self._inside_at, self._inside = list[int](), list[int](), bytearray()
        # nests and theirs
        self._nodes, self._nest_leaf_start = list[int](), [0]
        self._common, self._own = list[tuple[int, int]](), list[tuple[int, int]]()
        self._nest_values = list[float]()
        self._pattern_start = [0]
        self._met: list[npt.NDArray[np.int64]] = []
        self._shares: list[npt.NDArray[np.float64]] = []
        self._asked, self._nest_ratios = list[int](), list[float]()

    def add_part(self, trees: Sequence[Tree]) -> None:
        """Add what one member says of one output."""
        base = 0.0
        for tree in trees:
            if len(tree.feature) == 0:
                base += tree.expected_value
                continue
            if self._tables:
                relative = self._background is not None
                pieces = merge(cut(tree, self._space, relative=relative))
                lone = [piece.leaves[0] for piece in pieces if piece.lone]
            else:
                pieces, lone = [], all_leaves(tree, self._space)
            if self._background is None:
                base += tree.expected_value
                found = nests(lone, tree)
            else:
                base += self._background.mean(tree)
                found = [Nest(leaf.path, [Leaf(leaf.value, {})]) for leaf in lone]
            for piece in pieces:
                if not piece.lone:
                    self._add_piece(piece)
            for nest in found:
                self._add_nest(nest)
        self._base.append(base)
        self._piece_bounds.append(len(self._n_cells))
        self._nest_bounds.append(len(self._nodes))

    def _add_piece(self, piece: Piece) -> None:
        stride = 1
        parts = []
        for column, sets in piece.states.items():
            parts.append((column, [(codes, i * stride) for i, codes in enumerate(sets)]))
            stride *= len(sets)
        self._cells.add(parts)
        self._columns += piece.states
        self._states += [len(sets) for sets in piece.states.values()]
        self._pair_start.append(len(self._columns))
        self._n_cells.append(stride)
        self._table_start.append(self._table_start[-1] + stride * len(piece.states))
        place = {column: i for i, column in enumerate(piece.states)}
        for leaf in piece.leaves:
            self._values.append(leaf.value)
            for column, (codes, ratio) in leaf.path.items():
                self._ratios.append(ratio)
                self._pairs.append(place[column])
                self._inside_at.append(len(self._inside))
                self._inside += bytes(s & codes != 0 for s in piece.states[column])
            self._path_start.append(len(self._pairs))
        self._leaf_start.append(len(self._values))

    def _add_nest(self, nest: Nest) -> None:
        self._nodes.append(nest.nodes)
        self._common.append(self._add_entries(nest.common))
        for leaf in nest.leaves:
            self._nest_values.append(leaf.value)
            self._own.append(self._add_entries(leaf.path))
        self._nest_leaf_start.append(len(self._nest_values))
        if self._background is not None:
            met, share = self._background.patterns(nest.common)
            self._met.append(met)
            self._shares.append(share)
        self._pattern_start.append(
            sum(len(met) for met in self._met[-1:]) + self._pattern_start[-1]
        )

    def _add_entries(self, path: Path) -> tuple[int, int]:
        start = len(self._asked)
        for column, (codes, ratio) in path.items():
            self._asked.append(column)
            self._nest_ratios.append(ratio)
            self._conditions.add([(column, [(codes, 1)])])
        return start, len(self._asked)

    def plan(self, n_columns: int, n_members: int, n_outputs: int) -> Plan:
        """Return what was added, as arrays."""
        common, own = _ints(self._common).reshape(-1, 2), _ints(self._own).reshape(-1, 2)
        longest = int(np.diff(self._path_start).max(initial=1))
        return Plan(
            n_columns=n_columns,
            n_members=n_members,
            n_outputs=n_outputs,
            base=np.array(self._base),
            piece_bounds=_ints(self._piece_bounds),
            nest_bounds=_ints(self._nest_bounds),
            encoding=self._space.encoding(),
            cells=self._cells.arrays(),
            pieces=Pieces(
                pair_start=_ints(self._pair_start),
                column=_ints(self._columns).astype(np.int32),
                states=_ints(self._states).astype(np.int32),
                cells=_ints(self._n_cells),
                table_start=_ints(self._table_start),
                leaf_start=_ints(self._leaf_start),
            ),
            leaves=Leaves(
                value=np.array(self._values, dtype=np.float64),
                path_start=_ints(self._path_start),
                ratio=np.array(self._ratios, dtype=np.float64),
                pair=_ints(self._pairs).astype(np.int32),
                inside_at=_ints(self._inside_at),
                inside=np.array(self._inside, dtype=np.uint8),
            ),
            conditions=self._conditions.arrays(),
            nests=Nests(
                nodes=_ints(self._nodes),
                common_start=np.ascontiguousarray(common[:, 0]),
                common_end=np.ascontiguousarray(common[:, 1]),
                leaf_start=_ints(self._nest_leaf_start),
                value=np.array(self._nest_values, dtype=np.float64),
                own_start=np.ascontiguousarray(own[:, 0]),
                own_end=np.ascontiguousarray(own[:, 1]),
                column=_ints(self._asked).astype(np.int32),
                ratio=np.array(self._nest_ratios, dtype=np.float64),
            ),
            patterns=Patterns(
                start=_ints(self._pattern_start),
                met=np.concatenate([np.zeros(0, np.int64), *self._met]),
                share=np.concatenate([np.zeros(0), *self._shares]),
            ),
            rule=quadrature(max([*self._nodes, (longest + 1) // 2])),
            background=np.zeros((len(self._space.columns), 0), np.uint16)
            if self._background is None
            else self._background.codes,
        )


def _ints(values: Sequence[int] | Sequence[tuple[int, int]]) -> npt.NDArray[np.int64]:
    return np.array(values, dtype=np.int64)

"""The public face: exact Shapley values of LightGBM boosters."""

import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from treue.models.treeshap.build import plan_of
from treue.models.treeshap.cache import PlanFiles, key_of
from treue.models.treeshap.choose import Method, cheapest
from treue.models.treeshap.errors import TreeShapError
from treue.models.treeshap.evaluate import Evaluator, Share, fill_tables
from treue.models.treeshap.frames import as_matrix
from treue.models.treeshap.plan import Plan
from treue.models.treeshap.probe import agrees
from treue.models.treeshap.trees import Model, look_at, read_model

Floats = npt.NDArray[np.float64]

OPEN_BYTES = 64_000_000  # of contributions of several members kept open at once

logger = logging.getLogger(__name__)


class Explained(NamedTuple):
    """Contributions, and the raw scores that they make up: both from one pass."""

    values: Floats
    raw: Floats


class Grouped(NamedTuple):
    """Mean contributions (rows, columns); each booster's sums (boosters, groups, rows)."""

    values: Floats
    sums: Floats


class Explainer:
    """Exact Shapley values (Tree SHAP) of one LightGBM booster or of the mean of several.

    ``expected_value + shap_values(X).sum(axis=1)`` is ``predict(X)``, the raw score.

    Parameters
    ----------
    model : lightgbm.Booster, fitted scikit-learn wrapper, text of a booster, or a sequence of them
        Several must have the same columns and outputs; explained is the mean of their raw scores.
    background : data, optional
        Without it contributions are path-dependent: what is not known is averaged as the training
        rows fell. With it they are interventional: relative to the mean over these rows.
    memory_limit : int
        Bytes that a plan may keep. Tables that do not fit are made in turn, for every few ten
        thousand rows anew.
    num_threads : int
        0 takes all cores. Values do not depend on it.
    cache : path or sequence of paths, optional
        Files to keep the plan in, the best first: taken from the first that fits the boosters and
        says of a few rows what they say, else made anew and written to the first that can be. A
        folder that is not there is not made; a plan that cannot be kept is made in every process.
    before_writing : callable, optional
        Called with the place of a plan before it is written, such as to make its folder.
    method : "lightgbm", "quadrature" or "tables", optional
        Always this way, so that a row's values are the same to the bit with whatever other rows
        it is explained.

    Notes
    -----
    Few rows are explained by LightGBM itself, more by quadrature, many by tables, whichever is
    done first with its set-up counted; `prepare` makes the tables ahead, after which a single row
    is quickest by them, too. All ways agree to rounding.

    References
    ----------
    Lundberg et al. (2020), From local explanations to global understanding with explainable AI
    for trees.

    Examples
    --------
    >>> import lightgbm, numpy
    >>> X = numpy.arange(40.0).reshape(20, 2)
    >>> y = X[:, 0] > 10
    >>> booster = lightgbm.train(
    ...     {"objective": "binary", "min_data_in_leaf": 2, "verbosity": -1},
    ...     lightgbm.Dataset(X, y),
    ...     num_boost_round=3,
    ... )
    >>> explainer = Explainer(booster)
    >>> values = explainer.shap_values(X)
    >>> values.shape
    (20, 2)
    >>> raw = booster.predict(X, raw_score=True)
    >>> bool(numpy.allclose(explainer.expected_value + values.sum(axis=1), raw))
    True
    """

    def __init__(
        self,
        model: Any,
        *,
        background: Any = None,
        memory_limit: int = 100_000_000,
        num_threads: int = 0,
        cache: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = None,
        before_writing: Callable[[Path], None] | None = None,
        method: Method | None = None,
    ) -> None:
        members = model if isinstance(model, Sequence) and not isinstance(model, str) else [model]
        if not members:
            raise TreeShapError("no booster to explain")
        self._boosters: list[Any] = [getattr(member, "booster_", member) for member in members]
        # no more than a look: LightGBM explains a few rows sooner than all trees are read
        looks = [look_at(booster) for booster in self._boosters]
        self._first = looks[0].model
        self._leaves = sum(look.leaves for look in looks)
        self._threads = num_threads or _cores()
        self._memory_limit = memory_limit
        self._method = method
        self._background = None if background is None else self._matrix(background)
        if self._background is not None and len(self._background) == 0:
            raise TreeShapError("the background has no rows")
        if self._background is not None and method == "lightgbm":
            raise TreeShapError("LightGBM explains without a background; choose another method")
        places = [cache] if isinstance(cache, str | os.PathLike) else list(cache or ())
        key = key_of(self._texts, self._background) if places else ""
        self._files = PlanFiles(places, key, before_writing)
        self._ready: dict[Method, Evaluator] = {}
        self._rows_seen = 0

    @cached_property
    def _texts(self) -> list[str]:
        return [b if isinstance(b, str) else b.model_to_string() for b in self._boosters]

    @cached_property
    def _models(self) -> list[Model]:
        return [read_model(text) for text in self._texts]

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Return the booster's names of the columns."""
        return self._first.feature_names

    @property
    def expected_value(self) -> float | Floats:
        """Return the raw score before anything is known, of several outputs an array."""
        base = self._base.mean(axis=1)
        return float(base[0]) if len(base) == 1 else base

    @property
    def expected_values_of_members(self) -> Floats:
        """Return each member's expected value (members,) or (members, outputs)."""
        return np.squeeze(self._base.T, axis=1) if self._first.n_outputs == 1 else self._base.T

    def shap_values(self, X: Any) -> Floats:
        """Return contributions (rows, columns), of several outputs (rows, columns, outputs)."""
        matrix = self._matrix(X)
        method = self.method(len(matrix))
        self._rows_seen += len(matrix)
        outputs, members = self._first.n_outputs, len(self._boosters)
        if method == "lightgbm":
            parts = [self._by_lightgbm(matrix, member) for member in range(members)]
            found = np.mean(parts, axis=0)
        else:
            evaluator = self._evaluator(method)
            shares: list[Share] = [
                (evaluator.plan.parts(output), 1.0 / members) for output in range(outputs)
            ]
            found = evaluator.contributions(matrix, shares)
        return _outputs_last(found)

    def member_values(self, X: Any) -> Iterator[Floats]:
        """Yield each booster's own contributions, in turn; their mean is `shap_values`."""
        matrix = self._matrix(X)
        method = self.method(len(matrix))
        self._rows_seen += len(matrix)
        outputs, members = self._first.n_outputs, len(self._boosters)
        if method == "lightgbm":
            for member in range(members):
                yield _outputs_last(self._by_lightgbm(matrix, member))
            return
        evaluator = self._evaluator(method)
        # few rows at once for all members, so that they are encoded once; many in turn
        at_once = max(1, OPEN_BYTES // max(1, outputs * matrix.nbytes))
        for first in range(0, members, at_once):
            chunk = range(first, min(first + at_once, members))
            shares: list[Share] = [
                (evaluator.plan.parts(output, member), 1.0)
                for member in chunk
                for output in range(outputs)
            ]
            found = evaluator.contributions(matrix, shares)
            for place in range(len(chunk)):
                yield _outputs_last(found[place * outputs : (place + 1) * outputs])

    def grouped(self, X: Any, group_of: npt.ArrayLike) -> Grouped:
        """Return `shap_values`, and of each booster's own the sums by group, from one pass.

        Parameters
        ----------
        X : data
        group_of : array (columns,)
            Group of each column, numbered from 0.

        Raises
        ------
        TreeShapError
            If the boosters have several outputs, or the groups are not one a column.
        """
        matrix = self._matrix(X)
        if self._first.n_outputs > 1:
            raise TreeShapError("sums by group are those of boosters with one output")
        places = np.asarray(group_of, dtype=int)
        if len(places) != matrix.shape[1]:
            raise TreeShapError(f"{len(places)} groups for {matrix.shape[1]} columns")
        groups, members = int(places.max(initial=-1)) + 1, len(self._boosters)
        ready = self._evaluator("tables") if self.method(len(matrix)) == "tables" else None
        if ready is not None and ready.tables is not None:
            self._rows_seen += len(matrix)
            parts = [ready.plan.parts(0, member) for member in range(members)]
            return Grouped(*ready.grouped(matrix, parts, places, groups))
        mean, sums = np.zeros(matrix.shape), np.zeros((members, groups, len(matrix)))
        inside = np.eye(groups)[places]
        for member, values in enumerate(self.member_values(matrix)):
            mean += values / members
            sums[member] = (values @ inside).T
        return Grouped(mean, sums)

    def explain(self, X: Any) -> Explained:
        """Return contributions and raw scores from one pass."""
        values = self.shap_values(X)
        return Explained(values, self.expected_value + values.sum(axis=1))

    def predict(self, X: Any) -> Floats:
        """Return raw scores (rows,), of several outputs (rows, outputs)."""
        return self.explain(X).raw

    def explanation(self, X: Any) -> Any:
        """Return a `shap.Explanation`, for shap's plots."""
        import shap

        matrix = self._matrix(X)
        values = self.shap_values(matrix)
        base = np.broadcast_to(self.expected_value, (len(matrix), *values.shape[2:]))
        return shap.Explanation(
            values=values,
            base_values=np.array(base),
            data=matrix,
            feature_names=list(self.feature_names),
        )

    def method(self, rows: int) -> Method:
        """Return the way that so many rows would be explained now."""
        if self._method is not None:
            return self._method
        tables_ready = "tables" in self._ready or self._is_cached
        return cheapest(
            rows + (0 if tables_ready else self._rows_seen),
            leaves=self._leaves,
            quadrature_ready="quadrature" in self._ready,
            tables_ready=tables_ready and self._kept(),
            lightgbm=self._background is None,
            threads=self._threads,
        )

    def prepare(self) -> "Explainer":
        """Make the plan and its tables now, or take them from the cache; return the explainer."""
        self._evaluator("tables")
        return self

    @cached_property
    def _is_cached(self) -> bool:
        return self._files.fit()

    def _kept(self) -> bool:
        ready = self._ready.get("tables")
        return ready is None or ready.tables is not None

    def _evaluator(self, method: Method) -> Evaluator:
        if method not in self._ready:
            self._ready[method] = self._make(method)
            if method == "tables":
                self._ready.pop("quadrature", None)
        return self._ready[method]

    def _make(self, method: Method) -> Evaluator:
        started = time.perf_counter()
        if method == "quadrature":
            plan = plan_of(self._models, tables=False, background=self._background)
            return Evaluator(plan, np.zeros(0), 0, self._threads)
        evaluator = kept = self._files.load(self._kept_plan)
        if evaluator is None:
            evaluator = self._with_tables(plan_of(self._models, background=self._background), None)
            self._files.save(evaluator.plan, evaluator.tables)
        logger.info(
            "%d boosters: %d tables of %.0f MB %s, %.1f s",
            *(len(self._boosters), len(evaluator.plan.pieces.cells)),
            evaluator.plan.table_bytes / 1e6,
            *("made" if kept is None else "loaded", time.perf_counter() - started),
        )
        return evaluator

    def _kept_plan(self, plan: Plan, tables: Floats | None) -> Evaluator | None:
        evaluator = self._with_tables(plan, tables)
        boosters = [self._booster(member) for member in range(len(self._boosters))]
        return evaluator if agrees(evaluator, boosters, self._first) else None

    def _with_tables(self, plan: Plan, tables: Floats | None) -> Evaluator:
        """Return a plan with tables, made if need be; without them, where they do not fit."""
        room = self._memory_limit - plan.own_bytes
        if plan.table_bytes > room:
            tables = None
        elif tables is None:
            tables = fill_tables(plan, 0, len(plan.pieces.cells), self._threads)
        return Evaluator(plan, tables, max(room, 1_000_000), self._threads)

    @cached_property
    def _base(self) -> Floats:
        """Return expected values (outputs, members)."""
        outputs = self._first.n_outputs
        if self._background is not None and not self._ready:
            self._evaluator("tables")
        if self._ready:
            plan = next(iter(self._ready.values())).plan
            return plan.base.reshape(outputs, len(self._boosters))
        return np.array(
            [
                [sum(t.expected_value for t in m.trees[output::outputs]) for m in self._models]
                for output in range(outputs)
            ]
        )

    def _by_lightgbm(self, matrix: Floats, member: int) -> Floats:
        """Return contributions (outputs, rows, columns) of a member, as LightGBM reckons them."""
        outputs, columns = self._first.n_outputs, matrix.shape[1]
        if len(matrix) == 0:
            return np.zeros((outputs, 0, columns))
        threads = 1 if len(matrix) < 100 else self._threads
        found = self._booster(member).predict(matrix, pred_contrib=True, num_threads=threads)
        return found.reshape(len(matrix), outputs, columns + 1)[:, :, :-1].transpose(1, 0, 2)

    def _booster(self, member: int) -> Any:
        booster = self._boosters[member]
        if isinstance(booster, str):
            import lightgbm

            booster = self._boosters[member] = lightgbm.Booster(model_str=booster)
        return booster

    def _matrix(self, X: Any) -> Floats:
        return as_matrix(
            X,
            feature_names=self._first.feature_names,
            pandas_categories=self._first.pandas_categories,
        )


def _outputs_last(found: Floats) -> Floats:
    """Return (outputs, rows, columns) shaped as shap does."""
    return found[0] if len(found) == 1 else np.ascontiguousarray(np.moveaxis(found, 0, -1))


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1

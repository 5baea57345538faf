"""Finished scores in a database, SQLite or PostgreSQL: all that pages read.

Every read is made for a `Viewer` and filtered in SQL, so that no page can forget whose customers
these are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from treue.serving.dossier import Dossier
from treue.serving.store import contacts, planning, portfolio, reading, upkeep, watching, writing
from treue.serving.store.opening import open_engine
from treue.serving.store.opening import writing as transaction
from treue.serving.store.records import (
    CHANGED_POINTS,
    CalibrationBin,
    CalibrationWords,
    Company,
    ContactTerms,
    CutoffFigures,
    HistoryPoint,
    MapPoint,
    ModelPage,
    Outcome,
    OutcomeRow,
    Plan,
    PlanEntry,
    PlanRow,
    Portfolio,
    QuadrantSum,
    RecordedOutcome,
    RiskPoint,
    Run,
    TargetInfo,
    Thresholds,
    TokenInfo,
    Viewed,
    WorklistPage,
    WorklistQuery,
    WorklistRow,
)
from treue.serving.store.upkeep import Entries, Kept, Published
from treue.serving.store.visible import NotAllowedError, NotVisibleError
from treue.serving.viewer import Viewer

__all__ = [
    "CHANGED_POINTS",
    "CalibrationBin",
    "CalibrationWords",
    "Company",
    "ContactTerms",
    "CutoffFigures",
    "Entries",
    "HistoryPoint",
    "Kept",
    "MapPoint",
    "ModelPage",
    "NotAllowedError",
    "NotVisibleError",
    "Outcome",
    "OutcomeRow",
    "Plan",
    "PlanEntry",
    "PlanRow",
    "Portfolio",
    "Published",
    "QuadrantSum",
    "RecordedOutcome",
    "RiskPoint",
    "Run",
    "Store",
    "TargetInfo",
    "Thresholds",
    "TokenInfo",
    "Viewed",
    "WorklistPage",
    "WorklistQuery",
    "WorklistRow",
]


class Store:
    """Finished scores, and what people noted about them.

    >>> store = Store.open("sqlite://")
    >>> store.latest() is None
    True
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._portfolio: tuple[tuple[tuple[str, int], ...], Portfolio] | None = None

    @classmethod
    def open(cls, url: str, *, base_dir: Path | None = None) -> Self:
        """Open the store, and bring its schema to the newest.

        Parameters
        ----------
        url
            As SQLAlchemy has it; ``${NAME}`` is taken from the environment.
        base_dir
            What the path of a SQLite file is relative to: the folder of treue.toml.

        Raises
        ------
        TreueError
            If it cannot be reached, or was made by a newer Treue.
        """
        return cls(open_engine(url, base_dir=base_dir))

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        """Give the store, which is closed at the end of the block."""
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    @property
    def place(self) -> str:
        """Where it lies: a file, or the URL of a server without its password."""
        url = self._engine.url
        if url.get_backend_name() == "sqlite":
            return url.database or "memory"
        return url.render_as_string(hide_password=True)

    def publish(
        self, run: Run, dossiers: Iterable[Dossier], *, pictures: Mapping[str, bytes] | None = None
    ) -> bool:
        """Write a run in one transaction; readers see all of it or nothing.

        A run with the same identity is not written again; one at the same cutoff with another
        identity is replaced whole.

        Returns
        -------
        bool
            Whether anything was written; otherwise no dossier was asked for.
        """
        return writing.publish(self._engine, run, dossiers, images=pictures or {})

    def has(self, identity: str) -> bool:
        """Whether a run with this identity was published."""
        with self._engine.connect() as connection:
            return reading.has_run(connection, identity)

    def runs(self) -> list[Run]:
        """All runs, newest cutoff first."""
        with self._engine.connect() as connection:
            return reading.all_runs(connection)

    def latest(self) -> Run | None:
        """The run of the newest cutoff."""
        with self._engine.connect() as connection:
            found = reading.latest_run(connection)
            return found and found[1]

    def dossier(
        self, customer_id: str, *, viewer: Viewer, cutoff: datetime | None = None
    ) -> Dossier | None:
        """A customer's dossier at a cutoff, or the newest; None also where it may not be seen."""
        with self._engine.connect() as connection:
            return reading.read_dossier(connection, customer_id, viewer, cutoff)

    def before(self, cutoff: datetime, customer_ids: Iterable[str]) -> dict[str, Dossier]:
        """Dossiers of the newest run before a cutoff by customer: for making new ones only."""
        with self._engine.connect() as connection:
            return reading.read_before(connection, cutoff, customer_ids)

    def worklist(self, viewer: Viewer, *, query: WorklistQuery | None = None) -> WorklistPage:
        """One page of the customers of the latest run."""
        with self._engine.connect() as connection:
            return reading.read_worklist(connection, viewer, query or WorklistQuery())

    def history(self, customer_id: str, *, viewer: Viewer) -> list[HistoryPoint]:
        """A customer's scores, oldest first; none where they may not be seen."""
        with self._engine.connect() as connection:
            return reading.read_history(connection, customer_id, viewer)

    def account_managers(self, viewer: Viewer) -> list[str]:
        """Names of the account managers whose customers the viewer sees."""
        with self._engine.connect() as connection:
            return reading.read_account_managers(connection, viewer)

    def portfolio(self, viewer: Viewer) -> Portfolio:
        """All customers of the viewer together, at the latest run.

        That of all customers takes a while to sum up and is kept until something is published or
        deleted.
        """
        with self._engine.connect() as connection:
            if not viewer.sees_all:
                return portfolio.read_portfolio(connection, viewer)
            state, kept = upkeep.state(connection), self._portfolio
            if kept is None or kept[0] != state:
                kept = (state, portfolio.read_portfolio(connection, viewer))
                self._portfolio = kept
            return kept[1]

    def model(self, viewer: Viewer) -> ModelPage:
        """What is known of the models in use; it tells of no customer."""
        with self._engine.connect() as connection:
            return portfolio.read_model(connection)

    def picture(self, name: str) -> bytes | None:
        """A picture of the model page, PNG; None where there is none of that name."""
        with self._engine.connect() as connection:
            return portfolio.read_picture(connection, name)

    def record_outcome(self, customer_id: str, outcome: Outcome, *, viewer: Viewer) -> int:
        """Keep what came of a contact, and return its number.

        Raises
        ------
        NotVisibleError
            For a customer whom the viewer does not see.
        """
        with transaction(self._engine) as connection:
            return contacts.add_outcome(connection, customer_id, outcome, viewer)

    def outcomes(self, customer_id: str, *, viewer: Viewer) -> list[RecordedOutcome]:
        """A customer's outcomes, newest first."""
        with self._engine.connect() as connection:
            return contacts.read_outcomes(connection, customer_id, viewer)

    def export_outcomes(self, viewer: Viewer) -> list[OutcomeRow]:
        """All outcomes that the viewer sees, as rows of ``contacts``, oldest first."""
        with self._engine.connect() as connection:
            return contacts.outcome_rows(connection, viewer)

    def make_plan(
        self,
        viewer: Viewer,
        *,
        query: WorklistQuery | None = None,
        capacity: int,
        hold_out_share: float = 0.0,
        seed: int,
        at: datetime,
    ) -> Plan:
        """Plan whom to call: the first customers of the worklist, some held out at random.

        Parameters
        ----------
        capacity
            How many to call.
        hold_out_share
            How many more to hold out at random, as a share of the calls.
        seed
            Of the draw; kept with the plan.
        at
            Now, naive UTC.

        Raises
        ------
        TreueError
            Without scores, or for a capacity or share that makes no sense.
        """
        with transaction(self._engine) as connection:
            return planning.draw_plan(
                connection,
                viewer,
                query or WorklistQuery(),
                capacity=capacity,
                hold_out_share=hold_out_share,
                seed=seed,
                at=at,
            )

    def plan(self, viewer: Viewer) -> Plan | None:
        """The plan that the viewer made last."""
        with self._engine.connect() as connection:
            return planning.read_plan(connection, viewer)

    def export_plans(self, viewer: Viewer) -> list[PlanRow]:
        """Each customer once a cutoff, called or held out, oldest first."""
        with self._engine.connect() as connection:
            return planning.plan_rows(connection, viewer)

    def log_view(self, viewer: Viewer, *, customer_id: str, route: str, at: datetime) -> None:
        """Keep that the viewer looked at a customer."""
        self.log_views(viewer, customer_ids=[customer_id], route=route, at=at)

    def log_views(
        self, viewer: Viewer, *, customer_ids: Iterable[str], route: str, at: datetime
    ) -> None:
        """Keep that the viewer looked at these customers, as in a file with all of them."""
        with transaction(self._engine) as connection:
            watching.add_views(connection, viewer, customer_ids, route, at)

    def views(self, customer_id: str, *, viewer: Viewer) -> list[Viewed]:
        """Who looked at a customer, newest first.

        Raises
        ------
        NotAllowedError
            For anybody but a lead.
        """
        with self._engine.connect() as connection:
            return watching.read_views(connection, customer_id, viewer)

    def add_token(self, name: str, scopes: Iterable[str], *, at: datetime) -> str:
        """Make a token for a service and return it; only its hash is kept.

        Raises
        ------
        TreueError
            For a name that is taken, or a scope that does not exist.
        """
        with transaction(self._engine) as connection:
            return watching.new_token(connection, name, scopes, at)

    def token_viewer(self, token: str) -> Viewer | None:
        """The service that a token belongs to; None for an unknown or a revoked one."""
        with self._engine.connect() as connection:
            return watching.viewer_of(connection, token)

    def revoke_token(self, name: str, *, at: datetime) -> None:
        """Make a token worthless.

        Raises
        ------
        TreueError
            If there is none of that name in use.
        """
        with transaction(self._engine) as connection:
            watching.revoke(connection, name, at)

    def tokens(self) -> list[TokenInfo]:
        """All tokens by name, without the tokens."""
        with self._engine.connect() as connection:
            return watching.all_tokens(connection)

    def published(self) -> list[Published]:
        """All cutoffs, newest first, with the number of their customers."""
        with self._engine.connect() as connection:
            return upkeep.published(connection)

    def kept(self, customer_id: str) -> Kept:
        """What is kept about a customer, counted: for telling the customer."""
        with self._engine.connect() as connection:
            return upkeep.kept_of(connection, customer_id)

    def remove(self, cutoff: datetime) -> None:
        """Delete the scores of one cutoff; names and account managers are then of the one before.

        Raises
        ------
        TreueError
            If there are none of that cutoff.
        """
        upkeep.remove(self._engine, cutoff)

    def forget(self, customer_id: str) -> Kept:
        """Delete all that is kept about a customer, and return what it was.

        Raises
        ------
        TreueError
            If nothing is kept.
        """
        return upkeep.forget(self._engine, customer_id)

    def prune(self, *, before: datetime) -> tuple[list[datetime], int]:
        """Delete cutoffs and views from before a moment; the newest cutoff always stays.

        Returns
        -------
        tuple
            The cutoffs that were deleted, oldest first, and the number of views.
        """
        return upkeep.prune(self._engine, before)

"""One scores file a cutoff: complete or not there at all, written once however often started."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from treue.features.errors import TreueError
from treue.features.tables import Tables
from treue.models.value import Assumptions
from treue.serving.batch_contacts import Contacts
from treue.serving.batch_writing import CHUNK_ROWS, METADATA_KEY, Progress, write
from treue.serving.comparison import compare
from treue.serving.ledger import Ledger
from treue.serving.predict import Predictor, shared_panel

log = logging.getLogger(__name__)

FORMAT = 2
"""Raised when the columns or the metadata of scores files change their meaning."""


@dataclass(frozen=True)
class Identity:
    """What a scores file was made from; the same identity needs no second run."""

    format: int
    cutoff: str | None
    data: str
    bundles: dict[str, str]
    contact: dict[str, float | None] | None = None


def score(
    tables: Tables,
    cutoff: datetime,
    predictors: Mapping[str, Predictor],
    out: Path,
    *,
    assumptions: Assumptions | None = None,
    margin_share: float | None = None,
    chunk_rows: int = CHUNK_ROWS,
    force: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write scores and reasons of all customers eligible at a cutoff into one Parquet file.

    The file appears complete or not at all. If it is already there for the same cutoff, data and
    models, nothing is done; one made from others is only replaced with `force`, as is a file that
    cannot be read.

    Parameters
    ----------
    tables
        Raw events; what was not yet known at the cutoff is not seen.
    cutoff
        The moment of knowledge, naive UTC.
    predictors
        Models by target, ``{"churn": ..., "referral": ...}`` or one of them.
    out
        The file to write.
    assumptions, margin_share
        The company's, as the value card takes them, for the profit of a contact; without them, or
        without a churn model, the file says nothing of it.
    chunk_rows
        Rows scored and written at a time, which bounds the memory.
    progress
        Called with rows done and rows in all, after each chunk.

    Returns
    -------
    pathlib.Path
        `out`, with ``customer_id``, ``cutoff`` and for each target: ``churn_probability``,
        ``churn_raw`` and ``churn_base`` (log-odds), ``churn_contribution_<feature>`` (log-odds;
        base plus contributions is raw), ``churn_points_<family>`` (percentage points; base
        probability plus points is the probability), where the model has a curve
        ``churn_within_30``, ``churn_within_60``, … (probability of the curve's event within so many
        days, null where the training data could not tell; where churn is inactivity, instead
        ``buys_again_within_30`` …, of buying again), where it has intervals
        ``churn_probability_low``, ``churn_probability_high`` and ``churn_unlike`` (as
        `Predictor.predict` has them), ``churn_reasons_de`` and
        ``churn_reasons_en`` (lists of sentences). Where only a share of the recommendations is on
        record, also ``referral_probability_recorded_or_not``. Last
        ``expected_profit`` of contacting the customer, in money, and ``worth_contacting``, whether
        it is above 0 (both null where no margin is known). `read_metadata` tells the rest.

    Raises
    ------
    TreueError
        If `out` is another file, nobody is eligible, or the models do not belong together.
    """
    if "churn" not in predictors:
        assumptions = None
    identity = Identity(
        FORMAT,
        cutoff.isoformat(),
        fingerprint_tables(tables, cutoff),
        _fingerprints(predictors),
        {**asdict(assumptions), "margin_share": margin_share} if assumptions else None,
    )
    if _already_there(out, identity, force=force):
        return out
    panel = shared_panel(predictors, tables, cutoff)
    if panel.empty:
        _refuse_before_the_data(tables, cutoff)
        raise TreueError(
            f"no customer is eligible at {cutoff:%Y-%m-%d}: nobody bought in the lookback before "
            "it; choose an earlier cutoff"
        )
    own_families = next(iter(predictors.values())).own_families
    comparison = compare(tables, cutoff, panel, own_families=own_families)
    contacts = None
    if assumptions is not None:
        contacts = Contacts(Ledger.at(tables, cutoff, margin_share=margin_share), assumptions)
    write(
        *(panel, predictors, comparison, out, asdict(identity)),
        contacts=contacts,
        chunk_rows=chunk_rows,
        progress=progress,
    )
    return out


def score_panel(
    panel: pd.DataFrame,
    predictors: Mapping[str, Predictor],
    out: Path,
    *,
    chunk_rows: int = CHUNK_ROWS,
    force: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Do the same as `score` for the rows of a ready panel with ``customer_id``."""
    if panel.empty or "customer_id" not in panel:
        raise TreueError(
            "the panel has no rows or no column customer_id; bring one row a customer, with its id"
        )
    identity = Identity(FORMAT, None, fingerprint_panel(panel), _fingerprints(predictors))
    if not _already_there(out, identity, force=force):
        comparison = compare(None, None, panel)
        write(
            *(panel, predictors, comparison, out, asdict(identity)),
            chunk_rows=chunk_rows,
            progress=progress,
        )
    return out


def read_metadata(path: Path) -> dict[str, Any]:
    """Return what a scores file was made from and how its columns are called.

    Returns
    -------
    dict
        ``identity`` (format, cutoff, data and bundle fingerprints), ``rows``, ``languages`` and
        ``targets``: for each its ``base`` (log-odds), ``base_probability``, ``features``,
        ``families``, ``source``, ``grade`` (against simple rules; null: never judged), ``curve``
        (``event``, the ``days`` that could be learnt, the model's own ``anchor_days``; null: none)
        and ``certainty`` (``level`` and ``group_size`` that intervals state, and the ``cutoffs``
        they were learnt from; null: none).

    Raises
    ------
    TreueError
        If the file is not a scores file of Treue.
    """
    try:
        metadata = pq.read_schema(path).metadata or {}
    except (pa.ArrowInvalid, OSError) as error:
        raise TreueError(f"{path} is not a Parquet file ({error}); name another --out") from error
    if METADATA_KEY not in metadata:
        raise TreueError(f"{path} is not a scores file of Treue; name another --out")
    found: dict[str, Any] = json.loads(metadata[METADATA_KEY])
    return found


def fingerprint_tables(tables: Tables, cutoff: datetime) -> str:
    """Fingerprint of what is known at the cutoff; the order of rows does not matter."""
    parts = [",".join(tables.attributes)]
    with duckdb.connect() as connection:
        for name, frame in sorted(tables.known_at(cutoff).frames.items()):
            connection.register("frame", frame)
            rows, digest = connection.sql(
                "select count(*), sum(hash(frame)::hugeint) from frame"
            ).fetchall()[0]
            parts.append(f"{name}({','.join(frame.column_names)}): {rows} {digest}")
    return sha256("\n".join(parts).encode()).hexdigest()


def fingerprint_panel(panel: pd.DataFrame) -> str:
    """Fingerprint of a ready panel's columns and rows, in their order."""
    rows = pd.util.hash_pandas_object(panel, index=False).to_numpy()
    return sha256(rows.tobytes() + repr(list(panel)).encode()).hexdigest()


def _refuse_before_the_data(tables: Tables, cutoff: datetime) -> None:
    first: datetime = pc.min(tables.frames["purchases"]["purchased_at"]).as_py()
    if cutoff < first:
        raise TreueError(
            f"no customer is eligible at {cutoff:%Y-%m-%d}: the purchases only begin at "
            f"{first:%Y-%m-%d}; choose a later cutoff"
        )


def _fingerprints(predictors: Mapping[str, Predictor]) -> dict[str, str]:
    return {target: predictor.fingerprint for target, predictor in sorted(predictors.items())}


def _already_there(out: Path, identity: Identity, *, force: bool) -> bool:
    if not out.exists():
        return False
    try:
        found = read_metadata(out)["identity"]
    except TreueError:
        if force:
            return False
        raise
    if found == asdict(identity):
        log.info("%s is already there for this cutoff, data and these models", out)
        return True
    if force:
        return False
    differs = [name for name, value in asdict(identity).items() if found.get(name) != value]
    if "format" in differs:
        differs = ["format"]  # the rest was not written as it is today
    words = {
        "format": "an older Treue",
        "bundles": "other models",
        "data": "other data",
        "contact": "other assumptions of what a contact brings",
    }
    told = [words.get(name, f"cutoff {found.get('cutoff')}") for name in differs]
    raise TreueError(
        f"{out} is already there, made from {' and '.join(told)}; replace it with --force, "
        "or name another --out"
    )

"""How a scores file is written: chunk by chunk, in one pass, there when it is complete."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from treue.models.threads import one_for_algebra
from treue.serving.batch_columns import Columns
from treue.serving.batch_contacts import Contacts
from treue.serving.batch_explained import explained_ahead
from treue.serving.comparison import Comparison
from treue.serving.files import replacing
from treue.serving.formats import LANGUAGES
from treue.serving.predict import Predictor

log = logging.getLogger(__name__)

METADATA_KEY = b"treue"
CHUNK_ROWS = 20_000
"""Rows reckoned, told and written at a time: some 200 MB, with the next chunk beside it."""

Progress = Callable[[int, int], None]


def write(
    panel: pd.DataFrame,
    predictors: Mapping[str, Predictor],
    comparison: Comparison,
    out: Path,
    identity: Mapping[str, Any],
    *,
    contacts: Contacts | None = None,
    chunk_rows: int = CHUNK_ROWS,
    progress: Progress | None = None,
) -> None:
    """Write the scores file of a panel.

    Parameters
    ----------
    comparison
        What the panel's values are compared with.
    identity
        What the file is made from, for its metadata.
    contacts
        Adds whom it pays to contact; needs a churn model.
    progress
        Called with rows done and rows in all, after each chunk.
    """
    started = time.perf_counter()
    columns = {
        target: Columns(target, predictor, panel, comparison)
        for target, predictor in predictors.items()
    }
    explain = {target: part.explain for target, part in columns.items()}
    writer: pq.ParquetWriter | None = None
    with replacing(out) as partial, one_for_algebra():
        try:
            for done, chunk, found in explained_ahead(panel, explain, chunk_rows):
                arrays = _keys(chunk)
                for target, part in columns.items():
                    arrays |= part.of(chunk, done, found[target])
                if contacts is not None:
                    of_leaving = found["churn"].explanation.probability
                    arrays |= contacts.of(arrays["customer_id"], of_leaving)
                table = pa.table(arrays)
                if writer is None:
                    described = {target: part.describe() for target, part in columns.items()}
                    metadata = {
                        "identity": identity,
                        "rows": len(panel),
                        "languages": LANGUAGES,
                        "targets": described,
                    }
                    schema = table.schema.with_metadata({METADATA_KEY: json.dumps(metadata)})
                    writer = _writer(partial, schema)
                writer.write_table(table)
                if progress:
                    progress(done + len(chunk), len(panel))
        finally:
            if writer is not None:
                writer.close()
    seconds = time.perf_counter() - started
    log.info("wrote %s: %d rows, %.1f s", out, len(panel), seconds)


def _keys(chunk: pd.DataFrame) -> dict[str, pa.Array]:
    keys = {"customer_id": pa.array(chunk["customer_id"].astype(str), pa.string())}
    if "cutoff" in chunk:
        keys["cutoff"] = pa.array(chunk["cutoff"], pa.timestamp("us"))
    return keys


def _writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """Return what writes the file; contributions hardly repeat, so dictionaries only cost time."""
    repeated = [
        f"{field.name}.list.element" if pa.types.is_list(field.type) else field.name
        for field in schema
        if not pa.types.is_floating(field.type) and not pa.types.is_boolean(field.type)
    ]
    return pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=repeated)

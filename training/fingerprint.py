"""What a model was made of, told by name, digest and size."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

import pandas as pd


@dataclass(frozen=True)
class Fingerprint:
    """A data set by name, digest and size, so that a run says what it was made of."""

    name: str
    digest: str  # at most 36 characters, as MLflow keeps them
    rows: int
    columns: Mapping[str, str]  # name -> type
    context: str  # "table", "training", "held out"

    @classmethod
    def of(cls, frame: pd.DataFrame, *, name: str, context: str) -> Self:
        """Fingerprint of a frame: the same rows in the same order give the same digest."""
        hashes = pd.util.hash_pandas_object(frame, index=False).to_numpy()
        columns = {str(column): str(dtype) for column, dtype in frame.dtypes.items()}
        digest = sha256(repr(columns).encode() + hashes.tobytes()).hexdigest()[:32]
        return cls(name, digest, len(frame), columns, context)

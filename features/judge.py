"""What to do with rows that fail a check: set them aside, warn of them, or refuse the table."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from treue.features.report import Level, Report
from treue.features.schema import TableSchema

Flags = npt.NDArray[np.bool_]


def n_rows(count: int) -> str:
    """Return ``1 row`` or ``1,234 rows``."""
    return "1 row" if count == 1 else f"{count:,} rows"


def values_of(rows: pa.Table, column: str) -> npt.NDArray[Any]:
    """Return times or numbers (n,) to compare; what is missing is neither less nor greater."""
    return rows[column].to_numpy()


def missing(rows: pa.Table, column: str) -> Flags:
    """Return which rows (n,) have no value in a column."""
    if rows[column].null_count == 0:
        return np.zeros(rows.num_rows, dtype=bool)
    return np.asarray(rows[column].is_null().to_numpy())


def _shown(value: Any) -> str:
    """Return a value for a message; a time may lie beyond those that Python knows.

    >>> _shown("offen"), _shown(np.datetime64("9999-12-31", "us"))
    ("'offen'", '9999-12-31 00:00:00')
    """
    if isinstance(value, np.datetime64):
        return str(value).replace("T", " ").removesuffix(".000000")
    return f"'{value}'" if isinstance(value, str) else str(value)


@dataclass(frozen=True)
class Judge:
    """Passes judgement on rows of one table; ``where`` flags are true for rows that fail.

    Messages follow the count (``3 rows before opened_at``) and end in how to mend it.
    """

    schema: TableSchema
    report: Report

    def set_aside(
        self, rows: pa.Table, where: Flags, column: str | None, message: str, remedy: str
    ) -> pa.Table:
        """Return the rows that pass; the others are kept in the report with the reason."""
        if not where.any():
            return rows
        bad = rows.filter(pa.array(where))
        text = f"{n_rows(bad.num_rows)} {message}, set aside"
        self._add("warning", bad, column, text, remedy)
        reason = f"{column}: {message}" if column else message
        self.report.put_aside(self.schema.name, bad, reason)
        return rows.filter(pa.array(~where))

    def warn(
        self, rows: pa.Table, where: Flags, column: str | None, message: str, remedy: str
    ) -> bool:
        """Warn of the rows that fail, which stay; return whether there are any."""
        if not where.any():
            return False
        bad = rows.filter(pa.array(where))
        self._add("warning", bad, column, f"{n_rows(bad.num_rows)} {message}", remedy)
        return True

    def refuse(self, rows: pa.Table, where: Flags, column: str, message: str, remedy: str) -> None:
        """Refuse the table if any row fails, with up to three of the values."""
        if not where.any():
            return
        bad = rows.filter(pa.array(where))
        values = bad[column].unique().slice(0, 3).to_numpy(zero_copy_only=False)
        examples = ", ".join(map(_shown, values))
        text = f"{n_rows(bad.num_rows)} {message}: {examples}"
        self._add("error", bad, column, text, remedy)

    def _add(self, level: Level, bad: pa.Table, column: str | None, text: str, remedy: str) -> None:
        self.report.add(
            level,
            self.schema.name,
            column,
            text,
            remedy,
            rows=bad.num_rows,
            ids=self.customers(bad),
        )

    def customers(self, rows: pa.Table) -> list[str | None]:
        """Return the customers of the first rows, for a message."""
        if self.schema.customer not in rows.column_names:
            return []
        return rows[self.schema.customer].slice(0, 1000).to_pylist()

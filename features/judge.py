"""What to do with rows that fail a check: set them aside, warn of them, or refuse the table."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from treue.features.report import Level, Report
from treue.features.schema import TableSchema


def n_rows(count: int) -> str:
    """Return ``1 row`` or ``1,234 rows``."""
    return "1 row" if count == 1 else f"{count:,} rows"


@dataclass(frozen=True)
class Judge:
    """Passes judgement on rows of one table; ``where`` masks are true for rows that fail.

    Messages follow the count (``3 rows before opened_at``) and end in how to mend it.
    """

    schema: TableSchema
    report: Report

    def set_aside(
        self, rows: pa.Table, where: pa.ChunkedArray, column: str | None, message: str, remedy: str
    ) -> pa.Table:
        """Return the rows that pass; the others are kept in the report with the reason."""
        bad = _failing(rows, where)
        if bad.num_rows == 0:
            return rows
        text = f"{n_rows(bad.num_rows)} {message}, set aside"
        self._add("warning", bad, column, text, remedy)
        reason = f"{column}: {message}" if column else message
        self.report.put_aside(self.schema.name, bad, reason)
        return rows.filter(pc.invert(pc.fill_null(where, False)))

    def warn(
        self, rows: pa.Table, where: pa.ChunkedArray, column: str | None, message: str, remedy: str
    ) -> int:
        """Warn of the rows that fail, which stay; return how many there are."""
        bad = _failing(rows, where)
        if bad.num_rows:
            self._add("warning", bad, column, f"{n_rows(bad.num_rows)} {message}", remedy)
        return bad.num_rows

    def refuse(
        self, rows: pa.Table, where: pa.ChunkedArray, column: str, message: str, remedy: str
    ) -> None:
        """Refuse the table if any row fails, with up to three of the values."""
        bad = _failing(rows, where)
        if bad.num_rows == 0:
            return
        values = bad[column].unique().slice(0, 3).to_pylist()
        examples = ", ".join(f"'{v}'" if isinstance(v, str) else str(v) for v in values)
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


def _failing(rows: pa.Table, where: pa.ChunkedArray) -> pa.Table:
    return rows.filter(pc.fill_null(where, False))

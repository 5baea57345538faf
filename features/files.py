"""CSV and Parquet files, and queries over them, as DuckDB views."""

import codecs
import gzip
import re
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import duckdb

from treue.features.databases import SourceError
from treue.features.sql import column_types, first_line, literal

_CSV = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt")
# Encodings that DuckDB reads itself; files in others are written anew in UTF-8
_READ_AS_IS = {"utf-8": "utf-8", "iso8859-1": "latin-1"}
_ENCODINGS = '"utf-8", "cp1252" (Excel on Windows), "latin-1" or "utf-16"'
# No BOOLEAN: a word such as Yes stays that word, as it does in a data frame
_GUESSED = "['NULL', 'BIGINT', 'DOUBLE', 'TIME', 'DATE', 'TIMESTAMP', 'TIMESTAMPTZ', 'VARCHAR']"


@contextmanager
def _reading(what: str, remedy: str) -> Iterator[None]:
    """Turn DuckDB's errors into a :class:`SourceError` about ``what``."""
    try:
        yield
    except duckdb.Error as error:
        raise SourceError(f"{what} cannot be read: {first_line(error)}", remedy) from None


def view_of_query(con: duckdb.DuckDBPyConnection, query: str, base_dir: Path) -> None:
    """Make the table ``source`` out of a query over files relative to ``base_dir``."""
    query = _anchored(query.strip().rstrip(";"), base_dir)
    with _reading("the query", "correct the SQL; its paths are relative to treue.toml"):
        con.execute(f"CREATE TEMP TABLE source AS {query}")


def _anchored(query: str, base_dir: Path) -> str:
    """Return the query with its file names made absolute.

    DuckDB's own file_search_path would prefer a file of the same name where the program runs.
    """

    def absolute(match: re.Match[str]) -> str:
        name = match.group(1).replace("''", "'")
        is_file = name.endswith((".parquet", *_CSV)) and "://" not in name
        return literal(str(base_dir.resolve() / name)) if is_file else match.group(0)

    return re.sub(r"'((?:[^']|'')*)'", absolute, query)


def view_of_files(
    con: duckdb.DuckDBPyConnection, path: Path, *, encoding: str, as_text: Collection[str]
) -> None:
    """Make the view ``source`` out of CSV or Parquet files.

    Parameters
    ----------
    path
        File, glob or folder.
    encoding
        Of CSV files.
    as_text
        Columns of CSV files whose type is not to be guessed.
    """
    files = find_files(path)
    name = files[0].name if len(files) == 1 else f"{files[0].parent} ({len(files)} files)"
    if files[0].suffix == ".parquet":
        listed = "[" + ", ".join(literal(str(file)) for file in files) + "]"
        with _reading(name, "check that the file is whole and is a Parquet file"):
            con.execute(
                "CREATE TEMP VIEW source AS SELECT * FROM "
                f"read_parquet({listed}, union_by_name = true, hive_partitioning = false)"
            )
        return
    empty = [file.name for file in files if file.stat().st_size == 0]
    if empty:
        raise SourceError(f"{empty[0]} is empty", "export it again")
    remedy = 'each line needs as many columns as the first; Excel may need encoding = "cp1252"'
    with tempfile.TemporaryDirectory(prefix="treue-") as folder, _reading(name, remedy):
        codec = _codec(encoding)
        if codec not in _READ_AS_IS:
            files = _in_utf8(files, codec, Path(folder))
            codec = "utf-8"
        listed = "[" + ", ".join(literal(str(file)) for file in files) + "]"
        dialect = (
            f"header = true, skip = 0, delim = {literal(_delimiter(files[0], codec))}, "
            f"quote = '\"', escape = '\"', encoding = {literal(_READ_AS_IS[codec])}, "
            "union_by_name = true"
        )
        con.execute(f"CREATE TEMP VIEW header AS SELECT * FROM read_csv({listed}, {dialect})")
        texts = [column for column in column_types(con, "header") if column in as_text]
        types = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in texts)
        types = f", types = {{{types}}}" if types else ""
        con.execute(
            "CREATE TEMP TABLE source AS SELECT * FROM "
            f"read_csv({listed}, {dialect}, sample_size = -1, "
            f"auto_type_candidates = {_GUESSED}{types})"
        )


def _codec(encoding: str) -> str:
    """Return Python's name of an encoding."""
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        problem = f"encoding '{encoding}' is not known"
        raise SourceError(problem, f"write it as {_ENCODINGS}") from None


def _in_utf8(files: list[Path], codec: str, folder: Path) -> list[Path]:
    """Write files anew in a folder, in UTF-8."""
    found = []
    for number, file in enumerate(files):
        name = f"{number}-{file.name.removesuffix('.gz')}"
        try:
            with _opened(file, codec) as old, (folder / name).open("w", encoding="utf-8") as new:
                shutil.copyfileobj(old, new)
        except UnicodeError as error:
            problem = f"{file.name} is not in {codec}: {error}"
            raise SourceError(problem, f"write its encoding as {_ENCODINGS}") from None
        found.append(folder / name)
    return found


def _opened(file: Path, codec: str, *, errors: str = "strict") -> IO[str]:
    opened = gzip.open if file.suffix == ".gz" else open
    return cast("IO[str]", opened(file, "rt", encoding=codec, errors=errors, newline=""))


def _delimiter(file: Path, codec: str) -> str:
    """Return the sign between the names of the first line: a broken line must not change it."""
    with _opened(file, codec, errors="replace") as lines:
        first = lines.readline()
    unquoted = re.sub(r'"[^"]*"', "", first)
    return max(",;\t|", key=unquoted.count)


def _glob(pattern: Path) -> list[Path]:
    """Return the files that a pattern such as ``/data/orders-*.csv`` stands for."""
    parts = pattern.parts
    fixed = next((i for i, part in enumerate(parts) if set(part) & set("*?[")), len(parts))
    if fixed == len(parts):
        return []
    return sorted(Path(*parts[:fixed]).glob("/".join(parts[fixed:])))


def find_files(path: Path) -> list[Path]:
    """Return the files that ``path`` (a file, glob or folder) stands for, all of one kind."""
    if path.is_dir():
        candidates = sorted(file for file in path.rglob("*") if file.is_file())
    elif path.exists():
        candidates = [path]
    else:
        candidates = _glob(path)
    if not candidates:
        raise SourceError(f"there is no file {path}", "correct path; it is relative to treue.toml")
    parquet = [file for file in candidates if file.suffix == ".parquet"]
    csv = [file for file in candidates if file.name.endswith(_CSV)]
    if parquet and csv:
        raise SourceError(
            f"{path} holds CSV and Parquet files", "name one kind, for example folder/*.parquet"
        )
    if not (parquet or csv):
        kinds = sorted({file.suffix or file.name for file in candidates})
        raise SourceError(
            f"{path} holds neither CSV nor Parquet files ({', '.join(kinds[:5])})",
            "export them as CSV or Parquet, or hand in a data frame",
        )
    return parquet or csv

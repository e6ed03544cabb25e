"""The file that was given: what it is by its content, never by its name."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb
import pandas as pd

from deepfm.errors import InputError
from deepfm.log.source.encoding import detect_encoding, head, open_bytes

DELIMITERS = (",", "\t", ";", "|")
SNIFFED_CHARACTERS = 256 * 1024
SNIFFED_ROWS = 200
VALUE = re.compile(r"[-+]?\d[\d.,:/T \-+]*(Z|UTC|GMT)?")
KNOWN_BINARIES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF", b"RIFF", b"BM6", b"\x7fELF")


@dataclass(frozen=True)
class Source:
    """A readable file of events and how to read it."""

    path: Path
    format: Literal["csv", "parquet"]
    delimiter: str
    header: bool
    encoding: str
    columns: tuple[str, ...]


def open_source(path: Path | str) -> Source:
    """Look at a file's content and say how to read it.

    CSV (plain or gzip; comma, TAB, semicolon or bar; UTF-8, UTF-16, GB18030 or Latin-1; with a
    header or without, then the columns are column_1, column_2 …) and Parquet.

    Raises:
        InputError: missing, empty, no table, damaged, header only, or one column only.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError("There is no file {name}. Check the path.", name=path.name)
    if path.stat().st_size == 0:
        raise _empty(path)
    with path.open("rb") as file:
        first = file.read(8)
    if first.startswith(b"PAR1"):
        return _open_parquet(path)
    if first.startswith(b"PK\x03\x04"):
        raise InputError(
            "{name} is an Excel workbook or a ZIP archive. Save the sheet as CSV and upload that.",
            name=path.name,
        )
    _refuse_binary(path)
    return _open_csv(path)


def sample(source: Source, rows: int = 100) -> pd.DataFrame:
    """The first ``rows`` rows as text, one column a column of the file; an empty cell is None."""
    if source.format == "parquet":
        with duckdb.connect() as connection:
            query = "SELECT COLUMNS(*)::VARCHAR FROM read_parquet(?) LIMIT ?"
            table = connection.execute(query, [str(source.path), rows]).fetchall()
    else:
        text = head(source.path, source.encoding, max(SNIFFED_CHARACTERS, rows * 1024))
        found = _rows(text, source.delimiter, rows + source.header)[source.header :]
        width = len(source.columns)
        table = [tuple((row + [""] * width)[:width]) for row in found]
    cells = [[cell.strip() or None if cell else None for cell in row] for row in table]
    return pd.DataFrame(cells, columns=list(source.columns), dtype=object)


def _open_parquet(path: Path) -> Source:
    try:
        with duckdb.connect() as connection:
            connection.execute("SELECT * FROM read_parquet(?) LIMIT 1", [str(path)])
            names = tuple(column[0] for column in connection.description or ())
            if connection.fetchone() is None:
                raise _header_only(path)
    except duckdb.Error as error:
        raise InputError(
            "The Parquet file {name} is damaged or cut off. Write it again and upload it.",
            name=path.name,
        ) from error
    if len(names) < 2:
        raise _one_column(path)
    return Source(path, "parquet", "", True, "utf-8", names)


def _open_csv(path: Path) -> Source:
    encoding = detect_encoding(path)
    text = head(path, encoding, SNIFFED_CHARACTERS)
    if not text.strip():
        raise _empty(path)
    delimiter = _delimiter(path, text)
    rows = _rows(text, delimiter, SNIFFED_ROWS)
    header = _is_header(rows[0])
    if header and len(rows) == 1:
        raise _header_only(path)
    if header:
        columns = _unique_names(rows[0])
    else:
        width = Counter(len(row) for row in rows).most_common(1)[0][0]
        columns = tuple(f"column_{i}" for i in range(1, width + 1))
    return Source(path, "csv", delimiter, header, encoding, columns)


def _refuse_binary(path: Path) -> None:
    with open_bytes(path) as file:
        start = file.read(64 * 1024)
    if not start:
        raise _empty(path)
    utf16 = start.startswith((b"\xff\xfe", b"\xfe\xff"))
    control = sum(start.count(bytes([b])) for b in (*range(9), *range(14, 32)))
    if start.startswith(KNOWN_BINARIES) or (not utf16 and control > len(start) // 100):
        raise InputError(
            "{name} is not a table of text. Upload a CSV or Parquet file.", name=path.name
        )


def _delimiter(path: Path, text: str) -> str:
    """The delimiter that cuts most rows into the same number of cells, more cells first."""

    def fit(delimiter: str) -> tuple[float, int]:
        widths = Counter(len(row) for row in _rows(text, delimiter, SNIFFED_ROWS))
        width, count = widths.most_common(1)[0]
        return (count / widths.total() if width > 1 else 0.0, width)

    best = max(DELIMITERS, key=fit)
    if fit(best)[0] == 0.0:
        raise _one_column(path)
    return best


def _rows(text: str, delimiter: str, limit: int) -> list[list[str]]:
    """The first rows; the last one is left out where the text was cut in the middle of it."""
    whole = text if len(text) < SNIFFED_CHARACTERS else text[: text.rfind("\n") + 1] or text
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(whole, newline=None), delimiter=delimiter):
            if any(cell.strip() for cell in row):
                rows.append(row)
            if len(rows) == limit:
                break
    except csv.Error:  # a cell beyond the reader's limit: what was read so far must do
        return rows or [[whole]]
    return rows


def _is_header(row: list[str]) -> bool:
    """A header has no empty cell before its end and no cell that is a number or a time."""
    return not any(VALUE.fullmatch(cell.strip()) for cell in row) and bool(row[0].strip())


def _unique_names(row: list[str]) -> tuple[str, ...]:
    names: list[str] = []
    for place, cell in enumerate(row, start=1):
        name = base = cell.strip() or f"column_{place}"
        again = 2
        while name in names:
            name, again = f"{base}_{again}", again + 1
        names.append(name)
    return tuple(names)


def _empty(path: Path) -> InputError:
    return InputError(
        "The file {name} is empty. Upload a file with at least one row.", name=path.name
    )


def _header_only(path: Path) -> InputError:
    return InputError(
        "The file {name} has column names but no rows. Export the log again, with its rows.",
        name=path.name,
    )


def _one_column(path: Path) -> InputError:
    return InputError(
        "The file {name} has one column only. "
        "A log needs at least a user and a time, separated by commas, TABs, semicolons or bars.",
        name=path.name,
    )

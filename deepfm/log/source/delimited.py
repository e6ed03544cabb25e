"""Text in which a delimiter stands between the cells of a line."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from pathlib import Path

from deepfm.errors import InputError
from deepfm.log.source import refusals
from deepfm.log.source.encoding import detect_encoding, head, open_bytes
from deepfm.log.source.names import numbered_names, unique_names
from deepfm.log.source.part import Dialect, Part

# In the order of preference. Blanks come last: they stand within times too.
DELIMITERS = (",", "\t", ";", "|", "\x01", "::", "^", " ")
SNIFFED_CHARACTERS = 256 * 1024
SNIFFED_ROWS = 200
LONGEST_DELIMITER = 8
VALUE = re.compile(r"[-+]?\d[\d.,:/T \-+]*(Z|UTC|GMT)?")
KNOWN_BINARIES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF", b"RIFF", b"BM6", b"\x7fELF")


def open_delimited(path: Path, name: str, dialect: Dialect) -> Part:
    """The file as a part.

    Raises:
        InputError: empty, no text, a header only, one column only, or not in the encoding that the
            dialect names.
    """
    _refuse_binary(path, name)
    encoding = detect_encoding(path, name, dialect.encoding)
    text = head(path, encoding, SNIFFED_CHARACTERS)
    if not text.strip():
        raise refusals.empty(name)
    delimiter = dialect.delimiter or _delimiter(name, text)
    if not 1 <= len(delimiter) <= LONGEST_DELIMITER or set(delimiter) & set('"\r\n'):
        raise InputError("{delimiter!r} cannot stand between cells.", delimiter=delimiter)
    rows = rows_of(text, delimiter, SNIFFED_ROWS)
    if not rows:
        raise refusals.empty(name)
    header = _is_header(rows[0]) if dialect.header is None else dialect.header
    if header and len(rows) == 1:
        raise refusals.header_only(name)
    if header:
        columns = unique_names(rows[0])
    else:
        columns = numbered_names(Counter(map(len, rows)).most_common(1)[0][0])
    if len(columns) < 2:
        raise refusals.one_column(name)
    return Part(name, path, "csv", columns, encoding, delimiter, header)


def rows_of(text: str, delimiter: str, limit: int) -> list[list[str]]:
    """The first rows; the last one is left out where the text was cut in the middle of it."""
    whole = text if len(text) < SNIFFED_CHARACTERS else text[: text.rfind("\n") + 1] or text
    if delimiter == " " or len(delimiter) > 1:
        lines = (line for line in whole.split("\n") if line.strip())
        return [_split(line, delimiter) for line, _ in zip(lines, range(limit), strict=False)]
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


def _split(line: str, delimiter: str) -> list[str]:
    return line.split() if delimiter == " " else line.split(delimiter)


def _refuse_binary(path: Path, name: str) -> None:
    with open_bytes(path, name) as file:
        start = file.read(64 * 1024)
    if not start:
        raise refusals.empty(name)
    wide = start.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff"))
    control = sum(start.count(bytes([b])) for b in (*range(9), *range(14, 32)) if b != 1)
    if start.startswith(KNOWN_BINARIES) or (not wide and control > len(start) // 100):
        raise InputError("{name} is not a table of text. Upload a CSV or Parquet file.", name=name)


def _delimiter(name: str, text: str) -> str:
    """The delimiter that cuts most rows into the same number of cells, more cells first."""

    def fit(delimiter: str) -> tuple[float, int]:
        widths = Counter(map(len, rows_of(text, delimiter, SNIFFED_ROWS)))
        if not widths:  # all cells are empty
            return 0.0, 0
        width, count = widths.most_common(1)[0]
        return (count / widths.total() if width > 1 else 0.0, width)

    best = max(DELIMITERS[:-1], key=fit)
    if fit(best)[0] == 0.0:
        best = DELIMITERS[-1]
    if fit(best)[0] == 0.0:
        raise refusals.one_column(name)
    return best


def _is_header(row: list[str]) -> bool:
    """A header has no empty cell at its start and no cell that is a number or a time."""
    return not any(VALUE.fullmatch(cell.strip()) for cell in row) and bool(row[0].strip())

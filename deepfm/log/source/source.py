"""The files that were given: what each is by its content, never by its name."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from deepfm.errors import InputError
from deepfm.log.closed import closed
from deepfm.log.source import refusals
from deepfm.log.source.archive import check_unpacked_size, unpack
from deepfm.log.source.delimited import SNIFFED_CHARACTERS, open_delimited, rows_of
from deepfm.log.source.encoding import MARKS, head, open_bytes
from deepfm.log.source.json_lines import begins_like_json, open_json
from deepfm.log.source.parquet import open_parquet
from deepfm.log.source.part import Dialect, Part, Source
from deepfm.log.source.workbook import open_workbook
from deepfm.log.sql import identifier

_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_LONGEST_LINE_SAMPLED = 1024


def open_source(
    *paths: Path | str,
    scratch: Path | None = None,
    dialect: Dialect | None = None,
    names: Sequence[str] | None = None,
) -> Source:
    """Look at the content of one or several files of the same columns and say how to read them.

    Text with a delimiter (UTF-8, UTF-16, UTF-32, GB18030 and others; with a header or without, then
    the columns are column_1, column_2 …), JSON objects, both also as .gz; Parquet; workbooks; ZIP
    archives of all these. Several files may have their columns in different orders.

    Args:
        paths: at least one file.
        scratch: where archives and workbooks are unpacked; made if it is missing, and kept. Without
            it a temporary folder is used that lives as long as the source.
        dialect: what is not to be found out; it counts for every file.
        names: what the files' owner calls them; their own names if not given.

    Raises:
        InputError: missing, empty, no table, damaged, without rows, one column only, or files
            whose columns differ.
    """
    temporary = None
    if scratch is None:
        temporary = TemporaryDirectory(prefix="deepfm-", ignore_cleanup_errors=True)
        scratch = Path(temporary.name)
    parts: list[Part] = []
    files = [Path(path) for path in paths]
    for place, (path, name) in enumerate(
        zip(files, names or [file.name for file in files], strict=True)
    ):
        if not path.is_file():
            raise InputError("There is no file {name}. Check the path.", name=name)
        parts += _parts(path, name, scratch / str(place), dialect or Dialect())
    _check_columns(parts)
    return Source(tuple(parts), parts[0].columns, temporary)


def sample(source: Source, rows: int = 100) -> pd.DataFrame:
    """The first ``rows`` rows as text, one column a column of the log; an empty cell is None."""
    table: list[tuple[str | None, ...]] = []
    for part in source.parts:
        order = [part.columns.index(column) for column in source.columns]
        for row in _first_rows(part, rows - len(table)):
            table.append(tuple(row[place] for place in order))
    cells = [[cell.strip() or None if cell else None for cell in row] for row in table]
    return pd.DataFrame(cells, columns=list(source.columns), dtype=object)


def _parts(path: Path, name: str, scratch: Path, dialect: Dialect) -> list[Part]:
    """The parts of one file; those of an archive are looked at one by one."""
    if path.stat().st_size == 0:
        raise refusals.empty(name)
    with path.open("rb") as file:
        first = file.read(4)
    if first == _ZIP and not _is_workbook(path):
        scratch.mkdir(parents=True, exist_ok=True)
        return [
            _part(member, member_name, scratch / f"{place}-opened", dialect)
            for place, (member, member_name) in enumerate(unpack(path, name, scratch))
        ]
    return [_part(path, name, scratch, dialect)]


def _part(path: Path, name: str, scratch: Path, dialect: Dialect) -> Part:
    with path.open("rb") as file:
        first = file.read(4)
    if first == b"PAR1":
        return open_parquet(path, name)
    if first in (_ZIP, _OLD_EXCEL):
        if first == _ZIP:
            check_unpacked_size(path, name)
            if not _is_workbook(path):
                raise InputError(
                    "{name} is an archive within an archive. Unpack it and upload its files.",
                    name=name,
                )
        scratch.mkdir(parents=True, exist_ok=True)
        return open_workbook(path, name, scratch, dialect)
    with open_bytes(path, name) as unzipped:
        begin = unzipped.read(4)
    wide = next((encoding for mark, encoding in MARKS if begin.startswith(mark)), "utf-8")
    if path.stat().st_size and begins_like_json(head(path, wide, SNIFFED_CHARACTERS)):
        scratch.mkdir(parents=True, exist_ok=True)
        return open_json(path, name, scratch, dialect)
    return open_delimited(path, name, dialect)


def _is_workbook(path: Path) -> bool:
    """Whether a ZIP archive is one of those that spreadsheets write."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return False
    return "[Content_Types].xml" in names or "content.xml" in names


def _check_columns(parts: Sequence[Part]) -> None:
    first = parts[0]
    for part in parts[1:]:
        if set(part.columns) != set(first.columns):
            raise InputError(
                "The files {first} and {other} have different columns: {columns}. Take them in "
                "apart, or make their columns the same.",
                first=first.name,
                other=part.name,
                columns=", ".join(sorted(set(part.columns) ^ set(first.columns))),
            )


def _first_rows(part: Part, rows: int) -> list[list[str | None]]:
    """The first rows of a part, each with a cell for every column of it."""
    width = len(part.columns)
    if rows <= 0:
        return []
    if part.format == "parquet":
        columns = ", ".join(f"{identifier(name)}::VARCHAR" for name in part.columns)
        with closed(part.path) as connection:
            query = f"SELECT {columns} FROM read_parquet(?) LIMIT ?"
            return [
                list(row) for row in connection.execute(query, [str(part.path), rows]).fetchall()
            ]
    text = head(part.path, part.encoding, max(SNIFFED_CHARACTERS, rows * _LONGEST_LINE_SAMPLED))
    if part.format == "jsonl":
        return [_cells(line, part.columns) for line in text.split("\n")[:rows] if line.strip()]
    found = rows_of(text, part.delimiter, rows + part.header)[part.header :]
    return [[*row, *[None] * width][:width] for row in found]


def _cells(line: str, columns: Sequence[str]) -> list[str | None]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    values = [found.get(column) if isinstance(found, dict) else None for column in columns]
    return [v if v is None or isinstance(v, str) else json.dumps(v) for v in values]

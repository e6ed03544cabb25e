"""The rows of a source as text cells, each with the file and the line where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from deepfm.log.source.lines import cells_sql, make_lines
from deepfm.log.source.part import Part, Source
from deepfm.log.sql import identifier, quoted

RAGGED = "the row has more or fewer cells than there are columns"
NO_OBJECT = "the line is no JSON object"


@dataclass(frozen=True)
class Rows:
    """What was made of a source.

    Attributes:
        count: of rows; blank lines and headers are none.
        lines: of each part.
    """

    count: int
    lines: tuple[int, ...]


def make_rows(connection: duckdb.DuckDBPyConnection, source: Source, scratch: Path) -> Rows:
    """Make the view ``source_rows(file, line, place, text, cells, problem)``.

    ``file`` INTEGER is the place of the part, ``line`` BIGINT that of the line in it from 1,
    ``place`` BIGINT the line counted on over all parts, ``text`` VARCHAR the row as it stands,
    ``cells`` VARCHAR[] one for each column of the source, and ``problem`` VARCHAR says why there
    are not as many.

    Args:
        connection: where the view is made.
        source: the files.
        scratch: an existing folder for a temporary copy, where one is needed.
    """
    queries: list[str] = []
    lines: list[int] = []
    for file, part in enumerate(source.parts):
        if part.format == "parquet":
            rows = _parquet_rows(part)
            last = _one(connection, f"SELECT max(line) FROM ({rows})")
        else:
            rows = make_lines(connection, part, f"part_{file}", scratch)
            last = _one(connection, f"SELECT count(*) FROM part_{file}")
        queries.append(
            f"SELECT {file} AS file, line, line + {sum(lines)} AS place, text, "
            f"{_cells(part, source)} FROM (SELECT line, text, {_raw(part)} AS raw FROM ({rows}))"
        )
        lines.append(last)
    count = sum(_one(connection, f"SELECT count(*) FROM ({query})") for query in queries)
    connection.execute(f"CREATE VIEW source_rows AS {' UNION ALL '.join(queries)}")
    return Rows(count, tuple(lines))


def _raw(part: Part) -> str:
    """The cells in the order of the part; NULL where a line holds none."""
    if part.format == "parquet":
        return "cells"
    if part.format == "csv":
        return cells_sql(part.delimiter)
    pointers = ", ".join(quoted(_pointer(name)) for name in part.columns)
    return (
        "CASE WHEN json_valid(text) AND json_type(text) = 'OBJECT' "
        f"THEN json_extract_string(text, [{pointers}]) END"
    )


def _cells(part: Part, source: Source) -> str:
    """``cells`` in the order of the source, and ``problem``."""
    problem = (
        f"CASE WHEN raw IS NULL THEN {quoted(NO_OBJECT)} "
        f"WHEN len(raw) != {len(part.columns)} THEN {quoted(RAGGED)} END AS problem"
    )
    if part.columns == source.columns:
        return f"raw AS cells, {problem}"
    places = ", ".join(str(part.columns.index(name) + 1) for name in source.columns)
    return f"list_select(raw, [{places}]) AS cells, {problem}"


def _pointer(key: str) -> str:
    """A JSON pointer (RFC 6901) to a key of an object."""
    return "/" + key.replace("~", "~0").replace("/", "~1")


def _parquet_rows(part: Part) -> str:
    """The query for ``line``, ``text`` and ``cells``."""
    cells = ", ".join(f"{identifier(name)}::VARCHAR" for name in part.columns)
    line = identifier(part.line_column) if part.line_column else "file_row_number + 1"
    return (
        "SELECT line, array_to_string(list_transform(cells, lambda cell: coalesce(cell, '')), ',') "
        f"AS text, cells FROM (SELECT {line} AS line, [{cells}] AS cells "
        f"FROM read_parquet({quoted(str(part.path))}, file_row_number = true))"
    )


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])

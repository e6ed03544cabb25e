"""Rows of a file as text cells, each with its true line number, by DuckDB straight from disk.

The file is read as whole physical lines first and cut into cells afterwards, so that no row can
vanish inside a CSV parser: a ragged row still has its line number and its text. A quoted cell that
holds line breaks joins its lines to one row, which counts once and bears the number of its first
line. Blank lines are no rows.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd

from deepfm.log.source.encoding import BLANK, is_gzip, needs_copy, write_copy
from deepfm.log.source.source import Source
from deepfm.log.sql import identifier, quoted

LONGEST_LINE = 16 * 1024 * 1024
LONGEST_ROW = 1_000  # lines; a quote left open for longer is a stray mark, not a cell


def make_rows(connection: duckdb.DuckDBPyConnection, source: Source, scratch: Path) -> int:
    """Make the view ``source_rows(line BIGINT, text VARCHAR, cells VARCHAR[])``; returns its size.

    Args:
        connection: where the view is made.
        source: the file.
        scratch: an existing folder for a temporary copy, where one is needed.
    """
    if source.format == "parquet":
        _parquet_rows(connection, source)
    else:
        _csv_lines(connection, source, scratch)
        _join_lines(connection, source.delimiter, source.header)
        connection.execute(
            "CREATE VIEW source_rows AS SELECT line, text, "
            f"{_cells_sql(source.delimiter)} AS cells FROM whole_rows"
        )
    counted = "source_rows" if source.format == "parquet" else "whole_rows"
    count = connection.execute(f"SELECT count(*) FROM {counted}").fetchone()
    assert count is not None
    return int(count[0])


def _parquet_rows(connection: duckdb.DuckDBPyConnection, source: Source) -> None:
    cells = ", ".join(f"{identifier(name)}::VARCHAR" for name in source.columns)
    connection.execute(
        "CREATE VIEW source_rows AS SELECT line, array_to_string("
        "list_transform(cells, lambda cell: coalesce(cell, '')), ',') AS text, cells FROM ("
        f"SELECT file_row_number + 1 AS line, [{cells}] AS cells "
        f"FROM read_parquet({quoted(str(source.path))}, file_row_number = true))"
    )


def _csv_lines(connection: duckdb.DuckDBPyConnection, source: Source, scratch: Path) -> None:
    """The table ``lines(line, text)``: every physical line, from 1."""
    path, zipped = source.path, is_gzip(source.path)
    if needs_copy(path, source.encoding):
        path, zipped = scratch / "utf8.csv", False
        write_copy(source.path, source.encoding, path)
    # No cell holds these bytes, so that every line comes as one cell.
    connection.execute(
        "CREATE TABLE lines AS SELECT row_number() OVER () AS line, text FROM read_csv("
        f"{quoted(str(path))}, auto_detect = false, header = false, "
        "columns = {'text': 'VARCHAR'}, delim = E'\\x01\\x02\\x03\\x04', quote = '', escape = '', "
        "comment = '', nullstr = E'\\x05\\x06', strict_mode = false, "
        f"compression = '{'gzip' if zipped else 'none'}', max_line_size = {LONGEST_LINE})"
    )


def _join_lines(connection: duckdb.DuckDBPyConnection, delimiter: str, header: bool) -> None:
    """The view ``whole_rows(line, text)``: lines, with those inside an open quote joined."""
    blank = f"text NOT IN ('', E'\\x{ord(BLANK):02x}')"
    spans = _spans(connection, delimiter)
    body = f"SELECT line, text FROM lines WHERE {blank}"
    if spans:
        frame = pd.DataFrame(spans, columns=["first", "last"])
        connection.register("spans_frame", frame)
        connection.execute("CREATE TABLE spans AS SELECT * FROM spans_frame")
        connection.execute(
            "CREATE TABLE placed AS SELECT line, text, CASE WHEN line <= s.last "
            "THEN s.first ELSE line END AS start FROM lines "
            "ASOF LEFT JOIN spans s ON lines.line >= s.first"
        )
        body = (
            "SELECT start AS line, "
            f"string_agg(CASE WHEN {blank} THEN text ELSE '' END, chr(10) ORDER BY line) "
            f"AS text FROM placed GROUP BY start HAVING bool_or({blank})"
        )
    if header:
        first = f"SELECT min(line) FROM lines WHERE {blank}"
        body = f"SELECT * FROM ({body}) WHERE line > ({first})"
    connection.execute(f"CREATE VIEW whole_rows AS {body}")


def _spans(connection: duckdb.DuckDBPyConnection, delimiter: str) -> list[tuple[int, int]]:
    """First and last line of each row that goes over several lines.

    Only lines with an odd number of quotes can open or close such a row. One that leaves a cell's
    opening quote unclosed opens; the next odd one closes.
    """
    d = _pattern(delimiter)
    opens = rf'^(?:[^"]*{d})?(?:(?:"(?:[^"]|"")*"|[^"{d}]*){d})*"(?:[^"]|"")*$'
    odd = connection.execute(
        f"SELECT line, regexp_matches(text, {quoted(opens)}) FROM lines "
        "WHERE contains(text, '\"') AND (length(text) - length(replace(text, '\"', ''))) % 2 = 1 "
        "ORDER BY line"
    )
    spans: list[tuple[int, int]] = []
    start: int | None = None
    while batch := odd.fetchmany(10_000):
        for line, opening in batch:
            if start is not None and line - start <= LONGEST_ROW:
                spans.append((start, line))
                start = None
            else:
                start = line if opening else None
    return spans


def _cells_sql(delimiter: str) -> str:
    """``text`` cut into cells as RFC 4180 says; a quote inside an unquoted cell is a plain mark."""
    d, mark = _pattern(delimiter), quoted(delimiter)
    cell = quoted(rf'("(?:[^"]|"")*" *|[^{d}]*){d}')
    bare = (
        f"list_transform(regexp_extract_all(text || {mark}, {cell}, 1), lambda c: "
        "CASE WHEN length(trim(c)) >= 2 AND trim(c) LIKE '\"%\"' "
        "THEN replace(substr(trim(c), 2, length(trim(c)) - 2), '\"\"', '\"') ELSE c END)"
    )
    return f"CASE WHEN contains(text, '\"') THEN {bare} ELSE string_split(text, {mark}) END"


def _pattern(delimiter: str) -> str:
    return "\\|" if delimiter == "|" else delimiter

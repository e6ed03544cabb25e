"""The physical lines of a text, joined to rows and cut into cells, by DuckDB straight from disk.

The file is read as whole lines first and cut into cells afterwards, so that no row can vanish
inside a CSV parser: a ragged row still has its line number and its text. A quoted cell that holds
line breaks joins its lines to one row, which counts once and bears the number of its first line.
Blank lines are no rows.
"""

from __future__ import annotations

import string
from pathlib import Path

import duckdb
import pandas as pd

from deepfm.log.source.encoding import BLANK, CHUNK, LONGEST_LINE, is_gzip, needs_copy, write_copy
from deepfm.log.source.part import Part
from deepfm.log.sql import quoted

LONGEST_ROW = 1_000  # lines; a quote left open for longer is a stray mark, not a cell
_FILLED = f"text NOT IN ('', E'\\x{ord(BLANK):02x}')"


def make_lines(connection: duckdb.DuckDBPyConnection, part: Part, table: str, scratch: Path) -> str:
    """Make ``table(line, text)``, every physical line from 1; the query for the rows in it.

    Args:
        connection: where the table is made.
        part: a csv or jsonl.
        table: its name, good as an SQL identifier.
        scratch: an existing folder for a temporary copy, where one is needed.
    """
    _read_lines(connection, part, table, scratch)
    body = f"SELECT line, text FROM {table} WHERE {_FILLED}"
    if part.format == "jsonl":
        return body
    if _quotes(part.delimiter):
        body = _joined(connection, table, part.delimiter) or body
    if part.header:
        first = f"SELECT min(line) FROM {table} WHERE {_FILLED}"
        body = f"SELECT * FROM ({body}) WHERE line > ({first})"
    return body


def cells_sql(delimiter: str) -> str:
    """``text`` cut into cells as RFC 4180 says; a quote inside an unquoted cell is a plain mark.

    Blanks and delimiters of several characters know no quotes.
    """
    mark = quoted(delimiter)
    if delimiter == " ":
        return "regexp_split_to_array(trim(text), ' +')"
    if not _quotes(delimiter):
        return f"string_split(text, {mark})"
    d = _pattern(delimiter)
    cell = quoted(rf'("(?:[^"]|"")*" *|[^{d}]*){d}')
    bare = (
        f"list_transform(regexp_extract_all(text || {mark}, {cell}, 1), lambda c: "
        "CASE WHEN length(trim(c)) >= 2 AND trim(c) LIKE '\"%\"' "
        "THEN replace(substr(trim(c), 2, length(trim(c)) - 2), '\"\"', '\"') ELSE c END)"
    )
    return f"CASE WHEN contains(text, '\"') THEN {bare} ELSE string_split(text, {mark}) END"


def _read_lines(
    connection: duckdb.DuckDBPyConnection, part: Part, table: str, scratch: Path
) -> None:
    path, zipped = part.path, is_gzip(part.path)
    if needs_copy(path, part.encoding):
        path, zipped = scratch / f"{table}.utf8", False
        write_copy(part.path, part.encoding, path)
    # No cell holds these bytes, so that every line comes as one cell.
    connection.execute(
        f"CREATE TABLE {table} AS SELECT row_number() OVER () AS line, text FROM read_csv("
        f"{quoted(str(path))}, auto_detect = false, header = false, "
        "columns = {'text': 'VARCHAR'}, delim = E'\\x01\\x02\\x03\\x04', quote = '', escape = '', "
        "comment = '', nullstr = E'\\x05\\x06', strict_mode = false, "
        f"compression = '{'gzip' if zipped else 'none'}', max_line_size = {LONGEST_LINE + CHUNK})"
    )


def _joined(connection: duckdb.DuckDBPyConnection, table: str, delimiter: str) -> str | None:
    """The query that joins lines inside an open quote; None where there are none."""
    spans = _spans(connection, table, delimiter)
    if not spans:
        return None
    frame = pd.DataFrame(spans, columns=["first", "last"])
    connection.register("spans_frame", frame)
    connection.execute(f"CREATE TABLE {table}_spans AS SELECT * FROM spans_frame")
    connection.unregister("spans_frame")
    placed = (
        "SELECT line, text, CASE WHEN line <= s.last THEN s.first ELSE line END AS start "
        f"FROM {table} AS lines ASOF LEFT JOIN {table}_spans s ON lines.line >= s.first"
    )
    return (
        "SELECT start AS line, "
        f"string_agg(CASE WHEN {_FILLED} THEN text ELSE '' END, chr(10) ORDER BY line) "
        f"AS text FROM ({placed}) GROUP BY start HAVING bool_or({_FILLED})"
    )


def _spans(
    connection: duckdb.DuckDBPyConnection, table: str, delimiter: str
) -> list[tuple[int, int]]:
    """First and last line of each row that goes over several lines.

    Only lines with an odd number of quotes can open or close such a row. One that leaves a cell's
    opening quote unclosed opens; the next odd one closes.
    """
    d = _pattern(delimiter)
    opens = rf'^(?:[^"]*{d})?(?:(?:"(?:[^"]|"")*"|[^"{d}]*){d})*"(?:[^"]|"")*$'
    odd = connection.execute(
        f"SELECT line, regexp_matches(text, {quoted(opens)}) FROM {table} "
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


def _quotes(delimiter: str) -> bool:
    """Whether cells may stand in quotes."""
    return len(delimiter) == 1 and delimiter != " "


def _pattern(delimiter: str) -> str:
    return f"\\{delimiter}" if delimiter in string.punctuation else delimiter

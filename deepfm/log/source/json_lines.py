"""One JSON object a line, or one array of objects."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import duckdb

from deepfm.errors import InputError
from deepfm.log.closed import closed
from deepfm.log.source import refusals
from deepfm.log.source.delimited import SNIFFED_CHARACTERS
from deepfm.log.source.encoding import detect_encoding, head
from deepfm.log.source.part import Dialect, Part
from deepfm.log.sql import quoted

SNIFFED_LINES = 1_000
LARGEST_OBJECT = 16 * 1024 * 1024


def begins_like_json(text: str) -> bool:
    """Whether the first line is an object, or an array begins with one."""
    start = text.lstrip()
    if start.startswith("["):
        return start[1:].lstrip().startswith("{")
    first, _, _ = start.partition("\n")
    return start.startswith("{") and _keys(first) is not None


def open_json(path: Path, name: str, scratch: Path | None, dialect: Dialect) -> Part:
    """The file as a part; the keys of its first lines together are the columns.

    Args:
        path: the file.
        name: what its owner calls it.
        scratch: where the objects of an array are written, one a line; not needed for lines.
        dialect: only the encoding counts.

    Raises:
        InputError: damaged, one column only, or in another encoding than the dialect says.
    """
    encoding = detect_encoding(path, name, dialect.encoding)
    text = head(path, encoding, SNIFFED_CHARACTERS)
    if text.lstrip().startswith("["):
        assert scratch is not None
        path, encoding = _lines_of_array(path, name, scratch), "utf-8"
        text = head(path, encoding, SNIFFED_CHARACTERS)
    lines = text.split("\n")
    whole = lines if len(text) < SNIFFED_CHARACTERS else lines[:-1] or lines
    keys = [_keys(line) for line in islice(whole, SNIFFED_LINES)]
    columns = tuple(dict.fromkeys(key for found in keys for key in found or ()))
    if len(columns) < 2:
        raise refusals.one_column(name)
    return Part(name, path, "jsonl", columns, encoding)


def _keys(line: str) -> list[str] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return list(found) if isinstance(found, dict) else None


def _lines_of_array(path: Path, name: str, scratch: Path) -> Path:
    """The objects of an array, one a line; the line's number is the object's place."""
    lines = scratch / "objects.jsonl"
    try:
        with closed(path, folder=scratch) as connection:
            # Minified, no object holds a line break.
            connection.execute(
                f"COPY (SELECT json(json)::VARCHAR FROM read_json_objects({quoted(str(path))}, "
                f"format = 'array', maximum_object_size = {LARGEST_OBJECT})) "
                f"TO {quoted(str(lines))} (FORMAT csv, HEADER false, DELIMITER E'\\x01', "
                "QUOTE '', ESCAPE '')"
            )
    except duckdb.Error as error:
        raise InputError(
            "The JSON file {name} is damaged or cut off. Write it again, one object a line.",
            name=name,
        ) from error
    return lines

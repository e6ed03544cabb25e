"""Parquet files."""

from __future__ import annotations

from pathlib import Path

import duckdb

from deepfm.errors import InputError
from deepfm.log.closed import closed
from deepfm.log.source import refusals
from deepfm.log.source.part import Part


def open_parquet(path: Path, name: str) -> Part:
    """The file as a part.

    Raises:
        InputError: damaged, without rows, or with one column only.
    """
    try:
        with closed(path) as connection:
            connection.execute("SELECT * FROM read_parquet(?) LIMIT 1", [str(path)])
            columns = tuple(column[0] for column in connection.description or ())
            if connection.fetchone() is None:
                raise refusals.header_only(name)
    except duckdb.Error as error:
        raise InputError(
            "The Parquet file {name} is damaged or cut off. Write it again and upload it.",
            name=name,
        ) from error
    if len(columns) < 2:
        raise refusals.one_column(name)
    return Part(name, path, "parquet", columns)

"""Tables and queries of databases, written as Parquet of text cells."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import adbc_driver_manager
import adbc_driver_postgresql.dbapi
import adbc_driver_sqlite.dbapi
import pyarrow as pa
import pyarrow.parquet as pq

from deepfm.errors import InputError
from deepfm.log.source import refusals
from deepfm.log.source.names import unique_names
from deepfm.log.source.part import Part, Source

_READS = re.compile(r"\s*(select|with|table|values)\b", re.IGNORECASE)


def open_database(url: str, query: str, name: str, scratch: Path) -> Source:
    """The rows of a table or a query, streamed to ``scratch``; nothing is written to the database.

    The lines are the rows of the answer, from 1.

    Args:
        url: ``sqlite:///path/to/file`` or ``postgresql://user:password@host:port/database``.
        query: the name of a table, or a SELECT.
        name: what to call it; the URL may hold a password and is never shown.
        scratch: made if it is missing.

    Raises:
        InputError: another kind of database, one that cannot be reached, no such table, no SELECT,
            no rows, or one column only.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    path = scratch / "query.parquet"
    try:
        with _cursor(url, name) as cursor:
            cursor.execute(_statement(query))
            columns, rows = _write(cursor.fetch_record_batch(), path)
    except (adbc_driver_manager.Error, sqlite3.Error, pa.ArrowException, OSError) as error:
        raise InputError(
            "The database {name} does not answer {query}: {reason}.",
            name=name,
            query=query,
            reason=_without_secrets(str(error), url),
        ) from error
    if not rows:
        raise refusals.header_only(name)
    if len(columns) < 2:
        raise refusals.one_column(name)
    return Source((Part(name, path, "parquet", columns),), columns)


def _statement(query: str) -> str:
    """A query as it is; a name of a table as a query."""
    query = query.strip().rstrip(";")
    if re.fullmatch(r"[\w.]+", query):
        return "SELECT * FROM " + ".".join(f'"{part}"' for part in query.split("."))
    if not _READS.match(query):
        raise InputError("Write the name of a table, or a query that begins with SELECT.")
    return query


@contextmanager
def _cursor(url: str, name: str) -> Iterator[Any]:
    """A cursor that can only read."""
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        path = Path(url.removeprefix("sqlite:///"))
        if not path.is_file():
            raise InputError("There is no file {name}. Check the path.", name=path.name)
        with (
            adbc_driver_sqlite.dbapi.connect(f"file:{path}?mode=ro") as connection,
            connection.cursor() as cursor,
        ):
            yield cursor
    elif scheme in ("postgresql", "postgres"):
        with adbc_driver_postgresql.dbapi.connect(url) as connection, connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = on")
            cursor.execute("SET transaction_read_only = on")
            yield cursor
    else:
        raise InputError(
            "{name} is no database that can be read. Its address begins with sqlite:/// or "
            "postgresql://.",
            name=name,
        )


def _write(batches: pa.RecordBatchReader, path: Path) -> tuple[tuple[str, ...], int]:
    """Names of the columns and number of rows; the values stay of their type."""
    columns = unique_names(batches.schema.names)
    schema = pa.schema(
        [field.with_name(name) for field, name in zip(batches.schema, columns, strict=True)]
    )
    rows = 0
    with pq.ParquetWriter(path, schema) as writer:
        for batch in batches:
            writer.write_batch(pa.record_batch(batch.columns, schema=schema))
            rows += batch.num_rows
    return columns, rows


def _without_secrets(text: str, url: str) -> str:
    """The first line of a driver's words, without the address and the password in it."""
    password = urlsplit(url).password
    line = text.strip().splitlines()[0] if text.strip() else "?"
    for secret in (url, password):
        line = line.replace(secret, "…") if secret else line
    return line.rstrip(".")

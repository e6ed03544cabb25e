"""Tables and queries of databases, written as Parquet of text cells."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import adbc_driver_manager
import adbc_driver_postgresql.dbapi
import adbc_driver_sqlite.dbapi
import pyarrow as pa
import pyarrow.parquet as pq

from deepfm.errors import InputError
from deepfm.log.address import is_cluster
from deepfm.log.source import refusals
from deepfm.log.source.names import is_table, unique_names
from deepfm.log.source.part import Part, Source

_READS = re.compile(r"\s*(select|with|table|values)\b", re.IGNORECASE)


def open_database(url: str, query: str, name: str, scratch: Path) -> Source:
    """The rows of a table or a query, streamed to ``scratch``; nothing is written to the database.

    The lines are the rows of the answer, from 1.

    Args:
        url: ``sqlite:///path/to/file``, ``postgresql://user:password@host:port/database``, or the
            address of a Spark cluster.
        query: the name of a table, or a SELECT. Of a cluster it may ask for files that its machines
            see: ``SELECT * FROM parquet.`s3a://bucket/folder```.
        name: what to call it; the URL may hold a password and is never shown.
        scratch: made if it is missing.

    Raises:
        InputError: another kind of database, one that cannot be reached, no such table, no SELECT,
            no rows, or one column only.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    path = scratch / "query.parquet"
    with _answer(url, _checked(query), name) as batches:
        columns, rows = _write(batches, path)
    if not rows:
        raise refusals.header_only(name)
    if len(columns) < 2:
        raise refusals.one_column(name)
    return Source((Part(name, path, "parquet", columns),), columns)


def _checked(query: str) -> str:
    query = query.strip().rstrip(";")
    if is_table(query) or _READS.match(query):
        return query
    raise InputError("Write the name of a table, or a query that begins with SELECT.")


def _answer(url: str, query: str, name: str) -> AbstractContextManager[Iterable[pa.RecordBatch]]:
    """The rows, in batches of one schema."""
    if is_cluster(url):
        # Imported here: it takes its time to load.
        from deepfm.log.source.cluster_table import rows_of_cluster

        return rows_of_cluster(url, query, name)
    return _rows(url, query, name)


@contextmanager
def _rows(url: str, query: str, name: str) -> Iterator[pa.RecordBatchReader]:
    statement = query
    if is_table(query):
        statement = "SELECT * FROM " + ".".join(f'"{part}"' for part in query.split("."))
    try:
        with _cursor(url, name) as cursor:
            cursor.execute(statement)
            yield cursor.fetch_record_batch()
    except (adbc_driver_manager.Error, sqlite3.Error, pa.ArrowException, OSError) as error:
        raise refusals.no_answer(name, query, _without_secrets(str(error), url)) from error


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
            "postgresql://, or is that of a Spark cluster, such as spark://host:7077 or "
            "sc://host:15002.",
            name=name,
        )


def _write(batches: Iterable[pa.RecordBatch], path: Path) -> tuple[tuple[str, ...], int]:
    """Names of the columns and number of rows; the values stay of their type."""
    batches = iter(batches)
    first = next(batches, None)
    if first is None:
        return (), 0
    columns = unique_names(first.schema.names)
    schema = pa.schema(
        [field.with_name(name) for field, name in zip(first.schema, columns, strict=True)]
    )
    rows = 0
    with pq.ParquetWriter(path, schema) as writer:
        for batch in chain([first], batches):
            writer.write_batch(pa.record_batch(batch.columns, schema=schema))
            rows += batch.num_rows
    return columns, rows


def _without_secrets(text: str, url: str) -> str:
    """A driver's words, without the address and the password in them."""
    for secret in (url, urlsplit(url).password):
        text = text.replace(secret, "…") if secret else text
    return text

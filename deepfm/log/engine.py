"""The log as an Ibis table, and the engine that runs what is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import ibis
import ibis.expr.types as ir
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from deepfm.log.log import Log

_NAME = "events"


def events_table(log: Log) -> ir.Table:
    """The log's events, bound to no engine; for the columns see ``Log.parquet``."""
    schema = ibis.Schema.from_pyarrow(pq.read_schema(log.parquet))
    # As in DuckDB's answers: a union refuses columns that differ in this alone.
    nullable = {name: dtype.copy(nullable=True) for name, dtype in schema.items()}
    return ibis.table(nullable, name=_NAME)


@contextmanager
def engine(log: Log) -> Iterator[Backend]:
    """DuckDB with the log's events, for expressions over ``events_table``.

    Each caller gets one of its own: a connection must not be used by two threads at once, and
    every reader of the pages has a thread.
    """
    connection = ibis.duckdb.connect()
    try:
        connection.read_parquet(log.parquet, table_name=_NAME)
        yield connection
    finally:
        connection.disconnect()

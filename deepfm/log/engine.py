"""The log as an Ibis table, and the engine that runs what is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import ibis
import ibis.expr.types as ir
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from deepfm.log.closed import MEMORY, close
from deepfm.log.log import POSITION, Log
from deepfm.log.sql import quoted

_NAME = "events"


def events_table(log: Log) -> ir.Table:
    """The log's events, bound to no engine.

    The columns are those of ``Log.parquet``, and log_position INT64: the place of the event in the
    order of time, and within an instant in that of the lines.
    """
    schema = ibis.Schema.from_pyarrow(pq.read_schema(log.parquet))
    # As in DuckDB's answers: a union refuses columns that differ in this alone.
    nullable = {name: dtype.copy(nullable=True) for name, dtype in schema.items()}
    return ibis.table({**nullable, POSITION: "int64"}, name=_NAME)


@contextmanager
def engine(log: Log, one_user_in: int = 1, out: Path | None = None) -> Iterator[Backend]:
    """DuckDB with the log's events, for expressions over ``events_table``.

    Each caller gets one of its own, and every reader of the pages has a thread. It keeps
    to ``MEMORY`` and goes to disk beyond.

    Args:
        log: whose events.
        one_user_in: only the events of one user in so many, the same ones at every call.
        out: a file that may be written.
    """
    with TemporaryDirectory(prefix="deepfm-") as scratch:
        connection = ibis.duckdb.connect(
            memory_limit=MEMORY, temp_directory=scratch, preserve_insertion_order=False
        )
        try:
            files = [log.parquet] if out is None else [log.parquet, out]
            close(connection.con, *files)
            sampled = f" WHERE hash(user) % {one_user_in} = 0" if one_user_in > 1 else ""
            # The file is in that order.
            connection.raw_sql(
                f"CREATE TEMP VIEW {_NAME} AS SELECT * EXCLUDE (file_row_number), "
                f"file_row_number AS {POSITION} FROM "
                f"read_parquet({quoted(str(log.parquet))}, file_row_number = true){sampled}"
            )
            yield connection
        finally:
            connection.disconnect()

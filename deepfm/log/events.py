"""The log as an Ibis table."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pyarrow.parquet as pq

from deepfm.log.log import POSITION, Log

EVENTS = "events"


def events_table(log: Log) -> ir.Table:
    """The log's events, bound to no engine.

    The columns are those of ``Log.parquet``, and log_position INT64: the place of the event in the
    order of time, and within an instant in that of the lines.
    """
    schema = ibis.Schema.from_pyarrow(pq.read_schema(log.parquet))
    # As in the engines' answers: a union refuses columns that differ in this alone.
    nullable = {name: dtype.copy(nullable=True) for name, dtype in schema.items()}
    return ibis.table({**nullable, POSITION: "int64"}, name=EVENTS)

"""Expressions on a Spark cluster; PySpark is an extra (requirements-spark.txt)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.formats.pandas import PandasData

from deepfm.log.cluster import open_cluster
from deepfm.log.cluster_work import Cluster
from deepfm.log.events import EVENTS, events_table
from deepfm.log.log import POSITION, Log

if TYPE_CHECKING:
    from ibis.backends.pyspark import Backend
    from pyspark.sql import SparkSession


# That are fetched at once. An expression takes the workers 20 seconds to compile, so the fewer the
# better.
_MOST_ROWS = 2_000_000


@dataclass(frozen=True)
class SparkEngine:
    """An ``Engine``.

    Attributes:
        backend: Ibis over the session.
        cluster: that computes.
    """

    backend: Backend
    cluster: Cluster

    def pieces(self, count: int | None = None) -> Sequence[SparkEngine]:
        """As ``Engine.pieces``."""
        return [self]

    def at_once(self, rows: int) -> int:
        """As ``Engine.at_once``."""
        return max(1, _MOST_ROWS // rows)

    def keep(self, name: str, table: ir.Table, near: str | None = None) -> ir.Table:
        """As ``Engine.keep``; the cluster shuffles before it adds up, wherever the rows lie."""

        def kept() -> ir.Table:
            self.backend.create_view(name, table, overwrite=True)
            # What a dead worker held of it is computed again.
            self.cluster.session.catalog.cacheTable(name)
            return self.backend.table(name)

        return self.cluster.watched(kept)

    def to_pandas(self, table: ir.Table) -> pd.DataFrame:
        """As ``Engine.to_pandas``."""
        found: pd.DataFrame = PandasData.convert_table(
            self._to_arrow(table).to_pandas(), table.schema()
        )
        return found

    def to_batches(self, table: ir.Table) -> Iterator[pa.RecordBatch]:
        """As ``Engine.to_batches``."""
        yield pa.RecordBatch.from_pylist([], table.schema().to_pyarrow())
        yield from self._to_arrow(table).to_batches()

    def _to_arrow(self, table: ir.Table) -> pa.Table:
        def found() -> pa.Table:
            self.backend.create_view("wanted", table, overwrite=True)
            return self.cluster.session.table("wanted").toArrow()

        return self.cluster.watched(found).cast(table.schema().to_pyarrow())

    def to_parquet(self, table: ir.Table, path: Path) -> None:
        """As ``Engine.to_parquet``."""
        pq.write_table(self._to_arrow(table), path)


@contextmanager
def open_spark(log: Log, one_user_in: int, address: str) -> Iterator[SparkEngine]:
    """A session on the cluster with the log's events; nobody else in this process may have one.

    The arguments are those of ``deepfm.log.engine.engine``, and so are the errors.
    """
    with open_cluster(address, log.parquet) as cluster:
        _show_events(cluster.session, log, one_user_in)
        yield SparkEngine(ibis.pyspark.connect(cluster.session), cluster)


def _show_events(session: SparkSession, log: Log, one_user_in: int) -> None:
    """The log's events as a view; the workers open the file once they are asked for rows."""
    from ibis.backends.pyspark.datatypes import PySparkSchema

    known = events_table(log).drop(POSITION).schema()
    # A path is a pattern to Spark.
    path = re.sub(r"([\\\[\]{}*?])", r"\\\1", str(log.parquet.resolve()))
    rows = session.read.schema(PySparkSchema.from_ibis(known)).parquet(f"file://{path}")
    # The file is in that order, and each row of it knows its place, whoever reads which part.
    place = rows.metadataColumn("_metadata").getField("row_index").alias(POSITION)
    rows = rows.select("*", place)
    if one_user_in > 1:
        rows = rows.where(f"pmod(xxhash64(`user`), {one_user_in}) = 0")
    rows.createOrReplaceTempView(EVENTS)

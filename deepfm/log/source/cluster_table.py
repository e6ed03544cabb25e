"""Tables of a Spark cluster, and files that its machines see; PySpark is an extra."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from deepfm.log.cluster import open_cluster
from deepfm.log.cluster_work import Cluster
from deepfm.log.source import refusals
from deepfm.log.source.names import is_table, unique_names

# A part of the rows is in the memory of the driver at once; less than by default, as it has little.
_PART = "32m"


@contextmanager
def rows_of_cluster(url: str, query: str, name: str) -> Iterator[Iterator[pa.RecordBatch]]:
    """The rows of a table or a query, which the workers send a part at a time.

    Args:
        url: address of the cluster.
        query: the name of a table, or a SELECT.
        name: what its owner calls the cluster.

    Raises:
        InputError: it cannot be reached, or does not answer, or its workers are gone.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    with open_cluster(url, query) as cluster:
        cluster.session.conf.set("spark.sql.files.maxPartitionBytes", _PART)
        try:
            yield _batches(cluster, query)
        except (Py4JError, PySparkException) as error:
            raise refusals.no_answer(name, query, _reason(str(error))) from error


def _reason(words: str) -> str:
    """What a task of a worker failed for, where words of others stand around it."""
    causes: list[str] = re.findall(r"^Caused by: [\w.$]+: (.*)$", words, re.MULTILINE)
    return causes[-1] if causes else words


def _batches(cluster: Cluster, query: str) -> Iterator[pa.RecordBatch]:
    session = cluster.session

    # Within, as the workers need not know this program.
    def packed(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        packing = pa.ipc.IpcWriteOptions(compression="zstd")
        for batch in batches:
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, batch.schema, options=packing) as stream:
                stream.write_batch(batch)
            yield pa.RecordBatch.from_pydict({"packed": [sink.getvalue().to_pybytes()]})

    def asked() -> Iterator[tuple[bytes]]:
        # In brackets nothing but a question is understood.
        statement = f"SELECT * FROM (\n{query}\n)"
        rows = session.table(query) if is_table(query) else session.sql(statement)
        found = rows.toDF(*unique_names(rows.columns)).mapInArrow(packed, "packed binary")
        return iter(found.toLocalIterator(prefetchPartitions=True))

    parts = cluster.watched(asked)
    while (part := cluster.watched(lambda: next(parts, None))) is not None:
        yield from pa.ipc.open_stream(part[0])

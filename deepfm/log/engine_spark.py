"""A Spark cluster that others built; PySpark is an extra (requirements-spark.txt)."""

from __future__ import annotations

import re
import socket
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.formats.pandas import PandasData

from deepfm.errors import InputError
from deepfm.log.events import EVENTS, events_table
from deepfm.log.log import POSITION, Log

if TYPE_CHECKING:
    from ibis.backends.pyspark import Backend
    from pyspark.sql import SparkSession

# Of a master until it answers, and of a job without any worker.
_PATIENCE_SECONDS = 20.0
_SETTINGS = {
    "spark.app.name": "prospects",
    # The page of a job shows its queries, and so the log's values, to whoever may open it.
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    # A log's times are its own wall clock: no zone may move them.
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.caseSensitive": "true",
    # The frame is fetched in one piece a snapshot.
    "spark.driver.maxResultSize": "0",
}
# What Spark says where the cluster is at fault, and what its owner is told.
_TROUBLES = {
    "FILE_NOT_EXIST|FileNotFoundException|AccessControlException|Permission denied": (
        "The workers of the Spark cluster {address} cannot read {path}. Put it where all of its "
        "machines may read it under this path."
    ),
    "InvalidClassException|NoSuchMethodError|NoClassDefFoundError|ClassNotFoundException": (
        "The workers of the Spark cluster {address} do not understand Spark {version}. Install "
        "here the PySpark of the cluster's version."
    ),
    "SparkContext was shut ?down|stopped SparkContext|Application has been killed|unresponsive": (
        "The Spark cluster {address} ended the work. See in its logs why, and start again."
    ),
}
_T = TypeVar("_T")


@dataclass(frozen=True)
class SparkEngine:
    """An ``Engine``.

    Attributes:
        backend: Ibis over the session.
        session: of its own.
        address: of the cluster.
        path: of the events.
    """

    backend: Backend
    session: SparkSession
    address: str
    path: Path

    def pieces(self, count: int | None = None) -> Sequence[SparkEngine]:
        """As ``Engine.pieces``."""
        return [self]

    def keep(self, name: str, table: ir.Table) -> ir.Table:
        """As ``Engine.keep``."""
        self.backend.create_view(name, table, overwrite=True)
        # What a dead worker held of it is computed again.
        self.session.catalog.cacheTable(name)
        return self.backend.table(name)

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
        self.backend.create_view("wanted", table, overwrite=True)
        found = self._watched(lambda: self.session.table("wanted").toArrow())
        return found.cast(table.schema().to_pyarrow())

    def to_parquet(self, table: ir.Table, path: Path) -> None:
        """As ``Engine.to_parquet``."""
        pq.write_table(self._to_arrow(table), path)

    def await_worker(self) -> None:
        """Wait for the first worker.

        Raises:
            InputError: there is none within ``_PATIENCE_SECONDS``.
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not self._workers():
            if time.monotonic() > deadline:
                raise _no_worker(self.address)
            time.sleep(0.1)

    def _watched(self, job: Callable[[], _T]) -> _T:
        """What ``job`` gives; Spark itself would wait for workers for ever.

        Raises:
            InputError: the workers cannot do it, or there are none for ``_PATIENCE_SECONDS``.
        """
        seen = time.monotonic()
        with ThreadPoolExecutor(1) as pool, _in_words(self.address, self.path):
            future = pool.submit(job)
            try:
                while not wait([future], timeout=0.5).done:
                    if self._workers():
                        seen = time.monotonic()
                    elif time.monotonic() - seen > _PATIENCE_SECONDS:
                        raise _no_worker(self.address)
                return future.result()
            finally:
                if not future.done():
                    self.session.sparkContext.cancelAllJobs()

    def _workers(self) -> int:
        # PySpark itself does not tell. Beside the workers it counts this process.
        context: Any = self.session.sparkContext
        there = int(context._jsc.sc().getExecutorMemoryStatus().size())
        return there if context.master.startswith("local") else there - 1


@contextmanager
def open_spark(log: Log, one_user_in: int, address: str) -> Iterator[SparkEngine]:
    """A session on the cluster with the log's events; nobody else in this process may have one.

    The arguments are those of ``deepfm.log.engine.engine``, and so are the errors.
    """
    check_cluster(address)
    session = _connect(address, log.parquet)
    try:
        engine = SparkEngine(ibis.pyspark.connect(session), session, address, log.parquet)
        engine.await_worker()
        _show_events(session, log, one_user_in)
        yield engine
    finally:
        session.stop()


def check_cluster(address: str) -> None:
    """Refuse a cluster that cannot be reached from here.

    Raises:
        InputError: PySpark is not installed, or nothing listens at ``address``.
    """
    if find_spec("pyspark") is None:
        raise InputError(
            "The engine {address} needs PySpark, which is not installed here. Install "
            "requirements-spark.txt.",
            address=address,
        )
    if address.startswith("local"):
        return
    for master in address.removeprefix("spark://").split(","):
        host, _, port = master.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), _PATIENCE_SECONDS / 4).close()
        except (OSError, OverflowError):
            continue
        return
    raise InputError(
        "Nothing listens at {address}. Start the master of the Spark cluster, or correct the "
        "address.",
        address=address,
    )


def _no_worker(address: str) -> InputError:
    return InputError(
        "The Spark cluster {address} has no worker for this. Start workers there, or wait until "
        "they are free, and start again.",
        address=address,
    )


@contextmanager
def _in_words(address: str, path: Path) -> Iterator[None]:
    """What a cluster may lack, said to its owner; other errors are faults of ours."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (Py4JError, PySparkException) as error:
        for signs, template in _TROUBLES.items():
            if re.search(signs, str(error)):
                values = {"address": address, "path": path, "version": version("pyspark")}
                raise InputError(template, **values) from error
        raise


def _connect(address: str, path: Path) -> SparkSession:
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkRuntimeError
    from pyspark.sql import SparkSession

    # The frame is fetched as Arrow; what PySpark does with pandas does not matter.
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
    conf = SparkConf().setMaster(address).setAll(list(_SETTINGS.items()))
    try:
        # First Java, which may take its time on a busy machine; then the master, which may not.
        SparkContext._ensure_initialized(conf=conf)
    except PySparkRuntimeError as error:
        raise InputError(
            "Java could not be started, which PySpark needs. Install Java 17 or later, or let "
            "JAVA_HOME name it."
        ) from error
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(lambda: SparkSession(SparkContext(conf=conf)))
        if not wait([future], timeout=_PATIENCE_SECONDS).done:
            # It would go on trying for a minute.
            _end_java()
            raise InputError(
                "What listens at {address} does not answer as the master of a Spark {version} "
                "cluster. Correct the address, or install here the PySpark of the cluster's "
                "version.",
                address=address,
                version=version("pyspark"),
            )
        with _in_words(address, path):
            return future.result()


def _end_java() -> None:
    from pyspark import SparkContext

    java: Any = SparkContext._gateway
    java.proc.kill()
    SparkContext._gateway = SparkContext._jvm = None


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

"""A session on a Spark cluster that others built; PySpark is an extra (requirements-spark.txt).

The driver is this process, which a master gives workers to, or a Spark Connect server.
"""

from __future__ import annotations

import socket
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deepfm.errors import InputError
from deepfm.log.address import CONNECT, public
from deepfm.log.cluster_work import Cluster, in_time, in_words

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_LISTEN_SECONDS = 5.0
# Of a core.
_BUSY_PERCENT = 10
# Of every session.
_QUERY_SETTINGS = {
    # A log's times are its own wall clock: no zone may move them.
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.caseSensitive": "true",
}
_DRIVER_SETTINGS = {
    "spark.app.name": "prospects",
    # The page of a job shows its queries, and so the log's values, to whoever may open it.
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    # The frame is fetched a batch of snapshots at a time, each in one piece.
    "spark.driver.maxResultSize": "0",
}


@contextmanager
def open_cluster(address: str, source: Path | str) -> Iterator[Cluster]:
    """A session on the cluster; nobody else in this process may have one.

    Args:
        address: of the cluster.
        source: what the workers are to read: the path of a file, or the name of a table.

    Raises:
        InputError: it cannot be reached, or has no worker; at work, that the workers cannot do
            what they are to, or are all gone.
    """
    check_cluster(address)
    # What is fetched is Arrow; what PySpark does with pandas does not matter.
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
    shown = public(address)
    size = source.stat().st_size if isinstance(source, Path) else 0
    if address.startswith(CONNECT):
        # Imported here: it takes its time to load.
        from deepfm.log.cluster_connect import ConnectCluster, connected

        cluster: Cluster = ConnectCluster(connected(address, source), shown, source, size)
    else:
        cluster = Cluster(_driven_from_here(address, source), shown, source, size)
    try:
        for name, value in _QUERY_SETTINGS.items():
            cluster.session.conf.set(name, value)
        cluster.await_worker()
        yield cluster
    finally:
        cluster.session.stop()


def check_cluster(address: str) -> None:
    """Refuse a cluster that cannot be reached from here.

    Raises:
        InputError: PySpark or psutil is not installed, or nothing listens at ``address``.
    """
    for package in ("pyspark", "psutil"):
        if find_spec(package) is None:
            raise InputError(
                "The engine {address} needs {package}, which is not installed here. Install "
                "requirements-spark.txt.",
                address=public(address),
                package=package,
            )
    if address.startswith("local"):
        return
    # Of a high availability cluster any master will do.
    for place in address.partition("://")[2].partition("/")[0].split(","):
        host, _, port = place.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), _LISTEN_SECONDS).close()
        except (OSError, OverflowError):
            continue
        return
    raise InputError(
        "Nothing listens at {address}. Start the master of the Spark cluster, or correct the "
        "address.",
        address=public(address),
    )


def _driven_from_here(address: str, source: Path | str) -> SparkSession:
    """A session whose driver is this process."""
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkRuntimeError
    from pyspark.sql import SparkSession

    conf = SparkConf().setMaster(address).setAll(list(_DRIVER_SETTINGS.items()))
    try:
        # First Java, which may take its time on a busy machine; then the master, which may not.
        SparkContext._ensure_initialized(conf=conf)
    except PySparkRuntimeError as error:
        raise InputError(
            "Java could not be started, which PySpark needs. Install Java 17 or later, or let "
            "JAVA_HOME name it."
        ) from error
    too_late = InputError(
        "What listens at {address} does not answer as the master of a Spark {version} "
        "cluster. Correct the address, or install here the PySpark of the cluster's "
        "version.",
        address=address,
        version=version("pyspark"),
    )
    with in_words(address, source):
        # It would go on trying for a minute.
        session = in_time(
            lambda: SparkSession(SparkContext(conf=conf)), too_late, _end_java, _java_computes()
        )
    if address.startswith("local"):
        # Otherwise the workers' own python3.
        session.sparkContext.pythonExec = sys.executable
    return session


def _java_computes() -> Callable[[], bool]:
    """Whether it has computed since the last call: on a busy machine it starts for long."""
    import psutil
    from pyspark import SparkContext

    java: Any = SparkContext._gateway
    process = psutil.Process(java.proc.pid)
    return lambda: bool(process.cpu_percent() > _BUSY_PERCENT)


def _end_java() -> None:
    from pyspark import SparkContext

    java: Any = SparkContext._gateway
    java.proc.kill()
    SparkContext._gateway = SparkContext._jvm = None

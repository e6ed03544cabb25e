"""A session on a Spark cluster that others built; PySpark is an extra (requirements-spark.txt)."""

from __future__ import annotations

import re
import socket
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar
from zipfile import ZipFile

import pyarrow as pa

from deepfm.errors import InputError

if TYPE_CHECKING:
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
    "PYTHON_VERSION_MISMATCH|ModuleNotFoundError|ImportError|PACKAGE|Cannot run program": (
        "The workers of the Spark cluster {address} cannot run this program. They need Python "
        "{python} with NumPy, pandas and PyArrow, of the versions that are installed here; "
        "PYSPARK_PYTHON says where it is."
    ),
    "FILE_NOT_EXIST|FileNotFound|AccessControlException|Permission denied": (
        "The workers of the Spark cluster {address} cannot read {path}. Put it where all of its "
        "machines may read it under this path."
    ),
    "InvalidClassException|NoSuchMethodError|NoClassDefFoundError|ClassNotFoundException": (
        "The workers of the Spark cluster {address} do not understand Spark {version}. Install "
        "here the PySpark of the cluster's version."
    ),
    "SparkContext was shut ?down|stopped SparkContext|Application has been killed|unresponsive|"
    "Python worker exited|MemoryError|ExecutorLostFailure": (
        "The Spark cluster {address} ended the work. See in its logs why, and start again."
    ),
}
_T = TypeVar("_T")


@dataclass(frozen=True)
class Cluster:
    """A session, and what its troubles are told with.

    Attributes:
        session: of its own.
        address: of the cluster.
        path: of the file that the workers are to read.
        size: of that file, bytes.
    """

    session: SparkSession
    address: str
    path: Path
    size: int

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

    def share(self, value: Any) -> Any:
        """Send ``value`` to each worker once, where it is the attribute ``value`` of this."""
        return self.session.sparkContext.broadcast(value)

    def each(self, work: Callable[[int], bytes], count: int) -> dict[int, bytes]:
        """What the workers make of 0, 1, … ``count - 1``, each a task of its own.

        This program travels with it, so that the workers need Python, NumPy, pandas and PyArrow
        only; the module of ``work`` imports no more.

        Raises:
            InputError: as ``watched``.
        """
        context, file, size = self.session.sparkContext, self.path, self.size

        def some(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            # A machine may have a file of its own there, such as that of an earlier run.
            if file.stat().st_size != size:
                raise FileNotFoundError(file)
            for batch in batches:
                for place in batch["id"].to_pylist():
                    made = {"place": [place], "made": [work(place)]}
                    yield pa.RecordBatch.from_pydict(made)

        with TemporaryDirectory(prefix="deepfm-") as scratch:
            path = list(sys.path)
            context.addPyFile(str(_program(Path(scratch))))
            # It is put before what this process imports from.
            sys.path[:] = path
            tasks = self.session.range(0, count, 1, count)
            found = self.watched(tasks.mapInArrow(some, "place long, made binary").toArrow)
        return dict(zip(*(found[name].to_pylist() for name in ("place", "made")), strict=True))

    def watched(self, job: Callable[[], _T]) -> _T:
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
def open_cluster(address: str, path: Path) -> Iterator[Cluster]:
    """A session on the cluster; nobody else in this process may have one.

    Args:
        address: of the cluster.
        path: of the file that the workers are to read.

    Raises:
        InputError: it cannot be reached, or has no worker; at work, that the workers cannot do
            what they are to, or are all gone.
    """
    check_cluster(address)
    session = _connect(address, path)
    try:
        cluster = Cluster(session, address, path, path.stat().st_size)
        cluster.await_worker()
        yield cluster
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
                values = {
                    "address": address,
                    "path": path,
                    "version": version("pyspark"),
                    "python": f"{sys.version_info.major}.{sys.version_info.minor}",
                }
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
            session = future.result()
    if address.startswith("local"):
        # Otherwise the workers' own python3.
        session.sparkContext.pythonExec = sys.executable
    return session


def _end_java() -> None:
    from pyspark import SparkContext

    java: Any = SparkContext._gateway
    java.proc.kill()
    SparkContext._gateway = SparkContext._jvm = None


def _program(folder: Path) -> Path:
    """What stands in ``deepfm``, as an archive that Python imports from."""
    package, path = Path(__file__).parents[1], folder / "deepfm.zip"
    with ZipFile(path, "w") as archive:
        for file in sorted(package.rglob("*.py")):
            archive.write(file, file.relative_to(package.parent))
    return path

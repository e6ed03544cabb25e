"""What a Spark cluster is asked to do, and what it may lack, said to its owner."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar
from zipfile import ZipFile

import pyarrow as pa

from deepfm.errors import InputError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Of a master until it answers, and of a job without any worker.
PATIENCE_SECONDS = 20.0
# Between two looks at what is waited for.
_LOOK_SECONDS = 0.5
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
    "Python worker exited|MemoryError|ExecutorLostFailure|StatusCode.UNAVAILABLE|"
    "session is closed": (
        "The Spark cluster {address} ended the work. See in its logs why, and start again."
    ),
}
_T = TypeVar("_T")


@dataclass(frozen=True)
class Cluster:
    """A session whose driver is this process, and what its troubles are told with.

    Attributes:
        session: of its own.
        address: of the cluster, for people.
        source: what the workers are to read: the path of a file, or the name of a table.
        size: of that file, bytes; 0 for a table.
    """

    session: SparkSession
    address: str
    source: Path | str
    size: int

    def await_worker(self) -> None:
        """Wait for the first worker.

        Raises:
            InputError: there is none within ``PATIENCE_SECONDS``.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.has_worker():
            if time.monotonic() > deadline:
                raise no_worker(self.address)
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
        file, size = Path(self.source), self.size

        def some(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            # A machine may have a file of its own there, such as that of an earlier run.
            if file.stat().st_size != size:
                raise FileNotFoundError(file)
            for batch in batches:
                for place in batch["id"].to_pylist():
                    made = {"place": [place], "made": [work(place)]}
                    yield pa.RecordBatch.from_pydict(made)

        with TemporaryDirectory(prefix="deepfm-") as scratch:
            program = _program(Path(scratch))
            self.watched(lambda: self.send(program))
            tasks = self.session.range(0, count, 1, count)
            found = self.watched(tasks.mapInArrow(some, "place long, made binary").toArrow)
        return dict(zip(*(found[name].to_pylist() for name in ("place", "made")), strict=True))

    def watched(self, job: Callable[[], _T]) -> _T:
        """What ``job`` gives; Spark itself would wait for workers for ever.

        Raises:
            InputError: the workers cannot do it, or there are none for ``PATIENCE_SECONDS``.
        """
        seen = time.monotonic()
        with ThreadPoolExecutor(1) as pool, in_words(self.address, self.source):
            future = pool.submit(job)
            try:
                while not wait([future], timeout=_LOOK_SECONDS).done:
                    if self.has_worker():
                        seen = time.monotonic()
                    elif time.monotonic() - seen > PATIENCE_SECONDS:
                        raise no_worker(self.address)
                return future.result()
            finally:
                if not future.done():
                    self.give_up()

    def send(self, program: Path) -> None:
        """Let the workers import from an archive."""
        path = list(sys.path)
        self.session.sparkContext.addPyFile(str(program))
        # It is put before what this process imports from.
        sys.path[:] = path

    def has_worker(self) -> bool:
        """Whether a worker is there."""
        return self._workers() > 0

    def give_up(self) -> None:
        """Stop what is at work."""
        self.session.sparkContext.cancelAllJobs()

    def _workers(self) -> int:
        # PySpark itself does not tell. Beside the workers it counts this process.
        context: Any = self.session.sparkContext
        there = int(context._jsc.sc().getExecutorMemoryStatus().size())
        return there if context.master.startswith("local") else there - 1


def in_time(
    job: Callable[[], _T],
    too_late: InputError,
    give_up: Callable[[], object],
    at_work: Callable[[], bool] = bool,
) -> _T:
    """What ``job`` gives, if it waits for others no longer than ``PATIENCE_SECONDS``.

    Args:
        job: may be waiting for others.
        too_late: what is said of a longer wait.
        give_up: ends it.
        at_work: whether it has not waited since the last call, but computed; by default it waits.

    Raises:
        InputError: ``too_late``.
    """
    with ThreadPoolExecutor(1) as pool:
        future, waited = pool.submit(job), 0.0
        while not wait([future], timeout=_LOOK_SECONDS).done:
            waited += 0.0 if at_work() else _LOOK_SECONDS
            if waited >= PATIENCE_SECONDS:
                give_up()
                raise too_late
        return future.result()


def no_worker(address: str) -> InputError:
    """That there is none."""
    return InputError(
        "The Spark cluster {address} has no worker for this. Start workers there, or wait until "
        "they are free, and start again.",
        address=address,
    )


@contextmanager
def in_words(address: str, source: Path | str) -> Iterator[None]:
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
                    "path": source,
                    "version": version("pyspark"),
                    "python": f"{sys.version_info.major}.{sys.version_info.minor}",
                }
                raise InputError(template, **values) from error
        raise


def _program(folder: Path) -> Path:
    """What stands in ``deepfm``, as an archive that Python imports from."""
    package, path = Path(__file__).parents[1], folder / "deepfm.zip"
    with ZipFile(path, "w") as archive:
        for file in sorted(package.rglob("*.py")):
            archive.write(file, file.relative_to(package.parent))
    return path

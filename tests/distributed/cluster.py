"""A Spark standalone cluster of this machine's own processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

_LOOPBACK = "127.0.0.1"


@dataclass
class Cluster:
    """A master, and workers with a core each; each is a process and a group of its own.

    Attributes:
        folder: holds what the processes write.
        memory: of each worker, for its one executor.
        port: of the master, on the loopback address.
        workers: those at work, by name.
    """

    folder: Path
    memory: str = "1g"
    port: int = 0
    master: subprocess.Popen[bytes] | None = None
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"spark://{_LOOPBACK}:{self.port}"

    def start(self, workers: int) -> Cluster:
        self.port = free_port()
        listen = ["--host", _LOOPBACK, "--port", str(self.port), "--webui-port", "0"]
        self.master = self._spawn("master", "org.apache.spark.deploy.master.Master", *listen)
        wait_until(lambda: listens(self.port))
        for _ in range(workers):
            self.add_worker()
        return self

    def add_worker(self) -> None:
        name = f"worker-{time.monotonic_ns()}"
        size = ["--cores", "1", "--memory", self.memory, "--work-dir", str(self.folder / name)]
        where = ["--host", _LOOPBACK, "--webui-port", "0", self.address]
        worker = self._spawn(name, "org.apache.spark.deploy.worker.Worker", *size, *where)
        log = self.folder / f"{name}.log"
        wait_until(lambda: "Successfully registered with master" in log.read_text("utf-8"))
        self.workers[name] = worker

    def kill_worker(self) -> None:
        """End a worker and its executors at once, as a machine that loses its power."""
        _, worker = self.workers.popitem()
        kill(worker)

    def kill_worker_that_holds_results(self) -> None:
        """As ``kill_worker``, once another job has left something there that it comes back for."""
        name = list(self.workers)[-1]
        known = set((self.folder / name).rglob("shuffle_*"))
        wait_until(lambda: bool(set((self.folder / name).rglob("shuffle_*")) - known))
        self.kill_worker()

    def stop(self) -> None:
        while self.workers:
            self.kill_worker()
        if self.master is not None:
            kill(self.master)

    def _spawn(self, name: str, *program: str) -> subprocess.Popen[bytes]:
        return spawn(self.folder, name, "spark-class", *program)


@dataclass
class ConnectServer:
    """A Spark Connect server, whose two workers are threads of its own.

    Attributes:
        folder: holds what the process writes.
        port: on the loopback address.
        process: the server.
    """

    folder: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"sc://{_LOOPBACK}:{self.port}"

    def start(self) -> ConnectServer:
        self.port = free_port()
        program = ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
        settings = {
            "spark.connect.grpc.binding.address": _LOOPBACK,
            "spark.connect.grpc.binding.port": str(self.port),
            "spark.ui.enabled": "false",
            "spark.sql.warehouse.dir": str(self.folder / "tables"),
        }
        told = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
        command = ["spark-submit", *program, "--master", "local[2]", *told]
        self.process = spawn(self.folder, "connect", *command)
        wait_until(lambda: listens(self.port))
        return self

    def stop(self) -> None:
        if self.process is not None:
            kill(self.process)
            self.process = None


def spawn(folder: Path, name: str, *command: str) -> subprocess.Popen[bytes]:
    """A program of PySpark's, in a group of its own."""
    spec = find_spec("pyspark")
    assert spec is not None
    assert spec.origin is not None
    home = Path(spec.origin).parent
    environment = {
        **os.environ,
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": _LOOPBACK,
        "SPARK_LOCAL_DIRS": str(folder / name),
    }
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            [home / "bin" / command[0], *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=environment,
        )


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the whole group, so that nothing of it is left."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def free_port() -> int:
    with socket.create_server((_LOOPBACK, 0)) as server:
        port: int = server.getsockname()[1]
        return port


def listens(port: int) -> bool:
    try:
        socket.create_connection((_LOOPBACK, port), 1).close()
    except OSError:
        return False
    return True


def wait_until(true: Callable[[], bool], seconds: float = 180.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)

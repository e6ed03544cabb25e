"""Many sessions at once on one server, and many runs on one page."""

from __future__ import annotations

import random
import re
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from websockets.exceptions import WebSocketException

from deepfm.runs.process import end_worker
from deepfm.runs.run import Run
from deepfm.runs.workspace import common_workspace
from tests.torture.client import Client
from tests.torture.servers import Server
from tests.torture.shop import demo_bytes, done_run

_CHINESE = re.compile(r"[一-鿿]")
# What one feature tells by itself, which the page Features shows last.
_STRENGTH = re.compile(r"AUC 0\.\d")
_LOCALES = ("en-US", "zh-CN")
_PAGES = ("", "results", "prospects", "runs")
_AT_ONCE = 8
_TROUBLE = (AssertionError, OSError, WebSocketException)
_SMALL = ("*.json", "*.jsonl")


@dataclass
class Load:
    """What many sessions met.

    Attributes:
        sessions: at once.
        seconds: how long each interaction took.
        problems: what broke, or was another session's.
        memory_mb: of the server after those sessions, and after many more.
        later: how many sessions there were at the end.
    """

    sessions: int
    seconds: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    memory_mb: tuple[float, float] = (0.0, 0.0)
    later: int = 0

    @property
    def quantiles(self) -> tuple[float, float, float]:
        """Median, 95th percentile and maximum of the seconds."""
        p50, p95, most = np.quantile(self.seconds, [0.5, 0.95, 1.0])
        return float(p50), float(p95), float(most)


def crowd(home: Path, sessions: int, later: int, pause: float, seed: int) -> Load:
    """Let sessions walk the way at once, each with a training of its own, then many more look.

    Args:
        home: an empty home folder.
        sessions: at once.
        later: so many in all at the end, a few at a time.
        pause: how long a reader looks at a page before the next step, at most; seconds.
        seed: of the pauses.
    """
    load = Load(sessions)
    # So many that the question that stands there at first can be answered.
    content = demo_bytes(1_500)
    log, done, _ = done_run()
    finished = f"log={log.folder.name}&run={done.id}"
    server = Server(home)
    try:
        with ThreadPoolExecutor(sessions) as pool:

            def walk(place: int) -> str:
                walker = _Walker(load, server.address, place, random.Random(seed + place), pause)
                return walker.walk(content, finished)

            own = list(pool.map(walk, range(sessions)))
        if len(set(own) - {""}) != sessions:
            load.problems.append(f"{sessions} sessions have the runs {own}")
        first = server.memory_mb
        for folder in home.glob("runs/*"):
            end_worker(folder)
        with ThreadPoolExecutor(_AT_ONCE) as pool:

            def look(place: int) -> None:
                _guarded(load, lambda: _look(server.address, finished, place))

            list(pool.map(look, range(sessions, later)))
        load.memory_mb, load.later = (first, server.memory_mb), later
        load.problems += server.tracebacks()
    finally:
        server.kill()
        for folder in home.glob("runs/*"):
            end_worker(folder)
    return load


@dataclass
class _Walker:
    """One reader."""

    load: Load
    address: str
    place: int
    random: random.Random
    pause: float

    def walk(self, content: bytes, finished: str) -> str:
        """From the start page to the runs; the id of the run that was queued."""
        run = ""
        with Client(self.address, _LOCALES[self.place % 2]) as client:
            try:
                for step in self._steps(client, content, finished):
                    step()
                    run = run or client.value("run") or ""
                    self._check(client)
                    time.sleep(self.random.uniform(0.0, self.pause))
            except _TROUBLE as error:
                self.load.problems.append(f"session {self.place}: {error!r}")
            self.load.seconds += client.seconds
        return run

    def _steps(
        self, client: Client, content: bytes, finished: str
    ) -> Iterator[Callable[[], object]]:
        yield lambda: client.open("")
        yield lambda: client.go_to("data")
        yield lambda: client.upload("demo.csv", content)
        yield lambda: client.click(("Read the log", "读取日志")[self.place % 2])
        yield lambda: client.wait_for(lambda: client.value("log") is not None)
        log = client.value("log")
        yield lambda: client.go_to("question")
        yield lambda: client.go_to("features")
        yield lambda: client.wait_for(lambda: _STRENGTH.search(client.text) is not None)
        yield lambda: client.go_to("training")
        yield lambda: client.click(("Start the training", "开始训练")[self.place % 2])
        run = client.value("run")
        if client.value("log") != log or run is None:
            self.load.problems.append(f"session {self.place} has another log, or no run")
        yield lambda: client.open("results", finished)
        yield lambda: client.go_to("prospects")
        yield lambda: client.open("training", f"log={log}&run={run}")
        yield lambda: client.go_to("runs")
        if client.value("run") != run:
            self.load.problems.append(f"session {self.place} has the run {client.value('run')}")

    def _check(self, client: Client) -> None:
        """Each reader's own language."""
        chinese = len(_CHINESE.findall(client.text)) > 5
        if chinese != bool(self.place % 2):
            self.load.problems.append(f"session {self.place} reads: {client.text[:200]}")


def _look(address: str, query: str, place: int) -> None:
    with Client(address, _LOCALES[place % 2]) as client:
        for page in _PAGES:
            client.open(page, query)


def _guarded(load: Load, act: Callable[[], None]) -> None:
    try:
        act()
    except _TROUBLE as error:
        load.problems.append(repr(error))


def many_runs(home: Path, count: int) -> list[float]:
    """Seconds in which the page of all runs opens, when there are ``count``: first and again."""
    copy_run(done_run().run, count - 1)
    server = Server(home)
    try:
        with Client(server.address) as client:
            client.open("")
            for _ in range(3):
                client.go_to("runs")
                client.go_to("")
            return client.seconds[1::2]
    finally:
        server.kill()


def copy_run(run: Run, count: int) -> None:
    """Put so many runs beside ``run``, as far as lists look at them."""
    then = datetime(2026, 1, 1)
    for place in range(count):
        name = f"{then + timedelta(minutes=place):%Y%m%d-%H%M%S}-{place:04x}"
        folder = common_workspace().runs / name
        folder.mkdir()
        for pattern in _SMALL:
            for path in run.folder.glob(pattern):
                shutil.copyfile(path, folder / path.name)

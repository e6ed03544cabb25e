"""Logs and runs that several tests share; the runs were really trained, in a worker process."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from filelock import FileLock
from xdist.scheduler import LoadFileScheduling

from deepfm.log.demo import write_demo
from deepfm.log.guess import guess_mapping
from deepfm.log.intake import take_in
from deepfm.log.log import Log
from deepfm.log.mapping import Mapping
from deepfm.log.source.source import open_source
from deepfm.runs.alive import worker_pid
from deepfm.runs.create import create_run
from deepfm.runs.process import end_worker, start_worker
from deepfm.runs.run import Run
from deepfm.runs.status import Status
from deepfm.runs.store import create_log
from deepfm.runs.workspace import common_workspace
from deepfm.task.question import Question
from deepfm.training.settings import TrainingSettings

Event = tuple[str, str, str]
Waiter = Callable[..., Status]
Once = Callable[[str, Callable[[], Path], Path], Path]

QUESTION = Question(("purchase",))
SETTINGS = TrainingSettings(epochs=3, batch_size=64)


class _Scheduler(LoadFileScheduling):
    """Keeps a file in one process, and all that a browser does: there one walk is shown around."""

    def _split_scope(self, nodeid: str) -> str:
        folder = "tests/browser"
        return folder if nodeid.startswith(folder) else str(super()._split_scope(nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> _Scheduler | None:
    return _Scheduler(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture
def make_log(tmp_path: Path) -> Callable[..., Log]:
    """A log of (user, action, time) events, taken in from a real CSV."""

    def make(events: Sequence[Event], folder: str = "log", **columns: Sequence[object]) -> Log:
        frame = pd.DataFrame(events, columns=["user", "action", "time"]).assign(**columns)
        path = tmp_path / f"{folder}.csv"
        frame.to_csv(path, index=False)
        mapping = Mapping(
            user="user",
            time="time",
            action="action",
            item="item" if "item" in columns else None,
            amount="amount" if "amount" in columns else None,
            categories=tuple(c for c in columns if c not in ("item", "amount")),
        )
        return take_in(open_source(path), mapping, tmp_path / folder)

    return make


@pytest.fixture(scope="session")
def question() -> Question:
    return QUESTION


@pytest.fixture(scope="session")
def settings() -> TrainingSettings:
    return SETTINGS


@pytest.fixture(scope="session")
def wait_for() -> Waiter:
    return _wait_for


def _wait_for(run: Run, ready: Callable[[Status], bool], seconds: float = 120.0) -> Status:
    """Poll a run as a page does, until it is as wanted."""
    deadline = time.monotonic() + seconds
    while not ready(status := run.status):
        assert time.monotonic() < deadline, status
        time.sleep(0.1)
    return status


@pytest.fixture(scope="session")
def demo_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "demo.csv"
    write_demo(path, users=1_500)
    return path


@pytest.fixture(scope="session")
def home(
    tmp_path_factory: pytest.TempPathFactory, end_all: Callable[[Path], None]
) -> Iterator[Path]:
    """A home folder that all tests of runs share."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DEEPFM_HOME", str(folder))
        yield folder
    end_all(folder)


@pytest.fixture(scope="session")
def end_all() -> Callable[[Path], None]:
    return _end_all


def _end_all(home: Path) -> None:
    """End what still works on a folder of a home, also what has not yet said that it does.

    A training outlives the test that began it, and would slow all tests that follow.
    """
    for told in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            command = told.read_bytes()
            if b"\0deepfm.runs." in command and f"\0{home}/".encode() in command:
                os.killpg(int(told.parent.name), signal.SIGKILL)


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Make a folder in one of the processes that share the tests; the others copy it.

    Each has its own, as it was when it was made, so that no test sees what another one did to it.
    """

    def made(name: str, make: Callable[[], Path], parent: Path) -> Path:
        if "PYTEST_XDIST_WORKER" not in os.environ:
            return make()
        kept = tmp_path_factory.getbasetemp().parent / "once" / name
        kept.parent.mkdir(exist_ok=True)
        with FileLock(f"{kept}.lock"):
            if not kept.exists():
                folder = make()
                draft = kept.with_name(f"{name}-draft")
                shutil.copytree(folder, draft / folder.name)
                draft.rename(kept)
                return folder
        (folder,) = kept.iterdir()
        return Path(shutil.copytree(folder, parent / folder.name))

    return made


@pytest.fixture(scope="session")
def log(home: Path, demo_csv: Path, once: Once) -> Log:
    def make() -> Path:
        source = open_source(demo_csv)
        return create_log(common_workspace(), source, guess_mapping(source), "demo.csv").folder

    return Log.open(once("log", make, common_workspace().logs))


@pytest.fixture(scope="session")
def train_once(log: Log, once: Once) -> Callable[..., Run]:
    """A run of that name, done."""

    def train(name: str, *asked: object) -> Run:
        def make() -> Path:
            return _train(create_run(common_workspace(), log, *asked)).folder

        return Run.open(once(name, make, common_workspace().runs))

    return train


@pytest.fixture(scope="session")
def done(train_once: Callable[..., Run]) -> Run:
    """A run with fusion "concat", done."""
    model = replace(SETTINGS.model, fusion="concat")
    return train_once("done", QUESTION, replace(SETTINGS, model=model))


@pytest.fixture(scope="session")
def done_sum(train_once: Callable[..., Run]) -> Run:
    """A run with fusion "sum" and few features, done."""
    features = ["hour", "favorite:category", "profile:device", "since:cart", "ratio:cart"]
    return train_once("done_sum", QUESTION, SETTINGS, features)


@pytest.fixture(scope="session")
def done_event(train_once: Callable[..., Run]) -> Run:
    """A run that asks of each row, done."""
    question = Question(("purchase",), kind="event")
    return train_once("done_event", question, replace(SETTINGS, epochs=1, batch_size=1024))


@pytest.fixture(scope="session")
def done_pair(train_once: Callable[..., Run]) -> Run:
    """A run that asks who buys in which category, done."""
    question = replace(QUESTION, kind="pair", by="category")
    return train_once("done_pair", question, replace(SETTINGS, epochs=2, batch_size=512))


@pytest.fixture
def started(log: Log) -> Iterator[Run]:
    """A run that would train for very long, started; ended after the test."""
    settings = replace(SETTINGS, epochs=1000, patience=1000, evaluations_per_epoch=1)
    run = create_run(common_workspace(), log, QUESTION, settings)
    start_worker(run.folder)
    yield run
    end_worker(run.folder)


def _train(run: Run) -> Run:
    start_worker(run.folder)
    status = _wait_for(run, lambda status: not status.active)
    assert status.state == "done", status
    # It may be copied only once nobody writes to it.
    _wait_for(run, lambda _: worker_pid(run.folder) is None)
    return run

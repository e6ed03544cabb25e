"""What all that is done to the project is done to: a small log, a small run, the pages."""

from __future__ import annotations

import atexit
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from streamlit import config
from streamlit.testing.v1 import AppTest

from deepfm.log.demo import write_demo
from deepfm.log.guess import guess_mapping
from deepfm.log.log import Log
from deepfm.log.source.part import Dialect
from deepfm.log.source.source import open_source
from deepfm.runs.create import create_run
from deepfm.runs.home import home
from deepfm.runs.intake import start_intake
from deepfm.runs.process import start_worker
from deepfm.runs.run import Run
from deepfm.runs.store import create_log, open_log, open_run
from deepfm.runs.uploads import Upload, keep_upload, source_of
from deepfm.runs.workspace import common_workspace
from deepfm.task.question import Question
from deepfm.training.settings import TrainingSettings
from pages.shared.way import STEPS

ROOT = Path(__file__).parents[2]
USERS = 500
QUESTION = Question(("cart",))
SETTINGS = TrainingSettings(epochs=4, batch_size=128, evaluations_per_epoch=2)
FEATURES = ["days_since_last", "since:view", "favorite:category"]


@contextmanager
def own_home() -> Iterator[Path]:
    """A home folder that is there for a while."""
    before = os.environ.get("DEEPFM_HOME")
    with TemporaryDirectory(prefix="deepfm-torture-", ignore_cleanup_errors=True) as name:
        os.environ["DEEPFM_HOME"] = name
        try:
            yield Path(name)
        finally:
            os.environ.pop("DEEPFM_HOME")
            if before is not None:
                os.environ["DEEPFM_HOME"] = before


def demo_bytes(users: int = USERS) -> bytes:
    """A demo log as a file."""
    with TemporaryDirectory() as name:
        path = Path(name) / "demo.csv"
        write_demo(path, users=users)
        return path.read_bytes()


def new_log(content: bytes) -> Log:
    """A log of the home folder, ready."""
    with TemporaryDirectory() as name:
        path = Path(name) / "demo.csv"
        path.write_bytes(content)
        source = open_source(path)
        return create_log(common_workspace(), source, guess_mapping(source), path.name)


def new_upload(content: bytes) -> Upload:
    """A file as it came."""
    return keep_upload(common_workspace(), [(BytesIO(content), "demo.csv")])


def begin_intake(upload: Upload) -> str:
    """Begin to read an upload; the id of the log that it becomes."""
    return start_intake(common_workspace(), upload, Dialect(), guess_mapping(source_of(upload)))


def new_run(log: Log) -> Run:
    """A run that waits for its worker."""
    return create_run(common_workspace(), log, QUESTION, SETTINGS, FEATURES)


def finish(run: Run, seconds: float = 120.0) -> float:
    """Let a worker do ``run`` to its end; how many seconds that took."""
    began = time.monotonic()
    pid = start_worker(run.folder)
    while not ended(pid):
        assert time.monotonic() - began < seconds, run.status
        time.sleep(0.02)
    assert run.status.state == "done", run.status
    return time.monotonic() - began


def is_over(run: Run, seconds: float) -> bool:
    """Whether a run is taken for ended within so many seconds of its worker's death."""
    deadline = time.monotonic() + seconds
    while run.status.active:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def ended(pid: int) -> bool:
    """Whether a child has ended; a later child's start may have taken note of it already."""
    try:
        return os.waitpid(pid, os.WNOHANG) != (0, 0)
    except ChildProcessError:
        return True


class Done(NamedTuple):
    """A finished run, its log, and how many seconds its training took."""

    log: Log
    run: Run
    seconds: float


def done_run() -> Done:
    """A finished run in the home folder; trained once, and copied from then on."""
    made, log, run, seconds = _made()
    shutil.copytree(made / "logs" / log, home() / "logs" / log)
    shutil.copytree(made / "runs" / run, home() / "runs" / run)
    return Done(open_log(common_workspace(), log), open_run(common_workspace(), run), seconds)


@cache
def _made() -> tuple[Path, str, str, float]:
    keeper = ExitStack()
    atexit.register(keeper.close)
    with ExitStack() as stack:
        folder = stack.enter_context(own_home())
        log = new_log(demo_bytes())
        run = new_run(log)
        seconds = finish(run)
        kept = Path(keeper.enter_context(TemporaryDirectory(prefix="deepfm-torture-")))
        shutil.copytree(folder, kept, dirs_exist_ok=True)
    return kept, log.folder.name, run.id, seconds


def tracebacks(*names: str, **address: str) -> list[str]:
    """What breaks when pages are opened with this address: all, or those with these names."""
    # Else nobody learns what broke.
    config.set_option("client.showErrorDetails", "full")
    at = AppTest.from_file(str(ROOT / "pages" / "frame.py"), default_timeout=120)
    at.run()
    found = []
    for step in (step for step in STEPS if not names or step.name in names):
        for name, value in address.items():
            at.query_params[name] = value
        at.switch_page(step.path)
        at.run()
        found += [f"{step.name}: {e.message}" for e in at.exception if not _in_words(e.proto.type)]
    return found


def _in_words(kind: str) -> bool:
    """Whether the server's own handler says it in words: what a fragment raises comes to it."""
    return kind.endswith("InputError")

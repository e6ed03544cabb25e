"""What workers may lack is said in one sentence, within half a minute, and nothing is half done."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from crews import wait_until, workers_of

from deepfm.runs.places import Places, answers
from deepfm.runs.process import start_worker
from deepfm.runs.run import Run
from deepfm.runs.status import Status

pytestmark = pytest.mark.crew

Maker = Callable[..., Run]
Waiter = Callable[..., Status]

ROOT = Path(__file__).parents[3]
SECONDS = 30.0


def two_machines() -> tuple[str, str]:
    """Two addresses of this machine by different names, so that each is one of its own."""
    first, second = Places(2).settled()
    return first, second.replace("127.0.0.1", "localhost")


@contextmanager
def joined(run: Run, code: Path = ROOT) -> Iterator[subprocess.Popen[str]]:
    """The workers of the second machine, with the program in ``code``."""
    process = subprocess.Popen(
        [sys.executable, "-m", "deepfm", "join", run.folder, "--machine", "localhost"],
        cwd=code,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def refused(run: Run, wait_for: Waiter, seconds: float) -> str:
    """The sentence that the run failed with, when nothing of it is left behind."""
    status = wait_for(run, lambda status: not status.active, seconds)
    assert status.state == "failed", status
    assert status.message is not None
    wait_until(lambda: not workers_of(run), 5.0)
    left = {path.name for path in run.folder.iterdir()}
    assert not left & {"crew.json", "model.keras", "weights.npz"}
    assert not [name for name in left if name.startswith(".draft-")]
    return status.message.text()


def test_a_worker_that_is_lost_again_and_again(make_run: Maker, wait_for: Waiter) -> None:
    run = make_run(2)
    start_worker(run.folder)
    wait_until(lambda: 1 in workers_of(run))
    begun = time.monotonic()
    while run.status.active:
        assert time.monotonic() < begun + SECONDS
        if (pid := workers_of(run).get(1)) is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    said = refused(run, wait_for, SECONDS)
    assert said.startswith("Worker 2 was lost 3 times in a row")


def test_nobody_joins_from_the_other_machine(make_run: Maker, wait_for: Waiter) -> None:
    first, second = two_machines()
    run = make_run(f"{first},{second}")
    start_worker(run.folder)
    wait_until(lambda: answers(first))
    assert refused(run, wait_for, SECONDS) == (
        f"No worker answers at {second}. Start it there with the command join, then resume the "
        "training."
    )


def test_the_other_machine_has_another_version(
    make_run: Maker, wait_for: Waiter, tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "deepfm", tmp_path / "deepfm", ignore=shutil.ignore_patterns("*.pyc"))
    with (tmp_path / "deepfm" / "training" / "adam.py").open("a") as file:
        file.write("# changed\n")
    first, second = two_machines()
    run = make_run(f"{first},{second}")
    start_worker(run.folder)
    wait_until(lambda: answers(first))
    with joined(run, tmp_path) as other:
        said = refused(run, wait_for, SECONDS)
        assert said.startswith("Worker 2 runs another version of this program")
        _, told = other.communicate(timeout=SECONDS)
    assert other.returncode == 2
    assert told.strip().splitlines()[-1] == said


def test_machines_train_together_and_a_lost_one_comes_back(
    make_run: Maker, wait_for: Waiter
) -> None:
    first, second = two_machines()
    run = make_run(f"{first},{second}")
    start_worker(run.folder)
    with joined(run) as other:
        wait_until(lambda: (run.checkpoint / "last.npz").exists())
        os.kill(workers_of(run)[1], signal.SIGKILL)
        status = wait_for(run, lambda status: not status.active, 240.0)
        assert status.state == "done", status
        told, _ = other.communicate(timeout=SECONDS)
    assert other.returncode == 0
    assert "is over" in told


def test_a_worker_that_falls_silent_is_not_waited_for(make_run: Maker, wait_for: Waiter) -> None:
    """As one whose machine has lost its power: its connections stay open, and nothing comes."""
    run = make_run(2)
    start_worker(run.folder)
    wait_until(lambda: (run.checkpoint / "last.npz").exists())
    os.kill(workers_of(run)[1], signal.SIGSTOP)
    begun = time.monotonic()
    wait_until(lambda: any("was lost" in note.text() for note in run.status.notes))
    assert time.monotonic() < begun + SECONDS
    assert wait_for(run, lambda status: not status.active, 240.0).state == "done"


def test_a_machine_that_is_not_meant(make_run: Maker, wait_for: Waiter) -> None:
    first, second = two_machines()
    run = make_run(f"{first},{second.replace('localhost', 'elsewhere.invalid')}")
    start_worker(run.folder)
    with joined(run) as other:
        _, told = other.communicate(timeout=60)
    assert other.returncode == 2
    assert "None of the workers of this run is at localhost" in told

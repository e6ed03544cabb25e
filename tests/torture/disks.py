"""A disk that is full, or takes nothing any more, at random moments."""

from __future__ import annotations

import math
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from deepfm.errors import InputError
from deepfm.runs.alive import HEARTBEAT
from deepfm.runs.disk import disk_in_words
from deepfm.runs.intake import REQUEST, cancel_intake, read_intake
from deepfm.runs.process import start_worker
from deepfm.runs.store import delete_log, delete_run, open_log
from deepfm.runs.workspace import common_workspace
from tests.torture.artefacts import finished, lost
from tests.torture.kills import worker_on
from tests.torture.shop import (
    begin_intake,
    demo_bytes,
    done_run,
    ended,
    finish,
    is_over,
    new_run,
    new_upload,
)
from tests.torture.shop import tracebacks as on_the_pages
from tests.torture.tally import Tally

_SIZE_MB = 48
# A worker that could not say that it ends is taken for gone after some seconds of silence.
_SILENT_SECONDS = 5.0
_POLL_SECONDS = 0.02


def can_mount() -> bool:
    """Whether this process may make a small disk."""
    with TemporaryDirectory() as name:
        done = _mount(Path(name), "-t", "tmpfs", "-o", "size=1m", "tmpfs")
        if done:
            _unmount(Path(name))
    return done


def trouble_disks(moments: random.Random, times: int, until: float) -> Tally:
    """Let the disk fill up, or turn read-only, under a training, an intake and an upload."""
    tally = Tally("disk full or read-only")
    with small_disk() as home:
        content = demo_bytes()
        log, whole, length = done_run()
        while tally.tried < times and time.monotonic() < until:
            before = finished(home)
            work = moments.choice((_train, _train, _read, _keep))
            broken = work(home, content, log.folder.name, moments, length)
            broken += lost(home, before)
            names = () if tally.tried % 5 == 0 else ("training", "data", "runs")
            tally.count(broken, on_the_pages(*names, run=whole.id, log=log.folder.name))
    return tally


@contextmanager
def small_disk() -> Iterator[Path]:
    """A home folder on a disk of its own."""
    before = os.environ.get("DEEPFM_HOME")
    with TemporaryDirectory(prefix="deepfm-disk-") as name:
        assert _mount(Path(name), "-t", "tmpfs", "-o", f"size={_SIZE_MB}m", "tmpfs")
        os.environ["DEEPFM_HOME"] = name
        try:
            yield Path(name)
        finally:
            _unmount(Path(name))
            os.environ.pop("DEEPFM_HOME")
            if before is not None:
                os.environ["DEEPFM_HOME"] = before


@contextmanager
def _trouble(home: Path, moments: random.Random) -> Iterator[None]:
    """No room but a random little, or no writing at all."""
    if moments.random() < 0.3:
        _mount(home, "-o", "remount,ro")
        try:
            yield
        finally:
            _mount(home, "-o", "remount,rw")
        return
    filler = home / "filler"
    room = moments.choice((0, 1_000, 10_000, 100_000, 1_000_000))
    with filler.open("wb") as file:
        left = shutil.disk_usage(home).free - room
        with suppress(OSError):
            os.posix_fallocate(file.fileno(), 0, max(1, left))
    try:
        yield
    finally:
        filler.unlink()


def _train(
    home: Path, content: bytes, log: str, moments: random.Random, length: float
) -> list[str]:
    """Under a training, which goes on to its end once there is room."""
    run = new_run(open_log(common_workspace(), log))
    pid = start_worker(run.folder)
    time.sleep(moments.uniform(0.0, length))
    with _trouble(home, moments):
        _wait(pid, length)
    # One that could not even begin looks for half a minute as if it were about to.
    begun = (run.folder / HEARTBEAT).exists()
    over = not begun or is_over(run, _SILENT_SECONDS)
    broken = [] if over else [f"{run.id} looks alive: {run.status}"]
    if run.status.state != "done":
        with suppress(AssertionError):
            finish(run)
        if run.status.state != "done":
            broken.append(f"{run.id} does not go on: {run.status}")
    delete_run(common_workspace(), run.id)
    return broken


def _read(home: Path, content: bytes, log: str, moments: random.Random, length: float) -> list[str]:
    """Under a reading, which says what is wrong."""
    upload = new_upload(content)
    id = begin_intake(upload)
    pid = worker_on(home / "logs" / id)
    time.sleep(moments.uniform(0.0, length / 2))
    with _trouble(home, moments):
        _wait(pid, length)
    folder = home / "logs" / id
    if (folder / REQUEST).exists():
        os.utime(folder / REQUEST, (0, 0))
    state = read_intake(common_workspace(), id).state
    if state == "done":
        delete_log(common_workspace(), id)
    else:
        cancel_intake(common_workspace(), id)
        shutil.rmtree(home / "uploads" / upload.id)
    return [] if state in ("done", "failed", "lost") else [f"{id} is {state}"]


def _keep(home: Path, content: bytes, log: str, moments: random.Random, length: float) -> list[str]:
    """Under an upload, of which nothing stays."""
    there = {path.name for path in home.glob("uploads/*")}
    with _trouble(home, moments):
        try:
            with disk_in_words(home):
                new_upload(content * moments.randrange(1, 12))
        except InputError:
            pass
    broken = []
    for folder in home.glob("uploads/*"):
        if folder.name not in there:
            if not (folder / "name.json").is_file():
                broken.append(f"half an upload stays: {folder.name}")
            shutil.rmtree(folder)
    return broken


def _wait(pid: int, length: float) -> None:
    """Until a worker has ended; one that does not is killed, as its owner would."""
    deadline = time.monotonic() + 4 * length
    while not ended(pid):
        if time.monotonic() > deadline:
            os.killpg(pid, signal.SIGKILL)
            deadline = math.inf
        time.sleep(_POLL_SECONDS)


def _mount(folder: Path, *options: str) -> bool:
    return subprocess.run(["mount", *options, str(folder)], capture_output=True).returncode == 0


def _unmount(folder: Path) -> None:
    subprocess.run(["umount", "--lazy", str(folder)], check=True)

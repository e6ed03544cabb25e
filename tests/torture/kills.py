"""Processes that are killed at random moments: a training, the reading of a log."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import numpy as np

from deepfm.errors import InputError
from deepfm.runs.alive import HEARTBEAT
from deepfm.runs.intake import REQUEST, cancel_intake, read_intake
from deepfm.runs.process import start_worker
from deepfm.runs.run import Run
from deepfm.runs.store import delete_log, delete_run, list_logs
from deepfm.runs.workspace import common_workspace
from tests.torture.artefacts import finished, lost
from tests.torture.shop import (
    begin_intake,
    demo_bytes,
    done_run,
    ended,
    is_over,
    new_run,
    new_upload,
)
from tests.torture.shop import tracebacks as on_the_pages
from tests.torture.tally import Tally

# As soon as one of them is there the process is killed, in a part of the cases.
_OF_A_RUN = (
    "examples.parquet",
    "fields.json",
    "checkpoint/last.npz",
    "model.keras",
    "weights.npz",
    "evaluation.json",
    "contributions.parquet",
    "prospects.parquet",
)
_OF_A_LOG = ("worker.lock", "log.parquet", "log.json")
_SHARE_OF_FILES = 0.3
_POLL_SECONDS = 0.001
# What a killed process had just begun dies a moment later.
_DYING_SECONDS = 1.0
# Every page is opened after each so many kills, and after each one those that show what was killed.
_ALL_PAGES = 5
_CLOCK_JUMPS = (-86_400.0, -60.0, 60.0, 86_400.0)


def kill_trainings(home: Path, moments: random.Random, times: int, until: float) -> Tally:
    """Kill trainings again and again, and start each one again until it is done."""
    tally = Tally("kill -9 of a training")
    log, whole, length = done_run()
    run: Run | None = None
    while tally.tried < times and time.monotonic() < until:
        run = run or new_run(log)
        before = finished(home)
        pid = start_worker(run.folder)
        killed = _kill_in_time(pid, run.folder, _OF_A_RUN, moments, length)
        broken = lost(home, before)
        if not killed:
            if run.status.state != "done" or not _same_weights(run, whole):
                broken.append(f"{run.id} did not come to the same end: {run.status}")
            tally.lost += broken
            delete_run(common_workspace(), run.id)
            run = None
            continue
        _jump(run.folder / HEARTBEAT, moments)
        if (run.folder / HEARTBEAT).exists() and not is_over(run, _DYING_SECONDS):
            broken.append(f"{run.id} looks alive: {run.status}")
        address = {"run": run.id, "log": log.folder.name}
        names = () if tally.tried % _ALL_PAGES == 0 else ("training", "results", "runs")
        tally.count(broken, on_the_pages(*names, **address))
        if run.status.state == "done":
            # It was killed on its way out; to start it again would be to train it anew.
            if not _same_weights(run, whole):
                tally.lost.append(f"{run.id} did not come to the same end: {run.status}")
            delete_run(common_workspace(), run.id)
            run = None
    return tally


def kill_intakes(home: Path, moments: random.Random, times: int, until: float) -> Tally:
    """Kill readings again and again; each is begun anew until it is ready."""
    tally = Tally("kill -9 of an intake")
    content = demo_bytes(600)
    upload = new_upload(content)
    length = _read(begin_intake(upload), home)
    while tally.tried < times and time.monotonic() < until:
        before = finished(home)
        id = begin_intake(upload)
        folder = home / "logs" / id
        killed = _kill_in_time(worker_on(folder), folder, _OF_A_LOG, moments, length)
        broken = lost(home, before)
        _jump(folder / REQUEST, moments)
        ready = (folder / "log.json").is_file()
        state = read_intake(common_workspace(), id).state
        if state not in (("done",) if ready else ("lost", "failed")):
            broken.append(f"{id} is {state}")
        if ready and id not in [info.id for info in list_logs(common_workspace()) if info.log]:
            broken.append(f"{id} is ready and not listed")
        if killed:
            names = () if tally.tried % _ALL_PAGES == 0 else ("data",)
            tally.count(broken, on_the_pages(*names, intake=id))
        else:
            tally.lost += broken
        if ready:
            delete_log(common_workspace(), id)
            # Its upload went with it.
            upload = new_upload(content)
        else:
            cancel_intake(common_workspace(), id)
            if folder.exists():
                tally.lost.append(f"{id} stays after it was cancelled")
    return tally


def _kill_in_time(
    pid: int, folder: Path, files: tuple[str, ...], moments: random.Random, length: float
) -> bool:
    """Kill a child at a moment of its life; whether it had not ended before."""
    began = time.monotonic()
    moment = moments.uniform(0.0, length)
    waited_for = moments.choice(files) if moments.random() < _SHARE_OF_FILES else None
    there = waited_for is not None and (folder / waited_for).exists()
    while not ended(pid):
        if waited_for is not None and not there:
            due = (folder / waited_for).exists()
        else:
            due = time.monotonic() - began > moment
        if due:
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return True
        time.sleep(_POLL_SECONDS)
    return False


def _jump(path: Path, moments: random.Random) -> None:
    """Set the clock, as far as this file knows of it."""
    if path.exists():
        then = time.time() + moments.choice(_CLOCK_JUMPS)
        os.utime(path, (then, then))


def _read(id: str, home: Path) -> float:
    """Wait until a log is ready; how many seconds that took."""
    began = time.monotonic()
    os.waitpid(worker_on(home / "logs" / id), 0)
    assert read_intake(common_workspace(), id).state == "done"
    return time.monotonic() - began


def worker_on(folder: Path) -> int:
    """Our child that works on ``folder``."""
    named = str(folder).encode()
    while True:
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        for pid in children:
            if named in Path(f"/proc/{pid}/cmdline").read_bytes():
                return int(pid)


def _same_weights(run: Run, other: Run) -> bool:
    try:
        with (
            np.load(run.folder / "weights.npz") as ours,
            np.load(other.folder / "weights.npz") as theirs,
        ):
            return all(np.array_equal(ours[name], theirs[name]) for name in theirs.files)
    except (OSError, InputError):
        return False

"""A disk that fills up or takes nothing, as a small file system of its own."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from deepfm.errors import InputError
from deepfm.log.guess import guess_mapping
from deepfm.log.log import Log
from deepfm.log.source.part import Dialect
from deepfm.runs.create import create_run
from deepfm.runs.disk import disk_in_words, disk_trouble
from deepfm.runs.files import write_json
from deepfm.runs.intake import read_intake, start_intake
from deepfm.runs.process import end_worker, start_worker
from deepfm.runs.run import Run
from deepfm.runs.status import Status
from deepfm.runs.store import list_runs, open_log
from deepfm.runs.uploads import keep_upload, source_of
from deepfm.runs.workspace import common_workspace
from deepfm.task.question import Question
from deepfm.training.settings import TrainingSettings

Waiter = Callable[..., Status]

FULL = "The disk is full."
SETTINGS = TrainingSettings(epochs=4, batch_size=8, evaluations_per_epoch=2)
FEATURES = ["days_since_last", "since:cart", "favorite:category"]


def _mounted(folder: Path, *options: str) -> bool:
    return subprocess.run(["mount", *options, str(folder)], capture_output=True).returncode == 0


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home folder on a disk of 40 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    if not _mounted(folder, "-t", "tmpfs", "-o", "size=40m", "tmpfs"):
        pytest.skip("only root may mount a file system")
    monkeypatch.setenv("DEEPFM_HOME", str(folder))
    try:
        yield folder
    finally:
        for info in list_runs(common_workspace()):
            end_worker(info.folder)
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def run_there(log: Log, small_disk: Path) -> Run:
    shutil.copytree(log.folder, small_disk / "logs" / log.folder.name)
    there = open_log(common_workspace(), log.folder.name)
    return create_run(common_workspace(), there, Question(("purchase",)), SETTINGS, FEATURES)


def _fill(disk: Path) -> Path:
    filler = disk / "filler"
    with filler.open("ab", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    file.write(b"0" * size)
            except OSError as error:
                assert error.errno == errno.ENOSPC
    return filler


def _weights(run: Run) -> dict[str, np.ndarray]:
    with np.load(run.folder / "weights.npz") as stored:
        return {name: stored[name] for name in stored.files}


@pytest.fixture(scope="module")
def undisturbed(log: Log, wait_for: Waiter) -> Run:
    run = create_run(common_workspace(), log, Question(("purchase",)), SETTINGS, FEATURES)
    start_worker(run.folder)
    assert wait_for(run, lambda status: not status.active).state == "done"
    return run


@pytest.mark.parametrize("state", ["training", "evaluating"])
def test_a_disk_that_fills_up_is_said_and_nothing_done_is_lost(
    undisturbed: Run, small_disk: Path, run_there: Run, wait_for: Waiter, state: str
) -> None:
    start_worker(run_there.folder)
    wait_for(run_there, lambda status: status.state == state)
    filler = _fill(small_disk)
    status = wait_for(run_there, lambda status: not status.active)
    assert status.state == "failed"
    assert FULL in str(status.message)
    assert [info.id for info in list_runs(common_workspace())] == [run_there.id]
    assert not run_there.prospects.exists()
    filler.unlink()
    begun = run_there.checkpoint.is_dir()
    start_worker(run_there.folder)
    status = wait_for(run_there, lambda status: not status.active)
    assert status.state == "done", status
    assert begun or state != "evaluating"
    # As if nothing had been.
    ours, theirs = _weights(run_there), _weights(undisturbed)
    assert all(np.array_equal(ours[name], theirs[name]) for name in theirs)
    assert not list(run_there.folder.rglob(".draft-*"))


def test_a_full_disk_starts_no_run_and_leaves_the_old_ones(
    small_disk: Path, run_there: Run
) -> None:
    before = run_there.settings
    filler = _fill(small_disk)
    with pytest.raises(OSError) as raised:
        create_run(common_workspace(), run_there.log(), run_there.question, SETTINGS, FEATURES)
    assert FULL in str(disk_trouble(small_disk, raised.value))
    with pytest.raises(OSError):
        write_json(run_there.folder / "settings.json", replace(SETTINGS, epochs=9).to_json())
    assert run_there.settings == before
    assert not list(run_there.folder.glob(".draft-*"))
    filler.unlink()
    assert [info.id for info in list_runs(common_workspace())] == [run_there.id]


def test_a_disk_that_turns_read_only_is_said(
    small_disk: Path, run_there: Run, wait_for: Waiter
) -> None:
    start_worker(run_there.folder)
    wait_for(run_there, lambda status: status.state == "training")
    pid = end_worker(run_there.folder)
    assert pid is None
    assert _mounted(small_disk, "-o", "remount,ro")
    status = wait_for(run_there, lambda status: not status.active)
    assert f"Nothing can be written to {run_there.folder}." in str(status.message)
    assert "无法写入" in str(status.message and status.message.text("zh"))
    with pytest.raises(InputError, match="Nothing can be written"), disk_in_words(small_disk):
        start_worker(run_there.folder)
    assert _mounted(small_disk, "-o", "remount,rw")
    start_worker(run_there.folder)
    assert wait_for(run_there, lambda status: not status.active).state == "done"


def test_an_upload_that_does_not_fit_leaves_nothing_behind(small_disk: Path) -> None:
    with pytest.raises(InputError, match=FULL), disk_in_words(small_disk):
        keep_upload(common_workspace(), [(BytesIO(bytes(48 << 20)), "large.csv")])
    assert not list((small_disk / "uploads").iterdir())


def test_a_log_that_does_not_fit_is_refused_in_words(small_disk: Path, demo_csv: Path) -> None:
    with demo_csv.open("rb") as file:
        upload = keep_upload(common_workspace(), [(file, "demo.csv")])
    filler = _fill(small_disk)
    os.truncate(filler, filler.stat().st_size - (1 << 19))
    id = start_intake(common_workspace(), upload, Dialect(), guess_mapping(source_of(upload)))
    while (intake := read_intake(common_workspace(), id)).state == "working":
        time.sleep(0.1)
    assert intake.state in ("failed", "lost")
    assert FULL in str(intake.words)


def test_other_errors_are_not_the_disks(tmp_path: Path) -> None:
    assert disk_trouble(tmp_path, "no such thing") is None
    with pytest.raises(FileNotFoundError), disk_in_words(tmp_path):
        (tmp_path / "nothing").read_text()

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from deepfm.errors import InputError
from deepfm.language import Sentence
from deepfm.runs.alive import living, worker_pid
from deepfm.runs.status import Status, read_status, write_status


def _age(path: Path, seconds: float) -> None:
    path.touch()
    os.utime(path, (time.time() - seconds,) * 2)


def test_a_status_comes_back_as_it_was_written(tmp_path: Path) -> None:
    note = Sentence("{first}, {rest}", first=Sentence("Month"), rest="x")
    status = Status("done", step=Sentence("Done"), progress=1.0, notes=(note,), auc=0.8, people=7)
    written = write_status(tmp_path, status)
    assert read_status(tmp_path) == written
    assert [path.name for path in tmp_path.iterdir()] == ["status.json"]


def test_a_worker_is_known_by_the_lock_that_it_holds(tmp_path: Path) -> None:
    assert worker_pid(tmp_path) is None
    with living(tmp_path):
        assert worker_pid(tmp_path) == os.getpid()
        with pytest.raises(InputError, match="already at work"), living(tmp_path):
            pass
    assert worker_pid(tmp_path) is None


def test_an_active_run_without_a_worker_is_lost(tmp_path: Path) -> None:
    write_status(tmp_path, Status("training"))
    _age(tmp_path / "heartbeat", 10)
    assert read_status(tmp_path).state == "lost"


def test_a_worker_that_hangs_is_lost_after_half_a_minute(tmp_path: Path) -> None:
    write_status(tmp_path, Status("training"))
    with living(tmp_path):
        assert read_status(tmp_path).state == "training"
    with (tmp_path / "worker.lock").open("a") as file:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)
        _age(tmp_path / "heartbeat", 31)
        status = read_status(tmp_path)
    assert status.state == "lost"
    assert "31 seconds" in str(status.message)


def test_a_run_that_never_began_is_lost_after_half_a_minute(tmp_path: Path) -> None:
    queued = write_status(tmp_path, Status())
    assert read_status(tmp_path).state == "queued"
    text = (tmp_path / "status.json").read_text()
    old = replace(queued, updated=queued.updated - 31)
    (tmp_path / "status.json").write_text(text.replace(str(queued.updated), str(old.updated)))
    assert read_status(tmp_path).state == "lost"


def test_a_worker_that_cannot_begin_has_failed_with_its_last_line(tmp_path: Path) -> None:
    write_status(tmp_path, Status())
    (tmp_path / "worker.log").write_text("python: No module named deepfm.runs\n")
    status = read_status(tmp_path)
    assert status.state == "failed"
    assert "No module named deepfm.runs" in str(status.message)


def test_an_ended_run_stays_as_it_ended(tmp_path: Path) -> None:
    write_status(tmp_path, Status("failed", message=Sentence("Waiting")))
    _age(tmp_path / "heartbeat", 1000)
    assert read_status(tmp_path).message == Sentence("Waiting")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"state": "done"}'])
def test_a_broken_status_is_refused_in_words(tmp_path: Path, text: str) -> None:
    (tmp_path / "status.json").write_text(text)
    with pytest.raises(InputError, match=r"status\.json"):
        read_status(tmp_path)


def test_a_clock_that_was_set_back_hides_no_death(tmp_path: Path) -> None:
    write_status(tmp_path, Status("training"))
    _age(tmp_path / "heartbeat", -3600)
    assert read_status(tmp_path).state == "lost"
    with living(tmp_path):
        _age(tmp_path / "heartbeat", -3600)
        assert read_status(tmp_path).state == "training"

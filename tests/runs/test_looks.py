"""Looks are taken by a process of their own: once, in turn, and only while somebody asks."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from deepfm.errors import InputError
from deepfm.features.catalogue import feature_catalogue
from deepfm.features.strength import feature_strengths
from deepfm.log.log import Log
from deepfm.runs.alive import worker_pid
from deepfm.runs.look_worker import NobodyAsksError, main, take_look
from deepfm.runs.looks import REQUEST, WANTED, Look, forget_look, look_at
from deepfm.runs.previews import preview_examples
from deepfm.runs.process import end_worker
from deepfm.runs.queue import few, turn
from deepfm.task.question import Question, default_question


@pytest.fixture
def own_log(log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Log:
    """The shared log, in a home of the test's own."""
    monkeypatch.setenv("DEEPFM_HOME", str(tmp_path))
    folder = tmp_path / "logs" / log.folder.name
    shutil.copytree(log.folder, folder, ignore=shutil.ignore_patterns("previews"))
    return Log.open(folder)


@pytest.fixture
def question(own_log: Log) -> Question:
    return default_question(own_log)


@pytest.fixture
def names(own_log: Log, question: Question) -> list[str]:
    return [f.name for f in feature_catalogue(own_log, question) if f.default]


def _ended(log: Log, question: Question, names: list[str], seconds: float = 60) -> Look:
    deadline = time.monotonic() + seconds
    while (look := look_at(log, question, names)).state == "working":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return look


def _folder(log: Log) -> Path:
    (request,) = (log.folder / "previews").glob(f"*/{REQUEST}")
    return request.parent


def test_a_look_brings_the_examples_and_what_makes_careful(
    own_log: Log, question: Question, names: list[str]
) -> None:
    first = look_at(own_log, question, names)
    assert (first.state, first.examples, first.guards) == ("working", None, None)
    look = _ended(own_log, question, names)
    assert look.state == "done"
    assert look.examples == preview_examples(own_log, question)
    assert look.guards is not None
    frame = pd.read_parquet(look.examples)
    features = [f for f in feature_catalogue(own_log, question) if f.name in names]
    train, valid = (frame[frame["part"] == part] for part in ("train", "valid"))
    pd.testing.assert_frame_equal(
        look.guards.strengths, feature_strengths(train, valid, features), check_exact=True
    )


def test_it_is_taken_once_however_many_ask(
    own_log: Log, question: Question, names: list[str]
) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: look_at(own_log, question, names), range(16)))
    folder = _folder(own_log)
    assert _ended(own_log, question, names).state == "done"
    written = (folder / "guards.json").stat().st_mtime_ns
    assert look_at(own_log, question, list(reversed(names))).state == "done"
    assert (folder / "guards.json").stat().st_mtime_ns == written


def test_other_features_share_the_examples(
    own_log: Log, question: Question, names: list[str]
) -> None:
    path = _ended(own_log, question, names).examples
    assert path is not None
    fewer = look_at(own_log, question, names[:3])
    assert (fewer.state, fewer.examples) == ("working", path)
    guards = _ended(own_log, question, names[:3]).guards
    assert guards is not None
    assert guards.strengths["name"].tolist() == names[:3]


def test_why_it_failed_is_said_until_one_tries_again(
    own_log: Log, question: Question, names: list[str]
) -> None:
    long = replace(question, horizon_days=60)
    look = _ended(own_log, long, names)
    assert look.state == "failed"
    assert "days of history" in str(look.words)
    assert look_at(own_log, long, names).state == "failed"
    forget_look(own_log, long, names)
    assert look_at(own_log, long, names).state == "working"
    assert _ended(own_log, long, names).state == "failed"


def test_a_killed_one_is_said_to_be(own_log: Log, question: Question, names: list[str]) -> None:
    look_at(own_log, question, names)
    folder, deadline = _folder(own_log), time.monotonic() + 30
    while (pid := worker_pid(folder)) is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    look = _ended(own_log, question, names)
    assert look.state == "failed"
    assert "ended without a word" in str(look.words)
    forget_look(own_log, question, names)
    assert _ended(own_log, question, names).state == "done"


def test_it_waits_for_its_turn_and_is_given_up_when_nobody_asks(
    own_log: Log, question: Question, names: list[str]
) -> None:
    def refuse(before: int) -> None:
        raise AssertionError(before)

    with turn("looks", few(), refuse):
        look_at(own_log, question, names)
        folder, deadline = _folder(own_log), time.monotonic() + 30
        while "Waiting for 1 earlier previews" not in str(look_at(own_log, question, names).words):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        end_worker(folder)
        before = time.time() - 3_600
        os.utime(folder / WANTED, (before, before))
        with pytest.raises(NobodyAsksError):
            take_look(folder)
        assert main(folder) == 0
    assert not folder.exists()


def test_the_process_writes_why_it_failed(
    own_log: Log, question: Question, names: list[str]
) -> None:
    long = replace(question, horizon_days=60)
    look_at(own_log, long, names)
    _ended(own_log, long, names)
    folder = _folder(own_log)
    with pytest.raises(InputError, match="days of history"):
        take_look(folder)
    assert main(folder) == 1
    failure = json.loads((folder / "failure.json").read_text(encoding="utf-8"))
    assert "days of history" in failure["template"]


def test_those_that_are_forgotten_take_their_looks_along(
    own_log: Log, question: Question, names: list[str]
) -> None:
    _ended(own_log, question, names)
    folder = _folder(own_log)
    for days in range(1, 5):
        preview_examples(own_log, replace(question, horizon_days=days))
    assert not folder.exists()
    assert _ended(own_log, question, names).state == "done"

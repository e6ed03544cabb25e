from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from deepfm.errors import InputError
from deepfm.log.log import Log
from deepfm.runs.alive import worker_pid
from deepfm.runs.create import create_run
from deepfm.runs.process import request_stop, start_worker
from deepfm.runs.run import Run
from deepfm.runs.status import Status
from deepfm.runs.store import delete_log, delete_run, list_runs
from deepfm.runs.workspace import common_workspace
from deepfm.task.question import Question
from deepfm.training.settings import TrainingSettings

Waiter = Callable[..., Status]


def _has_a_model(run: Run) -> bool:
    metrics = run.metrics()
    return bool((metrics["kind"] == "evaluation").sum() >= 2)


def test_stop_keeps_the_best_model_and_finishes_the_list(started: Run, wait_for: Waiter) -> None:
    wait_for(started, lambda _: _has_a_model(started))
    request_stop(started.folder)
    status = wait_for(started, lambda status: not status.active)
    assert (status.state, status.stopped, status.progress) == ("done", "user", 1.0)
    assert len(pd.read_parquet(started.prospects)) == status.people
    metrics = started.metrics()
    best = metrics[metrics["kind"] == "evaluation"]["valid_auc"].max()
    np.testing.assert_allclose(started.evaluation()["valid_auc"], best, atol=1e-4)


def test_a_killed_worker_is_soon_lost_and_in_words(started: Run, wait_for: Waiter) -> None:
    wait_for(started, lambda status: status.state == "training")
    pid = worker_pid(started.folder)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    status = wait_for(started, lambda status: not status.active, seconds=10)
    assert status.state == "lost"
    assert status.message is not None
    assert "训练进程已不存在" in status.message.text("zh")


def test_delete_ends_the_worker_and_the_log_is_guarded_meanwhile(
    started: Run, log: Log, wait_for: Waiter
) -> None:
    wait_for(started, lambda status: status.state == "training")
    pid = worker_pid(started.folder)
    assert pid is not None
    with pytest.raises(InputError, match=started.id):
        delete_log(common_workspace(), log.folder.name)
    delete_run(common_workspace(), started.id)
    assert not started.folder.exists()
    # The worker was our child, so its end leaves a status to collect.
    assert os.waitpid(pid, 0)[1] != 0
    assert started.id not in [info.id for info in list_runs(common_workspace())]


def test_one_works_the_others_wait_and_a_waiting_one_can_be_stopped(
    started: Run, log: Log, wait_for: Waiter, question: Question, settings: TrainingSettings
) -> None:
    wait_for(started, lambda status: status.state == "training")
    second = create_run(common_workspace(), log, question, settings)
    start_worker(second.folder)
    status = wait_for(second, lambda status: status.position == 1)
    assert status.state == "queued"
    request_stop(second.folder)
    assert wait_for(second, lambda status: not status.active).state == "stopped"
    assert started.status.state == "training"


def test_a_question_that_the_log_cannot_answer_fails_in_words(
    log: Log, wait_for: Waiter, settings: TrainingSettings
) -> None:
    run = create_run(common_workspace(), log, Question(("purchase",), horizon_days=40), settings)
    start_worker(run.folder)
    status = wait_for(run, lambda status: not status.active)
    assert status.state == "failed"
    assert status.message is not None
    assert "148 days of history" in status.message.text()


def test_a_crash_shows_the_last_line_of_its_traceback(
    log: Log, wait_for: Waiter, question: Question, settings: TrainingSettings
) -> None:
    run = create_run(common_workspace(), log, question, replace(settings, epochs=1))
    (run.folder / "examples.parquet").mkdir()  # writing the examples must fail
    start_worker(run.folder)
    status = wait_for(run, lambda status: not status.active)
    assert status.state == "failed"
    assert status.message is not None
    assert "ended unexpectedly" in status.message.text()
    assert "examples.parquet" in status.message.text()
    assert "Traceback" in (run.folder / "worker.log").read_text(encoding="utf-8")


def test_the_worker_shows_signs_of_life(started: Run, wait_for: Waiter) -> None:
    wait_for(started, lambda status: status.state == "training")
    assert time.time() - (started.status.heartbeat or 0) < 5
    assert started.status.device

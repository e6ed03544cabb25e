"""A run that was killed goes on; one that is done can be made longer or be changed."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from deepfm.log.log import Log
from deepfm.model.settings import ModelSettings
from deepfm.runs.again import as_draft, longer
from deepfm.runs.alive import worker_pid
from deepfm.runs.create import create_run
from deepfm.runs.process import end_worker, request_stop, start_worker
from deepfm.runs.run import Run
from deepfm.runs.status import Status
from deepfm.runs.workspace import common_workspace
from deepfm.task.question import Question
from deepfm.training.search import apply
from deepfm.training.settings import TrainingSettings

Waiter = Callable[..., Status]

# Steps of one example each take long, so that a kill meets the training.
SLOW = TrainingSettings(
    model=ModelSettings(dim=4, units=(8,), dropout=0.1),
    batch_size=1,
    epochs=12,
    evaluations_per_epoch=3,
    patience=1000,
)
FEATURES = ["days_since_last", "since:cart", "favorite:category"]
# More by hand: the whole of the issue asks for 20.
KILLS = int(os.environ.get("DEEPFM_TEST_KILLS", "4"))


def _done(run: Run, wait_for: Waiter) -> Run:
    start_worker(run.folder)
    status = wait_for(run, lambda status: not status.active)
    assert status.state == "done", status
    return run


@pytest.fixture(scope="module")
def whole(log: Log, wait_for: Waiter) -> Run:
    """Never interrupted."""
    return _done(
        create_run(common_workspace(), log, Question(("purchase",)), SLOW, FEATURES), wait_for
    )


@pytest.fixture
def interrupted(log: Log) -> Iterator[Run]:
    run = create_run(common_workspace(), log, Question(("purchase",)), SLOW, FEATURES)
    yield run
    end_worker(run.folder)


def _kill(run: Run) -> None:
    pid = worker_pid(run.folder)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def _weights(run: Run) -> dict[str, np.ndarray]:
    with np.load(run.folder / "weights.npz") as stored:
        return {name: stored[name] for name in stored.files}


def test_killed_again_and_again_it_ends_with_the_same_weights(
    whole: Run, interrupted: Run, wait_for: Waiter
) -> None:
    moments = random.Random(7)
    start_worker(interrupted.folder)
    for _ in range(KILLS):
        wait_for(interrupted, lambda status: worker_pid(interrupted.folder) is not None)
        time.sleep(moments.uniform(0.0, 7.0))
        if interrupted.status.state == "done":
            break
        _kill(interrupted)
        status = wait_for(interrupted, lambda status: not status.active)
        assert status.state == "lost"
        start_worker(interrupted.folder)
        assert interrupted.status.active
    status = wait_for(interrupted, lambda status: not status.active)
    assert status.state == "done", status
    ours, theirs = _weights(interrupted), _weights(whole)
    assert ours.keys() == theirs.keys()
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)
    # The curves go on where they stood: every look is there once, as in the other run.
    looks = [
        run.metrics().loc[lambda t: t["kind"] == "evaluation", ["step", "valid_auc", "train_loss"]]
        for run in (interrupted, whole)
    ]
    pd.testing.assert_frame_equal(*(table.reset_index(drop=True) for table in looks))
    steps = interrupted.metrics().loc[lambda t: t["kind"] == "step", "step"]
    assert steps.is_monotonic_increasing and steps.is_unique
    lists = [pd.read_parquet(run.prospects) for run in (interrupted, whole)]
    pd.testing.assert_frame_equal(*lists)


def test_a_killed_comparison_needs_no_second_training(whole: Run, wait_for: Waiter) -> None:
    """All but the training is done again where a run was killed after it."""
    before = _weights(whole)
    (whole.folder / "prospects.parquet").unlink()
    started = time.monotonic()
    _done(whole, wait_for)
    assert time.monotonic() - started < 60
    assert whole.prospects.exists()
    assert all(np.array_equal(before[name], value) for name, value in _weights(whole).items())


def test_a_broken_checkpoint_is_said_and_the_training_begins_anew(
    log: Log, wait_for: Waiter
) -> None:
    settings = replace(SLOW, batch_size=256, epochs=2)
    run = _done(
        create_run(common_workspace(), log, Question(("purchase",)), settings, FEATURES), wait_for
    )
    before = _weights(run)
    (run.checkpoint / "last.npz").write_bytes(b"no archive")
    _done(run, wait_for)
    assert any("began anew" in note.text() for note in run.status.notes)
    assert all(np.array_equal(before[name], value) for name, value in _weights(run).items())
    looks = run.metrics()["kind"].eq("evaluation").sum()
    assert looks == settings.epochs * settings.evaluations_per_epoch


def test_a_run_is_made_longer_as_another_run(log: Log, wait_for: Waiter) -> None:
    short = replace(SLOW, batch_size=128, epochs=2, patience=4)
    question = Question(("purchase",))
    run = _done(create_run(common_workspace(), log, question, short, FEATURES), wait_for)
    more = longer(run)
    assert more.id != run.id
    assert (more.settings.epochs, more.settings.patience) == (4, 8)
    _done(more, wait_for)
    straight = create_run(
        common_workspace(), log, question, replace(short, epochs=4, patience=8), FEATURES
    )
    _done(straight, wait_for)
    ours, theirs = _weights(more), _weights(straight)
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)
    assert more.status.optimizer_step == 2 * run.status.optimizer_step
    assert run.status.state == "done"


def test_a_run_becomes_the_draft_of_another_one(done: Run, log: Log) -> None:
    draft = as_draft(done)
    assert (draft.question, draft.settings) == (done.question, done.settings)
    assert draft.features(log) == list(done.words)


def test_a_stop_of_before_does_not_stop_it_again(interrupted: Run, wait_for: Waiter) -> None:
    start_worker(interrupted.folder)
    wait_for(interrupted, lambda status: status.state == "training")
    request_stop(interrupted.folder)
    _kill(interrupted)
    wait_for(interrupted, lambda status: not status.active)
    start_worker(interrupted.folder)
    status = wait_for(
        interrupted, lambda status: status.state == "training" and status.optimizer_step > 1
    )
    assert status.active
    _kill(interrupted)


def test_a_killed_search_goes_on_and_its_choice_is_kept(log: Log, wait_for: Waiter) -> None:
    settings = TrainingSettings(epochs=2, search_minutes=0.3)
    run = create_run(common_workspace(), log, Question(("purchase",)), settings, FEATURES)
    start_worker(run.folder)
    wait_for(run, lambda status: len(run.trials()) >= 2)
    assert "Looking for better settings" in str(run.status.step)
    _kill(run)
    wait_for(run, lambda status: not status.active)
    before = run.trials()
    _done(run, wait_for)
    assert run.trials()[: len(before)] == before
    assert len(run.trials()) > len(before)
    best = max((t for t in run.trials() if t["state"] == "done"), key=lambda t: t["auc"])
    assert run.chosen == apply(settings, best["values"])
    looks = run.metrics().loc[lambda t: t["kind"] == "evaluation", "valid_auc"]
    assert looks.max() >= run.trials()[0]["auc"] - 1e-9
    assert as_draft(run).settings == replace(run.chosen, search_minutes=0.0)
    more = longer(run)
    assert replace(more.chosen, epochs=2, patience=5) == run.chosen


def test_a_loss_that_is_no_number_ends_with_the_best_model_and_advice(
    interrupted: Run, wait_for: Waiter
) -> None:
    """No log was found that leads there, so the weights themselves are poisoned."""
    path = interrupted.checkpoint / "last.npz"

    def kept_best(status: Status) -> bool:
        return path.exists() and bool(list(path.parent.glob("best-[1-9]*.npz")))

    start_worker(interrupted.folder)
    wait_for(interrupted, kept_best)
    end_worker(interrupted.folder)
    with np.load(path) as stored:
        kept = {name: stored[name] for name in stored.files}
    largest = max(kept, key=lambda name: kept[name].size if kept[name].dtype.kind == "f" else 0)
    kept[largest] = np.full_like(kept[largest], np.nan)
    np.savez(path, **kept)
    start_worker(interrupted.folder)
    status = wait_for(interrupted, lambda status: not status.active)
    assert (status.state, status.stopped) == ("done", "astray"), status
    assert any("Try a learning rate of 0.0001." in note.text() for note in status.notes)
    assert any("学习率" in note.text("zh") for note in status.notes)
    people = pd.read_parquet(interrupted.prospects)
    assert np.isfinite(people["score"]).all()
    assert all(np.isfinite(values).all() for values in _weights(interrupted).values())

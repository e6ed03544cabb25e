"""Runs that two workers train: to the end, whoever is killed, and to the AUC of one worker."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from crews import QUESTION, SETTINGS, wait_until, workers_of

from deepfm.log.log import Log
from deepfm.runs.create import create_run
from deepfm.runs.places import SETTING
from deepfm.runs.process import request_stop, start_worker
from deepfm.runs.run import Run
from deepfm.runs.status import Status
from deepfm.runs.workspace import common_workspace

pytestmark = pytest.mark.crew

Maker = Callable[..., Run]
Waiter = Callable[..., Status]


def weights(run: Run) -> dict[str, np.ndarray]:
    with np.load(run.folder / "weights.npz") as stored:
        return {name: stored[name] for name in stored.files}


def assert_same(run: Run, other: Run) -> None:
    """Bit by bit, and with every look there once."""
    ours, theirs = weights(run), weights(other)
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours | theirs)
    looks = [r.metrics().query("kind == 'evaluation'")[["step", "valid_auc"]] for r in (run, other)]
    np.testing.assert_array_equal(*looks)


def ended(run: Run, wait_for: Waiter) -> Status:
    status = wait_for(run, lambda status: not status.active, 240.0)
    wait_until(lambda: not workers_of(run), 10.0)
    assert not list(run.folder.glob(".draft-*"))
    assert not (run.folder / "crew.json").exists()
    return status


def done(run: Run, wait_for: Waiter) -> Run:
    status = ended(run, wait_for)
    assert status.state == "done", status
    return run


@pytest.fixture(scope="module")
def undisturbed(log: Log, wait_for: Waiter) -> Iterator[Run]:
    """Two workers, and nobody kills one."""
    run = create_run(common_workspace(), log, QUESTION, SETTINGS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SETTING, "2")
        start_worker(run.folder)
    yield done(run, wait_for)


def under_way(run: Run) -> None:
    """Wait until it trains, and there is something to go on from."""
    wait_until(lambda: (run.checkpoint / "last.npz").exists() and len(workers_of(run)) == 2)


@pytest.mark.parametrize("rank", [0, 1])
def test_a_worker_is_killed_and_the_run_ends_with_the_same_model(
    rank: int, undisturbed: Run, make_run: Maker, wait_for: Waiter
) -> None:
    run = make_run(2)
    start_worker(run.folder)
    under_way(run)
    os.kill(workers_of(run)[rank], signal.SIGKILL)
    done(run, wait_for)
    assert_same(run, undisturbed)
    assert run.status.auc == undisturbed.status.auc
    notes = [note.text() for note in run.status.notes]
    assert any(note.startswith(f"Worker {rank + 1} was lost. All went on") for note in notes)


def test_the_process_that_leads_them_is_killed_and_the_run_is_resumed(
    undisturbed: Run, make_run: Maker, wait_for: Waiter
) -> None:
    run = make_run(2)
    leader = start_worker(run.folder)
    under_way(run)
    os.kill(leader, signal.SIGKILL)
    wait_until(lambda: not workers_of(run), 10.0)
    wait_for(run, lambda status: status.state == "lost")
    start_worker(run.folder)
    assert_same(done(run, wait_for), undisturbed)


def test_two_workers_reach_the_auc_of_one(
    undisturbed: Run, make_run: Maker, wait_for: Waiter
) -> None:
    one = make_run(1)
    start_worker(one.folder)
    done(one, wait_for)
    assert undisturbed.status.device == f"2 × {one.status.device}"
    assert undisturbed.status.auc == pytest.approx(one.status.auc, abs=0.001)


def test_it_is_stopped_and_keeps_its_best(make_run: Maker, wait_for: Waiter) -> None:
    run = make_run(2, epochs=1000, patience=1000)
    start_worker(run.folder)
    under_way(run)
    request_stop(run.folder)
    done(run, wait_for)
    assert run.status.stopped == "user"

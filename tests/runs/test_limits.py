from __future__ import annotations

import io
from pathlib import Path

import pytest

from deepfm.errors import InputError
from deepfm.log.log import Log
from deepfm.runs.create import create_run
from deepfm.runs.job import carry_out
from deepfm.runs.limits import (
    Limits,
    check_columns,
    check_examples,
    check_room,
    check_runs,
    disk_use,
    limits,
)
from deepfm.runs.process import start_worker
from deepfm.runs.store import delete_run
from deepfm.runs.uploads import keep_upload, source_of
from deepfm.runs.workspace import Workspace, common_workspace
from deepfm.task.question import Question
from deepfm.training.settings import TrainingSettings


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def test_the_limits_are_settings_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    assert limits() == Limits()
    monkeypatch.setenv("DEEPFM_MOST_RUNS", "3")
    assert limits() == Limits(runs=3)
    for text in ("0", "-1", "many", "1.5", "٣"):
        monkeypatch.setenv("DEEPFM_MOST_RUNS", text)
        with pytest.raises(InputError, match=f"DEEPFM_MOST_RUNS is {text}"):
            limits()


def test_of_a_too_large_upload_nothing_is_kept(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deepfm.runs.limits._GIB", 1000)
    monkeypatch.setenv("DEEPFM_MOST_UPLOAD_GIB", "1")
    keep_upload(workspace, [(io.BytesIO(b"x" * 1000), "log.csv")])
    with pytest.raises(InputError, match="larger than the 1 GiB"):
        keep_upload(workspace, [(io.BytesIO(b"x" * 600), "a.csv"), (io.BytesIO(b"x" * 600), "b")])
    assert len(list(workspace.uploads.iterdir())) == 1


def test_a_log_with_too_many_columns_is_refused_before_it_is_read(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = keep_upload(workspace, [(io.BytesIO(b"user,time,a,b\n1,2024-01-01,3,4\n"), "log.csv")])
    monkeypatch.setenv("DEEPFM_MOST_COLUMNS", "4")
    assert len(source_of(upload).columns) == 4
    monkeypatch.setenv("DEEPFM_MOST_COLUMNS", "3")
    with pytest.raises(InputError, match="4 columns; this server takes 3"):
        source_of(upload)
    check_columns(3)


def test_a_full_workspace_begins_nothing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_upload(workspace, [(io.BytesIO(b"x" * 3000), "log.csv")])
    assert disk_use(workspace.folder) > 3000
    assert disk_use(workspace.folder / "nothing") == 0
    check_room(workspace)
    monkeypatch.setattr("deepfm.runs.limits._GIB", 1000)
    monkeypatch.setenv("DEEPFM_MOST_DISK_GIB", "2")
    with pytest.raises(InputError, match="2 GiB are allowed"):
        keep_upload(workspace, [(io.BytesIO(b"x"), "log.csv")])
    with pytest.raises(InputError, match="2 GiB are allowed"):
        check_runs(workspace)


def test_only_so_many_runs_are_kept(
    log: Log, settings: TrainingSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(tmp_path)
    first, _ = (create_run(workspace, log, Question(("purchase",)), settings) for _ in range(2))
    monkeypatch.setenv("DEEPFM_MOST_RUNS", "2")
    with pytest.raises(InputError, match="There are 2 runs, and 2 are allowed"):
        create_run(workspace, log, Question(("purchase",)), settings)
    delete_run(workspace, first.id)
    create_run(workspace, log, Question(("purchase",)), settings)


def test_too_many_examples_are_said_before_they_are_made(
    log: Log, settings: TrainingSettings, monkeypatch: pytest.MonkeyPatch, wait_for: object
) -> None:
    check_examples(10, 10)
    run = create_run(common_workspace(), log, Question(("purchase",)), settings)
    monkeypatch.setenv("DEEPFM_MOST_EXAMPLES", "99")
    with pytest.raises(InputError, match="100 examples; this server takes 99"):
        check_examples(10, 10)
    start_worker(run.folder)
    status = wait_for(run, lambda status: not status.active)
    assert status.state == "failed"
    assert "this server takes 99" in status.message.text()
    assert not run.examples.is_file()


def test_a_question_that_needs_more_memory_than_is_allowed_says_which_setting_it_is(
    log: Log, settings: TrainingSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = create_run(tmp_path / "run", log, Question(("purchase",)), settings)
    monkeypatch.setenv("DEEPFM_MOST_MEMORY_MB", "8")
    with pytest.raises(InputError, match=r"may take 8 MB.*DEEPFM_MOST_MEMORY_MB"):
        carry_out(run.folder)
    assert run.status.state == "failed"
    assert not run.examples.is_file()

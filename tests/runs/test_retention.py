from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from deepfm.__main__ import main
from deepfm.runs.alive import living
from deepfm.runs.example import open_example
from deepfm.runs.home import created_at
from deepfm.runs.members import Member, open_workspace
from deepfm.runs.retention import outdated, purge
from deepfm.runs.run import Run
from deepfm.runs.uploads import keep_demo
from deepfm.runs.workspace import Workspace


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """One of long ago."""
    monkeypatch.setenv("DEEPFM_HOME", str(tmp_path))
    run = open_example(Workspace(tmp_path))
    return Run(run.folder.rename(run.folder.with_name("20240101-120000-3fa9")))


def test_what_is_older_is_found_and_goes(run: Run) -> None:
    workspace = Workspace.holding(run.folder)
    new = keep_demo(workspace, users=100)
    later = created_at(run.id) + timedelta(days=30)
    assert not list(outdated(workspace, 31, later))
    (found,) = outdated(workspace, 29, later)
    assert (found.kind, found.folder, found.created) == ("run", run.folder, created_at(run.id))
    assert found.size == sum(p.stat().st_size for p in run.folder.rglob("*") if p.is_file())
    assert purge(found) == found.size
    assert purge(found) == 0
    assert not list(workspace.runs.iterdir())
    later = datetime.now() + timedelta(days=1)
    assert {one.kind for one in outdated(workspace, 0, later)} == {"log", "upload"}
    assert new.folder.is_dir()


def test_what_is_at_work_stays(run: Run) -> None:
    workspace = Workspace.holding(run.folder)
    now = created_at(run.id) + timedelta(days=30)
    (found,) = (one for one in outdated(workspace, 1, now) if one.kind == "run")
    with living(run.folder):
        assert run.folder not in {one.folder for one in outdated(workspace, 1, now)}
        assert purge(found) == 0
    assert run.folder.is_dir()


def test_the_command_says_what_would_go_and_deletes_only_when_told(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    other = open_workspace(Member("https://login.example.com", "1", "Ann", ""))
    shutil.copytree(run.folder, other.runs / run.id)
    assert main(["purge", "--older-than", "1d"]) == 0
    said = capsys.readouterr().out
    assert str(run.folder) in said
    assert str(other.runs / run.id) in said
    assert "Add --yes" in said
    assert run.folder.is_dir()
    assert main(["purge", "--older-than", "1d", "--yes"]) == 0
    assert "are gone" in capsys.readouterr().out
    assert not run.folder.exists()
    assert not (other.runs / run.id).exists()
    assert other.folder.is_dir()

from __future__ import annotations

import io
import json
from datetime import datetime
from pathlib import Path

import pytest

from deepfm.prospects.filter import Filter
from deepfm.prospects.handout import Handout
from deepfm.runs.example import open_example
from deepfm.runs.handouts import record_handout
from deepfm.runs.journal import JOURNAL, note
from deepfm.runs.members import Member, open_workspace
from deepfm.runs.store import delete_log, delete_run
from deepfm.runs.uploads import keep_upload
from deepfm.runs.workspace import Workspace, common_workspace

ANN = Member("https://login.example.com", "1", "Ann Smith", "ann@example.com")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEEPFM_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def _lines(home: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (home / JOURNAL).read_text().splitlines()]


def test_what_happens_is_noted_without_a_word_about_anybody(home: Path) -> None:
    workspace = open_workspace(ANN)
    keep_upload(workspace, [(io.BytesIO(b"Carl,2024-01-01"), "Carl's log.csv")])
    run = open_example(workspace)
    record_handout(run, "prospects.parquet", Filter(), Handout(limit=3))
    log = run.log_folder.name
    delete_run(workspace, run.id)
    delete_log(workspace, log)
    lines = _lines(home)
    assert [line["event"] for line in lines] == [
        "upload kept",
        "list handed out",
        "run deleted",
        "log deleted",
    ]
    assert {line["workspace"] for line in lines} == {f"workspaces/{ANN.id}"}
    assert lines[0]["bytes"] == 15
    assert datetime.fromisoformat(str(lines[0]["time"])).utcoffset() is not None
    text = (home / JOURNAL).read_text()
    assert not [word for word in ("Ann", "Smith", "example.com", "Carl") if word in text]


def test_nothing_is_noted_of_what_lies_elsewhere(home: Path, tmp_path: Path) -> None:
    home.mkdir()
    note("run ended", tmp_path / "runs" / "mine")
    assert not (home / JOURNAL).exists()


def test_nothing_fails_where_nothing_can_be_noted(home: Path) -> None:
    home.mkdir()
    (home / JOURNAL).mkdir()
    note("run ended", common_workspace().runs / "x")


def test_the_file_may_be_moved_away(home: Path) -> None:
    run = Workspace(home).runs / "x"
    home.mkdir()
    note("run begun", run)
    (home / JOURNAL).rename(home / "journal.1")
    note("run ended", run, state="done", seconds=1.5)
    (line,) = _lines(home)
    assert (line["event"], line["state"], line["seconds"], line["id"]) == (
        "run ended",
        "done",
        1.5,
        "x",
    )

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from deepfm.errors import InputError
from deepfm.log.guess import guess_mapping
from deepfm.log.log import Log
from deepfm.log.mapping import Mapping
from deepfm.log.source.source import open_source
from deepfm.runs.create import create_run
from deepfm.runs.home import is_id, new_folder
from deepfm.runs.run import Run
from deepfm.runs.store import (
    create_log,
    delete_log,
    delete_run,
    list_logs,
    list_runs,
    open_log,
    open_run,
)
from deepfm.runs.workspace import common_workspace
from deepfm.task.question import Question
from deepfm.training.settings import TrainingSettings


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: Log) -> Log:
    """The shared log, moved to a home of the test's own."""
    monkeypatch.setenv("DEEPFM_HOME", str(tmp_path / "home"))
    shutil.copytree(log.folder, tmp_path / "home" / "logs" / log.folder.name)
    return open_log(common_workspace(), log.folder.name)


@pytest.mark.parametrize(
    "id",
    [
        "..",
        "../logs",
        "",
        "/etc",
        "20261124-150312-3fa9/..",
        "20261124-150312-3FA9",
        "20261399-250000-3fa9",
        "a\0b",
    ],
)
def test_path_tricks_are_no_ids(id: str) -> None:
    assert not is_id(id)
    for use in (delete_run, delete_log, open_run, open_log):
        with pytest.raises(InputError):
            use(common_workspace(), id)


def test_new_ids_sort_by_time_and_never_clash(tmp_path: Path) -> None:
    names = [new_folder(tmp_path).name for _ in range(50)]
    assert len(set(names)) == 50
    assert all(is_id(name) for name in names)


def test_a_run_opens_as_it_was_created(own_home: Log, settings: TrainingSettings) -> None:
    question = Question(("purchase",), horizon_days=3, first_time_only=True)
    run = Run.open(
        create_run(common_workspace(), own_home, question, settings, ["hour", "since:cart"]).folder
    )
    assert (run.question, run.settings) == (question, settings)
    assert list(run.words) == ["hour", "since:cart"]
    assert run.words["since:cart"].label.text("zh") == "距最近一次“cart”的天数"
    assert run.log().fingerprint == own_home.fingerprint
    assert run.status.state == "queued"
    assert run.metrics().empty
    with pytest.raises(InputError, match=r"evaluation\.json"):
        run.evaluation()


def test_runs_are_listed_newest_first_and_broken_ones_with_their_problem(
    own_home: Log, question: Question, settings: TrainingSettings
) -> None:
    runs = [create_run(common_workspace(), own_home, question, settings) for _ in range(4)]
    (runs[0].folder / "question.json").write_text("{")
    (runs[1].folder / "run.json").write_text('{"version": 99}')
    (runs[2].folder / "question.json").write_text('{"target": "x", "what": 1}')
    for name in ("no-id", "20261399-250000-3fa9"):
        (common_workspace().runs / name).mkdir()
    listed = list_runs(common_workspace())
    assert [info.id for info in listed] == sorted((run.id for run in runs), reverse=True)
    by_id = {info.id: info for info in listed}
    assert "question.json" in str(by_id[runs[0].id].problem)
    assert "another version (99)" in str(by_id[runs[1].id].problem)
    assert by_id[runs[2].id].problem is not None
    whole = by_id[runs[3].id]
    assert whole.problem is None
    assert (whole.question, whole.log_id) == (question, own_home.folder.name)


def test_deleting_a_run_keeps_its_log_and_the_other_way_round(
    own_home: Log, question: Question, settings: TrainingSettings
) -> None:
    first, second = (create_run(common_workspace(), own_home, question, settings) for _ in range(2))
    delete_run(common_workspace(), first.id)
    assert [info.id for info in list_runs(common_workspace())] == [second.id]
    with pytest.raises(InputError, match="deleted already"):
        delete_run(common_workspace(), first.id)
    with pytest.raises(InputError, match="still reading"):
        delete_log(common_workspace(), own_home.folder.name)
    delete_run(common_workspace(), second.id)
    delete_log(common_workspace(), own_home.folder.name)
    assert list_logs(common_workspace()) == []


def test_a_replaced_log_is_noticed(
    own_home: Log, question: Question, settings: TrainingSettings
) -> None:
    run = create_run(common_workspace(), own_home, question, settings)
    replace(own_home, fingerprint="other").save(own_home.folder / "log.json")
    with pytest.raises(InputError, match="replaced"):
        run.log()


def test_a_log_that_cannot_be_taken_in_leaves_nothing_behind(demo_csv: Path) -> None:
    source, before = open_source(demo_csv), list_logs(common_workspace())
    with pytest.raises(InputError):
        create_log(common_workspace(), source, Mapping(user="nobody", time="time"), "demo.csv")
    assert list_logs(common_workspace()) == before
    log = create_log(common_workspace(), source, guess_mapping(source), "../../etc/name")
    assert (
        next(i for i in list_logs(common_workspace()) if i.folder == log.folder).name
        == "../../etc/name"
    )


def test_wrong_choices_are_refused_before_anything_is_made(
    own_home: Log, question: Question, settings: TrainingSettings, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="never occurs"):
        create_run(common_workspace(), own_home, Question(("sell",)), settings)
    with pytest.raises(InputError, match="no feature nothing"):
        create_run(common_workspace(), own_home, question, settings, ["nothing"])
    with pytest.raises(InputError, match="No feature"):
        create_run(common_workspace(), own_home, question, settings, [])
    with pytest.raises(InputError, match="not empty"):
        create_run(tmp_path, own_home, question, settings)
    assert list_runs(common_workspace()) == []

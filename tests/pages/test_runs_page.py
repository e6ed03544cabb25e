"""Everything that was trained: listed, opened, compared, deleted."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from deepfm.log.log import Log
from deepfm.runs.create import create_run
from deepfm.runs.files import read_json
from deepfm.runs.later import DRIFT, later_run
from deepfm.runs.process import start_worker
from deepfm.runs.run import Run
from deepfm.runs.store import list_runs
from deepfm.runs.uploads import keep_upload
from deepfm.runs.workspace import common_workspace
from deepfm.task.question import Question
from deepfm.training.settings import TrainingSettings
from tests.pages.reader import choose_row, english, labels, metrics, open_page, press, run

DAMAGE = {
    "run.json": ["", "{", "[]", "null", '{"version": 99}', "\x00"],
    "question.json": ["", "{", "[]", '{"target": "x", "what": 1}', '{"horizon_days": 0}'],
    "status.json": ["", "[]", '{"state": "done"}'],
    "log.json": ["", "[]", "{}"],
}

DAMAGED = pytest.mark.parametrize(
    ("file", "text"), [(file, text) for file, texts in DAMAGE.items() for text in texts]
)


@pytest.fixture
def waiting(own_log: Log, question: Question, settings: TrainingSettings) -> Run:
    """A run whose worker was never started."""
    return create_run(common_workspace(), own_log, replace(question, horizon_days=3), settings)


def _place(id: str) -> int:
    return [info.id for info in list_runs(common_workspace())].index(id)


def _open(lang: str | None = None, **address: str) -> AppTest:
    return open_page("runs", lang=lang, **address)


def _table_key() -> str:
    return f"runs-{len(list_runs(common_workspace()))}"


def _delete(at: AppTest) -> AppTest:
    """Delete the chosen run; AppTest keeps no dialog open, so both presses come in one go."""
    press(at, "Delete")
    return press(at, "Delete", "Delete it")


def test_runs_are_listed_with_question_state_and_figures(own_run: Run, waiting: Run) -> None:
    table = _open().dataframe[0].value
    assert len(table) == 2
    finished, new = table.iloc[_place(own_run.id)], table.iloc[_place(waiting.id)]
    assert finished["Question"] == own_run.question.sentence().text()
    assert (finished["State"], new["State"]) == ("Done", "Waiting")
    assert finished["AUC"] == own_run.status.auc
    assert finished["People"] == own_run.status.people
    assert table["AUC"].notna().sum() == 1


def test_a_finished_run_opens_its_list_and_another_one_its_training(
    own_run: Run, waiting: Run
) -> None:
    at = choose_row(_open(), _table_key(), _place(own_run.id))
    press(at, "Open")
    assert at.title[0].value == "Prospects"
    assert at.query_params["run"] == own_run.id
    assert at.query_params["log"] == own_run.log_entry["name"]
    assert metrics(at)["People"] == f"{own_run.status.people:,}"
    at = choose_row(_open(), _table_key(), _place(waiting.id))
    press(at, "Open")
    assert at.title[0].value == "Train"
    assert metrics(at)["State"] == "Waiting"


def test_runs_stand_side_by_side(own_run: Run, waiting: Run) -> None:
    at = choose_row(_open(), _table_key(), 0, 1)
    table = pd.concat([table.value for table in at.dataframe[1:]])
    own = next(name for name in table if own_run.id[-4:] in name)
    facts = table.set_index(table.columns[0])
    assert facts[own]["Fusion"] == "concat"
    ours = next(m for m in own_run.evaluation()["models"] if m["name"] == "deepfm")
    assert facts[own]["AUC of DeepFM"] == f"{ours['auc']:.4f}"
    other = next(name for name in facts if name != own)
    assert (facts[other]["Fusion"], facts[other]["AUC of DeepFM"]) == ("sum", "")
    assert any("once all of them are done" in str(caption.value) for caption in at.caption)
    # What differs stands first, what is the same behind a fold.
    differs, same = (table.value.set_index(table.value.columns[0]) for table in at.dataframe[1:])
    assert "Fusion" in differs.index
    assert "Random seed" in same.index
    assert not at.main.button


def test_finished_runs_are_measured_on_the_same_test_users(
    own_run: Run, own_log: Log, waiting: Run, done_sum: Run, empty_home: Path
) -> None:
    shutil.copytree(done_sum.folder, empty_home / "runs" / done_sum.id)
    infos = list_runs(common_workspace())
    done = [place for place, info in enumerate(infos) if info.id != waiting.id]
    at = choose_row(_open(), _table_key(), *done)
    table = next(t.value for t in at.dataframe if "Against the first" in t.value)
    test = own_run.evaluation()["parts"]["test"]
    assert any(f"same {test['examples']:,} test rows" in str(text.value) for text in at.markdown)
    for row, place in zip(table.itertuples(), done, strict=True):
        assert float(row.AUC) == pytest.approx(infos[place].status.auc, abs=1e-4)
    chinese = choose_row(_open(lang="zh"), _table_key(), *done)
    assert english(chinese) == []


def test_deleting_asks_first_and_forgets_the_run_of_the_address(own_run: Run, waiting: Run) -> None:
    at = choose_row(_open(run=own_run.id), _table_key(), _place(own_run.id))
    press(at, "Delete")
    assert own_run.folder.exists()
    assert "This cannot be undone." in " ".join(str(text.value) for text in at.markdown)
    _delete(at)
    assert not own_run.folder.exists()
    assert waiting.folder.exists()
    assert "run" not in at.query_params
    assert len(at.dataframe[0].value) == 1


@DAMAGED
def test_a_damaged_run_is_listed_and_can_be_deleted(
    own_run: Run, waiting: Run, file: str, text: str
) -> None:
    (waiting.folder / file).write_text(text, encoding="utf-8")
    place = _place(waiting.id)
    at = _open()
    table = at.dataframe[0].value
    assert len(table) == 2
    assert table["State"].iloc[place] == "damaged"
    assert table["State"].iloc[1 - place] == "Done"
    choose_row(at, _table_key(), place)
    assert len(at.error) == 1
    assert str(at.error[0].value) == table["Question"].iloc[place]
    _delete(at)
    assert not waiting.folder.exists()
    assert [info.id for info in list_runs(common_workspace())] == [own_run.id]


@DAMAGED
def test_opening_a_damaged_run_says_what_is_wrong(
    own_run: Run, waiting: Run, file: str, text: str
) -> None:
    (waiting.folder / file).write_text(text, encoding="utf-8")
    at = choose_row(_open(), _table_key(), _place(waiting.id))
    press(at, "Open")
    assert at.title[0].value == "Train"
    # The training knows its question and its status; it can be watched without its log.
    assert len(at.error) == (0 if file == "log.json" else 1)


@pytest.mark.parametrize("text", ["", "{", "[]", "1", '{"what": 1}', '{"model": 1}'])
def test_a_damaged_run_beside_a_whole_one_is_compared_in_a_sentence(
    own_run: Run, waiting: Run, text: str
) -> None:
    (waiting.folder / "settings.json").write_text(text, encoding="utf-8")
    at = choose_row(_open(), _table_key(), 0, 1)
    assert len(at.error) == 1


def test_folders_that_are_no_runs_are_not_listed(own_run: Run) -> None:
    for name in ("notes", "20261399-250000-3fa9", ".cache"):
        (common_workspace().runs / name).mkdir()
    assert len(_open().dataframe[0].value) == 1


def test_a_run_that_is_deleted_meanwhile_is_answered_in_a_sentence(
    own_run: Run, waiting: Run
) -> None:
    at = choose_row(_open(), _table_key(), 0, 1)
    (waiting.folder / "run.json").unlink()
    run(at)
    assert len(at.error) == 1


def test_three_runs_stand_side_by_side_too(own_run: Run, own_log: Log, waiting: Run) -> None:
    create_run(common_workspace(), own_log, own_run.question, own_run.settings)
    at = choose_row(_open(), _table_key(), 0, 1, 2)
    assert all(len(table.value.columns) == 4 for table in at.dataframe[1:])


def test_the_page_speaks_chinese(own_run: Run, waiting: Run) -> None:
    at = _open(lang="zh")
    assert english(at) == []
    choose_row(at, _table_key(), 0, 1)
    assert english(at) == []
    assert labels(at, "page_link") == []


def test_a_later_log_is_listed_with_the_model_of_a_run(
    own_run: Run, own_log: Log, wait_for: Callable
) -> None:
    at = choose_row(_open(), _table_key(), 0)
    assert "Make the list from it" not in labels(at, "button")
    shutil.copytree(own_log.folder, own_log.folder.with_name("20990101-000000-abcd"))
    at = choose_row(_open(), _table_key(), 0)
    press(at, "Make the list from it")
    made = list_runs(common_workspace())[0]
    assert made.id != own_run.id
    run_made = Run.open(made.folder)
    wait_for(run_made, lambda status: not status.active)
    assert run_made.status.state == "done", run_made.status.message
    at = open_page("training", run=made.id)
    assert not at.get("plotly_chart")
    assert "Train longer" not in labels(at, "button")
    at = open_page("results", run=made.id)
    assert any(f"with the model of the run {own_run.id}" in str(box.value) for box in at.info)
    assert any("PSI" in str(caption.value) for caption in at.caption)
    table = next(t.value for t in at.dataframe if "PSI" in t.value)
    assert len(table) == len(read_json(made.folder / DRIFT))
    assert not at.exception
    chinese = open_page("results", lang="zh", run=made.id)
    assert english(chinese) == []
    at = open_page("prospects", run=made.id)
    assert metrics(at)["People"] == metrics(open_page("prospects", run=own_run.id))["People"]


def test_a_log_that_was_uploaded_for_a_list_stays_with_the_run(
    own_run: Run, own_log: Log, demo_csv: Path, wait_for: Callable
) -> None:
    with demo_csv.open("rb") as file:
        made = later_run(own_run, keep_upload(common_workspace(), [(file, "later.csv")]))
    start_worker(made.folder)
    assert wait_for(made, lambda status: not status.active).state == "done"
    at = choose_row(_open(), _table_key(), _place(made.id))
    press(at, "Open")
    assert at.title[0].value == "Prospects"
    assert "log" not in at.query_params
    at = choose_row(open_page("prospects", run=made.id), "list-1", 0)
    assert not at.exception
    assert any("User " in str(header.value) for header in at.header)
    at = open_page("training", run=made.id)
    assert "Change and train again" not in labels(at, "button")

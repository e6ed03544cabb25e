"""Start a training, watch it, stop it, and find out how it ended."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from deepfm.language import Sentence
from deepfm.log.log import Log
from deepfm.runs.alive import worker_pid
from deepfm.runs.create import create_run
from deepfm.runs.draft import Draft, open_draft, save_draft
from deepfm.runs.process import end_worker, start_worker, stop_requested
from deepfm.runs.run import Run
from deepfm.runs.status import STATE_NAMES, Status, write_status
from deepfm.runs.store import list_runs, open_run
from deepfm.runs.workspace import common_workspace
from deepfm.task.question import Question, default_question
from deepfm.training.checkpoint import last_step
from deepfm.training.search import Trial
from deepfm.training.settings import TrainingSettings
from tests.pages.reader import complaints, english, labels, metrics, open_page, press, run

Waiter = Callable[..., Status]
STOP = "Stop and keep the best"


@pytest.fixture(autouse=True)
def no_worker_is_left(empty_home: Path) -> Iterator[None]:
    """End what a test has started and not stopped."""
    yield
    for info in list_runs(common_workspace()):
        end_worker(info.folder)


@pytest.fixture
def waiting(own_log: Log, question: Question, settings: TrainingSettings) -> Run:
    """A run whose worker was never started."""
    return create_run(common_workspace(), own_log, question, settings)


def _open(run: Run, lang: str | None = None) -> AppTest:
    return open_page("training", lang=lang, run=run.id)


def _has_a_model(run: Run) -> bool:
    found = run.metrics()
    return bool((found["kind"] == "evaluation").sum() >= 2)


def test_start_makes_a_run_that_is_watched_and_stopped_with_a_kept_model(
    own_log: Log, wait_for: Waiter
) -> None:
    draft = open_draft(own_log)
    features = ["hour", "since:cart", "favorite:category"]
    save_draft(own_log, draft.with_features(own_log, set(features)))
    at = open_page("training", log=own_log.folder.name)
    at.number_input(key="epochs-standard").set_value(1000)
    at.number_input(key="batch_size-standard").set_value(64)
    at.number_input(key="learning_rate-standard").set_value(0.00001)
    at.text_input(key="units-standard").set_value("16， 8")
    at.selectbox(key="fusion-standard").set_value("concat")
    press(at, "Start the training")
    started = open_run(common_workspace(), str(at.query_params["run"]))
    assert started.question == draft.question
    assert set(started.words) == set(features)
    settings = started.settings
    assert (settings.epochs, settings.batch_size, settings.model.units) == (1000, 64, (16, 8))
    assert settings.model.fusion == "concat"
    # Another session finds it by its address, with its state and the button to stop it.
    wait_for(started, lambda _: _has_a_model(started))
    watching = _open(started)
    assert metrics(watching)["State"] == STATE_NAMES["training"].text()
    assert metrics(watching)["Device"] != "–"
    assert metrics(watching)["Features computed by"] == started.engine
    assert len(watching.get("progress")) == 1
    assert len(watching.get("plotly_chart")) == 3
    assert metrics(watching)["Examples a second"] != "–"
    assert metrics(watching)["Memory"].endswith(" MiB")
    press(watching, STOP)
    assert stop_requested(started.folder)
    assert "Stopping." in str(run(watching).info[0].value)
    assert STOP not in [button.label for button in watching.button]
    status = wait_for(started, lambda status: not status.active)
    assert (status.state, status.stopped) == ("done", "user")
    run(watching)
    assert str(watching.success[0].value) == f"Done. {status.people:,} people are on the list."
    assert len(pd.read_parquet(started.prospects)) == status.people
    assert labels(watching, "page_link") == ["See how good it is", "See the list"]
    assert [str(toast.value) for toast in watching.toast] == ["The training has ended: Done."]
    assert not run(watching).toast
    press(watching, "Train another")
    assert "run" not in watching.query_params


def test_a_worker_that_was_killed_is_lost_and_said_so(waiting: Run, wait_for: Waiter) -> None:
    start_worker(waiting.folder)
    wait_for(waiting, lambda _: worker_pid(waiting.folder) is not None)
    os.kill(int(worker_pid(waiting.folder) or 0), signal.SIGKILL)
    wait_for(waiting, lambda status: not status.active)
    at = _open(waiting)
    assert len(at.error) == 1
    assert "The training process is gone." in str(at.error[0].value)
    assert labels(at, "page_link") == ["Change the question"]
    assert STOP not in [button.label for button in at.button]
    assert english(_open(waiting, lang="zh")) == []
    # There is no model yet to go on from.
    press(at, "Start again")
    assert waiting.status.active
    wait_for(waiting, lambda _: worker_pid(waiting.folder) is not None)


def test_a_lost_training_is_resumed_where_it_stood(
    own_log: Log, settings: TrainingSettings, wait_for: Waiter
) -> None:
    slow = replace(settings, epochs=1000, patience=1000, batch_size=8)
    lost = create_run(common_workspace(), own_log, Question(("purchase",)), slow)
    start_worker(lost.folder)
    wait_for(lost, lambda _: (lost.checkpoint / "last.npz").exists())
    os.kill(int(worker_pid(lost.folder) or 0), signal.SIGKILL)
    wait_for(lost, lambda status: not status.active)
    before = last_step(lost.checkpoint)
    at = _open(lost)
    press(at, "Resume")
    assert metrics(at)["State"] in ("Waiting", "Preparing")
    status = wait_for(lost, lambda status: status.optimizer_step > 0)
    assert before is not None
    assert status.optimizer_step > before
    steps = lost.metrics().loc[lambda t: t["kind"] == "step", "step"]
    assert steps.is_unique


def test_a_finished_run_can_be_made_longer_as_another_one(own_run: Run, wait_for: Waiter) -> None:
    at = _open(own_run)
    press(at, "Train longer")
    more = open_run(common_workspace(), str(at.query_params["run"]))
    assert more.id != own_run.id
    assert more.settings.epochs == 2 * own_run.settings.epochs
    status = wait_for(more, lambda status: not status.active)
    assert status.state == "done"
    assert own_run.status.state == "done"


def test_a_run_is_changed_and_trained_again(own_run: Run, own_log: Log) -> None:
    save_draft(own_log, Draft(Question(("cart",), horizon_days=2)))
    at = _open(own_run)
    press(at, "Change and train again")
    assert "run" not in at.query_params
    draft = open_draft(own_log)
    assert draft.question == own_run.question
    assert draft.settings == own_run.settings
    assert draft.features(own_log) == list(own_run.words)
    assert at.number_input(key="epochs-earlier").value == own_run.settings.epochs
    assert at.selectbox(key="fusion-earlier").value == own_run.settings.model.fusion
    at.number_input(key="seed-earlier").set_value(5)
    press(at, "Start the training")
    again = open_run(common_workspace(), str(at.query_params["run"]))
    assert again.settings == replace(own_run.settings, seed=5)
    assert open_draft(own_log).settings is None
    end_worker(again.folder)


def test_a_failed_run_shows_its_sentence_in_the_readers_language(waiting: Run) -> None:
    message = Sentence(
        "The memory of this machine is too small for this question. "
        "Choose a shorter lookback, fewer snapshots or fewer features."
    )
    note = Sentence("The log is ready")
    write_status(waiting.folder, Status("failed", message=message, notes=(note,)))
    at = _open(waiting)
    assert [str(box.value) for box in at.error] == [message.text()]
    assert [str(box.value) for box in at.warning] == [note.text()]
    chinese = _open(waiting, lang="zh")
    assert [str(box.value) for box in chinese.error] == [message.text("zh")]
    assert message.text("zh") != message.text()
    assert english(chinese) == []


def test_a_waiting_run_says_so(waiting: Run) -> None:
    at = _open(waiting)
    assert metrics(at)["State"] == "Waiting"
    assert STOP in [button.label for button in at.button]
    assert english(_open(waiting, lang="zh")) == []


def test_a_run_without_a_model_has_no_results_and_no_list(waiting: Run) -> None:
    for name in ("results", "prospects"):
        at = open_page(name, run=waiting.id)
        assert [str(box.value) for box in at.info] == ["This run has no result yet: Waiting."]
        assert labels(at, "page_link") == ["See how it stands"]
        assert english(open_page(name, lang="zh", run=waiting.id)) == []


def test_a_run_whose_folder_was_deleted_ends_in_a_sentence_and_the_page_works_again(
    waiting: Run, own_log: Log
) -> None:
    at = open_page("training", log=own_log.folder.name, run=waiting.id)
    shutil.rmtree(waiting.folder)
    run(at)
    assert len(at.error) == 1
    assert waiting.id in str(at.error[0].value)
    run(at)
    assert not at.error
    assert "Start the training" in [button.label for button in at.button]


def test_a_damaged_status_ends_in_a_sentence(waiting: Run) -> None:
    (waiting.folder / "status.json").write_text("{", encoding="utf-8")
    at = _open(waiting)
    assert len(at.error) == 1
    assert "status.json" in str(at.error[0].value)


@pytest.mark.parametrize("page", ["training", "results", "prospects"])
def test_a_run_of_another_version_ends_in_a_sentence(own_run: Run, page: str) -> None:
    entry = json.loads((own_run.folder / "run.json").read_text(encoding="utf-8"))
    (own_run.folder / "run.json").write_text(json.dumps({**entry, "version": 99}))
    (told,) = complaints(open_page(page, run=own_run.id))
    assert "was written by another version (99). Train it again." in told


@pytest.mark.parametrize("text", ["64; 32", "a", "-1", "1e3", "64 32", "0", "9" * 30])
def test_hidden_layers_that_make_no_sense_are_answered_in_a_sentence(
    own_log: Log, text: str
) -> None:
    at = open_page("training", log=own_log.folder.name)
    at.text_input(key="units-standard").set_value(text)
    run(at)
    if not at.error:
        press(at, "Start the training")
    assert len(at.error) == 1
    assert list_runs(common_workspace()) == []


@pytest.mark.parametrize("name", ["quick", "standard", "thorough"])
def test_each_preset_sets_the_hyperparameters(own_log: Log, name: str) -> None:
    at = open_page("training", log=own_log.folder.name)
    at.get_by_key("preset").set_value(name)
    run(at)
    assert at.number_input(key=f"epochs-{name}").value >= 1
    assert not at.error
    assert "Start the training" in [button.label for button in at.button]


def test_a_question_with_too_few_cases_cannot_be_started(own_log: Log) -> None:
    question = replace(default_question(own_log), horizon_days=1, lookback_days=2, active_days=1)
    save_draft(own_log, Draft(question))
    at = open_page("training", log=own_log.folder.name)
    assert len(complaints(at)) == 1
    assert "at least 100 of each are needed" in complaints(at)[0]
    assert not at.main.button
    assert labels(at, "page_link") == ["Change the question"]


def test_without_any_feature_nothing_is_started(own_log: Log) -> None:
    save_draft(own_log, open_draft(own_log).with_features(own_log, set()))
    at = press(open_page("training", log=own_log.folder.name), "Start the training")
    assert [str(box.value) for box in at.error] == ["No feature is chosen. Choose at least one."]
    assert list_runs(common_workspace()) == []


def test_a_finished_run_and_the_settings_speak_chinese(own_run: Run, own_log: Log) -> None:
    assert english(_open(own_run))
    assert english(_open(own_run, lang="zh")) == []
    assert english(open_page("training", lang="zh", log=own_log.folder.name)) == []


def test_what_a_search_has_tried_is_a_table_the_best_first(own_run: Run) -> None:
    values = {
        "dim": 8,
        "units": "64-32",
        "dropout": 0.2,
        "fusion": "sum",
        "batch_size": 1024,
        "learning_rate": 1e-3,
        "l2": 30.0,
    }
    trials = [
        Trial(0, values, 0.71, "done", 3.0),
        Trial(1, {**values, "dim": 32}, 0.74, "done", 4.0),
        Trial(2, {**values, "units": ""}, 0.6, "pruned", 1.0),
        Trial(3, {**values, "learning_rate": 1e-2}, None, "failed", 1.0),
    ]
    text = "".join(json.dumps(trial.to_json()) + "\n" for trial in trials)
    (own_run.folder / "trials.jsonl").write_text(text, encoding="utf-8")
    at = _open(own_run)
    table = next(t.value for t in at.dataframe if "Trial" in t.value)
    assert table["Trial"].tolist() == [2, 1, 3, 4]
    assert table["State"].tolist() == ["Done", "Done", "Fell behind", "Failed"]
    assert table["Vector length"].iloc[0] == 32
    assert english(_open(own_run, lang="zh")) == []


def test_the_time_of_the_search_is_that_of_the_preset_and_can_be_changed(own_log: Log) -> None:
    at = open_page("training", log=own_log.folder.name)
    assert at.number_input(key="search_minutes-standard").value == 0
    at.get_by_key("preset").set_value("thorough")
    run(at)
    assert at.number_input(key="search_minutes-thorough").value == 10
    at.number_input(key="search_minutes-thorough").set_value(25)
    press(at, "Start the training")
    started = open_run(common_workspace(), str(at.query_params["run"]))
    assert started.settings.search_minutes == 25

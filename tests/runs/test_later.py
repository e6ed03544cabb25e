"""A list of a later log with a model that is there, and what became of the earlier list."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from deepfm.__main__ import main
from deepfm.errors import InputError
from deepfm.language import catalogue
from deepfm.log.log import Log
from deepfm.prospects.filter import Filter
from deepfm.prospects.handout import Handout
from deepfm.runs.create import create_run
from deepfm.runs.files import read_json
from deepfm.runs.handouts import record_handout
from deepfm.runs.later import BACKTEST, DRIFT, later_run, look_back
from deepfm.runs.process import start_worker
from deepfm.runs.run import Run
from deepfm.runs.store import open_log, open_run
from deepfm.runs.uploads import keep_upload
from deepfm.runs.workspace import common_workspace
from deepfm.task.question import Question
from deepfm.training.settings import TrainingSettings

AS_OF = datetime(2025, 4, 24)


@pytest.fixture(scope="module")
def trained(log: Log, question: Question, settings: TrainingSettings, wait_for: Callable) -> Run:
    """A run that knows nothing of the log's last week."""
    run = create_run(
        common_workspace(),
        log,
        replace(question, as_of=AS_OF, lookback_days=21, active_days=21),
        replace(settings, epochs=1),
    )
    return _list(run, wait_for)


@pytest.fixture
def parent(trained: Run, log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """It and its log in a home of the test's own."""
    monkeypatch.setenv("DEEPFM_HOME", str(tmp_path / "home"))
    shutil.copytree(log.folder, tmp_path / "home" / "logs" / log.folder.name)
    shutil.copytree(trained.folder, tmp_path / "home" / "runs" / trained.id)
    return open_run(common_workspace(), trained.id)


def _list(run: Run, wait_for: Callable) -> Run:
    start_worker(run.folder)
    status = wait_for(run, lambda status: not status.active)
    assert status.state == "done", status.message
    return run


def _upload(frame: pd.DataFrame, path: Path) -> Run:
    frame.to_csv(path, index=False)
    with path.open("rb") as file:
        return keep_upload(common_workspace(), [(file, path.name)])


def _bought(csv: Path, run: Run, days: int = 7) -> set[str]:
    frame = pd.read_csv(csv, dtype=str)
    time = pd.to_datetime(frame["time"])
    after = (time > run.listed_at) & (time <= run.listed_at + timedelta(days=days))
    return set(frame.loc[after & (frame["action"] == "purchase"), "user_id"])


def test_the_same_model_lists_a_later_log_and_tells_what_became_of_the_earlier_list(
    parent: Run, demo_csv: Path, wait_for: Callable
) -> None:
    log = open_log(common_workspace(), parent.log_folder.name)
    run = _list(later_run(parent, log), wait_for)
    assert (run.parent, run.question.as_of) == (parent.id, None)
    assert run.listed_at > parent.listed_at
    listed = pd.read_parquet(run.prospects)
    assert run.status.people == len(listed)
    assert run.status.auc == parent.status.auc
    drift = read_json(run.folder / DRIFT)
    assert {field["field"] for field in drift} <= set(run.words)
    earlier = pd.read_parquet(parent.prospects)
    did = earlier["user"].isin(_bought(demo_csv, parent))
    found = read_json(run.folder / BACKTEST)
    assert (found["people"], found["did"]) == (len(earlier), did.sum())
    assert 0 < did.sum() < len(earlier)
    assert found["lift"]["10"] > 1.5
    assert found["hold_out"] is None


def test_an_uploaded_log_is_read_as_the_first_one_was_and_kept_in_the_run(
    parent: Run, demo_csv: Path, wait_for: Callable, tmp_path: Path
) -> None:
    upload = _upload(pd.read_csv(demo_csv, dtype=str), tmp_path / "later.csv")
    run = _list(later_run(parent, upload), wait_for)
    same = _list(later_run(parent, open_log(common_workspace(), parent.log_folder.name)), wait_for)
    pd.testing.assert_frame_equal(pd.read_parquet(run.prospects), pd.read_parquet(same.prospects))
    assert run.log().rows == same.log().rows
    assert run.log_folder.parent == run.folder
    # The next list needs the first run no longer, except for what became of it.
    again = _list(later_run(run, open_log(common_workspace(), parent.log_folder.name)), wait_for)
    pd.testing.assert_frame_equal(pd.read_parquet(again.prospects), pd.read_parquet(same.prospects))
    assert not (again.folder / BACKTEST).exists()


def test_a_campaign_with_a_hold_out_is_measured(
    parent: Run, demo_csv: Path, wait_for: Callable, tmp_path: Path
) -> None:
    chosen, handout = Filter(tiers=("A", "B")), Handout(limit=150, hold_out=0.4, seed=3)
    record_handout(parent, "prospects.parquet", Filter(), Handout())
    record_handout(parent, "prospects.parquet", chosen, handout)
    earlier = pd.read_parquet(parent.prospects)
    users = earlier[earlier["tier"].isin(["A", "B"])]["user"].head(150)
    held = np.array([handout.holds_out(user) for user in users])
    # Everyone who is contacted buys.
    frame = pd.read_csv(demo_csv, dtype=str)
    bought = frame[frame["action"] == "purchase"].iloc[[0] * int((~held).sum())]
    bought = bought.assign(
        user_id=users[~held].to_numpy(), time=str(parent.listed_at + timedelta(days=1))
    )
    upload = _upload(pd.concat([frame, bought]), tmp_path / "campaign.csv")
    run = _list(later_run(parent, upload), wait_for)
    found = read_json(run.folder / BACKTEST)["hold_out"]
    assert found["contacted"] == {"people": int((~held).sum()), "did": int((~held).sum())}
    did = users[held].isin(_bought(demo_csv, parent)).sum()
    assert found["held"] == {"people": int(held.sum()), "did": did}
    assert found["low"] > 0


def test_a_list_of_pairs_is_looked_back_at_pair_by_pair(done_pair: Run, log: Log) -> None:
    earlier = pd.read_parquet(done_pair.prospects)
    # Its own days are not over in its own log.
    with pytest.raises(InputError, match="Bring a later one") as error:
        look_back(done_pair, log)
    assert error.value.sentence.template in catalogue("zh")
    assert len(earlier) > 0


def test_a_question_of_rows_is_listed_again_and_never_over(
    done_event: Run, log: Log, home: Path, wait_for: Callable
) -> None:
    run = _list(later_run(done_event, log), wait_for)
    pd.testing.assert_frame_equal(
        pd.read_parquet(run.prospects), pd.read_parquet(done_event.prospects)
    )
    assert not (run.folder / BACKTEST).exists()
    with pytest.raises(InputError, match="no days that could be over"):
        look_back(done_event, log)


def test_a_log_that_does_not_fit_is_refused_in_words(
    parent: Run, demo_csv: Path, wait_for: Callable, tmp_path: Path
) -> None:
    frame = pd.read_csv(demo_csv, dtype=str)
    codes = frame["action"].map({name: str(i) for i, name in enumerate(frame["action"].unique())})
    cases = {
        "no column city": frame.drop(columns="city"),
        "None of the run's actions": frame.assign(action=codes),
        "Bring a later log": frame[frame["time"] < "2025-04-20"],
    }
    for words, case in cases.items():
        run = later_run(parent, _upload(case, tmp_path / "bad.csv"))
        start_worker(run.folder)
        status = wait_for(run, lambda status: not status.active)
        assert status.state == "failed"
        assert status.message is not None
        assert words in status.message.text()
        assert status.message.template in catalogue("zh")


def test_strangers_and_another_time_zone_are_told(
    parent: Run, demo_csv: Path, wait_for: Callable, tmp_path: Path
) -> None:
    frame = pd.read_csv(demo_csv, dtype=str)
    moved = pd.to_datetime(frame["time"]) + timedelta(hours=8)
    frame = frame.assign(user_id="x" + frame["user_id"], time=moved.astype(str))
    run = _list(later_run(parent, _upload(frame, tmp_path / "moved.csv")), wait_for)
    notes = [note.text() for note in run.status.notes]
    assert any("Nobody of the run's list is in this log" in note for note in notes)
    assert any("moved by +8 hours" in note for note in notes)
    assert all(note.template in catalogue("zh") for note in run.status.notes)


def test_the_commands_tell_drift_and_outcome(
    parent: Run, demo_csv: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, csv = str(parent.folder), str(demo_csv)
    assert main(["backtest", run, csv]) == 0
    did = pd.read_parquet(parent.prospects)["user"].isin(_bought(demo_csv, parent)).sum()
    assert f"{did} did it;" in capsys.readouterr().out
    assert main(["score", run, csv, "--out", str(tmp_path / "list.xlsx")]) == 0
    assert "PSI" in capsys.readouterr().out

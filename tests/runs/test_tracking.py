"""A real MLflow server that follows real runs."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run as Tracked

from deepfm.log.log import Log
from deepfm.runs import tracking
from deepfm.runs.alive import worker_pid
from deepfm.runs.create import create_run
from deepfm.runs.process import end_worker, request_stop, start_worker
from deepfm.runs.run import Run
from deepfm.runs.status import Status
from deepfm.runs.workspace import common_workspace
from deepfm.task.question import Question
from deepfm.training.settings import TrainingSettings

Waiter = Callable[..., Status]

FEATURES = ["days_since_last", "since:cart", "favorite:category"]
SETTINGS = TrainingSettings(epochs=1000, patience=1000, batch_size=32, evaluations_per_epoch=1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("mlflow")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    host, port = address.split(":")
    command = [sys.executable, "-m", "mlflow", "server", "--host", host, "--port", port]
    places = {"--backend-store-uri": f"sqlite:///{folder}/db", "--artifacts-destination": "files"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--workers", "1", *(word for pair in places.items() for word in pair)],
            cwd=folder,
            env={
                **os.environ,
                "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
                "MLFLOW_DISABLE_TELEMETRY": "true",
            },
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + 120
        while not _answers(f"http://{address}/health"):
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.5)
        yield f"http://{address}"
    finally:
        os.killpg(process.pid, 15)
        process.wait(20)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5):
            return True
    except (urllib.error.URLError, ConnectionError):
        return False


@pytest.fixture
def slow(log: Log) -> Iterator[Run]:
    run = create_run(common_workspace(), log, Question(("purchase",)), SETTINGS, FEATURES)
    yield run
    end_worker(run.folder)


def _tracked(client: MlflowClient, run: Run, seconds: float = 60.0) -> Tracked:
    """What MLflow knows, once it has heard of a look."""
    deadline = time.monotonic() + seconds
    while True:
        experiment = client.get_experiment_by_name("Prospects")
        found = client.search_runs([experiment.experiment_id]) if experiment else []
        found = [one for one in found if one.info.run_name == run.id]
        if found and "valid_auc" in found[0].data.metrics:
            assert len(found) == 1
            return found[0]
        assert time.monotonic() < deadline, run.status
        time.sleep(0.5)


def test_a_run_is_followed_while_it_trains_and_over_a_resume(
    slow: Run, server: str, wait_for: Waiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(tracking.ADDRESS, server)
    client = MlflowClient(server)
    start_worker(slow.folder)
    first = _tracked(client, slow)
    assert slow.status.state == "training"
    assert first.info.status == "RUNNING"
    assert first.data.params["batch_size"] == "32"
    assert first.data.params["dim"] == "8"
    assert first.data.tags["mlflow.note.content"] == slow.question.sentence().text()
    wait_for(slow, lambda _: slow.checkpoint.is_dir())
    end_worker(slow.folder)
    before = slow.metrics()["step"].max()
    start_worker(slow.folder)
    wait_for(slow, lambda status: status.optimizer_step > before)
    request_stop(slow.folder)
    assert wait_for(slow, lambda status: not status.active).state == "done"
    wait_for(slow, lambda _: worker_pid(slow.folder) is None)
    last = _tracked(client, slow)
    assert (last.info.run_id, last.info.status) == (first.info.run_id, "FINISHED")
    looks = slow.metrics().loc[lambda table: table["kind"] == "evaluation"]
    told = {m.step: m.value for m in client.get_metric_history(last.info.run_id, "valid_auc")}
    assert told == dict(zip(looks["step"].astype(int), looks["valid_auc"], strict=True))
    own = next(m for m in slow.evaluation()["models"] if m["name"] == "deepfm")
    assert last.data.metrics["test_auc"] == own["auc"]
    files = {file.path for file in client.list_artifacts(last.info.run_id)}
    assert {"settings.json", "evaluation.json", "model.keras"} <= files
    assert not {"prospects.parquet", "examples.parquet"} & files
    kept = Path(client.download_artifacts(last.info.run_id, "model.keras"))
    assert kept.read_bytes() == (slow.folder / "model.keras").read_bytes()
    assert not slow.status.notes or "MLflow" not in str(slow.status.notes)


def test_a_server_that_is_away_costs_the_run_nothing_but_a_note(
    log: Log, wait_for: Waiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv(tracking.ADDRESS, f"http://127.0.0.1:{nobody.getsockname()[1]}")
        quick = TrainingSettings(epochs=1, batch_size=256)
        run = create_run(common_workspace(), log, Question(("purchase",)), quick, FEATURES)
        start_worker(run.folder)
        assert wait_for(run, lambda status: not status.active).state == "done"
        wait_for(run, lambda _: worker_pid(run.folder) is None)
    assert run.status.state == "done"
    assert any("MLflow did not take all of this run" in str(note) for note in run.status.notes)


def test_without_the_package_the_run_says_what_to_install(
    done: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(tracking.ADDRESS, "http://127.0.0.1:1")
    monkeypatch.setattr(tracking.importlib.util, "find_spec", lambda name: None)
    notes: list[object] = []
    with tracking.tracked(done, notes.append):
        pass
    assert "requirements-mlflow.txt" in str(notes[0])

"""Let MLflow follow a run: what it tells goes to ``$MLFLOW_TRACKING_URI`` too.

The training only writes its files, as ever. A thread reads them and sends what is new, so that a
server that is slow or away costs the training nothing.
"""

from __future__ import annotations

import importlib.util
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from deepfm.evaluation.verdict import model_in
from deepfm.language import Sentence
from deepfm.runs.files import read_json, read_json_lines, write_json
from deepfm.runs.run import METRICS, Run
from deepfm.runs.status import State

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Param

ADDRESS = "MLFLOW_TRACKING_URI"
EXPERIMENT = "MLFLOW_EXPERIMENT_NAME"
_DEFAULT_EXPERIMENT = "Prospects"
_FILE = "mlflow.json"
_EVERY_SECONDS = 3.0
_LAST_SECONDS = 60.0
# Of MLflow's interface, for one request.
_MOST_METRICS = 1000
# None of them holds a word about a person.
_ARTIFACTS = (
    "question.json",
    "settings.json",
    "chosen.json",
    "features.json",
    "evaluation.json",
    METRICS,
    "trials.jsonl",
    "model.keras",
)
_ENDINGS: Mapping[State, str] = {"done": "FINISHED", "stopped": "KILLED"}


@contextmanager
def tracked(run: Run, note: Callable[[Sentence], None]) -> Iterator[None]:
    """Do something that trains ``run``, and let MLflow follow if its address is set.

    Args:
        run: about to be trained, or to go on.
        note: told what went wrong with MLflow; the run goes on without it.
    """
    if not os.environ.get(ADDRESS):
        yield
        return
    if importlib.util.find_spec("mlflow") is None:
        note(
            Sentence(
                "{name} is set, but MLflow is not installed. Install requirements-mlflow.txt, or "
                "take the setting away.",
                name=ADDRESS,
            )
        )
        yield
        return
    follower = _Follower(run)
    follower.start()
    try:
        yield
    finally:
        follower.ended.set()
        follower.join(_LAST_SECONDS)
        problem = TimeoutError() if follower.is_alive() else follower.problem
        if problem is not None:
            # Without the words of the error, which may hold a secret of the address.
            note(
                Sentence(
                    "MLflow did not take all of this run ({problem}). Look whether the server at "
                    "{name} answers.",
                    problem=type(problem).__name__,
                    name=ADDRESS,
                )
            )


class _Follower(threading.Thread):
    """Sends what is new every few seconds, and the rest at the end."""

    def __init__(self, run: Run) -> None:
        super().__init__(daemon=True)
        self.ended = threading.Event()
        self.problem: Exception | None = None
        self._run = run

    def run(self) -> None:
        # By default a server that is away is asked for minutes.
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")
        # It tells its makers how it is used. Nothing about a user's work leaves the machine.
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        # Imported here, as it takes seconds to load and is not always there.
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException

        try:
            sender = _Sender.open(MlflowClient(os.environ[ADDRESS]), self._run)
            while not self.ended.wait(_EVERY_SECONDS):
                sender.send_metrics()
            sender.finish()
        except (MlflowException, OSError) as error:
            self.problem = error


@dataclass
class _Sender:
    """A run and what MLflow knows of it.

    Attributes:
        client: of MLflow.
        run: ours.
        id: of MLflow's run.
        sent: the last step that it has of each kind of line in metrics.jsonl. Lines are no measure:
            a training that goes on makes other ones of the same steps.
    """

    client: MlflowClient
    run: Run
    id: str
    sent: dict[str, int]

    @classmethod
    def open(cls, client: MlflowClient, run: Run) -> _Sender:
        """The run in MLflow: the one from before where ``run`` goes on, or a new one."""
        path = run.folder / _FILE
        if path.is_file():
            known = read_json(path)
            client.update_run(known["run"], status="RUNNING")
            return cls(client, run, known["run"], known["sent"])
        name = os.environ.get(EXPERIMENT) or _DEFAULT_EXPERIMENT
        found = client.get_experiment_by_name(name)
        experiment = found.experiment_id if found else client.create_experiment(name)
        tags = {"mlflow.note.content": run.question.sentence().text()}
        id = client.create_run(experiment, run_name=run.id, tags=tags).info.run_id
        sender = cls(client, run, id, {})
        client.log_batch(id, params=sender._params())
        sender._remember()
        return sender

    def send_metrics(self) -> None:
        """What was written to metrics.jsonl since the last time."""
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        entries = read_json_lines(self.run.folder / METRICS)
        fresh = [one for one in entries if one["step"] > self.sent.get(one["kind"], -1)]
        metrics = [
            Metric(name, float(value), now, int(entry["step"]))
            for entry in fresh
            for name, value in _measures(entry).items()
        ]
        for first in range(0, len(metrics), _MOST_METRICS):
            self.client.log_batch(self.id, metrics[first : first + _MOST_METRICS])
        if fresh:
            self.sent |= {entry["kind"]: entry["step"] for entry in fresh}
            self._remember()

    def finish(self) -> None:
        """The rest of the metrics, the files, and how it ended."""
        self.send_metrics()
        if (self.run.folder / "evaluation.json").is_file():
            for name, value in _test_measures(self.run.evaluation()).items():
                self.client.log_metric(self.id, name, value)
        for name in _ARTIFACTS:
            if (self.run.folder / name).is_file():
                self.client.log_artifact(self.id, str(self.run.folder / name))
        ending = _ENDINGS.get(self.run.status.state, "FAILED")
        self.client.set_terminated(self.id, ending)

    def _params(self) -> list[Param]:
        from mlflow.entities import Param

        settings = self.run.settings.to_json()
        model = settings.pop("model")
        values = {**settings, **model, "features": len(self.run.words)}
        return [Param(name, str(value)) for name, value in values.items()]

    def _remember(self) -> None:
        write_json(self.run.folder / _FILE, {"run": self.id, "sent": self.sent})


def _measures(entry: Mapping[str, Any]) -> dict[str, float]:
    """The numbers of a line of metrics.jsonl, by the name that they have in MLflow."""
    left_out = ("kind", "step", "steps", "best", "epoch")
    found = {name: value for name, value in entry.items() if name not in left_out}
    return {"batch_loss" if name == "loss" else name: value for name, value in found.items()}


def _test_measures(evaluation: Mapping[str, Any]) -> dict[str, float]:
    """The model's own measures on the test part."""
    own = model_in(evaluation)
    return {f"test_{k}": float(v) for k, v in own.items() if isinstance(v, int | float)}

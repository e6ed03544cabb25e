"""One run: a folder that holds all that was asked, learned and found."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from deepfm.errors import InputError
from deepfm.evaluation.shape import check_evaluation
from deepfm.evaluation.verdict import MODEL_NAMES
from deepfm.log.closed import closed
from deepfm.log.log import Log
from deepfm.log.mapping import Mapping
from deepfm.log.mends import Mends
from deepfm.prospects.names import BASELINES, CONTRIBUTIONS, EVALUATION, PROSPECTS
from deepfm.prospects.words import FieldWords
from deepfm.runs.files import parse_json, read_json_lines
from deepfm.runs.home import check_id
from deepfm.runs.shapes import FEATURES, LOG_ENTRY, TRIAL
from deepfm.runs.status import Status, read_status
from deepfm.runs.workspace import Workspace
from deepfm.shape import checked
from deepfm.task.question import Question
from deepfm.training.settings import TrainingSettings

VERSION = 1
METRICS = "metrics.jsonl"
EXAMPLES = "examples.parquet"
CHECKPOINT = "checkpoint"
MODEL = "model.keras"
TRIALS, CHOSEN = "trials.jsonl", "chosen.json"
REFERENCES = "references.json"
ENGINE = "engine.json"
INSIDE = "log"


@dataclass(frozen=True)
class Run:
    """A run's folder; every property reads the disk, so it is always up to date.

    Attributes:
        folder: holds run.json, question.json, log.json, settings.json, features.json, status.json
            and, as the run goes on, metrics.jsonl, examples.parquet, fields.json, weights.npz,
            engine.json, typical.npz, model.keras, evaluation.json, prospects.parquet,
            contributions.parquet, baselines.parquet, references.json, the folder checkpoint,
            after a search trials.jsonl and chosen.json, and with several workers the log of each,
            such as worker-1.log, and while they train crew.json.
        writable: False where it belongs to another user, who shares it.
    """

    folder: Path
    writable: bool = True

    @property
    def id(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def workspace(self) -> Workspace:
        """The one that it lies in."""
        return replace(Workspace.holding(self.folder), writable=self.writable)

    def check_writable(self) -> None:
        """Refuse to change what belongs to another.

        Raises:
            InputError: the run is only shared to be read.
        """
        self.workspace.check_writable()

    @classmethod
    def open(cls, folder: Path | str) -> Run:
        """The run in ``folder``.

        Raises:
            InputError: there is none, or it is of another version.
        """
        run = cls(Path(folder))
        version = _entry(run.folder / "run.json", "version")
        if version != VERSION:
            raise InputError(
                "The run in {folder} was written by another version ({version}). Train it again.",
                folder=run.id,
                version=version,
            )
        return run

    @property
    def created(self) -> datetime:
        """When it was created, in the machine's local time."""
        path = self.folder / "run.json"
        return parse_json(path, lambda data: datetime.fromisoformat(data["created"]))

    @property
    def parent(self) -> str | None:
        """Id of the run whose model it borrows for a later log; None if it has one of its own."""
        found: str | None = parse_json(self.folder / "run.json", lambda data: data.get("parent"))
        return found

    @property
    def question(self) -> Question:
        """What was asked."""
        return parse_json(self.folder / "question.json", Question.from_json)

    @property
    def settings(self) -> TrainingSettings:
        """How it trains."""
        return parse_json(self.folder / "settings.json", TrainingSettings.from_json)

    @property
    def chosen(self) -> TrainingSettings:
        """What it is trained with: the settings, or what the search made of them."""
        path = self.folder / CHOSEN
        return parse_json(path, TrainingSettings.from_json) if path.is_file() else self.settings

    def trials(self) -> list[dict[str, Any]]:
        """The trials of the search so far; see ``deepfm.training.search.Trial``."""
        return read_json_lines(self.folder / TRIALS, lambda trial: bool(checked(TRIAL, trial)))

    @property
    def log_entry(self) -> Dict[str, Any]:
        """What the run knows of its log even when that is deleted.

        place and name (where it is), fingerprint, mapping, mends, actions (counts, most frequent
        first), columns (their use), rows, users.
        """
        return parse_json(self.folder / "log.json", lambda data: dict(checked(LOG_ENTRY, data)))

    @property
    def mapping(self) -> Mapping:
        """How the columns of its log are read."""
        path = self.folder / "log.json"
        return parse_json(path, lambda data: Mapping.from_json(checked(LOG_ENTRY, data)["mapping"]))

    @property
    def mends(self) -> Mends:
        """What was changed in its log after it was read."""
        path = self.folder / "log.json"
        return parse_json(path, lambda data: Mends.from_json(checked(LOG_ENTRY, data)["mends"]))

    @property
    def log_folder(self) -> Path:
        """Where its log is, or was."""
        place, name = (self.log_entry[key] for key in ("place", "name"))
        if place == "run":
            return self.folder / INSIDE
        return self.workspace.logs / check_id(name) if place == "home" else Path(name)

    def log(self) -> Log:
        """Its log.

        Raises:
            InputError: the log was deleted, or another one is in its place.
        """
        log = Log.open(self.log_folder)
        if log.fingerprint != self.log_entry["fingerprint"]:
            raise InputError(
                "The log of the run {run} was replaced by another one. Train on the new log.",
                run=self.id,
            )
        return log

    @property
    def words(self) -> dict[str, FieldWords]:
        """The words of each chosen feature, by name."""
        return parse_json(
            self.folder / "features.json",
            lambda data: {
                e["name"]: FieldWords.from_json(e) for e in checked(FEATURES, data)["features"]
            },
        )

    @property
    def reason(self) -> str | None:
        """Why a feature that tells the outcome by itself is kept."""
        path = self.folder / "features.json"
        reason: str | None = parse_json(path, lambda data: checked(FEATURES, data).get("reason"))
        return reason

    @property
    def status(self) -> Status:
        """How it stands now."""
        return read_status(self.folder)

    @property
    def engine(self) -> str | None:
        """What computed its examples, as ``engine_name``; None before they are there."""
        path = self.folder / ENGINE
        return parse_json(path, lambda told: str(told["engine"])) if path.is_file() else None

    def metrics(self) -> pd.DataFrame:
        """What the training told so far.

        Returns:
            kind ("step" or "evaluation"), step, loss, samples_per_second, and the attributes of
            ``Evaluation``; NaN where a kind has no such value. Empty before the first report.
        """
        entries = read_json_lines(self.folder / METRICS, _told)
        return pd.DataFrame(entries, columns=None if entries else ["kind", "step", "loss"])

    def references(self) -> dict[str, Any]:
        """What the curves are to be compared with, on the validation part.

        Returns:
            ``rule`` (the simplest one) and its ``auc``, ``loss`` of knowing the base rate only
            (nats), and ``base_rate``; empty before they are known.
        """
        path = self.folder / REFERENCES
        return parse_json(path, _references) if path.is_file() else {}

    def evaluation(self) -> dict[str, Any]:
        """The content of evaluation.json.

        Raises:
            InputError: the run has not come so far, or something else stands in it.
        """
        return parse_json(self.folder / EVALUATION, self._evaluation)

    def _evaluation(self, data: Any) -> dict[str, Any]:
        check_evaluation(data, self.words)
        return dict(data)

    @property
    def prospects(self) -> Path:
        """The list; there once the run is done."""
        return self.folder / PROSPECTS

    @property
    def contributions(self) -> Path:
        """The contributions of the first people of the list."""
        return self.folder / CONTRIBUTIONS

    @property
    def listed_at(self) -> datetime:
        """The moment that its list is of: all before it was known."""
        query = "SELECT max(snapshot) FROM read_parquet(?) WHERE part = 'now'"
        with closed(self.examples) as connection:
            row = connection.execute(query, [str(self.examples)]).fetchone()
        if row is None or row[0] is None:
            raise InputError("The run {run} has no list yet. Wait for its end.", run=self.id)
        listed: datetime = row[0]
        return listed

    @property
    def encoded(self) -> Path:
        """What of the encoded examples does not fit into the memory, while it is trained."""
        return self.folder / "encoded"

    @property
    def baselines(self) -> Path:
        """Everyone's scores in the simpler ways; see ``save_baselines``."""
        return self.folder / BASELINES

    @property
    def examples(self) -> Path:
        """The example frame."""
        return self.folder / EXAMPLES

    @property
    def checkpoint(self) -> Path:
        """Where the training stands; see ``deepfm.training.checkpoint``."""
        return self.folder / CHECKPOINT


def _told(entry: Dict[str, Any]) -> bool:
    """Whether a line of metrics.jsonl is one of those that a training tells."""
    numbers = [value for name, value in entry.items() if name != "kind"]
    return (
        entry.get("kind") in ("step", "evaluation")
        and isinstance(entry.get("step"), int)
        and all(isinstance(value, int | float | None) for value in numbers)
    )


def _references(data: Any) -> dict[str, Any]:
    if data["rule"] not in MODEL_NAMES:
        raise ValueError("no rule of ours")
    numbers = {name: float(data[name]) for name in ("auc", "loss", "base_rate")}
    return {**data, **numbers}


def _entry(path: Path, name: str) -> Any:
    return parse_json(path, lambda data: data[name])

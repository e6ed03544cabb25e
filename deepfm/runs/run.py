"""One run: a folder that holds all that was asked, learned and found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from deepfm.errors import InputError
from deepfm.features.catalogue import feature_catalogue
from deepfm.features.feature import Feature
from deepfm.log.log import Log
from deepfm.log.mends import Mends
from deepfm.prospects.baselines import BASELINES
from deepfm.prospects.ranking import PROSPECTS
from deepfm.prospects.score import CONTRIBUTIONS
from deepfm.prospects.scorer import EVALUATION
from deepfm.prospects.words import FieldWords
from deepfm.runs.files import read_json, read_json_lines, whole_or_gone, write_json
from deepfm.runs.home import is_id, logs_folder, new_folder, runs_folder
from deepfm.runs.status import Status, read_status, write_status
from deepfm.task.question import Question, check_question
from deepfm.training.settings import TrainingSettings

VERSION = 1
METRICS = "metrics.jsonl"
EXAMPLES = "examples.parquet"
CHECKPOINT = "checkpoint"
TRIALS, CHOSEN = "trials.jsonl", "chosen.json"
REFERENCES = "references.json"
_INSIDE = "log"
_T = TypeVar("_T")


@dataclass(frozen=True)
class Run:
    """A run's folder; every property reads the disk, so it is always up to date.

    Attributes:
        folder: holds run.json, question.json, log.json, settings.json, features.json, status.json
            and, as the run goes on, metrics.jsonl, examples.parquet, fields.json, weights.npz,
            typical.npz, model.keras, evaluation.json, prospects.parquet, contributions.parquet,
            baselines.parquet, references.json, the folder checkpoint, and after a search
            trials.jsonl and chosen.json.
    """

    folder: Path

    @property
    def id(self) -> str:
        """The folder's name."""
        return self.folder.name

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
        return datetime.fromisoformat(_entry(self.folder / "run.json", "created"))

    @property
    def question(self) -> Question:
        """What was asked."""
        return _parsed(self.folder / "question.json", Question.from_json)

    @property
    def settings(self) -> TrainingSettings:
        """How it trains."""
        return _parsed(self.folder / "settings.json", TrainingSettings.from_json)

    @property
    def chosen(self) -> TrainingSettings:
        """What it is trained with: the settings, or what the search made of them."""
        path = self.folder / CHOSEN
        return _parsed(path, TrainingSettings.from_json) if path.is_file() else self.settings

    def trials(self) -> list[dict[str, Any]]:
        """The trials of the search so far; see ``deepfm.training.search.Trial``."""
        return read_json_lines(self.folder / TRIALS)

    @property
    def log_entry(self) -> Mapping[str, Any]:
        """What the run knows of its log even when that is deleted.

        place and name (where it is), fingerprint, mapping, mends, actions (counts, most frequent
        first), columns (their use), rows, users.
        """
        entry: Mapping[str, Any] = read_json(self.folder / "log.json")
        return entry

    @property
    def mends(self) -> Mends:
        """What was changed in its log after it was read."""
        return _parsed(self.folder / "log.json", lambda data: Mends.from_json(data["mends"]))

    @property
    def log_folder(self) -> Path:
        """Where its log is, or was."""
        place, name = (_entry(self.folder / "log.json", key) for key in ("place", "name"))
        if place == "run":
            return self.folder / _INSIDE
        return logs_folder() / str(name) if place == "home" else Path(name)

    def log(self) -> Log:
        """Its log.

        Raises:
            InputError: the log was deleted, or another one is in its place.
        """
        log = Log.open(self.log_folder)
        if log.fingerprint != _entry(self.folder / "log.json", "fingerprint"):
            raise InputError(
                "The log of the run {run} was replaced by another one. Train on the new log.",
                run=self.id,
            )
        return log

    @property
    def words(self) -> dict[str, FieldWords]:
        """The words of each chosen feature, by name."""
        entries = read_json(self.folder / "features.json")["features"]
        return {entry["name"]: FieldWords.from_json(entry) for entry in entries}

    @property
    def reason(self) -> str | None:
        """Why a feature that tells the outcome by itself is kept."""
        reason: str | None = read_json(self.folder / "features.json").get("reason")
        return reason

    @property
    def status(self) -> Status:
        """How it stands now."""
        return read_status(self.folder)

    def metrics(self) -> pd.DataFrame:
        """What the training told so far.

        Returns:
            kind ("step" or "evaluation"), step, loss, samples_per_second, and the attributes of
            ``Evaluation``; NaN where a kind has no such value. Empty before the first report.
        """
        entries = read_json_lines(self.folder / METRICS)
        return pd.DataFrame(entries, columns=None if entries else ["kind", "step", "loss"])

    def references(self) -> dict[str, Any]:
        """What the curves are to be compared with, on the validation part.

        Returns:
            ``rule`` (the simplest one) and its ``auc``, ``loss`` of knowing the base rate only
            (nats), and ``base_rate``; empty before they are known.
        """
        path = self.folder / REFERENCES
        found: dict[str, Any] = read_json(path) if path.is_file() else {}
        return found

    def evaluation(self) -> dict[str, Any]:
        """The content of evaluation.json.

        Raises:
            InputError: the run has not come so far.
        """
        content: dict[str, Any] = read_json(self.folder / EVALUATION)
        return content

    @property
    def prospects(self) -> Path:
        """The list; there once the run is done."""
        return self.folder / PROSPECTS

    @property
    def contributions(self) -> Path:
        """The contributions of the first people of the list."""
        return self.folder / CONTRIBUTIONS

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


def create_run(
    log: Log,
    question: Question,
    settings: TrainingSettings,
    features: Sequence[str] | None = None,
    folder: Path | None = None,
    reason: str | None = None,
) -> Run:
    """Write down a run that is to be trained.

    Args:
        log: to learn from.
        question: what to learn.
        settings: how.
        features: names from ``feature_catalogue``; None takes those that are on by default.
        folder: an empty or new one; None makes one under ``runs_folder()``.
        reason: why a feature that tells the outcome by itself is kept; None where it is not.

    Raises:
        InputError: an action or a feature that the log does not have, no feature at all, or a
            folder that is not empty.
    """
    check_question(log, question)
    chosen = choose_features(feature_catalogue(log, question), features)
    # Another's folder may hold the log too, and stays whatever happens.
    guard: AbstractContextManager[None] = nullcontext()
    if folder is None:
        folder = new_folder(runs_folder())
        guard = whole_or_gone(folder)
    else:
        check_empty(folder, besides=log.folder)
        folder.mkdir(parents=True, exist_ok=True)
    words = [FieldWords.of(feature).to_json() for feature in chosen]
    described = {"version": VERSION, "features": words, "reason": reason}
    with guard:
        write_json(folder / "question.json", question.to_json())
        write_json(folder / "settings.json", settings.to_json())
        write_json(folder / "features.json", described)
        write_json(folder / "log.json", _log_entry(log, folder))
        write_status(folder, Status())
        write_created(folder)
    return Run(folder)


def write_created(folder: Path) -> None:
    """Write run.json, which makes ``folder`` a run; to be written last."""
    created = datetime.now().isoformat(timespec="seconds")
    write_json(folder / "run.json", {"version": VERSION, "created": created})


def choose_features(
    catalogue: Sequence[Feature], names: Sequence[str] | None
) -> tuple[Feature, ...]:
    """The features called ``names``, in the order of ``catalogue``; None: those on by default.

    Raises:
        InputError: a name that is not in the catalogue, or no name.
    """
    if names is None:
        return tuple(feature for feature in catalogue if feature.default)
    unknown = sorted(set(names) - {feature.name for feature in catalogue})
    if unknown:
        raise InputError(
            "This log has no feature {names}. Choose the features again.", names=", ".join(unknown)
        )
    if not names:
        raise InputError("No feature is chosen. Choose at least one.")
    return tuple(feature for feature in catalogue if feature.name in names)


def check_empty(folder: Path, besides: Path | None = None) -> None:
    """Refuse a folder with something in it, other than ``besides``.

    Raises:
        InputError: it is not empty, or it is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError("{folder} is a file. Choose a new folder.", folder=str(folder))
    if folder.is_dir() and any(entry != besides for entry in folder.iterdir()):
        raise InputError("The folder {folder} is not empty. Choose a new one.", folder=str(folder))


def inside_log_folder(folder: Path) -> Path:
    """Where a run keeps a log of its own."""
    return folder / _INSIDE


def _log_entry(log: Log, folder: Path) -> dict[str, Any]:
    place, name = "path", str(log.folder.resolve())
    if log.folder.resolve() == inside_log_folder(folder).resolve():
        place, name = "run", _INSIDE
    elif log.folder.resolve().parent == logs_folder() and is_id(log.folder.name):
        place, name = "home", log.folder.name
    return {
        "version": VERSION,
        "place": place,
        "name": name,
        "fingerprint": log.fingerprint,
        "mapping": log.mapping.to_json(),
        "mends": log.mends.to_json(),
        "actions": log.actions,
        "columns": {name: asdict(use) for name, use in log.report.columns.items()},
        "rows": log.rows,
        "users": log.users,
    }


def _entry(path: Path, name: str) -> Any:
    return _parsed(path, lambda data: data[name])


def _parsed(path: Path, parse: Callable[[Any], _T]) -> _T:
    """What ``parse`` makes of the file.

    Raises:
        InputError: the file is missing or broken, or what stands in it makes no sense.
    """
    data = read_json(path)
    try:
        return parse(data)
    except InputError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            "{name} in the folder {folder} cannot be read. Delete the run and start it again.",
            folder=path.parent.name,
            name=path.name,
        ) from error

"""Writing down a run that is to be trained."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from deepfm.errors import InputError
from deepfm.features.catalogue import feature_catalogue
from deepfm.features.feature import Feature
from deepfm.log.log import Log
from deepfm.log.look import hour_counts
from deepfm.prospects.words import FieldWords
from deepfm.runs.files import whole_or_gone, write_json
from deepfm.runs.home import is_id, new_folder
from deepfm.runs.limits import check_runs
from deepfm.runs.run import INSIDE, VERSION, Run
from deepfm.runs.status import Status, write_status
from deepfm.runs.workspace import Workspace
from deepfm.task.question import Question, check_question
from deepfm.training.settings import TrainingSettings
from deepfm.whole import settle_all


def create_run(
    where: Workspace | Path,
    log: Log,
    question: Question,
    settings: TrainingSettings,
    features: Sequence[str] | None = None,
    reason: str | None = None,
) -> Run:
    """Write down a run that is to be trained.

    Args:
        where: a workspace, or a folder for the run alone, empty or new.
        log: to learn from.
        question: what to learn.
        settings: how.
        features: names from ``feature_catalogue``; None takes those that are on by default.
        reason: why a feature that tells the outcome by itself is kept; None where it is not.

    Raises:
        InputError: an action or a feature that the log does not have, no feature at all, or a
            folder that is not empty; or more than the server allows.
    """
    check_question(log, question)
    chosen = choose_features(feature_catalogue(log, question), features)
    # Another's folder may hold the log too, and stays whatever happens.
    guard: AbstractContextManager[None] = nullcontext()
    if isinstance(where, Workspace):
        check_runs(where)
        folder = new_folder(where.runs)
        guard = whole_or_gone(folder)
    else:
        folder = where
        check_empty(folder, besides=log.folder)
        folder.mkdir(parents=True, exist_ok=True)
    words = [FieldWords.of(feature).to_json() for feature in chosen]
    described = {"version": VERSION, "features": words, "reason": reason}
    with guard:
        write_json(folder / "question.json", question.to_json())
        write_json(folder / "settings.json", settings.to_json())
        write_json(folder / "features.json", described)
        write_json(folder / "log.json", log_entry(log, folder))
        write_status(folder, Status())
        write_created(folder)
    return Run(folder)


def write_created(folder: Path, parent: str | None = None) -> None:
    """Write run.json, which makes ``folder`` a run, once all that it holds is on the disk.

    Args:
        folder: of the run.
        parent: id of the run whose model it borrows.
    """
    created = datetime.now().isoformat(timespec="seconds")
    borrowed = {} if parent is None else {"parent": parent}
    settle_all(folder)
    write_json(folder / "run.json", {"version": VERSION, "created": created, **borrowed})


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
    return folder / INSIDE


def log_entry(log: Log, folder: Path) -> dict[str, Any]:
    """What log.json of the run in ``folder`` says of its log."""
    place, name = "path", str(log.folder.resolve())
    if log.folder.resolve() == inside_log_folder(folder).resolve():
        place, name = "run", INSIDE
    elif log.folder.resolve().parent == Workspace.holding(folder).logs and is_id(log.folder.name):
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
        "hours": hour_counts(log),
        "rows": log.rows,
        "users": log.users,
    }

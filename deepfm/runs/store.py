"""The logs and runs of a workspace: listed, opened, deleted."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from deepfm.errors import InputError
from deepfm.language import Sentence
from deepfm.log.intake import take_in
from deepfm.log.log import Log
from deepfm.log.mapping import Mapping
from deepfm.log.source.part import Source
from deepfm.runs.files import parse_json, remove, write_json
from deepfm.runs.home import check_id, created_at, is_id, new_folder
from deepfm.runs.intake import NAME, REQUEST
from deepfm.runs.journal import note
from deepfm.runs.process import end_worker
from deepfm.runs.run import Run
from deepfm.runs.status import Status
from deepfm.runs.uploads import delete_upload
from deepfm.runs.workspace import Workspace
from deepfm.task.question import Question


@dataclass(frozen=True)
class LogInfo:
    """A log in the list.

    Attributes:
        id: the folder's name.
        folder: where it is.
        name: what its file was called.
        created: when it was taken in, local time of the machine.
        log: None where it cannot be read.
        problem: why not.
    """

    id: str
    folder: Path
    name: str
    created: datetime
    log: Log | None
    problem: Sentence | None = None


@dataclass(frozen=True)
class RunInfo:
    """A run in the list.

    Attributes:
        id: the folder's name.
        folder: where it is.
        created: local time of the machine.
        question: what was asked; None where the run cannot be read.
        log_id: id of its log, or the log's path.
        status: how it stands, with the test AUC and the length of the list; None as above.
        problem: why it cannot be read.
        parent: id of the run whose model it borrows.
    """

    id: str
    folder: Path
    created: datetime
    question: Question | None
    log_id: str | None
    status: Status | None
    problem: Sentence | None = None
    parent: str | None = None


def create_log(
    workspace: Workspace,
    source: Source,
    mapping: Mapping,
    name: str,
    on_progress: Callable[[float, Sentence], None] | None = None,
) -> Log:
    """Take a file in as a new log; nothing is left behind if that fails.

    Args:
        workspace: where.
        source: the file.
        mapping: its columns.
        name: what to call it in lists; never used as a path.
        on_progress: as in ``take_in``.

    Raises:
        InputError: as ``take_in``.
    """
    workspace.check_writable()
    folder = new_folder(workspace.logs)
    complete = False
    try:
        write_json(folder / NAME, {"name": name})
        log = take_in(source, mapping, folder, on_progress)
        complete = True
    finally:
        if not complete:
            shutil.rmtree(folder)
    return log


def list_logs(workspace: Workspace) -> list[LogInfo]:
    """All logs of a workspace, the newest first, without those that are being read."""
    folders = _folders(workspace.logs)
    return [_log_info(folder) for folder in folders if not _is_being_read(folder)]


def list_runs(workspace: Workspace) -> list[RunInfo]:
    """All runs of a workspace, the newest first; a broken one is there with its problem.

    Only small JSON files are read.
    """
    return [_run_info(folder) for folder in _folders(workspace.runs)]


def open_log(workspace: Workspace, id: str) -> Log:
    """The log with this id.

    Raises:
        InputError: no id, no such log, or a workspace that is only read: what is asked of a log
            stands beside it.
    """
    workspace.check_writable()
    return Log.open(workspace.logs / check_id(id))


def open_run(workspace: Workspace, id: str) -> Run:
    """The run with this id.

    Raises:
        InputError: no id, or no such run.
    """
    return replace(Run.open(workspace.runs / check_id(id)), writable=workspace.writable)


def delete_run(workspace: Workspace, id: str) -> None:
    """Delete a run and all that it found; a running training is ended first.

    Raises:
        InputError: no id, no such run, or a workspace that is only read.
    """
    workspace.check_writable()
    folder = workspace.runs / check_id(id)
    if not folder.is_dir():
        raise InputError("There is no run {id}. It may have been deleted already.", id=id)
    end_worker(folder)
    shutil.rmtree(folder)
    note("run deleted", folder)


def delete_log(workspace: Workspace, id: str) -> int:
    """Delete a log and the upload that it was read from; runs that learned from it keep their
    results.

    Returns:
        The number of bytes that are gone.

    Raises:
        InputError: no id, no such log, a training is still reading it, or a workspace that is
            only read.
    """
    workspace.check_writable()
    folder = workspace.logs / check_id(id)
    if not folder.is_dir():
        raise InputError("There is no log {id}. It may have been deleted already.", id=id)
    for info in list_runs(workspace):
        if info.log_id == id and info.status is not None and info.status.active:
            raise InputError(
                "The run {run} is still reading this log. Wait for its end, or delete the run "
                "first.",
                run=info.id,
            )
    upload = _upload_of(folder)
    size = remove(folder)
    note("log deleted", folder, bytes=size)
    others = (_upload_of(other) for other in _folders(workspace.logs))
    if upload is not None and upload not in others:
        size += delete_upload(workspace, upload)
    return size


def upload_of(workspace: Workspace, id: str) -> str | None:
    """The upload that a log was read from, as long as it is kept.

    Raises:
        InputError: no id.
    """
    return _upload_of(workspace.logs / check_id(id))


def _upload_of(folder: Path) -> str | None:
    try:
        found: str | None = parse_json(folder / NAME, lambda data: data.get("upload"))
    except InputError:
        return None
    return found


def _folders(parent: Path) -> list[Path]:
    if not parent.is_dir():
        return []
    folders = [path for path in parent.iterdir() if is_id(path.name) and path.is_dir()]
    return sorted(folders, key=lambda path: path.name, reverse=True)


def _is_being_read(folder: Path) -> bool:
    # A process that was killed at its very end leaves its request beside a log that is ready.
    return (folder / REQUEST).is_file() and not (folder / "log.json").is_file()


def _log_info(folder: Path) -> LogInfo:
    name = folder.name
    try:
        name = parse_json(folder / NAME, lambda data: str(data["name"]))
        log = Log.open(folder)
    except InputError as error:
        return LogInfo(folder.name, folder, name, created_at(folder.name), None, error.sentence)
    return LogInfo(folder.name, folder, name, created_at(folder.name), log)


def _run_info(folder: Path) -> RunInfo:
    created = created_at(folder.name)
    try:
        run = Run.open(folder)
        question, status, log_id = run.question, run.status, str(run.log_entry["name"])
    except InputError as error:
        return RunInfo(folder.name, folder, created, None, None, None, error.sentence)
    except (KeyError, TypeError, ValueError) as error:
        problem = Sentence("The files of this run are damaged ({reason}).", reason=repr(error))
        return RunInfo(folder.name, folder, created, None, None, None, problem)
    return RunInfo(folder.name, folder, created, question, log_id, status, parent=run.parent)

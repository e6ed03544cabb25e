"""Taking a log in, in a process of its own, seen from outside.

The folder of the log-to-be holds all that the process needs and says: ``intake.json``, what is to
be done, and ``progress.json``, how far it is. When the log is ready both are gone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from collections.abc import Mapping as Dict
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from deepfm.errors import InputError
from deepfm.language import Sentence
from deepfm.log.intake import take_in
from deepfm.log.log import Log
from deepfm.log.mapping import Mapping
from deepfm.log.mend import mend
from deepfm.log.mends import Mends
from deepfm.log.source.part import Dialect
from deepfm.log.watch import Progress
from deepfm.runs.alive import HEARTBEAT, LOCK, at_work, living
from deepfm.runs.disk import disk_in_words, disk_trouble
from deepfm.runs.files import read_json, remove, write_json
from deepfm.runs.home import check_id, new_folder
from deepfm.runs.journal import note
from deepfm.runs.keys import hashing_key
from deepfm.runs.limits import check_room
from deepfm.runs.process import end_worker, spawn
from deepfm.runs.queue import few, turn
from deepfm.runs.status import WORKER_LOG
from deepfm.runs.uploads import Upload, delete_upload, open_upload, source_of
from deepfm.runs.workspace import Workspace

NAME = "name.json"
REQUEST = "intake.json"
PROGRESS = "progress.json"
# The request is the last to go: as long as it is there, somebody will tidy up.
LEFTOVERS = (PROGRESS, WORKER_LOG, LOCK, HEARTBEAT, REQUEST)
_SWEPT_AFTER_SECONDS = 86_400.0

State = Literal["working", "done", "failed", "lost"]


@dataclass(frozen=True)
class Intake:
    """How it stands.

    Attributes:
        state: "lost" is a process that ended without a word.
        share: of the work, 0 to 1.
        words: what is being done, or why it failed.
    """

    state: State
    share: float
    words: Sentence


def start_intake(workspace: Workspace, upload: Upload, dialect: Dialect, mapping: Mapping) -> str:
    """Begin to take an upload of ``workspace`` in; the id of the log that it becomes."""
    entry = {"name": upload.name, "upload": None if mapping.hash_users else upload.id}
    request = {"upload": upload.id, "dialect": asdict(dialect), "mapping": mapping.to_json()}
    return _start(workspace, entry, request)


def start_mend(workspace: Workspace, log: Log, mends: Mends) -> str:
    """Begin to write a log of ``workspace`` with ``mends``; the id of the new log."""
    entry = {**read_json(log.folder / NAME), "upload": None}
    return _start(workspace, entry, {"log": log.folder.name, "mends": mends.to_json()})


def read_intake(workspace: Workspace, id: str) -> Intake:
    """How the log with this id is coming on.

    Raises:
        InputError: no id, or no such log.
    """
    folder = workspace.logs / check_id(id)
    if (folder / "log.json").is_file():
        return Intake("done", 1.0, Sentence("The log is ready"))
    if not (folder / REQUEST).is_file():
        raise InputError("There is no log {id}. It may have been deleted already.", id=id)
    told = read_json(folder / PROGRESS)
    state: State = told["state"]
    if state == "working" and not at_work(folder, folder / REQUEST):
        # It may have come to its end between the two looks.
        if (folder / "log.json").is_file():
            return Intake("done", 1.0, Sentence("The log is ready"))
        words = Sentence("The reading ended without a word. The machine may lack memory.")
        return Intake("lost", told["share"], disk_trouble(folder) or words)
    return Intake(state, told["share"], Sentence.from_json(told["words"]))


def cancel_intake(workspace: Workspace, id: str) -> None:
    """End the process and leave nothing of the log behind; the upload stays.

    Raises:
        InputError: no id, or a workspace that is only read.
    """
    workspace.check_writable()
    folder = workspace.logs / check_id(id)
    end_worker(folder)
    if folder.is_dir() and not (folder / "log.json").is_file():
        remove(folder)


def carry_out_intake(folder: Path) -> None:
    """Do what stands in ``folder``; how it ends stands there too.

    Raises:
        InputError: as ``take_in`` and ``mend``.
    """
    begun = time.monotonic()
    with living(folder):
        request = read_json(folder / REQUEST)
        try:
            with disk_in_words(folder), turn("readings", few(), _waiter(folder)):
                _carry_out(request, folder, _teller(folder))
        except InputError as error:
            _tell(folder, "failed", 0.0, error.sentence)
            note("log failed", folder, seconds=time.monotonic() - begun)
            raise
        _forget_upload(request, Workspace.holding(folder))
    note("log ready", folder, seconds=time.monotonic() - begun)
    _tidy(folder)


def _carry_out(request: Dict[str, Any], folder: Path, tell: Progress) -> None:
    workspace = Workspace.holding(folder)
    if "log" in request:
        log = Log.open(workspace.logs / check_id(request["log"]))
        mend(log, Mends.from_json(request["mends"]), folder, tell)
        return
    mapping = Mapping.from_json(request["mapping"])
    upload = open_upload(workspace, request["upload"])
    source = source_of(upload, Dialect(**request["dialect"]))
    key = hashing_key(workspace) if mapping.hash_users else None
    take_in(source, mapping, folder, tell, key=key)


def _forget_upload(request: Dict[str, Any], workspace: Workspace) -> None:
    """Delete an upload whose ids were to be hashed, once its log is ready."""
    if "upload" in request and Mapping.from_json(request["mapping"]).hash_users:
        delete_upload(workspace, request["upload"])


def _tidy(folder: Path) -> None:
    """Leave nothing but the log that is ready."""
    for name in LEFTOVERS:
        (folder / name).unlink(missing_ok=True)


def _start(workspace: Workspace, entry: Dict[str, Any], request: Dict[str, Any]) -> str:
    check_room(workspace)
    _sweep(workspace)
    folder = new_folder(workspace.logs)
    write_json(folder / NAME, entry)
    write_json(folder / REQUEST, request)
    _tell(folder, "working", 0.0, Sentence("Beginning"))
    spawn("deepfm.runs.intake_worker", folder)
    return folder.name


def _sweep(workspace: Workspace) -> None:
    """Remove what readings that failed or died a day ago left behind; it may be large.

    One that died when the log was ready did not come to tidy up.
    """
    for request in workspace.logs.glob(f"*/{REQUEST}"):
        folder = request.parent
        if at_work(folder, request):
            continue
        if (folder / "log.json").is_file():
            _forget_upload(read_json(request), workspace)
            _tidy(folder)
        elif abs(time.time() - request.stat().st_mtime) > _SWEPT_AFTER_SECONDS:
            remove(folder)


def _waiter(folder: Path) -> Callable[[int], None]:
    # It is asked for again and again; each number is written once.
    @cache
    def wait(before: int) -> None:
        words = Sentence("Waiting for {count} earlier files", count=before)
        _tell(folder, "working", 0.0, words)

    return wait


def _teller(folder: Path) -> Progress:
    return lambda share, words: _tell(folder, "working", share, words)


def _tell(folder: Path, state: State, share: float, words: Sentence) -> None:
    write_json(folder / PROGRESS, {"state": state, "share": share, "words": words.to_json()})

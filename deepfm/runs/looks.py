"""A first look at the features of a question, taken by a process of its own, seen from outside.

A page asks for it again and again until it is there, so that many readers at once do not wait for
each other's. The folder of a look, beside the examples that it is of, holds all that the process
needs and says. Where nobody asks any longer before its turn has come, it is given up.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from deepfm.features.guards import Guards
from deepfm.language import Sentence
from deepfm.log.log import Log
from deepfm.runs.alive import at_work
from deepfm.runs.disk import disk_trouble
from deepfm.runs.files import parse_json, remove, write_json
from deepfm.runs.previews import preview_path
from deepfm.runs.process import spawn
from deepfm.task.question import Question

REQUEST = "request.json"
PROGRESS = "progress.json"
FAILURE = "failure.json"
GUARDS = "guards.json"
WANTED = "wanted"
_LOST = Sentence("The preview ended without a word. The machine may lack memory.")

State = Literal["working", "done", "failed"]


@dataclass(frozen=True)
class Look:
    """How it stands.

    Attributes:
        state: whether there is more to come.
        words: what is being done, or why it failed.
        examples: as from ``preview_examples``, as soon as they are there.
        guards: of the chosen features, once all is done.
    """

    state: State
    words: Sentence
    examples: Path | None
    guards: Guards | None = None


def look_at(log: Log, question: Question, names: Collection[str]) -> Look:
    """How the look at these features of a question comes on; begins it where nobody has.

    Args:
        log: that is asked.
        question: that is asked.
        names: of the features that are chosen.

    Raises:
        InputError: what was found cannot be read.
    """
    preview = preview_path(log, question)
    folder = _folder(preview, names)
    if not folder.is_dir():
        _begin(folder, question, names)
    examples: Path | None = None
    # Another process may give it up or forget it meanwhile.
    with suppress(FileNotFoundError):
        # Asked before its files are looked for: one that ends in between has written its end then.
        alive = at_work(folder, folder)
        examples = preview if preview.is_file() else None
        if examples is not None and (folder / GUARDS).is_file():
            guards = parse_json(folder / GUARDS, Guards.from_json)
            with suppress(OSError):
                # Those that nobody has looked at for longest go first.
                os.utime(preview)
            return Look("done", Sentence("Done"), examples, guards)
        if (folder / FAILURE).is_file():
            return Look("failed", parse_json(folder / FAILURE, Sentence.from_json), examples)
        if not alive:
            return Look("failed", disk_trouble(folder) or _LOST, examples)
        (folder / WANTED).touch()
    return Look("working", _words(folder), examples)


def forget_look(log: Log, question: Question, names: Collection[str]) -> None:
    """Let ``look_at`` begin anew, after a failure."""
    folder = _folder(preview_path(log, question), names)
    if folder.is_dir():
        remove(folder)


def _folder(preview: Path, names: Collection[str]) -> Path:
    chosen = hashlib.sha256(json.dumps(sorted(names)).encode()).hexdigest()[:16]
    return preview.parent / f"{preview.stem}-{chosen}"


def _begin(folder: Path, question: Question, names: Collection[str]) -> None:
    folder.parent.mkdir(exist_ok=True)
    try:
        folder.mkdir()
    except FileExistsError:
        # Another reader was faster.
        return
    write_json(folder / REQUEST, {"question": question.to_json(), "names": sorted(names)})
    (folder / WANTED).touch()
    spawn("deepfm.runs.look_worker", folder)


def _words(folder: Path) -> Sentence:
    path = folder / PROGRESS
    return parse_json(path, Sentence.from_json) if path.is_file() else Sentence("Beginning")

"""How a run stands, as a small file that anyone may read at any moment."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

from deepfm.language import Sentence
from deepfm.runs.alive import HEARTBEAT, worker_pid
from deepfm.runs.disk import disk_trouble
from deepfm.runs.files import parse_json, write_json
from deepfm.training.progress import Ending

State = Literal[
    "queued",
    "preparing",
    "training",
    "evaluating",
    "explaining",
    "scoring",
    "done",
    "stopped",
    "failed",
    "lost",
]
ACTIVE: tuple[State, ...] = (
    "queued",
    "preparing",
    "training",
    "evaluating",
    "explaining",
    "scoring",
)
STATE_NAMES: Mapping[State, Sentence] = {
    "queued": Sentence("Waiting"),
    "preparing": Sentence("Preparing"),
    "training": Sentence("Training"),
    "evaluating": Sentence("Evaluating"),
    "explaining": Sentence("Explaining"),
    "scoring": Sentence("Scoring"),
    "done": Sentence("Done"),
    "stopped": Sentence("Stopped"),
    "failed": Sentence("Failed"),
    "lost": Sentence("Lost"),
}

FILE = "status.json"
WORKER_LOG = "worker.log"
STALE_SECONDS = 30.0
_NUMBERS = ("optimizer_step", "optimizer_steps", "progress", "position", "updated")
_MAYBE_NUMBERS = ("eta_seconds", "gpu_memory_mb", "auc", "people", "memory_mb", "started")
# A dying process lets go of its lock a moment before it has written its traceback.
_DYING_SECONDS = 3.0
_LONGEST_LINE = 300
_NO_MODULE = re.compile(r"No module named .*$")  # what Python says when it cannot begin at all


@dataclass(frozen=True)
class Status:
    """How a run stands.

    Attributes:
        state: where it is; ``lost`` is never written, only found out by ``read_status``.
        step: what is being done, in words.
        optimizer_step: steps of the optimizer done.
        optimizer_steps: steps that all epochs would take; early stopping may end before.
        progress: share of the whole, 0 to 1.
        eta_seconds: estimated rest; None while nothing can be said.
        position: trainings before this one in the queue.
        device: "CPU" or the GPU's name, once the training has begun.
        gpu_memory_mb: of that GPU in MiB, where it is known.
        why_not_gpu: why it is the CPU, in words.
        stopped: why the training ended: as in ``FitResult``.
        message: what went wrong, or what to know about the end, in words.
        notes: what to be careful about.
        auc: of the test part, once done.
        people: length of the list, once done.
        memory_mb: peak memory of the worker in MiB.
        started: seconds since 1970 when work began; None while queued.
        updated: seconds since 1970 of the last change.
        heartbeat: seconds since 1970 of the worker's last sign of life; not in the file.
    """

    state: State = "queued"
    step: Sentence | None = None
    optimizer_step: int = 0
    optimizer_steps: int = 0
    progress: float = 0.0
    eta_seconds: float | None = None
    position: int = 0
    device: str | None = None
    gpu_memory_mb: int | None = None
    why_not_gpu: Sentence | None = None
    stopped: Ending | None = None
    message: Sentence | None = None
    notes: tuple[Sentence, ...] = ()
    auc: float | None = None
    people: int | None = None
    memory_mb: int | None = None
    started: float | None = None
    updated: float = 0.0
    heartbeat: float | None = None

    @property
    def active(self) -> bool:
        """Whether a worker is, or will be, at work."""
        return self.state in ACTIVE

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        data = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "heartbeat"}
        data["step"] = self.step.to_json() if self.step else None
        for name in ("message", "why_not_gpu"):
            data[name] = getattr(self, name).to_json() if getattr(self, name) else None
        data["notes"] = [note.to_json() for note in self.notes]
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Status:
        """The status that ``to_json`` wrote.

        Raises:
            ValueError: a value is of another kind.
        """
        texts = all(isinstance(data.get(name), str | None) for name in ("device", "stopped"))
        numbers = {name: data.get(name, 0) for name in _NUMBERS}
        numbers |= {name: data[name] for name in _MAYBE_NUMBERS if data.get(name) is not None}
        finite = all(math.isfinite(number) for number in numbers.values())
        if not (texts and finite and data["state"] in STATE_NAMES and 0 <= data["progress"] <= 1):
            raise ValueError("no status")
        return cls(
            **{
                **data,
                "step": Sentence.from_json(data["step"]) if data["step"] else None,
                "message": Sentence.from_json(data["message"]) if data["message"] else None,
                "why_not_gpu": Sentence.from_json(data["why_not_gpu"])
                if data.get("why_not_gpu")
                else None,
                "notes": tuple(Sentence.from_json(note) for note in data["notes"]),
            }
        )


def write_status(folder: Path, status: Status) -> Status:
    """Write ``status`` with the time of now."""
    status = replace(status, updated=time.time())
    write_json(folder / FILE, status.to_json())
    return status


def read_status(folder: Path) -> Status:
    """How the run in ``folder`` stands, judged by its file and by whether its worker lives.

    An active run is ``lost`` when its worker is gone, hangs silent for 30 seconds, or has not begun
    after 30 seconds; it has ``failed`` when the worker left a traceback behind.

    Raises:
        InputError: the folder has no readable status.
    """
    # Asked before the file is read: a worker that ends in between has written its end by then.
    pid = worker_pid(folder)
    status = parse_json(folder / FILE, Status.from_json)
    status = replace(status, heartbeat=_modified(folder / HEARTBEAT))
    if not status.active:
        return status
    silence = time.time() - (status.heartbeat or status.updated)
    if pid is None:
        # A sign of life from the future is no fresh one: the clock was set back after it.
        silence = abs(silence)
    gone = pid is None and status.heartbeat is not None and silence > _DYING_SECONDS
    if gone or silence > STALE_SECONDS or (status.heartbeat is None and _traceback(folder)):
        return _ended(folder, status, silence, hangs=pid is not None)
    return status


def _ended(folder: Path, status: Status, silence: float, hangs: bool) -> Status:
    line = None if hangs else _traceback(folder)
    disk = None if hangs else disk_trouble(folder, line)
    if disk is not None:
        return replace(status, state="failed", message=disk, eta_seconds=None)
    if hangs:
        message = Sentence(
            "The training process has given no sign of life for {seconds:.0f} seconds. "
            "Resume the training to go on from where it stood.",
            seconds=silence,
        )
    elif line:
        message = Sentence(
            "The training process ended unexpectedly: {line}. Details: {file}",
            line=line.rstrip("."),
            file=WORKER_LOG,
        )
    else:
        message = Sentence(
            "The training process is gone. The machine may have been restarted or have run out of "
            "memory. Resume the training to go on from where it stood."
        )
    state: State = "failed" if line else "lost"
    return replace(status, state=state, message=message, eta_seconds=None)


def _traceback(folder: Path) -> str | None:
    """The last line of the worker's log, if that holds a traceback."""
    try:
        text = (folder / WORKER_LOG).read_text(encoding="utf-8", errors="replace").rstrip()
    except OSError:
        return None
    if "Traceback (most recent call last)" not in text and not _NO_MODULE.search(text):
        return None
    return text.splitlines()[-1][:_LONGEST_LINE]


def _modified(path: Path) -> float | None:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return None

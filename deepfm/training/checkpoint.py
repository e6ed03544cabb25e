"""Where a training stands, on the disk: whole at every moment, and plain arrays only."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepfm.arrays import UNREADABLE
from deepfm.errors import InputError
from deepfm.whole import whole

LAST = "last.npz"
_LEAST_SECONDS = 2.0
# Writing a large table must not take more than about a twentieth of the time.
_WRITES_APART = 20

Arrays = Sequence[NDArray[Any]]


@dataclass(frozen=True)
class Position:
    """How far a training is, without its weights.

    Attributes:
        settings: those that the steps depend on; a training goes on with the same ones only.
        step: optimizer steps done.
        epoch: whole epochs done.
        done: examples of the current epoch done.
        looks: evaluations of the current epoch done.
        waited: evaluations since the best one.
        best_step, best_auc, best_loss: of the best evaluation; 0, -1 and infinity before one.
        order: state of the generator of the order, at the beginning of the current epoch.
    """

    settings: dict[str, Any]
    step: int
    epoch: int
    done: int
    looks: int
    waited: int
    best_step: int
    best_auc: float
    best_loss: float
    order: dict[str, Any]


class CheckpointError(InputError):
    """A checkpoint that cannot be gone on from."""


def last_step(folder: Path) -> int | None:
    """The step that the checkpoint in ``folder`` stands at; None where there is none.

    Raises:
        CheckpointError: it cannot be read.
    """
    if not (folder / LAST).exists():
        return None
    try:
        with np.load(folder / LAST, allow_pickle=False) as stored:
            return int(json.loads(str(stored["text"]))["step"])
    except UNREADABLE as error:
        raise _unreadable(folder) from error


class Checkpoint:
    """A folder with ``last.npz`` (position and all variables) and ``best-STEP.npz``.

    Args:
        folder: made when it is first written to.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._due = time.monotonic() + _LEAST_SECONDS
        self._best: Path | None = None

    @property
    def due(self) -> bool:
        """Whether it is time to write again."""
        return time.monotonic() >= self._due

    def write(self, position: Position, values: Arrays, best: Arrays) -> None:
        """Replace what stands there.

        The best values are written first and under a name of their own, so that ``last.npz`` and
        the best that it speaks of are there together, whatever becomes of the process.
        """
        started = time.monotonic()
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"best-{position.best_step}.npz"
        if path != self._best:
            _write(path, best)
        _write(self._folder / LAST, values, json.dumps(asdict(position)))
        self._best = path
        # Older ones, and what a process that was killed has left unfinished.
        for other in self._folder.iterdir():
            if other.name not in (LAST, path.name):
                other.unlink()
        seconds = time.monotonic() - started
        self._due = time.monotonic() + max(_LEAST_SECONDS, _WRITES_APART * seconds)

    def read(self) -> tuple[Position, list[NDArray[Any]], list[NDArray[Any]]] | None:
        """Position, variables and best variables; None where nothing was written yet.

        Raises:
            CheckpointError: what stands there cannot be read.
        """
        if not (self._folder / LAST).exists():
            return None
        try:
            values, text = _read(self._folder / LAST)
            position = Position(**json.loads(text))
            best, _ = _read(self._folder / f"best-{position.best_step}.npz")
        except UNREADABLE as error:
            raise _unreadable(self._folder) from error
        return position, values, best


def _unreadable(folder: Path) -> CheckpointError:
    return CheckpointError(
        "The checkpoint in {folder} cannot be read. Delete that folder to begin anew.",
        folder=str(folder),
    )


def _write(path: Path, values: Arrays, text: str = "") -> None:
    with whole(path) as draft:
        np.savez(draft, *values, text=np.array(text))


def _read(path: Path) -> tuple[list[NDArray[Any]], str]:
    with np.load(path, allow_pickle=False) as stored:
        values = [stored[f"arr_{place}"] for place in range(len(stored.files) - 1)]
        return values, str(stored["text"])

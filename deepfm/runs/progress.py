"""What a working run tells the outside: status.json and metrics.jsonl."""

from __future__ import annotations

import json
import math
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from deepfm.language import Sentence
from deepfm.runs.files import read_json_lines, write_text
from deepfm.runs.run import METRICS, TRIALS
from deepfm.runs.status import State, Status, write_status

Listener = Callable[[Status], None]

_LEAST_SECONDS = 0.5
_LEAST_SHARE = 0.02


@dataclass(frozen=True)
class Stage:
    """One step of the way.

    Attributes:
        state: what the run's state is meanwhile.
        words: what is being done.
        share: of the whole time, roughly; all shares sum to 1.
    """

    state: State
    words: Sentence
    share: float


FEATURES = Stage("preparing", Sentence("Computing features"), 0.12)
FIELDS = Stage("preparing", Sentence("Encoding the fields"), 0.05)
TRAINING = Stage("training", Sentence("Training the model"), 0.53)
EVALUATION = Stage("evaluating", Sentence("Comparing with simpler ways"), 0.15)
EXPLANATION = Stage("explaining", Sentence("Explaining the scores"), 0.14)
LIST = Stage("scoring", Sentence("Writing the list"), 0.01)
STAGES = (FEATURES, FIELDS, TRAINING, EVALUATION, EXPLANATION, LIST)


class Progress:
    """Writes how a run stands, not more often than twice a second except at a change.

    Args:
        folder: of the run.
        listener: told of every status that is written.
    """

    def __init__(self, folder: Path, listener: Listener) -> None:
        self.status = Status()
        self._folder = folder
        self._listener = listener
        self._before = 0.0
        self._stage = STAGES[0]
        # The clock of the machine may be set back or forward meanwhile; this one goes on evenly.
        self._began: float | None = None
        self._told = -math.inf

    def wait(self, position: int) -> None:
        """So many trainings are before this one."""
        words = Sentence("Waiting for {count} earlier trainings", count=position)
        self._update(step=words, position=position)

    def enter(self, stage: Stage) -> None:
        """A stage begins."""
        self._stage = stage
        self._before = sum(s.share for s in STAGES[: STAGES.index(stage)])
        if self._began is None:
            self._began = time.monotonic()
        self.change(
            state=stage.state,
            step=stage.words,
            position=0,
            started=self.status.started or time.time(),
            progress=self._before,
            eta_seconds=self._rest(self._before),
        )

    def within(self, share: float, **changes: Any) -> None:
        """So much of the stage is done, 0 to 1."""
        done = min(1.0, self._before + self._stage.share * share)
        self._update(progress=done, eta_seconds=self._rest(done), **changes)

    def change(self, **changes: Any) -> None:
        """Attributes of the status change; written at once."""
        self.status = write_status(
            self._folder, replace(self.status, memory_mb=_peak_memory(), **changes)
        )
        self._told = time.monotonic()
        self._listener(self.status)

    def note(self, note: Sentence) -> None:
        """One more thing to be careful about."""
        self.change(notes=(*self.status.notes, note))

    def record(self, kind: str, **values: Any) -> None:
        """Append a line to metrics.jsonl."""
        self._append(METRICS, {"kind": kind, **values})

    def record_trial(self, trial: dict[str, Any]) -> None:
        """Append a line to trials.jsonl."""
        self._append(TRIALS, trial)

    def _append(self, name: str, values: dict[str, Any]) -> None:
        with (self._folder / name).open("a", encoding="utf-8") as file:
            file.write(json.dumps(values) + "\n")

    def forget_after(self, step: int) -> None:
        """Cut metrics.jsonl back to what was told up to ``step``."""
        self._keep(METRICS, lambda entry: bool(entry["step"] <= step))

    def mend_trials(self) -> None:
        """Take away the half line that a process that was killed may have left."""
        self._keep(TRIALS, lambda entry: True)

    def _keep(self, name: str, wanted: Callable[[dict[str, Any]], bool]) -> None:
        path = self._folder / name
        if path.is_file():
            kept = filter(wanted, read_json_lines(path))
            write_text(path, "".join(f"{json.dumps(entry)}\n" for entry in kept))

    def _update(self, **changes: Any) -> None:
        if time.monotonic() - self._told >= _LEAST_SECONDS:
            self.change(**changes)

    def _rest(self, done: float) -> float | None:
        """Seconds left, if the rest goes as fast as what is done."""
        if self._began is None or done < _LEAST_SHARE:
            return None
        return (time.monotonic() - self._began) * (1 - done) / done


def _peak_memory() -> int:
    """Of this process so far, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Kilobytes, except on macOS, where it is bytes.
    return round(peak / (1024 if sys.platform != "darwin" else 1024 * 1024))

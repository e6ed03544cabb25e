"""Work on a run from its turn in the queue to its end, whatever that is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deepfm.errors import InputError
from deepfm.language import Sentence
from deepfm.runs import pipeline
from deepfm.runs.alive import living
from deepfm.runs.disk import disk_in_words
from deepfm.runs.journal import note
from deepfm.runs.later import make_list
from deepfm.runs.memory import memory_in_words
from deepfm.runs.process import stop_requested
from deepfm.runs.progress import Listener, Progress
from deepfm.runs.queue import parallel, turn
from deepfm.runs.run import Run
from deepfm.runs.tracking import tracked
from deepfm.runs.webhook import tell


def carry_out(folder: Path, listener: Listener = lambda status: None) -> None:
    """Do the run in ``folder`` when its turn comes; how it ends stands in status.json.

    Args:
        folder: of a run that ``create_run`` or ``later_run`` made.
        listener: told of every change of the status.

    Raises:
        InputError: the run failed for a reason that its owner can mend; it stands in the status
            too. Other errors leave the status as it is, and ``read_status`` tells of them.
    """
    run = Run.open(folder)
    progress = Progress(folder, listener)
    with living(folder), _told(run), tracked(run, progress.note):
        try:
            _in_turn(run, progress)
        except InputError as error:
            progress.change(state="failed", message=error.sentence, eta_seconds=None)
            raise
        except pipeline.StoppedEarly:
            message = Sentence("The run was stopped before there was a model to keep.")
            progress.change(state="stopped", message=message, stopped="user", eta_seconds=None)
        except KeyboardInterrupt:
            message = Sentence("The run was broken off.")
            progress.change(state="stopped", message=message, stopped="user", eta_seconds=None)
            raise
        else:
            progress.change(state="done", step=None, progress=1.0, eta_seconds=None)


@contextmanager
def _told(run: Run) -> Iterator[None]:
    """Whoever wants to know is told of the end, once there is one."""
    begun = time.monotonic()
    note("run begun", run.folder)
    try:
        yield
    finally:
        status = run.status
        if not status.active:
            seconds = time.monotonic() - begun
            note("run ended", run.folder, state=status.state, seconds=seconds)
            tell(run)


def _in_turn(run: Run, progress: Progress) -> None:
    def wait(before: int) -> None:
        progress.wait(before)
        if stop_requested(run.folder):
            raise pipeline.StoppedEarly

    with memory_in_words(), disk_in_words(run.folder), turn("trainings", parallel(), wait):
        if run.parent is None:
            pipeline.run(run, progress)
        else:
            make_list(run, progress)

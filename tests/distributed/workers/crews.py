"""Runs that several workers train, and what is at work on them."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

from deepfm.model.settings import ModelSettings
from deepfm.runs.run import Run
from deepfm.task.question import Question
from deepfm.training.settings import TrainingSettings

QUESTION = Question(("purchase",))
# Small batches make it last, so that a kill meets the training. Each worker draws a dropout of its
# own, and on so few examples that alone would move the AUC by more than is to be told apart.
SETTINGS = TrainingSettings(
    model=ModelSettings(dropout=0.0), batch_size=8, epochs=6, patience=100, l2=300.0
)


def workers_of(run: Run) -> dict[int, int]:
    """Process ids of the run's workers, by rank."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            told = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"deepfm.runs.crew_worker" in words and os.fsencode(run.folder) in words:
            config = next(text for text in told if text.startswith(b"TF_CONFIG="))
            found[json.loads(config.partition(b"=")[2])["task"]["index"]] = int(folder.name)
    return found


def wait_until(true: Callable[[], object], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)

"""Runs for several workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from crews import QUESTION, SETTINGS

from deepfm.log.log import Log
from deepfm.runs.create import create_run
from deepfm.runs.places import SETTING
from deepfm.runs.process import end_worker
from deepfm.runs.run import Run
from deepfm.runs.workspace import common_workspace


@pytest.fixture
def make_run(log: Log, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Run]]:
    """Write down a run that so many workers, or those at these addresses, are to train."""
    made = []

    def make(workers: object, **settings: object) -> Run:
        monkeypatch.setenv(SETTING, str(workers))
        told = replace(SETTINGS, **settings)
        made.append(create_run(common_workspace(), log, QUESTION, told))
        return made[-1]

    yield make
    for run in made:
        end_worker(run.folder)

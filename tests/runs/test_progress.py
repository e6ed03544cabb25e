from __future__ import annotations

import time
from pathlib import Path

import pytest

from deepfm.runs import progress as stages
from deepfm.runs.progress import Progress
from deepfm.runs.status import Status


@pytest.mark.parametrize("jump", [-7200.0, 7200.0])
def test_a_clock_that_jumps_neither_stops_the_progress_nor_spoils_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    told: list[Status] = []
    progress = Progress(tmp_path, told.append)
    progress.enter(stages.TRAINING)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + jump)
    deadline = time.monotonic() + 1.2
    while time.monotonic() < deadline:
        progress.within(0.5)
        time.sleep(0.01)
    assert 3 <= len(told) <= 4  # twice a second
    assert told[-1].progress > told[0].progress
    assert 0 <= (told[-1].eta_seconds or 0) < 10


def test_an_end_is_written_at_once(tmp_path: Path) -> None:
    told: list[Status] = []
    progress = Progress(tmp_path, told.append)
    progress.enter(stages.LIST)
    progress.change(state="done")
    assert [status.state for status in told] == ["scoring", "done"]

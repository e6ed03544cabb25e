from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from deepfm.errors import InputError
from deepfm.runs.queue import turn

_HOLD = """
import sys, time
from deepfm.runs.queue import turn
with turn(lambda before: None):
    print("mine", flush=True)
    time.sleep(60)
"""


class _GaveUpError(Exception):
    """The waiting one left."""


def test_as_many_work_at_a_time_as_are_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEEPFM_HOME", str(tmp_path))
    monkeypatch.setenv("DEEPFM_PARALLEL_RUNS", "2")
    waited: list[int] = []

    def give_up(before: int) -> None:
        waited.append(before)
        raise _GaveUpError

    with subprocess.Popen([sys.executable, "-c", _HOLD], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"mine\n"
        with turn(give_up), pytest.raises(_GaveUpError), turn(give_up):
            pass
        other.kill()
    assert waited == [1]


@pytest.mark.parametrize("text", ["0", "two", "-1", "1.5"])
def test_a_number_of_trainings_that_makes_no_sense_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("DEEPFM_HOME", str(tmp_path))
    monkeypatch.setenv("DEEPFM_PARALLEL_RUNS", text)
    with pytest.raises(InputError, match=f"DEEPFM_PARALLEL_RUNS is {text}"), turn(lambda _: None):
        pass


def test_a_later_one_waits_for_a_living_process_and_not_for_a_dead_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEEPFM_HOME", str(tmp_path))
    waited: list[int] = []

    def give_up(before: int) -> None:
        waited.append(before)
        raise _GaveUpError

    with subprocess.Popen([sys.executable, "-c", _HOLD], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"mine\n"
        with pytest.raises(_GaveUpError), turn(give_up):
            pass
        assert waited == [1]
        other.kill()
        other.wait()
        with turn(give_up):
            assert len(list((tmp_path / "queue").glob("*.ticket"))) == 1
    assert list((tmp_path / "queue").glob("*.ticket")) == []

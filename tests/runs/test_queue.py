from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from deepfm.errors import InputError
from deepfm.runs.queue import parallel, turn

_HOLD = """
import sys, time
from deepfm.runs.queue import parallel, turn
with turn("trainings", parallel(), lambda before: None):
    print("mine", flush=True)
    time.sleep(60)
"""


def _turn(on_wait: Callable[[int], None]) -> AbstractContextManager[None]:
    return turn("trainings", parallel(), on_wait)


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
        with _turn(give_up), pytest.raises(_GaveUpError), _turn(give_up):
            pass
        other.kill()
    assert waited == [1]


@pytest.mark.parametrize("text", ["0", "two", "-1", "1.5"])
def test_a_number_of_trainings_that_makes_no_sense_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("DEEPFM_HOME", str(tmp_path))
    monkeypatch.setenv("DEEPFM_PARALLEL_RUNS", text)
    with pytest.raises(InputError, match=f"DEEPFM_PARALLEL_RUNS is {text}"):
        parallel()


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
        with pytest.raises(_GaveUpError), _turn(give_up):
            pass
        assert waited == [1]
        other.kill()
        other.wait()
        with _turn(give_up):
            assert len(list((tmp_path / "queue" / "trainings").glob("*.ticket"))) == 1
    assert list((tmp_path / "queue" / "trainings").glob("*.ticket")) == []


def test_each_kind_has_a_line_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPFM_HOME", str(tmp_path))

    def give_up(before: int) -> None:
        raise _GaveUpError

    with turn("looks", 1, give_up), turn("readings", 1, give_up):
        with pytest.raises(_GaveUpError), turn("looks", 1, give_up):
            pass
        with turn("looks", 2, give_up):
            pass

"""A short form of ``make torture``: a few of each kind of harm."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.torture.disks import can_mount, trouble_disks
from tests.torture.fuzzed import can_fuzz, fuzz_files
from tests.torture.hostile import fuzz_texts
from tests.torture.kills import kill_intakes, kill_trainings
from tests.torture.load import crowd, many_runs
from tests.torture.servers import kill_servers
from tests.torture.tampered import fuzz_runs

_SECONDS = 30.0


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of the test's own."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("DEEPFM_HOME", str(folder))
    return folder


@pytest.mark.parametrize("kill", [kill_trainings, kill_intakes, kill_servers])
def test_what_is_killed_loses_nothing(home: Path, kill: object) -> None:
    tally = kill(home, random.Random(1), 3, time.monotonic() + _SECONDS)  # type: ignore[operator]
    assert tally.sound, tally
    assert tally.tried == tally.survived > 0


def test_a_disk_that_takes_nothing_loses_nothing() -> None:
    if not can_mount():
        pytest.skip("only root may mount a file system")
    tally = trouble_disks(random.Random(2), 2, time.monotonic() + _SECONDS)
    assert tally.sound, tally
    assert tally.tried == tally.survived > 0


def test_readers_do_not_meet_each_other(home: Path) -> None:
    load = crowd(home, sessions=3, later=6, pause=1.0, seed=3)
    assert not load.problems
    assert len(load.seconds) >= 3 * 12


def test_a_thousand_runs_are_listed(home: Path) -> None:
    assert many_runs(home, 1_000)


def test_hostile_texts_are_only_texts() -> None:
    tally = fuzz_texts(20, time.monotonic() + _SECONDS)
    assert tally.sound, tally
    assert tally.tried == tally.survived > 30


def test_a_file_that_no_reader_has_seen_yet_is_read_or_refused() -> None:
    if not can_fuzz():
        pytest.skip("the fuzzer has no release for this machine")
    tally = fuzz_files(300, time.monotonic() + _SECONDS)
    assert tally.sound, tally
    assert tally.tried == tally.survived > 30


def test_a_tampered_run_says_what_is_wrong(home: Path) -> None:
    tally = fuzz_runs(home, 20, time.monotonic() + _SECONDS)
    assert tally.sound, tally
    assert tally.tried > 60

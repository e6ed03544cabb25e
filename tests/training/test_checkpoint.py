"""The checkpoint on the disk: what is written is read, what is broken is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from deepfm.training.checkpoint import LAST, Checkpoint, CheckpointError, Position, last_step

VALUES = [np.arange(6, dtype=np.float32).reshape(2, 3), np.array(7, np.int64), np.zeros(0)]
BEST = [value - 1 for value in VALUES]


def position(step: int = 12, best_step: int = 9) -> Position:
    order = np.random.default_rng(3).bit_generator.state
    return Position({"seed": 3, "units": [8]}, step, 1, 40, 2, 1, best_step, 0.7, 0.3, order)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "checkpoint"
    assert Checkpoint(folder).read() is None
    assert last_step(folder) is None
    Checkpoint(folder).write(position(), VALUES, BEST)
    found = Checkpoint(folder).read()
    assert found is not None
    assert found[0] == position()
    for ours, theirs in zip((*found[1], *found[2]), (*VALUES, *BEST), strict=True):
        np.testing.assert_array_equal(ours, theirs)
        assert ours.dtype == theirs.dtype
    assert last_step(folder) == 12


def test_one_best_is_kept(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path)
    for step in (3, 5, 8):
        checkpoint.write(position(step, step), VALUES, BEST)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best-8.npz", LAST]


def test_where_the_best_is_the_same_it_is_not_written_again(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path)
    checkpoint.write(position(9), VALUES, BEST)
    before = (tmp_path / "best-9.npz").stat().st_mtime_ns
    checkpoint.write(position(10), VALUES, BEST)
    assert (tmp_path / "best-9.npz").stat().st_mtime_ns == before
    assert last_step(tmp_path) == 10


@pytest.mark.parametrize("name", [LAST, "best-9.npz"])
def test_half_a_file_and_a_changed_one_are_said(tmp_path: Path, name: str) -> None:
    Checkpoint(tmp_path).write(position(), VALUES, BEST)
    whole = (tmp_path / name).read_bytes()
    for length in range(0, len(whole), 29):
        (tmp_path / name).write_bytes(whole[:length])
        with pytest.raises(CheckpointError, match="cannot be read"):
            Checkpoint(tmp_path).read()
    place = whole.index(VALUES[0].tobytes() if name == LAST else BEST[0].tobytes())
    (tmp_path / name).write_bytes(whole[:place] + b"\xff" + whole[place + 1 :])
    with pytest.raises(CheckpointError, match="cannot be read"):
        Checkpoint(tmp_path).read()


def test_a_missing_best_is_said(tmp_path: Path) -> None:
    Checkpoint(tmp_path).write(position(), VALUES, BEST)
    (tmp_path / "best-9.npz").unlink()
    with pytest.raises(CheckpointError):
        Checkpoint(tmp_path).read()


def test_nothing_in_it_is_ever_run(tmp_path: Path) -> None:
    """An array of objects would be a pickle, which is code."""
    np.savez(tmp_path / LAST, np.array([print], dtype=object), text=np.array("{}"))
    with pytest.raises(CheckpointError):
        Checkpoint(tmp_path).read()

"""Workers that share each batch have equal weights, and nearly those of one worker alone."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from trainee import CASES

from deepfm.runs.places import Places, environment

ROOT = Path(__file__).parents[3]
TRAINEE = Path(__file__).with_name("trainee.py")


def trained(case: str, workers: int, folder: Path) -> list[dict[str, np.ndarray]]:
    """What each worker has at the end."""
    addresses = Places(workers).settled()
    processes, paths = [], []
    for rank in range(workers):
        told = environment(addresses, rank) if workers > 1 else {}
        paths.append(folder / f"{case}-{workers}-{rank}.npz")
        processes.append(
            subprocess.Popen(
                [sys.executable, TRAINEE, case, paths[-1]],
                env={**os.environ, "PYTHONPATH": str(ROOT), **told},
            )
        )
    try:
        assert [process.wait(120) for process in processes] == [0] * workers
    finally:
        for process in processes:
            process.kill()
    found = []
    for path in paths:
        with np.load(path) as stored:
            found.append({name: stored[name] for name in stored.files})
    return found


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("alone")
    return cache(lambda case: trained(case, 1, folder)[0])


@pytest.mark.parametrize("case", CASES)
def test_two_have_the_same_weights_and_those_of_one_alone(case: str, alone, tmp_path: Path) -> None:
    first, second = trained(case, 2, tmp_path)
    assert all(np.array_equal(first[name], second[name]) for name in first)
    one = alone(case)
    assert len(one["looks"]) == len(first["looks"]) == 8
    # Each draws a dropout of its own; the rest is rounding.
    if case == "dropout":
        assert abs(first["looks"].max() - one["looks"].max()) < 0.01
    else:
        np.testing.assert_allclose(first["looks"], one["looks"], atol=0.001)
        assert np.corrcoef(first["logit"], one["logit"])[0, 1] > 0.999


def test_three_share_also_a_batch_of_one_example(alone, tmp_path: Path) -> None:
    first, *others = trained("plain", 3, tmp_path)
    for other in others:
        assert all(np.array_equal(first[name], other[name]) for name in first)
    np.testing.assert_allclose(first["looks"], alone("plain")["looks"], atol=0.001)

"""Where the training runs is found out, and why not on a GPU is said in words."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from deepfm.training.device import Device, driver_version, find_device, share_gpu, why_not_gpu

OPEN = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release Build"
CLOSED = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  470.256.02  Thu May  2 14:37:44 UTC 2024"


@pytest.mark.parametrize(
    ("text", "found"), [(OPEN, "570.86.15"), (CLOSED, "470.256.02"), ("something else", None)]
)
def test_the_driver_says_its_version(tmp_path: Path, text: str, found: str | None) -> None:
    (tmp_path / "version").write_text(text, encoding="utf-8")
    assert driver_version(tmp_path / "version") == found
    assert driver_version(tmp_path / "none") is None


@pytest.mark.parametrize(
    ("driver", "said"),
    [
        (None, "There is no NVIDIA driver"),
        ("470.256.02", "470.256.02 is too old: 525 or later"),
        ("570.86.15", "CUDA libraries are missing"),
    ],
)
def test_why_there_is_no_gpu_is_said_in_words(driver: str | None, said: str) -> None:
    sentence = why_not_gpu(driver)
    assert said in sentence.text()
    assert sentence.text("zh") != sentence.text()


def test_the_device_of_this_machine_is_found() -> None:
    found = find_device()
    assert found.name
    assert (found.name == "CPU") == (found.why_not_gpu is not None)
    if found.name == "CPU":
        assert found == Device("CPU", None, why_not_gpu(driver_version()))


def test_memory_is_taken_as_needed_unless_someone_says_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TF_FORCE_GPU_ALLOW_GROWTH", raising=False)
    monkeypatch.setenv("XLA_PYTHON_CLIENT_PREALLOCATE", "true")
    share_gpu()
    assert os.environ["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
    assert os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] == "true"

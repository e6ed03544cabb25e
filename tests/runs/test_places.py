"""How many workers train, and where they are."""

from __future__ import annotations

import json
import os

import pytest

from deepfm.errors import InputError
from deepfm.runs.places import SETTING, Places, environment, places


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", Places(1)),
        ("1", Places(1)),
        (" 4 ", Places(4)),
        ("a:1, b.example:65535", Places(2, ("a:1", "b.example:65535"))),
    ],
)
def test_a_number_or_addresses(text: str, found: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, text)
    assert places() == found


@pytest.mark.parametrize(
    "text",
    ["0", "-1", "65", "two", "2.5", "²", "a:1", "a:1,a:1", "a:1,b", "a:0,b:1", "a:1,b:65536"],
)
def test_what_says_nothing_of_workers_is_refused(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, text)
    with pytest.raises(InputError, match="says nothing of workers"):
        places()


def test_without_the_setting_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SETTING, raising=False)
    assert places() == Places(1)


def test_free_ports_are_different_ones() -> None:
    assert len(set(Places(8).settled())) == 8


def test_workers_of_one_machine_share_its_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    told = environment(("a:1", "a:2", "b:1"), 1)
    assert json.loads(told["TF_CONFIG"])["task"] == {"type": "worker", "index": 1}
    assert int(told["TF_NUM_INTRAOP_THREADS"]) == max(1, (os.cpu_count() or 1) // 2)
    assert "CUDA_VISIBLE_DEVICES" not in told


def test_each_has_a_gpu_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    addresses = ("a:1", "b:1", "a:2")
    given = [environment(addresses, rank)["CUDA_VISIBLE_DEVICES"] for rank in range(3)]
    assert given == ["3", "3", "5"]
    with pytest.raises(InputError, match="2 GPUs for 3 workers"):
        environment(("a:1", "a:2", "a:3"), 0)

from __future__ import annotations

from pathlib import Path

import pytest

from deepfm.runs.ready import readiness


def test_a_server_that_could_take_work_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEEPFM_HOME", str(tmp_path / "home"))
    assert readiness() == {"disk": None, "worker": None}
    assert not list((tmp_path / "home").iterdir())


def test_what_stands_in_the_way_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DEEPFM_HOME", str(tmp_path / "file"))
    monkeypatch.setattr("sys.executable", str(tmp_path / "nothing"))
    found = readiness()
    assert "Nothing can be written" in found["disk"].text()
    assert "No process can be started" in found["worker"].text()

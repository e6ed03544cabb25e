from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from deepfm.runs.example import open_example
from deepfm.runs.members import Member, open_workspace
from deepfm.runs.metrics import open_metrics
from deepfm.runs.workspace import common_workspace


def _values() -> dict[str, float]:
    families = text_string_to_metric_families(open_metrics().decode())
    samples = [sample for family in families for sample in family.samples]
    return {"-".join((s.name, *s.labels.values())): s.value for s in samples}


def test_the_numbers_are_those_of_all_workspaces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEEPFM_HOME", str(tmp_path / "home"))
    assert _values()["deepfm_runs-done"] == 0
    open_example(common_workspace())
    broken = open_example(open_workspace(Member("https://login.example.com", "1", "Ann", "")))
    (broken.folder / "status.json").write_text("{")
    (common_workspace().runs / "notes.txt").touch()
    found = _values()
    assert (found["deepfm_runs-done"], found["deepfm_runs-damaged"]) == (1, 1)
    assert found["deepfm_logs"] == found["deepfm_workspaces"] == 2
    assert 0 < found["deepfm_disk_free_bytes"] < found["deepfm_disk_size_bytes"]

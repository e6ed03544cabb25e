"""The finished run that comes with the project is whole, and written by this version."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from deepfm.prospects.person import explain_person
from deepfm.prospects.scorer import Scorer
from deepfm.runs.example import open_example, write_example
from deepfm.runs.run import Run
from deepfm.runs.store import list_logs, list_runs
from deepfm.runs.train import MODEL
from deepfm.runs.workspace import common_workspace


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DEEPFM_HOME", str(tmp_path / "home"))
    return open_example(common_workspace())


def test_the_example_is_a_finished_run_with_its_log(example: Run) -> None:
    assert example.status.state == "done"
    assert example.log().rows == example.log_entry["rows"]
    listed = pd.read_parquet(example.prospects)
    assert len(listed) == example.status.people > 500
    person = explain_person(Scorer.open(example.folder), example.examples, listed["user"].iloc[0])
    assert person.logit == pytest.approx(listed["logit"].iloc[0], abs=1e-4)
    assert (example.folder / MODEL).is_file()
    assert (example.folder / "vectors.npy").is_file()


def test_it_is_put_into_the_home_once(example: Run) -> None:
    (example.folder / "segments.json").write_text("{}")
    again = open_example(common_workspace())
    assert again.id == example.id
    # What a reader added stays.
    assert (again.folder / "segments.json").is_file()
    assert len(list_runs(common_workspace())) == len(list_logs(common_workspace())) == 1
    assert sorted(path.name for path in (common_workspace().runs.parent).iterdir()) == [
        "logs",
        "runs",
    ]


def test_a_run_that_is_packed_comes_out_as_it_was(
    example: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (example.folder / "worker.log").write_text("/home/somebody")
    write_example(example, tmp_path / "example.zip")
    monkeypatch.setenv("DEEPFM_HOME", str(tmp_path / "other"))
    monkeypatch.setattr("deepfm.runs.example.files", lambda package: tmp_path)
    again = open_example(common_workspace())
    assert again.folder != example.folder
    names = {path.name for path in example.folder.iterdir()}
    assert {path.name for path in again.folder.iterdir()} == names - {"worker.log"}
    for name in ("prospects.parquet", "evaluation.json", "weights.npz"):
        assert (again.folder / name).read_bytes() == (example.folder / name).read_bytes()
    assert again.log().fingerprint == example.log().fingerprint
    assert common_workspace().logs.is_dir()

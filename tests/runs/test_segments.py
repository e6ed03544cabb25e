"""Filters with a name come back as they were."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from deepfm.errors import InputError
from deepfm.language import catalogue
from deepfm.prospects.filter import Condition, Filter
from deepfm.runs.run import Run
from deepfm.runs.segments import delete_segment, read_segments, save_segment

CHOSEN = Filter(
    "u%",
    ("A", "B"),
    0.25,
    "hour",
    (Condition("favorite:category", ("小", None)), Condition("since:cart", (), 0.5, 3.0)),
)


@pytest.fixture
def run(done: Run, tmp_path: Path) -> Run:
    return Run(Path(shutil.copytree(done.folder, tmp_path / "run")))


def test_segments_are_kept_in_the_run(run: Run) -> None:
    assert read_segments(run) == {}
    assert save_segment(run, "  高意向 ", CHOSEN) == "高意向"
    save_segment(run, "all", Filter())
    again = Run.open(run.folder)
    assert list(read_segments(again)) == ["all", "高意向"]
    assert read_segments(again)["高意向"] == CHOSEN
    save_segment(again, "all", CHOSEN)
    assert read_segments(run)["all"] == CHOSEN
    delete_segment(run, "all")
    delete_segment(run, "all")
    assert list(read_segments(run)) == ["高意向"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 61])
def test_a_segment_needs_a_name(run: Run, name: str) -> None:
    with pytest.raises(InputError, match="a name of 1 to 60") as error:
        save_segment(run, name, Filter())
    assert error.value.sentence.template in catalogue("zh")
    assert read_segments(run) == {}

"""Filters with a name come back as they were."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from deepfm.errors import InputError
from deepfm.language import catalogue
from deepfm.prospects.filter import Condition, Filter
from deepfm.runs.run import Run
from deepfm.runs.segments import SEGMENTS, delete_segment, read_segments, save_segment

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


def _told(**changed: object) -> dict[str, object]:
    return {**Filter().to_json(), **changed}


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ({"a": {}}, "1: user is missing"),
        ({"a": 7}, ": a is missing"),
        ([], "cannot be read"),
        ({"": _told()}, ": 1 is missing"),
        ({"x" * 61: _told()}, ": 1 is missing"),
        ({"a": _told(), "b": _told(user=1)}, "2: user"),
        ({"a": _told(tiers=["A", "E"])}, "1: tiers[1]"),
        ({"a": _told(least_probability=2)}, "1: least_probability"),
        ({"a": _told(reason="gone")}, "1: reason"),
        ({"a": _told(conditions=[{"field": "hour"}])}, "1: conditions[0].values"),
    ],
)
def test_a_segment_that_nobody_saved_is_named(run: Run, content: object, part: str) -> None:
    text = json.dumps(content)
    (run.folder / SEGMENTS).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="nothing but the saved filters is lost") as error:
        read_segments(run)
    assert part in error.value.text()
    assert SEGMENTS in error.value.text("zh") != error.value.text()
    with pytest.raises(InputError):
        save_segment(run, "more", Filter())
    assert (run.folder / SEGMENTS).read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    "condition",
    [
        Condition("gone"),
        Condition("favorite:category", low=1.0),
        Condition("since:cart", ("1",)),
        Condition('since:cart" OR "1"="1'),
    ],
)
def test_a_condition_fits_its_field(run: Run, condition: Condition) -> None:
    segments = {"a": Filter(conditions=(condition,)).to_json()}
    (run.folder / SEGMENTS).write_text(json.dumps(segments), encoding="utf-8")
    with pytest.raises(InputError, match=r"1: conditions\[0\]\.field is missing"):
        read_segments(run)

"""A file of a run in which something else stands says which one it is, and where."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from deepfm.errors import InputError
from deepfm.prospects.filter import Filter
from deepfm.prospects.handout import Handout
from deepfm.prospects.names import PROSPECTS
from deepfm.runs.drifted import training_spread
from deepfm.runs.files import read_json, read_json_lines
from deepfm.runs.handouts import campaign_groups, record_handout
from deepfm.runs.later import read_backtest, read_drift
from deepfm.runs.run import Run

Read = Callable[[Run], object]


@pytest.fixture
def run(done: Run, tmp_path: Path) -> Run:
    return Run(Path(shutil.copytree(done.folder, tmp_path / "run")))


def _put(run: Run, name: str, *way: str | int, value: Any) -> None:
    """Change one thing in a file."""
    path = run.folder / name
    data = inside = json.loads(path.read_text(encoding="utf-8"))
    for key in way[:-1]:
        inside = inside[key]
    inside[way[-1]] = value
    path.write_text(json.dumps(data), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "way", "value", "read", "part"),
    [
        ("evaluation.json", ["base_rate"], "much", Run.evaluation, "base_rate"),
        ("evaluation.json", ["models", 0, "lift"], [], Run.evaluation, "models[0].lift"),
        ("evaluation.json", ["roc", "deepfm", "fpr", 0], None, Run.evaluation, "roc.deepfm.fpr[0]"),
        ("features.json", ["features", 0, "kind"], "x", lambda run: run.words, "features[0].kind"),
        ("features.json", ["reason"], 7, lambda run: run.reason, "reason"),
        ("log.json", ["actions"], ["a"], lambda run: run.log_entry, "actions"),
        ("log.json", ["mapping", "user"], None, lambda run: run.mapping, "mapping.user"),
        ("log.json", ["mends", "leave_out"], "u1", lambda run: run.mends, "mends.leave_out"),
        ("log.json", ["place"], "/etc", lambda run: run.log_folder, "place"),
    ],
)
def test_what_is_wrong_is_said(
    run: Run, name: str, way: list[str | int], value: Any, read: Read, part: str
) -> None:
    read(run)
    _put(run, name, *way, value=value)
    with pytest.raises(InputError) as error:
        read(run)
    said = f"{name} in the folder run cannot be read: {part} is missing"
    assert said in error.value.text()
    assert "Delete the run" in error.value.text()
    assert part in error.value.text("zh") != error.value.text()


def test_a_log_lies_in_no_other_folder(run: Run) -> None:
    for name in ("../../../etc", "/etc", "..", ""):
        for key, value in (("place", "home"), ("name", name)):
            _put(run, "log.json", key, value=value)
        with pytest.raises(InputError, match="is not the id of a log"):
            run.log()


@pytest.mark.parametrize(
    ("file", "content", "read", "part"),
    [
        ("trials.jsonl", {"number": "1"}, Run.trials, "1: number"),
        ("drift.json", [{"field": "gone"}], read_drift, r"\[0\]\.field"),
        ("backtest.json", {"unit": "<b>"}, read_backtest, "unit"),
        ("spread.json", {"hour": [1, "2"]}, training_spread, r"hour\[1\]"),
    ],
)
def test_so_do_the_files_that_not_every_run_has(
    run: Run, file: str, content: object, read: Read, part: str
) -> None:
    (run.folder / file).write_text(json.dumps(content) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=part):
        read(run)


@pytest.mark.parametrize(
    ("changed", "part"),
    [
        ({"ranking": "../../other/prospects.parquet"}, "1: ranking"),
        ({"ranking": "/etc/passwd"}, "1: ranking"),
        ({"limit": "all"}, "1: limit"),
        ({"hold_out": None}, "1: hold_out"),
        ({"filter": {}}, "1: user"),
        ({"filter": {**Filter().to_json(), "reason": "gone"}}, "1: reason"),
    ],
)
def test_a_handout_of_another_kind_is_said(run: Run, changed: dict[str, object], part: str) -> None:
    record_handout(run, PROSPECTS, Filter(), Handout(hold_out=0.5))
    users = pd.Series(["1", "2"])
    assert campaign_groups(run, users) is not None
    path = run.folder / "handouts.jsonl"
    path.write_text(json.dumps(json.loads(path.read_text()) | changed) + "\n")
    with pytest.raises(InputError, match=part):
        campaign_groups(run, users)


def test_half_a_character_is_none(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"a": "\\ud83d\\ude00"}\n')
    assert read_json(path) == {"a": "😀"}
    assert read_json_lines(path) == [{"a": "😀"}]
    path.write_text('{"a": "\\ud83d"}\n')
    for read in (read_json, read_json_lines):
        with pytest.raises(InputError, match=r"x\.json .* cannot be read"):
            read(path)

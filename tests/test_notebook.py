"""The names that a notebook needs: few, described, and imported only when asked for."""

from __future__ import annotations

import doctest
import subprocess
import sys
from pathlib import Path

import pytest

import deepfm
from deepfm import notebook
from deepfm.errors import InputError
from deepfm.log.log import Log
from deepfm.runs.run import Run
from deepfm.task.question import Question


def test_there_are_few_names_and_each_is_described() -> None:
    assert len(deepfm.__all__) <= 10
    assert set(deepfm.__all__) <= set(dir(deepfm))
    for name in deepfm.__all__:
        assert (getattr(deepfm, name).__doc__ or "").strip(), name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        deepfm.nothing  # noqa: B018


def test_the_import_waits_for_nothing_heavy() -> None:
    code = (
        "import sys, deepfm; dir(deepfm); "
        "heavy = {'pandas', 'numpy', 'keras', 'tensorflow', 'duckdb'} & set(sys.modules); "
        "sys.exit(', '.join(heavy) if heavy else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_the_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = doctest.testmod(notebook)
    assert result.attempted > 9
    assert not result.failed


def test_a_column_is_named_and_a_used_folder_refused(demo_csv: Path, tmp_path: Path) -> None:
    log = deepfm.read_log(demo_csv, tmp_path / "log", time_zone="Asia/Shanghai", item=None)
    assert (log.mapping.time_zone, log.mapping.item) == ("Asia/Shanghai", None)
    with pytest.raises(InputError, match="not empty"):
        deepfm.read_log(demo_csv, tmp_path / "log")
    with pytest.raises(TypeError):
        deepfm.read_log(demo_csv, tmp_path / "other", colour="red")
    assert not (tmp_path / "other").exists()


def test_a_training_that_fails_says_why(log: Log, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        deepfm.train(log, Question(("purchase",), horizon_days=60), tmp_path / "run")


def test_a_person_is_explained_as_on_the_page(done: Run) -> None:
    people = deepfm.read_list(done)
    why = deepfm.explain_user(done, people["user"][0])
    assert {"field", "label", "value", "total"} <= set(why.columns)
    with pytest.raises(InputError, match="not on this list"):
        deepfm.explain_user(done, "nobody")

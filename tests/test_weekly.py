"""The scripts of examples/, as a timer runs them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

SCRIPT = Path(__file__).parents[1] / "examples" / "weekly.py"


def _weekly(log: Path, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), str(log), str(folder), "--target", "purchase", *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def test_a_model_is_trained_and_kept_for_weeks(demo_csv: Path, tmp_path: Path) -> None:
    today = date.today()
    models = tmp_path / "models"
    first = _weekly(demo_csv, tmp_path, "--epochs", "1")
    assert first.returncode == 0, first.stderr
    assert f"trained {models / today.isoformat()}" in first.stdout
    listed = pd.read_csv(tmp_path / "lists" / f"{today}.csv", dtype=str)
    assert len(listed) > 100
    # As if a week had passed: the model stays, and so do those who are held out.
    earlier = models / (today - timedelta(days=7)).isoformat()
    (models / today.isoformat()).rename(earlier)
    second = _weekly(demo_csv, tmp_path)
    assert second.returncode == 0, second.stderr
    assert [path.name for path in models.iterdir()] == [earlier.name]
    again = pd.read_csv(tmp_path / "lists" / f"{today}.csv", dtype=str)
    pd.testing.assert_frame_equal(again, listed)


def test_a_log_that_does_not_do_is_refused_and_a_broken_model_passed_over(
    demo_csv: Path, tmp_path: Path
) -> None:
    (tmp_path / "models" / "2020-01-01").mkdir(parents=True)
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a,b\n1,2\n", encoding="utf-8")
    ended = _weekly(wrong, tmp_path)
    assert ended.returncode == 2
    assert "2020-01-01 is passed over" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert list((tmp_path / "lists").iterdir()) == []
    shutil.rmtree(tmp_path / "models")
    today = date.today().isoformat()
    (tmp_path / "models" / today).mkdir(parents=True)
    assert "was broken off" in _weekly(demo_csv, tmp_path).stderr

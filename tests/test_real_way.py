"""The whole way on real logs, which are not part of the project, from the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from deepfm.runs.run import Run

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("DEEPFM_SHARED", ROOT.parent / "shared")) / "data"

pytestmark = pytest.mark.real_data


def _train(name: str, folder: Path, *options: str) -> Run:
    """Train as a person would at the command line, score the same log again, and open the run."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{path} is not here; set DEEPFM_SHARED to the folder that holds data/")
    run, scored = folder / "run", folder / "list.csv"
    for arguments in (
        ("train", str(path), "--out", str(run), *options),
        ("score", str(run), str(path), "--out", str(scored)),
    ):
        ended = subprocess.run(
            [sys.executable, "-m", "deepfm", *arguments],
            cwd=ROOT,
            env={**os.environ, "DEEPFM_HOME": str(folder / "home")},
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert ended.returncode == 0, ended.stderr[-2_000:]
    again = pd.read_csv(scored, dtype={"User": str})
    whole = pd.read_parquet(run / "prospects.parquet")
    assert again["User"].tolist() == whole["user"].tolist()
    return Run.open(run)


def _auc(run: Run) -> dict[str, float]:
    return {model["name"]: model["auc"] for model in run.evaluation()["models"]}


def test_taobao_who_buys_on_the_last_day(tmp_path: Path) -> None:
    """149 of 815 users buy on the third of December, China time."""
    run = _train(
        "taobao_userbehavior/UserBehavior.csv",
        tmp_path,
        "--time-zone", "Asia/Shanghai", "--target", "buy", "--horizon", "1d", "--lookback", "5d",
        "--every", "1d",
    )  # fmt: skip
    assert run.evaluation()["parts"]["test"] == {"examples": 815, "positives": 149}
    auc = _auc(run)
    assert auc["deepfm"] > auc["recency"]
    assert auc["deepfm"] > 0.53


def test_online_retail_who_buys_again_within_30_days(tmp_path: Path) -> None:
    run = _train("online_retail/online_retail.csv.gz", tmp_path)
    assert (run.question.horizon_days, run.question.kind) == (30, "user")
    auc = _auc(run)
    assert auc["deepfm"] > auc["recency"] + 0.05
    assert auc["deepfm"] > 0.68


def test_rees46_which_row_is_a_purchase(tmp_path: Path) -> None:
    run = _train("rees46/2019-Oct.csv", tmp_path)
    assert run.question.kind == "event"
    assert run.evaluation()["unit"] == "rows"
    auc = _auc(run)
    assert auc["deepfm"] > auc["habit"]
    assert auc["deepfm"] > 0.58

"""A run whose features a cluster computed, from the command line to the list."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyspark
from cluster import Cluster

from deepfm.runs.card import model_card
from deepfm.runs.run import Run

ROOT = Path(__file__).parents[2]


def done(*arguments: object) -> None:
    command = [sys.executable, "-m", "deepfm", *map(str, arguments)]
    ended = subprocess.run(
        command, cwd=ROOT, timeout=900, check=True, stdout=subprocess.PIPE, text=True
    )
    assert "in place of the cluster" not in ended.stdout


def test_a_log_is_trained_on_and_scored(cluster: Cluster, demo_csv: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    quick = ("--preset", "quick", "--epochs", 1, "--every", "14d", "--lookback", "14d")
    asked = ("--target", "purchase", "--out", folder, *quick)
    done("train", demo_csv, *asked, "--engine", cluster.address)
    run = Run.open(folder)
    assert run.engine == f"Spark {pyspark.__version__}, {cluster.address}"
    assert not [note for note in run.status.notes if "in place of the cluster" in note.text()]
    _, sections = model_card(run, "en")
    assert any(run.engine in line for section in sections for line in section.lines)
    lists = []
    for name, engine in (("one", cluster.address), ("other", "duckdb")):
        out = tmp_path / name / "list.parquet"
        out.parent.mkdir()
        done("score", folder, demo_csv, "--out", out, "--engine", engine)
        assert [path.name for path in out.parent.iterdir()] == [out.name]
        lists.append(pd.read_parquet(out))
    pd.testing.assert_frame_equal(*lists, rtol=1e-9)

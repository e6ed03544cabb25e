"""The lists of the simpler ways."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from deepfm.evaluation.verdict import model_in
from deepfm.prospects.baselines import ranking, rankings
from deepfm.runs.run import Run

WAYS = ["recency", "logistic", "trees"]


def test_deepfm_and_every_simpler_way_have_a_list(done: Run) -> None:
    evaluation = done.evaluation()
    assert rankings(done.folder, evaluation) == ["deepfm", *WAYS]
    assert ranking(done.folder, evaluation, "deepfm") == done.prospects


@pytest.mark.parametrize("way", WAYS)
def test_a_list_of_a_simpler_way_goes_by_its_scores(done: Run, way: str, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(done.folder, folder)
    table = pd.read_parquet(ranking(folder, done.evaluation(), way))
    scores = pd.read_parquet(done.baselines).set_index("user")[way]
    ours = pd.read_parquet(done.prospects)
    assert list(table) == list(ours)
    assert sorted(table["user"]) == sorted(ours["user"])
    assert scores.loc[table["user"]].is_monotonic_decreasing
    assert table["rank"].tolist() == list(range(1, len(table) + 1))
    assert table["tier"].tolist() == ours["tier"].tolist()
    seen = ours.set_index("user")["last_seen"]
    assert table["last_seen"].tolist() == seen.loc[table["user"]].tolist()
    assert table["for_1"].isna().all()
    # About as many as did it before are expected to do it: the probabilities are calibrated.
    rate = done.evaluation()["base_rate"]
    assert table["probability"].mean() == pytest.approx(rate, rel=0.5)
    assert table["probability"].between(0, 1).all()


def test_a_run_of_before_the_calibration_has_its_own_list_only(done: Run) -> None:
    evaluation = done.evaluation()
    for model in evaluation["models"]:
        del model["calibration"]
    assert rankings(done.folder, evaluation) == ["deepfm"]
    assert model_in(evaluation)["name"] == "deepfm"

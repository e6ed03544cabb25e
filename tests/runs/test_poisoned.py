"""Numbers that no price can be: the run comes to its end with a model that is one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from deepfm.log.guess import guess_mapping
from deepfm.log.source.source import open_source
from deepfm.runs.create import create_run
from deepfm.runs.process import start_worker
from deepfm.runs.status import Status
from deepfm.runs.store import create_log
from deepfm.runs.workspace import common_workspace
from deepfm.task.question import Question
from deepfm.training.settings import TrainingSettings

POISON = ("1e308", "-1e308", "inf", "NaN", "1e-320")


def test_a_poisoned_amount_does_not_lead_the_training_astray(
    home: Path, demo_csv: Path, tmp_path: Path, wait_for: Callable[..., Status]
) -> None:
    table = pd.read_csv(demo_csv, dtype=str)
    random = np.random.default_rng(0)
    where = random.random(len(table)) < 0.05
    table.loc[where, "price"] = random.choice(POISON, where.sum())
    path = tmp_path / "poisoned.csv"
    table.to_csv(path, index=False)
    source = open_source(path)
    log = create_log(common_workspace(), source, guess_mapping(source), path.name)
    assert log.mapping.amount == "price"
    run = create_run(
        common_workspace(), log, Question(("purchase",)), TrainingSettings(epochs=2, batch_size=256)
    )
    start_worker(run.folder)
    status = wait_for(run, lambda status: not status.active)
    assert (status.state, status.stopped) == ("done", "done"), status
    looks = run.metrics().loc[lambda rows: rows["kind"] == "evaluation"]
    assert np.isfinite(looks[["valid_loss", "valid_auc", "train_loss"]].to_numpy(float)).all()
    people = pd.read_parquet(run.prospects)
    assert np.isfinite(people[["score", "probability"]].to_numpy(float)).all()
    assert (status.auc or 0) > 0.75

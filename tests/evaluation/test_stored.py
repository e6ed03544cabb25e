"""What is read from the disk gives the figures that a frame in memory gives."""

import numpy as np
import pandas as pd
import pytest

from deepfm.evaluation import stored as module
from deepfm.evaluation.baselines import baseline_scores
from deepfm.evaluation.report import PARTS, evaluate
from deepfm.evaluation.stored import known_examples, rule_scores, stored_baseline_scores
from deepfm.features import stored
from deepfm.features.stored import stored_parts

SPARSE, DENSE = ("city", "last:item"), ("days_since_last", "count", "never")


@pytest.fixture
def parts(frame, tmp_path, monkeypatch):
    monkeypatch.setattr(stored, "BATCH", 500)
    frame.to_parquet(tmp_path / "examples.parquet", index=False, row_group_size=1_700)
    return stored_parts(tmp_path / "examples.parquet")


def test_scores_are_those_of_the_frame(frame, parts):
    found = stored_baseline_scores(parts, SPARSE, DENSE)
    for name, scores in baseline_scores(frame, SPARSE, DENSE).items():
        for part in parts:
            wanted = scores[(frame["part"] == part).to_numpy()]
            np.testing.assert_allclose(found[name][part], wanted, rtol=1e-12, err_msg=name)


def test_without_recency_the_rule_is_the_habit(frame, tmp_path):
    frame.drop(columns="days_since_last").to_parquet(tmp_path / "examples.parquet", index=False)
    parts = stored_parts(tmp_path / "examples.parquet")
    (name,) = rule_scores(parts)
    assert name == "habit"


def test_so_many_rows_at_most_are_learned_from(parts, monkeypatch):
    monkeypatch.setattr(module, "MOST_TRAINING_ROWS", 900)
    one, other = (stored_baseline_scores(parts, SPARSE, DENSE, seed) for seed in (0, 0))
    for name in ("logistic", "trees"):
        np.testing.assert_array_equal(one[name]["test"], other[name]["test"])
        assert np.isnan(one[name]["train"]).all()


def test_an_evaluation_is_that_of_the_frame(frame, parts):
    time = pd.Timestamp("2026-01-05") + pd.to_timedelta(np.arange(len(frame)) // 1_500, unit="W")
    snapshots = frame.assign(snapshot=time)
    snapshots.to_parquet(parts["train"].path, index=False)
    past = snapshots[snapshots["part"] != "now"]
    scores = {"recency": rule_scores(parts)["recency"]}
    rule = {"recency": np.concatenate([scores["recency"][part] for part in PARTS])}
    found, wanted = (
        evaluate(rows, SPARSE, DENSE, 3.0 * past["truth"].to_numpy(), rule)
        for rows in (known_examples(parts, SPARSE), past)
    )
    assert found == wanted
    assert found["slices"]
    assert found["over_time"]

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from deepfm.features import stored
from deepfm.fields import shelf
from deepfm.log.log import Log
from deepfm.prospects.ranking import tiers
from deepfm.prospects.scorer import Scorer
from deepfm.runs import pipeline
from deepfm.runs.create import create_run
from deepfm.runs.pipeline import chosen_features, constant_columns
from deepfm.runs.progress import Progress
from deepfm.runs.run import Run
from deepfm.task.examples import count_examples
from deepfm.task.question import Question
from deepfm.training import feed


@pytest.fixture(params=["done", "done_sum", "done_event", "done_pair"])
def any_done(request: pytest.FixtureRequest) -> Run:
    run: Run = request.getfixturevalue(request.param)
    return run


def _now(run: Run) -> pd.DataFrame:
    examples = pd.read_parquet(run.examples)
    return examples[examples["part"] == "now"]


def test_everyone_of_now_is_on_the_list_once_with_the_models_own_logit(any_done: Run) -> None:
    now, prospects = _now(any_done), pd.read_parquet(any_done.prospects)
    keys = ["user", "value"] if "value" in now else ["user"]
    assert sorted(zip(*(prospects[key] for key in keys), strict=True)) == sorted(
        set(zip(*(now[key] for key in keys), strict=True))
    )
    assert prospects["rank"].tolist() == list(range(1, len(prospects) + 1))
    scorer = Scorer.open(any_done.folder)
    scored = now[keys].assign(own=scorer.model.logit(scorer.fields.encode(now)))
    mean = scored.groupby(keys, as_index=False)["own"].mean()
    both = prospects.merge(mean, on=keys, how="left", validate="one_to_one")
    np.testing.assert_allclose(both["logit"], both["own"], atol=1e-9)
    assert prospects["logit"].is_monotonic_decreasing
    assert prospects["probability"].is_monotonic_decreasing
    assert prospects["tier"].tolist() == tiers(len(prospects)).tolist()


def test_a_run_says_what_computed_its_features(any_done: Run) -> None:
    assert any_done.engine == f"DuckDB {duckdb.__version__}"


def test_base_and_contributions_sum_to_the_logit_of_everyone(any_done: Run) -> None:
    table = pd.read_parquet(any_done.contributions)
    prospects = pd.read_parquet(any_done.prospects)
    assert table["user"].tolist() == prospects["user"].tolist()
    np.testing.assert_allclose(table["logit"], prospects["logit"], atol=1e-9)
    names = Scorer.open(any_done.folder).fields.names
    total = table[[f"total:{name}" for name in names]].sum(axis=1)
    np.testing.assert_allclose(table["base"] + total, table["logit"], atol=1e-4)
    for name in names:
        parts = [f"{part}:{name}" for part in ("first", "interaction", "deep")]
        np.testing.assert_allclose(table[parts].sum(axis=1), table[f"total:{name}"], atol=1e-5)


def test_reasons_are_the_strongest_contributions_and_show_the_users_own_value(done: Run) -> None:
    prospects = pd.read_parquet(done.prospects)
    table = pd.read_parquet(done.contributions)
    names = [f"total:{name}" for name in Scorer.open(done.folder).fields.names]
    strongest = table[names].max(axis=1)
    known = prospects["for_1"].notna()
    assert known.mean() > 0.9
    np.testing.assert_allclose(prospects["for_1_value"][known], strongest[known], atol=1e-5)
    now = _now(done).set_index("user")
    sparse = prospects[prospects["for_1"] == "favorite:category"]
    assert len(sparse)
    assert sparse["for_1_seen"].tolist() == now["favorite:category"][sparse["user"]].tolist()


def test_all_files_of_a_run_are_there_and_plain(any_done: Run) -> None:
    for name in ("model.keras", "weights.npz", "typical.npz", "baselines.parquet"):
        assert (any_done.folder / name).stat().st_size
    for name in ("fields", "evaluation", "status", "question", "settings", "features", "log"):
        assert json.loads((any_done.folder / f"{name}.json").read_text(encoding="utf-8"))
    baselines = pd.read_parquet(any_done.baselines)
    assert baselines["user"].tolist() == sorted(pd.read_parquet(any_done.prospects)["user"])
    assert baselines.drop(columns="user").notna().all(axis=None)


def test_evaluation_counts_the_examples_that_the_question_has(done: Run, log: Log) -> None:
    counts = count_examples(log, done.question).set_index("part")
    for part, found in done.evaluation()["parts"].items():
        assert found["positives"] == counts["did"][part]
        assert found["examples"] == counts["did"][part] + counts["did_not"][part]
    deepfm = next(m for m in done.evaluation()["models"] if m["name"] == "deepfm")
    assert done.status.auc == deepfm["auc"]
    assert deepfm["auc"] > 0.7  # carts before purchases are planted in the demo


def test_last_seen_is_the_users_last_event(done: Run, log: Log) -> None:
    prospects = pd.read_parquet(done.prospects).set_index("user")
    events = pq.read_table(log.parquet, columns=["user", "time"]).to_pandas()
    last = events.groupby("user")["time"].max()[prospects.index]
    assert (prospects["last_seen"] == last).all()


def test_metrics_hold_steps_and_evaluations(done: Run) -> None:
    metrics = done.metrics()
    evaluations = metrics[metrics["kind"] == "evaluation"]
    assert len(evaluations) >= 2
    assert evaluations["valid_auc"].between(0, 1).all()
    assert metrics[metrics["kind"] == "step"]["loss"].notna().all()
    assert evaluations["best"].any()


def test_a_ratio_brings_the_counts_that_it_is_computed_from(done_sum: Run, log: Log) -> None:
    chosen, computed = chosen_features(log, Question(("purchase",)), ["ratio:cart"])
    assert [feature.name for feature in chosen] == ["ratio:cart"]
    assert {"count:cart:28d", "count:purchase:28d"} < {feature.name for feature in computed}
    assert "ratio:cart" in Scorer.open(done_sum.folder).fields.names
    assert "count:cart:28d" not in Scorer.open(done_sum.folder).fields.names


def test_constant_columns_are_found_and_missing_counts_as_a_value() -> None:
    frame = pd.DataFrame({"same": [1.0, 1.0], "some": [1.0, None], "none": [None, None]})
    assert constant_columns(frame, ["same", "some", "none"]) == ["same", "none"]


def test_a_run_whose_examples_stay_on_the_disk_is_as_good(
    done: Run, log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "IN_MEMORY", 0)
    monkeypatch.setattr(feed, "BUFFER", 1_000_000)
    monkeypatch.setattr(stored, "BATCH", 1_000)
    beside = create_run(tmp_path / "run", log, done.question, done.settings)
    pipeline.run(beside, Progress(beside.folder, lambda status: None))
    assert not (beside.folder / "encoded").exists()
    one, other = done.evaluation(), beside.evaluation()
    assert one["parts"] == other["parts"]
    assert json.loads((beside.folder / "fields.json").read_text("utf-8")) == json.loads(
        (done.folder / "fields.json").read_text("utf-8")
    )
    ours, theirs = ({m["name"]: m["auc"] for m in found["models"]} for found in (other, one))
    for name in ("recency", "logistic", "trees"):
        assert ours[name] == pytest.approx(theirs[name], abs=1e-9)
    assert ours["deepfm"] == pytest.approx(theirs["deepfm"], abs=0.02)
    lists = [pd.read_parquet(run.prospects) for run in (done, beside)]
    assert sorted(lists[0]["user"]) == sorted(lists[1]["user"])
    assert lists[1]["logit"].is_monotonic_decreasing

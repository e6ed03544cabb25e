"""The frame that the cluster computes is the one that DuckDB computes, row by row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from cluster import Cluster
from random_log import END, KIND, random_log

from deepfm.features.catalogue import feature_catalogue
from deepfm.features.feature import FAMILIES
from deepfm.features.frame import write_examples, write_now
from deepfm.log.engine import engine
from deepfm.log.events import events_table
from deepfm.log.log import POSITION, Log
from deepfm.task.question import Question

pytestmark = pytest.mark.usefixtures("patient")

USER = Question(("buy",), horizon_days=2, lookback_days=15, active_days=9, every_days=3, as_of=END)
QUESTIONS = {
    "first time": replace(USER, first_time_only=True, holidays="DE", gap_days=1),
    "several": replace(USER, targets=("buy", "cart"), only_column=KIND, only=("it's", "鞋")),
    "amount": replace(USER, least_amount=0.3, horizon_days=3),
    "pair": replace(USER, kind="pair", by=KIND, targets=("buy", "cart"), least_amount=0.3),
    "row": Question(("buy", "cart"), kind="event", least_amount=0.3, holidays="DE", as_of=END),
}
DEMO = {
    "user": Question(("purchase",)),
    "pair": Question(("purchase",), kind="pair", by="category"),
    "row": Question(("purchase",), kind="event"),
}


def assert_equal(log: Log, question: Question, address: str, folder: Path) -> None:
    """Schema, rows and their order; numbers within 1e-9 of each other."""
    features = feature_catalogue(log, question)
    paths = folder / "embedded.parquet", folder / "cluster.parquet"
    write_examples(log, question, features, paths[0])
    write_examples(log, question, features, paths[1], address=address)
    one, other = (pq.read_schema(path) for path in paths)
    assert one.names == other.names
    assert one.types == other.types
    embedded, cluster = (pd.read_parquet(path) for path in paths)
    assert len(embedded) > 50
    assert embedded["label"].nunique() == 2
    pd.testing.assert_frame_equal(embedded, cluster, rtol=1e-9, atol=0)


@pytest.mark.parametrize("name", QUESTIONS)
def test_random_logs_give_the_same_rows(name: str, cluster: Cluster, tmp_path: Path) -> None:
    log = random_log(tmp_path, seed=list(QUESTIONS).index(name))
    assert_equal(log, QUESTIONS[name], cluster.address, tmp_path)


def test_a_snapshot_after_the_other_gives_the_same_rows(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a log of so many users that a query is about one snapshot."""
    monkeypatch.setattr("deepfm.log.engine_spark._MOST_ROWS", 1)
    assert_equal(random_log(tmp_path, seed=3), QUESTIONS["pair"], cluster.address, tmp_path)


@pytest.mark.parametrize("name", DEMO)
def test_the_demo_log_gives_the_same_rows(
    name: str, cluster: Cluster, log: Log, tmp_path: Path
) -> None:
    assert_equal(log, DEMO[name], cluster.address, tmp_path)


def test_every_family_of_features_is_among_them(tmp_path: Path) -> None:
    log = random_log(tmp_path, seed=0)
    found = {f.family for q in QUESTIONS.values() for f in feature_catalogue(log, q)}
    assert found == set(FAMILIES)


def test_the_list_is_of_the_same_rows(cluster: Cluster, log: Log, tmp_path: Path) -> None:
    features = feature_catalogue(log, DEMO["user"])
    paths = tmp_path / "embedded.parquet", tmp_path / "cluster.parquet"
    write_now(log, DEMO["user"], features, paths[0])
    write_now(log, DEMO["user"], features, paths[1], cluster.address)
    pd.testing.assert_frame_equal(*map(pd.read_parquet, paths), rtol=1e-9, atol=0)


def test_an_event_has_its_place_whoever_reads_which_part_of_the_file(
    cluster: Cluster, log: Log, tmp_path: Path
) -> None:
    # Cut into many row groups, so that several are read by each of many tasks.
    pq.write_table(pq.read_table(log.parquet), tmp_path / "log.parquet", row_group_size=1_000)
    cut = replace(log, folder=tmp_path)
    with engine(cut, address=cluster.address) as spark:
        spark.cluster.session.conf.set("spark.sql.files.maxPartitionBytes", "50000")
        assert spark.cluster.session.table("events").rdd.getNumPartitions() > 10
        found = spark.to_pandas(events_table(cut).order_by(POSITION))
    assert found.pop(POSITION).tolist() == list(range(log.rows))
    pd.testing.assert_frame_equal(found, pd.read_parquet(log.parquet), check_dtype=False)


def test_a_sample_is_of_whole_users_and_the_same_at_every_call(cluster: Cluster, log: Log) -> None:
    events = events_table(log)
    users = []
    for _ in range(2):
        with engine(log, one_user_in=5, address=cluster.address) as spark:
            counts = events.group_by("user").aggregate(n=events.count()).order_by("user")
            users.append(spark.to_pandas(counts))
    pd.testing.assert_frame_equal(*users)
    assert 0.1 < len(users[0]) / log.users < 0.3
    whole = pd.read_parquet(log.parquet).groupby("user").size()
    assert users[0]["n"].tolist() == whole[users[0]["user"]].tolist()

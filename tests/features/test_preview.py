"""What is shown of the examples: the same rows each time, and no event of the wrong side."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from deepfm.features.catalogue import feature_catalogue
from deepfm.features.frame import write_examples
from deepfm.features.preview import events_of, feature_values, sample_examples, snapshots
from deepfm.log.log import Log
from deepfm.task.question import Question

QUESTION = Question(("buy",), horizon_days=2, lookback_days=5, active_days=5, every_days=3)
START = datetime(2024, 1, 1, 9)
MOMENT = datetime(2024, 1, 9, 9)


@pytest.fixture
def log(make_log: Callable[..., Log]) -> Log:
    """Forty users, each twice a day for four weeks, and one of them with a difficult name."""
    events = [
        (
            "O'Neil; --" if user == 0 else f"u{user}",
            "buy" if (user + half) % 5 == 0 else "view",
            str(START + timedelta(hours=12 * half)),
        )
        for half in range(56)
        for user in range(40)
    ]
    return make_log(events)


@pytest.fixture
def examples(log: Log, tmp_path: Path) -> Path:
    path = tmp_path / "examples.parquet"
    write_examples(log, QUESTION, feature_catalogue(log, QUESTION), path)
    return path


@pytest.mark.parametrize("user", ["u3", "O'Neil; --"])
def test_events_of_one_user_lie_between_since_and_before_newest_first(log: Log, user: str) -> None:
    everything = pd.read_parquet(log.parquet)
    mine = everything[everything["user"] == user]
    found = events_of(log, user, before=MOMENT, since=MOMENT - timedelta(days=3))
    # The event at `since` itself is in, the one at `before` itself is not.
    assert MOMENT in set(mine["time"])
    assert found["time"].max() == MOMENT - timedelta(hours=12)
    assert found["time"].min() == MOMENT - timedelta(days=3)
    assert len(found) == 6
    assert found["time"].is_monotonic_decreasing
    assert set(found["user"]) == {user}
    assert list(found) == list(everything)


def test_the_newest_events_are_kept_where_there_are_more_than_wanted(log: Log) -> None:
    found = events_of(log, "u3", limit=4)
    everything = pd.read_parquet(log.parquet)
    newest = everything[everything["user"] == "u3"].sort_values("time", ascending=False).head(4)
    assert found["line"].tolist() == newest["line"].tolist()
    assert len(events_of(log, "u3", limit=1_000)) == 56
    assert events_of(log, "nobody").empty


def test_of_events_at_one_instant_the_later_line_comes_first(make_log: Callable[..., Log]) -> None:
    log = make_log(
        [("a", "view", "2024-01-01"), ("a", "buy", "2024-01-01"), ("b", "x", "2024-01-02")]
    )
    assert events_of(log, "a")["action"].tolist() == ["buy", "view"]


def test_snapshots_are_those_whose_outcome_is_known(examples: Path) -> None:
    table = pd.read_parquet(examples)
    known = sorted(table.loc[table["part"] != "now", "snapshot"].unique())
    assert [pd.Timestamp(moment) for moment in snapshots(examples)] == known
    assert len(known) > 3
    assert table["snapshot"].max() not in known


def test_a_sample_is_the_same_at_every_call_and_knows_its_outcome(examples: Path) -> None:
    whole = pd.read_parquet(examples)
    sample = sample_examples(examples, rows=30)
    pd.testing.assert_frame_equal(sample, sample_examples(examples, rows=30))
    pd.testing.assert_frame_equal(sample, sample_examples(examples, rows=50).head(30))
    assert len(sample) == 30
    assert sample["label"].notna().all()
    keys = ["user", "snapshot"]
    again = sample[keys].merge(whole, on=keys)
    assert (again["label"].to_numpy() == sample["label"].to_numpy()).all()


def test_a_sample_of_one_snapshot_is_of_that_alone(examples: Path) -> None:
    moment = snapshots(examples)[1]
    sample = sample_examples(examples, moment, rows=25)
    assert set(sample["snapshot"]) == {pd.Timestamp(moment)}
    assert sample["user"].nunique() == 25
    assert len(sample_examples(examples, moment, rows=10_000)) == 40


def test_values_of_a_feature_stand_beside_the_label(examples: Path) -> None:
    whole = pd.read_parquet(examples)
    moment = snapshots(examples)[0]
    known = whole[whole["label"].notna()]
    found = feature_values(examples, "count:buy:5d")
    assert list(found) == ["count:buy:5d", "label"]
    assert len(found) == len(known)
    sums = known.groupby("label")["count:buy:5d"].sum()
    pd.testing.assert_series_equal(
        found.groupby("label")["count:buy:5d"].sum(), sums, check_index_type=False
    )
    assert len(feature_values(examples, "hour", moment)) == 40
    few = feature_values(examples, "hour", most=7)
    assert len(few) == 7
    pd.testing.assert_frame_equal(few, feature_values(examples, "hour", most=7))

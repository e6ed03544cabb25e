"""A log that is cut into pieces of users gives the frame of the whole, row by row."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from deepfm.features.catalogue import feature_catalogue
from deepfm.features.frame import write_examples, write_now
from deepfm.log.closed import MEMORY_SETTING
from deepfm.log.demo import write_demo
from deepfm.log.guess import guess_mapping
from deepfm.log.intake import take_in
from deepfm.log.log import Log
from deepfm.log.source.source import open_source
from deepfm.task.question import Question

USER = Question(("purchase",))
QUESTIONS = {
    "user": USER,
    "first time": replace(USER, first_time_only=True, least_amount=20.0),
    "pair": replace(USER, kind="pair", by="category"),
    "row": replace(USER, kind="event"),
}


def frame(log: Log, question: Question, path: Path, pieces: int) -> pd.DataFrame:
    write_examples(log, question, feature_catalogue(log, question), path, pieces=pieces)
    return pd.read_parquet(path)


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_rows_and_their_order_are_those_of_the_whole(
    name: str, log: Log, tmp_path: Path
) -> None:
    whole = frame(log, QUESTIONS[name], tmp_path / "whole.parquet", 1)
    assert len(whole) > 500
    pieces = frame(log, QUESTIONS[name], tmp_path / "pieces.parquet", 3)
    pd.testing.assert_frame_equal(pieces, whole, check_exact=True)


@pytest.mark.parametrize("name", ["user", "pair"])
def test_the_list_is_of_the_same_rows(name: str, log: Log, tmp_path: Path) -> None:
    question = QUESTIONS[name]
    features = feature_catalogue(log, question)
    paths = tmp_path / "whole.parquet", tmp_path / "pieces.parquet"
    write_now(log, question, features, paths[0], pieces=1)
    write_now(log, question, features, paths[1], pieces=3)
    pd.testing.assert_frame_equal(*map(pd.read_parquet, paths), check_exact=True)


@pytest.mark.parametrize("kind", ["user", "pair"])
def test_more_pieces_than_users_whose_names_are_odd(make_log, kind: str, tmp_path: Path) -> None:
    users = ["it's", "a\x00b", "a", "Z", "鞋", "🛒", '"']
    events = [
        (user, ("view", "buy")[(n + place) % 2], f"2024-01-{n + 1:02d} {place:02d}:00:00")
        for n in range(20)
        for place, user in enumerate(users)
    ]
    log = make_log(events, item=[f"i{n % 3}" for n in range(len(events))])
    question = replace(QUESTIONS[kind], targets=("buy",), as_of=datetime(2024, 1, 21))
    question = replace(question, horizon_days=2, lookback_days=6, active_days=6, every_days=6)
    if kind == "pair":
        question = replace(question, by="item")
    whole = frame(log, question, tmp_path / "whole.parquet", 1)
    assert whole["user"].nunique() == len(users)
    pieces = frame(log, question, tmp_path / "pieces.parquet", 50)
    pd.testing.assert_frame_equal(pieces, whole, check_exact=True)


def test_pieces_fit_where_the_whole_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_demo(tmp_path / "demo.csv", users=10_000)
    source = open_source(tmp_path / "demo.csv")
    log = take_in(source, guess_mapping(source), tmp_path / "log")
    monkeypatch.setenv(MEMORY_SETTING, "60")
    monkeypatch.setenv("DEEPFM_MOST_THREADS", "2")
    with pytest.raises(duckdb.OutOfMemoryException):
        frame(log, USER, tmp_path / "whole.parquet", 1)
    assert len(frame(log, USER, tmp_path / "pieces.parquet", 6)) > 10_000

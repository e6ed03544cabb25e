from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import duckdb
import ibis
import pandas as pd
import pyarrow.parquet as pq
import pytest

from deepfm.log.closed import MEMORY_SETTING
from deepfm.log.engine import engine
from deepfm.log.engine_duckdb import open_duckdb
from deepfm.log.events import events_table
from deepfm.log.log import POSITION, Log
from deepfm.log.pieces import usual_pieces
from deepfm.task.examples import count_examples
from deepfm.task.question import Question

QUESTIONS = [
    Question(("purchase",)),
    Question(("cart",)),
    Question(("purchase",), horizon_days=3, every_days=3),
    Question(("purchase",), lookback_days=14, active_days=7),
    Question(("purchase",), first_time_only=True),
    Question(("cart",), gap_days=2, horizon_days=5),
    Question(("purchase",), kind="event"),
    Question(("cart",), kind="event"),
]


def test_the_table_has_the_columns_of_the_log_and_is_bound_to_no_engine(log: Log) -> None:
    table = events_table(log)
    assert list(table.columns) == [*pq.read_schema(log.parquet).names, POSITION]
    assert all(dtype.nullable for dtype in table.schema().values())
    with pytest.raises(ibis.IbisError):
        table.get_backend()


def test_what_is_said_of_the_table_is_what_the_file_holds(log: Log) -> None:
    table = events_table(log)
    with engine(log) as connection:
        counts = connection.to_pandas(table.group_by("action").aggregate(n=table.count()))
        whole = connection.to_pandas(table.order_by("time", "line"))
    assert dict(counts[["action", "n"]].itertuples(index=False)) == log.actions
    assert whole.pop(POSITION).tolist() == list(range(len(whole)))
    pd.testing.assert_frame_equal(whole, pd.read_parquet(log.parquet), check_dtype=False)


def test_engines_are_separate_and_closed_also_after_an_error(log: Log) -> None:
    with open_duckdb(log, 1, None) as first, open_duckdb(log, 1, None) as second:
        first.connection.raw_sql("CREATE TABLE mine AS SELECT 1 AS one")
        tables = [
            [row[0] for row in one.connection.raw_sql("SHOW TABLES").fetchall()]
            for one in (first, second)
        ]
    assert tables == [["events", "mine"], ["events"]]
    with pytest.raises(duckdb.ConnectionException):
        first.connection.raw_sql("SELECT 1")
    with pytest.raises(RuntimeError, match="on the way"), open_duckdb(log, 1, None) as broken:
        raise RuntimeError("on the way")
    with pytest.raises(duckdb.ConnectionException):
        broken.connection.raw_sql("SELECT 1")


def test_eight_readers_at_once_get_what_each_gets_alone(log: Log) -> None:
    alone = [count_examples(log, question) for question in QUESTIONS]
    for one, other in pairwise(alone):
        assert not one.equals(other)
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda q: count_examples(log, q), QUESTIONS * 2))
    for expected, found in zip(alone * 2, together, strict=True):
        pd.testing.assert_frame_equal(found, expected)


def test_batches_are_of_the_schema_whatever_the_names_are(log: Log) -> None:
    events = events_table(log)
    table = events.aggregate(**{"a\x00b": events.count(), "'; --": events.line.sum()})
    with open_duckdb(log, 1, None) as embedded:
        first, *rest = embedded.to_batches(table)
    assert first.schema == table.schema().to_pyarrow()
    assert [batch.to_pylist() for batch in rest] == [
        [{"a\x00b": log.rows, "'; --": pd.read_parquet(log.parquet)["line"].sum()}]
    ]


def test_pieces_are_of_whole_users_in_order_and_together_all_of_the_log(log: Log) -> None:
    table = events_table(log)
    with engine(log) as embedded:
        (whole,) = embedded.pieces()
        pieces = [one.to_pandas(table.order_by(POSITION)) for one in embedded.pieces(4)]
        assert embedded.to_pandas(table.count().as_table()).iloc[0, 0] == log.rows
    assert whole is embedded
    assert all(0.1 < len(one) / log.rows < 0.4 for one in pieces)
    for one, other in pairwise(pieces):
        assert one["user"].max() < other["user"].min()
    together = pd.concat(pieces).sort_values(POSITION, ignore_index=True).drop(columns=POSITION)
    pd.testing.assert_frame_equal(together, pd.read_parquet(log.parquet), check_dtype=False)


def test_what_a_piece_keeps_can_be_asked_for_by_another(log: Log) -> None:
    table = events_table(log)
    with engine(log) as embedded:
        counts = table.group_by("action").aggregate(n=table.count())
        first, *others = (one.keep("counts", counts) for one in embedded.pieces(3))
        both = first.union(*others).group_by("action").aggregate(n=lambda t: t.n.sum())
        found = embedded.to_pandas(both)
    assert dict(found[["action", "n"]].itertuples(index=False)) == log.actions


@pytest.mark.parametrize(
    ("events", "memory", "pieces"),
    [(1, 1_200, 1), (15_000_000, 1_200, 1), (15_000_001, 1_200, 2), (15_000_001, 2_400, 1)],
)
def test_a_log_is_cut_as_the_memory_asks_for(
    events: int, memory: int, pieces: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MEMORY_SETTING, str(memory))
    assert usual_pieces(events) == pieces

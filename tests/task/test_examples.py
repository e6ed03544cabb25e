from dataclasses import replace
from datetime import datetime

import pytest

from deepfm.errors import InputError
from deepfm.log.engine import engine
from deepfm.log.log import Log
from deepfm.task.examples import check_enough, count_examples, event_examples, user_examples
from deepfm.task.plan import Plan, Snapshot
from deepfm.task.question import Question

NOON = datetime(2024, 1, 10, 12)
PLAN = Plan(datetime(2024, 1, 12, 12), (Snapshot(NOON, 2, "test"),), 12)


def labels(log, **changes):
    question = Question(("buy",), horizon_days=2, lookback_days=5, active_days=5, **changes)
    with engine(log) as connection:
        frame = connection.to_pandas(user_examples(log, question, PLAN))
    return dict(zip(frame.user, frame.label, strict=True))


def test_the_label_window_is_open_at_the_snapshot_and_closed_at_its_end(make_log):
    seen = [(user, "view", "2024-01-09 00:00:00") for user in "abcd"]
    log = make_log(
        [
            *seen,
            ("a", "buy", "2024-01-10 12:00:00"),
            ("b", "buy", "2024-01-10 12:00:00.000001"),
            ("c", "buy", "2024-01-12 12:00:00"),
            ("d", "buy", "2024-01-12 12:00:00.000001"),
        ]
    )
    assert labels(log) == {"a": 0, "b": 1, "c": 1, "d": 0}
    assert labels(log, gap_days=1)["b"] == 0


def test_users_without_a_later_event_are_negatives_and_inactive_ones_are_not_asked(make_log):
    log = make_log(
        [
            ("gone", "view", "2024-01-05 11:59:59"),
            ("quiet", "view", "2024-01-05 12:00:00"),
            ("late", "view", "2024-01-10 12:00:00"),
        ]
    )
    assert labels(log) == {"quiet": 0}


def test_first_time_only_leaves_out_who_did_it_before(make_log):
    log = make_log(
        [
            ("old", "buy", "2023-11-01 00:00:00"),
            ("old", "view", "2024-01-09 00:00:00"),
            ("new", "view", "2024-01-09 00:00:00"),
            ("new", "buy", "2024-01-11 00:00:00"),
        ]
    )
    assert labels(log, first_time_only=True) == {"new": 1}
    assert labels(log) == {"old": 0, "new": 1}


def test_rows_are_split_by_time_and_each_user_ends_with_recent_rows(make_log):
    events = [
        (f"u{n % 4}", "buy" if n % 5 == 0 else "view", f"2024-01-01 {n // 4:02d}:{n % 4}0:00")
        for n in range(80)
    ]
    log = make_log(events)
    with engine(log) as connection:
        question = Question(("buy",), kind="event")
        frame = connection.to_pandas(event_examples(log, question, NOON))
    spans = frame.groupby("part").snapshot.agg(["min", "max"])
    assert spans["max"]["train"] < spans["min"]["valid"]
    assert spans["max"]["valid"] < spans["min"]["test"]
    past = frame[frame.part != "now"]
    assert sorted(past.line) == list(range(2, 82))
    assert past.label.sum() == 16
    assert (frame[frame.part == "now"].groupby("user").size() == 10).all()


def test_counts_and_the_minimum_in_words(make_log):
    log = make_log([(f"u{n}", "view", f"2024-01-{1 + n:02d} 10:00:00") for n in range(20)])
    question = Question(("buy",), horizon_days=2, lookback_days=5, active_days=5, every_days=1)
    with pytest.raises(InputError, match=r"buy never occurs .* Choose one of: view"):
        count_examples(log, question)
    counts = count_examples(log, replace(question, targets=("view",)))
    assert list(counts.part) == ["train", "valid", "test", "now"]
    assert counts.set_index("part").loc["test", "did_not"] == 5
    with pytest.raises(InputError, match="at least 100 of each are needed"):
        check_enough(counts)


def test_a_share_of_the_users_stands_for_all(log: Log) -> None:
    question = Question(("purchase",))
    exact, estimated = count_examples(log, question), count_examples(log, question, 3)
    people = estimated["did"] + estimated["did_not"]
    assert (people % 3 == 0).all()
    assert people.tolist() != (exact["did"] + exact["did_not"]).tolist()
    assert people.tolist() == pytest.approx((exact["did"] + exact["did_not"]).tolist(), rel=0.15)
    assert estimated["base_rate"].iloc[0] == pytest.approx(exact["base_rate"].iloc[0], rel=0.2)
    assert estimated["snapshots"].tolist() == exact["snapshots"].tolist()

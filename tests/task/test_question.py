from datetime import datetime

import pytest

from deepfm.errors import InputError
from deepfm.task.question import Question, default_question


def test_json_round_trip():
    question = Question(target="buy", as_of=datetime(2024, 5, 1), first_time_only=True)
    assert Question.from_json(question.to_json()) == question


@pytest.mark.parametrize(
    ("lengths", "words"),
    [
        ({"horizon_days": 0}, "horizon is 0 days"),
        ({"gap_days": -1}, "gap is -1 days"),
        ({"lookback_days": 7, "active_days": 28}, "Lengthen the lookback"),
    ],
)
def test_impossible_lengths_are_refused_in_words(lengths, words):
    with pytest.raises(InputError, match=words):
        Question(target="buy", **lengths)


def test_a_log_of_hours_is_asked_row_by_row(make_log):
    log = make_log([(f"u{n}", "view" if n else "buy", f"2024-03-01 1{n}:00:00") for n in range(5)])
    assert default_question(log).kind == "event"

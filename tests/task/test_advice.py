"""What is advised really is enough."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from deepfm.log.log import Log
from deepfm.task.advice import advise
from deepfm.task.examples import check_enough, count_examples
from deepfm.task.question import Question


@pytest.fixture
def log(make_log: Callable[..., Log]) -> Log:
    """Sixty days, 600 users, a view every fourth day and a purchase every ninth or so."""
    start = datetime(2024, 1, 1, 12)
    events = [
        (f"u{user}", "buy" if (user + day) % 9 == 0 else "view", str(start + timedelta(days=day)))
        for user in range(600)
        for day in range(user % 4, 60, 4)
    ]
    return make_log(
        events, category=["rare" if n % 40 == 0 else "usual" for n in range(len(events))]
    )


GOOD = Question(("buy",), horizon_days=7, lookback_days=14, active_days=14)


def test_a_question_that_can_be_answered_gets_no_advice(log: Log) -> None:
    assert advise(log, GOOD) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"lookback_days": 50, "active_days": 50}, "Know only the last 39 days"),
        ({"horizon_days": 20, "lookback_days": 30}, "Predict the next 10 days"),
        ({"horizon_days": 400}, "Predict 7 days from the last 39"),
        ({"only_column": "category", "only": ("rare",)}, "Ask about any category"),
        ({"as_of": datetime(2024, 1, 20)}, "Use the log to its end"),
    ],
)
def test_each_advice_is_said_and_is_enough(log: Log, changes: dict[str, object], said: str) -> None:
    found = advise(log, replace(GOOD, **changes))
    assert 1 <= len(found) <= 3
    assert said in [advice.what.text() for advice in found]
    for advice in found:
        check_enough(count_examples(log, advice.question))
        assert advice.what.text("zh") != advice.what.text()


def test_a_rare_action_may_be_asked_for_longer_or_be_left(make_log: Callable[..., Log]) -> None:
    start = datetime(2024, 1, 1, 12)
    events = [
        (f"u{user}", "buy" if (user + day) % 41 == 0 else "view", str(start + timedelta(days=day)))
        for user in range(900)
        for day in range(user % 4, 60, 4)
    ]
    log = make_log(events)
    found = advise(log, replace(GOOD, horizon_days=1))
    assert "Predict the next 7 days" in [advice.what.text() for advice in found]


def test_a_log_that_nothing_helps_gets_no_advice(make_log: Callable[..., Log]) -> None:
    log = make_log([("u", "buy", "2024-01-01 10:00:00"), ("v", "buy", "2024-01-03 10:00:00")])
    assert advise(log, Question(("buy",))) == []

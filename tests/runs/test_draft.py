from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from deepfm.features.catalogue import feature_catalogue
from deepfm.log.log import Log
from deepfm.runs.draft import Draft, open_draft, save_draft
from deepfm.task.question import Question, default_question


@pytest.fixture
def small(make_log: Callable[..., Log]) -> Log:
    """60 days of a few users, with an attribute."""
    events = [
        (f"u{i % 4}", "buy" if i % 5 == 0 else "view", str(datetime(2024, 1 + i // 30, 1 + i % 28)))
        for i in range(60)
    ]
    return make_log(events, city=["x", "y"] * 30)


def test_without_a_draft_the_default_question_is_asked(small: Log) -> None:
    assert open_draft(small) == Draft(default_question(small))


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"question": 1, "left_out": [], "added": []}',
        '{"question": {"target": "buy", "horizon_days": 0}, "left_out": [], "added": []}',
        '{"question": {"target": "buy", "what": 1}, "left_out": [], "added": []}',
        '{"question": {"target": "buy"}, "left_out": [[]], "added": []}',
    ],
)
def test_garbage_counts_as_no_draft(small: Log, garbage: str) -> None:
    (small.folder / "draft.json").write_text(garbage, encoding="utf-8")
    assert open_draft(small) == Draft(default_question(small))


def test_a_draft_comes_back_as_it_was_saved(small: Log) -> None:
    question = Question(("buy",), horizon_days=3, as_of=datetime(2024, 2, 3), first_time_only=True)
    draft = Draft(question, frozenset({"weekday", "count:浏览:7d"}), frozenset({"hour_sin"}))
    save_draft(small, draft)
    assert open_draft(small) == draft


def test_features_follow_what_was_left_out_and_added(small: Log) -> None:
    draft = Draft(Question(("buy",)))
    standard = [f.name for f in feature_catalogue(small, draft.question) if f.default]
    assert draft.features(small) == standard
    assert "hour_sin" not in standard
    changed = draft.with_features(small, (set(standard) - {"weekday"}) | {"hour_sin"})
    assert (changed.left_out, changed.added) == ({"weekday"}, {"hour_sin"})
    assert set(changed.features(small)) == (set(standard) - {"weekday"}) | {"hour_sin"}
    order = [f.name for f in feature_catalogue(small, draft.question)]
    assert changed.features(small) == [n for n in order if n in changed.features(small)]
    assert changed.with_features(small, set(standard)) == draft


def test_choices_survive_a_change_of_the_question_and_back(small: Log) -> None:
    first = Draft(Question(("buy",), lookback_days=28))
    on = set(first.features(small))
    first = first.with_features(small, on - {"count:buy:28d", "since:view"} | {"month"})
    narrow = replace(first.question, lookback_days=10, active_days=10)
    second = replace(first, question=narrow)
    assert "count:buy:28d" not in {f.name for f in feature_catalogue(small, narrow)}
    assert "since:view" not in second.features(small)
    assert "month" in second.features(small)
    assert "count:buy:10d" in second.features(small)
    # What is chosen here is said of this question only, and of what both have in common.
    second = second.with_features(small, set(second.features(small)) - {"count:buy:10d"})
    back = replace(second, question=first.question)
    assert set(back.features(small)) == on - {"count:buy:28d", "since:view"} | {"month"}
    again = replace(back, question=narrow)
    assert "count:buy:10d" not in again.features(small)


def test_a_question_of_rows_has_choices_of_its_own(small: Log) -> None:
    draft = Draft(Question(("buy",), kind="event"))
    assert "row:city" in draft.features(small)
    draft = draft.with_features(small, set(draft.features(small)) - {"row:city"})
    users = replace(draft, question=Question(("buy",)))
    assert set(users.features(small)) == set(Draft(Question(("buy",))).features(small))
    assert "row:city" not in replace(users, question=draft.question).features(small)

"""The question as a value: in words, as JSON, and against a log."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from deepfm.errors import InputError
from deepfm.log.log import Log
from deepfm.task.question import Question, QuestionError, check_question, default_question
from deepfm.task.question_file import question_text, read_question

FULL = Question(
    ("buy", "order"),
    kind="pair",
    by="category",
    only_column="brand",
    only=("Nova", "名牌"),
    least_amount=9.5,
    horizon_days=5,
    gap_days=2,
    first_time_only=True,
    as_of=datetime(2024, 3, 1),
    holidays="CN",
)


@pytest.fixture
def log(make_log: Callable[..., Log]) -> Log:
    events = [("u", "view", "2024-01-01 10:00:00"), ("v", "buy", "2024-01-02 10:00:00")]
    return make_log(events, category=["a", "b"])


@pytest.mark.parametrize("question", [Question(("buy",)), FULL])
def test_a_question_is_the_same_after_json_and_as_a_file(
    question: Question, tmp_path: Path
) -> None:
    assert Question.from_json(json.loads(json.dumps(question.to_json()))) == question
    path = tmp_path / "question.json"
    path.write_text(question_text(question), encoding="utf-8")
    assert read_question(path) == question
    # Notepad puts a mark in front.
    path.write_text(question_text(question), encoding="utf-8-sig")
    assert read_question(path) == question


def test_a_question_of_before_there_were_several_targets_is_read() -> None:
    old = {name: value for name, value in Question(("buy",)).to_json().items() if name != "targets"}
    assert Question.from_json(old | {"target": "buy"}) == Question(("buy",))


@pytest.mark.parametrize(
    ("question", "words", "chinese"),
    [
        (
            Question(("buy",)),
            "Of the users active in the last 28 days, who will do buy within the next 7 days?",
            "在最近 28 天活跃的用户中，谁会在未来 7 天内“buy”？",
        ),
        (
            FULL,
            "Of the users active in the last 28 days who have not done it before, who will do "
            "buy, order (brand: Nova, 名牌) for at least 9.5 of which category within the next 5 "
            "days? (Counted from 2 days later.)",
            "在最近 28 天活跃、以前没有做过的用户中，谁会在未来 5 天内"
            "“buy、order（brand：Nova、名牌）（合计至少 9.5）（哪个 category）”？"
            "（从 2 天后开始计算。）",
        ),
        (
            Question(("buy", "cart"), kind="event"),
            "For each row of the log: is its action buy, cart?",
            None,
        ),
    ],
)
def test_the_sentence_says_every_part(question: Question, words: str, chinese: str | None) -> None:
    assert question.sentence().text() == words
    assert chinese is None or question.sentence().text("zh") == chinese


@pytest.mark.parametrize(
    ("changes", "part", "said"),
    [
        ({"horizon_days": 0}, "horizon_days", "The horizon is 0 days"),
        ({"lookback_days": 0, "active_days": 0}, "lookback_days", "The lookback is 0 days"),
        ({"every_days": -1}, "every_days", "The step between snapshots is -1 days"),
        ({"gap_days": -1}, "gap_days", "The gap is -1 days"),
        ({"active_days": 29}, "lookback_days", "cannot be described by a lookback of 28 days"),
        ({"targets": ()}, "targets", "No action is chosen"),
        ({"kind": "pair"}, "by", "Say for which column"),
        ({"by": "item"}, "by", "Say for which column"),
        ({"only": ("a",)}, "only", "both a column and its values"),
        ({"only_column": "category"}, "only", "both a column and its values"),
        ({"least_amount": 0.0}, "least_amount", "Choose more than zero"),
        ({"least_amount": float("nan")}, "least_amount", "Choose more than zero"),
        ({"kind": "session"}, "kind", "no question of the kind session"),
    ],
)
def test_what_makes_no_sense_is_said_of_its_part(
    changes: dict[str, object], part: str, said: str
) -> None:
    with pytest.raises(QuestionError) as caught:
        replace(Question(("buy",)), **changes)
    assert caught.value.part == part
    assert said in str(caught.value)
    assert caught.value.text("zh") != caught.value.text()


@pytest.mark.parametrize(
    ("changes", "part", "said"),
    [
        ({"targets": ("buy", "sell")}, "targets", "sell never occurs .* one of: buy, view"),
        ({"kind": "pair", "by": "brand"}, "by", "no column brand. Choose one of: category"),
        ({"only_column": "city", "only": ("x",)}, "only_column", "no column city"),
        ({"least_amount": 3.0}, "least_amount", "no amounts"),
    ],
)
def test_what_the_log_does_not_have_is_said_of_its_part(
    log: Log, changes: dict[str, object], part: str, said: str
) -> None:
    check_question(log, Question(("buy",)))
    with pytest.raises(QuestionError, match=said) as caught:
        check_question(log, replace(Question(("buy",)), **changes))
    assert caught.value.part == part


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "holds no question"),
        ("[]", "holds no question"),
        ("{}", "does not say what is to be predicted"),
        ('{"targets": "buy"}', "'buy' makes no sense as targets"),
        ('{"targets": [1]}', "makes no sense as targets"),
        ('{"targets": ["buy"], "horizon_days": "7"}', "'7' makes no sense as horizon_days"),
        ('{"targets": ["buy"], "horizon_days": true}', "True makes no sense as horizon_days"),
        ('{"targets": ["buy"], "as_of": "soon"}', "'soon' makes no sense as as_of"),
        ('{"targets": ["buy"], "as_of": 3}', "3 makes no sense as as_of"),
        ('{"targets": ["buy"], "first_time_only": "no"}', "makes no sense as first_time_only"),
        ('{"targets": ["buy"], "window": 3}', "no part called window"),
    ],
)
def test_a_file_that_is_no_question_is_refused_in_words(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "question.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_question(path)
    with pytest.raises(InputError, match="There is no file"):
        read_question(tmp_path / "none.json")


def test_a_log_of_hours_is_asked_row_by_row(make_log: Callable[..., Log]) -> None:
    log = make_log([(f"u{n}", "view" if n else "buy", f"2024-03-01 1{n}:00:00") for n in range(5)])
    assert default_question(log).kind == "event"

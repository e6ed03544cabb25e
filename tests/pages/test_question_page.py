"""The sentence with its controls: what is filled in is counted, kept and found again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from deepfm.log.guess import guess_mapping
from deepfm.log.log import Log
from deepfm.log.source.source import open_source
from deepfm.runs.draft import Draft, open_draft, save_draft
from deepfm.runs.store import create_log
from deepfm.runs.workspace import common_workspace
from deepfm.task.examples import count_examples
from deepfm.task.question import Question, default_question
from tests.pages.reader import complaints, english, labels, open_page, press, run

LogMaker = Callable[[pd.DataFrame], Log]


@pytest.fixture
def home_log(tmp_path: Path, empty_home: Path) -> LogMaker:
    """Take a table in as a log of the home folder."""

    def make(frame: pd.DataFrame) -> Log:
        frame.to_csv(tmp_path / "made.csv", index=False)
        source = open_source(tmp_path / "made.csv")
        return create_log(common_workspace(), source, guess_mapping(source), "made.csv")

    return make


def _frame(days: int, actions: tuple[str, ...] = ("view", "buy")) -> pd.DataFrame:
    start = datetime(2024, 1, 1, 8)
    hours = range(24 * days)
    return pd.DataFrame(
        {
            "user": [f"u{i % 150}" for i in hours],
            "action": [actions[0 if i % 4 else -1] for i in hours],
            "time": [start + timedelta(hours=i) for i in hours],
        }
    )


def _open(log: Log, lang: str | None = None) -> AppTest:
    return open_page("question", lang=lang, log=log.folder.name)


def _sentence(at: AppTest) -> str:
    (found,) = [str(heading.value) for heading in at.header]
    return found


def _set(at: AppTest, log: Log, **days: int) -> AppTest:
    for name, value in days.items():
        at.number_input(key=f"{name}_days-{log.folder.name}").set_value(value)
    return run(at)


def _ask_about(at: AppTest, log: Log, kind: str) -> AppTest:
    at.get_by_key(f"kind-{log.folder.name}").set_value(kind)
    return run(at)


def _counts(at: AppTest) -> list[int]:
    (table,) = [table.value for table in at.dataframe]
    return [int(number) for number in table["Examples"]]


def _expected(log: Log, question: Question) -> list[int]:
    counts = count_examples(log, question)
    return [int(number) for number in counts["did"] + counts["did_not"]]


def test_the_page_begins_with_the_default_question_and_its_counts(own_log: Log) -> None:
    at = _open(own_log)
    question = default_question(own_log)
    assert _sentence(at) == question.sentence().text()
    assert _counts(at) == _expected(own_log, question)
    assert not at.error
    assert labels(at, "page_link") == ["Next: look at the features"]


def test_of_a_very_large_log_the_counts_are_estimated_and_the_page_says_so(
    own_log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages.shared.counts._EVENTS", own_log.rows // 4)
    monkeypatch.setattr("pages.shared.counts._PLENTY", 10)
    at = _open(own_log)
    counts = count_examples(own_log, default_question(own_log), 4)
    assert _counts(at) == [int(number) for number in counts["did"] + counts["did_not"]]
    assert "Estimated from one user in 4." in [str(caption.value) for caption in at.caption]


def test_few_are_counted_one_by_one_even_in_a_very_large_log(
    own_log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages.shared.counts._EVENTS", own_log.rows // 4)
    at = _open(own_log)
    assert _counts(at) == _expected(own_log, default_question(own_log))
    assert not [caption for caption in at.caption if "Estimated" in str(caption.value)]


def test_horizon_lookback_and_target_change_sentence_and_counts_and_are_kept(own_log: Log) -> None:
    at = _open(own_log)
    asked = {_sentence(at)}
    counted = [_counts(at)]
    steps = {"horizon": 3, "active": 14, "lookback": 20, "every": 4, "gap": 2}
    question = default_question(own_log)
    for name, value in steps.items():
        _set(at, own_log, **{name: value})
        question = replace(question, **{f"{name}_days": value})
        counted.append(_counts(at))
        asked.add(_sentence(at))
        assert counted[-1] == _expected(own_log, question)
        assert counted[-1] != counted[-2]
        assert open_draft(own_log).question == question
    at.multiselect(key=f"targets-{own_log.folder.name}").set_value(["cart"])
    run(at)
    question = replace(question, targets=("cart",))
    asked.add(_sentence(at))
    assert len(asked) == 5  # the sentence names target, horizon, activity and gap
    assert "cart within the next 3 days" in _sentence(at)
    # Another session, as after a night.
    again = _open(own_log)
    assert _sentence(again) == _sentence(at)
    assert _counts(again) == _counts(at) == _expected(own_log, question)
    assert again.number_input(key=f"lookback_days-{own_log.folder.name}").value == 20


def test_only_those_who_have_not_done_it_are_fewer(own_log: Log) -> None:
    at = _open(own_log)
    everyone = _counts(at)
    at.selectbox(key=f"first-{own_log.folder.name}").set_value(True)
    run(at)
    assert "who have not done it before" in _sentence(at)
    assert sum(_counts(at)) < sum(everyone)
    assert open_draft(own_log).question.first_time_only


def test_pretending_an_earlier_end_is_kept_and_can_be_taken_back(own_log: Log) -> None:
    at = _open(own_log)
    whole = _counts(at)
    picker = at.date_input(key=f"as-of-{own_log.folder.name}")
    end = own_log.report.likely_now.date() - timedelta(days=4)
    picker.set_value(end)
    run(at)
    assert open_draft(own_log).question.as_of == datetime(end.year, end.month, end.day)
    assert _counts(at) != whole
    again = _open(own_log)
    assert again.date_input(key=f"as-of-{own_log.folder.name}").value == end
    again.date_input(key=f"as-of-{own_log.folder.name}").set_value(None)
    run(again)
    assert _counts(again) == whole
    assert open_draft(own_log).question.as_of is None


def test_each_row_can_be_asked_about_instead_and_the_windows_come_back(own_log: Log) -> None:
    at = _set(_open(own_log), own_log, horizon=5)
    _ask_about(at, own_log, "event")
    assert _sentence(at) == "For each row of the log: is its action purchase?"
    assert not [box for box in at.number_input if "_days" in str(box.key)]
    assert sum(_counts(at)[:3]) == own_log.rows
    back = _open(own_log)
    _ask_about(back, own_log, "user")
    assert "within the next 5 days" in _sentence(back)


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ({"lookback": 300}, "This question needs 321 days of history"),
        ({"horizon": 100}, "This question needs 328 days of history"),
        ({"gap": 30}, "This question needs 139 days of history"),
        ({"active": 29}, "cannot be described by a lookback of 28 days"),
        ({"lookback": 7}, "cannot be described by a lookback of 7 days"),
    ],
)
def test_a_question_that_does_not_fit_is_answered_in_one_sentence_and_can_be_mended(
    own_log: Log, days: dict[str, int], said: str
) -> None:
    at = _open(own_log)
    before = _counts(at)
    _set(at, own_log, **days)
    assert len(complaints(at)) == 1
    assert said in complaints(at)[0]
    question = default_question(own_log)
    _set(at, own_log, **{name: getattr(question, f"{name}_days") for name in days})
    assert not at.error
    assert _counts(at) == before
    # What could not be asked must not shut the page for a new session either.
    _set(at, own_log, **days)
    again = _open(own_log)
    assert again.number_input
    assert len(again.error) <= 1


def test_an_action_that_is_gone_is_named_at_its_control_and_the_rest_of_the_question_stays(
    own_log: Log,
) -> None:
    save_draft(own_log, Draft(Question(("sell",), horizon_days=3)))
    at = _open(own_log)
    targets = at.multiselect(key=f"targets-{own_log.folder.name}")
    assert [option.split(" ")[0] for option in targets.options] == list(own_log.actions)
    assert targets.value == []
    told = complaints(at)
    assert len(told) == 2
    assert any("was about sell, which this log does not have" in text for text in told)
    assert any("No action is chosen" in text for text in told)
    targets.set_value(["cart"])
    run(at)
    assert "cart within the next 3 days" in _sentence(at)
    assert not at.error


@pytest.mark.parametrize("garbage", ["{", "[]", '{"question": 1, "left_out": [], "added": []}'])
def test_a_damaged_draft_counts_as_none(own_log: Log, garbage: str) -> None:
    (own_log.folder / "draft.json").write_text(garbage, encoding="utf-8")
    assert _sentence(_open(own_log)) == default_question(own_log).sentence().text()


def test_where_there_is_one_action_only_the_question_is_who_comes_back(home_log: LogMaker) -> None:
    log = home_log(_frame(60, ("buy",)))
    at = _open(log)
    assert _sentence(at).endswith("who will do buy within the next 7 days?")
    assert _counts(at) == _expected(log, default_question(log))
    assert not at.exception


def test_a_log_of_a_few_hours_is_asked_row_by_row(home_log: LogMaker) -> None:
    log = home_log(_frame(2))
    at = _open(log)
    assert _sentence(at) == "For each row of the log: is its action buy?"
    assert len(complaints(at)) == 1
    assert "at least 100 of each are needed" in complaints(at)[0]
    _ask_about(at, log, "user")
    assert len(complaints(at)) == 1


@pytest.mark.parametrize("kind", ["user", "event"])
def test_the_page_speaks_chinese(own_log: Log, kind: str) -> None:
    save_draft(own_log, Draft(replace(default_question(own_log), kind=kind)))
    assert english(_open(own_log))
    at = _open(own_log, lang="zh")
    assert english(at) == []
    assert "purchase" in _sentence(at)


def test_a_click_on_an_advice_asks_what_it_says_and_the_log_can_answer(own_log: Log) -> None:
    at = _set(_open(own_log), own_log, horizon=100)
    assert len(complaints(at)) == 1
    # The page needs no question that works to say what would: the shortest way is offered.
    offered = [b.label for b in at.button if str(b.key).startswith("advice-")]
    assert 1 <= len(offered) <= 3
    press(at, offered[0])
    assert not at.error
    question = open_draft(own_log).question
    assert question != default_question(own_log)
    assert _counts(at) == _expected(own_log, question)
    assert _sentence(at) == question.sentence().text()
    shown = {str(box.key).split("-")[0]: box.value for box in at.number_input}
    assert shown["horizon_days"] == question.horizon_days
    assert shown["lookback_days"] == question.lookback_days


def test_who_will_buy_in_which_category_is_asked_and_counted(own_log: Log) -> None:
    at = _open(own_log)
    _ask_about(at, own_log, "pair")
    at.selectbox(key=f"by-{own_log.folder.name}").set_value("category")
    run(at)
    question = replace(default_question(own_log), kind="pair", by="category")
    assert open_draft(own_log).question == question
    assert "purchase of which category within the next 7 days" in _sentence(at)
    assert _counts(at) == _expected(own_log, question)
    # A property of the user is nothing that users choose.
    assert "device" not in at.selectbox(key=f"by-{own_log.folder.name}").options


def test_conditions_amount_and_holidays_are_part_of_the_question(own_log: Log) -> None:
    at = _open(own_log)
    everything = _counts(at)
    at.selectbox(key=f"only_column-{own_log.folder.name}").set_value("category")
    run(at)
    # Until a value is chosen, nothing is asked for.
    assert _counts(at) == everything
    values = at.multiselect(key=f"only-category-{own_log.folder.name}")
    values.set_value(values.options[:2])
    at.number_input(key=f"least_amount-{own_log.folder.name}").set_value(20.0)
    at.selectbox(key=f"holidays-{own_log.folder.name}").set_value("CN")
    run(at)
    asked = open_draft(own_log).question
    assert asked.only_column == "category"
    assert list(asked.only) == values.options[:2]
    assert (asked.least_amount, asked.holidays) == (20.0, "CN")
    assert "for at least 20" in _sentence(at)
    counts = count_examples(own_log, asked)
    assert counts["did"].sum() < count_examples(own_log, default_question(own_log))["did"].sum()
    code = next(block.value for block in at.code)
    assert Question.from_json(json.loads(code)) == asked
    assert labels(at, "download_button") == ["Download question.json"]

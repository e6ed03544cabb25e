"""What was known of each user: chosen, drawn, and traced back to the events."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from deepfm.features.catalogue import feature_catalogue
from deepfm.features.preview import sample_examples, snapshots
from deepfm.log.log import Log
from deepfm.runs.draft import Draft, open_draft, save_draft
from deepfm.runs.looks import look_at
from deepfm.runs.previews import preview_examples
from deepfm.runs.queue import few, turn
from deepfm.runs.store import open_log
from deepfm.runs.workspace import common_workspace
from deepfm.task.question import Question, default_question
from tests.pages.reader import (
    choose_row,
    complaints,
    english,
    labels,
    open_page,
    press,
    run,
    settle,
)


def _open(log: Log, lang: str | None = None) -> AppTest:
    return settle(open_page("features", lang=lang, log=log.folder.name))


def _switch_off(at: AppTest, log: Log, family: str, *names: str) -> AppTest:
    box = at.multiselect(key=f"features-{family}-{log.folder.name}")
    box.set_value([name for name in box.value if name not in names])
    return settle(run(at))


def _users(at: AppTest) -> pd.DataFrame:
    return next(table.value for table in at.dataframe if "label" in table.value)


def _titles(at: AppTest) -> list[str]:
    """What stands above the columns of the users' table."""
    table = next(table for table in at.dataframe if "label" in table.value)
    titles = json.loads(table.proto.columns)
    return [titles[name]["label"] for name in table.value]


def _ask(log: Log, **changes: object) -> Question:
    question = replace(default_question(log), **changes)
    save_draft(log, Draft(question))
    return question


@pytest.fixture(scope="module")
def looks(log: Log, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the page finds out about the questions it begins with; that takes seconds for each."""
    folder = tmp_path_factory.mktemp("looks") / log.folder.name
    shutil.copytree(log.folder, folder, ignore=shutil.ignore_patterns("previews"))
    there = Log.open(folder)
    for kind in ("user", "event"):
        question = replace(default_question(there), kind=kind)
        names = Draft(question).features(there)
        deadline = time.monotonic() + 60
        while (look := look_at(there, question, names)).state == "working":
            assert time.monotonic() < deadline, look.words
            time.sleep(0.1)
        assert look.state == "done", look.words
    return folder / "previews"


@pytest.fixture
def seen_log(own_log: Log, looks: Path) -> Log:
    """The shared log, at whose features somebody has looked before."""
    shutil.copytree(looks, own_log.folder / "previews")
    return own_log


@pytest.mark.parametrize("kind", ["user", "event"])
def test_the_preview_shows_real_rows_and_a_picture(own_log: Log, kind: str) -> None:
    question = _ask(own_log, kind=kind)
    at = _open(own_log)
    assert not complaints(at)
    assert question.sentence().text() in [str(text.value) for text in at.markdown]
    assert len(at.get("plotly_chart")) == 1
    examples = pd.read_parquet(preview_examples(own_log, question))
    names = [f for f in feature_catalogue(own_log, question) if f.default]
    table = _users(at)
    assert list(table)[2:] == [feature.name for feature in names]
    assert _titles(at) == ["User", "Did it", *(feature.label.text() for feature in names)]
    assert set(table["user"]) <= set(examples["user"])
    assert set(table["label"]) == {"yes", "no"}
    assert len(table) == 200
    if kind == "user":
        moments = at.selectbox(key=f"snapshot-{own_log.folder.name}")
        known = examples.loc[examples["part"] != "now", "snapshot"]
        assert len(moments.options) == known.nunique()
    assert labels(at, "page_link") == ["Next: train the model"]


def test_a_feature_that_is_switched_off_is_kept_off(seen_log: Log) -> None:
    at = _open(seen_log)
    before = open_draft(seen_log).features(seen_log)
    _switch_off(at, seen_log, "recency", "since:cart")
    assert open_draft(seen_log).left_out == {"since:cart"}
    assert "Days since the last cart" not in _titles(at)
    again = _open(seen_log)
    kept = again.multiselect(key=f"features-recency-{seen_log.folder.name}").value
    assert "since:cart" not in kept
    assert "since:purchase" in kept
    everything = feature_catalogue(seen_log, default_question(seen_log))
    fold = f"Choose the features: {len(before) - 1} of {len(everything)}"
    assert again.expander[0].label == fold
    # The training page uses what was chosen here.
    training = open_page("training", log=seen_log.folder.name)
    captions = [str(caption.value) for caption in training.caption]
    assert f"{len(before) - 1} features are used." in captions


def test_a_feature_that_is_off_by_default_can_be_switched_on(seen_log: Log) -> None:
    at = _open(seen_log)
    box = at.multiselect(key=f"features-calendar-{seen_log.folder.name}")
    assert "hour_sin" not in box.value
    box.select("hour_sin")
    settle(run(at))
    assert open_draft(seen_log).added == {"hour_sin"}
    assert "Hour on the clock face (sine)" in _titles(at)


def test_without_any_feature_a_sentence_says_so(own_log: Log) -> None:
    draft = open_draft(own_log)
    save_draft(own_log, draft.with_features(own_log, set()))
    at = _open(own_log)
    assert complaints(at) == ["No feature is chosen. Choose at least one."]
    assert not at.dataframe
    at.multiselect(key=f"features-recency-{own_log.folder.name}").select("since:cart")
    settle(run(at))
    assert not complaints(at)
    assert _titles(at)[2:] == ["Days since the last cart"]


def test_the_chosen_feature_and_snapshot_stay_chosen(seen_log: Log) -> None:
    at = _open(seen_log)
    snapshot = at.selectbox(key=f"snapshot-{seen_log.folder.name}")
    snapshot.select_index(0)
    at.selectbox(key=f"feature-{seen_log.folder.name}").select_index(7)
    run(at)
    first = _users(at)
    for _ in range(2):
        run(at)
        feature = at.selectbox(key=f"feature-{seen_log.folder.name}")
        assert feature.options.index(feature.format_func(feature.value)) == 7
        assert at.selectbox(key=f"snapshot-{seen_log.folder.name}").index == 0
        pd.testing.assert_frame_equal(_users(at), first)


@pytest.mark.parametrize("kind", ["user", "event"])
def test_a_chosen_row_shows_its_values_and_only_earlier_events(seen_log: Log, kind: str) -> None:
    question = _ask(seen_log, kind=kind)
    at = _open(seen_log)
    users = _users(at)
    choose_row(at, "users", 3)
    assert [str(heading.value) for heading in at.header] == [f"User {users['user'].iloc[3]}"]
    assert len(at.get("plotly_chart")) == 2
    values = next(t.value for t in at.dataframe if list(t.value) == ["Feature", "Value"])
    assert len(values) == len(Draft(question).features(seen_log))
    path = preview_examples(seen_log, question)
    row = sample_examples(path, snapshots(path)[-1] if kind == "user" else None).iloc[3]
    assert users["user"].iloc[3] == row["user"]
    events = at.dataframe[-1].value
    assert (events["time"] < row["snapshot"]).all()
    if kind == "user":
        shown = values.set_index("Feature")["Value"]
        assert len(events) == float(shown["Events in the last 28 days"]) > 0


def test_a_question_that_the_log_is_too_short_for_is_answered_in_a_sentence(own_log: Log) -> None:
    _ask(own_log, horizon_days=60)
    at = _open(own_log)
    assert len(complaints(at)) == 1
    assert "This question needs 208 days of history" in complaints(at)[0]
    assert labels(at, "page_link") == ["Next: train the model"]
    settle(press(at, "Try again"))
    assert "This question needs 208 days of history" in complaints(at)[0]


def test_a_preview_that_is_under_way_says_so(own_log: Log) -> None:
    with turn("looks", few(), lambda before: None):
        at = open_page("features", log=own_log.folder.name)
        (box,) = at.status
        assert box.state == "running"
        assert not at.dataframe
    assert _users(settle(at)) is not None


@pytest.mark.parametrize("kind", ["user", "event"])
def test_the_page_speaks_chinese(seen_log: Log, kind: str) -> None:
    _ask(seen_log, kind=kind)
    assert english(_open(seen_log))
    assert english(_open(seen_log, lang="zh")) == []


def test_features_of_the_same_name_stand_side_by_side(
    make_log: Callable[..., Log], empty_home: Path
) -> None:
    """Where the only action is called event, two features have one label."""
    events = [
        (f"u{user}", "event", f"2024-{1 + day // 28:02d}-{1 + day % 28:02d} 1{user % 10}:00:00")
        for user in range(40)
        for day in range(user % 5, 80, 3 + user % 7)
    ]
    log = make_log(events)
    shutil.copytree(log.folder, empty_home / "logs" / "20240101-000000-0000")
    at = settle(open_page("features", log="20240101-000000-0000"))
    assert at.dataframe


def test_a_value_is_traced_to_the_events_that_make_it(seen_log: Log) -> None:
    _ask(seen_log)
    at = _open(seen_log)
    choose_row(at, "users", 3)
    values = next(t.value for t in at.dataframe if list(t.value) == ["Feature", "Value"])
    label = "Times of view in the last 7 days"
    place = values["Feature"].tolist().index(label)
    choose_row(at, "values", place)
    assert f"The events that make “{label}”" in [str(text.value) for text in at.markdown]
    behind = at.dataframe[-1].value
    assert len(behind) == int(values["Value"].iloc[place])
    assert set(behind["action"]) <= {"view"}


def test_the_chosen_feature_says_what_it_tells_by_itself(seen_log: Log) -> None:
    _ask(seen_log)
    at = _open(seen_log)
    (said,) = [str(c.value) for c in at.caption if str(c.value).startswith("By itself: AUC ")]
    at.session_state["strengths-fold"] = True
    run(at)
    strengths = next(t.value for t in at.dataframe if "AUC by itself" in t.value)
    row = strengths[strengths["Feature"] == "Weekday (1 = Monday)"].iloc[0]
    assert f"AUC {row['AUC by itself']:.3f}, Gini {row['Gini']:.3f}" in said
    assert strengths["AUC by itself"].is_monotonic_decreasing
    assert strengths["AUC by itself"].iloc[0] > 0.6


def test_pairs_are_previewed_with_their_value(own_log: Log) -> None:
    _ask(own_log, kind="pair", by="category")
    at = _open(own_log)
    assert not complaints(at)
    assert _titles(at)[:3] == ["User", "Did it", "Asked about: category"]
    table = _users(at)
    categories = set(pd.read_parquet(own_log.parquet, columns=["category"])["category"])
    assert set(table["which:category"]) <= categories
    choose_row(at, "users", 0)
    assert len(at.get("plotly_chart")) == 2


@pytest.fixture
def telling(make_log: Callable[..., Log], empty_home: Path) -> Log:
    """Row by row, with a column that copies the label and one that names the user."""
    actions = ["buy" if n % 5 == 2 else "view" for n in range(4_000)]
    events = [
        (f"u{n * 7 % 97}", action, f"2024-01-{1 + n // 150:02d} {n % 24:02d}:00:00")
        for n, action in enumerate(actions)
    ]
    log = make_log(
        sorted(events, key=lambda e: e[2]),
        "telling",
        paid=["card" if a == "buy" else "" for _, a, _ in sorted(events, key=lambda e: e[2])],
        mail=[f"{u}@mail" for u, _, _ in sorted(events, key=lambda e: e[2])],
    )
    shutil.copytree(log.folder, empty_home / "logs" / "20240101-000000-0001")
    return open_log(common_workspace(), "20240101-000000-0001")


def test_a_column_that_holds_the_answer_needs_a_reason(telling: Log) -> None:
    save_draft(telling, Draft(Question(("buy",), kind="event")))
    at = _open(telling)
    (alarm,) = [text for text in complaints(at) if "tells the outcome by itself" in text]
    assert "paid" in alarm
    notes = [str(box.value) for box in at.info]
    assert any("Nearly every value of mail belongs to one user" in note for note in notes)
    assert "row:mail" not in open_draft(telling).features(telling)
    at.text_input(key=f"reason-{telling.folder.name}").set_value("Paid before the goods come")
    run(at)
    assert open_draft(telling).reason == "Paid before the goods come"
    again = _open(telling)
    assert again.text_input(key=f"reason-{telling.folder.name}").value.startswith("Paid before")
    # Left out, it needs none.
    _switch_off(again, telling, "row", "row:paid")
    assert not [text for text in complaints(again) if "tells the outcome" in text]
    assert not again.text_input

from dataclasses import replace
from datetime import datetime, timedelta

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deepfm.features.catalogue import feature_catalogue
from deepfm.features.frame import write_examples
from deepfm.task.question import Question

START = datetime(2024, 1, 1)
QUESTION = Question(
    ("buy",),
    horizon_days=2,
    lookback_days=6,
    active_days=6,
    every_days=1,
    as_of=datetime(2024, 1, 21),
)
# Midnights are drawn often: they are the borders of all windows.
MOMENTS = st.one_of(
    st.integers(0, 19).map(lambda day: START + timedelta(days=day)),
    st.integers(0, 19).map(lambda day: START + timedelta(days=day, microseconds=-1)),
    st.integers(0, 20 * 86_400).map(lambda second: START + timedelta(seconds=second)),
)
EVENTS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["view", "cart", "buy"]), MOMENTS),
    min_size=1,
    max_size=40,
)
FIRST_AND_LAST = [("a", "view", START), ("b", "view", datetime(2024, 1, 20, 23, 30))]


def text(events):
    return [(user, action, time.isoformat(sep=" ")) for user, action, time in events]


def frame_of(log, question=QUESTION):
    return computed(log, question, feature_catalogue(log, question))


def computed(log, question, features):
    path = log.folder / "examples.parquet"
    write_examples(log, question, features, path)
    return pd.read_parquet(path)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(events=EVENTS)
def test_no_event_is_in_the_features_and_in_the_label(make_log, events):
    """Counted by hand from the definitions: [t - L, t) feeds the features, (t, t + H] the label."""
    events = [*FIRST_AND_LAST, *events]
    frame = frame_of(make_log(text(events)))
    past = pd.DataFrame(events, columns=["user", "action", "time"])
    for row in frame.itertuples():
        mine = past[past.user == row.user]
        before = mine[(mine.time >= row.snapshot - timedelta(days=6)) & (mine.time < row.snapshot)]
        after = mine[(mine.time > row.snapshot) & (mine.time <= row.snapshot + timedelta(days=2))]
        assert not set(before.index) & set(after.index)
        assert row.events_6d == len(before)
        if row.part != "now":
            assert row.label == int((after.action == "buy").any())
    columns = frame.columns
    assert (frame["count:buy:6d"] <= frame["events_6d"]).all()
    assert not [name for name in columns if name.endswith("_right")]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(events=EVENTS, day=st.integers(9, 17))
def test_removing_all_later_events_changes_no_feature(make_log, events, day):
    cut = START + timedelta(days=day, microseconds=-1)
    events = [*FIRST_AND_LAST, ("a", "cart", START + timedelta(days=3)), *events]
    # Every action stays known, so that both logs have the same columns.
    known = [("c", "view", START), ("c", "cart", START), ("c", "buy", START)]
    whole = make_log(text(known + events), "whole")
    early = make_log(text(known + [event for event in events if event[2] <= cut]), "early")
    # Features count on the order of the actions, as a run keeps it when it scores a later log.
    early = replace(early, report=replace(early.report, actions=whole.actions))
    features = feature_catalogue(whole, QUESTION)
    snapshot = cut

    def at_cut(log):
        frame = computed(log, QUESTION, features)
        frame = frame[frame.snapshot == snapshot].drop(columns=["label", "part"])
        return frame.sort_values("user").reset_index(drop=True)

    pd.testing.assert_frame_equal(at_cut(whole), at_cut(early))


@pytest.fixture
def story(make_log):
    """One user whose features can be worked out in one's head, seen on 2024-01-20 at 23:59:59."""
    events = [
        ("a", "view", "2024-01-15 09:00:00", "shoes", 5),
        ("a", "view", "2024-01-15 09:10:00", "shoes", 5),
        ("a", "cart", "2024-01-17 20:00:00", "hats", 7),
        ("a", "buy", "2024-01-19 20:00:00", "shoes", 9),
        ("b", "view", "2024-01-01 00:00:00", "hats", 1),
        ("b", "view", "2024-01-20 23:59:59", "hats", 1),
    ]
    log = make_log(
        [event[:3] for event in events],
        category=[event[3] for event in events],
        amount=[event[4] for event in events],
    )
    frame = frame_of(log)
    return frame[(frame.user == "a") & (frame.part == "now")].iloc[0]


@pytest.mark.parametrize(
    ("feature", "value"),
    [
        ("events_6d", 4),
        ("events_3d", 1),
        ("count:cart:6d", 1),
        ("count:buy:1d", 0),
        ("active_days_6d", 3),
        ("sessions", 3),
        ("amount_6d", 26),
        ("gap_mean", 2),
        ("gap_sd", 0),
        ("distinct:category", 2),
        ("last:category", "shoes"),
        ("last:action", "buy"),
        ("favorite:category", "shoes"),
        ("favorite_part_of_day", "evening"),
        ("hour", "20"),
        ("weekday", "5"),
        ("weekend", "no"),
        ("ratio:view", 0.5),
    ],
)
def test_a_story_that_can_be_worked_out_by_hand(story, feature, value):
    assert story[feature] == value


def test_recency_is_measured_in_days(story):
    assert story["days_since_last"] == pytest.approx(1 + 4 / 24, abs=1e-4)
    assert story["since:cart"] == pytest.approx(3 + 4 / 24, abs=1e-4)
    assert story["days_since_first"] == pytest.approx(5 + 15 / 24, abs=1e-4)


def test_the_row_question_describes_each_row_by_itself(make_log):
    events = [
        (f"u{n % 5}", "buy" if n % 3 == 0 else "view", f"2024-01-01 {n % 24:02d}:00:00")
        for n in range(60)
    ]
    log = make_log(events, brand=[f"b{n % 4}" for n in range(60)])
    question = Question(("buy",), kind="event")
    frame = frame_of(log, question)
    row = frame[(frame.line == 5) & (frame.part != "now")].iloc[0]
    assert (row["row:brand"], row["hour"], row["month"], row.label) == ("b3", "3", "1", 1)
    assert not [name for name in frame.columns if "action" in name]

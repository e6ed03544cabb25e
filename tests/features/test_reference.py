"""Every feature and every label of random logs, against slow and obviously right Python."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from reference import (
    Event,
    Known,
    asked,
    candidates,
    eligible,
    label,
    value_of,
    value_of_row,
)

from deepfm.features.catalogue import feature_catalogue
from deepfm.features.frame import write_examples
from deepfm.log.intake import take_in
from deepfm.log.log import Log
from deepfm.log.mapping import Mapping
from deepfm.log.report import ColumnUse
from deepfm.log.source.source import open_source
from deepfm.task.examples import POPULAR, RECENT_ROWS
from deepfm.task.question import Question

# The clocks went forward in the night to the 31st; Easter is in the middle.
ZONE = ZoneInfo("Europe/Berlin")
START, END = datetime(2024, 3, 18), datetime(2024, 4, 12)
TICK = timedelta(microseconds=1)
USER = Question(
    ("buy",), horizon_days=2, lookback_days=8, active_days=6, every_days=30, as_of=END, gap_days=1
)
QUESTIONS = {
    "plain": USER,
    "first time": replace(USER, first_time_only=True, holidays="DE"),
    "several": replace(USER, targets=("buy", "cart"), gap_days=0),
    "where": replace(USER, only_column="category", only=("hats",), lookback_days=15),
    "amount": replace(USER, least_amount=12.5, horizon_days=3),
    "pair": replace(USER, kind="pair", by="category", targets=("buy", "cart")),
    "pair amount": replace(USER, kind="pair", by="category", least_amount=7.0),
}
# Borders of windows are drawn often: snapshots stand at the last microsecond of a day.
DAYS = st.integers(0, (END - START).days - 1).map(lambda day: START + timedelta(days=day))
MOMENTS = st.one_of(
    DAYS,
    DAYS.map(lambda day: day + timedelta(days=1) - TICK),
    st.tuples(DAYS, st.integers(0, 86_399)).map(lambda p: p[0] + timedelta(seconds=p[1])),
    # Visits: some minutes apart, on both sides of the half hour that ends one.
    st.tuples(DAYS, st.integers(0, 6)).map(lambda p: p[0] + timedelta(minutes=15 * p[1])),
)
ROWS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from(["view", "cart", "buy"]),
        MOMENTS,
        st.sampled_from([None, 1.25, 5.0, 10.0]),
        st.sampled_from([None, "hats", "shoes", "bags"]),
        st.sampled_from([None, "rome", "oslo"]),
    ),
    min_size=4,
    max_size=45,
)
EVERY_ACTION = [
    ("z", action, START + timedelta(hours=n), 5.0, "hats", "rome")
    for n, action in enumerate(["view", "cart", "buy"])
]
LATEST = [("y", "view", END - timedelta(hours=1), None, "shoes", "oslo")]


def taken_in(folder: Path, events: list[Event]) -> Log:
    """The events as a file in UTC, read in the log's zone."""
    frame = pd.DataFrame(
        {
            "user": [e.user for e in events],
            "action": [e.action for e in events],
            "time": [
                e.time.replace(tzinfo=ZONE).astimezone(UTC).isoformat().replace("+00:00", "Z")
                for e in events
            ],
            "amount": [e.amount for e in events],
            "category": [e.category for e in events],
            "city": [e.city for e in events],
        }
    )
    frame.to_csv(folder / "log.csv", index=False)
    mapping = Mapping(
        "user",
        "time",
        action="action",
        amount="amount",
        categories=("category", "city"),
        time_zone="Europe/Berlin",
    )
    log = take_in(open_source(folder / "log.csv"), mapping, folder / "log")
    # So few users say nothing of a column; here city is a property of theirs.
    return replace(log, report=replace(log.report, columns={"city": ColumnUse(90, 30, 3, 30)}))


def exists(moment: datetime) -> bool:
    """Whether the wall clock ever showed this time, and only once."""
    there = moment.replace(tzinfo=ZONE)
    return there.astimezone(UTC).astimezone(ZONE).replace(tzinfo=None) == moment


def same(found: object, expected: object) -> bool:
    if expected is None:
        return bool(pd.isna(found))
    if isinstance(expected, str):
        return found == expected
    return bool(np.isclose(float(found), float(expected), rtol=1e-9, atol=1e-9))


# A failure is not made smaller: that takes hundreds of frames, and small ones are drawn anyway.
AS_OFTEN = settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.mark.parametrize("name", QUESTIONS)
@AS_OFTEN
@given(rows=ROWS)
def test_every_value_is_what_its_definition_says(
    tmp_path_factory: pytest.TempPathFactory, name: str, rows: list[tuple]
) -> None:
    question = QUESTIONS[name]
    kept = [row for row in [*EVERY_ACTION, *rows, *LATEST] if exists(row[2])]
    events = [Event(line, *row) for line, row in enumerate(kept, 2)]
    folder = tmp_path_factory.mktemp("made")
    log = taken_in(folder, events)
    features = feature_catalogue(log, question)
    write_examples(log, question, features, folder / "examples.parquet")
    frame = pd.read_parquet(folder / "examples.parquet")
    if "value" not in frame:
        frame["value"] = None
    step = timedelta(days=question.gap_days + question.horizon_days)
    moments = [END - TICK - times * step for times in (3, 2, 1, 0)]
    assert set(frame["snapshot"]) <= {pd.Timestamp(t) for t in moments}
    for t in moments:
        rows_of = frame[frame["snapshot"] == t]
        asked_about = list(zip(rows_of["user"], rows_of["value"], strict=True))
        if question.by is None:
            users = {e.user for e in events if eligible(events, e.user, t, question)}
            expected = {(user, None) for user in users}
        else:
            expected = candidates(events, t, question, POPULAR)
        assert len(asked_about) == len(expected)
        assert set(asked_about) == expected
    for row in frame.to_dict("records"):
        t, user = row["snapshot"].to_pydatetime(), row["user"]
        known = Known(events, user, t, question)
        if row["part"] == "now":
            assert pd.isna(row["label"])
        else:
            assert row["label"] == label(events, user, row["value"], t, question)
        for feature in features:
            expected_value = value_of(feature.name, known, row["value"])
            assert same(row[feature.name], expected_value), (feature.name, row["user"], t)


@AS_OFTEN
@given(rows=ROWS)
def test_every_row_is_what_its_definition_says(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple]
) -> None:
    question = Question(("buy", "cart"), kind="event", least_amount=5.0, as_of=END, holidays="DE")
    kept = [row for row in [*EVERY_ACTION, *rows, *LATEST] if exists(row[2])]
    by_line = {line: Event(line, *row) for line, row in enumerate(kept, 2)}
    folder = tmp_path_factory.mktemp("made")
    log = taken_in(folder, list(by_line.values()))
    features = feature_catalogue(log, question)
    write_examples(log, question, features, folder / "examples.parquet")
    frame = pd.read_parquet(folder / "examples.parquet")
    past, now = frame[frame["part"] != "now"], frame[frame["part"] == "now"]
    by_line = {line: event for line, event in by_line.items() if event.time < END - TICK}
    assert sorted(past["line"]) == sorted(by_line)
    for user in {e.user for e in by_line.values()}:
        mine = sorted((e for e in by_line.values() if e.user == user), key=lambda e: e.order)
        assert set(now.loc[now["user"] == user, "line"]) == {e.line for e in mine[-RECENT_ROWS:]}
    for row in frame.to_dict("records"):
        event = by_line[row["line"]]
        assert row["snapshot"] == event.time
        wanted = asked(event, question) and (event.amount or 0.0) >= 5.0
        assert pd.isna(row["label"]) if row["part"] == "now" else row["label"] == wanted
        for feature in features:
            assert same(row[feature.name], value_of_row(feature.name, event)), feature.name

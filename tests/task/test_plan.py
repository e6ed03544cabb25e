from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from deepfm.errors import InputError
from deepfm.log.intake import take_in
from deepfm.log.mapping import Mapping
from deepfm.log.source.source import open_source
from deepfm.task.plan import days_needed, make_plan
from deepfm.task.question import Question, default_question

SIXTY_DAYS = [
    (f"u{day % 3}", "view" if day % 4 else "buy", f"2024-03-{1 + day:02d} 23:30:00")
    if day < 31
    else (f"u{day % 3}", "view", f"2024-04-{day - 30:02d} 23:30:00")
    for day in range(60)
]


def test_each_label_window_ends_before_the_next_part_begins(make_log):
    question = Question(("buy",), horizon_days=7, lookback_days=28, gap_days=1, every_days=3)
    plan = make_plan(question, make_log(SIXTY_DAYS))
    window = timedelta(days=question.gap_days + question.horizon_days)
    first = {}
    for snapshot in plan.snapshots:
        first.setdefault(snapshot.part, snapshot.time)
    last = {snapshot.part: snapshot.time for snapshot in plan.snapshots}
    assert last["train"] + window <= first["valid"]
    assert last["valid"] + window <= first["test"]
    assert last["test"] + window <= plan.now


def test_a_log_that_runs_into_its_last_hour_is_cut_at_midnight(make_log):
    plan = make_plan(Question(("buy",)), make_log(SIXTY_DAYS))
    assert plan.now == datetime(2024, 4, 29, 23, 59, 59, 999_999)
    assert {snapshot.time.time() for snapshot in plan.snapshots} == {plan.now.time()}


def test_now_is_just_after_the_last_event_otherwise(make_log):
    events = [(user, action, time.replace("23:30", "09:15")) for user, action, time in SIXTY_DAYS]
    assert make_plan(Question(("buy",)), make_log(events)).now == datetime(2024, 4, 29, 9, 15, 0, 1)


def test_training_snapshots_have_a_whole_lookback(make_log):
    log = make_log(SIXTY_DAYS)
    plan = make_plan(Question(("buy",), every_days=1), log)
    beginning = plan.now - timedelta(days=plan.history_days)
    assert all(s.time - timedelta(days=28) >= beginning for s in plan.snapshots)
    assert sum(s.part == "train" for s in plan.snapshots) == 60 - 28 - 21 + 1


def test_a_short_log_says_how_many_days_are_missing(make_log):
    question = Question(("buy",), horizon_days=14, lookback_days=28)
    assert days_needed(question) == 70
    with pytest.raises(InputError, match=r"needs 70 days .* the log has 60"):
        make_plan(question, make_log(SIXTY_DAYS))


def test_one_stray_early_event_does_not_stretch_the_history(make_log):
    many = [(f"u{n}", "view", f"2024-03-{1 + n % 20:02d} 10:00:00") for n in range(2000)]
    log = make_log([("u1", "view", "2001-01-01 00:00:00"), *many])
    with pytest.raises(InputError, match="the log has 20"):
        make_plan(Question(("view",)), log)


def test_the_default_question_fits_the_log(make_log):
    log = make_log(SIXTY_DAYS)
    question = default_question(log)
    assert question.targets == ("buy",)
    assert days_needed(question) <= make_plan(question, log).history_days


def test_snapshots_stand_at_local_midnight_on_both_sides_of_a_clock_change(tmp_path):
    zone = ZoneInfo("America/New_York")
    nights = [datetime(2024, 2, 10, 23, 30) + timedelta(days=day) for day in range(60)]
    seconds = [int(night.replace(tzinfo=zone).timestamp()) for night in nights]
    # The night in which an hour is missing is an hour nearer.
    assert {b - a for a, b in pairwise(seconds)} == {86_400, 82_800}
    rows = "".join(f"u{i % 3},{'buy' if i % 4 else 'view'},{s}\n" for i, s in enumerate(seconds))
    (tmp_path / "log.csv").write_text("user,action,time\n" + rows)
    mapping = Mapping("user", "time", action="action", time_zone=str(zone))
    log = take_in(open_source(tmp_path / "log.csv"), mapping, tmp_path / "log")
    plan = make_plan(Question(("buy",), lookback_days=7, active_days=7, every_days=7), log)
    clocks = {(snapshot.time + timedelta(microseconds=1)).time() for snapshot in plan.snapshots}
    assert clocks == {time(0, 0)}
    days = {snapshot.time.date() for snapshot in plan.snapshots}
    assert min(days) < date(2024, 3, 10) < max(days)

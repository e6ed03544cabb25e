from datetime import datetime, timedelta

from deepfm.charts.question import time_axis

DAY_MS = 86_400_000


def test_the_windows_are_those_of_the_question(plan, question):
    lookback, horizon, snapshots = time_axis(plan, question, "en").data
    shown = plan.snapshots[-11:]
    assert list(snapshots.x) == [snapshot.time for snapshot in shown]
    assert list(lookback.base) == [s.time - timedelta(days=28) for s in shown]
    assert set(lookback.x) == {28 * DAY_MS}
    # After the gap of one day.
    assert list(horizon.base) == [s.time + timedelta(days=1) for s in shown]
    assert set(horizon.x) == {7 * DAY_MS}


def test_the_parts_are_named_beside_their_rows(plan, question):
    chart = time_axis(plan, question, "en")
    names = list(chart.layout.yaxis.ticktext)
    assert names == ["training"] * 8 + ["validation", "test", "now (to predict)"]
    assert len(set(chart.data[1].marker.color[7:10])) == 3
    # What is still to come is hatched.
    assert list(chart.data[1].marker.pattern.shape) == [""] * 10 + ["/"]


def test_it_says_how_many_snapshots_are_not_drawn(plan, question):
    chart = time_axis(plan, question, "en")
    assert chart.layout.title.subtitle.text == "6 earlier training snapshots are not drawn"
    few = type(plan)(plan.now, plan.snapshots[-5:], plan.history_days)
    chart = time_axis(few, question, "en")
    assert chart.layout.title.subtitle.text is None
    assert len(chart.data[0].y) == 5


def test_the_hover_says_what_is_known_and_asked(plan, question):
    lookback, horizon, _ = time_axis(plan, question, "en").data
    assert plan.now == datetime(2025, 6, 30, 23, 59, 59, 999_999)
    assert lookback.hovertext[-1] == "Known: the 28 days from 2025-06-02 to 2025-06-30"
    assert horizon.hovertext[-1] == (
        "Asked (now (to predict)): buy in the 7 days from 2025-07-01 to 2025-07-08?"
    )

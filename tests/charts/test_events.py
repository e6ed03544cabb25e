from datetime import timedelta

import pandas as pd
import pytest

from deepfm.charts.events import user_timeline

from .conftest import NOW

SNAPSHOT = NOW - timedelta(days=8)


@pytest.fixture
def chart(events):
    return user_timeline(events, SNAPSHOT, 14, 7, 1, "en")


def test_every_event_is_a_dot_in_the_row_of_its_action(chart, events):
    view, cart = chart.data
    assert list(chart.layout.yaxis.ticktext) == ["view", "cart"]
    assert sorted(cart.x) == sorted(events.loc[events["action"] == "cart", "time"])
    assert len(view.x) == 20 and set(view.y) == {0} and set(cart.y) == {1}
    assert view.marker.symbol != cart.marker.symbol


def test_the_windows_are_shaded(chart):
    lookback, horizon, line = chart.layout.shapes
    assert (lookback.x0, lookback.x1) == (SNAPSHOT - timedelta(days=14), SNAPSHOT)
    after = SNAPSHOT + timedelta(days=1)
    assert (horizon.x0, horizon.x1) == (after, after + timedelta(days=7))
    assert line.x0 == line.x1 == SNAPSHOT
    assert [n.text for n in chart.layout.annotations] == ["lookback", "horizon", "snapshot"]


def test_a_window_that_nobody_knows_yet_is_not_shaded(events):
    chart = user_timeline(events, NOW, 14, None, 1, "en")
    assert [note.text for note in chart.layout.annotations] == ["lookback", "snapshot"]


def test_the_hover_lists_what_the_log_knows(chart):
    # The newest event, a cart, has no item.
    assert chart.data[1].hovertext[-1] == "2025-06-30 22:59<br>cart"
    assert chart.data[0].hovertext[-1] == "2025-06-29 22:59<br>view<br>item: i0"


def test_rare_actions_share_a_row():
    actions = [f"a{i}" for i in range(12) for _ in range(13 - i)]
    times = pd.date_range("2025-06-01", periods=len(actions), freq="h")
    chart = user_timeline(
        pd.DataFrame({"time": times, "action": actions}), SNAPSHOT, 14, 7, 0, "en"
    )
    names = list(chart.layout.yaxis.ticktext)
    assert names == [f"a{i}" for i in range(7)] + ["other actions"]
    assert sum(len(row.x) for row in chart.data) == len(actions)


def test_a_busy_user_is_thinned():
    times = pd.date_range("2025-06-01", periods=3_000, freq="min")
    chart = user_timeline(pd.DataFrame({"time": times, "action": "view"}), SNAPSHOT, 14, 7, 0, "en")
    shown = chart.data[0].x
    assert len(shown) <= 1_000
    assert pd.Timestamp(shown[0]) == times[0] and pd.Timestamp(shown[-1]) == times[-1]


def test_a_user_without_events(events):
    chart = user_timeline(events.iloc[:0], SNAPSHOT, 14, 7, 0, "en")
    assert not chart.data and chart.layout.annotations[0].text == "This user has no events here."

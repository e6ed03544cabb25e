import pandas as pd

from deepfm.charts.log import events_over_time


def test_every_frequent_action_has_a_strip(days):
    chart = events_over_time(days, "en")
    assert [strip.name for strip in chart.data] == ["a0", "a1", "a2", "a3", "a4", "other actions"]
    for i, strip in enumerate(chart.data[:5]):
        assert list(strip.y) == [1_000 // 2**i] * 100
    assert list(chart.data[5].y) == [31 + 15 + 7] * 100
    assert len({strip.yaxis for strip in chart.data}) == 6
    names = [note.text for note in chart.layout.annotations]
    assert names[0] == "a0: 100,000" and names[5] == "other actions: 5,300"
    assert chart.data[0].hovertext[0] == "a0, 2025-01-01: 1,000 events"


def test_six_actions_need_no_other(days):
    six = days[~days["action"].isin(["a6", "a7"])]
    assert [strip.name for strip in events_over_time(six, "en").data][-1] == "a5"


def test_a_day_without_an_action_counts_zero(days):
    gap = days[~((days["action"] == "a1") & (days["day"] == "2025-01-02"))]
    strip = events_over_time(gap, "en").data[1]
    assert list(strip.y)[:3] == [500, 0, 500]


def test_long_logs_are_shown_by_week_and_month():
    day = pd.date_range("2020-01-01", periods=500)
    log = pd.DataFrame({"day": day, "action": "buy", "events": 2})
    weekly = events_over_time(log, "en")
    assert weekly.layout.title.text == "Events a week"
    assert sum(weekly.data[0].y) == 1_000 and max(weekly.data[0].y) == 14
    # 1 January 2020 was a Wednesday.
    assert weekly.data[0].hovertext[0] == "buy, week from 2019-12-30: 10 events"
    stray = pd.concat([log, log.tail(1).assign(day=pd.Timestamp("1970-01-01"))])
    monthly = events_over_time(stray, "en")
    assert monthly.layout.title.text == "Events a month"
    assert sum(monthly.data[0].y) == 1_002 and len(monthly.data[0].y) <= 1_000


def test_words_of_the_log_are_shown_as_they_are():
    day = pd.Timestamp("2025-01-01")
    log = pd.DataFrame({"day": [day], "action": ["<b>buy</b>"], "events": [3]})
    chart = events_over_time(log, "en")
    assert chart.layout.annotations[0].text == "&lt;b&gt;buy&lt;/b&gt;: 3"


def test_an_action_may_be_called_like_the_others(days):
    log = days.replace({"action": {"a0": "other actions"}})
    strips = events_over_time(log, "en").data
    assert [strip.name for strip in strips][::5] == ["other actions", "other actions"]
    assert list(strips[0].y) == [1_000] * 100 and list(strips[5].y) == [53] * 100


def test_an_empty_log(days):
    chart = events_over_time(days.iloc[:0], "en")
    assert not chart.data and chart.layout.annotations[0].text == "The log has no events."

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from deepfm.log import parse
from deepfm.log.intake import take_in
from deepfm.log.log import Log
from deepfm.log.look import (
    events_by_day,
    events_by_hour,
    first_events,
    missing_values,
    set_aside_csv,
    set_aside_rows,
)
from deepfm.log.mapping import Mapping
from deepfm.log.source.rows import RAGGED
from deepfm.log.source.source import open_source

TEXT = """user,action,time
u1,view,2024-01-02 10:00:00
,view,2024-01-01
=1+1,view
u2,buy,2024-01-01 23:59:59
＠cmd,buy,soon
u1,view,2024-01-02 00:00:00
小明,,2024-01-02
u1,buy,2024-01-04 00:00:00
"""
ASIDE = [
    ("small.csv", 3, parse.NO_USER, ",view,2024-01-01"),
    ("small.csv", 4, RAGGED, "=1+1,view"),
    ("small.csv", 6, parse.BAD_TIME, "＠cmd,buy,soon"),
    ("small.csv", 8, parse.NO_ACTION, "小明,,2024-01-02"),
]


@pytest.fixture
def small(tmp_path: Path) -> Log:
    path = tmp_path / "small.csv"
    path.write_text(TEXT, encoding="utf-8")
    mapping = Mapping(user="user", time="time", action="action")
    return take_in(open_source(path), mapping, tmp_path / "log")


def _rows(table: pd.DataFrame) -> list[tuple[object, ...]]:
    return list(table.itertuples(index=False, name=None))


def test_events_are_counted_by_day_and_action_and_empty_days_are_absent(small: Log) -> None:
    table = events_by_day(small)
    assert _rows(table) == [
        (pd.Timestamp("2024-01-01"), "buy", 1),
        (pd.Timestamp("2024-01-02"), "view", 2),
        (pd.Timestamp("2024-01-04"), "buy", 1),
    ]
    assert list(table.columns) == ["day", "action", "events"]


def test_the_days_of_the_demo_equal_a_count_of_the_file_itself(log: Log, demo_csv: Path) -> None:
    source = pd.read_csv(demo_csv)
    by_hand = Counter(zip(source["time"].str[:10], source["action"], strict=True))
    table = events_by_day(log)
    keys = zip(table["day"].dt.strftime("%Y-%m-%d"), table["action"], strict=True)
    assert dict(zip(keys, table["events"], strict=True)) == by_hand
    assert table.sort_values(["day", "action"]).index.tolist() == list(range(len(table)))


def test_stray_times_are_left_out(make_log) -> None:
    usual = [(f"u{n % 9}", "view", f"2024-01-{n % 20 + 1:02d} 10:00:00") for n in range(12_000)]
    log = make_log([*usual, ("u1", "view", "2031-01-01 10:00:00")])
    assert log.report.stray == 1
    table = events_by_day(log)
    assert table["events"].tolist() == [600] * 20
    assert table["day"].max() == pd.Timestamp("2024-01-20")


def test_hours_of_the_week_are_counted_in_the_logs_zone(make_log) -> None:
    # A Monday, a Sunday.
    times = ["2024-01-01 00:10:00", "2024-01-01 00:50:00", "2024-01-07 23:59:59"]
    log = make_log([(f"u{n}", "view", time) for n, time in enumerate(times)])
    assert _rows(events_by_hour(log)) == [(0, 0, 2), (6, 23, 1)]


def test_missing_values_are_listed_by_their_share(make_log) -> None:
    log = make_log(
        [(f"u{n}", "view", f"2024-01-0{n + 1}") for n in range(4)],
        city=["a", None, "NULL", "b"],
        item=["i", "j", "k", None],
    )
    assert _rows(missing_values(log)) == [("city", 0.5), ("item", 0.25)]


def test_rows_set_aside_are_shown_with_line_reason_and_text_in_both_languages(small: Log) -> None:
    english = set_aside_rows(small, "en")
    assert list(english.columns) == ["File", "Line", "Reason", "Row"]
    assert _rows(english) == ASIDE
    chinese = set_aside_rows(small, "zh")
    assert list(chinese.columns) == ["文件", "行号", "原因", "内容"]
    assert chinese["行号"].tolist() == [3, 4, 6, 8]
    assert chinese["原因"].iloc[0] == "缺少用户"
    assert all(any("一" <= mark <= "鿿" for mark in reason) for reason in chinese["原因"])
    assert chinese["内容"].tolist() == [text for *_, text in ASIDE]


@pytest.mark.parametrize(("rows", "shown"), [(0, 0), (1, 1), (3, 3), (99, 4), (None, 4)])
def test_no_more_rows_are_shown_than_asked_for(small: Log, rows: int | None, shown: int) -> None:
    assert _rows(set_aside_rows(small, "en", rows)) == ASIDE[:shown]


def test_the_csv_of_the_rows_is_fit_for_spreadsheets(small: Log) -> None:
    content = set_aside_csv(small, "zh")
    assert content.startswith(b"\xef\xbb\xbf" + "文件,行号,原因,内容".encode())
    table = pd.read_csv(io.BytesIO(content), encoding="utf-8-sig")
    assert table["行号"].tolist() == [3, 4, 6, 8]
    assert table["内容"].tolist() == [
        ",view,2024-01-01",
        "'=1+1,view",
        "'＠cmd,buy,soon",
        "小明,,2024-01-02",
    ]
    assert set_aside_csv(small, "en").decode("utf-8-sig").startswith("File,Line,Reason,Row\n")


def test_a_log_without_such_rows_gives_the_titles_only(make_log) -> None:
    log = make_log([("a", "view", "2024-01-01"), ("b", "view", "2024-01-02")])
    assert set_aside_rows(log, "en").empty
    assert set_aside_csv(log, "en").decode("utf-8-sig") == "File,Line,Reason,Row\n"


def test_the_first_events_stand_in_the_order_of_time_then_line(small: Log) -> None:
    table = first_events(small, 3)
    assert _rows(table[["user", "action"]]) == [("u2", "buy"), ("u1", "view"), ("u1", "view")]
    assert table["time"].is_monotonic_increasing
    assert "line" not in table.columns
    assert len(first_events(small, 99)) == small.rows


def test_the_first_events_show_every_column_and_settle_ties_by_line(make_log) -> None:
    noon = "2024-01-01 12:00:00"
    events = [(f"u{n}", "view", noon) for n in range(50)] + [("v", "buy", "2024-01-01")]
    log = make_log(events, item=[f"i{n}" for n in range(51)], brand=["b"] * 51)
    table = first_events(log, 10)
    assert table["user"].tolist() == ["v", *(f"u{n}" for n in range(9))]
    assert set(table.columns) == {"user", "item", "action", "time", "brand"}

"""Every way of writing a time gives the wall clock of the log's zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepfm.log.times import likely_formats, short_date_sql, time_sql


def _read(*texts: str, zone: str = "UTC", day_first: bool = False) -> list[datetime | None]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        short = short_date_sql("text", zone, day_first=day_first)
        expression = f"coalesce({time_sql('text', zone)}, {short})"
        rows = connection.execute(
            f"SELECT {expression} FROM (SELECT unnest(?::VARCHAR[]) AS text)", [list(texts)]
        ).fetchall()
    return [row[0] for row in rows]


@pytest.mark.parametrize(
    "text",
    [
        "2019-10-01 00:00:00 UTC",
        "2019-10-01T00:00:00Z",
        "2019-10-01T08:00:00+08:00",
        "2019-09-30 20:00:00-0400",
        "2019-10-01 05:30:00.000+0530",
        "1569888000",
        "1569888000.0",
        "1569888000000",
        "1569888000000000",
        # Without a zone: taken as it stands.
        "2019-10-01 08:00:00",
        "2019-10-01T08:00",
        "2019-10-01 08:00:00.000",
        "2019-10-01 08",
        "2019/10/1 8:00",
        "20191001080000",
        "2019年10月01日 08:00",
        "10/1/2019 8:00",
    ],
)
def test_one_moment_in_shanghai(text: str) -> None:
    assert _read(text, zone="Asia/Shanghai") == [datetime(2019, 10, 1, 8)]


def test_dates_alone_and_the_order_of_day_and_month() -> None:
    assert _read("20110203", "2011-02-03") == [datetime(2011, 2, 3)] * 2
    assert _read("2/3/2011") == [datetime(2011, 2, 3)]
    assert _read("2/3/2011", day_first=True) == [datetime(2011, 3, 2)]
    assert _read("2011-02-03 04:05:06.789123") == [datetime(2011, 2, 3, 4, 5, 6, 789123)]


def test_excel_serials_are_read_only_where_they_are_said_to_be() -> None:
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"SELECT {time_sql('text', 'UTC', excel=True)}, {time_sql('text', 'UTC')} "
            "FROM (SELECT unnest(['45292.5', '45292', '60000.999999', '123456']) AS text)"
        ).fetchall()
    assert [row[0] for row in rows] == [
        datetime(2024, 1, 1, 12),
        datetime(2024, 1, 1),
        datetime(2064, 4, 8, 23, 59, 59, 914_000),
        None,
    ]
    assert [row[1] for row in rows] == [None] * 4


def test_the_formats_of_a_column_come_first() -> None:
    texts = ["2019/10/1 8:00 PM", "2019/10/2 9:00 AM", "2019年10月01日"]
    assert likely_formats(texts)[0] == "%Y/%m/%d %I:%M %p"
    with duckdb.connect() as connection:
        first = time_sql("text", "UTC", first=likely_formats(texts))
        query = f"SELECT {first} FROM (SELECT unnest(?::VARCHAR[]) AS text)"
        read = [row[0] for row in connection.execute(query, [texts]).fetchall()]
    assert read == [datetime(2019, 10, 1, 20), datetime(2019, 10, 2, 9), datetime(2019, 10, 1)]


def test_what_is_no_time_is_null_and_stops_nothing() -> None:
    bad = ["pv", "12", "2019-13-01", "2019-10-01 25:00:00", "infinity", "9" * 22, "epoch", "-5"]
    assert _read(*bad) == [None] * len(bad)


def test_new_york_sets_its_clocks_forward_and_back() -> None:
    # 2024-03-10 07:00 UTC: from 01:59 to 03:00. 2024-11-03 06:00 UTC: from 01:59 back to 01:00.
    texts = ["2024-03-10 06:59:59 UTC", "2024-03-10 07:00:00 UTC"]
    texts += ["2024-11-03T05:59:59Z", "2024-11-03T06:00:00Z"]
    assert _read(*texts, zone="America/New_York") == [
        datetime(2024, 3, 10, 1, 59, 59),
        datetime(2024, 3, 10, 3, 0),
        datetime(2024, 11, 3, 1, 59, 59),
        datetime(2024, 11, 3, 1, 0),
    ]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(1_000_000_000, 2_000_000_000), min_size=1, max_size=20),
    st.sampled_from(["America/New_York", "Europe/Berlin", "Asia/Shanghai", "Asia/Kolkata", "UTC"]),
)
def test_epochs_agree_with_the_zone_database(seconds: list[int], zone: str) -> None:
    start = datetime(1970, 1, 1, tzinfo=UTC)
    expected = [
        (start + timedelta(seconds=s)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        for s in seconds
    ]
    assert _read(*map(str, seconds), zone=zone) == expected

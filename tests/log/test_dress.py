"""A log in whatever dress is the same log: kind of file, encoding, delimiter, names, times."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deepfm.log.guess import first_rows, guess, two_readings
from deepfm.log.intake import take_in
from deepfm.log.source.source import open_source

ZONE = "Asia/Shanghai"
START = datetime(2024, 1, 1)
_WRITTEN = ZoneInfo(ZONE)

Event = tuple[str, str, datetime]

EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["u1", "007", "用户甲", 'a "b"', "x,y", "9007199254740993"]),
        st.sampled_from(["view", "buy", "浏览"]),
        st.integers(0, 400 * 86_400).map(lambda seconds: START + timedelta(seconds=seconds)),
    ),
    min_size=3,
    max_size=20,
).filter(lambda events: len({e[0] for e in events}) > 1 and len({e[2] for e in events}) > 1)

NAMES = st.sampled_from(
    [
        ("user_id", "event_type", "event_time"),
        ("visitorid", "Event", "timestamp"),
        ("distinct_id", "behavior_type", "time"),
        ("用户ID", "行为类型", "行为时间"),
        ("会员编号", "事件名称", "操作时间"),
    ]
)

TIMES: dict[str, Callable[[datetime], str]] = {
    "blank": lambda t: t.isoformat(" "),
    "T": lambda t: t.isoformat(),
    "zone": lambda t: t.replace(tzinfo=_WRITTEN).isoformat(),
    "UTC": lambda t: f"{t - timedelta(hours=8):%Y-%m-%d %H:%M:%S} UTC",
    "epoch": lambda t: f"{t.replace(tzinfo=_WRITTEN).timestamp():.0f}",
    "milliseconds": lambda t: f"{t.replace(tzinfo=_WRITTEN).timestamp():.0f}000",
    "slashes": lambda t: f"{t:%Y/%m/%d %H:%M:%S}",
    "digits": lambda t: f"{t:%Y%m%d%H%M%S}",
    "month first": lambda t: f"{t:%m/%d/%Y %H:%M:%S}",
    "day first": lambda t: f"{t:%d.%m.%Y %H:%M:%S}",
    "AM and PM": lambda t: f"{t:%m/%d/%Y %I:%M:%S %p}",
    "Chinese": lambda t: f"{t:%Y年%m月%d日 %H:%M:%S}",
}


def _text(frame: pd.DataFrame, encoding: str, delimiter: str) -> bytes:
    return frame.to_csv(index=False, sep=delimiter).encode(encoding)


def _zipped(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("log", content)
    return file.getvalue()


def _lines(frame: pd.DataFrame, encoding: str, delimiter: str) -> bytes:
    rows = (json.dumps(row, ensure_ascii=False) for row in frame.to_dict("records"))
    return "\n".join(rows).encode(encoding)


def _parquet(frame: pd.DataFrame, encoding: str, delimiter: str) -> bytes:
    return frame.to_parquet()


def _workbook(frame: pd.DataFrame, encoding: str, delimiter: str) -> bytes:
    file = io.BytesIO()
    frame.to_excel(file, index=False)
    return file.getvalue()


KINDS = st.sampled_from([_text, _text, _lines, _parquet, _workbook])
WRAPPED = st.sampled_from([bytes, gzip.compress, _zipped])


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    events=EVENTS,
    names=NAMES,
    form=st.sampled_from(sorted(TIMES)),
    kind=KINDS,
    wrap=WRAPPED,
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
)
def test_the_same_events_come_back(
    tmp_path: Path,
    events: list[Event],
    names: tuple[str, str, str],
    form: str,
    kind: Callable[[pd.DataFrame, str, str], bytes],
    wrap: Callable[[bytes], bytes],
    encoding: str,
    delimiter: str,
) -> None:
    rows = [(user, action, TIMES[form](time)) for user, action, time in events]
    content = kind(pd.DataFrame(rows, columns=list(names)), encoding, delimiter)
    # Parquet and workbooks are compressed in themselves; nobody puts them into gzip.
    wrapped = content if kind in (_parquet, _workbook) and wrap is gzip.compress else wrap(content)
    (tmp_path / "log").write_bytes(wrapped)
    source = open_source(tmp_path / "log")
    found = guess(source)
    assert (found.mapping.user, found.mapping.action, found.mapping.time) == names
    times = first_rows(source)[found.mapping.time]
    day_first = (form == "day first") if two_readings(times) else None
    mapping = replace(found.mapping, time_zone=ZONE, day_first=day_first)
    log = take_in(source, mapping, tmp_path / "taken")
    table = pd.read_parquet(log.parquet).sort_values("line")
    assert list(table[["user", "action"]].itertuples(index=False, name=None)) == [
        (user, action) for user, action, _ in events
    ]
    assert [time.to_pydatetime() for time in table["time"]] == [time for *_, time in events]

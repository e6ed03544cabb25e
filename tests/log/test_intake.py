"""Every row of a file ends in the log or among the rows set aside, under its true line number."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deepfm.errors import InputError
from deepfm.log import parse
from deepfm.log.intake import take_in
from deepfm.log.log import Log
from deepfm.log.mapping import Mapping
from deepfm.log.source.part import Part, Source
from deepfm.log.source.rows import RAGGED
from deepfm.log.source.source import open_source

MAPPING = Mapping(user="user", time="time", action="action")
HEADER = "user,action,time\n"
GOOD = "u1,view,2024-01-01\nu2,buy,2024-01-02\n"


def _take(tmp_path: Path, text: str | bytes, mapping: Mapping = MAPPING) -> Log:
    path = tmp_path / "source.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return take_in(open_source(path), mapping, tmp_path / "log")


def _aside(log: Log) -> list[tuple[int, str, str]]:
    frame = pd.read_parquet(log.set_aside)
    return list(frame[["line", "reason", "text"]].itertuples(index=False, name=None))


def test_rows_that_cannot_be_used_keep_their_line_reason_and_text(tmp_path: Path) -> None:
    bad = [
        (2, parse.NO_USER, ",view,2024-01-01"),
        (3, parse.NO_USER, "NA,view,2024-01-01"),
        (5, parse.NO_ACTION, "u1,,2024-01-01"),
        (6, parse.NO_TIME, "u1,view,NaN"),
        (7, parse.BAD_TIME, "u1,view,yesterday"),
        (8, RAGGED, "u1,view"),
        (10, RAGGED, "u1,view,2024-01-01,more"),
    ]
    lines = {line: text for line, _, text in bad}
    lines |= {1: HEADER.strip(), 4: "", 9: "u1,view,2024-01-02", 11: "u2,buy,2024-01-01"}
    log = _take(tmp_path, "\r\n".join(lines[i] for i in sorted(lines)))
    assert _aside(log) == bad
    events = pd.read_parquet(log.parquet)
    assert events[["user", "action", "line"]].values.tolist() == [
        ["u2", "buy", 11],
        ["u1", "view", 9],
    ]
    assert (log.report.rows_read, log.rows, log.report.rows_set_aside) == (9, 2, 7)


def test_a_row_over_several_lines_counts_once(tmp_path: Path) -> None:
    rows = 'u1,"a\n\n""b"", c",2024-01-01\nu2,"5"" tv",2024-01-02\nu2,5" tv,2024-01-03\nu3,view\n'
    log = _take(tmp_path, HEADER + rows)
    events = pd.read_parquet(log.parquet)
    assert events["action"].tolist() == ['a\n\n"b", c', '5" tv', '5" tv']
    assert events["line"].tolist() == [2, 5, 6]
    assert _aside(log) == [(7, RAGGED, "u3,view")]


def test_a_quote_left_open_does_not_swallow_the_file(tmp_path: Path) -> None:
    rows = "".join(f"u{i},view,2024-01-01 00:00:{i % 60:02d}\n" for i in range(3_000))
    log = _take(tmp_path, HEADER + 'u1,"open,2024-01-01\n' + rows)
    assert log.rows == 3_001
    assert log.actions == {"view": 3_000, '"open': 1}


CELLS = st.text(st.sampled_from('ab1,;"\n 用é'), max_size=6)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=5), max_size=25))
def test_written_csv_reads_back_and_every_row_is_accounted_for(
    tmp_path: Path, messy: list[list[str]]
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    kept = [row for row in messy if len(row) != 1 or row[0].strip()]
    good = [["u1", "view", "2024-01-01"], ["u2", 'a,"b"\nc', "2024-01-02"]]
    writer.writerows([["user", "action", "time"], *good, *kept])
    path = tmp_path / "source.csv"
    path.write_text(out.getvalue(), encoding="utf-8", newline="")
    columns = ("user", "action", "time")
    source = Source((Part("source.csv", path, "csv", columns),), columns)
    log = take_in(source, MAPPING, tmp_path / "log")
    assert log.report.rows_read == log.rows + log.report.rows_set_aside
    assert log.report.rows_read == len(good) + len(kept)
    assert log.rows == len(good)
    assert len(_aside(log)) == log.report.rows_set_aside
    assert pd.read_parquet(log.parquet)["action"].tolist() == ["view", 'a,"b"\nc']


RAW = st.text(st.sampled_from('u1,"\n\r\t 用'), max_size=200)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(RAW)
def test_any_bytes_after_the_header_are_used_or_set_aside(tmp_path: Path, raw: str) -> None:
    path = tmp_path / "source.csv"
    path.write_bytes((HEADER + GOOD + raw).encode())
    columns = ("user", "action", "time")
    source = Source((Part("source.csv", path, "csv", columns),), columns)
    log = take_in(source, MAPPING, tmp_path / "log")
    assert log.report.rows_read == log.rows + len(_aside(log))
    lines = [*pd.read_parquet(log.parquet)["line"], *(line for line, _, _ in _aside(log))]
    assert len(set(lines)) == len(lines)
    assert {2, 3} <= set(lines)


def test_line_numbers_hold_in_a_file_that_is_read_in_parallel(tmp_path: Path) -> None:
    rows = 1_200_000
    path = tmp_path / "source.csv"
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT i AS user, 'action ' || repeat('x', (i % 40)::INTEGER) AS action, "
            "1500000000 + (i * 7919) % 1000000 AS time "
            f"FROM range(2, {rows} + 2) t(i)) TO '{path}' (HEADER)"
        )
        log = take_in(open_source(path), MAPPING, tmp_path / "log")
        wrong, sorted_rows = connection.execute(
            "SELECT count(*) FILTER (user::BIGINT != line), count(*) FILTER (time >= before) FROM "
            f"(SELECT *, lag(time, 1, time) OVER (ORDER BY file_row_number) AS before "
            f"FROM read_parquet('{log.parquet}', file_row_number = true))"
        ).fetchone()
    assert (log.rows, wrong, sorted_rows) == (rows, 0, rows)


def test_floats_that_are_ids_lose_their_fraction_only_if_all_do(tmp_path: Path) -> None:
    text = "user,item,time\n17850.0,1.0,2024-01-01\n17851.0,2.5,2024-01-02\n007.0,,2024-01-03\n"
    log = _take(tmp_path, text, Mapping("user", "time", item="item", only_action="buy"))
    events = pd.read_parquet(log.parquet)
    assert events["user"].tolist() == ["17850", "17851", "007"]
    assert events["item"].tolist()[:2] == ["1.0", "2.5"]
    assert events["item"].isna().tolist() == [False, False, True]
    assert log.actions == {"buy": 3}


def test_numbers_and_attributes_under_reserved_names(tmp_path: Path) -> None:
    text = (
        'user,Time,line,city,City,price,n\nu1,2024-01-01,a,NA,x,"1,234.5",1\n'
        "u2,2024-01-02,b,,y,¥8,inf\nu3,2024-01-03,c,z,z,free,2\n"
    )
    mapping = Mapping(
        "user", "Time", amount="price", categories=("line", "city", "City"), numbers=("n",)
    )
    log = _take(tmp_path, text, mapping)
    assert (log.categories, log.numbers) == (("line_", "city", "City_"), ("n",))
    events = pd.read_parquet(log.parquet)
    assert events["amount"].tolist()[:2] == [1234.5, 8.0]
    assert events["city"].fillna("-").tolist() == ["NA", "-", "z"]
    assert log.report.unreadable_numbers == {"price": 1, "n": 1}
    assert log.report.missing["amount"] == pytest.approx(1 / 3)
    assert log.rows == 3


def test_parquet_and_csv_give_the_same_events(tmp_path: Path) -> None:
    times = pd.date_range("2024-03-10 05:00", periods=6, freq="h", tz="UTC")
    frame = pd.DataFrame({"user": list("abcabc"), "action": "view", "time": times})
    frame.to_parquet(tmp_path / "log.parquet")
    frame.to_csv(tmp_path / "log.csv", index=False)
    mapping = Mapping("user", "time", action="action", time_zone="America/New_York")
    logs = [
        take_in(open_source(tmp_path / name), mapping, tmp_path / name.replace(".", "-"))
        for name in ("log.parquet", "log.csv")
    ]
    parquet, text = (pd.read_parquet(log.parquet) for log in logs)
    pd.testing.assert_frame_equal(parquet.drop(columns="line"), text.drop(columns="line"))
    assert [t.hour for t in parquet["time"]] == [0, 1, 3, 4, 5, 6]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_other_encodings_keep_lines_and_leave_no_copy(tmp_path: Path, encoding: str) -> None:
    log = _take(
        tmp_path, (HEADER + "用户一,浏览,2024-01-01\n\n用户二,购买,2024-01-02\n").encode(encoding)
    )
    events = pd.read_parquet(log.parquet)
    assert events[["user", "line"]].values.tolist() == [["用户一", 2], ["用户二", 4]]
    names = {path.name for path in log.folder.iterdir()}
    assert names == {"log.parquet", "set_aside.parquet", "log.json"}


@pytest.mark.parametrize(
    ("rows", "mapping", "sentence"),
    [
        (GOOD, Mapping("nobody", "time"), "no column nobody"),
        (GOOD, Mapping("user", "user"), "two parts"),
        (GOOD, Mapping("user", "time", time_zone="Mars/Base"), "no time zone"),
        (GOOD, Mapping("user", "time", only_action=" "), "only action is empty"),
        (GOOD, Mapping("user", "action"), "the time cannot be read"),
        ("u1,view,2024-01-01\nu1,buy,2024-01-02\n", MAPPING, "one user, u1"),
        ("u1,view,2024-01-01\nu2,buy,2024-01-01\n", MAPPING, "one instant"),
    ],
)
def test_bad_input_leaves_the_source_and_the_earlier_log(
    tmp_path: Path, rows: str, mapping: Mapping, sentence: str
) -> None:
    before = _take(tmp_path, HEADER + GOOD)
    with pytest.raises(InputError, match=sentence):
        _take(tmp_path, HEADER + rows, mapping)
    assert (tmp_path / "source.csv").read_text() == HEADER + rows
    assert Log.open(before.folder) == before
    assert len(list(before.folder.iterdir())) == 3


def test_a_corrected_mapping_replaces_the_log_and_progress_is_told(tmp_path: Path) -> None:
    first = _take(tmp_path, HEADER + GOOD)
    told: list[float] = []
    source = open_source(tmp_path / "source.csv")
    second = take_in(
        source, Mapping("user", "time"), first.folder, lambda share, _: told.append(share)
    )
    assert Log.open(first.folder) == second
    assert second.actions == {"event": 2}
    assert second.fingerprint != first.fingerprint
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert second.last_time == datetime(2024, 1, 2)


def test_actions_get_names_and_the_order_of_a_date_is_decided_by_the_whole_column(
    tmp_path: Path,
) -> None:
    rows = "".join(f"u{i % 3},{i % 2}.0,{i % 12 + 1}/1/2024\n" for i in range(20_000))
    mapping = Mapping(
        "user",
        "time",
        action="action",
        action_names=(("0", "view"), ("1", " view ")),
        day_first=None,
    )
    with pytest.raises(InputError, match="can mean a day and a month"):
        _take(tmp_path, HEADER + rows, mapping)
    # One date far down shows the order; one that contradicts it cannot be read then.
    shown = _take(tmp_path, HEADER + rows + "u1,2,13/1/2024\nu1,2,31/2/2024\n", mapping)
    assert shown.last_time == datetime(2024, 1, 13)
    assert shown.actions == {"view": 20_000, "2": 1}
    assert _aside(shown) == [(20_003, parse.BAD_TIME, "u1,2,31/2/2024")]
    mixed = _take(tmp_path, HEADER + rows + "u1,2,1/13/2024\n" * 2 + "u1,2,13/1/2024\n", mapping)
    assert mixed.report.reasons == {parse.BAD_TIME: 1}
    assert mixed.last_time == datetime(2024, 12, 1)
    for day_first, last in ((True, datetime(2024, 1, 12)), (False, datetime(2024, 12, 1))):
        told = _take(tmp_path, HEADER + rows, replace(mapping, day_first=day_first))
        assert told.last_time == last

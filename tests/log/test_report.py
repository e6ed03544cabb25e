"""What is found in a log, and that it survives being written."""

from __future__ import annotations

import json
import string
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pandas as pd
import pytest

from deepfm.errors import InputError
from deepfm.log.findings import findings
from deepfm.log.intake import take_in
from deepfm.log.log import Log
from deepfm.log.mapping import Mapping
from deepfm.log.mends import Mends
from deepfm.log.source.source import open_source

START = datetime(2024, 1, 1, 12)


def _log(tmp_path: Path, times: list[datetime], **columns: object) -> Log:
    frame = pd.DataFrame({"user": [f"u{i % 7}" for i in range(len(times))], "time": times})
    path = tmp_path / "log.csv"
    frame.assign(**columns).to_csv(path, index=False, date_format="%Y-%m-%d %H:%M:%S")
    return take_in(open_source(path), Mapping("user", "time", **_mapped(columns)), tmp_path / "log")


def _mapped(columns: dict[str, object]) -> dict[str, str]:
    return {name: name for name in columns if name != "user"}


def test_clock_errors_do_not_move_now(tmp_path: Path) -> None:
    times = [START + timedelta(minutes=i) for i in range(20_001)]
    now = times[-1]
    stray = [START - timedelta(days=200), now + timedelta(days=90)]
    log = _log(tmp_path, times + stray)
    report = log.report
    assert (report.likely_start, report.likely_now) == (START, now)
    assert (report.stray, report.empty_days) == (2, 0)
    assert (report.first_time, report.last_time) == tuple(stray)
    (found,) = [finding for finding in findings(log) if "stand alone" in str(finding.what)]
    assert found.mend == Mends(since=START, until=now)


def test_a_last_burst_after_a_gap_is_no_clock_error(tmp_path: Path) -> None:
    times = [START + timedelta(minutes=i) for i in range(20_000)]
    burst = [times[-1] + timedelta(days=20, minutes=i) for i in range(10)]
    report = _log(tmp_path, times + burst).report
    assert report.likely_now == burst[-1]
    assert report.stray == 0
    assert report.empty_days == 19


def test_findings_say_what_is_odd_in_both_languages(tmp_path: Path) -> None:
    midnight = datetime(2024, 1, 1)
    times = [midnight, midnight + timedelta(days=7), midnight + timedelta(days=3)] * 2
    log = _log(tmp_path, times, amount=["x", None, None] * 2)
    assert log.report.duplicates == 0
    english = " ".join(str(finding.what) for finding in findings(log))
    for part in (
        "Days without any event: 5 (2024-01-05 – 2024-01-07, 2024-01-02 – 2024-01-03)",
        "midnight",
        "one action only",
        "hold no number",
    ):
        assert part in english
    assert "100%" in english
    for finding in findings(log):
        for sentence in (finding.what, finding.meaning, finding.offer):
            assert sentence is None or sentence.text("zh") != sentence.text("en")
    assert Log.open(log.folder).report == log.report


def test_users_far_beyond_people_are_named_and_busy_people_are_not(tmp_path: Path) -> None:
    people = [f"u{i % 200}" for i in range(1_000)]
    times = [START + timedelta(minutes=i) for i in range(1_000 + 499)]
    busy = _log(tmp_path, times, user=people + ["busy"] * 499)
    assert busy.report.bots == {}
    times.append(times[-1] + timedelta(minutes=1))
    log = _log(tmp_path, times, user=people + ["crawler"] * 500)
    assert log.report.bots == {"crawler": 500}
    (found,) = [finding for finding in findings(log) if finding.mend]
    assert found.mend == Mends(leave_out=("crawler",))


def test_the_future_and_the_last_century_are_seen(tmp_path: Path) -> None:
    soon = datetime.now() + timedelta(days=40)
    log = _log(tmp_path, [START, datetime(1970, 1, 1), soon, START + timedelta(days=1)])
    assert (log.report.before_2000, log.report.future) == (1, 1)
    said = [str(finding.what) for finding in findings(log)]
    assert "Events before the year 2000: 1." in said
    assert "Events in the future: 1." in said


def test_duplicates_are_counted_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("user,time\n" + "u1,2024-01-01\n" * 3 + "u2,2024-01-02\n")
    log = take_in(open_source(path), Mapping("user", "time"), tmp_path / "log")
    assert (log.rows, log.report.duplicates) == (4, 2)


def test_a_folder_without_a_log_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no log"):
        Log.open(tmp_path)
    (tmp_path / "log.json").write_text("{}")
    with pytest.raises(InputError, match="holds no log"):
        Log.open(tmp_path)
    (tmp_path / "log.json").write_text(json.dumps({"version": 0}))
    with pytest.raises(InputError, match="another version"):
        Log.open(tmp_path)


def test_the_translations_have_the_placeholders_of_their_templates() -> None:
    entries = json.loads((files("deepfm") / "locales/zh/log.json").read_text(encoding="utf-8"))

    def fields(text: str) -> list[str]:
        return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)

    assert {en for en, zh in entries.items() if fields(en) != fields(zh)} == set()


def test_what_belongs_to_the_user_is_told_from_what_belongs_to_the_event(tmp_path: Path) -> None:
    times = [START + timedelta(minutes=i) for i in range(2_000)]
    user = [i % 200 for i in range(2_000)]
    moved = [f"city {n % 9 + (n < 6 and i >= 1_000)}" for i, n in enumerate(user)]
    frame = pd.DataFrame(
        {
            "user": [f"u{n}" for n in user],
            "time": times,
            "city": moved,  # six users moved
            "phone": [f"+49 {n:07}" for n in user],
            "order": [f"o{i}" for i in range(2_000)],
            "category": [f"c{i * 7 % 13}" for i in range(2_000)],
            "age": [20 + n % 50 for n in user],
            "price": [i * 31 % 97 for i in range(2_000)],
        }
    )
    frame.to_csv(tmp_path / "log.csv", index=False)
    mapping = Mapping(
        "user",
        "time",
        categories=("city", "phone", "order", "category"),
        numbers=("age", "price"),
    )
    log = take_in(open_source(tmp_path / "log.csv"), mapping, tmp_path / "log")
    for known in (log, Log.open(log.folder)):
        assert known.profile == ("city", "phone", "age")
        assert known.identifying == ("phone", "order")
    use = log.report.columns["city"]
    assert use.events == 2_000
    assert use.users == pytest.approx(200, rel=0.15)
    assert use.pairs == pytest.approx(206, rel=0.15)


def test_of_few_users_nothing_is_said(tmp_path: Path) -> None:
    times = [START + timedelta(minutes=i) for i in range(70)]
    log = _log(tmp_path, times, item=[f"i{n}" for n in range(70)])
    assert (log.profile, log.identifying) == ((), ())

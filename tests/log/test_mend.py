"""A mended log is a log of its own, from which nothing is lost."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepfm.errors import InputError
from deepfm.log import mend as reasons
from deepfm.log.intake import take_in
from deepfm.log.log import Log
from deepfm.log.mapping import Mapping
from deepfm.log.mend import mend
from deepfm.log.mends import Mends
from deepfm.log.source.source import open_source

ROWS = """u1,view,2024-01-02
u1,view,2024-01-02
bot,view,2024-01-03
,view,2024-01-03
"""
MORE = """bot,buy,2024-01-03
u2,buy,2024-01-04
u2,buy,2031-01-01
u1,view,2024-01-02
u3,view,1970-01-01
"""


@pytest.fixture
def odd(tmp_path: Path) -> Log:
    for name, rows in (("a.csv", ROWS), ("b.csv", MORE)):
        (tmp_path / name).write_text("user,action,time\n" + rows)
    source = open_source(tmp_path / "a.csv", tmp_path / "b.csv")
    return take_in(source, Mapping("user", "time", action="action"), tmp_path / "odd")


def test_what_is_left_out_is_set_aside_with_its_file_line_and_reason(
    odd: Log, tmp_path: Path
) -> None:
    since, until = datetime(2000, 1, 1), datetime(2030, 1, 1)
    first = mend(odd, Mends(drop_duplicates=True, leave_out=("bot",)), tmp_path / "first")
    told: list[float] = []
    second = mend(
        first, Mends(since=since, until=until), tmp_path / "second", lambda s, _: told.append(s)
    )
    assert told == sorted(told)
    assert second.mends == Mends(True, ("bot",), since, until)
    assert Log.open(second.folder) == second
    events = pd.read_parquet(second.parquet)
    assert events[["user", "line"]].values.tolist() == [["u1", 2], ["u2", 8]]
    assert second.report.rows_read == odd.report.rows_read == 9
    assert second.report.rows_set_aside == 7
    aside = pd.read_parquet(second.set_aside)[["file", "line", "reason"]].values.tolist()
    assert sorted(aside[1:]) == [
        ["a.csv", 3, reasons.REPEATED],
        ["a.csv", 4, reasons.USER_LEFT_OUT],
        ["b.csv", 2, reasons.USER_LEFT_OUT],
        ["b.csv", 4, reasons.TOO_LATE],
        ["b.csv", 5, reasons.REPEATED],
        ["b.csv", 6, reasons.TOO_EARLY],
    ]
    assert odd.mends == Mends()
    assert Log.open(odd.folder) == odd
    with pytest.raises(InputError, match="No event would be left"):
        mend(odd, Mends(until=datetime(1960, 1, 1)), tmp_path / "none")
    assert not list((tmp_path / "none").iterdir())


def test_random_actions_are_even_and_the_same_for_the_same_seed(make_log, tmp_path: Path) -> None:
    log = make_log([(f"u{i % 50}", "view", f"2024-01-{i % 28 + 1:02d}") for i in range(20_000)])
    seeds = {
        name: pd.read_parquet(mend(log, Mends(random_actions=seed), tmp_path / name).parquet)
        for name, seed in (("one", 1), ("again", 1), ("other", 2))
    }
    assert seeds["one"].equals(seeds["again"])
    assert (seeds["one"]["action"] == seeds["other"]["action"]).mean() == pytest.approx(
        0.2, abs=0.02
    )
    shares = seeds["one"]["action"].value_counts(normalize=True)
    assert sorted(shares.index) == list("12345")
    assert shares.to_numpy() == pytest.approx([0.2] * 5, abs=0.02)
    assert (
        seeds["one"]
        .drop(columns="action")
        .equals(pd.read_parquet(log.parquet).drop(columns="action"))
    )


TIMES = st.one_of(st.none(), st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1)))
MENDS = st.builds(
    Mends,
    st.booleans(),
    st.lists(st.text(max_size=3), unique=True, max_size=3).map(tuple),
    TIMES,
    TIMES,
    st.one_of(st.none(), st.integers(0, 9)),
)


@given(MENDS, MENDS, MENDS)
def test_mends_add_up_and_survive_json(a: Mends, b: Mends, c: Mends) -> None:
    assert (a | b) | c == a | (b | c)
    assert a | Mends() == Mends() | a == a | a == a
    assert Mends.from_json(a.to_json()) == a
    assert len(a.sentences()) == sum(map(bool, a.to_json().values())) + (a.random_actions == 0)
    for sentence in a.sentences():
        assert sentence.text("zh") != sentence.text("en")

"""The first mapping: names in two languages, then content."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from deepfm.errors import InputError
from deepfm.log.guess import guess, guess_mapping, two_readings
from deepfm.log.mapping import Mapping
from deepfm.log.source.source import open_source

N = 300


def _guess(tmp_path: Path, columns: dict[str, object], *, header: bool = True) -> Mapping:
    path = tmp_path / "log.csv"
    pd.DataFrame(columns).to_csv(path, index=False, header=header)
    return guess_mapping(open_source(path))


def test_english_names(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    found = _guess(
        tmp_path,
        {
            "event_time": pd.date_range("2024-01-01", periods=N, freq="h").astype(str) + " UTC",
            "event_type": rng.choice(["view", "cart"], N),
            "product_id": rng.integers(1, 50, N),
            "category_id": rng.integers(2**53, 2**53 + 9, N),
            "brand": rng.choice(["a", "b"], N),
            "price": rng.random(N).round(2),
            "quantity": rng.integers(1, 9, N),
            "visitorid": rng.integers(1, 40, N),
            "user_session": [f"s{i}" for i in range(N)],
            "description": [f"thing {i}" for i in range(N)],
            "note": [f"free text {i}" for i in range(N)],
        },
    )
    assert found == Mapping(
        user="visitorid",
        time="event_time",
        item="product_id",
        action="event_type",
        amount="price",
        categories=("category_id", "brand"),
        numbers=("quantity",),
    )


def test_chinese_names(tmp_path: Path) -> None:
    found = _guess(
        tmp_path,
        {
            "用户ID": [i % 9 for i in range(N)],
            "商品ID": [i % 31 for i in range(N)],
            "行为类型": [("点击", "购买")[i % 2] for i in range(N)],
            "行为时间": [f"2024-01-0{1 + i % 9} 10:00" for i in range(N)],
            "城市": [("上海", "北京")[i % 2] for i in range(N)],
            "金额": [1.5 * i for i in range(N)],
        },
    )
    assert found == Mapping(
        "用户ID", "行为时间", "商品ID", "行为类型", amount="金额", categories=("城市",)
    )


def test_content_alone(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    found = _guess(
        tmp_path,
        {
            "a": np.sort(rng.integers(1, 9, N)),
            "b": rng.integers(1, 5000, N),
            "c": rng.integers(1, 60, N),
            "d": rng.choice(["pv", "buy"], N),
            "e": 1_511_544_070 + np.arange(N),
        },
        header=False,
    )
    assert found == Mapping(
        "column_1", "column_5", "column_2", "column_4", categories=("column_3",)
    )


def test_a_date_and_an_hour_are_one_time_and_codes_are_actions(tmp_path: Path) -> None:
    found = _guess(
        tmp_path,
        {
            "distinct_id": [f"d{i % 9}" for i in range(N)],
            "date": [f"202412{1 + i % 28:02d}" for i in range(N)],
            "hour": [i % 24 for i in range(N)],
            "behavior_type": [1 + i % 4 for i in range(N)],
            "item_id": [i % 77 for i in range(N)],
        },
    )
    assert found == Mapping("distinct_id", "date", "item_id", "behavior_type", time_parts=("hour",))
    clock = _guess(
        tmp_path,
        {
            "uid": [f"d{i % 9}" for i in range(N)],
            "date": [f"{1 + i % 12}/{1 + i % 28}/2024" for i in range(N)],
            "time": [f"{i % 24}:{i % 60:02d}" for i in range(N)],
        },
    )
    assert (clock.time, clock.time_parts) == ("date", ("time",))


@pytest.mark.parametrize(
    ("times", "open_to_two"),
    [
        (["1/2/2024", "3/2/2024"], True),
        (["1/2/2024", "13/2/2024"], False),
        (["1/2/2024", "1/13/2024"], False),
        (["1/1/2024", "2/2/2024"], False),
        (["2024-01-02", "2024-02-01"], False),
    ],
)
def test_what_a_guess_rests_on(tmp_path: Path, times: list[str], open_to_two: bool) -> None:
    path = tmp_path / "log.csv"
    rows = [f"u{i % 3},{time},NaN" for i, time in enumerate(times * 9)]
    path.write_text("who,when,user_id\n" + "\n".join(rows))
    found = guess(open_source(path))
    assert two_readings(pd.Series(times, dtype=object)) == open_to_two
    assert (found.mapping.time, found.basis["time"]) == ("when", "content")
    assert (found.mapping.user, found.basis["user"]) == ("user_id", "name")
    assert found.values["who"] == ("u0", "u1", "u2")
    assert found.values["user_id"] == ()


def test_excel_serials_are_times_by_their_name_only(tmp_path: Path) -> None:
    columns = {"user": ["a", "b"] * 9, "time": [45292.5 + i for i in range(18)]}
    assert _guess(tmp_path, columns).excel_times
    with pytest.raises(InputError, match="looks like a time"):
        _guess(tmp_path, {"user": columns["user"], "n": columns["time"]})


def test_times_that_are_missing_in_words_do_not_hide_the_column(tmp_path: Path) -> None:
    times = ["2024-01-01", "NaN", "NULL", "", "N/A"] * 9
    found = _guess(tmp_path, {"user": [f"u{i % 4}" for i in range(45)], "ts": times})
    assert (found.user, found.time) == ("user", "ts")


def test_a_mapping_survives_json() -> None:
    mapping = Mapping(
        "u",
        "t",
        categories=("a", "b"),
        numbers=("n",),
        time_zone="Asia/Shanghai",
        time_parts=("h",),
        day_first=False,
        action_names=(("1", "view"), ("2", "view")),
    )
    assert Mapping.from_json(json.loads(json.dumps(mapping.to_json()))) == mapping

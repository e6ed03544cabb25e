"""The first mapping: names in two languages, then content."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from deepfm.log.guess import guess_mapping
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


def test_a_mapping_survives_json() -> None:
    mapping = Mapping("u", "t", categories=("a", "b"), numbers=("n",), time_zone="Asia/Shanghai")
    assert Mapping.from_json(mapping.to_json()) == mapping

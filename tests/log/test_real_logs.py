"""Real logs, which are not part of the project: counts as their owners' descriptions give them."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from deepfm.log.guess import guess_mapping
from deepfm.log.intake import take_in
from deepfm.log.log import Log
from deepfm.log.mapping import Mapping
from deepfm.log.parse import NO_USER
from deepfm.log.source.rows import RAGGED
from deepfm.log.source.source import open_source

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("DEEPFM_SHARED", ROOT.parent / "shared")) / "data"

pytestmark = pytest.mark.real_data


def _guess(name: str) -> Mapping:
    if not (DATA / name).exists():
        pytest.skip(f"{DATA / name} is not here; set DEEPFM_SHARED to the folder that holds data/")
    return guess_mapping(open_source(DATA / name))


def _log(name: str, mapping: Mapping, folder: Path) -> Log:
    return take_in(open_source(DATA / name), mapping, folder)


def test_taobao(tmp_path: Path) -> None:
    name = "taobao_userbehavior/UserBehavior.csv"
    mapping = _guess(name)
    assert mapping == Mapping(
        "column_1", "column_5", "column_2", "column_4", categories=("column_3",)
    )
    log = _log(name, replace(mapping, time_zone="Asia/Shanghai"), tmp_path)
    # One of the 75,873 page views is the cut last row.
    assert log.actions == {"pv": 75_872, "cart": 4_497, "fav": 2_356, "buy": 1_750}
    assert (log.rows, log.users, log.report.stray) == (84_475, 815, 35)
    assert log.report.likely_start.date() == datetime(2017, 11, 25).date()
    assert log.last_time == log.report.likely_now == datetime(2017, 12, 3, 23, 59, 23)
    assert pd.read_parquet(log.set_aside).values.tolist() == [
        ["UserBehavior.csv", 84_476, RAGGED, "100370,1968385,1875258,pv"]
    ]
    events = pd.read_parquet(log.parquet)
    day = events["time"].dt.strftime("%m-%d")
    assert events.loc[(day == "12-03") & (events["action"] == "buy"), "user"].nunique() == 149


def test_online_retail(tmp_path: Path) -> None:
    name = "online_retail/online_retail.csv.gz"
    mapping = _guess(name)
    assert mapping == Mapping(
        "CustomerID",
        "InvoiceDate",
        "StockCode",
        amount="UnitPrice",
        categories=("Country",),
        numbers=("Quantity",),
    )
    log = _log(name, mapping, tmp_path)
    assert (log.report.rows_read, log.report.reasons) == (541_909, {NO_USER: 135_080})
    assert (log.rows, log.users) == (406_829, 4_372)
    assert log.first_time == datetime(2010, 12, 1, 8, 26)
    events = pd.read_parquet(log.parquet)
    assert events["user"].str.fullmatch(r"\d+").all()
    assert events.iloc[0][["user", "item", "line"]].tolist() == ["17850", "85123A", 2]
    bought = events[events["Quantity"] > 0]
    before = bought["time"] < "2011-11-09"
    earlier = set(bought.loc[before, "user"])
    assert (len(earlier), len(earlier & set(bought.loc[~before, "user"]))) == (4_067, 1_396)


def test_rees46(tmp_path: Path) -> None:
    name = "rees46/2019-Oct.csv"
    mapping = _guess(name)
    assert mapping == Mapping(
        "user_id",
        "event_time",
        "product_id",
        "event_type",
        amount="price",
        categories=("category_id", "category_code", "brand"),
    )
    log = _log(name, mapping, tmp_path)
    # The last row, a view by a user id that is cut short, is set aside: one user, one view less.
    assert log.report.rows_read == 17_435
    assert log.actions == {"view": 17_055, "purchase": 214, "cart": 165}
    assert (log.users, log.report.reasons) == (4_504, {RAGGED: 1})
    assert log.last_time == datetime(2019, 10, 1, 2, 50)
    events = pd.read_parquet(log.parquet)
    assert events["category_id"].iloc[0] == "2103807459595387724"
    assert log.report.missing["category_code"] == pytest.approx(0.33, abs=0.005)
    assert log.report.missing["brand"] == pytest.approx(0.14, abs=0.005)
    assert int((events["amount"] == 0).sum()) == 19

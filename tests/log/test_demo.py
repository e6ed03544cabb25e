"""The demo's planted effects can be seen in simple rates of its file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from deepfm.log.demo import Demo, write_demo
from deepfm.log.guess import guess_mapping
from deepfm.log.intake import take_in
from deepfm.log.source.source import open_source

CUT = pd.Timestamp("2025-04-23")  # with 28 days before and 7 days after it


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return write_demo(tmp_path_factory.mktemp("demo") / "demo.csv")


@pytest.fixture(scope="module")
def people(demo: Demo) -> pd.DataFrame:
    """One row a user active in the 28 days before CUT: what was seen, and who bought after it."""
    events = pd.read_csv(demo.path, parse_dates=["time"])
    past = events[(events["time"] < CUT) & (events["time"] >= CUT - pd.Timedelta(days=28))]
    after = events[(events["time"] >= CUT) & (events["time"] < CUT + pd.Timedelta(days=7))]
    recent = past["time"] >= CUT - pd.Timedelta(days=3)
    seen = past.assign(
        cart=(past["action"] == "cart") & recent,
        outdoor=past["category"] == "outdoor",
        nova=past["brand"] == "Nova",
        evening=past["time"].dt.hour >= 18,
    )
    found = seen.groupby("user_id").agg(
        cart=("cart", "max"),
        outdoor=("outdoor", "mean"),
        nova=("nova", "mean"),
        evening=("evening", "mean"),
        ios=("device", lambda device: device.iloc[0] == "ios"),
        last=("time", "max"),
    )
    buyers = after.loc[after["action"] == "purchase", "user_id"].unique()
    return found.assign(bought=found.index.isin(buyers))


def _ratio(people: pd.DataFrame, chosen: pd.Series) -> float:
    return float(people.loc[chosen, "bought"].mean() / people.loc[~chosen, "bought"].mean())


def test_base_rate_and_planted_effects(people: pd.DataFrame) -> None:
    assert 0.05 < people["bought"].mean() < 0.10
    assert _ratio(people, people["cart"]) > 4
    assert _ratio(people, people["evening"] > 0.6) > 1.4
    assert _ratio(people, people["nova"] > 0.35) > 1.4
    assert _ratio(people, people["last"] >= CUT - pd.Timedelta(days=7)) > 3


def test_the_interaction_is_more_than_its_two_fields(people: pd.DataFrame) -> None:
    rate = people.groupby([people["outdoor"] > 0.45, people["ios"]])["bought"].mean()
    assert rate[True, True] > 1.5 * max(rate[True, False], rate[False, True], rate[False, False])
    assert rate[True, False] < 1.3 * rate[False, False]


def test_size_and_last_evening(demo: Demo, tmp_path: Path) -> None:
    source = open_source(demo.path)
    log = take_in(source, guess_mapping(source), tmp_path)
    assert 600_000 < log.rows == demo.rows < 900_000
    assert (log.users, log.report.days, log.report.rows_set_aside) == (demo.users, 60, 0)
    assert list(log.actions) == ["view", "cart", "favorite", "purchase"]
    assert log.last_time == pd.Timestamp("2025-05-01 23:59:30")
    assert log.categories == ("category", "brand", "city", "device")
    assert log.has_item
    assert log.has_amount


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    small = {"users": 50, "days": 20}
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_demo(tmp_path / name, seed=seed, **small)
    first, again, other = ((tmp_path / name).read_bytes() for name in "abc")
    assert first == again != other

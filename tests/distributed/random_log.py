"""Logs that are drawn: odd names, missing values, and the night in which the clocks go forward."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from deepfm.log.intake import take_in
from deepfm.log.log import Log
from deepfm.log.mapping import Mapping
from deepfm.log.report import ColumnUse
from deepfm.log.source.source import open_source

ZONE = ZoneInfo("Europe/Berlin")
START, DAYS = datetime(2024, 3, 12, tzinfo=UTC), 30
END = datetime(2024, 4, 11)
ACTIONS = ("view", "cart", "buy", 'it\'s "a\\b" 100 %', "赠`送`")
KIND, HOME = "ki`nd.of {it}", "home town"
KINDS = (None, "hats", "shoes", "it's", "back\\slash", "鞋", "a\nb")
AMOUNTS = (None, 0.1, 0.2, 0.7, 12.35, 7.05)


def random_log(folder: Path, seed: int, rows: int = 1_500) -> Log:
    """A log of 150 users, read in a zone with daylight saving."""
    rng = np.random.default_rng(seed)
    users = np.array([f"u{n}" for n in range(148)] + ["U1", "ü"])
    # Visits stand at full minutes, and many events in the same instant or on the border of a day.
    minutes = rng.integers(0, DAYS * 24 * 60, rows // 3).repeat(3) + rng.integers(0, 40, rows)
    minutes = np.where(rng.random(rows) < 0.1, minutes // 1440 * 1440 - 60, minutes).clip(0)
    frame = pd.DataFrame(
        {
            "user": rng.choice(users, rows // 3).repeat(3),
            "action": rng.choice(ACTIONS, rows, p=[0.5, 0.2, 0.15, 0.1, 0.05]),
            "time": [(START + timedelta(minutes=int(m))).isoformat() for m in minutes],
            "amount": rng.choice(np.array(AMOUNTS, float), rows),
            "price": rng.normal(size=rows).round(3),
            KIND: rng.choice(np.array(KINDS, object), rows),
            HOME: rng.choice(np.array([None, "Rome", "rome", "Oslo"], object), rows),
        }
    )
    frame.to_csv(folder / "log.csv", index=False)
    mapping = Mapping(
        "user",
        "time",
        action="action",
        amount="amount",
        categories=(KIND, HOME),
        numbers=("price",),
        time_zone="Europe/Berlin",
    )
    log = take_in(open_source(folder / "log.csv"), mapping, folder / "it's [a] log*")
    # So few users say nothing of a column; the town is to be a property of theirs.
    return replace(log, report=replace(log.report, columns={HOME: ColumnUse(90, 30, 3, 30)}))

"""A small shop, and what may be planted in it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from deepfm.features.catalogue import feature_catalogue
from deepfm.features.frame import write_examples
from deepfm.log.log import Log
from deepfm.task.question import Question

START = datetime(2024, 1, 1)
QUESTION = Question(("buy",), horizon_days=3, lookback_days=10, active_days=10, every_days=3)
Events = list[tuple[str, str, str]]


def shop(days: int = 30, users: int = 500, promotion: bool = False) -> Events:
    """Views by chance, some of them followed by a purchase; at the end perhaps many more."""
    rng = np.random.default_rng(3)
    events = []
    for day in range(days):
        busy = 5 if promotion and day >= days - 5 else 1
        for user in rng.choice(users, size=150):
            for _ in range(busy):
                time = START + timedelta(days=day, seconds=int(rng.integers(86_400)))
                events.append((f"u{user}", "view", str(time)))
            if rng.random() < 0.3:
                later = START + timedelta(days=day, seconds=int(rng.integers(86_400)))
                events.append((f"u{user}", "buy", str(later)))
    return sorted(events, key=lambda event: event[2])


def examples(log: Log, path: Path, question: Question = QUESTION) -> pd.DataFrame:
    write_examples(log, question, feature_catalogue(log, question), path)
    return pd.read_parquet(path)

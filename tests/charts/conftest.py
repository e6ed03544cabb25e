"""Small tables like those that the pages hand to the charts."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from deepfm.evaluation.report import evaluate
from deepfm.task.plan import Plan, Snapshot
from deepfm.task.question import Question

NOW = datetime(2025, 6, 30, 23, 59, 59, 999_999)


@pytest.fixture(scope="session")
def evaluation():
    """A real document: DeepFM beats the rule and loses to the trees, which know the truth."""
    rng = np.random.default_rng(3)
    n = 3_000
    truth = rng.normal(-1, 1.5, n)
    frame = pd.DataFrame(
        {
            "user": [f"u{i}" for i in range(n)],
            "part": np.repeat(["train", "valid", "test"], n // 3),
            "label": (rng.random(n) < 1 / (1 + np.exp(-truth))).astype(float),
            "snapshot": pd.Timestamp("2025-01-01") + pd.to_timedelta(np.arange(n) // 500, "D"),
            "city": rng.integers(0, 7, n).astype(str),
            "shop": rng.integers(0, 6, n).astype(str),
        }
    )
    noisy = {name: truth + rng.normal(0, sd, n) for name, sd in (("recency", 5), ("logistic", 1))}
    ours = 2 * truth + rng.normal(0, 2, n)
    return evaluate(frame, ("city", "shop"), (), ours, {**noisy, "trees": truth})


@pytest.fixture
def metrics():
    """What a training of 2,400 reported steps and 24 looks writes; the 11th look is the best."""
    rows = [
        {"kind": "step", "step": step, "steps": 2_400, "loss": 0.4 + 0.3 * np.exp(-step / 300)}
        for step in range(1, 2_401)
    ]
    best = 0.0
    for step in range(100, 2_401, 100):
        auc = 0.78 - 1e-8 * (step - 1_100) ** 2
        rows.append(
            {
                "kind": "evaluation",
                "step": step,
                "train_loss": 0.4,
                "train_auc": 0.7 + 5e-5 * step,
                "valid_loss": 0.42,
                "valid_auc": auc,
                "best": auc > best,
            }
        )
        best = max(best, auc)
    return pd.DataFrame(rows)


@pytest.fixture
def question():
    return Question(("buy",), horizon_days=7, lookback_days=28, gap_days=1)


@pytest.fixture
def plan():
    """14 training snapshots, then one each to validate, to test and now."""
    offsets = [*((offset, "train") for offset in range(24 + 7 * 13, 23, -7))]
    offsets += [(16, "valid"), (8, "test"), (0, "now")]
    snapshots = tuple(Snapshot(NOW - timedelta(days=o), o, part) for o, part in offsets)
    return Plan(NOW, snapshots, 150)


@pytest.fixture
def days():
    """Eight actions on 100 days, each more frequent than the next."""
    day = pd.date_range("2025-01-01", periods=100)
    return pd.concat(
        pd.DataFrame({"day": day, "action": f"a{i}", "events": 1_000 // 2**i}) for i in range(8)
    )


@pytest.fixture
def events():
    """30 events of one user, newest first, every third one a cart."""
    time = [NOW - timedelta(days=day, hours=1) for day in range(30)]
    action = ["cart" if i % 3 == 0 else "view" for i in range(30)]
    item = [None, *(f"i{i}" for i in range(29))]
    return pd.DataFrame({"user": "u", "time": time, "action": action, "item": item, "line": 1})


@pytest.fixture
def contributions():
    """Parts of five fields; their totals are 0.9, -0.6, 0.3, -0.1 and 0."""
    return pd.DataFrame(
        {
            "label": ["recent", "count", "city", "hour", "weekend"],
            "first": [0.5, -0.2, 0.1, 0.1, 0.0],
            "interaction": [0.3, -0.5, 0.1, -0.1, 0.2],
            "deep": [0.1, 0.1, 0.1, -0.1, -0.2],
        }
    )

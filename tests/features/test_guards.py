"""Planted leakage is found and stops a run; a planted promotion is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from deepfm.features.catalogue import feature_catalogue
from deepfm.features.frame import write_examples
from deepfm.features.guards import find_shift, leaks
from deepfm.features.strength import feature_strengths
from deepfm.log.log import Log
from deepfm.runs.create import create_run
from deepfm.runs.job import carry_out
from deepfm.task.question import Question
from deepfm.training.settings import TrainingSettings

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


def test_a_like_past_gives_no_alarm(make_log: Callable[..., Log], tmp_path: Path) -> None:
    log = make_log(shop())
    frame = examples(log, tmp_path / "examples.parquet")
    features = feature_catalogue(log, QUESTION)
    train, valid = (frame[frame["part"] == part] for part in ("train", "valid"))
    assert leaks(feature_strengths(train, valid, features), features) == []
    assert find_shift(frame, features) is None


def test_a_promotion_at_the_end_is_named(make_log: Callable[..., Log], tmp_path: Path) -> None:
    log = make_log(shop(promotion=True))
    frame = examples(log, tmp_path / "examples.parquet")
    shift = find_shift(frame, feature_catalogue(log, QUESTION))
    assert shift is not None
    assert shift.auc > 0.8
    assert "may be a promotion" in shift.sentence().text()
    told = [field.text() for field in shift.fields]
    assert len(told) == 3
    assert any("view" in text or "Events" in text for text in told)
    assert all(" now, " in text for text in told)


@pytest.fixture
def leaking(make_log: Callable[..., Log]) -> Log:
    """Row by row: the column paid is filled on purchases only, as such columns are."""
    events = shop(days=20, users=200)
    paid = ["card" if action == "buy" else "" for _, action, _ in events]
    return make_log(events, paid=paid, color=["red" if n % 3 else "blue" for n in range(len(paid))])


def test_a_column_that_copies_the_label_stops_the_run_unless_there_is_a_reason(
    leaking: Log, tmp_path: Path
) -> None:
    question, settings = Question(("buy",), kind="event"), TrainingSettings(epochs=1)
    run = create_run(tmp_path / "blocked", leaking, question, settings)
    with pytest.raises(ValueError, match="The feature paid tells the outcome by itself"):
        carry_out(run.folder, lambda status: None)
    assert run.status.state == "failed"
    assert "Leave it out on the page Features" in str(run.status.message)
    assert not (run.folder / "weights.npz").exists()

    kept = create_run(
        tmp_path / "kept", leaking, question, settings, reason="paid before the goods come"
    )
    carry_out(kept.folder, lambda status: None)
    assert kept.status.state == "done"
    assert any("paid before the goods come" in note.text() for note in kept.status.notes)
    stored = json.loads((kept.folder / "features.json").read_text(encoding="utf-8"))
    assert stored["reason"] == "paid before the goods come"

    without = create_run(tmp_path / "without", leaking, question, settings, ["row:color", "hour"])
    carry_out(without.folder, lambda status: None)
    assert without.status.state == "done"
    assert not any("tells the outcome" in note.text() for note in without.status.notes)

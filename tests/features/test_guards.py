"""Planted leakage is found and stops a run; what was found is kept as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from deepfm.features.guards import Guards, Shift
from deepfm.language import Sentence
from deepfm.log.log import Log
from deepfm.runs.create import create_run
from deepfm.runs.job import carry_out
from deepfm.task.question import Question
from deepfm.training.settings import TrainingSettings
from tests.features.planted import shop


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


@pytest.mark.parametrize("shift", [None, Shift(0.8, (Sentence("{n} times", n=3),))])
def test_what_was_found_stays_the_same_as_json(shift: Shift | None) -> None:
    found = pd.DataFrame(
        {"name": ["a", "b"], "auc": [0.1 + 0.2, 0.5], "gini": [-0.4, 0], "missing": [0.0, np.nan]}
    )
    again = Guards.from_json(json.loads(json.dumps(Guards(found, shift).to_json())))
    pd.testing.assert_frame_equal(again.strengths, found, check_exact=True, check_dtype=True)
    assert again.shift == shift

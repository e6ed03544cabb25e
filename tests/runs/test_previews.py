from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from deepfm.errors import InputError
from deepfm.features.catalogue import feature_catalogue
from deepfm.features.frame import write_examples
from deepfm.log.log import Log
from deepfm.runs.previews import preview_examples
from deepfm.task.question import Question

QUESTION = Question(("buy",), horizon_days=2, lookback_days=5, active_days=5, every_days=1)


@pytest.fixture
def small(make_log: Callable[..., Log]) -> Log:
    """Four weeks of nine users."""
    start = datetime(2024, 1, 1, 9)
    events = [
        (f"u{i % 9}", "buy" if i % 5 == 0 else "view", str(start + timedelta(hours=3 * i)))
        for i in range(8 * 28)
    ]
    return make_log(events)


def test_a_preview_is_computed_once(small: Log) -> None:
    path = preview_examples(small, QUESTION)
    before = path.stat().st_mtime_ns
    assert preview_examples(small, QUESTION) == path
    assert path.stat().st_mtime_ns == before
    assert list(path.parent.iterdir()) == [path]


def test_it_holds_what_the_training_would_see_with_every_feature(
    small: Log, tmp_path: Path
) -> None:
    write_examples(small, QUESTION, feature_catalogue(small, QUESTION), tmp_path / "own.parquet")
    own, preview = (
        pd.read_parquet(path)
        for path in (tmp_path / "own.parquet", preview_examples(small, QUESTION))
    )
    last = sorted(own.loc[own["part"] == "train", "snapshot"].unique())[-3:]
    shown = own[(own["part"] != "train") | own["snapshot"].isin(last)]
    assert len(shown) < len(own)
    pd.testing.assert_frame_equal(shown.reset_index(drop=True), preview)
    assert "hour_sin" in preview  # also those that are off by default


def test_another_question_or_another_log_has_another_file(small: Log) -> None:
    first = preview_examples(small, QUESTION)
    assert preview_examples(small, replace(QUESTION, horizon_days=3)) != first
    assert preview_examples(small, replace(QUESTION, kind="event")) != first
    assert preview_examples(replace(small, fingerprint="other"), QUESTION) != first


def test_only_the_four_newest_are_kept(small: Log) -> None:
    paths = [preview_examples(small, replace(QUESTION, horizon_days=days)) for days in range(1, 7)]
    assert len(set(paths)) == 6
    assert {path for path in paths if path.exists()} == set(paths[2:])
    assert set(paths[0].parent.iterdir()) == set(paths[2:])


def test_a_question_that_cannot_be_answered_leaves_nothing(small: Log) -> None:
    with pytest.raises(InputError, match="days of history"):
        preview_examples(small, replace(QUESTION, horizon_days=100))
    assert list((small.folder / "previews").iterdir()) == []

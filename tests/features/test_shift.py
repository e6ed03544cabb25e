"""A promotion at the end of a log is named; a like past gives no alarm."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from deepfm.features.catalogue import feature_catalogue
from deepfm.features.guards import leaks
from deepfm.features.shift import find_shift
from deepfm.features.strength import feature_strengths
from deepfm.log.log import Log
from tests.features.planted import QUESTION, examples, shop


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

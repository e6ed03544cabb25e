from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from deepfm.features import stored
from deepfm.features.stored import StoredPart, stored_parts

SIZES = {"train": 53, "valid": 20, "test": 0, "now": 10}


@pytest.fixture(params=[7, 1000])
def frame(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """Read in batches that end elsewhere than parts and row groups do."""
    monkeypatch.setattr(stored, "BATCH", request.param)
    rng = np.random.default_rng(0)
    part = np.repeat(list(SIZES), list(SIZES.values()))
    label = pd.array(np.where(part == "now", None, rng.integers(0, 2, len(part))), "Int8")
    user = [f"u{place % 13}" for place in range(len(part))]
    return pd.DataFrame(
        {"user": user, "part": part, "label": label, "x": rng.normal(size=len(part))}
    )


@pytest.fixture
def parts(frame: pd.DataFrame, tmp_path: Path) -> dict[str, StoredPart]:
    frame.to_parquet(tmp_path / "examples.parquet", index=False, row_group_size=11)
    return stored_parts(tmp_path / "examples.parquet")


def test_each_part_is_read_as_it_was_written(
    frame: pd.DataFrame, parts: dict[str, StoredPart]
) -> None:
    assert {name: len(part) for name, part in parts.items()} == SIZES
    for name, part in parts.items():
        own = frame[frame["part"] == name].reset_index(drop=True)
        pd.testing.assert_frame_equal(part.frame(), own, check_dtype=False)
        assert part["x"].tolist() == own["x"].tolist()
        some = part.frame(["x", "user"], categories=True)
        assert some.columns.tolist() == ["x", "user"]
        assert isinstance(some["user"].dtype, pd.CategoricalDtype)
        assert some["user"].tolist() == own["user"].tolist()
        batches = list(part.batches(["x", "user"]))
        assert all(len(batch) <= stored.BATCH for batch in batches)
        users = [user for batch in batches for user in batch["user"]]
        assert users == own["user"].tolist()


def test_rows_are_taken_in_the_order_asked_for_and_more_than_once(
    frame: pd.DataFrame, parts: dict[str, StoredPart]
) -> None:
    places = np.random.default_rng(1).integers(0, 20, 30)
    own = frame[frame["part"] == "valid"].iloc[places].reset_index(drop=True)
    pd.testing.assert_frame_equal(parts["valid"].take(places), own, check_dtype=False)
    assert parts["valid"].take(np.zeros(0, np.int64)).columns.tolist() == own.columns.tolist()


def test_a_sample_is_the_same_for_the_same_seed(parts: dict[str, StoredPart]) -> None:
    one, same, other = (parts["train"].sample(9, seed) for seed in (0, 0, 1))
    assert one["x"].is_unique
    assert len(one) == 9
    assert one["x"].tolist() == same["x"].tolist() != other["x"].tolist()
    assert parts["valid"].sample(20, 0)["x"].tolist() == parts["valid"]["x"].tolist()


def test_a_column_that_is_not_there_is_an_error(parts: dict[str, StoredPart]) -> None:
    with pytest.raises(KeyError):
        parts["valid"]["nothing"]

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from deepfm.features import stored
from deepfm.features.stored import StoredPart, stored_parts
from deepfm.fields import shelf
from deepfm.fields.encoded import Encoded
from deepfm.fields.fields import FieldSet
from deepfm.fields.shelf import Shelf, encode_part, row_bytes


@pytest.fixture
def part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StoredPart:
    monkeypatch.setattr(stored, "BATCH", 100)
    rng = np.random.default_rng(0)
    rows = {
        "part": ["train"] * 750,
        "city": rng.choice(["Rome", "Oslo", None], 750),
        "days": np.where(rng.random(750) < 0.1, np.nan, rng.exponential(9, 750)),
    }
    pd.DataFrame(rows).to_parquet(tmp_path / "examples.parquet", index=False)
    return stored_parts(tmp_path / "examples.parquet")["train"]


@pytest.mark.parametrize("dense", [["days"], []])
def test_on_the_disk_stands_what_would_stand_in_memory(
    part: StoredPart, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dense: list[str]
) -> None:
    fields = FieldSet.fit(part, ["city"], dense)
    whole = fields.encode(part.frame())
    in_memory = encode_part(fields, part, tmp_path / "encoded")
    assert isinstance(in_memory, Encoded)
    assert not (tmp_path / "encoded").exists()
    monkeypatch.setattr(shelf, "IN_MEMORY", 750 * row_bytes(fields) - 1)
    on_disk = encode_part(fields, part, tmp_path / "encoded")
    assert isinstance(on_disk, Shelf)
    assert len(on_disk) == len(in_memory) == 750
    sizes = {path.name: path.stat().st_size for path in (tmp_path / "encoded").iterdir()}
    assert sum(sizes.values()) == 750 * row_bytes(fields)
    for index in (slice(None), slice(90, 210), slice(740, 900), np.array([5, 749, 0, 5])):
        wanted = whole.take(index)
        for found in (in_memory.take(index), on_disk.take(index)):
            np.testing.assert_array_equal(found.ids, wanted.ids)
            np.testing.assert_array_equal(found.fraction, wanted.fraction)


def test_fields_are_the_same_whether_a_frame_or_the_disk_is_read(part: StoredPart) -> None:
    assert FieldSet.fit(part, ["city"], ["days"]) == FieldSet.fit(part.frame(), ["city"], ["days"])

"""Examples on the disk are trained on as those in memory are, a buffer at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from deepfm.features.stored import stored_parts
from deepfm.fields import shelf
from deepfm.fields.encoded import Encoded, Examples
from deepfm.fields.fields import FieldSet
from deepfm.fields.shelf import encode_part, row_bytes
from deepfm.model.deepfm import build_deepfm
from deepfm.model.export import to_scoring
from deepfm.model.scoring import ScoringModel
from deepfm.model.settings import ModelSettings
from deepfm.training import feed
from deepfm.training.feed import Feed
from deepfm.training.fit import fit
from deepfm.training.settings import TrainingSettings
from deepfm.training.steps import make_steps

ROWS, BATCH = 40_000, 256
SETTINGS = TrainingSettings(
    model=ModelSettings(dim=4, units=(16,)), batch_size=BATCH, epochs=4, learning_rate=3e-3
)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """Sorted, so that a shuffle that does not reach far would be seen."""
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(
        {
            "part": np.where(np.arange(ROWS) < 0.75 * ROWS, "train", "valid"),
            "a": rng.integers(0, 6, ROWS).astype(str),
            "b": rng.integers(0, 6, ROWS).astype(str),
            "x": rng.normal(size=ROWS),
        }
    )
    logit = -2.0 + 1.5 * np.exp(-4 * rows["x"] ** 2) + 1.8 * (rows["a"] == rows["b"])
    rows["label"] = (rng.random(ROWS) < 1 / (1 + np.exp(-logit))).astype(np.int8)
    return rows.sort_values(["part", "a"], kind="stable", ignore_index=True)


@pytest.fixture
def fields(frame: pd.DataFrame) -> FieldSet:
    return FieldSet.fit(frame[frame["part"] == "train"], ["a", "b"], ["x"])


@pytest.fixture
def on_disk(
    frame: pd.DataFrame, fields: FieldSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Examples]:
    monkeypatch.setattr(shelf, "IN_MEMORY", 0)
    frame.to_parquet(tmp_path / "examples.parquet", index=False)
    parts = stored_parts(tmp_path / "examples.parquet")
    return {p: encode_part(fields, parts[p], tmp_path / p) for p in ("train", "valid")}


def trained(frame: pd.DataFrame, fields: FieldSet, parts: dict[str, Examples]) -> ScoringModel:
    label = {p: frame.loc[frame["part"] == p, "label"].to_numpy() for p in parts}
    model = build_deepfm(fields.sizes, 1, SETTINGS.model, SETTINGS.seed)
    fit(model, parts["train"], label["train"], parts["valid"], label["valid"], SETTINGS)
    return to_scoring(model)


def in_memory(frame: pd.DataFrame, fields: FieldSet) -> dict[str, Examples]:
    return {p: fields.encode(frame[frame["part"] == p]) for p in ("train", "valid")}


def test_what_fits_one_buffer_gives_the_same_weights_bit_by_bit(
    frame: pd.DataFrame, fields: FieldSet, on_disk: dict[str, Examples]
) -> None:
    one, other = (trained(frame, fields, p) for p in (in_memory(frame, fields), on_disk))
    np.testing.assert_array_equal(one.table, other.table)
    for ours, theirs in zip(one.kernels, other.kernels, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_many_buffers_learn_as_much(
    frame: pd.DataFrame,
    fields: FieldSet,
    on_disk: dict[str, Examples],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feed, "BUFFER", ROWS // 8 * row_bytes(fields))
    monkeypatch.setattr(feed, "_BLOCK", BATCH)
    whole = in_memory(frame, fields)
    label = frame.loc[frame["part"] == "valid", "label"]
    one, other = (
        roc_auc_score(label, trained(frame, fields, parts).logit(whole["valid"]))
        for parts in (whole, on_disk)
    )
    assert abs(one - other) < 0.004


def test_each_example_comes_once_an_epoch_with_its_own_label(
    on_disk: dict[str, Examples], fields: FieldSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "BUFFER", 7_000 * row_bytes(fields))
    monkeypatch.setattr(feed, "_BLOCK", 1_000)
    train = on_disk["train"]
    model = build_deepfm(fields.sizes, 1, SETTINGS.model)
    steps = make_steps(model, len(train), SETTINGS)
    at_hand: list[tuple[Encoded, np.ndarray]] = []
    load = steps.load

    def watched(encoded: Encoded, label: np.ndarray) -> None:
        at_hand[:] = [(encoded, label)]
        load(encoded, label)

    monkeypatch.setattr(steps, "load", watched)
    numbers = np.arange(len(train), dtype=np.float32)
    tested = Feed(steps, train, numbers, BATCH)
    orders = []
    for _ in range(2):
        tested.draw(np.random.default_rng(len(orders)))
        place, seen = 0, []
        while place < len(train):
            end = min(place + 3 * BATCH, tested.end(place))
            assert end == len(train) or (end - place) % BATCH == 0
            order = tested.take(place, end)
            encoded, label = at_hand[0]
            assert len(encoded) <= 7_000
            own = train.take(label[order].astype(np.int64))
            np.testing.assert_array_equal(encoded.take(order).ids, own.ids)
            seen += label[order].astype(int).tolist()
            place = end
        assert sorted(seen) == list(range(len(train)))
        orders.append(seen)
    assert orders[0] != orders[1]
    # Read again from the middle, as where a training goes on, it is the same order.
    tested.draw(np.random.default_rng(1))
    order = tested.take(20 * BATCH, 21 * BATCH)
    assert at_hand[0][1][order].astype(int).tolist() == orders[1][20 * BATCH : 21 * BATCH]

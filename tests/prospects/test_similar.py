"""The nearest people against a plain cosine over everyone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from deepfm.prospects.names import VECTORS
from deepfm.prospects.scorer import Scorer
from deepfm.prospects.similar import save_vectors, similar_people
from deepfm.runs.run import Run


@pytest.mark.parametrize("place", [0, 77, -1])
def test_similar_people_are_the_nearest_by_cosine(done: Run, place: int) -> None:
    listed = pd.read_parquet(done.prospects)
    rows = pd.read_parquet(done.examples)
    rows = rows[rows["part"] == "now"].set_index("user").loc[listed["user"]].reset_index()
    scorer = Scorer.open(done.folder)
    encoded = scorer.fields.encode(rows)
    vectors = scorer.model.rows(encoded)[..., : scorer.model.dim].sum(axis=1)
    vectors -= vectors.mean(axis=0)
    own = vectors[place]
    cosine = vectors @ own / np.linalg.norm(vectors, axis=1) / np.linalg.norm(own)
    expected = np.argsort(-cosine)[1:11]
    found = similar_people(done.prospects, listed["user"].iloc[place])
    assert found is not None
    np.testing.assert_allclose(found["likeness"], cosine[expected], atol=1e-4)
    assert found["user"].tolist()[0] == listed["user"].iloc[expected[0]]
    assert listed["user"].iloc[place] not in found["user"].tolist()


def test_in_a_list_of_pairs_the_neighbours_are_pairs(done_pair: Run) -> None:
    pair = pd.read_parquet(done_pair.prospects).iloc[5]
    found = similar_people(done_pair.prospects, pair["user"], pair["value"], count=3)
    assert found is not None
    assert len(found) == 3
    assert "value" in found


def test_without_vectors_or_a_user_there_is_nothing_to_say(done: Run, tmp_path: Path) -> None:
    assert similar_people(done.prospects, "nobody") is None
    (tmp_path / "prospects.parquet").write_bytes(done.prospects.read_bytes())
    user = pd.read_parquet(done.prospects)["user"].iloc[0]
    assert similar_people(tmp_path / "prospects.parquet", user) is None


def test_people_without_a_difference_are_no_trouble(done: Run, tmp_path: Path) -> None:
    table = pd.read_parquet(done.prospects).head(3)
    table.to_parquet(tmp_path / "prospects.parquet")
    save_vectors(np.ones((3, 8)), tmp_path)
    assert np.load(tmp_path / VECTORS).dtype == np.float32
    found = similar_people(tmp_path / "prospects.parquet", table["user"].iloc[0])
    assert found is not None
    assert np.isfinite(found["likeness"]).all()
    assert len(found) == 2

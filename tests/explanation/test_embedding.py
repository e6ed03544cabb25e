"""The map and the neighbours of an id's values, against vectors that are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.decomposition import PCA

from deepfm.errors import InputError
from deepfm.explanation.embedding import mapped_fields, neighbours, value_map
from deepfm.fields.fields import DenseField, FieldSet, SparseField
from deepfm.model.scoring import ScoringModel

FIELDS = FieldSet(
    (SparseField("brand", ("a", "b", "c", "d")), SparseField("city", ("x", "y"))),
    (DenseField("age", (0.0, 1.0)),),
)


@pytest.fixture
def model() -> ScoringModel:
    rng = np.random.default_rng(0)
    table = rng.normal(size=(sum(FIELDS.sizes), 4))
    # "c" points where "a" does, "d" to the other side.
    table[4, :3], table[5, :3] = 2 * table[2, :3], -table[2, :3]
    kernel = np.zeros((9, 1))
    return ScoringModel(
        FIELDS.sizes, 1, table, (kernel,), (np.zeros(1),), np.array([0.5, 1.0, 1.0]), 0.0
    )


def test_the_map_is_the_pca_of_the_values_own_vectors(model: ScoringModel) -> None:
    found = value_map(FIELDS, model, "brand")
    assert found["value"].tolist() == ["a", "b", "c", "d"]
    vectors = model.table[2:6, :3]
    np.testing.assert_allclose(found[["x", "y"]], PCA(2).fit_transform(vectors))
    np.testing.assert_allclose(found["weight"], 0.5 * model.table[2:6, 3])


def test_neighbours_are_in_the_order_of_their_cosine(model: ScoringModel) -> None:
    found = neighbours(FIELDS, model, "brand", "a")
    assert found["value"].tolist() == ["c", "b", "d"]
    a, b = model.table[2, :3], model.table[3, :3]
    cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    np.testing.assert_allclose(found["likeness"], [1.0, cosine, -1.0])
    assert len(neighbours(FIELDS, model, "brand", "a", count=1)) == 1


def test_a_field_with_few_values_has_no_map(model: ScoringModel) -> None:
    assert mapped_fields(FIELDS) == ["brand"]
    with pytest.raises(InputError, match="too few for a map"):
        value_map(FIELDS, model, "city")


def test_a_value_without_a_vector_is_like_nothing(model: ScoringModel) -> None:
    table = model.table.copy()
    table[3] = 0.0
    found = neighbours(FIELDS, replace(model, table=table), "brand", "b")
    assert (found["likeness"] == 0.0).all()

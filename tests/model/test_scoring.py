from itertools import combinations

import numpy as np
import pytest

from deepfm.errors import InputError
from deepfm.fields.encoded import Encoded
from deepfm.model.scoring import ScoringModel


@pytest.fixture
def model():
    rng = np.random.default_rng(3)
    return ScoringModel(
        sizes=(4, 3, 5),
        dense_fields=1,
        table=rng.normal(size=(12, 3)),
        kernels=(rng.normal(size=(6, 4)), rng.normal(size=(4, 1))),
        biases=(rng.normal(size=4), rng.normal(size=1)),
        fusion=np.array([1.0, 0.5, -2.0]),
        bias=0.25,
    )


@pytest.fixture
def encoded():
    """The second person's number lies on the last row of the whole table."""
    ids = np.array([[3, 0, 1], [1, 2, 4], [0, 1, 0]], np.int32)
    return Encoded(ids, np.array([[0.25], [0.0], [0.0]], np.float32))


def test_the_logit_is_the_formula(model, encoded):
    t = model.table
    rows = [t[3], t[4], 0.75 * t[8] + 0.25 * t[9]]
    vectors = [row[:2] for row in rows]
    hidden = np.maximum(np.concatenate(vectors) @ model.kernels[0] + model.biases[0], 0)
    parts = (
        sum(row[2] for row in rows),
        sum(a @ b for a, b in combinations(vectors, 2)),
        (hidden @ model.kernels[1] + model.biases[1])[0],
    )
    expected = 0.25 + parts[0] + 0.5 * parts[1] - 2 * parts[2]
    assert model.logit(encoded)[0] == pytest.approx(expected, abs=1e-12)


def test_chunks_do_not_change_the_logit(model, encoded):
    assert np.allclose(model.logit(encoded, chunk=1), model.logit(encoded), rtol=0, atol=1e-12)
    assert model.logit(encoded.take(slice(0, 0))).shape == (0,)


def test_a_saved_model_is_the_same_model(model, encoded, tmp_path):
    model.save(tmp_path / "weights.npz")
    again = ScoringModel.load(tmp_path / "weights.npz")
    assert np.array_equal(again.logit(encoded), model.logit(encoded))
    assert (again.sizes, again.dense_fields, again.bias) == ((4, 3, 5), 1, 0.25)


def test_a_file_of_a_newer_version_is_refused(model, tmp_path):
    path = tmp_path / "weights.npz"
    model.save(path)
    with np.load(path, allow_pickle=False) as data:
        np.savez(path, **{**data, "version": np.array(2)})
    with pytest.raises(InputError, match=r"weights\.npz was written by a newer version"):
        ScoringModel.load(path)


def test_a_file_that_holds_no_model_is_refused(tmp_path):
    path = tmp_path / "weights.npz"
    for content in (b"", b"not a model"):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"weights\.npz is not a saved model"):
            ScoringModel.load(path)
    np.savez(path, something=np.ones(2))
    with pytest.raises(InputError, match="not a saved model"):
        ScoringModel.load(path)
    with pytest.raises(InputError, match="not a saved model"):
        ScoringModel.load(tmp_path / "absent.npz")


def test_a_pickle_is_never_opened(model, tmp_path):
    path = tmp_path / "weights.npz"
    model.save(path)
    with np.load(path, allow_pickle=False) as data:
        np.savez(path, **{**data, "fusion": np.array([{}], dtype=object)})
    with pytest.raises(InputError, match="not a saved model"):
        ScoringModel.load(path)

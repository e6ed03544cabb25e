import keras
import numpy as np
import pytest

from deepfm.fields.encoded import Encoded
from deepfm.model.deepfm import DeepFM, build_deepfm
from deepfm.model.dnn import DNN
from deepfm.model.embedding import FusedEmbedding
from deepfm.model.export import to_scoring
from deepfm.model.fm import FactorizationMachine
from deepfm.model.scoring import ScoringModel
from deepfm.model.settings import ModelSettings

SIZES = (5, 4, 7, 6, 1)
DENSE_FIELDS = 3
SHAPE = {"ids": (None, len(SIZES)), "fraction": (None, DENSE_FIELDS)}


@pytest.fixture
def encoded():
    """Random examples of two ids and three numbers; the last number is never known."""
    rng = np.random.default_rng(0)
    ids = np.stack([rng.integers(0, size, 64) for size in SIZES], axis=1).astype(np.int32)
    fraction = rng.random((64, DENSE_FIELDS)).astype(np.float32)
    at_the_end = ids[:, 2:] >= np.array(SIZES[2:]) - 1
    fraction[at_the_end | (ids[:, 2:] == 0)] = 0
    return Encoded(ids, fraction)


def inputs_of(encoded):
    return {"ids": encoded.ids, "fraction": encoded.fraction}


def shaken(settings):
    """A model whose every weight, BatchNorm statistics included, is away from its start."""
    model = build_deepfm(SIZES, DENSE_FIELDS, settings)
    rng = np.random.default_rng(1)
    for weight in model.weights:
        if "seed" not in weight.name:
            weight.assign(np.abs(rng.normal(0.5, 0.3, weight.shape)) + 0.05)
    return model


MODELS = [
    ModelSettings(fusion=fusion, batch_norm=norm, units=units)
    for fusion, norm, units in [
        ("sum", True, (8, 4)),
        ("concat", True, (8,)),
        ("sum", False, (8, 4, 4)),
        ("concat", False, ()),
    ]
]


@pytest.mark.parametrize("settings", MODELS)
def test_plain_arrays_score_as_the_keras_model_does(settings, encoded, tmp_path):
    model = shaken(settings)
    expected = keras.ops.convert_to_numpy(model(inputs_of(encoded)))
    to_scoring(model).save(tmp_path / "weights.npz")
    scores = ScoringModel.load(tmp_path / "weights.npz").logit(encoded, chunk=7)
    assert np.allclose(scores, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("settings", MODELS[:2])
def test_a_saved_model_scores_the_same_without_custom_objects(settings, encoded, tmp_path):
    model = shaken(settings)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert isinstance(loaded, DeepFM)
    ours, theirs = (keras.ops.convert_to_numpy(m(inputs_of(encoded))) for m in (model, loaded))
    assert np.array_equal(ours, theirs)


def test_a_number_is_interpolated_between_its_rows(encoded):
    layer = FusedEmbedding(SIZES, DENSE_FIELDS, 3)
    layer.build(SHAPE)
    table = np.arange(sum(SIZES) * 4, dtype="float32").reshape(-1, 4)
    layer.table.assign(table)
    rows = keras.ops.convert_to_numpy(layer(inputs_of(encoded)))
    example = int(np.argmax(encoded.fraction[:, 0] > 0))
    left = SIZES[0] + SIZES[1] + encoded.ids[example, 2]
    part = encoded.fraction[example, 0]
    assert np.allclose(rows[example, 2], (1 - part) * table[left] + part * table[left + 1])
    assert np.allclose(rows[example, 1], table[SIZES[0] + encoded.ids[example, 1]])
    assert rows.shape[1:] == layer.compute_output_shape({"ids": (64, 5)})[1:]


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (FusedEmbedding(SIZES, DENSE_FIELDS, 3), SHAPE),
        (FactorizationMachine(), (None, 4, 3)),
        (DNN((4, 3), dropout=0.1), (None, 6)),
    ],
)
def test_layers_come_back_from_their_config(layer, shape):
    layer.build(shape)
    again = type(layer).from_config(layer.get_config())
    again.build(shape)
    assert again.get_config() == layer.get_config()
    assert [w.shape for w in again.weights] == [w.shape for w in layer.weights]

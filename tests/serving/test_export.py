import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from deepfm.errors import InputError
from deepfm.fields.fields import FieldSet
from deepfm.model.deepfm import build_deepfm
from deepfm.model.export import to_scoring
from deepfm.model.settings import ModelSettings
from deepfm.serving.export import FORMATS, export
from deepfm.training.fit import fit
from deepfm.training.settings import TrainingSettings

USUAL = {
    "favorite:category": "shoes",
    "all rare": "x",
    "note": "gift",
    "since:cart": 2.0,
    "time": 1.7e9 + 0.2,
    "城市 score": 0.3,
    "constant": 3.0,
    "never known": np.nan,
}
UNUSUAL = [
    {"favorite:category": None},
    {"favorite:category": "unseen"},
    {"favorite:category": "鞋"},
    {"favorite:category": "Shoes"},
    {"favorite:category": "shoes "},
    {"all rare": None},
    {"note": ""},
    {"note": None},
    {"since:cart": np.nan},
    {"since:cart": np.inf},
    {"since:cart": -np.inf},
    {"since:cart": -1e308},
    {"since:cart": 1e308},
    {"since:cart": 30.0},
    {"since:cart": 2.5},
    {"time": 1.7e9 + 0.25},
    {"time": 0.0},
    {"constant": 4.0},
    {"constant": np.nan},
    {"never known": 1.0},
]


@pytest.fixture(scope="module", params=FORMATS)
def exported(request, fields, random_model, tmp_path_factory, serve):
    """The model of every kind of field, and its export as a served function."""
    model = random_model(fields)
    path = tmp_path_factory.mktemp("served") / "model"
    export(fields, model, path, request.param)
    return model, serve(path)


def expected(fields, model, frame):
    return model.logit(fields.encode(frame))


def frame_of(rows):
    texts = {"favorite:category": "string", "all rare": "string", "note": "string"}
    return pd.DataFrame(rows).astype(texts)


@pytest.mark.parametrize("unusual", UNUSUAL, ids=str)
def test_every_kind_of_value_scores_as_here(exported, fields, unusual):
    model, scores = exported
    frame = frame_of([{**USUAL, **unusual}])
    logit, score = scores(frame)
    assert logit.shape == score.shape == (1,)
    assert logit.dtype == score.dtype == np.float32
    assert logit == pytest.approx(expected(fields, model, frame), abs=1e-5)
    assert score == pytest.approx(expit(expected(fields, model, frame)), abs=1e-5)


def test_the_values_are_told_apart(fields, random_model):
    """So that the test above means something: of 21 rows 6 must score like another one."""
    frame = frame_of([USUAL, *({**USUAL, **unusual} for unusual in UNUSUAL)])
    logits = expected(fields, random_model(fields), frame)
    apart = np.diff(np.sort(logits))
    assert np.sum(apart > 1e-3) == 14
    assert np.sum(apart < 1e-9) == 6


def test_a_thousand_rows_and_none_score_as_here(exported, fields):
    model, scores = exported
    rng = np.random.default_rng(1)
    n = 1_000
    frame = frame_of(
        {
            "favorite:category": rng.choice(["shoes", "Shoes", "鞋", "unseen", None], n),
            "all rare": rng.choice(["x", None], n),
            "note": rng.choice(["", "gift", "unseen", None], n),
            "since:cart": np.where(rng.random(n) < 0.2, np.nan, rng.uniform(-5, 40, n)),
            "time": 1.7e9 + rng.uniform(-1, 3, n),
            "城市 score": rng.uniform(-1, 2, n),
            "constant": rng.choice([3.0, 4.0, np.nan], n),
            "never known": rng.choice([1.0, np.nan], n),
        }
    )
    logit, score = scores(frame)
    assert np.allclose(logit, expected(fields, model, frame), rtol=0, atol=1e-5)
    assert np.allclose(score, expit(expected(fields, model, frame)), rtol=0, atol=1e-5)
    assert [out.shape for out in scores(frame.head(0))] == [(0,), (0,)]


def test_single_precision_would_not_do_for_times(exported, fields):
    """A float32 knows epoch seconds to two minutes."""
    model, scores = exported
    frame = frame_of([USUAL])
    rounded = frame.assign(time=frame["time"].astype(np.float32).astype(np.float64))
    assert abs(scores(frame)[1] - scores(rounded)[1]) > 1e-3
    assert scores(rounded)[0] == pytest.approx(expected(fields, model, rounded), abs=1e-5)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("kind", ["sparse", "dense"])
def test_ids_alone_numbers_alone_and_no_hidden_layer(
    fields, random_model, tmp_path, serve, format, kind
):
    some = FieldSet(fields.sparse, ()) if kind == "sparse" else FieldSet((), fields.dense)
    model = random_model(some, units=(), fusion=(1.0, 1.0, 1.0))
    export(some, model, tmp_path / "model", format)
    frame = frame_of([USUAL, *({**USUAL, **unusual} for unusual in UNUSUAL)])
    logit, _ = serve(tmp_path / "model")(frame)
    assert np.allclose(logit, expected(some, model, frame), rtol=0, atol=1e-5)


@pytest.fixture(scope="module")
def trained():
    """A model with BatchNorm and learned fusion, trained in earnest, and its examples."""
    rng = np.random.default_rng(2)
    n = 4_000
    frame = pd.DataFrame(
        {
            "city": rng.choice(["Bonn", "Rome", "Oslo"], n, p=[0.6, 0.399, 0.001]),
            "hour": rng.integers(0, 24, n),
            "amount": np.where(rng.random(n) < 0.1, np.nan, rng.lognormal(3, 1, n)),
        }
    )
    label = (frame["city"].eq("Bonn") & frame["hour"].gt(12)).to_numpy().astype(np.int8)
    fields = FieldSet.fit(frame, ["city", "hour"], ["amount"])
    shape = ModelSettings(dim=4, units=(16, 8), batch_norm=True, fusion="concat")
    settings = TrainingSettings(model=shape, epochs=3, batch_size=128, learning_rate=0.01, l2=0.0)
    model = build_deepfm(fields.sizes, 1, shape)
    encoded = fields.encode(frame)
    fit(model, encoded, label, encoded, label, settings)
    return fields, to_scoring(model), frame


@pytest.mark.parametrize("format", FORMATS)
def test_a_trained_model_scores_as_here(trained, tmp_path, serve, format):
    fields, model, frame = trained
    inputs = export(fields, model, tmp_path / "model", format)
    assert [one.name for one in inputs] == ["city", "hour", "amount"]
    scores = expit(expected(fields, model, frame))
    assert np.ptp(scores) > 0.2
    _, score = serve(tmp_path / "model")(frame)
    assert np.allclose(score, scores, rtol=0, atol=1e-5)


def test_a_file_is_replaced_and_an_empty_folder_filled(trained, tmp_path, serve):
    fields, model, frame = trained
    (tmp_path / "model.onnx").write_text("old", encoding="utf-8")
    (tmp_path / "model").mkdir()
    export(fields, model, tmp_path / "model.onnx", "onnx")
    export(fields, model, str(tmp_path / "model"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "model.onnx"]
    for name in ("model", "model.onnx"):
        assert len(serve(tmp_path / name)(frame.head(5))[0]) == 5


@pytest.mark.parametrize(
    ("name", "format", "said"),
    [
        ("new", "pickle", "The format pickle is unknown"),
        ("absent/model", "saved_model", "There is no folder .*absent. Make it"),
        ("absent/model.onnx", "onnx", "There is no folder .*absent. Make it"),
        ("full", "saved_model", "The folder .*full is not empty"),
        ("full", "onnx", "full is a folder"),
        ("full/file", "saved_model", "file is a file. Choose a new folder"),
    ],
)
def test_a_wrong_path_or_format_is_told_in_words(
    fields, random_model, tmp_path, name, format, said
):
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").touch()
    with pytest.raises(InputError, match=said):
        export(fields, random_model(fields), tmp_path / name, format)
    assert [path.name for path in tmp_path.rglob("*")] == ["full", "file"]

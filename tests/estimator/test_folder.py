import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from deepfm.errors import InputError
from deepfm.estimator import DeepFMClassifier

ROOT = Path(__file__).parents[2]
FILES = {"estimator.json", "fields.json", "typical.npz", "weights.npz"}

READER = """
import sys
import numpy as np
import pandas as pd
from deepfm.estimator import DeepFMClassifier

X = pd.read_parquet(sys.argv[2])
model = DeepFMClassifier.load(sys.argv[1])
chances, explained = model.predict_proba(X), model.explain(X)
assert not {"tensorflow", "keras", "jax", "torch"} & set(sys.modules)
np.savez(sys.argv[3], chances=chances, explained=explained, labels=model.predict(X).astype("U"))
"""


def test_a_fresh_process_scores_the_same_without_tensorflow(fitted, table, tmp_path):
    X, _ = table
    fitted.save(tmp_path / "model")
    assert {path.name for path in (tmp_path / "model").iterdir()} == FILES
    X.to_parquet(tmp_path / "X.parquet")
    subprocess.run(
        [sys.executable, "-c", READER, "model", "X.parquet", "scores.npz"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )
    with np.load(tmp_path / "scores.npz") as scores:
        assert np.allclose(scores["chances"], fitted.predict_proba(X), rtol=0, atol=1e-6)
        assert np.allclose(scores["explained"], fitted.explain(X), rtol=0, atol=1e-6)
        assert (scores["labels"] == fitted.predict(X)).all()


def test_everything_comes_back(fitted, table, tmp_path):
    X, y = table
    fitted.save(str(tmp_path / "deep" / "model"))
    again = DeepFMClassifier.load(str(tmp_path / "deep" / "model"))
    assert again.get_params() == fitted.get_params()
    assert np.array_equal(again.decision_function(X), fitted.decision_function(X))
    assert again.feature_names_in_.tolist() == X.columns.tolist()
    assert again.n_validation_ == fitted.n_validation_
    assert again.evaluations_ == fitted.evaluations_
    with pytest.raises(ValueError, match="feature names should match"):
        again.predict(X[["a"]])
    assert again.score(X, y) == fitted.score(X, y)


@pytest.mark.parametrize(
    "labels",
    [
        np.array([False, True]),
        np.array([-1, 1], np.int8),
        np.array([0.0, 2.0]),
        np.array(["没有", "有"]),
        np.array(["no", "yes"], dtype=object),
    ],
)
def test_labels_of_any_type_come_back(labels, fitted, table, tmp_path, small):
    X, y = table
    model = small.set_params(epochs=1).fit(
        X.to_numpy(dtype=object), labels[(y == "yes").astype(int)]
    )
    model.save(tmp_path)
    again = DeepFMClassifier.load(tmp_path)
    assert again.classes_.dtype == model.classes_.dtype
    assert again.classes_.tolist() == sorted(labels.tolist())
    assert not hasattr(again, "feature_names_in_")
    assert again.predict(X.to_numpy(dtype=object)).dtype == labels.dtype


def test_a_second_save_replaces_the_first(fitted, table, tmp_path, small):
    X, y = table
    fitted.save(tmp_path)
    small.set_params(
        epochs=1, random_state=np.random.RandomState(3), categorical_features=X.columns[:1]
    ).fit(X, y).save(tmp_path)
    again = DeepFMClassifier.load(tmp_path)
    assert np.array_equal(again.decision_function(X), small.decision_function(X))
    assert again.random_state is None
    assert again.categorical_features == ["x"]


def test_what_is_no_folder_of_a_classifier_is_refused(fitted, tmp_path):
    with pytest.raises(InputError, match="folder absent holds no saved classifier"):
        DeepFMClassifier.load(tmp_path / "absent")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="folder file holds no saved classifier"):
        DeepFMClassifier.load(tmp_path / "file")


@pytest.mark.parametrize("name", sorted(FILES))
@pytest.mark.parametrize("content", [None, b"", b"{}", b"[1]", b"\xff\xfe"])
def test_a_damaged_folder_is_refused_in_words(fitted, tmp_path, name, content):
    folder = tmp_path / "model"
    fitted.save(folder)
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    words = "no saved classifier" if (name, content) == ("estimator.json", None) else "damaged"
    with pytest.raises(InputError, match=f"{words}|is not a saved model"):
        DeepFMClassifier.load(folder)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("classes", {"dtype": "<U3", "values": ["no", "yes", "so"]}),
        ("classes", {"dtype": "nonsense", "values": ["no", "yes"]}),
        ("columns", 9),
        ("names", ["x"]),
        ("names", ["x", "a", "b", "flag", "other"]),
        ("parameters", {"units": [8], "depth": 3}),
        ("evaluations", [{"loss": 1}]),
    ],
)
def test_a_wrong_description_is_refused(fitted, tmp_path, key, value):
    fitted.save(tmp_path)
    description = json.loads((tmp_path / "estimator.json").read_text())
    (tmp_path / "estimator.json").write_text(json.dumps({**description, key: value}))
    with pytest.raises(InputError, match="damaged"):
        DeepFMClassifier.load(tmp_path)


def test_files_of_two_models_are_refused(fitted, table, tmp_path, small):
    X, y = table
    fitted.save(tmp_path)
    small.set_params(dim=3, epochs=1).fit(X, y).save(tmp_path / "other")
    (tmp_path / "other" / "weights.npz").replace(tmp_path / "weights.npz")
    with pytest.raises(InputError, match="damaged"):
        DeepFMClassifier.load(tmp_path)


@pytest.mark.parametrize("name", ["estimator.json", "fields.json"])
def test_a_newer_folder_is_refused(fitted, tmp_path, name):
    fitted.save(tmp_path)
    newer = {**json.loads((tmp_path / name).read_text()), "version": 2}
    (tmp_path / name).write_text(json.dumps(newer))
    with pytest.raises(InputError, match="newer version"):
        DeepFMClassifier.load(tmp_path)


def test_what_cannot_be_written_leaves_the_folder_as_it_was(fitted, tmp_path):
    fitted.save(tmp_path)
    before = (tmp_path / "estimator.json").read_bytes()
    classes, fitted.classes_ = fitted.classes_, np.array([date(2026, 1, 1), date(2026, 1, 2)])
    try:
        with pytest.raises(InputError, match=r"cannot be saved: datetime.date\(2026, 1, 1\)"):
            fitted.save(tmp_path)
    finally:
        fitted.classes_ = classes
    assert (tmp_path / "estimator.json").read_bytes() == before

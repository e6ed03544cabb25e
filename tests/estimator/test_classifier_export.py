import json

import numpy as np
import onnxruntime
import pytest
from sklearn.exceptions import NotFittedError

from deepfm.estimator import DeepFMClassifier


def test_an_export_gives_the_probability_of_the_second_class(fitted, table, tmp_path):
    path = tmp_path / "model.onnx"
    inputs = fitted.export(path, "onnx")
    session = onnxruntime.InferenceSession(path)
    described = json.loads(session.get_modelmeta().custom_metadata_map["inputs"])
    assert [one["input"] for one in described] == [one.name for one in inputs]
    frame = table[0]
    given = {one["input"]: frame[one["field"]].astype(one["type"]).to_numpy() for one in described}
    assert np.isnan(given["x"]).any()
    logit, score = session.run(["logit", "score"], given)
    assert np.allclose(logit, fitted.decision_function(frame), rtol=0, atol=1e-5)
    assert np.allclose(score, fitted.predict_proba(frame)[:, 1], rtol=0, atol=1e-5)


def test_only_a_fitted_classifier_can_be_exported(tmp_path):
    with pytest.raises(NotFittedError):
        DeepFMClassifier().export(tmp_path / "model.onnx", "onnx")
    assert not list(tmp_path.iterdir())

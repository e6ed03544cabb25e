"""Exports served as another program would serve them: from the file alone."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import tensorflow as tf

from deepfm.fields.fields import DenseField, FieldSet, SparseField
from deepfm.model.scoring import ScoringModel


@pytest.fixture(scope="session")
def serve():
    return _serve


def _serve(path: Path):
    """A function from a frame to logit and score ``[n]``."""
    if path.is_dir():
        signature = tf.saved_model.load(str(path)).signatures["serving_default"]
        inputs = json.loads((path / "assets.extra" / "inputs.json").read_text(encoding="utf-8"))

        def scores(frame):
            given = {one["input"]: tf.constant(column(frame, one)) for one in inputs}
            out = signature(**given)
            return out["logit"].numpy(), out["score"].numpy()
    else:
        session = onnxruntime.InferenceSession(path)
        inputs = json.loads(session.get_modelmeta().custom_metadata_map["inputs"])

        def scores(frame):
            given = {one["input"]: column(frame, one) for one in inputs}
            return session.run(["logit", "score"], given)

    return scores


def column(frame, one):
    values = frame[one["field"]].astype(one["type"])
    return (values.fillna(one["missing"]) if one["type"] == "string" else values).to_numpy()


@pytest.fixture(scope="session")
def fields():
    """Every kind of field there is, under names that no format would accept."""
    return FieldSet(
        (
            SparseField("favorite:category", ("shoes", "Shoes", "鞋")),
            SparseField("all rare", ()),
            SparseField("note", ("", "gift")),
        ),
        (
            DenseField("since:cart", (0.0, 1.0, 2.5, 7.0, 30.0)),
            DenseField("time", (1.7e9, 1.7e9 + 0.5, 1.7e9 + 1, 1.7e9 + 100)),
            DenseField("城市 score", (0.0, 1.0)),
            DenseField("constant", (3.0,)),
            DenseField("never known", ()),
        ),
    )


@pytest.fixture(scope="session")
def random_model():
    """A function that draws a model for some fields."""

    def draw(fields, units=(8, 4), fusion=(1.0, 0.5, -2.0)):
        rng = np.random.default_rng(5)
        dim = 3
        widths = (len(fields.names) * dim, *units, 1)
        return ScoringModel(
            sizes=fields.sizes,
            dense_fields=len(fields.dense),
            table=rng.normal(0, 0.5, (sum(fields.sizes), dim + 1)),
            kernels=tuple(rng.normal(0, a**-0.5, (a, b)) for a, b in pairwise(widths)),
            biases=tuple(rng.normal(size=width) for width in widths[1:]),
            fusion=np.array(fusion),
            bias=0.25,
        )

    return draw

"""A served model as a TensorFlow SavedModel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from deepfm.model.scoring import ScoringModel
from deepfm.serving.inputs import LOGIT, SCORE, describe
from deepfm.serving.served import Segments, ServedModel, Vocabulary

# The folder that the format sets aside for files of the model's owner.
INPUTS = Path("assets.extra") / "inputs.json"


def write_saved_model(served: ServedModel, folder: Path) -> None:
    """Write ``served`` into ``folder``, with the signature ``serving_default``.

    The inputs are described in ``assets.extra/inputs.json``.
    """
    module = tf.Module()
    # What the module holds as attributes is saved along. A variable is not bound to the 2 GiB that
    # the constants of a graph may take.
    module.table = tf.Variable(served.model.table.astype(np.float32), trainable=False)
    module.vocabularies = [_lookup(vocabulary) for vocabulary in served.vocabularies]
    types = {"string": tf.string, "float64": tf.float64}
    specs = {i.name: tf.TensorSpec([None], types[i.type], name=i.name) for i in served.inputs}

    def serve(columns: Mapping[str, Any]) -> dict[str, Any]:
        values = [columns[one.name] for one in served.inputs]
        logit = _logit(served.model, _rows(module, served.segments, values))
        return {LOGIT: logit, SCORE: tf.sigmoid(logit)}

    signature = tf.function(serve, input_signature=[specs]).get_concrete_function()
    tf.saved_model.save(module, str(folder), signatures={"serving_default": signature})
    (folder / INPUTS).parent.mkdir()
    (folder / INPUTS).write_text(describe(served.inputs), encoding="utf-8")


def _rows(module: Any, segments: Segments, columns: Sequence[Any]) -> Any:
    """Field rows ``[n, F, k + 1]`` of raw columns, each ``[n]``."""
    split = len(module.vocabularies)
    rows = []
    if split:
        pairs = zip(module.vocabularies, columns[:split], strict=True)
        ids = tf.stack([vocabulary.lookup(texts) for vocabulary, texts in pairs], axis=1)
        rows.append(tf.gather(module.table, ids))
    if columns[split:]:
        rows.append(_between(module.table, segments, tf.stack(columns[split:], axis=1)))
    return tf.concat(rows, axis=1)


def _lookup(vocabulary: Vocabulary) -> Any:
    pairs = tf.lookup.KeyValueTensorInitializer(
        tf.constant(vocabulary.texts, tf.string), tf.constant(vocabulary.rows, tf.int64)
    )
    return tf.lookup.StaticHashTable(pairs, default_value=vocabulary.unseen)


def _between(table: Any, segments: Segments, numbers: Any) -> Any:
    """Interpolated rows ``[n, D, k + 1]`` of ``numbers``, double ``[n, D]``."""
    known = tf.math.is_finite(numbers)
    numbers = tf.where(known, numbers, 0.0)
    passed = tf.cast(numbers[:, :, None] >= segments.inner, tf.int64)
    segment = segments.first + tf.reduce_sum(passed, axis=2)
    way = (numbers - tf.gather(segments.start, segment)) / tf.gather(segments.width, segment)
    fraction = tf.cast(tf.clip_by_value(way, 0.0, 1.0), tf.float32)[:, :, None]
    left, right = (
        tf.gather(table, tf.where(known, tf.gather(rows, segment), segments.missing))
        for rows in (segments.left, segments.right)
    )
    return left + fraction * (right - left)


def _logit(model: ScoringModel, rows: Any) -> Any:
    """``ScoringModel.logit_of_rows`` in single precision."""
    vectors, first = rows[:, :, : model.dim], tf.reduce_sum(rows[:, :, model.dim], axis=1)
    squares = tf.reduce_sum(tf.square(vectors), axis=1)
    pairs = tf.reduce_sum(tf.square(tf.reduce_sum(vectors, axis=1)) - squares, axis=1)
    hidden = tf.reshape(vectors, [-1, len(model.sizes) * model.dim])
    for place, (kernel, bias) in enumerate(zip(model.kernels, model.biases, strict=True)):
        hidden = hidden @ kernel.astype(np.float32) + bias.astype(np.float32)
        if place < len(model.kernels) - 1:
            hidden = tf.nn.relu(hidden)
    parts = tf.stack([first, 0.5 * pairs, hidden[:, 0]], axis=1)
    weighted = tf.linalg.matvec(parts, tf.constant(model.fusion, tf.float32))
    return weighted + np.float32(model.bias)

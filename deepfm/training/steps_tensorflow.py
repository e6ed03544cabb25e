"""The optimizer's steps on the TensorFlow backend.

The data lie on the device once; many whole batches are gathered and stepped through inside one
graph call, so that Python is out of the way.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from deepfm.fields.encoded import Encoded, Examples
from deepfm.fields.fields import OUT_OF_VOCABULARY
from deepfm.model.deepfm import DeepFM
from deepfm.training.adam import RowSumAdam
from deepfm.training.settings import TrainingSettings

_PREDICTION_BATCH = 8192


class TensorFlowSteps:
    """Trains a model on resident examples; see ``deepfm.training.steps``."""

    def __init__(self, model: DeepFM, examples: int, settings: TrainingSettings) -> None:
        self.model = model
        self.optimizer = RowSumAdam(settings.learning_rate, row_l2=settings.l2 / examples)
        # So that the optimizer's state is saved and loaded with the model.
        model.compile(optimizer=self.optimizer)
        self.optimizer.build(model.trainable_variables)
        table = model.embedding.table
        self._trained = [table, *(v for v in model.trainable_variables if v is not table)]
        self._settings = settings
        self._offsets = tf.constant(model.embedding.offsets)
        self._sparse_fields = len(model.embedding.sizes) - model.embedding.dense_fields
        self._data: tuple[tf.Tensor, ...] = ()
        fields, dense = len(model.embedding.sizes), model.embedding.dense_fields
        # Buffers of several lengths are then traced once.
        self._run = tf.function(
            self._run_batches,
            input_signature=[
                tf.TensorSpec([None], tf.int32),
                tf.TensorSpec([None, fields + dense], tf.int32),
                tf.TensorSpec([None, dense], tf.float32),
                tf.TensorSpec([None], tf.float32),
            ],
        )

    def load(self, encoded: Encoded, label: NDArray[np.float32]) -> None:
        """As ``Steps.load``."""
        # The old ones leave the device before the new ones are put there.
        self._data = ()
        columns = (self.model.embedding.positions(encoded.ids), encoded.fraction, label)
        with _memory_in_python():
            self._data = tuple(tf.constant(column) for column in columns)

    def run(self, order: NDArray[np.int32]) -> float:
        """Make a step for each batch of ``order`` (example numbers ``[n]``); the last may be short.

        Returns:
            The mean loss of the examples.

        Raises:
            MemoryError: a batch does not fit; some of the steps may be done.
        """
        with _memory_in_python():
            return float(self._run(tf.constant(order), *self._data))

    def logit(self, encoded: Examples) -> NDArray[np.float32]:
        """The logit ``[n]`` at inference."""
        pieces = []
        for start in range(0, len(encoded), _PREDICTION_BATCH):
            piece = encoded.take(slice(start, start + _PREDICTION_BATCH))
            with _memory_in_python():
                found = self._predict(tf.constant(piece.ids), tf.constant(piece.fraction))
            pieces.append(found.numpy())
        return np.concatenate(pieces)

    @property
    def learning_rate(self) -> float:
        """Of the next step."""
        return float(keras.ops.convert_to_numpy(self.optimizer.learning_rate))

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self.optimizer.learning_rate.assign(value)

    @tf.function(reduce_retracing=True)
    def _predict(self, ids: tf.Tensor, fraction: tf.Tensor) -> tf.Tensor:
        return self.model({"ids": ids, "fraction": fraction}, training=False)

    def _run_batches(self, order: tf.Tensor, *data: tf.Tensor) -> tf.Tensor:
        total = tf.constant(0.0)
        for first in tf.range(0, tf.size(order), self._settings.batch_size):
            batch = order[first : first + self._settings.batch_size]
            loss = self._step(*(tf.gather(column, batch) for column in data))
            total += loss * tf.cast(tf.size(batch), tf.float32)
        return total / tf.cast(tf.size(order), tf.float32)

    def _step(self, *batch: tf.Tensor) -> tf.Tensor:
        loss, gradients = self._gradients(*batch)
        self.optimizer.apply(gradients, self._trained)
        return loss

    def _gradients(
        self, positions: tf.Tensor, fraction: tf.Tensor, label: tf.Tensor
    ) -> tuple[tf.Tensor, list[Any]]:
        """The mean loss of a batch, and its gradients for ``_trained``."""
        embedding, fm = self.model.embedding, self.model.fm
        size = tf.size(label)
        positions, fraction, label = self._own(self._with_unknown(positions), fraction, label)
        looked_up = tf.gather(embedding.table.value, positions)
        first, pairs, vectors = fm(embedding.interpolate(looked_up, fraction))
        # The gradients of the look-up and the FM are written by hand; see FactorizationMachine.
        with (
            tf.GradientTape() as tape,
            self.model.deep.in_bfloat16(self._settings.mixed_precision),
        ):
            tape.watch((first, pairs, vectors))
            logit = self.model.join(first, pairs, vectors, training=True)
            entropy = tf.nn.sigmoid_cross_entropy_with_logits(labels=label, logits=logit)
            loss = self._mean(entropy, size)
        of_outputs, of_others = tape.gradient(
            loss, [(first, pairs, vectors), [v.value for v in self._trained[1:]]]
        )
        of_rows = fm.gradient(vectors, *of_outputs)
        of_table = tf.IndexedSlices(
            tf.reshape(embedding.gradient(of_rows, fraction), (-1, embedding.dim + 1)),
            tf.reshape(positions, [-1]),
            embedding.table.shape,
        )
        return self._joined(loss, [of_table, *of_others])

    def _own(self, *columns: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """The rows of a batch that this process computes: all of them."""
        return columns

    def _mean(self, entropy: tf.Tensor, whole: tf.Tensor) -> tf.Tensor:
        """The mean of what was computed of a batch with ``whole`` examples."""
        return tf.reduce_mean(entropy)

    def _joined(self, loss: tf.Tensor, gradients: list[Any]) -> tuple[tf.Tensor, list[Any]]:
        """Loss and gradients of the whole batch."""
        return loss, gradients

    def _with_unknown(self, positions: tf.Tensor) -> tf.Tensor:
        """Turn a share of the known ids into out-of-vocabulary ones.

        So many of all places are drawn as make the share, with replacement: drawing for each place
        whether it is hidden takes ten times as long.
        """
        fields = self._sparse_fields
        if not fields or not self._settings.oov_rate:
            return positions
        places = tf.size(positions[:, :fields])
        seed = tf.stack([self._settings.seed, tf.cast(self.optimizer.iterations, tf.int32)])
        draw = tf.random.stateless_uniform([], seed)
        count = tf.cast(tf.cast(places, tf.float32) * self._settings.oov_rate + draw, tf.int32)
        place = tf.random.stateless_uniform([count], seed, 0, places, tf.int32)
        where = tf.stack([place // fields, place % fields], axis=1)
        known = tf.gather_nd(positions, where)
        unknown = tf.gather(self._offsets, place % fields) + OUT_OF_VOCABULARY
        return tf.tensor_scatter_nd_update(positions, where, tf.minimum(known, unknown))


@contextmanager
def _memory_in_python() -> Iterator[None]:
    """Raise Python's own error where TensorFlow lacks memory."""
    try:
        yield
    except tf.errors.ResourceExhaustedError as error:
        raise MemoryError(error.message) from error

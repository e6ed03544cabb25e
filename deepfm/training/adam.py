"""Adam that is right where an id stands in a batch more than once."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="deepfm")
class RowSumAdam(keras.optimizers.Adam):
    """Adam (Kingma and Ba 2015, arXiv 1412.6980) that first adds up the gradients of equal rows.

    The gradient of an embedding table on the TensorFlow backend lists a row once for each time
    that its id occurs. Keras 3's Adam squares these pieces one by one, so that the second moment
    holds ``sum g_i^2`` instead of ``(sum g_i)^2`` and frequent ids take far too long steps. Here
    the pieces are summed first; then either

    - every row is updated, which is Adam to the letter, or
    - for tables of more than ``lazy_above`` rows, only the rows of the batch are: moments of the
      other rows do not decay. The cost of a step then does not grow with the vocabulary.

    Args:
        lazy_above: rows of a table from which on updates are lazy; None for never.
        row_l2: added to the loss is half of it times the sum of squares of each row that is
            updated. Here and not in the loss, because there it would make the gradient dense.
    """

    def __init__(
        self,
        learning_rate: float = 1e-3,
        *,
        lazy_above: int | None = 250_000,
        row_l2: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.lazy_above = lazy_above
        self.row_l2 = row_l2

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Update one variable and its moments."""
        if not isinstance(gradient, tf.IndexedSlices):
            self._update_all(gradient, variable, learning_rate)
        elif self.lazy_above is None or variable.shape[0] <= self.lazy_above:
            summed = sum_rows(gradient.values, gradient.indices, variable.shape[0])
            if self.row_l2:
                summed += self.row_l2 * variable
            self._update_all(summed, variable, learning_rate)
        else:
            self._update_rows(gradient, variable, learning_rate)

    def _update_all(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """In one pass over the memory; Keras's own formula makes a dozen."""
        index = self._get_variable_index(variable)
        step = tf.cast(self.iterations + 1, variable.dtype)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=tf.pow(tf.cast(self.beta_1, variable.dtype), step),
            beta2_power=tf.pow(tf.cast(self.beta_2, variable.dtype), step),
            lr=tf.cast(learning_rate, variable.dtype),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )

    def _update_rows(self, gradient: tf.IndexedSlices, variable: Any, learning_rate: Any) -> None:
        index = self._get_variable_index(variable)
        first, second = self._momentums[index].value, self._velocities[index].value
        rows, place = tf.unique(gradient.indices)
        before = tf.gather(variable, rows)
        summed = sum_rows(gradient.values, place, tf.size(rows))
        if self.row_l2:
            summed += self.row_l2 * before
        momentum = self.beta_1 * tf.gather(first, rows) + (1 - self.beta_1) * summed
        velocity = self.beta_2 * tf.gather(second, rows) + (1 - self.beta_2) * tf.square(summed)
        step = tf.cast(self.iterations + 1, variable.dtype)
        correction = tf.sqrt(1 - tf.pow(self.beta_2, step)) / (1 - tf.pow(self.beta_1, step))
        rate = tf.cast(learning_rate, variable.dtype) * correction
        after = before - rate * momentum / (tf.sqrt(velocity) + self.epsilon)
        # Writing rows takes a fifth of the time of subtracting from them, which locks each row.
        for target, value in ((first, momentum), (second, velocity), (variable, after)):
            target.scatter_update(tf.IndexedSlices(value, rows))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "lazy_above": self.lazy_above, "row_l2": self.row_l2}


def sum_rows(values: tf.Tensor, place: tf.Tensor, rows: Any) -> tf.Tensor:
    """Add ``values[i]`` to row ``place[i]`` of a matrix of zeros with ``rows`` rows.

    As the product with a sparse matrix of ones, whose kernel is three times as fast here as that
    of ``unsorted_segment_sum``.
    """
    count = tf.size(place, out_type=tf.int64)
    # Two int32 in one int64, low half first: tf.stack takes four times as long.
    pairs = tf.bitcast(
        tf.cast(place, tf.int64) + tf.bitwise.left_shift(tf.range(count), 32), tf.int32
    )
    return tf.raw_ops.SparseTensorDenseMatMul(
        a_indices=pairs,
        a_values=tf.ones_like(place, values.dtype),
        a_shape=tf.stack([tf.cast(rows, tf.int64), count]),
        b=values,
    )

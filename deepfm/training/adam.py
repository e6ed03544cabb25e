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
        lazy_above: int | None = 1_000_000,
        row_l2: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.lazy_above = lazy_above
        self.row_l2 = row_l2

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Update one variable and its moments."""
        if not isinstance(gradient, tf.IndexedSlices):
            super().update_step(gradient, variable, learning_rate)
        elif self.lazy_above is None or variable.shape[0] <= self.lazy_above:
            summed = tf.math.unsorted_segment_sum(
                gradient.values, gradient.indices, variable.shape[0]
            )
            super().update_step(summed + self.row_l2 * variable, variable, learning_rate)
        else:
            self._update_rows(gradient, variable, learning_rate)

    def _update_rows(self, gradient: tf.IndexedSlices, variable: Any, learning_rate: Any) -> None:
        rows, place = tf.unique(gradient.indices)
        summed = tf.math.unsorted_segment_sum(gradient.values, place, tf.size(rows))
        summed += self.row_l2 * tf.gather(variable, rows)
        index = self._get_variable_index(variable)
        step = tf.cast(self.iterations + 1, variable.dtype)
        beta_1 = tf.cast(self.beta_1, variable.dtype)
        beta_2 = tf.cast(self.beta_2, variable.dtype)
        alpha = (
            tf.cast(learning_rate, variable.dtype)
            * tf.sqrt(1 - tf.pow(beta_2, step))
            / (1 - tf.pow(beta_1, step))
        )
        first, second = self._momentums[index], self._velocities[index]
        momentum = beta_1 * tf.gather(first.value, rows) + (1 - beta_1) * summed
        velocity = beta_2 * tf.gather(second.value, rows) + (1 - beta_2) * tf.square(summed)
        self.assign(first, tf.IndexedSlices(momentum, rows))
        self.assign(second, tf.IndexedSlices(velocity, rows))
        change = alpha * momentum / (tf.sqrt(velocity) + self.epsilon)
        self.assign_sub(variable, tf.IndexedSlices(change, rows))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "lazy_above": self.lazy_above, "row_l2": self.row_l2}

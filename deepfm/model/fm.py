"""First and second order of a factorization machine."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="deepfm")
class FactorizationMachine(keras.layers.Layer):
    """Sum of the first-order weights, and sum of the inner products of all pairs of field vectors.

    ``sum_{i<j} <v_i, v_j> = 1/2 sum_k [(sum_i v_ik)^2 - sum_i v_ik^2]``
    (Rendle 2010, "Factorization Machines", lemma 3.1): O(F k) instead of O(F^2 k).

    The vectors are handed on to the deep part, so that the gradients of all three uses meet here.

    Call arguments:
        rows: float ``[n, F, k + 1]``, the first-order weight last.

    Returns:
        First-order sum ``[n]``, pair sum ``[n]``, and the vectors side by side ``[n, F k]``.
    """

    def call(self, rows: Any) -> tuple[Any, Any, Any]:
        """The three outputs for each example."""
        _, fields, width = rows.shape
        vectors = rows[..., : width - 1]
        flat = ops.reshape(vectors, (-1, fields * (width - 1)))
        square_of_sum = ops.sum(ops.square(ops.sum(vectors, axis=1)), axis=1)
        pairs = 0.5 * (square_of_sum - ops.sum(ops.square(flat), axis=1))
        return ops.sum(rows[..., width - 1], axis=1), pairs, flat

    def gradient(self, flat: Any, of_first: Any, of_pairs: Any, of_flat: Any) -> Any:
        """The gradient of a loss for the rows, from that for the three outputs.

        ``d v_i = of_flat_i + of_pairs (sum_j v_j - v_i)`` and ``d w_i = of_first``. Derived
        automatically it walks over all rows a dozen times, which without a fusing compiler takes
        as long as the matrix products of a middle-sized network. It is a method of its own, as
        TensorFlow never lets go of the graphs that a ``custom_gradient`` was traced in.

        Args:
            flat: the third output ``[n, F k]``.
            of_first, of_pairs, of_flat: shaped as the outputs.

        Returns:
            ``[n, F, k + 1]``.
        """
        _, fields, width = self.rows_shape
        of_pairs = of_pairs[:, None]
        total = ops.sum(ops.reshape(flat, (-1, fields, width - 1)), axis=1)
        of_vectors = ops.reshape(of_flat - of_pairs * flat, (-1, fields, width - 1))
        of_vectors += (of_pairs * total)[:, None, :]
        of_weights = ops.broadcast_to(of_first[:, None, None], (*ops.shape(of_vectors)[:2], 1))
        return ops.concatenate([of_vectors, of_weights], axis=2)

    def build(self, input_shape: Any) -> None:
        """There are no weights; the shape is kept for ``gradient``."""
        self.rows_shape = tuple(input_shape)
        super().build(input_shape)

    def compute_output_shape(
        self, input_shape: Any
    ) -> tuple[tuple[int | None], tuple[int | None], tuple[int | None, int]]:
        """``(n,)``, ``(n,)`` and ``(n, F k)``."""
        n, fields, width = input_shape
        return (n,), (n,), (n, fields * (width - 1))

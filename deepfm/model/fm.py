"""The second order of a factorization machine."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="deepfm")
class FMInteraction(keras.layers.Layer):
    """Sum of the inner products of all pairs of field vectors.

    ``sum_{i<j} <v_i, v_j> = 1/2 sum_k [(sum_i v_ik)^2 - sum_i v_ik^2]``
    (Rendle 2010, "Factorization Machines", lemma 3.1): O(F k) instead of O(F^2 k).

    Call arguments:
        vectors: float ``[n, F, k]``.

    Returns:
        float ``[n]``.
    """

    def call(self, vectors: Any) -> Any:
        """Sum the pairs of each example."""
        square_of_sum = ops.square(ops.sum(vectors, axis=1))
        sum_of_squares = ops.sum(ops.square(vectors), axis=1)
        return 0.5 * ops.sum(square_of_sum - sum_of_squares, axis=-1)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None]:
        """``(n,)``."""
        return (input_shape[0],)

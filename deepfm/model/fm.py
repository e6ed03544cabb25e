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
    It is written by hand, ``d v_i = from the deep part + pairs' * (sum_j v_j - v_i)``: derived
    automatically it walks over all rows a dozen times, which on a processor costs as much time as
    the matrix products of a middle-sized network.

    Call arguments:
        rows: float ``[n, F, k + 1]``, the first-order weight last.

    Returns:
        First-order sum ``[n]``, pair sum ``[n]``, and the vectors side by side ``[n, F k]``.
    """

    def call(self, rows: Any) -> tuple[Any, Any, Any]:
        """The three outputs for each example."""
        return _fm(rows)  # type: ignore[no-any-return]

    def compute_output_shape(
        self, input_shape: Any
    ) -> tuple[tuple[int | None], tuple[int | None], tuple[int | None, int]]:
        """``(n,)``, ``(n,)`` and ``(n, F k)``."""
        n, fields, width = input_shape
        return (n,), (n,), (n, fields * (width - 1))


@ops.custom_gradient
def _fm(rows: Any) -> Any:
    _, fields, width = rows.shape
    dim = width - 1
    vectors = rows[..., :dim]
    flat = ops.reshape(vectors, (-1, fields * dim))
    total = ops.sum(vectors, axis=1)
    pairs = 0.5 * (ops.sum(ops.square(total), axis=1) - ops.sum(ops.square(flat), axis=1))

    def gradient(*upstream: Any) -> Any:
        # JAX hands over one tuple, TensorFlow three arguments.
        of_first, of_pairs, of_flat = upstream[0] if len(upstream) == 1 else upstream
        of_pairs = of_pairs[:, None]
        of_vectors = of_flat - of_pairs * flat
        of_vectors = ops.reshape(of_vectors, (-1, fields, dim)) + (of_pairs * total)[:, None, :]
        of_weights = ops.broadcast_to(of_first[:, None, None], ops.shape(rows[..., dim:]))
        return ops.concatenate([of_vectors, of_weights], axis=2)

    return (ops.sum(rows[..., dim], axis=1), pairs, flat), gradient

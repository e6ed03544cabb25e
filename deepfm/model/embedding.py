"""One embedding table for all fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="deepfm")
class FusedEmbedding(keras.layers.Layer):
    """Look all fields up in one table, vector and first-order weight side by side.

    A field's rows begin at its offset, so that one gather serves all fields. A dense field lies
    between two rows, ``(1 - fraction) * table[id] + fraction * table[id + 1]``: piecewise-linear
    encoding (Gorishniy et al. 2022, arXiv 2203.05556).

    Args:
        sizes: rows of each field, sparse fields first.
        dense_fields: how many of the last fields are dense.
        dim: length k of a vector.

    Call arguments:
        inputs: ``{"ids": int [n, F], "fraction": float [n, dense_fields]}``.

    Returns:
        float ``[n, F, k + 1]``; the last column is the first-order weight.
    """

    def __init__(self, sizes: Sequence[int], dense_fields: int, dim: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sizes = tuple(int(size) for size in sizes)
        self.dense_fields = dense_fields
        self.dim = dim
        self.offsets = (0, *accumulate(self.sizes))[:-1]

    def build(self, input_shape: Any) -> None:
        """Create the table ``[sum(sizes), k + 1]``."""
        self.table = self.add_weight(
            name="table",
            shape=(sum(self.sizes), self.dim + 1),
            initializer=keras.initializers.RandomNormal(stddev=0.01, seed=0),
        )
        super().build(input_shape)

    def call(self, inputs: Mapping[str, Any]) -> Any:
        """Look up the rows of each example."""
        ids = ops.cast(inputs["ids"], "int32") + ops.convert_to_tensor(self.offsets, "int32")
        if not self.dense_fields:
            return ops.take(self.table, ids, axis=0)
        split = len(self.sizes) - self.dense_fields
        fraction = ops.expand_dims(inputs["fraction"], -1)
        # The last row of the table has no next one; its fraction is 0, so any row may stand in.
        following = ops.minimum(ids[:, split:] + 1, sum(self.sizes) - 1)
        both = ops.take(self.table, ops.concatenate([ids, following], axis=1), axis=0)
        fields = len(self.sizes)
        left, right = both[:, split:fields], both[:, fields:]
        return ops.concatenate([both[:, :split], left + fraction * (right - left)], axis=1)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, int, int]:
        """``(n, F, k + 1)``."""
        return (input_shape["ids"][0], len(self.sizes), self.dim + 1)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "sizes": list(self.sizes),
            "dense_fields": self.dense_fields,
            "dim": self.dim,
        }

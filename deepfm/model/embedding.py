"""One embedding table for all fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

_DEVIATION = 0.05


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
        seed: of the initial table.

    Call arguments:
        inputs: ``{"ids": int [n, F], "fraction": float [n, dense_fields]}``.

    Returns:
        float ``[n, F, k + 1]``; the last column is the first-order weight.
    """

    def __init__(
        self, sizes: Sequence[int], dense_fields: int, dim: int, seed: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.sizes = tuple(int(size) for size in sizes)
        self.dense_fields = dense_fields
        self.dim = dim
        self.seed = seed
        self.offsets = (0, *accumulate(self.sizes))[:-1]

    def build(self, input_shape: Any) -> None:
        """Create the table ``[sum(sizes), k + 1]``."""
        self.table = self.add_weight(
            name="table",
            shape=(sum(self.sizes), self.dim + 1),
            initializer=lambda shape, dtype: ops.convert_to_tensor(
                initial_table(self.sizes, self.dense_fields, self.dim, self.seed), dtype
            ),
        )
        super().build(input_shape)

    def call(self, inputs: Mapping[str, Any]) -> Any:
        """Look up the rows of each example."""
        looked_up = ops.take(self.table, self.positions(inputs["ids"]), axis=0)
        return self.interpolate(looked_up, inputs["fraction"])

    def positions(self, ids: Any) -> Any:
        """Table rows ``[n, F + D]`` of ids ``[n, F]``: of each field, then the next of dense ones.

        ``D`` is the number of dense fields.
        """
        own = ops.cast(ids, "int32") + ops.convert_to_tensor(self.offsets, "int32")
        split = len(self.sizes) - self.dense_fields
        # The last row of the table has no next one; its fraction is 0, so any row may stand in.
        following = ops.minimum(own[:, split:] + 1, sum(self.sizes) - 1)
        return ops.concatenate([own, following], axis=1)

    def interpolate(self, looked_up: Any, fraction: Any) -> Any:
        """Field rows ``[n, F, k + 1]`` of looked-up rows ``[n, F + D, k + 1]``.

        Args:
            looked_up: rows at ``positions``.
            fraction: ``[n, D]``.
        """
        if not self.dense_fields:
            return looked_up
        fields = len(self.sizes)
        sparse, left, right = ops.split(looked_up, [fields - self.dense_fields, fields], axis=1)
        between = left + ops.expand_dims(fraction, -1) * (right - left)
        return ops.concatenate([sparse, between], axis=1)

    def gradient(self, of_rows: Any, fraction: Any) -> Any:
        """The gradient of a loss for the looked-up rows, from that for the field rows.

        Args:
            of_rows: ``[n, F, k + 1]``.
            fraction: ``[n, D]``.

        Returns:
            ``[n, F + D, k + 1]``.
        """
        if not self.dense_fields:
            return of_rows
        split = len(self.sizes) - self.dense_fields
        of_sparse, of_between = ops.split(of_rows, [split], axis=1)
        of_right = ops.expand_dims(fraction, -1) * of_between
        return ops.concatenate([of_sparse, of_between - of_right, of_right], axis=1)

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
            "seed": self.seed,
        }


def initial_table(
    sizes: Sequence[int], dense_fields: int, dim: int, seed: int
) -> NDArray[np.float32]:
    """The table before training, ``[sum(sizes), dim + 1]``.

    Vectors are N(0, 0.05), first-order weights 0. The knots of a number start on the straight line
    between two such vectors: neighbours begin alike, and what tells them apart is learned.
    """
    random = np.random.default_rng(seed)
    fields = []
    for place, size in enumerate(sizes):
        rows = random.normal(0.0, _DEVIATION, (size, dim))
        if place >= len(sizes) - dense_fields and size > 2:
            share = np.linspace(0.0, 1.0, size - 1)[:, None]
            rows[1:] = (1 - share) * rows[1] + share * rows[-1]
        fields.append(rows)
    table = np.concatenate(fields)
    return np.hstack([table, np.zeros((len(table), 1))]).astype(np.float32)

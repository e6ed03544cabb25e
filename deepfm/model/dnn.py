"""The deep part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
from keras import ops

# Keras's 0.99 needs hundreds of steps to forget its start; until then inference is another model
# than training, and the AUC of early evaluations is wrong. PyTorch's default is this one.
_BATCH_NORM_MOMENTUM = 0.9


@keras.saving.register_keras_serializable(package="deepfm")
class DNN(keras.layers.Layer):
    """Blocks of Dense, BatchNorm, ReLU, Dropout, then one output without activation.

    Args:
        units: widths of the hidden layers; none makes the part linear.
        dropout: share of hidden units left out while training.
        batch_norm: normalise before each activation.
        seed: of the dense kernels and the dropout.

    Call arguments:
        inputs: float ``[n, features]``.

    Returns:
        float ``[n]``.
    """

    def __init__(
        self,
        units: Sequence[int],
        dropout: float = 0.0,
        batch_norm: bool = True,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = tuple(int(width) for width in units)
        self.dropout = dropout
        self.batch_norm = batch_norm
        self.seed = seed
        self.denses = [
            keras.layers.Dense(
                width,
                use_bias=not batch_norm,
                kernel_initializer=keras.initializers.GlorotNormal(seed=seed + place),
            )
            for place, width in enumerate(self.units)
        ]
        self.norms = [
            keras.layers.BatchNormalization(momentum=_BATCH_NORM_MOMENTUM)
            for _ in self.units
            if batch_norm
        ]
        self.dropouts = [
            keras.layers.Dropout(dropout, seed=seed + place) for place in range(len(self.units))
        ]
        # The model has a bias of its own.
        self.output_layer = keras.layers.Dense(
            1,
            use_bias=False,
            kernel_initializer=keras.initializers.GlorotNormal(seed=seed + len(self.units)),
        )

    def build(self, input_shape: Any) -> None:
        """Build the blocks one after the other."""
        shape = tuple(input_shape)
        for place, dense in enumerate(self.denses):
            dense.build(shape)
            shape = (shape[0], self.units[place])
            if self.batch_norm:
                self.norms[place].build(shape)
            self.dropouts[place].build(shape)
        self.output_layer.build(shape)
        super().build(input_shape)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Run the blocks."""
        hidden = inputs
        for place, dense in enumerate(self.denses):
            hidden = dense(hidden)
            if self.batch_norm:
                hidden = self.norms[place](hidden, training=training)
            hidden = self.dropouts[place](ops.relu(hidden), training=training)
        return ops.squeeze(self.output_layer(hidden), axis=-1)

    @contextmanager
    def in_bfloat16(self, wanted: bool = True) -> Iterator[None]:
        """Compute the hidden layers in bfloat16 while something is traced, if that is ``wanted``.

        The weights stay float32, and so does the last layer, as Micikevicius et al. 2018 (arXiv
        1710.03740) advise. bfloat16 has the range of float32, so that no loss has to be scaled.
        """
        hidden = [*self.denses, *self.norms, *self.dropouts] if wanted else []
        before = [layer.dtype_policy for layer in hidden]
        for layer in hidden:
            layer.dtype_policy = keras.DTypePolicy("mixed_bfloat16")
        try:
            yield
        finally:
            for layer, old in zip(hidden, before, strict=True):
                layer.dtype_policy = old

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None]:
        """``(n,)``."""
        return (input_shape[0],)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "units": list(self.units),
            "dropout": self.dropout,
            "batch_norm": self.batch_norm,
            "seed": self.seed,
        }

"""DeepFM."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras

from deepfm.model.dnn import DNN
from deepfm.model.embedding import FusedEmbedding
from deepfm.model.fm import FactorizationMachine
from deepfm.model.settings import Fusion, ModelSettings


@keras.saving.register_keras_serializable(package="deepfm")
class DeepFM(keras.Model):
    """``logit = bias + first order + FM + DNN`` (Guo et al. 2017, arXiv 1703.04247).

    All three parts read the same field rows. The source article of this project writes a sigmoid
    inside y_DNN already; here, as in the paper, the parts are added as logits and the sigmoid
    comes once, last.

    With ``fusion="concat"`` the three outputs are concatenated into a last layer, that is, each
    has a learned weight. The parts stay additive, so contributions stay exact.

    Args:
        sizes: rows of each field, sparse fields first (``FieldSet.sizes``).
        dense_fields: how many of the last fields are dense.
        dim, units, dropout, batch_norm, fusion: see ``ModelSettings``.
        seed: of the initial weights and the dropout.

    Call arguments:
        inputs: ``{"ids": int [n, F], "fraction": float [n, dense_fields]}``.

    Returns:
        The logit, float ``[n]``.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        dense_fields: int,
        dim: int = 8,
        units: Sequence[int] = (64, 32),
        dropout: float = 0.2,
        batch_norm: bool = False,
        fusion: Fusion = "sum",
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.settings = ModelSettings(dim, tuple(units), dropout, batch_norm, fusion)
        self.seed = seed
        self.embedding = FusedEmbedding(sizes, dense_fields, dim, seed, name="embedding")
        self.fm = FactorizationMachine(name="fm")
        self.deep = DNN(units, dropout, batch_norm, seed, name="dnn")

    def build(self, input_shape: Any) -> None:
        """Create all weights; shapes depend on the arguments only."""
        fields = len(self.embedding.sizes)
        self.embedding.build(input_shape)
        self.fm.build((None, fields, self.settings.dim + 1))
        self.deep.build((None, fields * self.settings.dim))
        self.bias = self.add_weight(name="bias", shape=(), initializer="zeros")
        if self.settings.fusion == "concat":
            self.fusion_weights = self.add_weight(name="fusion", shape=(3,), initializer="ones")
        super().build(input_shape)

    def call(self, inputs: Mapping[str, Any], training: bool = False) -> Any:
        """The logit of each example."""
        first, pairs, vectors = self.fm(self.embedding(inputs))
        return self.join(first, pairs, vectors, training=training)

    def join(self, first: Any, pairs: Any, vectors: Any, training: bool = False) -> Any:
        """The logit ``[n]`` of what ``FactorizationMachine`` returns."""
        deep = self.deep(vectors, training=training)
        if self.settings.fusion == "sum":
            return self.bias + first + pairs + deep
        weights = self.fusion_weights
        return self.bias + weights[0] * first + weights[1] * pairs + weights[2] * deep

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None]:
        """``(n,)``."""
        return (input_shape["ids"][0],)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "sizes": list(self.embedding.sizes),
            "dense_fields": self.embedding.dense_fields,
            **self.settings.to_json(),
            "seed": self.seed,
        }


def build_deepfm(
    sizes: Sequence[int], dense_fields: int, settings: ModelSettings, seed: int = 0
) -> DeepFM:
    """A DeepFM with its weights created."""
    model = DeepFM(sizes, dense_fields, **settings.to_json(), seed=seed)
    model.build({"ids": (None, len(sizes)), "fraction": (None, dense_fields)})
    return model

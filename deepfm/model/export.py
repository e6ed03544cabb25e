"""From the Keras model to plain arrays."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from deepfm.model.deepfm import DeepFM
from deepfm.model.dnn import DNN
from deepfm.model.scoring import Floats, ScoringModel


def to_scoring(model: DeepFM) -> ScoringModel:
    """The same function as ``model`` at inference, in float64 arrays."""
    layers = [_fold(model.deep, place) for place in range(len(model.deep.units))]
    output = _array(model.deep.output_layer.kernel)
    layers.append((output, np.zeros(1)))
    return ScoringModel(
        sizes=model.embedding.sizes,
        dense_fields=model.embedding.dense_fields,
        table=_array(model.embedding.table),
        kernels=tuple(kernel for kernel, _ in layers),
        biases=tuple(bias for _, bias in layers),
        fusion=_array(model.fusion_weights) if model.settings.fusion == "concat" else np.ones(3),
        bias=float(_array(model.bias)),
    )


def _fold(deep: DNN, place: int) -> tuple[Floats, Floats]:
    """Kernel and bias of a hidden layer with its BatchNorm folded in.

    ``gamma (x W - mean) / sqrt(var + eps) + beta`` is affine in x.
    """
    kernel = _array(deep.denses[place].kernel)
    if not deep.batch_norm:
        return kernel, _array(deep.denses[place].bias)
    norm = deep.norms[place]
    scale = _array(norm.gamma) / np.sqrt(_array(norm.moving_variance) + norm.epsilon)
    return kernel * scale, _array(norm.beta) - _array(norm.moving_mean) * scale


def _array(variable: Any) -> Floats:
    return np.asarray(keras.ops.convert_to_numpy(variable), dtype=np.float64)

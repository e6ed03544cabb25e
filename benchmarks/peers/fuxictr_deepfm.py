"""FuxiCTR's DeepFM, trained by FuxiCTR.

Its package has the blocks and the training but no models, which are scripts in its repository;
``_DeepFM`` puts the blocks together as its script does. Its data loaders read files, row by row;
here whole batches are cut from memory, which is faster.
"""

from __future__ import annotations

import tempfile
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import torch
from fuxictr.features import FeatureMap
from fuxictr.pytorch.layers import FactorizationMachine, FeatureEmbedding, MLP_Block
from fuxictr.pytorch.models import BaseModel
from numpy.typing import NDArray

from benchmarks.peers.inputs import Inputs
from benchmarks.recipe import Recipe

_LABEL = "label"
_MOST_GRADIENT = 10.0
_PREDICTION_BATCH = 8192


class _DeepFM(BaseModel):  # type: ignore[misc]
    """FuxiCTR's blocks and loop; the learning rate falls by a factor that can be chosen."""

    def __init__(
        self, features: FeatureMap, recipe: Recipe, step_l2: float, folder: str, eval_steps: int
    ) -> None:
        super().__init__(
            features,
            monitor="AUC",
            metrics=["AUC"],
            early_stop_patience=recipe.patience,
            eval_steps=eval_steps,
            embedding_regularizer=step_l2 or None,
            model_root=folder,
            verbose=0,
        )
        self._lr_factor = recipe.lr_factor
        # FuxiCTR sets it in fit only; train_step needs it.
        self._max_gradient_norm = _MOST_GRADIENT
        self.embedding_layer = FeatureEmbedding(features, recipe.dim)
        self.fm = FactorizationMachine(features)
        self.mlp = MLP_Block(
            input_dim=features.sum_emb_out_dim(),
            output_dim=1,
            hidden_units=list(recipe.units),
            dropout_rates=recipe.dropout,
            batch_norm=recipe.batch_norm,
        )
        self.compile("adam", "binary_crossentropy", recipe.learning_rate)
        self.reset_parameters()

    def forward(self, inputs: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        columns = self.get_inputs(inputs)
        vectors = self.embedding_layer(columns)
        logit = self.fm(columns, vectors) + self.mlp(vectors.flatten(start_dim=1))
        return {"y_pred": self.output_activation(logit)}

    def lr_decay(self, factor: float = 0.1, min_lr: float = 1e-6) -> float:
        """Called by FuxiCTR's loop, which always names no factor."""
        return float(super().lr_decay(self._lr_factor, min_lr))


class Batches:
    """Shuffled batches of a part, in the form that FuxiCTR's loop reads."""

    def __init__(self, inputs: Inputs, batch_size: int, shuffle: bool) -> None:
        self._ids = torch.from_numpy(np.ascontiguousarray(inputs.ids))
        self._numbers = torch.from_numpy(np.ascontiguousarray(inputs.numbers))
        self._label = torch.from_numpy(inputs.label)
        self._batch_size = batch_size
        self._shuffle = shuffle

    def __len__(self) -> int:
        return ceil(len(self._label) / self._batch_size)

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        rows = len(self._label)
        order = torch.randperm(rows) if self._shuffle else torch.arange(rows)
        for index in order.split(self._batch_size):
            ids, numbers = self._ids[index], self._numbers[index]
            batch = {f"id_{place}": ids[:, place] for place in range(ids.shape[1])}
            batch |= {f"number_{place}": numbers[:, place] for place in range(numbers.shape[1])}
            yield {**batch, _LABEL: self._label[index]}


def build(
    sizes: Sequence[int],
    numbers: int,
    recipe: Recipe,
    step_l2: float = 0.0,
    *,
    seed: int = 0,
    folder: str = "",
    eval_steps: int = 1,
) -> _DeepFM:
    """A compiled model.

    Args:
        sizes: values of each id.
        numbers: how many numbers there are beside the ids.
        recipe: size, dropout and schedule.
        step_l2: ``step_l2 / 2 * sum(table^2)`` is added to the mean loss.
        seed: of weights, order and dropout.
        folder: where FuxiCTR's own ``fit`` keeps the best weights.
        eval_steps: steps between two evaluations of FuxiCTR's own ``fit``.
    """
    torch.manual_seed(seed)
    features = FeatureMap("benchmark", folder)
    ids = {
        f"id_{place}": {"type": "categorical", "source": "", "vocab_size": size}
        for place, size in enumerate(sizes)
    }
    dense = {f"number_{place}": {"type": "numeric", "source": ""} for place in range(numbers)}
    features.features = OrderedDict({**ids, **dense})
    features.labels = [_LABEL]
    features.default_emb_dim = recipe.dim
    features.num_fields = features.get_num_fields()
    return _DeepFM(features, recipe, step_l2, folder, eval_steps)


def train_epoch(model: _DeepFM, batches: Batches) -> None:
    """One pass with FuxiCTR's own step, without its evaluations."""
    model.train()
    for batch in batches:
        model.train_step(batch)


def fit(
    train: Inputs,
    valid: Inputs,
    others: Sequence[Inputs],
    sizes: Sequence[int],
    recipe: Recipe,
    seed: int,
) -> list[NDArray[np.float64]]:
    """Train with FuxiCTR's own ``fit`` and its best weights.

    Returns:
        Probabilities ``[n]`` for each of ``others``.
    """
    batches = Batches(train, recipe.batch_size, shuffle=True)
    with tempfile.TemporaryDirectory() as folder:
        model = build(
            sizes,
            train.numbers.shape[1],
            recipe,
            recipe.step_l2(len(train)),
            seed=seed,
            folder=folder,
            eval_steps=ceil(len(batches) / recipe.evaluations_per_epoch),
        )
        Path(model.model_dir).mkdir()
        model.fit(
            batches,
            epochs=recipe.epochs,
            validation_data=Batches(valid, _PREDICTION_BATCH, shuffle=False),
            max_gradient_norm=_MOST_GRADIENT,
        )
    return [predict(model, part) for part in others]


def predict(model: _DeepFM, inputs: Inputs) -> NDArray[np.float64]:
    """Probabilities ``[n]``."""
    scores: Any = model.predict(Batches(inputs, _PREDICTION_BATCH, shuffle=False))
    return np.asarray(scores)

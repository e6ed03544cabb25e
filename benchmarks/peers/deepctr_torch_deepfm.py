"""DeepCTR-Torch's DeepFM, under a loop of our own.

Its own ``fit`` leaves training mode at the first evaluation and never returns: from then on
dropout is off and BatchNorm frozen. It also evaluates once an epoch only, and cannot lower the
learning rate. The loop here takes the same steps and does what ``fit`` means to do; it is also
faster, as whole batches are cut from memory.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from itertools import pairwise
from math import ceil
from typing import Any

import numpy as np
import torch
from deepctr_torch.inputs import DenseFeat, SparseFeat
from deepctr_torch.models import DeepFM
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from benchmarks.peers.inputs import Inputs
from benchmarks.recipe import Recipe

_PREDICTION_BATCH = 8192
_LEAST_IMPROVEMENT = 1e-6
_LEAST_LEARNING_RATE = 1e-6


def build(
    sizes: Sequence[int], numbers: int, recipe: Recipe, step_l2: float = 0.0, *, seed: int = 0
) -> DeepFM:
    """A compiled model.

    Args:
        sizes: values of each id.
        numbers: how many numbers there are beside the ids.
        recipe: size, dropout and schedule.
        step_l2: ``step_l2 / 2 * sum(table^2)`` is added to the mean loss.
        seed: of weights and dropout.
    """
    columns = [SparseFeat(f"id_{i}", size, recipe.dim) for i, size in enumerate(sizes)]
    columns += [DenseFeat(f"number_{i}") for i in range(numbers)]
    # The library adds up the losses of a batch instead of taking their mean.
    l2 = step_l2 / 2 * recipe.batch_size
    model = DeepFM(
        columns,
        columns,
        dnn_hidden_units=recipe.units,
        l2_reg_linear=l2,
        l2_reg_embedding=l2,
        dnn_dropout=recipe.dropout,
        dnn_use_bn=recipe.batch_norm,
        seed=seed,
    )
    model.compile(
        torch.optim.Adam(model.parameters(), lr=recipe.learning_rate), "binary_crossentropy"
    )
    return model


def matrix(inputs: Inputs) -> torch.Tensor:
    """Ids and numbers side by side ``[n, S + D]``, as the library wants them.

    Raises:
        ValueError: when an id is too large to be exact in float32.
    """
    if inputs.ids.max(initial=0) >= 2**24:
        raise ValueError(f"id {inputs.ids.max()} is not exact in float32")
    return torch.from_numpy(np.hstack([inputs.ids.astype(np.float32), inputs.numbers]))


def train_epoch(
    model: DeepFM, x: torch.Tensor, label: torch.Tensor, order: torch.Tensor, batch_size: int
) -> None:
    """The library's own steps over the examples at ``order``, in that order."""
    model.train()
    for index in order.split(batch_size):
        predicted = model(x[index]).squeeze(-1)
        model.optim.zero_grad()
        loss = model.loss_func(predicted, label[index], reduction="sum")
        (loss + model.get_regularization_loss()).sum().backward()
        model.optim.step()


def fit(
    train: Inputs,
    valid: Inputs,
    others: Sequence[Inputs],
    sizes: Sequence[int],
    recipe: Recipe,
    seed: int,
) -> list[NDArray[np.float64]]:
    """Train by the schedule of ``recipe`` and go back to the best weights.

    Returns:
        Probabilities ``[n]`` for each of ``others``.
    """
    model = build(sizes, train.numbers.shape[1], recipe, recipe.step_l2(len(train)), seed=seed)
    _run(model, train, valid, recipe)
    return [predict(model, part) for part in others]


def predict(model: DeepFM, inputs: Inputs) -> NDArray[np.float64]:
    """Probabilities ``[n]``."""
    model.eval()
    with torch.no_grad():
        pieces = [model(piece).squeeze(-1) for piece in matrix(inputs).split(_PREDICTION_BATCH)]
    return np.asarray(torch.cat(pieces).numpy(), np.float64)


def _run(model: DeepFM, train: Inputs, valid: Inputs, recipe: Recipe) -> None:
    x, label = matrix(train), torch.from_numpy(train.label)
    steps = ceil(len(train) / recipe.batch_size)
    borders = np.linspace(0, steps, recipe.evaluations_per_epoch + 1, dtype=int)
    best, best_weights, waited = -1.0, copy.deepcopy(model.state_dict()), 0
    for _ in range(recipe.epochs):
        order = torch.randperm(len(train))
        for first, last in pairwise(borders * recipe.batch_size):
            train_epoch(model, x, label, order[first:last], recipe.batch_size)
            auc = roc_auc_score(valid.label, predict(model, valid))
            if auc >= best + _LEAST_IMPROVEMENT:
                best, best_weights, waited = auc, copy.deepcopy(model.state_dict()), 0
                continue
            waited += 1
            if waited >= recipe.patience:
                model.load_state_dict(best_weights)
                return
            _lower_rate(model.optim, recipe.lr_factor)
    model.load_state_dict(best_weights)


def _lower_rate(optimizer: Any, factor: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = max(group["lr"] * factor, _LEAST_LEARNING_RATE)

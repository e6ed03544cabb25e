"""A DeepFM in plain torch, as one writes it down from the paper."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from benchmarks.recipe import Recipe


class PlainDeepFM(nn.Module):
    """A table of vectors and one of first-order weights for each field."""

    def __init__(self, sizes: Sequence[int], recipe: Recipe) -> None:
        super().__init__()
        self.vectors = nn.ModuleList(nn.Embedding(size, recipe.dim) for size in sizes)
        self.weights = nn.ModuleList(nn.Embedding(size, 1) for size in sizes)
        widths = (len(sizes) * recipe.dim, *recipe.units)
        hidden = [
            layer
            for inputs, outputs in pairwise(widths)
            for layer in (nn.Linear(inputs, outputs), nn.ReLU(), nn.Dropout(recipe.dropout))
        ]
        self.deep = nn.Sequential(*hidden, nn.Linear(widths[-1], 1))

    def forward(self, ids: torch.Tensor) -> Any:
        """The logit ``[n]`` of ids ``[n, F]``."""
        vectors = torch.stack([table(ids[:, i]) for i, table in enumerate(self.vectors)], dim=1)
        first = torch.stack([table(ids[:, i]) for i, table in enumerate(self.weights)], dim=1)
        pairs = 0.5 * (vectors.sum(1).square() - vectors.square().sum(1)).sum(1)
        return first.sum((1, 2)) + pairs + self.deep(vectors.flatten(1)).squeeze(1)


def build(
    sizes: Sequence[int], recipe: Recipe, ids: NDArray[np.int64], label: NDArray[np.float32]
) -> tuple[PlainDeepFM, torch.Tensor, torch.Tensor]:
    """The model and its data, on the GPU where there is one."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = PlainDeepFM(sizes, recipe).to(device)
    model.optimizer = torch.optim.Adam(model.parameters(), lr=recipe.learning_rate)  # type: ignore[assignment]
    return model, torch.from_numpy(ids).to(device), torch.from_numpy(label).to(device)


def train_epoch(model: Any, ids: torch.Tensor, label: torch.Tensor, batch_size: int) -> None:
    """One pass in random order."""
    loss_of = nn.BCEWithLogitsLoss()
    loss = torch.zeros(())
    for index in torch.randperm(len(ids), device=ids.device).split(batch_size):
        model.optimizer.zero_grad()
        loss = loss_of(model(ids[index]), label[index])
        loss.backward()
        model.optimizer.step()
    # Waits for the device.
    loss.item()

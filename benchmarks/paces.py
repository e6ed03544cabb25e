"""How fast one library trains a DeepFM of ids: a function each, for ``benchmarks/training.py``.

Each takes a ``Task`` and gives a function that trains for a number of steps.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.recipe import Recipe

FIELDS = 26
_POSITIVE = 0.2
_EXPONENT = 1.1

Train = Callable[[int], None]


@dataclass(frozen=True)
class Task:
    """Random examples; only their shape matters for the speed.

    Attributes:
        sizes: values of each of the fields; field by field they grow from few to a sixth of all.
        ids: int64 ``[n, FIELDS]``; the value of rank r is drawn with probability ~ r^-1.1, as
            items and users of a log are, and ranks are scattered over the table.
        label: float32 ``[n]``.
        recipe: size of the model and of the batch.
    """

    sizes: tuple[int, ...]
    ids: NDArray[np.int64]
    label: NDArray[np.float32]
    recipe: Recipe

    def steps(self, count: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The examples of ``count`` batches."""
        examples = count * self.recipe.batch_size
        return self.ids[:examples], self.label[:examples]


def make_task(ids: int, recipe: Recipe, steps: int) -> Task:
    """Examples for at most ``steps`` steps with about ``ids`` ids in all."""
    random = np.random.default_rng(0)
    shares = np.geomspace(1, 4000, FIELDS)
    sizes = np.maximum(4, shares / shares.sum() * ids).astype(int)
    examples = steps * recipe.batch_size
    columns = [random.permutation(size)[_ranks(random, size, examples)] for size in sizes]
    label = (random.random(examples) < _POSITIVE).astype(np.float32)
    return Task(tuple(int(size) for size in sizes), np.stack(columns, axis=1), label, recipe)


def _ranks(random: np.random.Generator, size: int, count: int) -> NDArray[np.int64]:
    chance = np.cumsum(np.arange(1, size + 1, dtype=float) ** -_EXPONENT)
    return np.searchsorted(chance, random.random(count) * chance[-1])


def ours(task: Task) -> Train:
    """Our steps, as our ``fit`` calls them, on the backend that ``KERAS_BACKEND`` names."""
    from deepfm.fields.encoded import Encoded
    from deepfm.model.deepfm import build_deepfm
    from deepfm.training.steps import make_steps

    settings = task.recipe.settings(len(task.ids), seed=0)
    encoded = Encoded(task.ids.astype(np.int32), np.zeros((len(task.ids), 0), np.float32))
    model = build_deepfm(task.sizes, 0, settings.model)
    steps = make_steps(model, len(encoded), settings)
    steps.load(encoded, task.label)
    order = np.random.default_rng(1).permutation(len(task.ids)).astype(np.int32)

    def train(count: int) -> None:
        steps.run(order[: count * task.recipe.batch_size])

    return train


def plain_torch(task: Task) -> Train:
    """A DeepFM as a torch user writes it: a table a field, Adam, data on the device."""
    from benchmarks.peers.plain_torch_deepfm import build, train_epoch

    model, x, label = build(task.sizes, task.recipe, task.ids, task.label)
    size = task.recipe.batch_size
    return lambda count: train_epoch(model, x[: count * size], label[: count * size], size)


def deepctr_torch(task: Task) -> Train:
    """DeepCTR-Torch's own ``fit``."""
    from benchmarks.peers.deepctr_torch_deepfm import build

    model = build(task.sizes, 0, task.recipe)

    def train(count: int) -> None:
        ids, label = task.steps(count)
        columns = {f"id_{place}": ids[:, place] for place in range(FIELDS)}
        # It prints even when it is told to be silent.
        with contextlib.redirect_stdout(io.StringIO()):
            model.fit(columns, label, batch_size=task.recipe.batch_size, verbose=0)

    return train


def deepctr_torch_steps(task: Task) -> Train:
    """DeepCTR-Torch's steps on batches cut from memory."""
    import torch

    from benchmarks.peers.deepctr_torch_deepfm import build, train_epoch

    model = build(task.sizes, 0, task.recipe)
    x, label = torch.from_numpy(task.ids.astype(np.float32)), torch.from_numpy(task.label)
    order = torch.randperm(len(task.ids))
    size = task.recipe.batch_size
    return lambda count: train_epoch(model, x, label, order[: count * size], size)


def fuxictr(task: Task) -> Train:
    """FuxiCTR's step on FuxiCTR's own batches."""
    from fuxictr.pytorch.dataloaders.npz_dataloader import NpzDataLoader

    from benchmarks.peers.fuxictr_deepfm import build, train_epoch

    model = build(task.sizes, 0, task.recipe)
    # Goes away with the function that holds it.
    folder = tempfile.TemporaryDirectory()

    def train(count: int) -> None:
        ids, label = task.steps(count)
        columns = {f"id_{place}": ids[:, place] for place in range(FIELDS)}
        path = Path(folder.name) / f"{count}.npz"
        if not path.exists():
            np.savez(path, label=label, **columns)
        size = task.recipe.batch_size
        # A process of its own for the loading, its default, would be slower on two cores.
        train_epoch(
            model, NpzDataLoader(model.feature_map, str(path), size, shuffle=True, num_workers=0)
        )

    return train


def fuxictr_steps(task: Task) -> Train:
    """FuxiCTR's steps on batches cut from memory."""
    from benchmarks.peers.fuxictr_deepfm import Batches, build, train_epoch
    from benchmarks.peers.inputs import Inputs

    model = build(task.sizes, 0, task.recipe)

    def train(count: int) -> None:
        ids, label = task.steps(count)
        inputs = Inputs(ids, np.zeros((len(ids), 0), np.float32), label)
        train_epoch(model, Batches(inputs, task.recipe.batch_size, shuffle=True))

    return train


def matrix_products(task: Task) -> Train:
    """The products that a step of the network cannot do without, and nothing else.

    For each layer one forward, one for the gradient of its inputs and one for that of its kernel.
    """
    import tensorflow as tf

    recipe = task.recipe
    widths = (FIELDS * recipe.dim, *recipe.units, 1)
    layers = [
        (
            tf.random.normal((recipe.batch_size, inputs)),
            tf.random.normal((inputs, outputs)),
            tf.random.normal((recipe.batch_size, outputs)),
        )
        for inputs, outputs in pairwise(widths)
    ]
    # Variables, so that no product is computed once and for all.
    variables = [tuple(tf.Variable(matrix) for matrix in layer) for layer in layers]

    @tf.function
    def run(count: tf.Tensor) -> tf.Tensor:
        total = tf.constant(0.0)
        for _ in tf.range(count):
            for inputs, kernel, gradient in variables:
                total += tf.matmul(inputs, kernel)[0, 0]
                total += tf.matmul(gradient, kernel, transpose_b=True)[0, 0]
                total += tf.matmul(inputs, gradient, transpose_a=True)[0, 0]
        return total

    def train(count: int) -> None:
        # The number is fetched, so that the work is done when this returns.
        float(run(tf.constant(count)))

    return train

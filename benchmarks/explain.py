"""Explain people field by field, beside captum's integrated gradients: ``--help``.

Both split the whole logit of the same trained DeepFM over the fields, against the same typical
person. captum works on a copy of the network for torch, in float32 and with a number of nodes; its
residual is what that number of nodes leaves unexplained. Shapley values, which no library offers
for field vectors, stand beside both for as many fields as they are used for.

Needs what ``requirements-bench.txt`` lists.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from captum.attr import IntegratedGradients

sys.path.insert(0, str(Path(__file__).parents[1]))

from deepfm.explanation.contributions import explain, typical_rows
from deepfm.fields.encoded import Encoded
from deepfm.model.deepfm import build_deepfm
from deepfm.model.export import to_scoring
from deepfm.model.scoring import Floats, ScoringModel
from deepfm.model.settings import ModelSettings
from deepfm.training.fit import fit
from deepfm.training.settings import TrainingSettings

IDS = 50
DENSE_FIELDS = 5
EXAMPLES = 20_000
UNITS = ((64, 32), (128, 64), (400, 400, 400))


class Explained(NamedTuple):
    """Contributions ``[n, F]`` and the largest residual on the logit."""

    total: Floats
    residual: float


class Logit(torch.nn.Module):
    """``ScoringModel.logit_of_rows`` in torch."""

    def __init__(self, model: ScoringModel) -> None:
        super().__init__()
        self.bias = model.bias
        self.fusion = torch.tensor(model.fusion, dtype=torch.float32)
        layers: list[torch.nn.Module] = []
        for kernel, bias in zip(model.kernels, model.biases, strict=True):
            layer = torch.nn.Linear(*kernel.shape)
            with torch.no_grad():
                layer.weight.copy_(torch.tensor(kernel.T))
                layer.bias.copy_(torch.tensor(bias))
            layers += [layer, torch.nn.ReLU()]
        self.deep = torch.nn.Sequential(*layers[:-1])

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """The logit ``[n]`` of field rows ``[n, F, k + 1]``."""
        vectors = rows[..., :-1]
        pairs = 0.5 * (vectors.sum(1).square().sum(1) - vectors.square().sum((1, 2)))
        parts = [rows[..., -1].sum(1), pairs, self.deep(vectors.flatten(1))[:, 0]]
        return torch.stack(parts, 1) @ self.fusion + self.bias


def trained(fields: int, dim: int, units: tuple[int, ...]) -> tuple[ScoringModel, Encoded]:
    """A model that has learned from labels with effects and pairs, and its examples."""
    rng = np.random.default_rng(0)
    ids = rng.integers(0, IDS - 1, (EXAMPLES, fields)).astype(np.int32)
    fraction = rng.random((EXAMPLES, DENSE_FIELDS)).astype(np.float32)
    effects = rng.normal(size=(fields, IDS)) / np.sqrt(fields)
    terms = effects[np.arange(fields), ids]
    logit = terms.sum(axis=1) + fields * (terms[:, 0] * terms[:, 1] - terms[:, 2] * terms[:, 3])
    label = (rng.random(EXAMPLES) < 1 / (1 + np.exp(1 - 2 * logit))).astype(np.int8)
    encoded = Encoded(ids, fraction)
    settings = TrainingSettings(model=ModelSettings(dim=dim, units=units), epochs=5)
    model = build_deepfm([IDS] * fields, DENSE_FIELDS, settings.model)
    train, valid = slice(0, -2_000), slice(-2_000, None)
    fit(model, encoded.take(train), label[train], encoded.take(valid), label[valid], settings)
    return to_scoring(model), encoded


def with_deepfm(model: ScoringModel, people: Encoded, base: Floats) -> Explained:
    """Exact, in the way that suits the model."""
    found = explain(model, people, base)
    return Explained(found.total, float(np.abs(found.residual).max()))


def with_captum(nodes: int) -> Callable[[ScoringModel, Encoded, Floats], Explained]:
    """Integrated gradients with so many nodes for each person."""

    def work(model: ScoringModel, people: Encoded, base: Floats) -> Explained:
        rows = torch.tensor(model.rows(people), dtype=torch.float32)
        start = torch.tensor(base, dtype=torch.float32)[None]
        method = IntegratedGradients(Logit(model))
        found, residual = method.attribute(
            rows, start, n_steps=nodes, internal_batch_size=8192, return_convergence_delta=True
        )
        return Explained(found.sum(2).double().numpy(), float(residual.abs().max()))

    return work


def compare(fields: int, dim: int, units: tuple[int, ...], people: int, nodes: list[int]) -> None:
    """Print a line for each way; the difference is the root mean square, relative to ours."""
    model, examples = trained(fields, dim, units)
    base = typical_rows(model, examples)
    some = examples.take(slice(0, people))
    method = explain(model, some.take(slice(0, 1)), base).deep_method
    ways = {f"deepfm ({method})": with_deepfm}
    ways |= {f"captum ({n} nodes)": with_captum(n) for n in nodes}
    ours: Floats | None = None
    for name, work in ways.items():
        started = time.perf_counter()
        total, residual = work(model, some, base)
        seconds = time.perf_counter() - started
        ours = total if ours is None else ours
        apart = np.sqrt(((total - ours) ** 2).mean() / (ours**2).mean())
        print(
            f"{fields:6} {dim:4} {units!s:>16}  {name:18} {seconds:8.2f} "
            f"{residual:10.1e} {apart:10.1e}",
            flush=True,
        )


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000)
    parser.add_argument("--fields", type=int, nargs="+", default=[30, 12])
    parser.add_argument("--dim", type=int, nargs="+", default=[8, 16])
    parser.add_argument("--nodes", type=int, nargs="+", default=[50, 500], help="of captum")
    options = parser.parse_args()
    print(f"{options.people:,} people, {torch.get_num_threads()} threads")
    print("fields  dim            units  way                 seconds   residual difference")
    for fields in options.fields:
        for units in UNITS:
            for dim in options.dim:
                compare(fields, dim, units, options.people, options.nodes)


if __name__ == "__main__":
    main()

"""What half precision changes: ``python benchmarks/precision.py [--units 1024 512 256]``.

The same trainings with hidden layers in float32 and in bfloat16, in turn, on rows whose truth is
known. Printed are the examples per second and the AUC on rows that took no part in the training.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

sys.path.insert(0, str(Path(__file__).parents[1]))

from deepfm.fields.encoded import Encoded
from deepfm.model.deepfm import build_deepfm
from deepfm.model.settings import ModelSettings
from deepfm.training.device import find_device, share_gpu
from deepfm.training.fit import fit
from deepfm.training.progress import Evaluation
from deepfm.training.settings import TrainingSettings

FIELDS, IDS = 20, 500
PARTS = {"train": 400_000, "valid": 100_000, "test": 200_000}


def main() -> None:
    """Print each training, and the differences in the mean."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--units", type=int, nargs="*", default=[64, 32])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=2)
    options = parser.parse_args()
    share_gpu()
    print(f"{find_device().name}, hidden layers {options.units}")
    model = ModelSettings(dim=8, units=tuple(options.units), dropout=0.1)
    settings = TrainingSettings(model, batch_size=4096, epochs=options.epochs)
    parts = make_parts()
    print(f"{'seed':>4} {'precision':<10} {'AUC':>8} {'examples/s':>11}")
    differences, ratios = [], []
    for seed in range(options.seeds):
        found = []
        for mixed in (False, True):
            found.append(measured(parts, replace(settings, seed=seed, mixed_precision=mixed)))
            name = "bfloat16" if mixed else "float32"
            print(f"{seed:>4} {name:<10} {found[-1][0]:8.5f} {found[-1][1]:11,.0f}", flush=True)
        differences.append(found[1][0] - found[0][0])
        ratios.append(found[1][1] / found[0][1])
    error = statistics.stdev(differences) / len(differences) ** 0.5
    print(f"AUC: {statistics.mean(differences):+.5f}, standard error {error:.5f}")
    print(f"examples per second: {statistics.median(ratios):.2f} times")


def make_parts() -> dict[str, tuple[Encoded, np.ndarray]]:
    """Rows whose label comes from a weight for each id and from five pairs of fields."""
    random = np.random.default_rng(0)
    weights = random.normal(0, 0.3, (FIELDS, IDS + 2))
    vectors = random.normal(0, 0.5, (FIELDS, IDS + 2, 4))
    parts = {}
    for name, rows in PARTS.items():
        ids = (random.zipf(1.3, (rows, FIELDS)) % IDS + 2).astype(np.int32)
        score = sum(weights[field, ids[:, field]] for field in range(FIELDS))
        for one, other in zip(range(0, 10, 2), range(1, 10, 2), strict=True):
            score += (vectors[one, ids[:, one]] * vectors[other, ids[:, other]]).sum(axis=1)
        label = (random.random(rows) < 1 / (1 + np.exp(3 - score))).astype(np.int8)
        parts[name] = Encoded(ids, np.zeros((rows, 0), np.float32)), label
    return parts


def measured(
    parts: dict[str, tuple[Encoded, np.ndarray]], settings: TrainingSettings
) -> tuple[float, float]:
    """AUC on the test part, and examples a second of the training."""
    looks: list[Evaluation] = []
    model = build_deepfm([IDS + 2] * FIELDS, 0, settings.model, settings.seed)
    fit(model, *parts["train"], *parts["valid"], settings, on_evaluation=looks.append)
    test, label = parts["test"]
    inputs = {"ids": test.ids, "fraction": test.fraction}
    logit = model.predict(inputs, batch_size=8192, verbose=0)
    # Without the first look, whose time holds the compilation.
    return roc_auc_score(label, logit), looks[-1].samples_per_second


if __name__ == "__main__":
    main()

"""One worker that fits a model to drawn examples: ``python trainee.py CASE OUT.npz``.

Which worker of how many it is stands in TF_CONFIG, as in a real one; without it, it is alone.
"""

from __future__ import annotations

import os
import sys

import keras
import numpy as np

from deepfm.fields.encoded import Encoded
from deepfm.model.deepfm import build_deepfm
from deepfm.model.settings import ModelSettings
from deepfm.training.crew import ALONE, check_alike
from deepfm.training.fit import fit
from deepfm.training.settings import TrainingSettings

PLAIN = ModelSettings(dim=4, units=(16, 8), dropout=0.0)
# 24 whole batches and one of a single example, which three workers have to share.
EXAMPLES, BATCH = 24 * 64 + 1, 64
CASES = {
    "plain": (PLAIN, (50, 7)),
    "dropout": (ModelSettings(dim=4, units=(16, 8), dropout=0.3), (50, 7)),
    "norm": (ModelSettings(dim=4, units=(16, 8), dropout=0.0, batch_norm=True), (50, 7)),
    "concat": (ModelSettings(dim=4, units=(16, 8), dropout=0.0, fusion="concat"), (50, 7)),
    # Beyond this many rows only those of the batch are updated.
    "large": (PLAIN, (300_000, 7)),
}


def draw(sizes: tuple[int, ...], rows: int, seed: int) -> tuple[Encoded, np.ndarray]:
    """Examples of two fields of ids and two of numbers, and labels that depend on them."""
    rng = np.random.default_rng(seed)
    ids = [np.minimum(rng.geometric(0.05, rows), size - 1) for size in sizes]
    numbers = [rng.integers(2, 8, rows) for _ in range(2)]
    fraction = rng.random((rows, 2)).astype(np.float32)
    score = np.sin(ids[0]) + 0.5 * (ids[1] > 3) + 0.3 * (numbers[0] + fraction[:, 0] - 5)
    label = (score + rng.logistic(size=rows) > 0.8).astype(np.int64)
    return Encoded(np.stack([*ids, *numbers], axis=1).astype(np.int32), fraction), label


def main(case: str, out: str) -> None:
    settings, sizes = CASES[case]
    train, valid = draw(sizes, EXAMPLES, 1), draw(sizes, 2_003, 2)
    crew = ALONE
    if "TF_CONFIG" in os.environ:
        from deepfm.training.crew_tensorflow import TensorFlowCrew

        crew = TensorFlowCrew()
        check_alike(crew, (train, valid))
    model = build_deepfm((*sizes, 10, 10), 2, settings)
    told = TrainingSettings(model=settings, batch_size=BATCH, epochs=4, patience=100, l2=3.0)
    looks: list[float] = []
    fit(model, *train, *valid, told, on_evaluation=lambda e: looks.append(e.valid_auc), crew=crew)
    random = {id(d.seed_generator.state) for d in model.deep.dropouts if d.rate > 0}
    values = [
        keras.ops.convert_to_numpy(v)
        for v in (*model.variables, *model.optimizer.variables)
        if id(v) not in random
    ]
    logit = model({"ids": valid[0].ids, "fraction": valid[0].fraction}, training=False)
    np.savez(out, *values, looks=np.array(looks), logit=keras.ops.convert_to_numpy(logit))
    crew.gather([0.0])


if __name__ == "__main__":
    main(*sys.argv[1:])

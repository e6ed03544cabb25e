"""The same seed, data and machine give the same weights bit by bit, in any process on the CPU."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

TRAINER = """
import hashlib
import numpy as np
import pandas as pd
from deepfm.fields.fields import FieldSet
from deepfm.model.deepfm import build_deepfm
from deepfm.model.settings import ModelSettings
from deepfm.training.fit import fit
from deepfm.training.settings import TrainingSettings

rng = np.random.default_rng(0)
n = 6000
frame = pd.DataFrame({"x": rng.normal(size=n), "a": rng.integers(0, 300, n).astype(str)})
label = (rng.random(n) < 1 / (1 + np.exp(-frame.x))).astype(int).to_numpy()
fields = FieldSet.fit(frame, ["a"], ["x"])
encoded = fields.encode(frame)
model = ModelSettings(dim=4, units=(64, 32), batch_norm=True, fusion="concat")
settings = TrainingSettings(model=model, batch_size=512, epochs=2, seed=3)
network = build_deepfm(fields.sizes, 1, settings.model, settings.seed)
parts = encoded.take(slice(0, 5000)), label[:5000], encoded.take(slice(5000, n)), label[5000:]

def digest():
    return hashlib.sha256(b"".join(w.tobytes() for w in network.get_weights())).hexdigest()

before = digest()
fit(network, *parts, settings)
print(before, digest())
"""


def weights_of_a_fresh_process(hash_seed):
    """Digests before and after the training."""
    # A GPU adds in no fixed order, so it is hidden.
    hidden = {"CUDA_VISIBLE_DEVICES": "-1", "PYTHONHASHSEED": str(hash_seed)}
    done = subprocess.run(
        [sys.executable, "-c", TRAINER],
        env={**os.environ, **hidden, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        pytest.fail(done.stderr[-2000:])
    return done.stdout.split()[-2:]


def test_two_processes_train_the_same_weights():
    before, after = weights_of_a_fresh_process(hash_seed=1)
    assert before != after
    assert weights_of_a_fresh_process(hash_seed=2) == [before, after]

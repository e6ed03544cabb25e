"""A machine whose memory is too small for a batch: a process that may take only so much.

TensorFlow's allocator can be given a border of its own. JAX takes from the process's memory.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import keras
import pytest

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="counts address space as Linux does"
)

_TRAIN = """
import json, resource, sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from deepfm.fields.encoded import Encoded
from deepfm.model.deepfm import build_deepfm
from deepfm.model.settings import ModelSettings
from deepfm.training.fit import fit
from deepfm.training.settings import TrainingSettings

MIB = 1 << 20
room, batch = int(sys.argv[1]), int(sys.argv[2])
rng = np.random.default_rng(0)
n, fields = 60_000, 30
ids = rng.integers(2, 50, (n, fields)).astype(np.int32)
# Without a deep part: where its products find no memory, TensorFlow ends the process on a CPU.
label = (rng.random(n) < np.where(ids[:, 0] < 20, 0.4, 0.1)).astype(np.int8)
encoded = Encoded(ids, np.zeros((n, 0), np.float32))
valid = encoded.take(slice(0, 4000))
model = build_deepfm([50] * fields, 0, ModelSettings(dim=32, units=()), seed=0)
settings = TrainingSettings(batch_size=64, epochs=1, evaluations_per_epoch=1, oov_rate=0.0)
# What the backend needs for itself, threads and compiler, is taken before.
small = build_deepfm([50] * fields, 0, settings.model, seed=0)
fit(small, valid, label[:4000], valid, label[:4000], settings)
told = []
if room and keras.backend.backend() == "jax":
    told_by_linux = Path("/proc/self/statm").read_text().split()
    used = int(told_by_linux[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + room * MIB,) * 2)
try:
    result = fit(
        model, encoded, label, valid, label[:4000], replace(settings, batch_size=batch, epochs=2),
        on_smaller_batch=told.append,
    )
except MemoryError:
    print(json.dumps({"told": told, "error": True}))
else:
    weights = float(np.abs(np.array(model.embedding.table)).sum())
    found = {"steps": result.steps, "auc": result.best_auc, "weights": weights}
    print(json.dumps({"told": told, **found}))
"""


def _train(room: int, batch: int) -> dict[str, Any]:
    command = [sys.executable, "-c", _TRAIN, str(room), str(batch)]
    border = {"TF_ENABLE_ONEDNN_OPTS": "1", "TF_MKL_ALLOC_MAX_BYTES": str(room << 20)}
    told = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, **(border if room and keras.backend.backend() == "tensorflow" else {})},
    )
    assert told.returncode == 0, told.stderr[-3000:]
    found: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return found


def test_a_batch_that_does_not_fit_is_halved_until_it_does() -> None:
    # Without a checkpoint, which may keep steps with the larger batch where the machine is slow.
    found = _train(350, 60_000)
    assert found["told"]
    assert found["told"] == [60_000 >> (place + 1) for place in range(len(found["told"]))]
    # The weights are those of a training that began with the smaller batch.
    enough = _train(0, found["told"][-1])
    assert not enough["told"]
    assert found["steps"] == enough["steps"]
    assert found["weights"] == pytest.approx(enough["weights"], rel=1e-6)
    assert found["auc"] == pytest.approx(enough["auc"], abs=1e-6)

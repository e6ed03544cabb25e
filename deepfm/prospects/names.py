"""How the files are called that make a list and explain it. Light, as every page needs them."""

from __future__ import annotations

# What the model is made of, and what it is compared with.
FIELDS = "fields.json"
WEIGHTS = "weights.npz"
TYPICAL = "typical.npz"
EVALUATION = "evaluation.json"
# The people: the list, why they stand there, where others put them, where the model sees them.
PROSPECTS = "prospects.parquet"
CONTRIBUTIONS = "contributions.parquet"
BASELINES = "baselines.parquet"
VECTORS = "vectors.npy"

"""Small models whose explanations can be checked by brute force."""

from itertools import pairwise

import numpy as np
import pytest

from deepfm.fields.encoded import Encoded
from deepfm.model.scoring import ScoringModel

SIZES = (6, 5, 4, 7, 3)
DENSE_FIELDS = 2
DIM = 3


@pytest.fixture
def make_model():
    """A random DeepFM with the given hidden layers and fusion weights."""

    def make(units=(16, 12), fusion=(1.0, 1.0, 1.0), seed=0, sizes=SIZES):
        rng = np.random.default_rng(seed)
        widths = (len(sizes) * DIM, *units, 1)
        shapes = list(pairwise(widths))
        return ScoringModel(
            sizes=sizes,
            dense_fields=DENSE_FIELDS,
            table=rng.normal(size=(sum(sizes), DIM + 1)),
            kernels=tuple(rng.normal(size=shape) / np.sqrt(shape[0]) for shape in shapes),
            biases=tuple(rng.normal(size=shape[1]) / 2 for shape in shapes),
            fusion=np.array(fusion),
            bias=-1.5,
        )

    return make


@pytest.fixture
def encoded():
    """150 random people."""
    return random_people(SIZES, 150)


@pytest.fixture
def make_people():
    return random_people


def random_people(sizes, count):
    rng = np.random.default_rng(9)
    ids = np.stack([rng.integers(0, size, count) for size in sizes], axis=1).astype(np.int32)
    fraction = rng.random((count, DENSE_FIELDS)).astype(np.float32)
    last = np.array(sizes[-DENSE_FIELDS:]) - 1
    fraction[(ids[:, -DENSE_FIELDS:] == 0) | (ids[:, -DENSE_FIELDS:] == last)] = 0
    return Encoded(ids, fraction)

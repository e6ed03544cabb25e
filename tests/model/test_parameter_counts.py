"""Sizes of the public leaderboard's DeepFMs (reczoo/BARS, DeepFM_frappe_x1, _movielenslatest_x1).

Theirs is 10 + 1 numbers for each id, and the network with its biases and BatchNorm. Ours differs in
three places, and no other: a dense layer before a BatchNorm has no bias, as BatchNorm would take it
away again (3 x 400 fewer), and every field has rows for missing and for out of vocabulary. The last
bias is theirs at the network's end and ours beside it, one number in both.
"""

import math

import pandas as pd
import pytest

from deepfm.fields.fields import FieldSet
from deepfm.model.deepfm import build_deepfm
from deepfm.model.settings import ModelSettings

SETTINGS = ModelSettings(dim=10, units=(400, 400, 400), dropout=0.2, batch_norm=True)
BIASES_BEFORE_BATCH_NORM = sum(SETTINGS.units)
SPECIAL_ROWS = 2

# Name, fields, ids, numbers of the network, numbers in all.
PUBLISHED = [
    ("frappe", 10, 5_389, 364_001, 423_280),
    ("movielenslatest", 3, 90_239, 336_001, 1_328_630),
]


def shared_out(ids: int, fields: int) -> list[int]:
    """So many ids for each field; how they are shared out does not change their number."""
    return [ids // fields + (place < ids % fields) for place in range(fields)]


def trainable(weights) -> int:
    return sum(math.prod(weight.shape) for weight in weights)


@pytest.mark.parametrize(("name", "fields", "ids", "network", "total"), PUBLISHED)
def test_the_published_models_have_as_many_parameters(name, fields, ids, network, total):
    model = build_deepfm(shared_out(ids, fields), 0, SETTINGS)
    ours_of_network = trainable(model.deep.trainable_weights) + trainable([model.bias])
    assert ours_of_network + BIASES_BEFORE_BATCH_NORM == network
    assert trainable(model.embedding.trainable_weights) == (SETTINGS.dim + 1) * ids
    assert trainable(model.trainable_weights) + BIASES_BEFORE_BATCH_NORM == total


def test_fields_of_real_values_add_two_rows_each():
    """With our own vocabularies MovielensLatest would have 3 x 2 x 11 numbers more."""
    fields, ids = 3, 300
    columns = {
        f"field_{place}": [f"{place}_{i % size}" for i in range(ids)]
        for place, size in enumerate(shared_out(ids, fields))
    }
    fitted = FieldSet.fit(pd.DataFrame(columns), list(columns), [], min_count=1)
    ours = build_deepfm(fitted.sizes, 0, SETTINGS)
    theirs = build_deepfm(shared_out(ids, fields), 0, SETTINGS)
    more = trainable(ours.trainable_weights) - trainable(theirs.trainable_weights)
    assert more == fields * SPECIAL_ROWS * (SETTINGS.dim + 1)

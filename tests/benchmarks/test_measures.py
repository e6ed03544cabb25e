import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from benchmarks.measures import group_auc, measure


def test_group_auc_is_the_weighted_mean_of_the_groups_own():
    rng = np.random.default_rng(0)
    group = rng.integers(0, 40, 600)
    label = (rng.random(600) < 0.15).astype(np.int64)
    score = np.round(rng.random(600) + label * 0.3, 1)
    parts = [group == number for number in range(40)]
    mixed = [part for part in parts if 0 < label[part].sum() < part.sum()]
    assert len(mixed) < 40, "a group of one outcome is part of this test"
    aucs = [roc_auc_score(label[part], score[part]) for part in mixed]
    expected = np.average(aucs, weights=[part.sum() for part in mixed])
    assert group_auc(label, score, group) == pytest.approx(expected, abs=1e-12)


def test_without_groups_there_is_no_group_auc():
    found = measure(np.array([0, 1, 1, 0]), np.array([0.2, 0.9, 0.4, 0.4]), None)
    assert found.group_auc is None
    assert found.auc == 0.875
    assert found.log_loss == pytest.approx(-np.log([0.8, 0.9, 0.4, 0.6]).mean())

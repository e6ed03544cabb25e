"""Logistic regression of scikit-learn on one-hot ids and standardised numbers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from benchmarks.peers.inputs import Inputs

_STRENGTHS = (0.01, 0.1, 1.0)


def fit(
    train: Inputs, valid: Inputs, others: Sequence[Inputs], sizes: Sequence[int]
) -> list[NDArray[np.float64]]:
    """Of three strengths of L2 the best validation AUC wins.

    Returns:
        Probabilities ``[n]`` for each of ``others``.
    """
    x, x_valid = one_hot(train, sizes), one_hot(valid, sizes)
    models = [
        LogisticRegression(C=c, max_iter=200, tol=1e-3).fit(x, train.label) for c in _STRENGTHS
    ]
    best = max(models, key=lambda m: roc_auc_score(valid.label, m.decision_function(x_valid)))
    return [best.predict_proba(one_hot(part, sizes))[:, 1] for part in others]


def one_hot(inputs: Inputs, sizes: Sequence[int]) -> sparse.csr_matrix:
    """``[n, sum(sizes) + D]``."""
    rows, fields = inputs.ids.shape
    columns = inputs.ids + np.array((0, *accumulate(sizes))[:-1], dtype=np.int64)
    ones = np.ones(rows * fields, np.float64)
    starts = np.arange(rows + 1) * fields
    ids = sparse.csr_matrix((ones, columns.ravel(), starts), shape=(rows, sum(sizes)))
    return sparse.hstack([ids, sparse.csr_matrix(inputs.numbers, dtype=np.float64)], format="csr")

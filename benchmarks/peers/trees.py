"""Boosted trees: LightGBM, and scikit-learn's HistGradientBoosting.

Both get ids as categories and numbers as they are, missing ones too. Rounds end when the
validation part no longer gains; of small and large trees the better validation AUC wins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from deepfm.fields.fields import FieldSet

Floats = NDArray[np.float64]
Labels = NDArray[Any]

_LEAVES = (7, 31, 63)
_LEARNING_RATE = 0.05
_ROUNDS = 1000
_WAIT = 30
# HistGradientBoosting takes no more categories a column; our ids are numbered by frequency.
_MOST_CATEGORIES = 255


def columns(fields: FieldSet, frame: pd.DataFrame) -> Floats:
    """Ids by our vocabularies, then the numbers, ``[n, F]``."""
    ids = FieldSet(fields.sparse, ()).encode(frame).ids.astype(np.float64)
    names = [field.name for field in fields.dense]
    return np.hstack([ids, frame[names].to_numpy(dtype=np.float64, na_value=np.nan)])


def fit_lightgbm(
    train: Floats, label: Labels, valid: Floats, valid_label: Labels, ids: int, seed: int
) -> Callable[[Floats], Floats]:
    """Train; the first ``ids`` columns are categories.

    Returns:
        A function from columns ``[n, F]`` to probabilities ``[n]``.
    """
    models = [
        lightgbm.LGBMClassifier(
            n_estimators=_ROUNDS,
            learning_rate=_LEARNING_RATE,
            num_leaves=leaves,
            min_child_samples=40,
            subsample=0.8,
            subsample_freq=1,
            colsample_bytree=0.8,
            random_state=seed,
            verbosity=-1,
        ).fit(
            train,
            label,
            eval_set=[(valid, valid_label)],
            eval_metric="auc",
            categorical_feature=list(range(ids)),
            callbacks=[lightgbm.early_stopping(_WAIT, first_metric_only=True, verbose=False)],
        )
        for leaves in _LEAVES
    ]
    return _best(models, valid, valid_label)


def fit_hist(
    train: Floats, label: Labels, valid: Floats, valid_label: Labels, ids: int, seed: int
) -> Callable[[Floats], Floats]:
    """Train; the first ``ids`` columns are categories, rare ones joined.

    Returns:
        A function from columns ``[n, F]`` to probabilities ``[n]``.
    """

    def joined(x: Floats) -> Floats:
        x = x.copy()
        x[:, :ids] = np.minimum(x[:, :ids], _MOST_CATEGORIES - 1)
        return x

    models = [
        HistGradientBoostingClassifier(
            categorical_features=list(range(ids)),
            learning_rate=_LEARNING_RATE,
            max_iter=_ROUNDS,
            max_leaf_nodes=leaves,
            min_samples_leaf=40,
            early_stopping=True,
            n_iter_no_change=_WAIT,
            scoring="roc_auc",
            random_state=seed,
        ).fit(joined(train), label, X_val=joined(valid), y_val=valid_label)
        for leaves in _LEAVES
    ]
    scores = _best(models, joined(valid), valid_label)
    return lambda x: scores(joined(x))


def _best(models: Sequence[Any], valid: Floats, label: Labels) -> Callable[[Floats], Floats]:
    best = max(models, key=lambda model: roc_auc_score(label, model.predict_proba(valid)[:, 1]))
    return lambda x: np.asarray(best.predict_proba(x)[:, 1])

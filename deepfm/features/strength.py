"""How much a single feature tells, measured where it was not fitted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from deepfm.features.feature import Feature
from deepfm.features.stored import Columns

_BINS = 32
# A rate is drawn towards that of all, as if each bin had so many more rows of that kind.
_PRIOR_ROWS = 20.0


def feature_strengths(
    learned: Columns, measured: Columns, features: Sequence[Feature]
) -> pd.DataFrame:
    """AUC of each feature by itself.

    A number is cut into 32 bins of equal counts, an id into its values, and a missing value is a
    bin of its own; each bin scores with the rate of its label in ``learned``. So a feature may go
    up and down, and may tell by being missing.

    Args:
        learned: rows to take the rates from: ``label`` and the features.
        measured: other rows to measure them on.
        features: those to measure.

    Returns:
        A row a feature, in their order: name, auc (0 to 1), gini (2 auc - 1, the normalised Gini
        coefficient), missing (share of ``measured`` without a value, 0 to 1).
    """
    known, label = learned["label"].to_numpy(np.float64), measured["label"].to_numpy(np.int64)
    both = 0 < label.sum() < len(label)
    rows = []
    for feature in features:
        column = measured[feature.name]
        bins = _bins(learned[feature.name], column, feature.kind)
        area = float(roc_auc_score(label, _rates(*bins, known))) if both else 0.5
        rows.append((feature.name, area, 2 * area - 1, float(column.isna().mean())))
    return pd.DataFrame(rows, columns=["name", "auc", "gini", "missing"])


def _bins(
    learned: pd.Series[Any], measured: pd.Series[Any], kind: str
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Number of the bin of each row; -1 in ``measured`` for what ``learned`` does not know."""
    if kind == "sparse":
        codes, values = pd.factorize(learned, use_na_sentinel=False)
        return codes, pd.Index(values).get_indexer(pd.Index(measured))
    numbers, others = (
        column.to_numpy(np.float64, na_value=np.nan) for column in (learned, measured)
    )
    finite = numbers[np.isfinite(numbers)]
    inner = np.linspace(0, 1, _BINS + 1)[1:-1]
    cuts = np.unique(np.quantile(finite, inner)) if len(finite) else np.zeros(0)

    def place(values: NDArray[np.float64]) -> NDArray[np.intp]:
        # From the left: a number that fills several bins by itself has the last of them.
        return np.where(np.isfinite(values), np.searchsorted(cuts, values, side="right") + 1, 0)

    return place(numbers), place(others)


def _rates(
    learned: NDArray[np.intp], measured: NDArray[np.intp], label: NDArray[np.float64]
) -> NDArray[np.float64]:
    overall = label.mean()
    size = max(learned.max(initial=0), measured.max(initial=0)) + 1
    rows = np.bincount(learned, minlength=size)
    did = np.bincount(learned, weights=label, minlength=size)
    rates = (did + _PRIOR_ROWS * overall) / (rows + _PRIOR_ROWS)
    return np.asarray(np.where(measured >= 0, rates[measured], overall))
